"""Every route of the gateway: path, who may use it, what it takes and answers. App, OpenAPI and tests go by it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.gateway import messages
from warmline.gateway.callers import SCOPES, Scope

Schema = dict[str, Any]
Method = Literal["GET", "POST", "DELETE"]

EVENT_STREAM = "text/event-stream"
JSON = "application/json"
NDJSON = "application/x-ndjson"
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 256}


@dataclass(frozen=True, slots=True)
class Query:
    """One query parameter.

    Attributes:
        name: Its name.
        schema: Its JSON Schema.
        about: One line.
    """

    name: str
    schema: Schema
    about: str


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Attributes:
        method: HTTP method.
        path: With `{parameters}`, as OpenAPI writes it.
        name: The operation's id, by which its handler is found.
        scopes: Any of these lets a caller in; empty for everybody.
        about: One line.
        answers: Status to the struct of the body, or None where it has none of ours.
        query: Query parameters.
        takes: Media type to the body's schema or struct.
        media: Media type of the good answer.
        deep: Whether the first path parameter may hold slashes.
        problems: Further problem statuses beside those of every guarded route.
    """

    method: Method
    path: str
    name: str
    scopes: tuple[Scope, ...]
    about: str
    answers: dict[int, type[Struct] | None]
    query: tuple[Query, ...] = ()
    takes: dict[str, type[Struct] | Schema] = field(default_factory=dict)
    media: str = JSON
    deep: bool = False
    problems: tuple[int, ...] = ()


QUEUE = Query("queue", {"type": "string", "maxLength": 256}, "Only of this queue.")


def _limit(most: int, default: int) -> Query:
    return Query("limit", {"type": "integer", "minimum": 1, "maximum": most, "default": default}, "At most so many.")


def _item(struct: str, event_type: str, *, required: bool) -> Schema:
    """Return an event with the `type` beside its fields that says which it is."""
    told: Schema = {"type": "object", "properties": {"type": {"const": event_type}}}
    return {"allOf": [{"$ref": f"#/components/schemas/{struct}"}, {**told, "required": ["type"]} if required else told]}


ONE_ITEM: Schema = {
    "anyOf": [
        _item("Turn", CONVERSATION_TURN, required=False),
        _item("ConversationStarted", CONVERSATION_STARTED, required=True),
        _item("ConversationEnded", CONVERSATION_ENDED, required=True),
    ]
}
ITEMS: Schema = {"anyOf": [ONE_ITEM, {"type": "array", "items": ONE_ITEM, "maxItems": 1000}]}

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/turns",
        "postTurns",
        ("ingest",),
        "Send turns, starts and ends of conversations: one, an array, one a line. Answered when the broker has them.",
        {202: messages.TurnsTaken},
        takes={JSON: ITEMS, NDJSON: {"type": "string"}},
        problems=(400, 408, 413, 415, 422, 503),
    ),
    Route(
        "POST",
        "/v1/adapters/{vendor}",
        "postPayload",
        ("ingest",),
        "Send a vendor's payload as delivered. A vendor that signs needs no key where its secret is configured.",
        {202: messages.PayloadTaken},
        takes={JSON: {}, "application/x-www-form-urlencoded": {"type": "object"}},
        problems=(400, 404, 408, 413, 415, 422, 503),
    ),
    Route(
        "GET",
        "/v1/conversations",
        "listConversations",
        ("read",),
        "Live conversations by risk, highest first.",
        {200: messages.ConversationList},
        query=(QUEUE, _limit(500, 100)),
        problems=(400, 503),
    ),
    Route(
        "GET",
        "/v1/conversations/{conversation_id}",
        "getConversation",
        ("read",),
        "One conversation: its newest window, alert, turns and mood curve.",
        {200: messages.ConversationDetail},
        deep=True,
        problems=(404, 503),
    ),
    Route(
        "GET",
        "/v1/alerts",
        "listAlerts",
        ("read",),
        "Alerts, newest first.",
        {200: messages.AlertList},
        query=(
            Query("severity", {"type": "string", "enum": ["watch", "warning", "critical"]}, "Only of this severity."),
            QUEUE,
            Query(
                "status",
                {"type": "string", "enum": ["open", "opened", "updated", "acknowledged", "closed"]},
                "Only in this state; `open` is every state but closed.",
            ),
            Query("since", {"type": "integer", "minimum": 0}, "Only those that changed at or after it, ms UTC."),
            _limit(1000, 100),
        ),
        problems=(400, 503),
    ),
    Route(
        "POST",
        "/v1/alerts/{alert_id}/feedback",
        "giveFeedback",
        ("feedback",),
        "Say what an alert is worth. Answered once the broker has it; saying the same again changes nothing.",
        {202: messages.FeedbackTaken},
        takes={JSON: messages.FeedbackGiven},
        problems=(400, 404, 408, 413, 415, 503),
    ),
    Route(
        "POST",
        "/v1/assist/{assist_id}/dismiss",
        "dismissMove",
        ("feedback", "agent:self"),
        "Put a move of agent assist away; with scope `agent:self` one's own. Answered once the broker has it.",
        {202: messages.FeedbackTaken},
        problems=(404, 503),
    ),
    Route(
        "GET",
        "/v1/agents/{agent_id}/wellbeing",
        "getWellbeing",
        ("agent:self", "read"),
        "An agent's wellbeing: for that agent, and with scope `read` for whom the policy names.",
        {200: messages.AgentWellbeing},
        deep=True,
        problems=(404, 503),
    ),
    Route(
        "GET",
        "/v1/teams/{team}/wellbeing",
        "getTeamWellbeing",
        ("read",),
        "How many of a team are in each band; only of a team that is large enough.",
        {200: messages.TeamWellbeing},
        problems=(404, 503),
    ),
    Route(
        "GET",
        "/v1/events",
        "followEvents",
        ("read",),
        "Alerts, windows, assist moves and summaries as they happen; resumes by Last-Event-ID.",
        {200: None},
        query=(
            Query(
                "topics",
                {"type": "string", "maxLength": 200, "default": "alerts,windows,assist,summaries"},
                "Comma-separated: alerts, windows, assist, summaries.",
            ),
        ),
        media=EVENT_STREAM,
        problems=(400, 503),
    ),
    Route(
        "POST",
        "/v1/session",
        "openSession",
        SCOPES,
        "Open a session of the console: sets a cookie.",
        {200: messages.SessionShown},
    ),
    Route(
        "GET",
        "/v1/session",
        "getSession",
        SCOPES,
        "Who is calling.",
        {200: messages.SessionShown},
    ),
    Route(
        "DELETE",
        "/v1/session",
        "closeSession",
        (),
        "End the session: takes the cookie away.",
        {204: None},
        problems=(403,),
    ),
    Route("GET", "/v1/openapi.json", "getOpenapi", (), "This document.", {200: None}),
    Route("GET", "/healthz", "getHealth", (), "Whether the process is alive.", {200: None, 503: None}),
    Route("GET", "/readyz", "getReadiness", (), "Whether it may be counted on.", {200: None, 503: None}),
    Route("GET", "/metrics", "getMetrics", ("admin",), "Metrics, as on the telemetry port.", {200: None}),
)
"""In the order in which they are looked through: what is called most comes first."""

STREAM_PATH = "/v1/turns/stream"
STREAM_SCOPES: tuple[Scope, ...] = ("ingest",)
"""The WebSocket, which OpenAPI cannot describe."""
