"""Turns with words for the end-to-end run: the shipped conversations, told again and again under new ids."""

import random
from collections import defaultdict
from collections.abc import Iterator

from msgspec import structs

from warmline.contracts.turn import Turn
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS

LIVE = 200  # conversations going on at once: at 100 turns/s a turn of each every two seconds
SEED = 11


def endless_turns() -> Iterator[Turn]:
    """Yield turns of interleaved conversations, each in its order. Their times are the sender's to set."""
    told: dict[str, list[Turn]] = defaultdict(list)
    for event in read_recording(CONVERSATIONS, strict=True):
        if isinstance(event, Turn):
            told[event.conversation_id].append(event)
    scripts = list(told.values())
    rng = random.Random(SEED)
    live: list[tuple[str, Iterator[Turn]]] = [("", iter(())) for _ in range(LIVE)]
    begun = 0
    while True:
        place = rng.randrange(LIVE)
        name, script = live[place]
        turn = next(script, None)
        if turn is None:
            live[place] = (f"bench-{begun:06d}", iter(scripts[begun % len(scripts)]))
            begun += 1
            continue
        yield structs.replace(turn, conversation_id=name, turn_id=f"{name}-{turn.turn_id}")
