"""Work and rest: what the platform says an agent is doing, and what the absence of contact says where it is silent."""

from warmline.wellbeing.baseline import open_day
from warmline.wellbeing.occupancy import busy
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.record import Record
from warmline.wellbeing.state import Account, Run
from warmline.wellbeing.strain import MINUTE_MS, fade, half_life_ms

CONTACT_ACTIVITIES = frozenset({"on_contact", "wrap_up"})
STEP_MS = 5 * MINUTE_MS
WORK_ACTIVITIES = CONTACT_ACTIVITIES | {"training"}
"""While one of these is believed, silence is not rest: a long hold, an e-mail being written, a course."""


def pass_time(account: Account, to: int, policy: WellbeingPolicy) -> None:
    """Let time pass up to `to`: strain fades, time on contact adds, a long silence turns into rest where it does.

    Rest that is inferred speeds recovery from the moment it is inferred, but counts as rest from the last work on.
    """
    account.at = account.at or to
    silent = rest_inferred_at(account, policy)
    if silent is not None and silent <= to:
        _pass(account, silent, policy)
        account.rest.resting_since = account.rest.worked_at
    _pass(account, to, policy)


def rest_inferred_at(account: Account, policy: WellbeingPolicy) -> int | None:
    """Return when silence will count as rest, ms UTC; None while resting and before any work."""
    rest = account.rest
    if rest.resting_since or not rest.worked_at:
        return None
    silent = rest.worked_at + policy.rest.inferred_gap_min * MINUTE_MS
    if rest.activity in WORK_ACTIVITIES:
        return max(silent, _believed_to(account, policy))
    return silent


def change_activity(account: Account, record: Record, policy: WellbeingPolicy) -> None:
    """Take in what the platform says the agent is doing from now on."""
    rest = account.rest
    before, now, at = rest.activity, record.cause, record.at
    if before in WORK_ACTIVITIES and not rest.resting_since:
        rest.worked_at = at  # it ends here
    rest.activity, rest.activity_at = now, at
    if now in policy.rest.rest_states:
        rest.resting_since = rest.resting_since or at
    elif before in policy.rest.rest_states or now in WORK_ACTIVITIES:
        _end_rest(account, at, policy)  # `available` does not end a rest that silence told of
    if now in CONTACT_ACTIVITIES:
        rest.working_since = rest.working_since or at
        open_day(account, at, policy.chronic)


def meet_turn(account: Account, at: int, policy: WellbeingPolicy, *, by_agent: bool) -> None:
    """Take in that a turn was heard. A customer may write during the agent's break; the agent who writes is back."""
    rest = account.rest
    told = rest.activity in policy.rest.rest_states
    if told and not by_agent and at <= _believed_to(account, policy):
        return
    if told:
        rest.activity = ""
    _end_rest(account, at, policy)
    rest.working_since = rest.working_since or at


def open_next_day(account: Account, at: int, policy: WellbeingPolicy) -> None:
    """Open the next day at the end of one, where the agent is on a contact that goes on into it."""
    if account.rest.activity in CONTACT_ACTIVITIES and at < _believed_to(account, policy):
        open_day(account, at, policy.chronic)


def _end_rest(account: Account, at: int, policy: WellbeingPolicy) -> None:
    """Be at work. After a real break the time since a break starts anew, and so does the run of hard contacts."""
    rest = account.rest
    if rest.resting_since and at - rest.resting_since >= policy.rest.real_break_min * MINUTE_MS:
        rest.working_since = at
        account.run = Run()
    rest.resting_since = 0
    rest.worked_at = at


def _believed_to(account: Account, policy: WellbeingPolicy) -> int:
    return account.rest.activity_at + policy.rest.state_stale_min * MINUTE_MS


def _pass(account: Account, to: int, policy: WellbeingPolicy) -> None:
    half_life = half_life_ms(policy.acute, resting=bool(account.rest.resting_since))
    believed_to = _believed_to(account, policy)
    while account.rest.activity in CONTACT_ACTIVITIES and account.at < min(to, believed_to):
        begin = account.at  # in small steps, so that what a long contact adds fades while it adds
        fade(account, min(to, believed_to, begin + STEP_MS), half_life)
        busy(account, begin, account.at, policy.acute)
    fade(account, to, half_life)
