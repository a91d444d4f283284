"""The states that a process holds between batches, and what it knows of those it forgot."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic

from warmline.store.held import Held
from warmline.store.keyed import S
from warmline.store.outbox import Entry, decode_outbox, mark_of
from warmline.store.store import Stored


class Holding(Generic[S]):
    """Held states by key, the one used longest ago first.

    Args:
        decode: Decodes a stored state.
        is_acknowledged: Whether an outbox's entry is known to be acknowledged by the group's committed offsets.
        max_states: Most states held between batches, above 0.
    """

    def __init__(self, decode: Callable[[bytes], S], is_acknowledged: Callable[[Entry], bool], max_states: int) -> None:
        self._decode = decode
        self._is_acknowledged = is_acknowledged
        self._max_states = max_states
        self._held: OrderedDict[str, Held[S]] = OrderedDict()
        self._done: dict[str, list[bytes]] = {}  # what `Held.done` said of states that were forgotten
        self._touched: set[str] = set()

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, key: str) -> Held[S]:
        return self._held[key]

    def get(self, key: str) -> Held[S] | None:
        """Return a state, None where it is not held."""
        return self._held.get(key)

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return which keys have to be loaded; the others count as just used."""
        missing = []
        for key in keys:
            if key in self._held:
                self._held.move_to_end(key)
            else:
                missing.append(key)
        return missing

    def take_up(self, key: str, stored: Stored | None) -> None:
        """Hold a state as it was loaded."""
        done = self._done.pop(key, [])
        if stored is None:
            self._held[key] = Held(None, 0)
            return
        held = Held(self._decode(stored.state), stored.version)
        for entry in decode_outbox(stored.outbox):
            if done and (mark := mark_of(entry)) in done:
                held.done.append(mark)
            elif not self._is_acknowledged(entry):
                held.inherited.append(entry)
        self._held[key] = held

    def touch(self, keys: Iterable[str]) -> None:
        """Remember whose outcomes are about to be published."""
        self._touched.update(keys)

    def acknowledge(self) -> None:
        """Take note that the outcomes of all that was touched are acknowledged, and hold no more than is allowed."""
        for key in self._touched:
            held = self._held.get(key)
            if held is not None:
                held.acknowledge(self._is_acknowledged)
        self._touched.clear()
        self.forget(list(islice(self._held, max(0, len(self._held) - self._max_states))))
        while len(self._done) > self._max_states:
            del self._done[next(iter(self._done))]

    def forget(self, keys: Iterable[str]) -> None:
        """Drop states; what is known to be acknowledged and stands in the store all the same is remembered.

        Another owner that has written the state since has carried it along, and would be handed it again by our next
        write, and so on by turns: the outbox would only grow.
        """
        for key in list(keys):
            held = self._held.pop(key, None)
            if held is not None and held.done:
                self._done[key] = held.done
            self._touched.discard(key)

    def forget_unsure(self, keys: Iterable[str]) -> None:
        """Drop states that may be changed here and not in the store, and all that was touched.

        What earlier calls since the last acknowledgement gave out may be lost with the call that failed: it must be
        given out again, and must not count as published when something else is acknowledged.
        """
        self.forget(keys)
        self.forget(self._touched)

    def drop(self, key: str) -> None:
        """Drop a state that is not in the store."""
        self._held.pop(key, None)

    def forget_all(self) -> None:
        """Drop everything."""
        self._held.clear()
        self._done.clear()
        self._touched.clear()
