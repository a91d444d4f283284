"""A stream of windows with people's words in it, and the same stream as a replay may read it: all words first."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit, KeyedDomain, Stamps
from warmline.store.memory import MemoryRun

STAMPS = Stamps(None, 0)
NEVER = 10**15


def with_words(
    windows: Sequence[ConversationWindow],
    domain: KeyedDomain[Any],
    seed: int,
    share: float,
    word_on: Callable[[Struct, str, int, random.Random], Struct],
) -> list[Struct]:
    """Return the windows, and after some of them a word on something published by then, now and then twice.

    Every word is said when the newest window of all was and before the windows of its conversation that follow, as a
    live stream has it.
    """
    rng = random.Random(seed)
    run: MemoryRun[Any] = MemoryRun(domain)
    published: list[Emit] = []
    told: list[Struct] = []
    for number, window in enumerate(windows):
        told.append(window)
        published += run.apply(window, STAMPS)
        if not published or rng.random() >= share:
            continue
        emit = rng.choice(published[-4:])
        at = run.watermark_ms
        if any(later.as_of <= at for later in windows[number + 1 :] if later.conversation_id == emit.key):
            continue
        word = word_on(emit.event, f"f-{number}", at, rng)
        for _ in range(rng.choice([1, 1, 2])):
            told.append(word)
            published += run.apply(word, STAMPS)
    return told


def words_first(log: Sequence[Struct]) -> list[Struct]:
    """Return the words, then the windows."""
    return sorted(log, key=lambda event: isinstance(event, ConversationWindow))


def outcomes(log: Sequence[Struct], domain: KeyedDomain[Any]) -> dict[str, list[tuple[str, Struct]]]:
    """Return what is published for each conversation, with its ids, the states going through the store each time."""
    run: MemoryRun[Any] = MemoryRun(domain)
    found: dict[str, list[tuple[str, Struct]]] = {}
    for event in log:
        for emit in run.apply(event, STAMPS):
            found.setdefault(emit.key, []).append((emit.id, emit.event))
        for key, state in run.states.items():
            run.states[key] = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=domain.state_type)
    for emit in run.fire(NEVER, STAMPS):
        found.setdefault(emit.key, []).append((emit.id, emit.event))
    return found
