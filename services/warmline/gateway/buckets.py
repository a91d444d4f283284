"""Token buckets: how much each caller may send. Pure; the clock comes in."""

from collections import OrderedDict
from collections.abc import Callable

MOST_ACCOUNTS = 10_000  # the least recently seen is forgotten: its bucket would be full again long since
BURST_S = 2.0  # a full bucket holds what so many seconds bring


class Buckets:
    """One bucket an account.

    A caller may go into debt by one request: what counts is only known once the body is read, and a batch that is
    larger than the bucket must be able to pass when the bucket is full. So one is taken where a request is let in, and
    the rest once it is known, unless another request has brought the caller into debt by then (`limits.py`).

    Args:
        monotonic: Clock, seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, account: str, rate_per_s: float, paid: float = 0) -> float:
        """Return how long the account has to wait before its next request, seconds; 0 where it need not.

        Args:
            account: The account.
            rate_per_s: Its rate.
            paid: What has been taken already for this request.
        """
        tokens = self._tokens(account, rate_per_s)
        return 0.0 if tokens + paid > 0 else (1 - tokens) / rate_per_s

    def take(self, account: str, rate_per_s: float, cost: float) -> None:
        """Take the cost of a request that was let in, or a part of it."""
        tokens = self._tokens(account, rate_per_s) - cost
        self._held[account] = (tokens, self._monotonic())
        self._held.move_to_end(account)
        if len(self._held) > MOST_ACCOUNTS:
            self._held.popitem(last=False)

    def _tokens(self, account: str, rate_per_s: float) -> float:
        full = rate_per_s * BURST_S
        held = self._held.get(account)
        if held is None:
            return full
        tokens, at = held
        return min(full, tokens + (self._monotonic() - at) * rate_per_s)
