"""What texts already scored came to: in service talk a few texts ('ok', 'yes please') make up much of the traffic."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class TextCache(Generic[Value]):
    """A bounded map from exact text to what the model makes of it; the text least recently used goes first.

    That depends on the text alone (not on batch mates or time), so an entry is never stale.

    Attributes:
        hits: Look-ups that were answered, since the start.
        misses: Look-ups that were not.
    """

    MAX_TEXT_CHARS = 200
    """Longer texts hardly ever repeat and would cost the most memory."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, text: str) -> Value | None:
        """Return what is kept for a text, or None."""
        value = self._values.get(text)
        if value is None:
            self.misses += 1
            return None
        self.hits += 1
        self._values.move_to_end(text)
        return value

    def put(self, text: str, value: Value) -> None:
        """Keep the value of a text, unless the text is long or the cache off."""
        if self._size == 0 or len(text) > self.MAX_TEXT_CHARS:
            return
        self._values[text] = value
        self._values.move_to_end(text)
        if len(self._values) > self._size:
            self._values.popitem(last=False)
