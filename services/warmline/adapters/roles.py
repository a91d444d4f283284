"""Vendors' words for who speaks, to the roles of the contract."""

import re

from warmline.contracts.labels import Role

LONGEST_WORD = 128

WORDS: dict[Role, tuple[str, ...]] = {
    "bot": (
        "bot", "ai", "ai_agent", "automated_agent", "automatedagent", "custom_bot", "virtual_agent", "virtualagent",
        "ivr", "voicebot", "chatbot", "assistant", "flow", "workflow",
    ),
    "supervisor": ("supervisor", "manager", "agent_manager", "coach"),
    "agent": (
        "agent", "human_agent", "humanagent", "any_agent", "assigned_agent", "representative", "rep", "advisor",
        "adviser", "internal", "staff", "operator", "employee", "sme",
    ),
    "customer": (
        "customer", "caller", "client", "consumer", "end_user", "enduser", "contact", "external", "user", "visitor",
        "guest", "cust",
    ),
    "system": ("system", "controller", "acd"),
}  # fmt: skip
"""In the order in which the parts of a longer word are looked for: a bot's name often holds "agent"."""

ROLE_OF_WORD: dict[str, Role] = {word: role for role, words in WORDS.items() for word in words}

DESKS = frozenset({"care", "center", "centre", "desk", "helpdesk", "relations", "service", "services", "support"})
"""Beside a word for a customer they name who serves them: `Customer Support`, `Contact Center`."""


def exact_role_of(word: str | None) -> Role | None:
    """Return the role that a word means as it stands; None for names and addresses that only hold such a word."""
    return ROLE_OF_WORD.get(_plain(word)) if word and len(word) <= LONGEST_WORD else None


def role_of(word: str | None) -> Role | None:
    """Return the role that a vendor's word means, such as HUMAN_AGENT or `Customer leg`; None where it is unknown."""
    if not word or len(word) > LONGEST_WORD:
        return None
    plain = _plain(word)
    if plain in ROLE_OF_WORD:
        return ROLE_OF_WORD[plain]
    parts = set(plain.split("_"))
    role = next((role for role, words in WORDS.items() if parts.intersection(words)), None)
    return "agent" if role == "customer" and not parts.isdisjoint(DESKS) else role


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
