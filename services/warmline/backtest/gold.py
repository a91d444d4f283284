"""The labels of a recording in the codebook's format: which conversations were escalated, and from which turn."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from warmline.backtest.quality import Gold
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn


class _Outcome(Struct):
    escalated: bool
    escalate_from: int | None = None


class _Labelled(Struct):
    id: str
    outcome: _Outcome


def read_gold(path: Path, events: Iterable[Struct]) -> dict[str, Gold]:
    """Return the labels by conversation; empty where the file carries none.

    Args:
        path: The labelled file; lines without an outcome are passed over.
        events: The recording's events in order of arrival, for the times of the turns.
    """
    outcomes: dict[str, _Outcome] = {}
    decoder = msgspec.json.Decoder(_Labelled)
    with path.open("rb") as lines:
        for line in lines:
            try:
                labelled = decoder.decode(line)
            except msgspec.DecodeError:
                continue  # another kind of line; the reader of the recording says so where it matters
            outcomes[labelled.id] = labelled.outcome
    spoken: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for event in events:
        if isinstance(event, Turn | ScoredTurn) and event.conversation_id in outcomes:
            spoken[event.conversation_id].setdefault(event.turn_id, event.spoken_at)
    return {
        conversation: Gold(
            escalated=outcome.escalated, escalate_from=outcome.escalate_from, spoken_at=tuple(times.values())
        )
        for conversation, outcome in outcomes.items()
        if (times := spoken.get(conversation))
        and (not outcome.escalated or (outcome.escalate_from is not None and outcome.escalate_from < len(times)))
    }
