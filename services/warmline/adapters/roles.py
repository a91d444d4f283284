"""Vendors' words for who speaks, to the roles of the contract."""

import re

from warmline.contracts.labels import Role

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


def role_of(word: str | None) -> Role | None:
    """Return the role that a vendor's word means, such as HUMAN_AGENT or `Customer leg`; None where it is unknown."""
    if not word or len(word) > 128:
        return None
    plain = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
    if plain in ROLE_OF_WORD:
        return ROLE_OF_WORD[plain]
    parts = set(plain.split("_"))
    return next((role for role, words in WORDS.items() if parts.intersection(words)), None)
