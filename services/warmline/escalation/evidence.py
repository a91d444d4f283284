"""Taking a window in: what it says about the customer, the answers and the turns an alert can rest on."""

from bisect import insort
from collections.abc import Sequence

from warmline.contracts.labels import ANSWERING_ROLES
from warmline.contracts.window import ConversationWindow, Heard
from warmline.escalation.risk import Measures
from warmline.escalation.state import EscalationState, Evidence


def take_in(
    state: EscalationState, window: ConversationWindow, measures: Measures, carried: Sequence[Evidence] = ()
) -> None:
    """Bring everything but the alert up to the window; `carried` goes with the conversation into a new episode."""
    state.revision = window.revision
    if window.episode > state.episode:
        _begin_episode(state, carried)
    state.episode = window.episode  # lower where a late turn showed that the conversation had not been quiet
    state.as_of = max(state.as_of, window.as_of)
    state.agent_id = window.agent_id
    state.agent_role = window.agent_role
    state.queue = window.queue
    state.channel = window.channel
    if window.model is not None:
        state.model = window.model
    times = window.times
    state.received = times.received
    state.scored = times.scored
    state.windowed = times.windowed
    heard = window.heard
    if heard is not None and heard.abstained is None:
        if heard.role == "customer":
            _hear_customer(state, heard, window.customer_turns, measures)
        elif heard.role in ANSWERING_ROLES:
            unhelpful = heard.empathy == "unhelpful"
            state.unhelpful_bits = (state.unhelpful_bits << 1 | unhelpful) & measures.recent_mask
            if unhelpful:
                _add(state, heard.turn_id, heard.spoken_at, measures.policy.evidence_max)
    for moment in window.moments:
        if moment.outcome == "missed":
            _add(state, moment.turn_id, moment.opened_at, measures.policy.evidence_max)


def pass_over(state: EscalationState, window: ConversationWindow) -> None:
    """Remember only that a window has come: an open call-back goes on resting on what it opened with.

    The episode is left as it was, so that it begins once somebody is there.
    """
    state.revision = window.revision
    state.as_of = max(state.as_of, window.as_of)


def _begin_episode(state: EscalationState, carried: Sequence[Evidence]) -> None:
    state.distress_bits = 0
    state.unhelpful_bits = 0
    state.cues = {}
    state.evidence = [*carried]


def _hear_customer(state: EscalationState, heard: Heard, customer_turn: int, measures: Measures) -> None:
    policy = measures.policy
    hurt = heard.distress >= policy.evidence_distress or heard.valence <= policy.evidence_valence
    state.distress_bits = (state.distress_bits << 1 | hurt) & measures.recent_mask
    for cue in heard.cues:
        state.cues[cue] = customer_turn
    if hurt or heard.cues or heard.self_harm:
        _add(state, heard.turn_id, heard.spoken_at, policy.evidence_max)


def _add(state: EscalationState, turn_id: str, spoken_at: int, most: int) -> None:
    """Keep the turn in order of time, once, and let the oldest go where there are too many.

    Not the turn itself, however late it came: the step that it brings names what it rests on.
    """
    entry = Evidence(spoken_at, turn_id)
    if entry in state.evidence:
        return
    insort(state.evidence, entry, key=_time_and_turn)
    while len(state.evidence) > most:
        del state.evidence[1 if state.evidence[0] == entry else 0]


def _time_and_turn(entry: Evidence) -> tuple[int, str]:
    return entry.spoken_at, entry.turn_id
