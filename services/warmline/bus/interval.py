"""How often something is done, by a wall clock that may be set."""


class Interval:
    """Says whether it is time again.

    Where the clock was set back meanwhile it is: what is done every second must not wait for an hour to pass twice.

    Args:
        length_ms: How long to wait after `begin`, ms.
    """

    def __init__(self, length_ms: int) -> None:
        self._length_ms = length_ms
        self._began_ms: int | None = None

    def is_over(self, now_ms: int) -> bool:
        """Return whether it is time; so it is before the first `begin`."""
        return self._began_ms is None or not 0 <= now_ms - self._began_ms < self._length_ms

    def begin(self, now_ms: int) -> None:
        """Wait anew from here."""
        self._began_ms = now_ms
