"""Canonical events as JSON lines: one event of the contracts on each line.

A line may name its type in `type`, with the event's fields beside it or as an object in `value` or `data`. Without a
type it is known by its shape; starts and ends of conversations look alike, so they need the type.
"""

from typing import Any, cast

import msgspec
from msgspec import Struct

from warmline.contracts import events
from warmline.contracts.agent_state import AgentState
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.score import ScoredTurn
from warmline.contracts.survey import SurveyResponse
from warmline.contracts.turn import Turn
from warmline.recordings.recorded import Recorded, UnreadableError

INPUTS = (
    events.CONVERSATION_TURN,
    events.CONVERSATION_STARTED,
    events.CONVERSATION_ENDED,
    events.CONVERSATION_SCORED,
    events.AGENT_STATE,
    events.ESCALATION_FEEDBACK,
    events.AGENT_ASSIST_FEEDBACK,
    events.SURVEY_RESPONSE,
)
"""The types that a recording may hold: what comes from outside, and scores, so that a run can start from them."""

SHAPES: tuple[tuple[tuple[str, ...], type[Struct]], ...] = (
    (("valence",), ScoredTurn),
    (("text",), Turn),
    (("verdict", "move_id"), AssistFeedback),
    (("verdict",), AlertFeedback),
    (("agent_id", "state"), AgentState),
    (("conversation_id", "csat"), SurveyResponse),
    (("conversation_id", "nps"), SurveyResponse),
    (("conversation_id", "resolved"), SurveyResponse),
)
"""Fields that tell an event without a type, in the order in which they are looked for."""


def event_of(line: dict[str, Any]) -> Recorded:
    """Return the event of one decoded line.

    Raises:
        UnreadableError: Its type is unknown or no input, or cannot be told.
        msgspec.ValidationError: A field is missing or wrong.
    """
    name = line.get("type")
    if name is None:
        return _convert(line, _type_by_shape(line))
    if name not in INPUTS:
        raise UnreadableError(f"type {name!r} is none of {', '.join(INPUTS)}")
    for wrapper in ("value", "data"):
        if isinstance(line.get(wrapper), dict):
            return _convert(line[wrapper], events.STRUCT_OF_TYPE[name])
    return _convert(line, events.STRUCT_OF_TYPE[name])


def _type_by_shape(line: dict[str, Any]) -> type[Struct]:
    for fields, struct in SHAPES:
        if all(field in line for field in fields):
            return struct
    if "conversation_id" in line and "at" in line:
        raise UnreadableError("the start or the end of a conversation? name it in a field `type`")
    raise UnreadableError(f"not a known event; its fields are {', '.join(sorted(line)) or 'none'}")


def _convert(fields: dict[str, Any], struct: type[Struct]) -> Recorded:
    return cast("Recorded", msgspec.convert(fields, struct))
