"""Rare things are counted from 0, so that the first of them is an increase."""

from prometheus_client import CollectorRegistry

from warmline.escalation import service as escalation
from warmline.escalation.policy import EscalationPolicy
from warmline.gateway import service as gateway
from warmline.policy.load import load_policy
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.metrics import Metrics
from warmline.windows import service as windows


def test_every_combination_of_labels_is_there_at_zero_and_counts_on_from_it():
    metrics = Metrics(CollectorRegistry())
    begin_at_zero(metrics.signals, ("raised", "eased"), ("calm", "high"))
    told = {sample.labels["kind"] + sample.labels["band"] for sample in samples(metrics.signals)}
    assert told == {"raisedcalm", "raisedhigh", "easedcalm", "easedhigh"}
    assert {sample.value for sample in samples(metrics.signals)} == {0}
    metrics.signals.labels("raised", "high").inc()
    begin_at_zero(metrics.signals, ("raised", "eased"), ("calm", "high"))
    assert sum(sample.value for sample in samples(metrics.signals)) == 1


def test_windows_and_escalation_begin_what_the_dashboards_divide_by():
    metrics = Metrics(CollectorRegistry())
    windows.begin(metrics)
    escalation.begin(metrics, load_policy(None))
    assert {sample.labels["outcome"] for sample in samples(metrics.moments)} == {"met", "missed", "moot"}
    assert {sample.labels["effect"] for sample in samples(metrics.moment_effect)} == {"better", "same", "worse"}
    assert len(samples(metrics.alert_feedback)) == len(escalation.RULES) * 3
    assert "abuse_of_agent" in escalation.RULES
    assert {"risk", "call_back"} <= set(escalation.RULES)
    assert len(escalation.RULES) == 2 + len(EscalationPolicy().hard_cues.__struct_fields__)


def test_the_gateway_begins_what_it_turns_away():
    metrics = Metrics(CollectorRegistry())
    gateway.begin(metrics)
    assert {sample.labels["reason"] for sample in samples(metrics.gateway_refused)} > {"unknown", "rate", "signature"}
    assert {sample.labels["outcome"] for sample in samples(metrics.gateway_items)} == {
        "accepted",
        "invalid",
        "unavailable",
    }
    assert len(samples(metrics.gateway_feedback)) == 3 + 1


def samples(metric):
    return [sample for family in metric.collect() for sample in family.samples if sample.name.endswith("_total")]
