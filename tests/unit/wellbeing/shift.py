"""A shift, told as the events that a working day leaves behind."""

from itertools import count

from warmline.contracts.agent_state import AgentState
from warmline.contracts.times import Times
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.contracts.window import ConversationWindow, Heard
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.policy import WellbeingPolicy

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 20_003 * DAY + 8 * HOUR  # a Monday in October 2024, 08:00 UTC
STAMPS = Stamps(received_ms=None, now_ms=0)
POLICY = WellbeingPolicy()

TURN_COUNTS = ("turns", "customer_turns", "agent_turns", "abstained_turns", "empathetic_turns", "unhelpful_turns")
MOMENT_COUNTS = ("moments_met", "moments_missed", "moments_moot", "moments_pending")

_turns = count(1)


def window(conversation="c1", at=MONDAY, role="customer", agent="ana", agent_role="agent", **heard):
    """A window after one turn. Keywords of `Heard` say how it was heard; `peak` is the window's peak distress."""
    peak = heard.pop("peak", heard.get("distress", 0.0))
    turn_id = heard.pop("turn_id", None) or f"t{next(_turns):05d}"
    heard_turn = Heard(
        **{
            "turn_id": turn_id,
            "role": role,
            "participant_id": agent if role in ("agent", "supervisor") else f"{role}-of-{conversation}",
            "spoken_at": at,
            "valence": 0.0,
            "distress": 0.0,
            **heard,
        }
    )
    nothing = dict.fromkeys((*TURN_COUNTS, *MOMENT_COUNTS, "distress_ms"), 0)
    return ConversationWindow(
        conversation_id=conversation,
        incarnation="i1",
        episode=1,
        revision=1,
        cause=turn_id,
        started_at=at,
        as_of=at,
        channel="voice",
        queue=None,
        customer_id=None,
        agent_id=agent,
        agent_role=agent_role,
        **nothing,
        mood=None,
        mood_over_time=None,
        trend="steady",
        valence=heard_turn.valence,
        distress=heard_turn.distress,
        peak_distress=peak,
        empathy_index=None,
        moments=(),
        response_ms=None,
        effect=None,
        sentiment_score=0.0,
        sentiment_trend=None,
        heard=heard_turn,
        ended=None,
        model="m",
        policy="p",
        times=Times(spoken=at, received=at + 1, scored=at + 2, windowed=at + 3),
    )


def hostile(conversation, at, **more):
    """An angry customer turn."""
    return window(conversation, at, **{"distress": 0.8, "valence": -0.7, "emotions": ("anger",), **more})


def abusive(conversation, at, **more):
    """A customer turn that abuses the agent."""
    return hostile(conversation, at, cues=("abuse_of_agent",), **more)


def thankful(conversation, at, **more):
    """A grateful customer turn."""
    return window(conversation, at, **{"valence": 0.8, "emotions": ("gratitude",), **more})


def plain(conversation, at, **more):
    """A customer turn about the matter."""
    return window(conversation, at, **more)


def kind(conversation, at, **more):
    """An empathetic turn of the agent's."""
    return window(conversation, at, role="agent", empathy="empathetic", **more)


def says(conversation, at, **more):
    """A neutral turn of the agent's."""
    return window(conversation, at, role="agent", empathy="neutral", **more)


def goes(activity, at, agent="ana"):
    """The agent goes into a state."""
    return AgentState(agent_id=agent, state=activity, at=at)


def contact(conversation, begin, minutes, turn=plain):
    """A contact of so many minutes: each minute one customer turn, half a minute later the agent's."""
    for minute in range(minutes):
        at = begin + minute * MINUTE
        yield turn(conversation, at)
        yield says(conversation, at + 30 * SECOND)


def hard_morning(begin=MONDAY, contacts=4, minutes=10):
    """Hostile contacts one upon the other."""
    for number in range(contacts):
        yield from contact(f"hard{number}-{begin}", begin + number * minutes * MINUTE, minutes, hostile)


def calm_day(begin=MONDAY, contacts=40):
    """Eight hours of ordinary contacts: eight minutes of talk, four without."""
    for number in range(contacts):
        yield from contact(f"calm{number}-{begin}", begin + number * 12 * MINUTE, 8)


def run(events, policy=POLICY, until=None):
    """Run events in the order given, then the watermark up to `until` (else past every lateness). Returns the run."""
    memory = MemoryRun(WellbeingDomain(policy, "v1"))
    memory.signals = [emit.event for event in events for emit in memory.apply(event, STAMPS)]
    end = (
        memory.watermark_ms + policy.lateness_s * SECOND + 1
        if until is None
        else until + policy.lateness_s * SECOND + 1
    )
    memory.signals += [emit.event for emit in memory.fire(end, STAMPS)]
    memory.account = memory.states.get("ana")
    return memory


def told(signals: list[WellbeingSignal]) -> list[tuple[str, str]]:
    """Kind and band of signals, in order."""
    return [(signal.kind, signal.band) for signal in signals]


def factors(signal: WellbeingSignal) -> dict[str, float]:
    """Points by factor."""
    return {because.factor: because.points for because in signal.because}
