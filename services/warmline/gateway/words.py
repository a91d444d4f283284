"""The words of turns that people may be shown, where the policy lets them be quoted. In memory, bounded, pure."""

import sys
from collections import OrderedDict

from msgspec import Struct

from warmline.contracts.topics import CONVERSATION_EVENTS, KEPT_MS

WORDS_BYTES = 64 * 1024 * 1024  # of all conversations; 180,000 turns of a sentence
TURN_BYTES = 250  # what a turn costs beside its text

WORDS_KEPT_MS = KEPT_MS[CONVERSATION_EVENTS]
"""No longer here than on their topic."""


class Said(Struct, frozen=True):
    """What was said in a turn.

    Attributes:
        at_ms: When it was published, ms UTC.
        text: The words.
        final: They are all; else as far as a recogniser had heard them.
    """

    at_ms: int
    text: str
    final: bool = True

    @property
    def cost(self) -> int:
        """Bytes in memory: a single emoji makes every character of a text four of them."""
        return TURN_BYTES + sys.getsizeof(self.text)


class Words:
    """What was said, by conversation and turn.

    Args:
        most_conversations: The one that was quiet longest goes first; so it does where they are too large together.
        most_turns: Of one conversation; the oldest go first.
    """

    def __init__(self, most_conversations: int, most_turns: int) -> None:
        self._most_conversations = most_conversations
        self._most_turns = most_turns
        self._held: OrderedDict[str, OrderedDict[str, Said]] = OrderedDict()
        self._bytes = 0

    def take(self, conversation_id: str, turn_id: str, said: Said) -> None:
        """Take a turn's words in. What comes under its id after all of them is not its words: it is not scored."""
        self._forget(said.at_ms)
        turns = self._held.get(conversation_id, OrderedDict())
        known = turns.get(turn_id)
        if known is not None and known.final:
            return
        turns[turn_id] = said
        self._bytes += said.cost - (0 if known is None else known.cost)
        if len(turns) > self._most_turns:
            self._bytes -= turns.popitem(last=False)[1].cost
        self._held[conversation_id] = turns
        self._held.move_to_end(conversation_id)
        while self._bytes > WORDS_BYTES or len(self._held) > self._most_conversations:
            self._forget_oldest()

    def of(self, conversation_id: str, now_ms: int) -> dict[str, str]:
        """Return the words of a conversation's turns that the topic still has, by turn id."""
        self._forget(now_ms)
        turns = self._held.get(conversation_id, OrderedDict())
        return {turn_id: said.text for turn_id, said in turns.items() if said.at_ms > now_ms - WORDS_KEPT_MS}

    def _forget(self, now_ms: int) -> None:
        """Forget conversations, the one that was quiet longest first, of which the topic has no words any more."""
        while self._held:
            quiet = next(iter(self._held.values()))
            if next(reversed(quiet.values())).at_ms > now_ms - WORDS_KEPT_MS:
                return
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        turns = self._held.popitem(last=False)[1]
        self._bytes -= sum(said.cost for said in turns.values())
