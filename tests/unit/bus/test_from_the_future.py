"""What is dated in the future is refused, whoever sent it; what Warmline itself wrote is taken as it is."""

from typing import Any

import msgspec
import pytest

from tests.support.handlers import FUTURE_TOLERANCE_S, stateful
from tests.support.memory_store import MemoryStore
from warmline.assist.domain import AssistDomain
from warmline.assist.service import READS as ASSIST
from warmline.bus.record import BadRecordError, Record
from warmline.bus.stateful import StatefulHandler
from warmline.contracts.assist import AssistFeedback
from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.events import AGENT_ASSIST_FEEDBACK, CONVERSATION_ENDED, CONVERSATION_TURN, ESCALATION_FEEDBACK
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.turn import Turn
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.service import READS as ESCALATION
from warmline.policy.load import load_policy
from warmline.scoring.domain import ScoringDomain
from warmline.scoring.service import READS as SCORING
from warmline.windows.domain import WindowsDomain
from warmline.windows.service import READS as WINDOWS

POLICY = load_policy(None)
NOW_MS = 1_700_000_000_000


def nobody_judges(*_given: Any) -> Any:
    raise AssertionError("decoding hears nothing")


def handler(domain: Any, topics: tuple[str, ...]) -> StatefulHandler:
    return stateful(domain, MemoryStore(domain.name), lambda: NOW_MS, topics=topics)


def record(topic: str, kind: str, event: msgspec.Struct) -> Record:
    headers = [("ce_type", kind.encode())]
    return Record(topic, 0, 0, b"c1", msgspec.json.encode(event), lambda: headers, NOW_MS)


def said(at: int) -> list[tuple[StatefulHandler, Record]]:
    turn = Turn(conversation_id="c1", turn_id="1", role="customer", participant_id="p", text="hello", spoken_at=at)
    ended = ConversationEnded(conversation_id="c1", at=at)
    alert = AlertFeedback(feedback_id="f1", alert_id="a1", conversation_id="c1", verdict="false_alarm", by="s1", at=at)
    move = AssistFeedback(feedback_id="f1", move_id="m1", conversation_id="c1", verdict="dismissed", by="a1", at=at)
    escalation, assist = EscalationDomain(POLICY.escalation, "v"), AssistDomain(POLICY.assist, "v")
    scoring = handler(ScoringDomain(nobody_judges, "m", score_partials=False), SCORING)
    return [
        (scoring, record(SCORING[0], CONVERSATION_TURN, turn)),
        (scoring, record(SCORING[0], CONVERSATION_ENDED, ended)),
        (
            handler(escalation, ESCALATION),
            record(ESCALATION[1], ESCALATION_FEEDBACK, alert),
        ),
        (handler(assist, ASSIST), record(ASSIST[1], AGENT_ASSIST_FEEDBACK, move)),
    ]


def test_what_is_dated_within_the_tolerance_is_taken_in() -> None:
    for service, each in said(NOW_MS + FUTURE_TOLERANCE_S * 1000):
        service.decode(each)


@pytest.mark.parametrize("ahead_ms", [1_000 * FUTURE_TOLERANCE_S + 1, 10**12])
def test_what_is_dated_beyond_it_is_refused(ahead_ms: int) -> None:
    for service, each in said(NOW_MS + ahead_ms):
        with pytest.raises(BadRecordError, match="future_time"):
            service.decode(each)


def test_what_scoring_let_through_is_not_asked_again() -> None:
    windows = handler(WindowsDomain(POLICY.windows, "v"), WINDOWS)
    ended = ConversationEnded(conversation_id="c1", at=NOW_MS + 10 * FUTURE_TOLERANCE_S * 1000)
    windows.decode(record(WINDOWS[0], CONVERSATION_ENDED, ended))
