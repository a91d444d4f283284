"""windows: which topics it reads, and its domain made from the policy."""

from warmline.contracts.topics import CONVERSATION_SCORES
from warmline.policy.model import Policy
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.metrics import Metrics
from warmline.windows.domain import WindowsDomain
from warmline.wiring import Parts, build_loop, build_stateful

READS = (CONVERSATION_SCORES,)


def build_domain(policy: Policy) -> WindowsDomain:
    """Return the domain as the policy sets it."""
    return WindowsDomain(policy.windows, policy.version)


def begin(metrics: Metrics) -> None:
    """Let what this service counts of moments begin at 0."""
    begin_at_zero(metrics.moments, ("met", "missed", "moot"))
    begin_at_zero(metrics.moment_effect, ("better", "same", "worse"))


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    begin(parts.metrics)
    handler = build_stateful(parts, build_domain(parts.policy), READS)
    build_loop(parts, "windows", READS, handler).run()
