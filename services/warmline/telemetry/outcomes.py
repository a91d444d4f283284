"""Counts what was published: read from the outcomes themselves, once the broker has acknowledged them."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from prometheus_client import Counter

from warmline.contracts.events import AGENT_WELLBEING, CONVERSATION_WINDOW, ESCALATION_ALERT
from warmline.store.outbox import Outcome
from warmline.telemetry.metrics import Metrics

MS = 1000


class _Moment(Struct):
    outcome: str


class _Window(Struct):
    moments: list[_Moment]


class _Alert(Struct):
    state: str
    severity: str
    rule: str


class _Signal(Struct):
    kind: str
    band: str


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
        self._service = service
        self._window = msgspec.json.Decoder(_Window)
        self._alert = msgspec.json.Decoder(_Alert)
        self._signal = msgspec.json.Decoder(_Signal)
        self._published: dict[str, Counter] = {}

    def __call__(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch of acknowledged outcomes."""
        now = self._now_ms()
        for outcome in outcomes:
            published = self._published.get(outcome.type)
            if published is None:
                published = self._metrics.published.labels(self._service, outcome.type)
                self._published[outcome.type] = published
            published.inc()
            if outcome.received_ms is not None:
                self._age.observe((now - outcome.received_ms) / MS)
            self._look_inside(outcome)

    def _look_inside(self, outcome: Outcome) -> None:
        if outcome.type == CONVERSATION_WINDOW:
            if b'"moments":[]' not in outcome.value:
                for moment in self._window.decode(outcome.value).moments:
                    if moment.outcome != "pending":
                        self._metrics.moments.labels(moment.outcome).inc()
        elif outcome.type == ESCALATION_ALERT:
            alert = self._alert.decode(outcome.value)
            self._metrics.alerts.labels(alert.state, alert.severity, alert.rule).inc()
        elif outcome.type == AGENT_WELLBEING:
            signal = self._signal.decode(outcome.value)
            self._metrics.signals.labels(signal.kind, signal.band).inc()
