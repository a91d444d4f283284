"""The body of a vCon's text dialog: plain, in base64, as a web page or as a whole e-mail."""

import codecs
import email
import email.policy
import html
import re
from email.errors import MessageError
from email.message import Message
from itertools import islice

from warmline.adapters.adapted import AdapterError
from warmline.adapters.body import unbase64
from warmline.adapters.budget import Budget
from warmline.adapters.nodes import Node

LONGEST_HEADER = 1_000
"""Characters of a mail's header that are read: a line's most. Python takes time by the square of its parameters."""

MOST_BOUNDARIES = 16
"""Of a mail that is taken apart: each line of it is held against every boundary that is open."""

NAMES_ALONE = frozenset({"punycode", "idna"})
"""Python's codecs for names of hosts, which are no charsets, and slow."""

CODED = frozenset({"quoted-printable", "base64", "x-uuencode", "uuencode", "uue", "x-uue"})
"""Transfer encodings that leave nothing as it was written."""

_BOUNDARY = re.compile(r"\bboundary\b", re.IGNORECASE | re.ASCII)
_OPENED = re.compile(r"<(script|style)\b", re.IGNORECASE | re.ASCII)
_CLOSED = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE | re.ASCII) for name in ("script", "style")}
_MARKUP = re.compile(r"<[^<>]*>")
_ENDLESS = re.compile(r"&#[0-9]{1000,};?")
"""References that Python does not make numbers of; shorter ones that mean no character become a mark for one."""


def text_of(dialog: Node, budget: Budget) -> str:
    """Return a dialog's text; the empty one where it has none that can be read.

    Raises:
        AdapterError: The body is not what its encoding says.
        SpentError: It is a mail or a page of too many pieces.
    """
    told = dialog.at("mediatype", "mimetype").word() or "text/plain"
    kind = told.lower()
    if kind.startswith(("multipart/", "message/")):
        return _mail_text(_body(dialog), told, budget)
    if not kind.startswith("text/"):
        return ""
    body = decoded_body(dialog)
    return _without_markup(body, budget) if kind.startswith("text/html") else body


def decoded_body(holder: Node) -> str:
    """Return the body of a dialog or an analysis as text.

    Raises:
        AdapterError: It is not what its encoding says.
    """
    body = _body(holder)
    if isinstance(body, str):
        return body
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AdapterError(f"byte {error.start} of the decoded body is not UTF-8", holder.at("body").path) from None


def _body(holder: Node) -> str | bytes:
    """Return a body: the text as it stands in the file, or the bytes that stand there in base64."""
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
    return data


class _Bounded(email.policy.Compat32):
    """Headers no longer than what anybody needs, and parsed no further than what is asked of them."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


_POLICY = _Bounded()


def _mail_text(body: str | bytes, kind: str, budget: Budget) -> str:
    """Return the text of an e-mail: of its plain part, else of its page."""
    try:
        mail = _message(body, kind, budget)
        parts = {part.get_content_type(): part for part in reversed(list(mail.walk())) if _shown(part)}
        part = parts.get("text/plain", parts.get("text/html"))
        text = "" if part is None else _part_text(part, written=isinstance(body, str))
        markup = part is not None and part.get_content_type() == "text/html"
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        text, markup = "", False  # mail in the wild breaks every rule of mail: its words still count
    told = _without_markup(text, budget) if markup else text
    return told.strip() or (body if isinstance(body, str) else body.decode("utf-8", "replace"))


def _message(body: str | bytes, kind: str, budget: Budget) -> Message:
    """Return the mail; a body that begins without headers gets the one that the dialog tells.

    Raises:
        ValueError: It has more parts within parts than anybody writes.
        SpentError: It has too many lines.
    """
    whole = kind.lower().startswith("message/") or body[:13].lower() in ("content-type:", b"content-type:")
    head = "" if whole else f"Content-Type: {kind}\n\n"
    written = body if isinstance(body, str) else body.decode("latin-1")
    budget.take_writing(written)
    if sum(1 for _ in islice(_BOUNDARY.finditer(written), MOST_BOUNDARIES + 1)) > MOST_BOUNDARIES:
        raise ValueError("too many boundaries")
    if isinstance(body, str):
        return email.message_from_string(head + body, policy=_POLICY)
    return email.message_from_bytes(head.encode() + body, policy=_POLICY)


def _shown(part: Message) -> bool:
    return not part.is_multipart() and part.get_content_disposition() != "attachment"


def _part_text(part: Message, *, written: bool) -> str:
    """Return the text of a part. What was `written` out in the file as text is no bytes in its charset any more."""
    if written and str(part.get("Content-Transfer-Encoding", "")).strip().lower() not in CODED:
        return str(part.get_payload())
    data = part.get_payload(decode=True)
    charset = codecs.lookup(part.get_content_charset("us-ascii")).name
    # Who declares nothing, or ASCII, and writes more writes UTF-8.
    return bytes(data).decode("utf-8" if charset == "ascii" or charset in NAMES_ALONE else charset, "replace")


def _without_markup(page: str, budget: Budget) -> str:
    budget.take_writing(page)
    bare = _MARKUP.sub(" ", _without_scripts(page))
    text = html.unescape(_ENDLESS.sub("\ufffd", bare)).replace("\t", " ")
    while "  " in text:  # by halves, so that a page of spaces takes neither long nor much
        text = text.replace("  ", " ")
    return text.strip()


def _without_scripts(page: str) -> str:
    """Return a page without its scripts and styles; one that is never closed stays, and is looked for just once."""
    kept: list[str] = []
    endless: set[str] = set()
    at = 0
    for opened in _OPENED.finditer(page):
        name = opened[1].lower()
        if opened.start() < at or name in endless:
            continue
        closed = _CLOSED[name].search(page, opened.end())
        if closed is None:
            endless.add(name)
            continue
        kept.append(page[at : opened.start()])
        at = closed.end()
    return " ".join([*kept, page[at:]])
