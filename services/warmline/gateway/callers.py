"""Who calls, and what they may do."""

from typing import Literal, get_args

from msgspec import Struct

Scope = Literal["ingest", "read", "feedback", "agent:self", "admin"]
"""ingest: send turns; read: look at conversations and alerts; feedback: say what an alert was worth; agent:self: one's
own wellbeing; admin: the gateway's own metrics. None includes another."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


class Caller(Struct, frozen=True, kw_only=True):
    """A caller whose key, token or session was good.

    Attributes:
        subject: A stable name: the key's name, or the token's `sub`. Pseudonymous where it stands for a person.
        scopes: What the caller may do.
        agent_id: The agent that the caller is, for `agent:self`.
        groups: Groups that an OIDC token names.
        key_id: The API key behind the caller; None where there is none.
        rate_per_s: Turns or requests a second of that key; None for the setting.
        body_max_bytes: Largest body of that key; None for the setting.
        expires_at_s: Unix seconds after which the caller is nobody; None for never.
        proven: Whether it is certain who calls; a vendor's signature can be checked once the body is there.
        by_cookie: Whether a session cookie said so, so that unsafe methods need proof that a page of ours asks.
    """

    subject: str
    scopes: frozenset[str]
    agent_id: str | None = None
    groups: frozenset[str] = frozenset()
    key_id: str | None = None
    rate_per_s: float | None = None
    body_max_bytes: int | None = None
    expires_at_s: int | None = None
    proven: bool = True
    by_cookie: bool = False

    @property
    def account(self) -> str:
        """Whose rate limit a request of this caller counts against."""
        return f"key:{self.key_id}" if self.key_id else f"subject:{self.subject}"


NotKnown = Literal["missing", "unknown", "expired", "wrong_token", "unavailable"]
"""Why it is not known who calls, as a short word for metrics and logs."""


class UnknownCallerError(Exception):
    """The credentials are missing or no good.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: NotKnown) -> None:
        super().__init__(reason)
        self.reason = reason
