"""Signatures of webhooks, where the vendor signs with a shared secret.

Who does: Twilio (`X-Twilio-Signature`) and Genesys Cloud open messaging (`X-Hub-Signature-256`). Who does not: Contact
Lens is pulled under IAM, and EventBridge destinations and SNS authenticate otherwise; Google's Pub/Sub push carries an
OpenID Connect token, which the gateway checks as any other bearer token; vCons are pushed with a bearer token, and what
is signed is inside the file. For those `verify` refuses: a check that cannot be made must not look as if it passed.
"""

import base64
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha1, sha256
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit, urlunsplit

from warmline.adapters.budget import form_marks

MOST_MARKS = 300_000
"""Of a form whose sender is not known yet: a turn's longest text, in characters of four bytes, has 262,144 escapes."""

STANDARD_PORTS = {"https": 443, "http": 80}

_TWILIO_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=")
"""What 20 bytes are in base64. Whoever sends something else is refused before anything of the body is read."""


class SignatureError(ValueError):
    """A signature is missing, wrong, or of a kind that cannot be checked here."""


def verify(vendor: str, headers: Mapping[str, str], url: str, body: bytes, secret: str) -> None:
    """Check that the vendor sent a request. In constant time where secrets are compared.

    Args:
        vendor: One of `registry.VENDORS`.
        headers: The request's, in any case.
        url: As the vendor called it: the public scheme, host, path and query, not those behind a proxy.
        body: As delivered.
        secret: Twilio's auth token; the secret token of Genesys' open messaging integration.

    Raises:
        SignatureError: It did not, or nobody can tell.
    """
    checker = _CHECKERS.get(vendor)
    if checker is None:
        raise SignatureError(f"{vendor} does not sign its requests with a shared secret")
    if not secret:
        raise SignatureError(f"no secret of {vendor} is configured")
    lowered = {name.lower(): value for name, value in headers.items()}
    if not checker(lowered, url, body, secret.encode()):
        raise SignatureError(f"the signature of {vendor} is missing or wrong")


def signs(vendor: str) -> bool:
    """Tell whether a vendor signs with a shared secret."""
    return vendor in _CHECKERS


def _twilio(headers: Mapping[str, str], url: str, body: bytes, key: bytes) -> bool:
    given = headers.get("x-twilio-signature", "").strip()
    if not _TWILIO_SIGNATURE.fullmatch(given):
        return False
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SignatureError("the address is none") from error
    hashes = parse_qs(parts.query).get("bodySHA256")
    if hashes is not None:
        if not _equal(hashes[0].lower(), sha256(body).hexdigest()):
            return False
        fields = ""
    else:
        fields = _twilio_fields(body)
    expected = [_base64_hmac(key, f"{form}{fields}".encode(), sha1) for form in _twilio_urls(url, parts)]
    return any([_equal(given, one) for one in expected])  # noqa: C419 # a list: every form is compared, always


def _twilio_fields(body: bytes) -> str:
    """Return the fields sorted by name, each name and value with nothing between; a repeated value counts once.

    Raises:
        SignatureError: They are too many or cannot be read, so that the signature would be of the URL alone.
    """
    if form_marks(body.decode("latin-1")) > MOST_MARKS:
        raise SignatureError("the body has more escapes than a form that is signed")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except ValueError as error:
        raise SignatureError("the body is no form that could have been signed") from error
    return "".join(f"{name}{value}" for name, value in sorted(set(pairs)))


def _twilio_urls(url: str, parts: SplitResult) -> Iterator[str]:
    """Yield the URL as it is, and with or without the standard port: Twilio's systems sign either."""
    yield url
    port = STANDARD_PORTS.get(parts.scheme)
    host = parts.netloc
    if port is None:
        return
    bare = host.removesuffix(f":{port}")
    yield urlunsplit(parts._replace(netloc=bare))
    if ":" not in bare.rpartition("]")[2].rpartition("@")[2]:
        yield urlunsplit(parts._replace(netloc=f"{bare}:{port}"))


def _genesys(headers: Mapping[str, str], _url: str, body: bytes, key: bytes) -> bool:
    given = headers.get("x-hub-signature-256", "")
    return _equal(given, f"sha256={_base64_hmac(key, body, sha256)}")


def _base64_hmac(key: bytes, data: bytes, digest: Callable[..., object]) -> str:
    return base64.b64encode(hmac.new(key, data, digest).digest()).decode()  # type: ignore[arg-type] # a hashlib function


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), expected.encode())


_CHECKERS: dict[str, Callable[[Mapping[str, str], str, bytes, bytes], bool]] = {"twilio": _twilio, "genesys": _genesys}
