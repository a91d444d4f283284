"""When to speak, and what a signal says. What is said depends on the events up to its time alone, except `times`."""

from warmline.contracts.events import AGENT_WELLBEING
from warmline.contracts.ids import deterministic_id
from warmline.contracts.times import Times
from warmline.contracts.topics import AGENT_WELLBEING as TOPIC
from warmline.contracts.wellbeing import Because, SignalKind, WellbeingSignal
from warmline.store.keyed import Emit, Stamps
from warmline.wellbeing.bands import band
from warmline.wellbeing.baseline import DAY_MS, chronic, day_of
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.record import Record
from warmline.wellbeing.state import BANDS, ELEVATED, FACTORS, HIGH, POINT, Account
from warmline.wellbeing.strain import MINUTE_MS, acute

HOUR_MS = 60 * MINUTE_MS
ABOVE_OWN = "daily_load_above_own_baseline"
ABOVE_PRIOR = "daily_load_above_neutral_prior"
"""Factors of chronic strain: what the day's load was held against while there were, or were not, enough own days."""


def speak(account: Account, cause: Record, policy: WellbeingPolicy, version: str, stamps: Stamps) -> list[Emit]:
    """Set the bands after one event or due time, and return the signals that follow from it.

    Args:
        account: The agent's, with everything up to and including the cause taken in.
        cause: The event; or, for a due time, a record that carries its name and time alone.
        policy: When to speak.
        version: The policy's version.
        stamps: Processing times.
    """
    before_acute, before = account.acute_band, account.band
    account.acute_band = band(acute(account), before_acute, policy.bands)
    account.chronic_band = band(chronic(account), account.chronic_band, policy.bands)
    account.band = max(account.acute_band, account.chronic_band)
    kinds: list[SignalKind] = []
    if account.band != before:
        account.band_since = cause.at
        kinds.append("raised" if account.band > before else "eased")
    # Strain may be high over the end of a day: the day after it is one as well, though nothing rose in it.
    is_new = _mark_high(account, cause.at, policy)
    if (is_new or before_acute < HIGH <= account.acute_band) and _makes_pattern(account, cause.at, policy):
        account.pattern_at = cause.at
        kinds.append("pattern")
    break_due = break_due_at(account, policy)
    if break_due is not None and break_due <= cause.at:
        account.break_at = cause.at
        kinds.append("break_suggested")
    return [_emit(account, kind, cause, policy, version, stamps) for kind in kinds]


def break_due_at(account: Account, policy: WellbeingPolicy) -> int | None:
    """Return from when on a break is to be suggested, ms UTC; None while resting, and in a band that asks for none."""
    rest = account.rest
    if rest.resting_since or account.acute_band < ELEVATED:
        return None
    after_last = account.break_at + policy.signals.break_cooldown_min * MINUTE_MS if account.break_at else 0
    if account.acute_band >= HIGH:
        return after_last
    return max(after_last, rest.working_since + policy.acute.break_after_min * MINUTE_MS)


def _mark_high(account: Account, at: int, policy: WellbeingPolicy) -> bool:
    """Mark the day as one with high acute strain where it is high now; return whether it was not marked before."""
    if account.acute_band < HIGH or account.days[-1].number != day_of(at, policy.chronic):
        return False
    known, account.days[-1].high = account.days[-1].high, True
    return not known


def _makes_pattern(account: Account, at: int, policy: WellbeingPolicy) -> bool:
    rules, today = policy.signals, day_of(at, policy.chronic)
    high_days = sum(day.high for day in account.days if day.number > today - rules.pattern_of_days)
    rested = not account.pattern_at or at - account.pattern_at >= rules.pattern_cooldown_days * DAY_MS
    return high_days >= rules.pattern_days and rested


def _emit(
    account: Account, kind: SignalKind, cause: Record, policy: WellbeingPolicy, version: str, stamps: Stamps
) -> Emit:
    signal_id = deterministic_id(AGENT_WELLBEING, account.agent_id, kind, cause.at, cause.conversation_id, cause.cause)
    oldest = cause.at - policy.signals.evidence_h * HOUR_MS
    event = WellbeingSignal(
        signal_id=signal_id,
        agent_id=account.agent_id,
        kind=kind,
        acute=acute(account) // POINT,
        chronic=chronic(account) // POINT,
        band=BANDS[account.band],
        since=account.band_since,
        because=_because(account),
        evidence=tuple(conversation for conversation, at in account.evidence if at >= oldest),
        as_of=cause.at,
        policy=version,
        times=Times(
            spoken=cause.at,
            received=cause.received,
            scored=cause.scored,
            windowed=cause.windowed,
            published=stamps.now_ms,
        ),
    )
    return Emit(TOPIC, account.agent_id, AGENT_WELLBEING, signal_id, cause.at, event)


def _because(account: Account) -> tuple[Because, ...]:
    amounts = dict(zip(FACTORS, account.acute, strict=True))
    amounts |= {ABOVE_OWN: account.chronic_own, ABOVE_PRIOR: account.chronic_prior}
    shown = [Because(factor=name, points=round(amount / POINT, 1)) for name, amount in amounts.items()]
    return tuple(sorted((item for item in shown if item.points), key=lambda item: (-abs(item.points), item.factor)))
