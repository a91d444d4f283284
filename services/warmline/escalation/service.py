"""escalation: which topics it reads, and its domain made from the policy."""

from collections.abc import Callable
from typing import get_args

from msgspec import Struct
from msgspec.structs import fields

from warmline.contracts.alert import AlertState, Severity
from warmline.contracts.feedback import Verdict
from warmline.contracts.topics import CONVERSATION_WINDOWS, ESCALATION_FEEDBACK
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.learnt import ContactOver, FeedbackTaken, LeadKnown, Outcome
from warmline.escalation.policy import HardCues
from warmline.escalation.routing import CALL_BACK, RISK
from warmline.policy.model import Policy
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts, build_loop, build_stateful

MS = 1000
READS = (CONVERSATION_WINDOWS, ESCALATION_FEEDBACK)
RULES = (RISK, *(cue.name for cue in fields(HardCues)), CALL_BACK)
"""What can open an alert."""

OTHER_QUEUES = "(other)"
"""As a label: all queues that the policy does not name. Names come with events, and may be many."""


def build_domain(policy: Policy) -> EscalationDomain:
    """Return the domain as the policy sets it."""
    return EscalationDomain(policy.escalation, policy.version)


def begin(metrics: Metrics, policy: Policy) -> None:
    """Let what this service counts begin at 0, and say which budgets there are.

    Words on alerts are few: were a series to begin with its first one, the increase over a week would not count it.
    """
    queues = [*policy.queues, OTHER_QUEUES]
    begin_at_zero(metrics.queue_contacts, queues)
    begin_at_zero(metrics.queue_alerted, queues)
    for queue in queues:
        budget = policy.escalation(queue).alerts_per_100
        if budget is not None:
            metrics.queue_alert_budget.labels(queue).set(budget / 100)
    begin_at_zero(metrics.alerts, get_args(AlertState), get_args(Severity), RULES)
    begin_at_zero(metrics.alert_feedback, RULES, get_args(Verdict))
    begin_at_zero(metrics.alert_lead, get_args(Outcome))


def counter(metrics: Metrics, policy: Policy) -> Callable[[Struct], None]:
    """Return what turns what the domain learnt into metrics; every series begins with it."""
    begin(metrics, policy)
    named = frozenset(policy.queues)

    def count(learnt: Struct) -> None:
        if isinstance(learnt, FeedbackTaken):
            metrics.alert_feedback.labels(learnt.rule, learnt.verdict).inc()
        elif isinstance(learnt, LeadKnown):
            metrics.alert_lead.labels(learnt.outcome).observe(learnt.lead_ms / MS)
        elif isinstance(learnt, ContactOver):
            queue = learnt.queue if learnt.queue in named else OTHER_QUEUES
            metrics.queue_contacts.labels(queue).inc()
            metrics.queue_alerted.labels(queue).inc(learnt.alerted)

    return count


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    handler = build_stateful(parts, build_domain(parts.policy), READS, counter(parts.metrics, parts.policy))
    build_loop(parts, "escalation", READS, handler).run()
