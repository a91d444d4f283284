"""Chronic strain: each day's load against the agent's own ordinary day.

    baseline = mean load of the agent's newest worked days, held within the policy's limits;
               the policy's neutral prior while there are too few
    excess   = (load of the day - baseline) / baseline, held within 0..excess_max
    chronic  = chronic * 2 ** (-1 day / half_life) + double_load_day * excess, at most 100 points; once a day

The upper limit of the baseline keeps a load that is always too high from becoming the measure of itself.
"""

from warmline.wellbeing.policy import ChronicPolicy, WellbeingPolicy
from warmline.wellbeing.state import POINT, Account, Day
from warmline.wellbeing.strain import CEILING, MINUTE_MS, faded, micro

DAY_MS = 1440 * MINUTE_MS
GONE = POINT // 10  # a tenth of a point is not shown: below it the account is empty, and needs no daily visit


def day_of(at: int, policy: ChronicPolicy) -> int:
    """Return the number of the working day that a time belongs to."""
    return (at - policy.day_starts_utc_min * MINUTE_MS) // DAY_MS


def day_ends_at(account: Account, policy: ChronicPolicy) -> int | None:
    """Return when the next day has to be closed, ms UTC; None where no day is open and no chronic strain is left."""
    open_days = bool(account.days) and account.days[-1].number >= account.closed_to
    if not open_days and not chronic(account):
        return None
    return (account.closed_to + 1) * DAY_MS + policy.day_starts_utc_min * MINUTE_MS


def open_day(account: Account, at: int, policy: ChronicPolicy) -> Day:
    """Return the day that a time belongs to, opened if need be. A time on a day's end belongs to the next."""
    number = day_of(at, policy)
    if not account.days or account.days[-1].number < number:
        account.days.append(Day(number))
        account.closed_to = max(account.closed_to, number)
    return account.days[-1]


def close_day(account: Account, policy: WellbeingPolicy) -> None:
    """Close the first open day: chronic strain fades by a day, and grows by a load above the baseline."""
    rules = policy.chronic
    account.chronic_own = _kept(account.chronic_own, rules)
    account.chronic_prior = _kept(account.chronic_prior, rules)
    if account.days and account.days[-1].number == account.closed_to:
        base, own = baseline(account, rules)
        excess = min(max(0, account.days[-1].load - base), round(base * rules.excess_max))
        grown = min(micro(rules.double_load_day) * excess // base, CEILING - chronic(account))
        if own:
            account.chronic_own += grown
        else:
            account.chronic_prior += grown
    account.closed_to += 1
    kept = max(rules.baseline_days, policy.signals.pattern_of_days)
    del account.days[:-kept]


def baseline(account: Account, policy: ChronicPolicy) -> tuple[int, bool]:
    """Return the load of an ordinary day, micro-points, and whether it is the agent's own; the last day is left out."""
    before = [day.load for day in account.days[:-1][-policy.baseline_days :]]
    if len(before) < policy.baseline_min_days:
        return micro(policy.neutral_load), False
    mean = sum(before) // len(before)
    return min(max(mean, micro(policy.baseline_min)), micro(policy.baseline_max)), True


def chronic(account: Account) -> int:
    """Return the chronic strain, micro-points, 0..100 points."""
    return account.chronic_own + account.chronic_prior


def _kept(value: int, policy: ChronicPolicy) -> int:
    left = faded(value, DAY_MS, policy.half_life_days * DAY_MS)
    return left if left >= GONE else 0
