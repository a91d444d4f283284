"""The record headers as schemas: CloudEvents 1.0 in Kafka's binary mode, and what a dead letter adds to them."""

from typing import Any, get_args

from warmline.bus import dead_letters
from warmline.bus.record import Reason
from warmline.telemetry.trace_context import LONGEST_BYTES, TRACEPARENT, TRACESTATE

Schema = dict[str, Any]

CLOUD_EVENT_HEADERS: Schema = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka binary mode: any consumer can route on these without parsing the value.",
    "properties": {
        "ce_specversion": {"description": "Version of CloudEvents.", "type": "string", "const": "1.0"},
        "ce_id": {
            "description": "Unique for each source. Of an output deterministic from its cause: a replay publishes the "
            "same id again, so a consumer that keeps the ids it has seen takes every event in once.",
            "type": "string",
            "minLength": 1,
        },
        "ce_source": {
            "description": "The service that publishes, for example `warmline/windows`.",
            "type": "string",
            "minLength": 1,
        },
        "ce_type": {"description": "What the value is.", "type": "string"},
        "ce_time": {
            "description": "Event time, RFC 3339 UTC with ms: of an alert, a move or a signal its `as_of`; of a score, "
            "a window or a summary its `times.spoken`, before a window's `as_of` where its cause came late.",
            "type": "string",
            "format": "date-time",
        },
        "ce_subject": {"description": "What the event is about: the record key.", "type": "string"},
        "content-type": {"description": "Of the value.", "type": "string", "const": "application/json"},
        TRACEPARENT: {
            "description": "Of the trace that the event belongs to, as the W3C has it (Trace Context, level 1). A "
            "sender may give it; what comes of the event carries it on. Anything else in its place is as good as none.",
            "type": "string",
            "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$",
        },
        TRACESTATE: {
            "description": "What tracing systems add to it.",
            "type": "string",
            "maxLength": LONGEST_BYTES,
        },
    },
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
}

DEAD_LETTER_HEADERS: Schema = {
    "type": "object",
    "description": "The refused record's own headers, and these. The names `__streams.errors.*` are Kafka Streams' "
    "(KIP-1034), so that existing tools read them.",
    "properties": {
        dead_letters.REASON: {"description": "Why, in a word.", "type": "string", "enum": list(get_args(Reason))},
        dead_letters.DETAIL: {"description": "Why, in words; never the content.", "type": "string"},
        dead_letters.TOPIC: {"description": "Topic it came from.", "type": "string"},
        dead_letters.PARTITION: {"description": "Its partition there, decimal.", "type": "string"},
        dead_letters.OFFSET: {"description": "Its offset there, decimal.", "type": "string"},
        dead_letters.TIMESTAMP: {"description": "Its time stamp there, ms UTC, decimal.", "type": "string"},
        dead_letters.GROUP: {"description": "The consumer group that refused it.", "type": "string"},
        dead_letters.LEFT_OUT: {
            "description": "Only where the record is too large for its letter, which then has no value: what of it is "
            "not in the letter, parted by commas. The record lies at its place while its topic keeps it.",
            "type": "string",
            "enum": ["value", "value,key,headers"],
        },
    },
    "required": sorted(dead_letters.OUR_HEADERS - {dead_letters.LEFT_OUT}),
}


def headers_of_type(event_type: str) -> Schema:
    """Return the headers of one event type: those of any event, with its `ce_type`."""
    return {
        "type": "object",
        "allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}],
        "properties": {"ce_type": {"const": event_type}},
    }
