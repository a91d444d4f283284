"""One part from the first source that has it, or a skip that says what each source lacked."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TypeVar

import pytest

Part = TypeVar("Part")


class LackingError(Exception):
    """A source cannot give the part on this machine; the message says what it lacks."""


def obtain(what: str, sources: Sequence[Callable[[ExitStack], Part]], stack: ExitStack) -> Part:
    """Return the part from the first source that has it.

    Args:
        what: The part's name, for the skip.
        sources: Each starts or finds the part, hands its end to the stack, or raises LackingError.
        stack: Closed when the run is over.
    """
    lacking = []
    for source in sources:
        try:
            return source(stack)
        except LackingError as reason:
            lacking.append(str(reason))
    return pytest.skip(f"needs {what}: {'; '.join(lacking)}")
