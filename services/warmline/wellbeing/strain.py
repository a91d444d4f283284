"""Acute strain: one leaky account per factor. Exposure fills it, time empties it by half in every half-life.

    account(t + d) = account(t) * 2 ** (-d / half_life)          half_life: the shorter one while the agent rests
    acute          = sum of the accounts, held within 0..100 points

All factors fade at one rate, so their shares in the sum, which a signal shows as its reasons, stay true over time.
"""

import math

from warmline.wellbeing.policy import AcutePolicy
from warmline.wellbeing.state import POINT, POSITIVE, Account

MINUTE_MS = 60_000
CEILING = 100 * POINT
LOOK_AGAIN_MS = 1000
"""A fading value is looked at again no sooner. With a half-life of hours a millisecond takes less than what rounding
does: where good contacts fade against hard ones it would stand still, and be looked at every millisecond for hours."""
FRACTION_BITS = 40  # of a decay factor: an error of 1e-12 a step, and every product still fits 64 bits twice over


def micro(points: float) -> int:
    """Return points as micro-points."""
    return round(points * POINT)


def faded(value: int, lapse_ms: int, half_life_ms: int) -> int:
    """Return what is left of a value after a time, rounded towards zero."""
    kept = round(math.exp2(-lapse_ms / half_life_ms) * (1 << FRACTION_BITS))
    left = abs(value) * kept >> FRACTION_BITS
    return left if value >= 0 else -left


def ms_until_below(value: int, edge: int, half_life_ms: int) -> int:
    """Return the time after which a fading value is below an edge, ms, at least LOOK_AGAIN_MS; both above 0."""
    if value < edge:
        return LOOK_AGAIN_MS
    return max(LOOK_AGAIN_MS, math.ceil(half_life_ms * math.log2(value / edge)) + 1)


def half_life_ms(policy: AcutePolicy, *, resting: bool) -> int:
    """Return the half-life that holds, ms."""
    return (policy.rest_half_life_min if resting else policy.half_life_min) * MINUTE_MS


def fade(account: Account, to: int, half_life: int) -> None:
    """Let the time up to `to` pass at one half-life."""
    if to > account.at:
        lapse = to - account.at
        account.acute = [faded(value, lapse, half_life) for value in account.acute]
        account.at = to


def add(account: Account, factor: int, amount: int) -> None:
    """Add micro-points of exposure: to the acute strain up to its ceiling, and to the day's load in full."""
    account.days[-1].load += amount
    room = max(0, CEILING - sum(account.acute))
    account.acute[factor] += min(amount, room)


def relieve(account: Account, amount: int, policy: AcutePolicy) -> None:
    """Take micro-points away for something good, down to the buffer below zero. The day's load stays what it was."""
    room = max(0, sum(account.acute) + micro(policy.buffer))
    account.acute[POSITIVE] -= min(amount, room)


def acute(account: Account) -> int:
    """Return the acute strain, micro-points, 0..100 points."""
    return min(CEILING, max(0, sum(account.acute)))
