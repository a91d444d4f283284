"""One event into the fold: the single step that the fast path takes once and a re-fold takes for every record."""

from warmline.contracts.conversation import EndReason
from warmline.windows.customer import hear_turn
from warmline.windows.moments import Touched, close_needs, expire, hear_answer
from warmline.windows.record import END, TURN, UNKNOWN, Record, Voice
from warmline.windows.rules import Rules, RulesOf
from warmline.windows.state import MAX_ANSWERERS, Fold


def take(fold: Fold, cause: str, record: Record, voice: Voice, rules_of: RulesOf, touched: Touched) -> Fold:
    """Take one event in; events come in order of time.

    Returns:
        The fold that it is in now: the given one, or a fresh one where it opens a new episode.
    """
    at = record.at
    rules = rules_of(fold.queue)
    if fold.pending or fold.ended is not None or at - fold.last_at >= rules.gone:
        fold = enter(fold, at, record.kind, rules, touched)
    fold.last_at = at
    if voice.channel is not None:
        fold.channel = voice.channel
    if voice.customer_id is not None:
        fold.customer_id = voice.customer_id
    if voice.queue is not None and voice.queue != fold.queue:
        fold.queue = voice.queue
        rules = rules_of(voice.queue)
    if record.kind == TURN:
        fold.turns += 1
        role = voice.role
        if role == "customer":
            hear_turn(fold, cause, record, rules, touched)
            fold.model = voice.model
        elif role != "system":
            _answer(fold, cause, record, voice, rules, touched)
            fold.model = voice.model
    elif record.kind == END and fold.ended is None:
        end(fold, at, voice.reason or "completed", rules, touched)
    return fold


def enter(fold: Fold, at: int, kind: int, rules: Rules, touched: Touched) -> Fold:
    """Let time pass up to an event, and return the fold of the episode that it belongs to.

    An end belongs to the episode that it ends, and changes nothing where that has ended before.
    """
    if fold.ended is None:
        if at - fold.last_at < rules.gone:
            if fold.pending:
                expire(fold, at, rules, touched)
            return fold
        go_quiet(fold, rules, touched)
    if kind == END:
        return fold
    return Fold(
        at,
        at,
        fold.episode + 1,
        channel=fold.channel,
        queue=fold.queue,
        customer_id=fold.customer_id,
    )


def let_pass(fold: Fold, until: int, rules: Rules, touched: Touched) -> None:
    """Let time pass up to the newest due time that fired."""
    if fold.ended is not None:
        return
    if fold.last_at + rules.quiet <= until:
        go_quiet(fold, rules, touched)
    else:
        expire(fold, until, rules, touched)


def go_quiet(fold: Fold, rules: Rules, touched: Touched) -> None:
    """End a conversation by its time-out."""
    at = fold.last_at + rules.quiet
    expire(fold, at, rules, touched)
    end(fold, at, "timeout", rules, touched)


def end(fold: Fold, at: int, reason: EndReason, rules: Rules, touched: Touched) -> None:
    """End the episode."""
    fold.ended_at = at
    fold.ended = reason
    close_needs(fold, rules, touched)


def _hear_sincerity(fold: Fold, record: Record) -> None:
    fold.canned += record.canned
    if record.reuse != UNKNOWN:
        fold.reused += 1
        fold.reuse_sum += record.reuse
    if record.specificity != UNKNOWN:
        fold.specified += 1
        fold.specificity_sum += record.specificity


def _answer(fold: Fold, cause: str, record: Record, voice: Voice, rules: Rules, touched: Touched) -> None:
    fold.agent_turns += 1
    if fold.agent_id != voice.participant_id:
        fold.agent_id = voice.participant_id
        if voice.participant_id not in fold.answerers and len(fold.answerers) < MAX_ANSWERERS:
            fold.answerers.append(voice.participant_id)
    fold.agent_role = voice.role
    if record.unused:
        fold.unused_turns += 1
        return
    empathetic = record.empathy > 0
    if empathetic:
        fold.empathetic += 1
        fold.fresh += 1
    elif record.empathy < 0:
        fold.unhelpful += 1
    _hear_sincerity(fold, record)
    if fold.pending:
        hear_answer(fold, cause, record.at, rules, touched, empathetic=empathetic)
