"""Labelled conversations as windows, and the terms of the risk at each of them: what the weights are fitted on."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from warmline.backtest.quality import Gold
from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS, EMPATHIES, Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.contracts.window import ConversationWindow
from warmline.escalation.evidence import take_in
from warmline.escalation.policy import EscalationPolicy, Weights
from warmline.escalation.risk import MILLI, TERMS, measures_of, terms_of
from warmline.escalation.state import EscalationState
from warmline.recordings.codebook import events_of
from warmline.scoring.domain import scored
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.training.data import fold_of, group_of
from warmline.training.held_out import FOLDS
from warmline.windows.domain import WindowsDomain
from warmline.windows.policy import WindowsPolicy

SEED = 0
"""Of the folds, as `warmline train` has it by default."""

BEFORE, AFTER = 2, 4
"""Turns around the labelled one: just before is neither right nor wrong, so long after it is certainly right."""

Rows = NDArray[np.float64]


class Case(Struct, frozen=True, kw_only=True):
    """One labelled conversation.

    Attributes:
        conversation_id: Its id.
        group: The file it stands in; a split keeps groups whole.
        gold: Its labels.
        windows: What the windows service makes of it.
        positions: Position of each window's turn; None where no turn was the cause.
    """

    conversation_id: str
    group: str
    gold: Gold
    windows: tuple[ConversationWindow, ...]
    positions: tuple[int | None, ...]


ScoreLabelled = Callable[[Sequence[Turn], Sequence[dict[str, Any]]], Sequence[ScoredTurn]]
"""From the turns and their labels, one of which may be left unread, to scores."""


def read_cases(
    paths: Sequence[Path], score: ScoreLabelled, policy: WindowsPolicy, fold: int | None = None
) -> Iterator[Case]:
    """Yield the labelled conversations of files in the codebook's format; of one fold alone where it is given."""
    for path in paths:
        for line in path.read_bytes().splitlines():
            conversation = msgspec.json.decode(line)
            if fold is None or fold_of(group_of(conversation["id"]), FOLDS, SEED) == fold:
                yield _case(conversation, path.stem, score, policy)


def scores_of_labels(turns: Sequence[Turn], labels: Sequence[dict[str, Any]]) -> list[ScoredTurn]:
    """Return the scores that a model without fault would give."""
    return [_score(turn, label) for turn, label in zip(turns, labels, strict=True)]


def rows_of(case: Case, policy: EscalationPolicy) -> tuple[Rows, NDArray[np.bool_]]:
    """Return each window's terms at weight 1, and whether an alert was right by then; windows in doubt are left out."""
    unit = structs.replace(policy, weights=Weights(**dict.fromkeys(TERMS, 1.0)))
    measures = measures_of(unit)
    state = EscalationState(case.conversation_id)
    rows, right = [], []
    for window, position in zip(case.windows, case.positions, strict=True):
        take_in(state, window, measures)
        verdict = _verdict(case.gold, position)
        if verdict is not None and window.ended is None:
            rows.append(terms_of(window, state, measures))
            right.append(verdict)
    return np.array(rows, dtype=np.float64).reshape(-1, len(TERMS)) / MILLI, np.array(right, dtype=np.bool_)


def _verdict(gold: Gold, position: int | None) -> bool | None:
    if not gold.escalated or gold.escalate_from is None:
        return None if gold.escalated else False
    if position is None:
        return None
    if position < gold.escalate_from - BEFORE:
        return False
    return True if gold.escalate_from <= position <= gold.escalate_from + AFTER else None


def _case(conversation: dict[str, Any], group: str, score: ScoreLabelled, policy: WindowsPolicy) -> Case:
    labels = conversation["turns"]
    turns = [event for event in events_of(conversation) if isinstance(event, Turn)]
    run = MemoryRun(WindowsDomain(lambda _queue: policy, "fit"))
    windows: list[ConversationWindow] = []
    for scored_turn in score(turns, labels):
        at = scored_turn.spoken_at
        event = scored(scored_turn, at, at).event
        windows += [e.event for e in run.apply(event, Stamps(at, at)) if isinstance(e.event, ConversationWindow)]
    outcome = conversation["outcome"]
    return Case(
        conversation_id=conversation["id"],
        group=group,
        gold=Gold(
            escalated=outcome["escalated"],
            escalate_from=outcome["escalate_from"],
            spoken_at=tuple(turn.spoken_at for turn in turns),
        ),
        windows=tuple(windows),
        positions=tuple(int(window.cause) if window.cause.isdigit() else None for window in windows),
    )


DISTRESS_OF_NEED, DISTRESS_OF_STRENGTH = 0.6, 0.4
"""As the model's heads compose distress, for a model that is sure and right."""


def _score(turn: Turn, label: dict[str, Any]) -> ScoredTurn:
    role: Role = turn.role
    common: dict[str, Any] = {
        "conversation_id": turn.conversation_id,
        "turn_id": turn.turn_id,
        "role": role,
        "participant_id": turn.participant_id,
        "spoken_at": turn.spoken_at,
        "channel": turn.channel,
        "language": "en",
        "model": "labels",
    }
    if role != "customer":
        done = set(label["beh"]) | set(label["neg"])
        heard: dict[str, Any] = {
            "valence": 0.0,
            "sentiment": "neutral",
            "distress": 0.0,
            "behaviours": [behaviour for behaviour in BEHAVIOURS if behaviour in done],
            "empathy": EMPATHIES[1 - label["emp"]],
        }
        return msgspec.convert(common | heard, ScoredTurn)
    value = label["val"]
    distress = DISTRESS_OF_NEED + DISTRESS_OF_STRENGTH * max(0, -value) / 2 if label["needs"] else 0.0
    heard = {
        "valence": value / 2,
        "sentiment": "negative" if value < 0 else "positive" if value > 0 else "neutral",
        "distress": round(distress, 3),
        "emotions": [emotion for emotion in EMOTIONS if emotion in label["emo"]],
        "cues": [cue for cue in CUES if cue in label["cues"]],
        "needs_empathy": bool(label["needs"]),
    }
    return msgspec.convert(common | heard, ScoredTurn)
