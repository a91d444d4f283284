"""What a window does to the live move, and which new one it brings, once the window has been taken in.

given     where a need is open: by the customer's turn that opens it, or by an answer that passes it by; and where a bot
          is asked for a person: by the customer's turn, or by the bot's answer where the turn could bring none
renewed   where the customer feels the need again and the move still fits: the same card, no second one
withdrawn where the need is met or settled, what it asks for was done, somebody else answers, or the episode ends
"""

from warmline.assist.cards import Cause, give, renew, withdraw
from warmline.assist.choice import MS, Move, Table, best_move, best_praise, fits, may_give, was_said
from warmline.assist.facts import GRANTED_BY_A_SUPERVISOR, Facts, evidence_of, facts_of
from warmline.assist.state import AssistState, Live
from warmline.assist.taking_in import newly_met
from warmline.contracts.labels import ANSWERING_ROLES
from warmline.contracts.window import ConversationWindow, Heard
from warmline.store.keyed import Emit


def follow(state: AssistState, window: ConversationWindow, cause: Cause) -> list[Emit]:
    """Return the steps that a window brings about; the state has taken it in already."""
    if window.ended is not None:
        return withdraw(state, "ended", cause)
    heard = window.heard
    if heard is None:
        return []  # a start, or a due time: it is told a lateness after it was, too late for a move
    emits = _end_what_is_over(state, window, cause)
    if heard.abstained is not None:
        return emits
    if newly_met(window) and _is_by_who_answers(heard, window):
        return emits + _praise(state, window, cause)
    if not _asks_for_a_move(state, heard, cause):
        return emits
    return emits + _advise(state, heard, cause)


def _end_what_is_over(state: AssistState, window: ConversationWindow, cause: Cause) -> list[Emit]:
    live = state.live
    if live is None:
        return []
    if _is_for_somebody_else(live, cause):
        return withdraw(state, "handed_over", cause)
    if live.agent_id is None:  # whoever answers first it is for
        live.agent_id, live.agent_role = cause.agent_id, cause.agent_role
    if live.kind == "praise" or state.needs:
        return []
    move = cause.table.by_key.get(live.move)
    if move is not None and move.rule.when.without_need and (move.rule.insists or not newly_met(window)):
        return []  # a bot that is kind about self-harm has to pass on all the same
    return withdraw(state, "met" if newly_met(window) else "settled", cause)


def _is_for_somebody_else(live: Live, cause: Cause) -> bool:
    if live.agent_id is not None:
        return live.agent_id != cause.agent_id
    # Nobody had answered yet. A bot that does is given other moves, and a supervisor need not be told to fetch one.
    return cause.agent_role == "bot" or (cause.agent_role == "supervisor" and _is_granted(live, cause.table))


def _is_granted(live: Live, table: Table) -> bool:
    """Tell whether a move is about nothing but that a supervisor was asked for."""
    move = table.by_key.get(live.move)
    return move is not None and bool(move.rule.when.cues) and move.rule.when.cues <= GRANTED_BY_A_SUPERVISOR


def _is_by_who_answers(heard: Heard, window: ConversationWindow) -> bool:
    """Tell whether a person spoke, who still is the one a move would go to: a turn that came late may be another's."""
    return "bot" not in {heard.role, window.agent_role} and heard.participant_id == window.agent_id


def _asks_for_a_move(state: AssistState, heard: Heard, cause: Cause) -> bool:
    """Tell whether the turn opened a need or passed one by, or asked a bot for what it cannot give."""
    if heard.role == "customer":
        if cause.agent_role == "bot" and (heard.cues or heard.self_harm is True):
            return True
        return any(need.turn_id == heard.turn_id for need in state.needs)
    if heard.role not in ANSWERING_ROLES:
        return False
    return (bool(state.needs) and heard.empathy != "empathetic") or _is_asked_in_vain(state, cause)


def _is_asked_in_vain(state: AssistState, cause: Cause) -> bool:
    """Tell whether a bot answers a customer who asked for a person, or is not for a bot, and no move has said so yet.

    So it is where the customer asked before anybody answered, or within `gap_s` of another move. Once a person has
    answered, the customer's words were for that person, and a bot that speaks after it was not asked.
    """
    if cause.agent_role != "bot" or state.person_answered:
        return False
    facts = _facts(state, cause)
    return any(
        move.rule.when.without_need and move.key not in state.counts and was_said(move.rule.when, facts)
        for move in cause.table.by_kind["handoff"]
    )


def _praise(state: AssistState, window: ConversationWindow, cause: Cause) -> list[Emit]:
    policy = cause.table.policy
    heard = window.heard
    soon = state.praised_at is not None and cause.at - state.praised_at < policy.praise_gap_s * MS
    if soon or heard is None:
        return []
    praises = cause.table.by_kind["praise"]
    move = best_praise(praises, heard.behaviours, state.counts, state.dismissed, policy.give_most)
    if move is None:
        return []
    met = tuple(moment.turn_id for moment in newly_met(window))
    return give(state, move, (*met, heard.turn_id)[-policy.evidence_max :], cause)


def _advise(state: AssistState, heard: Heard, cause: Cause) -> list[Emit]:
    table = cause.table
    policy = table.policy
    facts = _facts(state, cause)
    moves = table.by_kind["handoff" if cause.agent_role == "bot" else "suggest"]
    live = None if state.live is None or state.live.kind == "praise" else state.live
    held = None if live is None else table.by_key.get(live.move)
    barred = state.dismissed if live is None else [*state.dismissed, live.move]
    best = best_move(moves, facts, state.counts, barred, policy.give_most)
    since_ms = None if state.given_at is None else cause.at - state.given_at
    if best is not None and not may_give(best, facts, policy, since_ms):
        best = None
    if live is None or held is None:
        return [] if best is None else _give(state, best, facts, cause)
    if not held.rule.brings.isdisjoint(facts.done):
        return withdraw(state, "done", cause)
    worn = heard.role == "customer" and live.sequence > policy.renew_most and not held.rule.insists
    still = fits(held, facts) and not worn
    if best is not None and (not still or best.rule.rank < held.rule.rank):
        return _give(state, best, facts, cause)
    if still and heard.role == "customer":
        return [renew(state, live, held, evidence_of(facts, held.labels, policy.evidence_max), cause)]
    return []


def _facts(state: AssistState, cause: Cause) -> Facts:
    return facts_of(state, cause.table.policy, cause.agent_id, cause.agent_role)


def _give(state: AssistState, move: Move, facts: Facts, cause: Cause) -> list[Emit]:
    return give(state, move, evidence_of(facts, move.labels, cause.table.policy.evidence_max), cause)
