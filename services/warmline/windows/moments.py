"""Moments: how a need for empathy opens and ends.

opened:  a customer turn with distress >= moment_distress; several may be pending (a burst of messages)
met:     an empathetic answer while pending meets all of them
moot:    after an answer without empathy the customer is calm (distress < calm_distress)
missed:  after an answer without empathy the customer is in distress again; or `answer_within_turns` such answers came;
         or `missed_after` passed; or the conversation ended while the customer's newest word was not calm
pending: as long as none of these happened; calm words before any answer change nothing
"""

from warmline.windows.rules import Rules
from warmline.windows.state import MAX_PENDING, MET, MISSED, MOOT, Fold, Need

Touched = list[Need]
"""Moments that one cause opened or changed."""


def open_need(fold: Fold, turn_id: str, at: int, distress: int, touched: Touched) -> None:
    """Open a moment; it is pending."""
    if not fold.pending:
        fold.answers = 0
    elif fold.pending == MAX_PENDING:
        _miss_oldest(fold, touched)
    need = Need(turn_id, at, distress)
    fold.needs.append(need)
    fold.pending += 1
    touched.append(need)


def hear_customer(fold: Fold, distress: int, rules: Rules, touched: Touched) -> None:
    """Let the customer's turn after an answer without empathy decide about what is pending."""
    if distress >= rules.distressed:
        miss_all(fold, touched)
    elif distress < rules.calm:
        moot_all(fold, touched)


def hear_answer(fold: Fold, turn_id: str, at: int, rules: Rules, touched: Touched, *, empathetic: bool) -> None:
    """Let an answer meet what is pending, or count against it."""
    fold.answers += 1
    if empathetic:
        for need in fold.needs[-fold.pending :]:
            need.outcome = MET
            need.answered_by = turn_id
            need.response_ms = at - need.opened_at
            need.response_turns = fold.answers
            need.met_after = fold.scored
            fold.response_sum += need.response_ms
            touched.append(need)
        fold.met += fold.pending
        fold.pending = 0
    elif fold.answers >= rules.answers:
        miss_all(fold, touched)


def miss_all(fold: Fold, touched: Touched) -> None:
    """End everything pending as missed."""
    for need in fold.needs[-fold.pending :] if fold.pending else ():
        need.outcome = MISSED
        touched.append(need)
    fold.missed += fold.pending
    fold.pending = 0


def moot_all(fold: Fold, touched: Touched) -> None:
    """End everything pending as moot."""
    for need in fold.needs[-fold.pending :] if fold.pending else ():
        need.outcome = MOOT
        touched.append(need)
    fold.moot += fold.pending
    fold.pending = 0


def missed_at(fold: Fold, rules: Rules) -> int | None:
    """Return when the oldest pending moment is missed by time, ms UTC."""
    return fold.needs[-fold.pending].opened_at + rules.missed_after if fold.pending else None


def expire(fold: Fold, at: int, rules: Rules, touched: Touched) -> None:
    """Miss what has been pending for `missed_after` by then; an answer in that very millisecond is too late."""
    while fold.pending and fold.needs[-fold.pending].opened_at + rules.missed_after <= at:
        _miss_oldest(fold, touched)


def close_needs(fold: Fold, rules: Rules, touched: Touched) -> None:
    """End what is pending when the conversation ends: moot where the customer's newest word was calm, else missed."""
    if fold.distress < rules.calm:
        moot_all(fold, touched)
    else:
        miss_all(fold, touched)


def _miss_oldest(fold: Fold, touched: Touched) -> None:
    need = fold.needs[-fold.pending]
    need.outcome = MISSED
    fold.pending -= 1
    fold.missed += 1
    touched.append(need)
