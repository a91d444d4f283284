"""The read side: conversations and alerts as they stand."""

from typing import Any

import msgspec
from msgspec import Raw
from starlette.requests import Request
from starlette.responses import Response

from warmline.contracts.turn import LATEST_MS
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.problems import ProblemError, json_response, unavailable
from warmline.gateway.store_reader import StoreAwayError
from warmline.gateway.view import HeldAlert, Live, as_view, live_of, milli

SEVERITIES = frozenset({"watch", "warning", "critical"})
STATUSES = frozenset({"open", "opened", "updated", "acknowledged", "closed"})
LONGEST_ID = 256
CLASS_EDGE = 0.25  # half of the step between two of the codebook's labels


async def list_conversations(gateway: Gateway, request: Request, _caller: Caller) -> Response:
    """Return the live conversations."""
    need_view(gateway)
    limit = number(request, "limit", 1, 500) or 100
    found = gateway.view.conversations(request.query_params.get("queue"), limit)
    return json_response({"conversations": [as_view(live) for live in found]})


async def get_conversation(gateway: Gateway, request: Request, _caller: Caller) -> Response:
    """Return one conversation, from the view or from the store."""
    conversation_id = request.path_params["conversation_id"]
    if not 0 < len(conversation_id) <= LONGEST_ID:
        raise ProblemError(404, "there is no such conversation")
    live, source = gateway.view.conversation(conversation_id), "view"
    if live is None:
        live, source = await _stored(gateway, conversation_id), "store"
    if live is None:
        raise ProblemError(404, "there is no such conversation")
    words = gateway.view.words(conversation_id, gateway.now_ms()) if gateway.policy.gateway.quote_words else {}
    moments = sorted(live.moments.values(), key=lambda moment: moment.get("opened_at") or 0)
    told = {"source": source, "turns": turns_of(live, words), "windows": _curve(live), "all_moments": moments}
    return json_response({**as_view(live), **told})


async def list_alerts(gateway: Gateway, request: Request, _caller: Caller) -> Response:
    """Return alerts, newest first."""
    need_view(gateway)
    query = request.query_params
    severity, status = choice(request, "severity", SEVERITIES), choice(request, "status", STATUSES)
    queue = query.get("queue")
    since, limit = number(request, "since", 0, LATEST_MS), number(request, "limit", 1, 1000) or 100
    found: list[Raw] = []
    for held in gateway.view.alerts():
        if len(found) == limit or (since is not None and held.seen.as_of < since):
            break
        fits = severity is None or held.seen.severity == severity
        if fits and (queue is None or held.seen.queue == queue) and (status is None or _in(held, status)):
            found.append(Raw(held.raw))
    return json_response({"alerts": found})


def need_view(gateway: Gateway) -> None:
    """Refuse while the view does not show everything yet.

    Raises:
        ProblemError: It is being built.
    """
    if not gateway.view_ready:
        raise unavailable("the live view is being built")


def number(request: Request, name: str, least: int, most: int) -> int | None:
    """Return a whole number of the query.

    Raises:
        ProblemError: It is none, or out of range.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
        raise ProblemError(400, f"{name} must be a whole number from {least} to {most}")
    return int(text)


def choice(request: Request, name: str, allowed: frozenset[str]) -> str | None:
    """Return a word of the query.

    Raises:
        ProblemError: It is none of those allowed.
    """
    text = request.query_params.get(name)
    if text is not None and text not in allowed:
        raise ProblemError(400, f"{name} must be one of {', '.join(sorted(allowed))}")
    return text


def turns_of(live: Live, words: dict[str, str]) -> list[dict[str, Any]]:
    """Return the turns of a conversation as the API shows them, by time."""
    shown = []
    for turn_id, heard in live.turns.items():
        valence = heard.get("valence") or 0.0
        turn: dict[str, Any] = {
            "turn_id": turn_id,
            "role": heard.get("role"),
            "spoken_at": heard.get("spoken_at"),
            "valence": milli(valence),
            "sentiment": "negative" if valence < -CLASS_EDGE else "positive" if valence > CLASS_EDGE else "neutral",
            "distress": heard.get("distress") or 0.0,
            "emotions": heard.get("emotions") or (),
            "cues": heard.get("cues") or (),
            "behaviours": heard.get("behaviours") or (),
            "empathy": heard.get("empathy"),
            "abstained": heard.get("abstained"),
        }
        if heard.get("self_harm"):
            turn["self_harm"] = True
        if turn_id in words:
            turn["text"] = words[turn_id]
        shown.append(turn)
    shown.sort(key=lambda turn: turn["spoken_at"] or 0)
    return shown


def _curve(live: Live) -> list[dict[str, Any]]:
    return [{"at": at, "mood": milli(mood), "distress": milli(distress)} for at, mood, distress in live.points]


def _in(held: HeldAlert, status: str) -> bool:
    return held.open if status == "open" else held.seen.state == status


async def _stored(gateway: Gateway, conversation_id: str) -> Live | None:
    try:
        window = await gateway.store.newest("windows", conversation_id)
        alert = await gateway.store.newest("escalation", conversation_id) if window else None
    except StoreAwayError as error:
        raise unavailable("the store does not answer") from error
    try:
        return live_of(window, alert) if window else None
    except msgspec.DecodeError as error:
        raise unavailable("the store holds this conversation in another form") from error
