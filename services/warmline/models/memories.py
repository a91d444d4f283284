"""The memories of many conversations in one process: for the backtest and for `warmline score`, which need no Redis."""

from collections import OrderedDict

from warmline.contracts.turn import Turn
from warmline.models.context import CUSTOMER, Before, Gist, Memory, before, remembered
from warmline.models.lines import Lines, line_of

CONVERSATIONS = 50_000
"""Conversations whose memories are held at once: some 100 MB."""


class Memories:
    """The memories of many conversations; of the one least recently heard, everything is forgotten first.

    Args:
        size: Most conversations.
        across: Whether a participant's lines in other conversations are recalled too; see `lines`.
    """

    def __init__(self, size: int = CONVERSATIONS, *, across: bool = False) -> None:
        self._size = size
        self._memory_of: OrderedDict[str, Memory] = OrderedDict()
        self._lines = Lines() if across else None

    def before(self, turn: Turn) -> Before:
        """Return what went before a turn: of its conversation, and its participant's lines where those are recalled."""
        elsewhere = self._lines.before(turn) if self._lines is not None and turn.role != CUSTOMER else ()
        return before(self._memory_of.get(turn.conversation_id, ()), turn, elsewhere)

    def remember(self, turn: Turn, gist: Gist, words: bytes = b"", *, caring: bool = False) -> None:
        """Remember a turn; see `context.remembered`."""
        key = turn.conversation_id
        self._memory_of[key] = remembered(self._memory_of.get(key, ()), turn, gist, words, caring=caring)
        self._memory_of.move_to_end(key)
        if len(self._memory_of) > self._size:
            self._memory_of.popitem(last=False)
        # Not the beginning of a line: it would stand in every line that begins alike.
        if caring and turn.final and self._lines is not None:
            self._lines.remember(line_of(turn, words))
