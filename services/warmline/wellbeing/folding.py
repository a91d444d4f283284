"""Fold events and due times into an account, in the order of their times, as far as they can no longer be overtaken.

What is due is due at a time that follows from the account alone. So events and due times form one sequence that the set
of events determines, wherever the folding pauses: the signals are the same for every order of arrival in the lateness.
"""

from warmline.contracts.ids import deterministic_id
from warmline.store.keyed import Emit, Stamps
from warmline.wellbeing import rest
from warmline.wellbeing.bands import eases_at
from warmline.wellbeing.baseline import close_day, day_ends_at
from warmline.wellbeing.exposure import meet
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.record import Mark, Record
from warmline.wellbeing.signals import break_due_at, speak
from warmline.wellbeing.state import CALM, MAX_REMEMBERED, Account

DAY, REST, EASE, BREAK = "due:day", "due:rest", "due:ease", "due:break"


def next_due(account: Account, policy: WellbeingPolicy) -> tuple[int, str] | None:
    """Return the earliest time at which something changes without an event, ms UTC, and its name; or None."""
    dues: list[tuple[int, str]] = []
    day_end = day_ends_at(account, policy.chronic)
    if day_end is not None:
        dues.append((day_end, DAY))
    if account.acute_band > CALM:  # a calm agent's rest is told from the times when the next event comes
        for at, name in (
            (rest.rest_inferred_at(account, policy), REST),
            (eases_at(account, policy), EASE),
            (break_due_at(account, policy), BREAK),
        ):
            if at is not None and at > account.at:
                dues.append((at, name))
    return min(dues, default=None)


def fold(account: Account, horizon: int, policy: WellbeingPolicy, version: str, stamps: Stamps) -> list[Emit]:
    """Take in every buffered event and every due time up to a horizon; at the same time, the due time goes first.

    Args:
        account: The agent's; changed in place.
        horizon: Nothing on time is older than this any more, ms UTC.
        policy: The rules.
        version: The policy's version.
        stamps: Processing times, for the signals' `times`.
    """
    emits: list[Emit] = []
    while True:
        due = next_due(account, policy)
        head = account.buffer[0].at if account.buffer else None
        if due is not None and due[0] <= horizon and (head is None or due[0] <= head):
            record = Record(due[0], "", due[1], 0)
            _meet_due(account, record, policy)
        elif head is not None and head <= horizon:
            record = account.buffer.pop(0)
            _meet_event(account, record, policy)
        else:
            return emits
        account.folded_to = record.at
        emits += speak(account, record, policy, version, stamps)


def _meet_due(account: Account, record: Record, policy: WellbeingPolicy) -> None:
    rest.pass_time(account, record.at, policy)
    if record.cause == DAY:
        close_day(account, policy)
        rest.open_next_day(account, record.at, policy)


def _meet_event(account: Account, record: Record, policy: WellbeingPolicy) -> None:
    account.seen.append(identity(record))
    if len(account.seen) > MAX_REMEMBERED:
        account.forgotten_to = account.seen.pop(0)[0]
    rest.pass_time(account, record.at, policy)
    if record.marks & Mark.STATE:
        rest.change_activity(account, record, policy)
    else:
        meet(account, record, policy)


def identity(record: Record) -> tuple[int, int]:
    """Return what tells the record from all others: its time, and 32 bits of its conversation and cause."""
    return record.at, int(deterministic_id(record.conversation_id, record.cause)[:8], 16)
