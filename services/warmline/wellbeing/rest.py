"""Work and rest: what the platform says an agent is doing, and what the absence of contact says where it is silent."""

from warmline.contracts.agent_state import Activity
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

PRESENT = CONTACT_ACTIVITIES | {"available"}
"""In these the agent is there to read what comes, even where the policy calls one of them rest."""

STAGES: tuple[Activity, ...] = ("wrap_up", "available", "on_contact", "training", "break", "offline")
"""Which of two states of one millisecond lasts: the later one here, in whatever order they came. A platform ends a
wrap-up that it skips in the millisecond in which it begins, and passes through `available` on the way to the contact or
the break that waits. The others are entered to stay; among them rest stands last: none of it is taken for work."""

STAGE: dict[str, int] = {activity: place for place, activity in enumerate(STAGES)}


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
    """Take in what the platform says the agent is doing from now on.

    Records of one millisecond come in the order of their names, which is also the order of buffers that are kept; so
    the order of stages is minded here.
    """
    rest = account.rest
    before, now, at = rest.activity, record.cause, record.at
    if at == rest.activity_at and before and STAGE[now] < STAGE[before]:
        return
    if _is_away(account, policy):  # contact that goes on after a break has not gone on during it
        rest.busy_to, rest.hard_to = max(rest.busy_to, at), max(rest.hard_to, at)
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


def meet_turn(account: Account, at: int, policy: WellbeingPolicy, *, by_agent: bool) -> bool:
    """Take in that a turn was heard. A customer may write during the agent's break; the agent who writes is back.

    Returns:
        Whether the agent was there. A turn in the very millisecond in which a rest begins was the last one before it.
    """
    rest = account.rest
    told = rest.activity in policy.rest.rest_states
    if told and at <= _believed_to(account, policy):
        if at == rest.activity_at:
            return True
        if not by_agent:
            return not _is_away(account, policy)
    if told:
        rest.activity = ""
    _end_rest(account, at, policy)
    rest.working_since = rest.working_since or at
    return True


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


def _is_away(account: Account, policy: WellbeingPolicy) -> bool:
    """Tell whether the agent is in a state that is rest, and in which nobody is there; believed or not."""
    activity = account.rest.activity
    return activity in policy.rest.rest_states and activity not in PRESENT


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
