"""How vendors sign, written anew from their documentation and not with the code that checks it."""

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha1, sha256
from urllib.parse import urlencode


def twilio_form(url: str, fields: Mapping[str, str], token: str) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a form as Twilio posts it."""
    data = url + "".join(name + fields[name] for name in sorted(fields))
    return urlencode(fields).encode(), {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": _in_base64(token, data.encode(), sha1),
    }


def twilio_json(url: str, body: bytes, token: str) -> tuple[str, dict[str, str]]:
    """Return the address and the headers of a JSON body as Twilio posts it: its digest is in the address."""
    called = f"{url}{'&' if '?' in url else '?'}bodySHA256={sha256(body).hexdigest()}"
    return called, {
        "Content-Type": "application/json",
        "X-Twilio-Signature": _in_base64(token, called.encode(), sha1),
    }


def genesys(body: bytes, secret: str) -> dict[str, str]:
    """Return the headers of a body as Genesys' open messaging posts it."""
    return {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={_in_base64(secret, body, sha256)}",
    }


def _in_base64(key: str, data: bytes, digest: object) -> str:
    return base64.b64encode(hmac.new(key.encode(), data, digest).digest()).decode()  # type: ignore[arg-type]
