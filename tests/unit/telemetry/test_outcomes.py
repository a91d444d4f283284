"""What published windows move in the metrics."""

import json

from prometheus_client import CollectorRegistry

from warmline.contracts.events import CONVERSATION_WINDOW
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.store.outbox import Outcome
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.outcomes import OutcomeCounter


def counted(*windows):
    """Count windows given by their moments, each an outcome and an effect."""
    registry = CollectorRegistry()
    count = OutcomeCounter("windows", Metrics(registry), lambda: 0)
    for moments in windows:
        value = {"moments": [{"turn_id": "t", "outcome": outcome, "effect": effect} for outcome, effect in moments]}
        raw = json.dumps(value, separators=(",", ":")).encode()
        count([Outcome(CONVERSATION_WINDOWS, "c", CONVERSATION_WINDOW, "w", 1, None, raw)])

    def value(name, **labels):
        return registry.get_sample_value(name, labels) or 0

    return value


def test_what_is_late_is_counted_of_every_outcome_however_large_its_batch():
    registry = CollectorRegistry()
    count = OutcomeCounter("windows", Metrics(registry), lambda: 10_000)

    def outcome(received_ms):
        return Outcome("other", "c", "other", "w", 1, received_ms, b"{}")

    count([outcome(9_900)] * 3)
    count([outcome(9_500)] * 400 + [outcome(9_499)] * 500 + [outcome(None)] * 100)
    value = registry.get_sample_value
    timed = {
        late: value("warmline_outcomes_timed_total", {"service": "windows", "late": late}) for late in ("no", "yes")
    }
    assert timed == {"no": 403, "yes": 500}
    assert value("warmline_event_age_seconds_count", {"service": "windows"}) < 60, "the histogram sees a few"


def test_a_moment_counts_as_met_once_though_a_later_window_tells_its_effect():
    value = counted([("pending", None)], [("met", None)], [("met", 0.4)])
    assert value("warmline_moments_total", outcome="met") == 1
    assert value("warmline_moment_effect_total", effect="better") == 1


def test_an_effect_is_better_or_worse_from_a_tenth_up_and_else_the_same():
    value = counted([("met", 0.1), ("met", 0.099), ("met", -0.099), ("met", 0.0), ("met", -0.1), ("met", -1.2)])
    told = {effect: value("warmline_moment_effect_total", effect=effect) for effect in ("better", "same", "worse")}
    assert told == {"better": 1, "same": 3, "worse": 2}


def test_moments_that_were_not_met_have_no_effect():
    value = counted([("missed", None), ("moot", None)])
    assert value("warmline_moments_total", outcome="missed") == value("warmline_moments_total", outcome="moot") == 1
    assert sum(value("warmline_moment_effect_total", effect=effect) for effect in ("better", "same", "worse")) == 0
