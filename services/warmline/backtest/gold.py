"""The labels of a recording as alerts are judged by: which conversations were escalated, and from which turn."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from warmline.backtest.quality import Gold
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.recordings.codebook import turn_id_of
from warmline.recordings.gold import Labelled, read_gold


def gold_of(path: Path, events: Iterable[Struct]) -> dict[str, Gold]:
    """Return the labels by conversation; empty where the recording carries none.

    Args:
        path: The recording, a file or a folder.
        events: Its events, for the times of the turns.

    Raises:
        OSError: A file cannot be read.
        UnreadableError: A label names a turn that is not there.
    """
    labels: dict[str, Labelled] = {}
    files = sorted(file for file in path.rglob("*.jsonl") if file.is_file()) if path.is_dir() else [path]
    for file in files:
        labels |= read_gold(file)
    spoken: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for event in events:
        if isinstance(event, Turn | ScoredTurn) and event.conversation_id in labels:
            spoken[event.conversation_id].setdefault(event.turn_id, event.spoken_at)
    return {
        conversation: _gold(labelled, spoken[conversation])
        for conversation, labelled in labels.items()
        if all(turn_id_of(turn.i) in spoken[conversation] for turn in labelled.turns)
    }


def _gold(labelled: Labelled, spoken: dict[str, int]) -> Gold:
    wanted = labelled.outcome.escalate_from
    positions = [turn.i for turn in labelled.turns]
    return Gold(
        escalated=labelled.outcome.escalated,
        escalate_from=None if wanted is None else positions.index(wanted),
        spoken_at=tuple(spoken[turn_id_of(position)] for position in positions),
    )
