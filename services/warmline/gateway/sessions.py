"""Sessions of the console: a signed cookie, since a page can set no header on an event stream or a WebSocket.

The cookie says who called and until when, signed with HMAC-SHA256. A session that came of an API key ends with the key:
each use looks the key up again. One that came of a token ends with the token.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

import msgspec
from msgspec import Struct

from warmline.gateway.callers import Caller, UnknownCallerError

COOKIE = "warmline_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over https: by this name browsers take a cookie of the gateway's own host alone, and none of a neighbour's."""

CSRF_HEADER = "x-warmline-csrf"
SESSION_S = 12 * 3600  # one shift; a key's session ends earlier with the key, a token's with the token
LONGEST_COOKIE = 4096  # browsers drop a longer one, and say nothing


class TooLongForACookieError(Exception):
    """The caller has more scopes and groups than a cookie holds."""


class Session(Struct, frozen=True):
    """What the cookie says.

    Attributes:
        subject: As in the caller.
        scopes: As in the caller.
        agent_id: As in the caller.
        groups: As in the caller.
        key_id: As in the caller.
        until_s: Unix seconds.
    """

    subject: str
    scopes: tuple[str, ...]
    agent_id: str | None
    groups: tuple[str, ...]
    key_id: str | None
    until_s: int


class Sessions:
    """Signs and reads cookies.

    Args:
        secret: What they are signed with.
        now_s: Wall clock, Unix seconds.
        caller_of_key: Returns whom a key id stands for now; raises where it stands for nobody any more.
    """

    def __init__(self, secret: bytes, now_s: Callable[[], float], caller_of_key: Callable[[str], Caller]) -> None:
        self._secret = secret
        self._now_s = now_s
        self._caller_of_key = caller_of_key

    def open(self, caller: Caller) -> tuple[str, int]:
        """Return a cookie's value for a caller, and for how many seconds it is good.

        Raises:
            TooLongForACookieError: So many scopes or groups.
        """
        now = int(self._now_s())
        until = min(now + SESSION_S, caller.expires_at_s or now + SESSION_S)
        session = Session(
            caller.subject,
            tuple(sorted(caller.scopes)),
            caller.agent_id,
            tuple(sorted(caller.groups)),
            caller.key_id,
            until,
        )
        body = base64.urlsafe_b64encode(msgspec.json.encode(session))
        cookie = f"{body.decode()}.{self._signature(body)}"
        if len(SECURE_COOKIE) + len("=") + len(cookie) > LONGEST_COOKIE:
            raise TooLongForACookieError
        return cookie, until - now

    def caller_of(self, cookie: str) -> Caller:
        """Return whom a cookie stands for.

        Raises:
            UnknownCallerError: It is none of ours, or over.
        """
        body, _, signature = cookie.partition(".")
        if len(cookie) > LONGEST_COOKIE or not cookie.isascii():
            raise UnknownCallerError("unknown")
        if not hmac.compare_digest(self._signature(body.encode()), signature):
            raise UnknownCallerError("unknown")
        try:
            session = msgspec.json.decode(base64.urlsafe_b64decode(body), type=Session)
        except (binascii.Error, msgspec.DecodeError) as error:
            raise UnknownCallerError("unknown") from error
        if session.until_s <= self._now_s():
            raise UnknownCallerError("expired")
        if session.key_id is not None:
            caller = self._caller_of_key(session.key_id)
            until = min(session.until_s, caller.expires_at_s or session.until_s)
            return msgspec.structs.replace(caller, by_cookie=True, expires_at_s=until)
        return Caller(
            subject=session.subject,
            scopes=frozenset(session.scopes),
            agent_id=session.agent_id,
            groups=frozenset(session.groups),
            expires_at_s=session.until_s,
            by_cookie=True,
        )

    def _signature(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()
