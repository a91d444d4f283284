"""A conversation told turn by turn, as the windows that escalation would see; moods are set, not computed."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from warmline.contracts.alert import EscalationAlert
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.times import Times
from warmline.contracts.window import ConversationWindow, Heard, Moment
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.policy import EscalationPolicy, FullValues, HardCue, HardCues, Weights
from warmline.escalation.state import EscalationState
from warmline.store.keyed import Emit, Stamps

START = 1_700_000_000_000
SECOND = 1000


PLAIN = EscalationPolicy(
    open_at=0.5, warning_at=0.65, critical_at=0.85, close_at=0.3, recover_turns=2, severity_margin=0.1, fall_turns=2,
    update_gap_s=20, evidence_turns=2, evidence_distress=0.45, evidence_valence=-0.5, evidence_max=8, recent_turns=6,
    cue_memory_turns=4, cooldown_s=120, false_alarm_cooldown_s=1800, expire_after_s=1800, lateness_s=30,
    weights=Weights(
        distress=0.25, mood=0.25, falling=0.1, distress_time=0.05, distress_turns=0.2, missed_moments=0.1,
        unhelpful_turns=0.15, waiting=0.05, asks_human=0.2, asks_supervisor=0.4, churn_threat=0.3,
        legal_or_public_threat=0.4, repeat_contact=0.1, abuse_of_agent=0.4, vulnerable=0.15, time_pressure=0.05,
        unresolved=0.1, met_moments=0.15, rising=0.1, effect=0.1, calm=0.2,
    ),
    full=FullValues(distress_time_s=180, distress_turns=3, missed_moments=2, unhelpful_turns=2, met_moments=2),
    hard_cues=HardCues(
        asks_human=HardCue(severity="watch", action="transfer_to_human", skill="human_agent", act_within_s=60),
        asks_supervisor=HardCue(severity="warning", action="barge", skill="supervisor", act_within_s=120),
        legal_or_public_threat=HardCue(severity="warning", action="whisper", skill="complaints", act_within_s=180),
        abuse_of_agent=HardCue(severity="critical", action="barge", skill="supervisor", act_within_s=60),
        vulnerable=HardCue(severity="watch", action="whisper", skill="care_team", act_within_s=300),
    ),
)  # fmt: skip
"""Numbers written down here, so that tuning the defaults does not change what the tests say."""


def policy(**changed: Any) -> EscalationPolicy:
    """The plain policy with some keys changed."""
    return msgspec.structs.replace(PLAIN, **changed)


def domain_of(policy: EscalationPolicy | None = None) -> EscalationDomain:
    fixed = policy or PLAIN
    return EscalationDomain(lambda _queue: fixed, "test")


class Scene:
    """Tells turns to a domain, and keeps what it published."""

    def __init__(self, policy: EscalationPolicy | None = None, *, incarnation: str = "life-1", start: int = START):
        self.domain = domain_of(policy)
        self.state: EscalationState | None = None
        self.emits: list[Emit] = []
        self.windows: list[ConversationWindow] = []
        self.now = start
        self.start_life(incarnation)

    def start_life(self, incarnation: str) -> None:
        self.started_at: int | None = None
        self.fields: dict[str, Any] = {
            "incarnation": incarnation, "episode": 1, "revision": 0, "agent_id": None, "agent_role": None, "turns": 0,
            "customer_turns": 0, "agent_turns": 0, "mood": None, "valence": None, "distress": 0.0, "distress_ms": 0,
            "moments_met": 0, "moments_missed": 0, "moments_pending": 0, "effect": None, "trend": "steady",
            "ended": None,
        }  # fmt: skip

    @property
    def alerts(self) -> list[EscalationAlert]:
        return [emit.event for emit in self.emits if isinstance(emit.event, EscalationAlert)]

    @property
    def story(self) -> list[str]:
        return [f"{alert.state} {alert.severity} {alert.reason}" for alert in self.alerts]

    def window(self, cause: str, heard: Heard | None = None, moments: tuple[Moment, ...] = (), **changed: Any):
        self.fields |= changed
        self.fields["revision"] += 1
        self.started_at = self.started_at or self.now
        window = ConversationWindow(
            conversation_id="c1", started_at=self.started_at, as_of=self.now, channel="chat", queue="q",
            customer_id=None, abstained_turns=0, mood_over_time=None, peak_distress=0.0, empathetic_turns=0,
            unhelpful_turns=0, empathy_index=None, moments_moot=0, moments=moments, response_ms=None,
            sentiment_score=0.0, sentiment_trend=None, heard=heard, cause=cause, model="m1" if heard else None,
            policy="test",
            times=Times(spoken=self.now, received=self.now + 1, scored=self.now + 2, windowed=self.now + 3),
            **self.fields,
        )  # fmt: skip
        self.windows.append(window)
        return self.tell(window)

    def tell(self, event: Any) -> str:
        step = self.domain.apply(self.state, event, Stamps(self.now, self.now))
        if step.verdict == "applied":
            self.state = step.state
        self.emits += step.emits
        return step.verdict

    def customer(self, distress: float = 0.0, *cues: str, after_s: int = 10, **changed: Any) -> str:
        self.now += after_s * SECOND
        turn = self._turn("customer_turns")
        valence = changed.pop("valence", -distress)
        abstained = changed.pop("abstained", None)
        heard = Heard(
            turn_id=turn, role="customer", participant_id="p", spoken_at=self.now, valence=valence,
            distress=distress, cues=cues, abstained=abstained, self_harm=changed.pop("self_harm", UNSET),
        )  # fmt: skip
        felt = {"mood": valence, "valence": valence, "distress": distress}
        return self.window(turn, heard, **felt | changed)

    def late_customer(self, distress: float, *cues: str, before_s: int = 5, self_harm: bool | UnsetType = UNSET) -> str:
        """Tell a customer turn that was spoken before the newest one; what holds now stays that of the newest."""
        turn = self._turn("customer_turns")
        heard = Heard(
            turn_id=turn, role="customer", participant_id="p", spoken_at=self.now - before_s * SECOND,
            valence=-distress, distress=distress, cues=cues, self_harm=self_harm,
        )  # fmt: skip
        return self.window(turn, heard)

    def agent(
        self,
        empathy: str = "neutral",
        role: str = "agent",
        after_s: int = 10,
        late_s: int = 0,
        who: str | None = None,
        abstained: str | None = None,
        **changed: Any,
    ) -> str:
        self.now += after_s * SECOND
        turn = self._turn("agent_turns")
        heard = Heard(
            turn_id=turn, role=role, participant_id=who or f"{role}-1", spoken_at=self.now - late_s * SECOND,
            valence=0.0, distress=0.0, empathy=empathy, abstained=abstained,
            self_harm=changed.pop("self_harm", UNSET),
        )  # fmt: skip
        return self.window(turn, heard, agent_id=heard.participant_id, agent_role=role, **changed)

    def system(self, after_s: int = 1) -> str:
        self.now += after_s * SECOND
        turn = self._turn("system_turns")
        heard = Heard(
            turn_id=turn, role="system", participant_id="s", spoken_at=self.now, valence=0.0, distress=0.0,
            abstained="system_turn",
        )  # fmt: skip
        return self.window(turn, heard)

    def ended(self, reason: str = "completed") -> str:
        self.now += SECOND
        return self.window("ended", ended=reason)

    def resumed(self) -> None:
        kept = {"revision": self.fields["revision"], "episode": self.fields["episode"] + 1}
        self.start_life(self.fields["incarnation"])
        self.fields |= kept

    def feedback(self, verdict: str, feedback_id: str = "f1", alert_id: str | None = None, by: str = "s1") -> str:
        alert_id = alert_id or self.alerts[-1].alert_id
        return self.tell(
            AlertFeedback(
                feedback_id=feedback_id, alert_id=alert_id, conversation_id="c1", verdict=verdict, by=by, at=self.now
            )
        )

    def fire(self, watermark_ms: int) -> str:
        assert self.state is not None
        step = self.domain.fire(self.state, watermark_ms, Stamps(None, watermark_ms))
        self.emits += step.emits
        return step.verdict

    def fight(self) -> None:
        """Two turns that open an alert by risk."""
        self.agent()
        self.customer(0.9)
        self.agent("unhelpful")
        self.customer(0.9)

    def stored(self) -> None:
        """Go through the store and back."""
        raw = msgspec.msgpack.encode(self.state)
        self.state = msgspec.msgpack.decode(raw, type=EscalationState)

    def _turn(self, kind: str) -> str:
        self.fields["turns"] += 1
        if kind in self.fields:
            self.fields[kind] += 1
        return f"t{self.fields['turns']}"


def opened(chosen: EscalationPolicy | None = None) -> Scene:
    scene = Scene(chosen)
    scene.fight()
    assert [alert.state for alert in scene.alerts] == ["opened"]
    return scene


def states(scene: Scene) -> list[str]:
    return [alert.state for alert in scene.alerts]
