"""Lay recorded conversations out over time, as if so many were held at once."""

import random
from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.dates import time_of
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.recordings.rebase import shifted
from warmline.recordings.recorded import Recorded

LONGEST_GAP_MS = 20_000
"""Between two conversations of a lane passes up to this much, drawn evenly: nobody picks up in the same second."""


def spread(events: Sequence[Recorded], concurrency: int, seed: int = 0) -> list[Recorded]:
    """Shift each conversation as a whole so that at most `concurrency` are held at once, and nearly that many are.

    The first begins where the recording began. Surveys and feedback go with their conversation; agent states stay
    where they are. Equal arguments give equal times.

    Args:
        events: In the order of the recording.
        concurrency: How many conversations at once, at least 1.
        seed: Chooses the order of the conversations and the gaps between them.
    """
    spans = _spans(events)
    if not spans:
        return list(events)
    dice = random.Random(seed)  # noqa: S311 # no secret hangs on it
    order = sorted(spans)
    dice.shuffle(order)
    origin = min(start for start, _ in spans.values())
    lanes = min(concurrency, len(spans))
    free = [origin] * lanes
    shifts: dict[str, int] = {}
    for number, conversation in enumerate(order):
        lane = min(range(lanes), key=free.__getitem__)
        gap = dice.randint(0, LONGEST_GAP_MS) if number else 0
        start, end = spans[conversation]
        shifts[conversation] = free[lane] + gap - start
        free[lane] = end + shifts[conversation] + 1  # the next does not begin in the millisecond of the end
    return [shifted(event, shifts.get(_conversation_of(event), 0)) for event in events]


def _spans(events: Sequence[Recorded]) -> dict[str, tuple[int, int]]:
    times: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        if isinstance(event, Turn | ScoredTurn | ConversationStarted | ConversationEnded):
            times[event.conversation_id].append(time_of(event))
    return {conversation: (min(at), max(at)) for conversation, at in times.items()}


def _conversation_of(event: Struct) -> str:
    return getattr(event, "conversation_id", "")
