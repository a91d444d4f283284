"""Taking a window in: what was said, what was answered, and which needs are open afterwards.

Turns are kept by when they were spoken, and the needs follow from them, so that a turn that came late stands where it
belongs.
"""

from bisect import insort

from warmline.assist.policy import AssistPolicy
from warmline.assist.state import MAX_NEEDS, RECENT_TURNS, Answer, AssistState, Need, Said
from warmline.contracts.labels import ANSWERING_ROLES
from warmline.contracts.window import ConversationWindow, Heard, Moment

PEOPLE = ANSWERING_ROLES - {"bot"}
"""Whom a customer who asks a bot for a person asks for."""


def take_in(state: AssistState, window: ConversationWindow, policy: AssistPolicy) -> None:
    """Bring everything but the moves up to the window."""
    state.revision = window.revision
    if window.episode > state.episode:
        begin_episode(state)
    state.episode = window.episode  # lower where a late turn showed that the conversation had not been quiet
    state.as_of = max(state.as_of, window.as_of)
    state.queue = window.queue
    heard = window.heard
    state.person_answered |= heard is not None and heard.role in PEOPLE
    if heard is not None and heard.abstained is None:
        if heard.role == "customer":
            _hear_customer(state, heard, policy)
        elif heard.role in ANSWERING_ROLES:
            answer = Answer(heard.spoken_at, heard.turn_id, heard.behaviours, heard.empathy == "empathetic")
            insort(state.answers, answer, key=place)
            del state.answers[:-RECENT_TURNS]
    for moment in window.moments:
        _follow(state, moment, policy)
    _count_met(state, window)
    if state.needs:
        state.needs = [need for need in state.needs if not _is_over(need, state)]


def begin_episode(state: AssistState) -> None:
    """Forget what belonged to an episode that is over; what was dismissed stays so."""
    state.said, state.answers, state.needs = [], [], []
    state.met_run = state.hard_turns = 0
    state.met_by = None
    state.person_answered = False
    state.counts = {}


def newly_met(window: ConversationWindow) -> tuple[Moment, ...]:
    """Return the moments that the window's own turn met; later windows tell their effect, and are not meant."""
    heard = window.heard
    if heard is None or heard.role not in ANSWERING_ROLES:
        return ()
    return tuple(each for each in window.moments if each.outcome == "met" and each.answered_by == heard.turn_id)


def place(turn: Said | Answer) -> tuple[int, str]:
    """Return where a turn stands in the order of time."""
    return turn.spoken_at, turn.turn_id


def place_of_need(need: Need) -> tuple[int, str]:
    """Return where the need's turn stands in the order of time."""
    return need.opened_at, need.turn_id


def _hear_customer(state: AssistState, heard: Heard, policy: AssistPolicy) -> None:
    calm = heard.distress < policy.calm_distress
    said = Said(heard.spoken_at, heard.turn_id, heard.emotions, heard.cues, calm, heard.self_harm is True)
    insort(state.said, said, key=place)
    del state.said[:-RECENT_TURNS]
    state.hard_turns += heard.distress >= policy.need_distress


def _count_met(state: AssistState, window: ConversationWindow) -> None:
    """Count a need that was met, for who met it: the run is of one person or bot, and another's begins anew.

    A turn that came late may be of who answered before. It counts for nobody: who answers now keeps their own run.
    """
    heard = window.heard
    if heard is None or heard.participant_id != window.agent_id or not newly_met(window):
        return
    if state.met_by not in {None, heard.participant_id}:
        state.met_run = 0
    state.met_by = heard.participant_id
    state.met_run += 1


def _follow(state: AssistState, moment: Moment, policy: AssistPolicy) -> None:
    """Let a moment that a window opened or changed be among the needs, or not."""
    held = next((need for need in state.needs if need.turn_id == moment.turn_id), None)
    missed = moment.outcome == "missed"
    if missed and (held is None or not held.missed):
        state.met_run = 0
    if held is not None:
        state.needs.remove(held)
    if moment.outcome in {"met", "moot"} or moment.distress < policy.need_distress:
        return
    insort(state.needs, Need(moment.opened_at, moment.turn_id, missed), key=place_of_need)
    del state.needs[:-MAX_NEEDS]


def _is_over(need: Need, state: AssistState) -> bool:
    """Tell whether a missed need is past: an answer met the person after all, or the customer is calm by himself."""
    if not need.missed:
        return False
    since = place_of_need(need)
    met = any(answer.empathetic and place(answer) > since for answer in state.answers)
    return met or any(said.calm and place(said) > since for said in state.said)
