"""A conversation told turn by turn, and what windows publish of it. Times are seconds after START."""

from typing import Any

import msgspec

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.score import ScoredTurn
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit, Stamps
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain
from warmline.windows.policy import CsatFormula, WindowsPolicy
from warmline.windows.state import WindowsState

START = 1_700_000_000_000
SECOND = 1000
NEVER = 10**12
STAMPS = Stamps(None, START + 10**9)

PLAIN = WindowsPolicy(
    lateness_s=60, quiet_timeout_s=600, moment_distress=0.5, calm_distress=0.35, answer_within_turns=2,
    missed_after_s=120, distress_gap_s=300, mood_turns=6, mood_half_life_turns=2.0, mood_minutes=5, trend_turns=6,
    trend_min_turns=3, trend_step=0.25, trend_fast_step=0.6, ttl_s=86_400, csat=CsatFormula(
        base=3.0, mood_end=2.0, mood_lowest=0.0, peak_distress=-1.0, met_share=0.0, empathy_index=0.0, turnaround=0.0,
        unresolved=0.0,
    ),
)  # fmt: skip
"""Numbers written down here, so that tuning the defaults does not change what the tests say."""


def policy(**changed: Any) -> WindowsPolicy:
    """The plain policy with some keys changed."""
    return msgspec.structs.replace(PLAIN, **changed)


def domain_of(rules: WindowsPolicy = PLAIN) -> WindowsDomain:
    return WindowsDomain(lambda _queue: rules, "test")


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def customer(seconds: float, valence: float = 0.0, distress: float = 0.0, **more: Any) -> ScoredTurn:
    return _turn(seconds, "customer", "customer-1", valence=valence, distress=distress, **more)


def agent(seconds: float, empathy: str = "neutral", **more: Any) -> ScoredTurn:
    who = more.pop("participant_id", "agent-1")
    return _turn(seconds, more.pop("role", "agent"), who, empathy=empathy, **more)


def _turn(seconds: float, role: str, who: str, **more: Any) -> ScoredTurn:
    valence = more.pop("valence", 0.0)
    sentiment = "negative" if valence < -0.3 else "positive" if valence > 0.3 else "neutral"
    base: dict[str, Any] = {
        "conversation_id": "c-1", "turn_id": f"{role[0]}{seconds:g}", "role": role, "participant_id": who,
        "spoken_at": at(seconds), "valence": valence, "sentiment": sentiment, "distress": 0.0, "language": "en",
        "model": "model-1",
    }  # fmt: skip
    return ScoredTurn(**(base | more))


def started(seconds: float, **more: Any) -> ConversationStarted:
    return ConversationStarted(conversation_id="c-1", at=at(seconds), **more)


def ended(seconds: float, **more: Any) -> ConversationEnded:
    return ConversationEnded(conversation_id="c-1", at=at(seconds), **more)


class Scene:
    """Tells events of one conversation to a domain, and keeps what it published."""

    def __init__(self, rules: WindowsPolicy = PLAIN) -> None:
        self.domain = domain_of(rules)
        self.run: MemoryRun[WindowsState] = MemoryRun(self.domain)
        self.emits: list[Emit] = []

    def tell(self, *events: msgspec.Struct) -> ConversationWindow:
        """Returns the newest window."""
        for event in events:
            self.emits += checked(self.run.apply(event, STAMPS))
        return self.window

    def told(self, events: list[msgspec.Struct]) -> list[ConversationWindow]:
        """Returns every window that the events bring about."""
        self.tell(*events)
        return self.windows

    def wait(self, until: float) -> ConversationWindow:
        """Lets the watermark pass; returns the newest window."""
        self.emits += checked(self.run.fire(at(until), STAMPS))
        return self.window

    @property
    def windows(self) -> list[ConversationWindow]:
        return [emit.event for emit in self.emits if isinstance(emit.event, ConversationWindow)]

    @property
    def window(self) -> ConversationWindow:
        return self.windows[-1]

    @property
    def summaries(self) -> list[ConversationSummary]:
        return [emit.event for emit in self.emits if isinstance(emit.event, ConversationSummary)]

    @property
    def state(self) -> WindowsState:
        return self.run.states["c-1"]

    def fates(self) -> dict[str, str]:
        """The newest outcome told of each moment."""
        return {moment.turn_id: moment.outcome for window in self.windows for moment in window.moments}


def checked(emits: list[Emit]) -> list[Emit]:
    """The same, once every event has been found to obey its contract, ranges included."""
    for emit in emits:
        again = msgspec.json.decode(msgspec.json.encode(emit.event), type=STRUCT_OF_TYPE[emit.type])
        assert again == emit.event
    return emits
