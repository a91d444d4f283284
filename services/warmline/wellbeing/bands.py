"""Bands with hysteresis, and when a band will be left by time alone."""

from warmline.wellbeing.policy import BandsPolicy, WellbeingPolicy
from warmline.wellbeing.state import BANDS, CALM, Account
from warmline.wellbeing.strain import acute, half_life_ms, micro, ms_until_below


def band(strain: int, held: int, policy: BandsPolicy) -> int:
    """Return the band of a strain, where `held` is the band so far: it is left downwards only below its lower edge.

    Args:
        strain: Micro-points.
        held: Index of the band so far.
        policy: Where the bands begin.
    """
    for index in range(len(BANDS) - 1, CALM, -1):
        if strain >= (lower_edge(index, policy) if index <= held else begins(index, policy)):
            return index
    return CALM


def begins(index: int, policy: BandsPolicy) -> int:
    """Return where a band above calm begins, micro-points."""
    return micro((policy.elevated, policy.high, policy.severe)[index - 1])


def lower_edge(index: int, policy: BandsPolicy) -> int:
    """Return below what strain a band above calm is left, micro-points."""
    return begins(index, policy) - micro(policy.hysteresis)


def eases_at(account: Account, policy: WellbeingPolicy) -> int | None:
    """Return when fading alone takes the acute strain below its band, ms UTC, if nothing else happens before."""
    if account.acute_band == CALM:
        return None
    half_life = half_life_ms(policy.acute, resting=bool(account.rest.resting_since))
    return account.at + ms_until_below(acute(account), lower_edge(account.acute_band, policy.bands), half_life)
