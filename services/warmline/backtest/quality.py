"""How good alerts are against what a floor manager would have wanted: precision, recall, and how far ahead."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from statistics import median

from msgspec import Struct

from warmline.contracts.alert import EscalationAlert, Severity

MS = 1000


class Gold(Struct, frozen=True, kw_only=True):
    """What the labels say about one conversation.

    Attributes:
        escalated: A floor manager would have wanted an alert.
        escalate_from: Position of the first turn from which an alert is right; None if never.
        spoken_at: When each turn was spoken, ms UTC.
    """

    escalated: bool
    escalate_from: int | None
    spoken_at: tuple[int, ...]


class RuleQuality(Struct, frozen=True, kw_only=True):
    """One rule's share.

    Attributes:
        alerts: Alerts that it opened.
        right: Of these in conversations that were escalated.
    """

    alerts: int
    right: int


class Quality(Struct, frozen=True, kw_only=True):
    """Figures by conversation. A lead is counted from the first alert to `escalate_from`, and below 0 where it is late.

    Attributes:
        conversations: Conversations with labels.
        escalated: Of these escalated.
        alerted: Of these with an alert.
        right: Of these both.
        precision: right / alerted; None without alerts.
        recall: right / escalated; None without escalations.
        ahead: Of the right ones alerted at or before `escalate_from`.
        lead_turns: Median lead in turns; None without right alerts.
        lead_s: Median lead in seconds.
        early: Of the right ones alerted more than four turns before: ahead, or by accident.
        by_rule: Alerts by what opened them.
    """

    conversations: int
    escalated: int
    alerted: int
    right: int
    precision: float | None
    recall: float | None
    ahead: int
    lead_turns: float | None
    lead_s: float | None
    early: int
    by_rule: dict[str, RuleQuality]


EARLY_TURNS = 4
SEVERITIES: tuple[Severity, ...] = ("watch", "warning", "critical")


def quality(alerts: Iterable[EscalationAlert], gold: Mapping[str, Gold], at_least: Severity = "watch") -> Quality:
    """Judge alerts by the labels; conversations without labels are left out.

    Args:
        alerts: Every step of every alert.
        gold: Labels by conversation.
        at_least: Count an alert from the step at which it had this severity.
    """
    grave = SEVERITIES[SEVERITIES.index(at_least) :]
    first: dict[str, EscalationAlert] = {}
    seen: set[str] = set()
    rules: dict[str, list[bool]] = {}
    for alert in alerts:
        if alert.conversation_id not in gold or alert.state == "closed" or alert.severity not in grave:
            continue
        first.setdefault(alert.conversation_id, alert)
        if alert.alert_id not in seen:
            seen.add(alert.alert_id)
            rules.setdefault(alert.rule, []).append(gold[alert.conversation_id].escalated)
    right = {conversation: alert for conversation, alert in first.items() if gold[conversation].escalated}
    leads = [_lead(alert, gold[conversation]) for conversation, alert in right.items()]
    escalated = sum(label.escalated for label in gold.values())
    return Quality(
        conversations=len(gold),
        escalated=escalated,
        alerted=len(first),
        right=len(right),
        precision=len(right) / len(first) if first else None,
        recall=len(right) / escalated if escalated else None,
        ahead=sum(turns >= 0 for turns, _ in leads),
        lead_turns=median(turns for turns, _ in leads) if leads else None,
        lead_s=median(seconds for _, seconds in leads) if leads else None,
        early=sum(turns > EARLY_TURNS for turns, _ in leads),
        by_rule={
            rule: RuleQuality(alerts=len(verdicts), right=sum(verdicts)) for rule, verdicts in sorted(rules.items())
        },
    )


def _lead(alert: EscalationAlert, label: Gold) -> tuple[int, float]:
    """Return the lead in turns and seconds."""
    wanted = label.escalate_from or 0
    opened = bisect_right(label.spoken_at, alert.as_of) - 1
    return wanted - opened, (label.spoken_at[wanted] - alert.as_of) / MS


def lines_of(found: Quality) -> list[str]:
    """Return the figures as lines to read."""
    lines = [
        f"{found.conversations} labelled conversations, {found.escalated} escalated, {found.alerted} alerted, "
        f"{found.right} of them rightly",
        brief(found, "any severity"),
    ]
    if found.lead_turns is not None and found.lead_s is not None:
        lines.append(
            f"median lead {found.lead_turns:+.1f} turns, {found.lead_s:+.1f} s; "
            f"more than {EARLY_TURNS} turns ahead: {found.early}"
        )
    lines += [f"  {rule}: {share.alerts} alerts, {share.right} rightly" for rule, share in found.by_rule.items()]
    return lines


def brief(found: Quality, what: str) -> str:
    """Return the figures in one line."""
    return (
        f"{what}: precision {_share(found.precision)}  recall {_share(found.recall)}  "
        f"at or before the labelled turn {found.ahead}/{found.right}"
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
