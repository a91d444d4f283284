"""The rate limit, as a request meets it."""

from math import ceil

from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.problems import ProblemError


def rate_of(gateway: Gateway, caller: Caller) -> float:
    """Return a caller's rate, turns or requests a second."""
    return caller.rate_per_s or gateway.settings.gateway_rate_per_s


def let_in(gateway: Gateway, caller: Caller) -> None:
    """Let a caller in who is within the rate.

    Raises:
        ProblemError: Too many requests.
    """
    wait_s = gateway.buckets.wait_s(caller.account, rate_of(gateway, caller))
    if wait_s > 0:
        gateway.metrics.gateway_refused.labels("rate").inc()
        raise ProblemError(429, "too much for this caller's rate", headers={"Retry-After": str(max(1, ceil(wait_s)))})


def charge(gateway: Gateway, caller: Caller, cost: float = 1.0) -> None:
    """Count what a caller sent."""
    gateway.buckets.take(caller.account, rate_of(gateway, caller), cost)
