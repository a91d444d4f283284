"""Time on contact: how much of the last hour, and how much of it beyond a due break."""

from warmline.wellbeing.policy import AcutePolicy
from warmline.wellbeing.state import OCCUPANCY, OVERDUE, Account
from warmline.wellbeing.strain import MINUTE_MS, add, micro

BIN_MS = 5 * MINUTE_MS
WHOLE_BINS = 12  # an hour, besides the bin that is still filling


def busy(account: Account, begin: int, end: int, policy: AcutePolicy) -> None:
    """Account for time on contact. Time that was accounted for already (a second chat at once) counts once.

    Args:
        account: The agent's; its last day is open.
        begin: Start of the stretch, ms UTC.
        end: Its end, ms UTC; no earlier than the end of any stretch before.
        policy: The rates.
    """
    rest = account.rest
    begin = max(begin, rest.busy_to)
    while begin < end:
        number = begin // BIN_MS
        stop = min(end, (number + 1) * BIN_MS)
        _fill(account, number, stop - begin)
        if occupancy(account, stop) >= policy.occupancy:
            add(account, OCCUPANCY, (stop - begin) * micro(policy.occupancy_minute) // MINUTE_MS)
        overdue_from = rest.working_since + policy.break_after_min * MINUTE_MS
        overdue = stop - max(begin, overdue_from)
        if rest.working_since and overdue > 0:
            add(account, OVERDUE, overdue * micro(policy.overdue_minute) // MINUTE_MS)
        begin = rest.busy_to = stop


def occupancy(account: Account, at: int) -> float:
    """Return the share of the last hour (twelve whole bins and the one that is filling) on contact, 0..1."""
    newest = (at - 1) // BIN_MS  # a bin's end belongs to it
    oldest = newest - WHOLE_BINS
    on_contact = sum(ms for number, ms in account.rest.bins if oldest <= number <= newest)
    return on_contact / (at - oldest * BIN_MS)


def _fill(account: Account, number: int, ms: int) -> None:
    bins = [(bin_number, held) for bin_number, held in account.rest.bins if bin_number >= number - WHOLE_BINS]
    if bins and bins[-1][0] == number:
        bins[-1] = (number, bins[-1][1] + ms)
    else:
        bins.append((number, ms))
    account.rest.bins = bins
