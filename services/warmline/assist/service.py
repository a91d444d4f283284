"""assist: which topics it reads, and its domain made from the policy."""

from warmline.assist.domain import AssistDomain
from warmline.contracts.topics import AGENT_ASSIST_FEEDBACK, CONVERSATION_WINDOWS
from warmline.policy.model import Policy
from warmline.wiring import Parts, build_loop, build_stateful

READS = (CONVERSATION_WINDOWS, AGENT_ASSIST_FEEDBACK)


def build_domain(policy: Policy) -> AssistDomain:
    """Return the domain as the policy sets it."""
    return AssistDomain(policy.assist, policy.version)


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    handler = build_stateful(parts, build_domain(parts.policy), READS)
    build_loop(parts, "assist", READS, handler).run()
