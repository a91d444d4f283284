"""Turns of made-up conversations, one in every partition, that move all watermarks to a moment."""

from warmline.contracts.score import ScoredTurn
from warmline.store.murmur2 import murmur2_positive

NAME = "clock-"


def clock_turns(at_ms: int, partitions: int) -> list[ScoredTurn]:
    """Return one neutral turn for each partition, spoken at that moment."""
    turns = []
    number = 0
    wanted = set(range(partitions))
    while wanted:
        key = f"{NAME}{at_ms}-{number}"
        number += 1
        partition = murmur2_positive(key.encode()) % partitions
        if partition in wanted:
            wanted.discard(partition)
            turns.append(
                ScoredTurn(
                    conversation_id=key,
                    turn_id="000",
                    role="customer",
                    participant_id="clock",
                    spoken_at=at_ms,
                    valence=0.0,
                    sentiment="neutral",
                    distress=0.0,
                    emotions=("neutral",),
                    cues=(),
                    needs_empathy=False,
                    language="en",
                    model="scripted",
                )
            )
    return turns
