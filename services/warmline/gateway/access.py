"""Who is calling: by key, by token, or by session cookie, in this order; what is wrong is never passed over."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.keys import KeyRing
from warmline.gateway.oidc import Tokens
from warmline.gateway.sessions import COOKIE, Sessions

KEY_PREFIX = "wl_"


class Access:
    """Finds the caller of a request.

    Args:
        keys: The API keys; None where there are none.
        tokens: The OIDC issuer's; None where there is none.
        sessions: The console's.
    """

    def __init__(self, keys: KeyRing | None, tokens: Tokens | None, sessions: Sessions) -> None:
        self._keys = keys
        self._tokens = tokens
        self.sessions = sessions

    async def caller_of(self, headers: Mapping[str, str]) -> Caller:
        """Return the caller.

        Raises:
            UnknownCallerError: Nobody, or nobody we know.
        """
        shown = headers.get("x-api-key")
        if shown is None and (authorization := headers.get("authorization")) is not None:
            scheme, _, shown = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise UnknownCallerError("unknown")
            shown = shown.strip()
            if not shown.startswith(KEY_PREFIX):
                if self._tokens is None or not shown.isascii():
                    raise UnknownCallerError("unknown")
                return await self._tokens.caller_of(shown)
        if shown is not None:
            if self._keys is None or not shown.isascii():
                raise UnknownCallerError("unknown")
            return self._keys.caller_of(shown)
        if cookie := _cookie(headers.get("cookie")):
            return self.sessions.caller_of(cookie)
        raise UnknownCallerError("missing")


def _cookie(header: str | None) -> str | None:
    if not header or COOKIE not in header:
        return None
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None
