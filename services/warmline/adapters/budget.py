"""What one body may cost. A few hundred bytes can hold gigabytes, so all of it is counted before objects are made."""

import sys
from dataclasses import dataclass

MAX_INFLATED_BYTES = 64 * 2**20
"""Of all that is compressed in a body, together: a bomb stops here, an hour's transcript has a hundredth of it."""

MAX_MARKS = 1_000_000
"""Marks between values (`MARKS`): eight hours of speech told word by word have half of it. As objects it is 130 MB."""

MAX_PAYLOADS = 20_000
"""Lines, list items and records. A function takes 10,000 records of a stream at once, and each may hold another."""

MAX_EVENTS = 10_000
"""What a function takes from a stream at once, or eight hours of a turn every three seconds."""

MOST_TOLD = 200
"""Pieces that became no event and are told one by one, broken ones likewise: nobody reads more, the rest is counted."""

MAX_LEFT_OUT = 50_000
"""Of pieces that became no event: five times the events, and seconds of work that comes to nothing."""

MARKS = ("[", "{", ",", "&")
"""Each value of JSON but the first follows one of them, and each field of a form; the ends of lines count with them."""

FORM_MARKS = ("=", "%")
"""Of a form, beside those, as each character that should have been escaped: each escape becomes an object first."""

MARKUP = ("<", "&")
"""Of a page: each tag and each reference is taken out by itself."""


class SpentError(Exception):
    """A body costs more than it may. It is no `AdapterError`, which would spare the rest of a batch."""


@dataclass(slots=True)
class Budget:
    """What is left to a body, over all that is inside it.

    Attributes:
        payloads: Lines, list items and records.
        events: Canonical events.
        marks: Marks between values.
        inflated_bytes: Bytes after decompression.
        left_out: Pieces that become no event.
        told: Of `unmapped` and of `broken` each, how many are told one by one.
    """

    payloads: int = MAX_PAYLOADS
    events: int = MAX_EVENTS
    marks: int = MAX_MARKS
    inflated_bytes: int = MAX_INFLATED_BYTES
    left_out: int = MAX_LEFT_OUT
    told: int = MOST_TOLD

    @classmethod
    def of_file(cls) -> "Budget":
        """Return the budget of a file that somebody has here: as long as it is, but no bomb."""
        return cls(sys.maxsize, sys.maxsize, sys.maxsize, MAX_INFLATED_BYTES, sys.maxsize, sys.maxsize)

    def take_payloads(self, count: int) -> None:
        """Count payloads that are about to be taken out.

        Raises:
            SpentError: They are too many.
        """
        self.payloads -= count
        if self.payloads < 0:
            raise SpentError(f"more than {MAX_PAYLOADS} payloads in one body")

    def take_event(self) -> None:
        """Count an event that is about to be made.

        Raises:
            SpentError: There are too many.
        """
        self.events -= 1
        if self.events < 0:
            raise SpentError(f"more than {MAX_EVENTS} events in one payload")

    def take_left_out(self) -> None:
        """Count a piece that becomes no event.

        Raises:
            SpentError: There are too many.
        """
        self.left_out -= 1
        if self.left_out < 0:
            raise SpentError(f"more than {MAX_LEFT_OUT} pieces of one body are no events")

    def take_text(self, text: str) -> None:
        """Count the values of a text that is about to be decoded.

        Raises:
            SpentError: They are too many.
        """
        self._take_marks(_line_ends(text) + sum(text.count(mark) for mark in MARKS))

    def take_form(self, text: str) -> None:
        """Count the pieces of a form that is about to be taken apart, beside its fields.

        Raises:
            SpentError: They are too many.
        """
        self._take_marks(form_marks(text))

    def take_writing(self, text: str) -> None:
        """Count the lines, tags and references of a mail or a page that is about to be taken apart.

        Raises:
            SpentError: They are too many.
        """
        self._take_marks(_line_ends(text) + sum(text.count(mark) for mark in MARKUP))

    def _take_marks(self, count: int) -> None:
        self.marks -= count
        if self.marks < 0:
            raise SpentError(f"more than {MAX_MARKS} values in one body")

    def take_inflated(self, size: int) -> None:
        """Count bytes that were decompressed.

        Raises:
            SpentError: They are too many.
        """
        self.inflated_bytes -= size
        if self.inflated_bytes < 0:
            raise SpentError(f"gzip that holds more than {MAX_INFLATED_BYTES} bytes")


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def form_marks(text: str) -> int:
    """Return how many pieces a form is taken apart into, beside its fields."""
    unescaped = 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))
    return unescaped + sum(text.count(mark) for mark in FORM_MARKS)
