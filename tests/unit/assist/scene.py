"""A conversation told turn by turn through the real windows to assist; scores are set, not computed."""

from typing import Any

import msgspec
from msgspec import Struct

from warmline.assist.domain import AssistDomain
from warmline.assist.policy import AssistPolicy
from warmline.assist.state import AssistState
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.labels import CUES
from warmline.contracts.score import ScoredTurn
from warmline.contracts.window import ConversationWindow
from warmline.policy.load import load_policy
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain

START = 1_700_000_000_000
SECOND = 1000

DEFAULT = load_policy(None)

PLAIN: AssistPolicy = msgspec.structs.replace(
    DEFAULT.assist(None),
    need_distress=0.5, calm_distress=0.35, cue_turns=2, expire_s=60, handoff_expire_s=120, praise_expire_s=30, gap_s=8,
    give_most=2, renew_most=4, trust_met=2, praise_gap_s=60, strain_turns=4, strain_gap_s=30, evidence_max=4,
    lateness_s=60,
)  # fmt: skip
"""Numbers written down here, so that tuning the defaults does not change what the tests say; the table is theirs."""


def policy(**changed: Any) -> AssistPolicy:
    """The plain policy with some keys changed."""
    return msgspec.structs.replace(PLAIN, **changed)


class Scene:
    """Tells turns, and keeps what assist published."""

    def __init__(self, assist: AssistPolicy = PLAIN) -> None:
        windows = DEFAULT.windows(None)
        self.windows = MemoryRun(WindowsDomain(lambda _queue: windows, "test"))
        self.domain = AssistDomain(lambda _queue: assist, "test")
        self.run: MemoryRun[AssistState] = MemoryRun(self.domain)
        self.steps: list[AssistMove] = []
        self.told: list[ConversationWindow] = []
        self.now = START
        self.turn = 0

    @property
    def story(self) -> list[str]:
        """Each step: its kind, its move, and why where it was withdrawn."""
        return [
            f"withdraw {step.move}: {step.reason}"
            if step.kind == "withdraw"
            else f"{step.kind if step.sequence == 1 else 'renew'} {step.move}"
            for step in self.steps
        ]

    @property
    def state(self) -> AssistState:
        return self.run.states["c1"]

    def customer(self, distress: float = 0.0, *said: str, after_s: float = 10, **more: Any) -> str:
        """Say something; `said` are emotions and cues."""
        cues = tuple(word for word in said if word in CUES)
        emotions = tuple(word for word in said if word not in CUES)
        return self._speak(
            "customer", after_s, distress=distress, valence=-distress, emotions=emotions, cues=cues,
            needs_empathy=distress >= 0.5, **more,
        )  # fmt: skip

    def agent(self, empathy: str = "neutral", *done: str, after_s: float = 10, role: str = "agent", **more: Any) -> str:
        """Answer."""
        return self._speak(role, after_s, distress=0.0, valence=0.0, behaviours=done, empathy=empathy, **more)

    def bot(self, empathy: str = "neutral", *done: str, **more: Any) -> str:
        return self.agent(empathy, *done, role="bot", participant_id="bot-1", **more)

    def ended(self) -> None:
        self.now += SECOND
        self._take(ConversationEnded(conversation_id="c1", at=self.now))

    def dismiss(self, step: AssistMove, feedback_id: str = "f1") -> str:
        feedback = AssistFeedback(
            feedback_id=feedback_id,
            move_id=step.move_id,
            conversation_id="c1",
            verdict="dismissed",
            by="a",
            at=self.now,
        )
        return self.tell(feedback)

    def tell(self, event: Struct) -> str:
        """Tell assist alone; return the verdict."""
        before = dict(self.run.skipped)
        emits = self.run.apply(event, Stamps(self.now, self.now))
        self.steps += [emit.event for emit in emits]
        return next((name for name, count in self.run.skipped.items() if count > before[name]), "applied")

    def pass_time(self, seconds: float) -> None:
        """Let the watermark go on by another conversation."""
        self.now += int(seconds * SECOND)
        self.steps += [emit.event for emit in self.run.fire(self.now, Stamps(None, self.now))]

    def _speak(self, role: str, after_s: float, **scores: Any) -> str:
        self.now += int(after_s * SECOND)
        self.turn += 1
        fields = {
            "conversation_id": "c1", "turn_id": f"t{self.turn:02d}", "role": role,
            "participant_id": f"{role}-1", "spoken_at": self.now, "sentiment": "neutral",
            "language": "en", "model": "m",
        }  # fmt: skip
        turn = msgspec.convert(fields | scores, ScoredTurn)
        self._take(turn)
        return turn.turn_id

    def _take(self, event: Struct) -> None:
        for emit in self.windows.apply(event, Stamps(self.now, self.now)):
            if isinstance(emit.event, ConversationWindow):
                self.told.append(emit.event)
                self.tell(emit.event)
