"""What another policy would have done: alerts that appear, vanish, move or change their severity."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from warmline.contracts.alert import EscalationAlert, Severity
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit

SEVERITIES: tuple[Severity, ...] = ("watch", "warning", "critical")


class Opened(Struct, frozen=True, kw_only=True):
    """One alert, as a whole.

    Attributes:
        alert_id: Depends on the conversation and the cause that opened it alone: equal under both policies where the
            same turn opened it.
        conversation_id: The conversation.
        rule: What opened it.
        opened_at: Event time, ms UTC.
        turn: Turns of the episode by then.
        severity: The highest it had.
        closing: Why it closed; None where it is still open.
    """

    alert_id: str
    conversation_id: str
    rule: str
    opened_at: int
    turn: int
    severity: Severity
    closing: str | None


class Change(Struct, frozen=True, kw_only=True):
    """One difference.

    Attributes:
        kind: appears, vanishes, moves (opens at another turn) or changes (its severity).
        conversation_id: The conversation.
        rule: What opened it.
        severity_before: The highest under the first policy; None where it did not open.
        severity_after: The same under the other.
        moved_ms: How much later it opens, ms; below 0 is earlier; None unless it opens under both.
        moved_turns: The same in turns.
    """

    kind: Literal["appears", "vanishes", "moves", "changes"]
    conversation_id: str
    rule: str
    severity_before: Severity | None
    severity_after: Severity | None
    moved_ms: int | None = None
    moved_turns: int | None = None


def alerts_of(emits: Iterable[Emit]) -> list[Opened]:
    """Return the alerts among published events, in order of their opening."""
    turns: dict[str, int] = {}
    found: dict[str, Opened] = {}
    for emit in emits:
        event = emit.event
        if isinstance(event, ConversationWindow):
            turns[event.conversation_id] = event.turns
        elif isinstance(event, EscalationAlert):
            before = found.get(event.alert_id)
            worse = before is None or SEVERITIES.index(event.severity) > SEVERITIES.index(before.severity)
            found[event.alert_id] = Opened(
                alert_id=event.alert_id,
                conversation_id=event.conversation_id,
                rule=event.rule,
                opened_at=event.opened_at,
                turn=turns.get(event.conversation_id, 0) if before is None else before.turn,
                severity=event.severity if before is None or worse else before.severity,
                closing=event.reason if event.state == "closed" else None,
            )
    return list(found.values())


def compare(before: Iterable[Opened], after: Iterable[Opened]) -> list[Change]:
    """Pair alerts of two runs and return what differs.

    The same rule at the same turn is one pair; what is left of a conversation and rule pairs up in order as moved.
    """
    old, new = list(before), list(after)
    by_cause = {(alert.alert_id, alert.rule): alert for alert in new}
    changes: list[Change] = []
    left: defaultdict[tuple[str, str], list[Opened]] = defaultdict(list)
    for alert in old:
        same = by_cause.pop((alert.alert_id, alert.rule), None)
        if same is None:
            left[alert.conversation_id, alert.rule].append(alert)
        elif same.severity != alert.severity:
            changes.append(_pair("changes", alert, same))
    for alert in by_cause.values():
        waiting = left[alert.conversation_id, alert.rule]
        if waiting:
            changes.append(_pair("moves", waiting.pop(0), alert))
        else:
            changes.append(_alone("appears", alert))
    changes += [_alone("vanishes", alert) for alerts in left.values() for alert in alerts]
    return sorted(changes, key=lambda change: (change.conversation_id, change.kind, change.rule))


def _pair(kind: Literal["moves", "changes"], old: Opened, new: Opened) -> Change:
    return Change(
        kind=kind,
        conversation_id=old.conversation_id,
        rule=old.rule,
        severity_before=old.severity,
        severity_after=new.severity,
        moved_ms=new.opened_at - old.opened_at,
        moved_turns=new.turn - old.turn,
    )


def _alone(kind: Literal["appears", "vanishes"], alert: Opened) -> Change:
    return Change(
        kind=kind,
        conversation_id=alert.conversation_id,
        rule=alert.rule,
        severity_before=alert.severity if kind == "vanishes" else None,
        severity_after=alert.severity if kind == "appears" else None,
    )
