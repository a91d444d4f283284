"""escalation: which topics it reads, and its domain made from the policy."""

from warmline.contracts.topics import CONVERSATION_WINDOWS, ESCALATION_FEEDBACK
from warmline.escalation.domain import EscalationDomain
from warmline.policy.model import Policy
from warmline.wiring import Parts, build_loop, build_stateful

READS = (CONVERSATION_WINDOWS, ESCALATION_FEEDBACK)


def build_domain(policy: Policy) -> EscalationDomain:
    """Return the domain as the policy sets it."""
    return EscalationDomain(policy.escalation, policy.version)


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    handler = build_stateful(parts, build_domain(parts.policy), READS)
    build_loop(parts, "escalation", READS, handler).run()
