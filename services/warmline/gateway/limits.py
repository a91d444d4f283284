"""The rate limit, as a request meets it."""

from math import ceil

from warmline.gateway.callers import Caller
from warmline.gateway.context import Gateway
from warmline.gateway.problems import ProblemError


def rate_of(gateway: Gateway, caller: Caller) -> float:
    """Return a caller's rate, turns or requests a second."""
    return caller.rate_per_s or gateway.settings.gateway_rate_per_s


def let_in(gateway: Gateway, caller: Caller) -> None:
    """Let a caller in who is within the rate, and count one for it, whatever becomes of the request.

    Raises:
        ProblemError: Too many requests.
    """
    look(gateway, caller)
    charge(gateway, caller)


def settle(gateway: Gateway, caller: Caller, cost: float) -> None:
    """Count the rest of what a request costs that was let in.

    Raises:
        ProblemError: Another one that was under way has brought the caller into debt meanwhile.
    """
    if cost > 1:
        look(gateway, caller, paid=1)
        charge(gateway, caller, cost - 1)


def look(gateway: Gateway, caller: Caller, paid: float = 0) -> None:
    """Look whether a caller is within the rate.

    Args:
        gateway: The gateway.
        caller: Who calls.
        paid: What was counted already for this request.

    Raises:
        ProblemError: Too many requests.
    """
    wait_s = gateway.buckets.wait_s(caller.account, rate_of(gateway, caller), paid)
    if wait_s > 0:
        gateway.metrics.gateway_refused.labels("rate").inc()
        raise ProblemError(429, "too much for this caller's rate", headers={"Retry-After": str(max(1, ceil(wait_s)))})


def charge(gateway: Gateway, caller: Caller, cost: float = 1.0) -> None:
    """Count what a caller sent."""
    gateway.buckets.take(caller.account, rate_of(gateway, caller), cost)
