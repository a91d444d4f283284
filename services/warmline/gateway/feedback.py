"""What people make of alerts and of moves of agent assist, onto the feedback topics."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from warmline.contracts.assist import AssistFeedback
from warmline.contracts.events import AGENT_ASSIST_FEEDBACK, ESCALATION_FEEDBACK
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.ids import deterministic_id
from warmline.gateway.addresses import feedback_record
from warmline.gateway.body import media_type, read_body
from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.messages import FeedbackGiven
from warmline.gateway.problems import ProblemError, json_response, unavailable
from warmline.gateway.reading import need_view
from warmline.gateway.sender import BrokerAwayError
from warmline.gateway.traced import trace_in
from warmline.telemetry.traces import RequestTrace


async def give_feedback(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Publish a feedback. The same caller's same verdict on the same alert has one id, however often it is sent."""
    if media_type(request) not in {"", "application/json"}:
        raise ProblemError(415, "send application/json")
    body = await read_body(gateway, request, caller)
    try:
        given = msgspec.json.decode(body, type=FeedbackGiven)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = 'send {"verdict": ...}: acknowledged, confirmed or false_alarm, and nothing else'
        raise ProblemError(400, detail) from error
    need_view(gateway)
    held = gateway.view.alert(request.path_params["alert_id"])
    if held is None:
        raise ProblemError(404, "there is no such alert")
    feedback = AlertFeedback(
        feedback_id=deterministic_id(ESCALATION_FEEDBACK, held.seen.alert_id, caller.subject, given.verdict),
        alert_id=held.seen.alert_id,
        conversation_id=held.seen.conversation_id,
        verdict=given.verdict,
        by=caller.subject,
        at=gateway.now_ms(),
    )
    return await _publish(gateway, feedback, trace_in(request.scope))


async def dismiss_move(gateway: Gateway, request: Request, caller: Caller) -> Response:
    """Publish that a move is not wanted; an agent puts away its own moves alone."""
    need_view(gateway)
    move = gateway.view.move(request.path_params["assist_id"])
    own = move is not None and caller.agent_id is not None and gateway.view.is_for(move, caller.agent_id)
    if move is None or not (own or "feedback" in caller.scopes):
        raise ProblemError(404, "there is no such move")
    feedback = AssistFeedback(
        feedback_id=deterministic_id(AGENT_ASSIST_FEEDBACK, move.move_id, caller.subject),
        move_id=move.move_id,
        conversation_id=move.conversation_id,
        verdict="dismissed",
        by=caller.subject,
        at=gateway.now_ms(),
    )
    return await _publish(gateway, feedback, trace_in(request.scope))


async def _publish(gateway: Gateway, feedback: AlertFeedback | AssistFeedback, trace: RequestTrace) -> Response:
    record = feedback_record(feedback)
    try:
        with trace.sending(record.topic, 1) as context:
            await gateway.sender.send([record], context)
    except BrokerAwayError as error:
        raise unavailable("the broker has not acknowledged the feedback", error.retry_after_s) from error
    gateway.metrics.gateway_feedback.labels(feedback.verdict).inc()
    return json_response({"feedback_id": feedback.feedback_id}, 202)
