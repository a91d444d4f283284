"""Events for the demo's view, made from the golden examples by changing what a test is about."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from warmline.contracts.alert import EscalationAlert
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.times import Times
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.contracts.window import ConversationWindow
from warmline.local.follow import Followed
from warmline.local.view_board import Board
from warmline.local.view_stage import Stage

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
NOW = 1_767_603_600_000
E = TypeVar("E", bound=Struct)

CONSOLE = f"http://127.0.0.1:65000/ (sign in with wl_{'a' * 12}_{'b' * 43})"
STAGE = Stage("Apache Kafka 4", "", "conversations run", 10, 20, 2, 40.0, 12.0, CONSOLE)


def example(kind: type[E], file: str, /, **changed: Any) -> E:
    event = msgspec.json.decode((EXAMPLES / f"{file}.json").read_bytes(), type=kind)
    return msgspec.structs.replace(event, **changed)


def window(conversation: str = "c-1", revision: int = 1, **changed: Any) -> ConversationWindow:
    given = {"episode": 1, "times": times(), "ended": None, "moments_pending": 0, **changed}
    return example(ConversationWindow, "conversation.window", conversation_id=conversation, revision=revision, **given)


def alert(conversation: str = "c-1", sequence: int = 1, **changed: Any) -> EscalationAlert:
    given = {"alert_id": f"alert-{conversation}", "state": "opened", "times": times(), **changed}
    return example(EscalationAlert, "escalation.alert", conversation_id=conversation, sequence=sequence, **given)


def signal(agent: str = "agent-1", number: int = 1, **changed: Any) -> WellbeingSignal:
    return example(WellbeingSignal, "agent.wellbeing", agent_id=agent, signal_id=f"s-{agent}-{number}", **changed)


def summary(conversation: str = "c-1", revision: int = 2, **changed: Any) -> ConversationSummary:
    given = {"episode": 1, **changed}
    return example(
        ConversationSummary, "conversation.summary", conversation_id=conversation, revision=revision, **given
    )


def times(received: int | None = NOW) -> Times:
    return Times(spoken=NOW, received=received)


def board_of(*events: Struct, after_ms: int = 50) -> Board:
    """A board that was told of events, each published so long after its turn was received."""
    board = Board()
    for event in events:
        board.take(Followed(event, NOW + after_ms))
    return board
