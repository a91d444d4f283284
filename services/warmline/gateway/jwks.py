"""An issuer's public keys: fetched when needed, kept, and asked for again when a token names a key that is not held.

Anybody can send tokens with made-up key ids. So a fetch happens at most every `REFRESH_S`, one at a time, whatever is
asked for. While the issuer is away the keys held go on being good, and nobody who has one waits for it.
"""

import asyncio
import logging
import urllib.request
from collections.abc import Callable
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

import jwt
import msgspec

log = logging.getLogger(__name__)

FRESH_S = 600.0  # a key that the issuer has withdrawn is no good after this
RENEW_S = FRESH_S / 2  # from this age on they are fetched anew in the background, so that nobody has to wait
REFRESH_S = 15.0
RETRY_S = 5.0  # after a fetch that failed: who has no key yet is waiting
FETCH_TIMEOUT_S = 5.0
MOST_BYTES = 1_000_000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DISCOVERY = "/.well-known/openid-configuration"

Fetch = Callable[[str], bytes]


class KeysUnavailableError(Exception):
    """The issuer does not answer, and no key of it is held."""


class AddressError(ValueError):
    """Keys may only come over TLS (or from this machine)."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Follow none: where the keys come from is a setting."""


def fetch(url: str) -> bytes:
    """Return the document at an address.

    Raises:
        OSError: It does not answer so.
        AddressError: The address is not https, nor this machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise AddressError("keys are fetched over https only")
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(url, timeout=FETCH_TIMEOUT_S) as answer:
        return cast("HTTPResponse", answer).read(MOST_BYTES)


class Jwks:
    """The keys of one issuer.

    Args:
        issuer: Its address.
        jwks_url: Where its keys are; empty to ask the issuer's discovery document.
        monotonic: Clock, seconds.
        fetch: Fetches a document; runs on a thread.
    """

    def __init__(self, issuer: str, jwks_url: str, monotonic: Callable[[], float], fetch: Fetch = fetch) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._monotonic = monotonic
        self._fetch = fetch
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_s: float | None = None
        self._tried_s: float | None = None
        self._failing = False
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def key_of(self, key_id: str | None) -> jwt.PyJWK | None:
        """Return a key by its id, or None where the issuer has no such key.

        A token without a key id fits where the issuer has one key alone.

        Raises:
            KeysUnavailableError: The issuer does not answer, and no key of it is held.
        """
        held = self._find(key_id)
        if held is not None and self._age_s() <= RENEW_S:
            return held
        if held is not None and (self._failing or self._age_s() <= FRESH_S):
            self._renew()
            return held
        async with self._lock:
            if self._age_s() > FRESH_S or self._find(key_id) is None:
                await self._refresh()
        if self._fetched_s is None:
            raise KeysUnavailableError
        return self._find(key_id)

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _age_s(self) -> float:
        return float("inf") if self._fetched_s is None else self._monotonic() - self._fetched_s

    def _renew(self) -> None:
        """Fetch in the background, unless that is under way."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._refresh_alone())

    async def _refresh_alone(self) -> None:
        async with self._lock:
            if self._age_s() > RENEW_S:
                await self._refresh()

    async def _refresh(self) -> None:
        now = self._monotonic()
        if self._tried_s is not None and now - self._tried_s < (RETRY_S if self._failing else REFRESH_S):
            return
        self._tried_s = now
        try:
            self._keys = await asyncio.to_thread(self._read)
        except Exception as error:  # noqa: BLE001 # whatever an issuer, or something in its place, may answer
            self._failing = True
            log.warning("the issuer's keys cannot be read: %s", type(error).__name__)
        else:
            self._failing = False
            self._fetched_s = self._monotonic()

    def _read(self) -> dict[str | None, jwt.PyJWK]:
        url = self._jwks_url
        if not url:
            found = msgspec.json.decode(self._fetch(self._issuer.rstrip("/") + DISCOVERY), type=dict[str, Any])
            if found.get("issuer") != self._issuer:
                raise AddressError("the discovery document is of another issuer")
            url = str(found.get("jwks_uri", ""))
        document = msgspec.json.decode(self._fetch(url), type=dict[str, Any])
        if document.get("keys") == []:
            return {}  # all are withdrawn
        keys = jwt.PyJWKSet.from_dict(document).keys  # leaves out what it cannot use
        return {key.key_id: key for key in keys if key.public_key_use in {None, "sig"}}
