"""Counts what was published: read from the outcomes themselves, once the broker has acknowledged them."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from warmline.contracts.events import AGENT_ASSIST, AGENT_WELLBEING, CONVERSATION_WINDOW, ESCALATION_ALERT
from warmline.store.outbox import Outcome
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.trace_context import exemplar_of

MS = 1000
MOST_AGES = 50
"""Ages observed of one batch: all of them while we keep up, evenly spaced ones of a backlog's large batches. They tell
quantiles; how many were late is counted of all, or an outage's backlog would weigh less than the calm before it."""

LATE_MS = 500
"""The objective of deploy/prometheus/rules/slo.yaml: what a record causes is acknowledged within this."""

FELT = 0.1
"""From this change of the customer's valence (-1..1) on a moment's effect counts as better or worse. The same thing
said otherwise moves a turn's valence by about half of it (docs/model.md), and the effect is a mean over two turns."""


class _Moment(Struct):
    outcome: str
    effect: float | None = None


class _Window(Struct):
    moments: list[_Moment]


class _Alert(Struct):
    state: str
    severity: str
    rule: str


class _Signal(Struct):
    kind: str
    band: str


class _Move(Struct):
    move: str
    kind: str
    reason: str
    sequence: int


class OutcomeCounter:
    """Turns acknowledged outcomes into metrics.

    Args:
        service: Name of the service.
        metrics: The list of metrics.
        now_ms: Wall clock, ms UTC.
    """

    def __init__(self, service: str, metrics: Metrics, now_ms: Callable[[], int]) -> None:
        self._metrics = metrics
        self._now_ms = now_ms
        self._age = metrics.event_age.labels(service)
        self._in_time = metrics.outcomes_timed.labels(service, "no")
        self._late = metrics.outcomes_timed.labels(service, "yes")
        self._service = service
        self._window = msgspec.json.Decoder(_Window)
        self._alert = msgspec.json.Decoder(_Alert)
        self._signal = msgspec.json.Decoder(_Signal)
        self._move = msgspec.json.Decoder(_Move)

    def __call__(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch of acknowledged outcomes."""
        now = self._now_ms()
        for event_type, count in Counter(outcome.type for outcome in outcomes).items():
            self._metrics.published.labels(self._service, event_type).inc(count)
        ages = [now - outcome.received_ms for outcome in outcomes if outcome.received_ms is not None]
        late = sum(age > LATE_MS for age in ages)
        self._late.inc(late)
        self._in_time.inc(len(ages) - late)
        for outcome in outcomes[:: len(outcomes) // MOST_AGES + 1]:
            if outcome.received_ms is not None:
                self._age.observe((now - outcome.received_ms) / MS, exemplar_of(outcome.context))
        for outcome in outcomes:
            self._look_inside(outcome)

    def _look_inside(self, outcome: Outcome) -> None:
        if outcome.type == CONVERSATION_WINDOW:
            if b'"moments":[]' not in outcome.value:
                for moment in self._window.decode(outcome.value).moments:
                    if moment.effect is not None:  # told once, some windows after the one in which it was met
                        self._metrics.moment_effect.labels(_effect(moment.effect)).inc()
                    elif moment.outcome != "pending":
                        self._metrics.moments.labels(moment.outcome).inc()
        elif outcome.type == ESCALATION_ALERT:
            alert = self._alert.decode(outcome.value)
            self._metrics.alerts.labels(alert.state, alert.severity, alert.rule).inc()
        elif outcome.type == AGENT_WELLBEING:
            signal = self._signal.decode(outcome.value)
            self._metrics.signals.labels(signal.kind, signal.band).inc()
        elif outcome.type == AGENT_ASSIST:
            move = self._move.decode(outcome.value)
            renewed = "given" if move.sequence == 1 else "renewed"
            self._metrics.assist_moves.labels(move.move, move.reason if move.kind == "withdraw" else renewed).inc()


def _effect(change: float) -> str:
    return "better" if change >= FELT else "worse" if change <= -FELT else "same"
