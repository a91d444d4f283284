"""Who is calling: by key, by token, or by session cookie, in this order; what is wrong is never passed over."""

from collections.abc import Mapping

from starlette.requests import cookie_parser

from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.keys import KeyRing
from warmline.gateway.oidc import Tokens
from warmline.gateway.sessions import COOKIE, SECURE_COOKIE, Sessions

KEY_PREFIX = "wl_"


class Access:
    """Finds the caller of a request.

    Args:
        keys: The API keys; None where there are none.
        tokens: The OIDC issuer's; None where there is none.
        sessions: The console's.
        https: Whether the gateway is reached over https alone: then no cookie counts that a neighbour may have set.
    """

    def __init__(self, keys: KeyRing | None, tokens: Tokens | None, sessions: Sessions, *, https: bool = False) -> None:
        self._keys = keys
        self._tokens = tokens
        self.sessions = sessions
        self._cookies = (SECURE_COOKIE,) if https else (SECURE_COOKIE, COOKIE)

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
        given = cookie_parser(headers.get("cookie", ""))  # others' cookies may be as malformed as they like
        for name in self._cookies:
            if cookie := given.get(name):
                return self.sessions.caller_of(cookie)
        raise UnknownCallerError("missing")
