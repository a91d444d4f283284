"""The body of a vCon's text dialog: plain, in base64, as a web page or as a whole e-mail."""

import email
import email.policy
import html
import re
from email.errors import MessageError

from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import unbase64
from warmline.adapters.nodes import Node

_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_SPACES = re.compile(r"[ \t]+")


def text_of(dialog: Node) -> str:
    """Return a dialog's text; the empty one where it has none that can be read.

    Raises:
        AdapterError: The body is not what its encoding says.
    """
    kind = (dialog.at("mediatype", "mimetype").word() or "text/plain").lower()
    body = decoded_body(dialog)
    if not body or not kind.startswith(("text/", "multipart/", "message/")):
        return ""
    if kind.startswith(("multipart/", "message/")):
        return _mail_text(body, kind)
    return _without_markup(body) if kind.startswith("text/html") else body


def decoded_body(holder: Node) -> str:
    """Return the body of a dialog or an analysis as text.

    Raises:
        AdapterError: It is not what its encoding says.
    """
    body = holder.at("body")
    encoding = (holder.at("encoding").word() or "none").lower()
    if isinstance(body.value, dict) and encoding in ("none", "json"):
        inside = body.at("text", "body", "content", "message")
        return inside.text() if isinstance(inside.value, str) else ""
    text = body.text()
    if encoding not in ("base64url", "base64"):
        return text
    data = unbase64(text) if text else b""
    if data is None:
        raise AdapterError("not base64, though `encoding` says so", body.path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AdapterError(f"byte {error.start} of the decoded body is not UTF-8", body.path) from None


def _mail_text(body: str, kind: str) -> str:
    """Return the text part of an e-mail."""
    source = (
        body
        if kind.startswith("message/") or body.lower().startswith("content-type:")
        else f"Content-Type: {kind}\n\n{body}"
    )
    try:
        message = email.message_from_string(source, policy=email.policy.default)
        part = message.get_body(("plain", "html"))
        text = str(part.get_content()) if part is not None else ""
        markup = part is not None and part.get_content_type() == "text/html"
    except (MessageError, ValueError, LookupError, AttributeError, KeyError, IndexError, TypeError):
        return body  # mail in the wild breaks every rule of mail: its words still count
    return (_without_markup(text) if markup else text).strip() or body


def _without_markup(page: str) -> str:
    return _SPACES.sub(" ", html.unescape(_MARKUP.sub(" ", page))).strip()
