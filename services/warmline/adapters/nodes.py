"""A value inside a payload together with its path, so that every complaint can say where."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from warmline.adapters.adapted import AdapterError

LONGEST_NAME = 256
"""Characters of a sender's own name for a field that a path tells: a topic of Kafka and its partition have no more."""

LONGEST_WORD = 4_096
"""Characters of an id, a label or a code. A thousand turns may share one, and each of them pays for its length."""

MAX_DIGITS = 40
"""Longest string read as a number: beyond it nothing is a time or a score, and Python's conversion grows slow."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. Containers and texts are read strictly, everything beside them leniently.

    Attributes:
        value: As decoded from JSON; None also where it is absent.
        path: For example `$.Segments[2].Transcript`.
    """

    value: Any
    path: str = "$"

    def at(self, *names: str) -> "Node":
        """Return the first of some fields that is there and not null; a value that is no object has none."""
        if isinstance(self.value, dict):
            for name in names:
                if self.value.get(name) is not None:
                    return Node(self.value[name], f"{self.path}.{name}")
        return Node(None, f"{self.path}.{names[0]}")

    def own(self, name: str) -> "Node":
        """Return a field that the sender named. Thousands of paths may begin so: a long name is cut in them."""
        told = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        return Node(self.value[name], f"{self.path}.{told}")

    def has(self, *names: str) -> bool:
        """Tell whether any of the fields is there, null or not."""
        return isinstance(self.value, dict) and any(name in self.value for name in names)

    def keys(self) -> list[str]:
        """Return the fields of an object, in its order; of anything else none."""
        return list(self.value) if isinstance(self.value, dict) else []

    def object(self) -> "Node":
        """Return itself where it is an object.

        Raises:
            AdapterError: It is something else.
        """
        if not isinstance(self.value, dict):
            raise AdapterError(f"an object is expected here, not {kind(self.value)}", self.path)
        return self

    def items(self) -> Iterator["Node"]:
        """Yield the items of an array; of what is absent or null none.

        Raises:
            AdapterError: It is no array.
        """
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise AdapterError(f"an array is expected here, not {kind(self.value)}", self.path)
        for index, item in enumerate(self.value):
            yield Node(item, f"{self.path}[{index}]")

    def text(self) -> str:
        """Return a text a person said or wrote; of what is absent or null the empty one.

        Raises:
            AdapterError: It is no string.
        """
        if self.value is None:
            return ""
        if not isinstance(self.value, str):
            raise AdapterError(f"a text is expected here, not {kind(self.value)}", self.path)
        return self.value

    def word(self) -> str | None:
        """Return an id, a label or a code: a string that is not blank nor too long, or an integer as one; else None."""
        if isinstance(self.value, str):
            return (self.value.strip() or None) if len(self.value) <= LONGEST_WORD else None
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value) if self.value.bit_length() < 2 * MAX_DIGITS else None
        return None

    def required_word(self) -> str:
        """Return a word that must be there.

        Raises:
            AdapterError: It is not.
        """
        word = self.word()
        if word is None:
            long = isinstance(self.value, str) and len(self.value) > LONGEST_WORD
            found = f"a text of more than {LONGEST_WORD} characters" if long else kind(self.value)
            raise AdapterError(f"an identifier is expected here, not {found}", self.path)
        return word

    def number(self) -> float | int | None:
        """Return a finite number, also where it is written as a string; else None."""
        value = self.value
        if isinstance(value, str) and len(value) <= MAX_DIGITS:
            try:
                value = float(value) if any(mark in value for mark in ".eE") else int(value)
            except ValueError:
                return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if isinstance(value, int) or math.isfinite(value) else None

    def whole(self) -> int | None:
        """Return a number rounded to an integer; else None."""
        number = self.number()
        return None if number is None else round(number)

    def truth(self) -> bool | None:
        """Return a boolean, also where it is written as a string; else None."""
        if isinstance(self.value, bool):
            return self.value
        return {"true": True, "false": False}.get(self.value.strip().lower()) if isinstance(self.value, str) else None


def kind(value: object) -> str:
    """Return the JSON name of a value's type, with its article."""
    names = {dict: "an object", list: "an array", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")
