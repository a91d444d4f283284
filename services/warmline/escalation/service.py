"""escalation: which topics it reads, and its domain made from the policy."""

from collections.abc import Callable

from msgspec import Struct

from warmline.contracts.topics import CONVERSATION_WINDOWS, ESCALATION_FEEDBACK
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.learnt import FeedbackTaken, LeadKnown
from warmline.policy.model import Policy
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts, build_loop, build_stateful

MS = 1000
READS = (CONVERSATION_WINDOWS, ESCALATION_FEEDBACK)


def build_domain(policy: Policy) -> EscalationDomain:
    """Return the domain as the policy sets it."""
    return EscalationDomain(policy.escalation, policy.version)


def counter(metrics: Metrics) -> Callable[[Struct], None]:
    """Return what turns what the domain learnt into metrics."""

    def count(learnt: Struct) -> None:
        if isinstance(learnt, FeedbackTaken):
            metrics.alert_feedback.labels(learnt.rule, learnt.verdict).inc()
        elif isinstance(learnt, LeadKnown):
            metrics.alert_lead.labels(learnt.outcome).observe(learnt.lead_ms / MS)

    return count


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    handler = build_stateful(parts, build_domain(parts.policy), READS, counter(parts.metrics))
    build_loop(parts, "escalation", READS, handler).run()
