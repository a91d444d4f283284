"""How far scores move when the same thing is said otherwise."""

import random
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.evaluation.perturb import FRAMES, NAMES, SAME_PERSON, SAME_WORDS, Change
from warmline.models.scorer import Scorer
from warmline.training.data import Example


class Shift(Struct, frozen=True):
    """What one way of saying it otherwise does.

    Attributes:
        name: Which.
        texts: How many turns it changed.
        mean: Mean absolute shift of customers' valence (-1..1), and of the probability that an agent is
            empathetic (0..1).
        p95: The shift that one in twenty exceeds.
        toward: Mean shift with its sign: below 0, the changed form is heard as less happy or less empathetic.
        same_label: Share whose sentiment (customers) or empathy (agents) stays.
    """

    name: str
    texts: int
    mean: float
    p95: float
    toward: float
    same_label: float


def shifts(scorer: Scorer, turns: Sequence[Turn], seed: int) -> list[Shift]:
    """Say every turn in every other way and return how far the scores move; names are tried in frames of their own."""
    found = [_names(scorer)]
    for name, change in {**SAME_PERSON, **SAME_WORDS}.items():
        found.append(_changed(scorer, turns, name, change, seed))
    return found


def turns_of(examples: Sequence[Example]) -> list[Turn]:
    """Return labelled turns as turns, each a conversation of its own."""
    return _apart([(example.text, example.role) for example in examples])


def _changed(scorer: Scorer, turns: Sequence[Turn], name: str, change: Change, seed: int) -> Shift:
    chance = random.Random(seed)  # noqa: S311 # a sample
    pairs = [(turn.text, change(turn.text, chance), turn.role) for turn in turns]
    pairs = [pair for pair in pairs if pair[0] != pair[1] and pair[0].strip()]
    first = _heard(scorer, [(before, role) for before, _, role in pairs])
    second = _heard(scorer, [(after, role) for _, after, role in pairs])
    return _shift(name, first, second)


def _names(scorer: Scorer) -> Shift:
    """Compare every name with the first of its row, in every frame."""
    pairs = [(frame, row[0], other) for frame in FRAMES for row in NAMES for other in row[1:]]
    roles = ["agent" if "for you" in frame or "how can i help" in frame else "customer" for frame, _, _ in pairs]
    first = [(frame.format(name=name), role) for (frame, name, _), role in zip(pairs, roles, strict=True)]
    second = [(frame.format(name=name), role) for (frame, _, name), role in zip(pairs, roles, strict=True)]
    return _shift("names", _heard(scorer, first), _heard(scorer, second))


def _heard(scorer: Scorer, texts: Sequence[tuple[str, str]]) -> list[ScoredTurn]:
    return scorer.score(_apart(texts), probabilities=True)


def _apart(texts: Sequence[tuple[str, str]]) -> list[Turn]:
    """Return texts and roles as turns that know nothing of each other."""
    return [
        Turn(
            conversation_id=str(number),
            turn_id="0",
            role=role,  # type: ignore[arg-type] # a role of the codebook, of a turn or of the frames: all are of a turn
            participant_id="p",
            text=text,
            spoken_at=0,
            language="en",
        )
        for number, (text, role) in enumerate(texts)
    ]


def _shift(name: str, first: Sequence[ScoredTurn], second: Sequence[ScoredTurn]) -> Shift:
    moved = np.array([_measure(after) - _measure(before) for before, after in zip(first, second, strict=True)])
    same = [_label(before) == _label(after) for before, after in zip(first, second, strict=True)]
    size = np.abs(moved) if len(moved) else np.zeros(1)
    return Shift(
        name,
        len(moved),
        round(float(size.mean()), 4),
        round(float(np.percentile(size, 95)), 4),
        round(float(moved.mean()) if len(moved) else 0.0, 4),
        round(float(np.mean(same)) if same else 1.0, 4),
    )


def _measure(score: ScoredTurn) -> float:
    if score.role == "customer" or not isinstance(score.probabilities, dict):
        return score.valence
    return score.probabilities["empathy"]["empathetic"]


def _label(score: ScoredTurn) -> object:
    return score.sentiment if score.role == "customer" else score.empathy


def table(found: Sequence[Shift]) -> str:
    """Return the shifts as lines of text."""
    lines = [f"{'said otherwise':26}{'texts':>7}{'mean':>8}{'p95':>8}{'toward':>9}{'same label':>12}"]
    lines += [
        f"{each.name:26}{each.texts:7,}{each.mean:8.3f}{each.p95:8.3f}{each.toward:+9.3f}{each.same_label:12.3f}"
        for each in found
    ]
    return "\n".join(lines)
