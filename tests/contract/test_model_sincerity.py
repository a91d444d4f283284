"""On the labelled conversations that ship, the three observations about an answer tell what their labels say."""

from functools import cache

import msgspec
import numpy as np

from warmline.contracts.score import Sincerity
from warmline.contracts.turn import Turn
from warmline.models.memories import Memories
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.recordings.codebook import turn_id_of
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS

PERSONAL = {"personalises", "shows_understanding"}


@cache
def told() -> list[tuple[Sincerity, set[str]]]:
    """Return each answering turn's sincerity and its labels."""
    labels = {
        (talk["id"], turn_id_of(turn["i"])): set(turn.get("beh", [])) | set(turn.get("neg", []))
        for talk in map(msgspec.json.decode, CONVERSATIONS.read_bytes().splitlines())
        for turn in talk["turns"]
    }
    turns = [event for event in read_recording(CONVERSATIONS) if isinstance(event, Turn)]
    scores = load_scorer(ModelSettings()).score(turns, Memories())
    return [
        (score.sincerity, labels[score.conversation_id, score.turn_id])
        for score in scores
        if isinstance(score.sincerity, Sincerity)
    ]


def area(values: list[tuple[float, bool]]) -> float:
    """Return the area under the ROC curve: how often one with the label has the higher value."""
    yes = np.array([value for value, right in values if right])[:, None]
    no = np.array([value for value, right in values if not right])[None]
    assert yes.size >= 10
    return float((yes > no).mean() + 0.5 * (yes == no).mean())


def test_canned_turns_are_told_from_others():
    assert area([(each.canned, "canned" in labels) for each, labels in told()]) >= 0.9


def test_reused_lines_of_care_are_the_canned_ones():
    assert area([(each.reuse, "canned" in labels) for each, labels in told() if each.reuse is not None]) >= 0.7


def test_answers_that_personalise_or_show_understanding_take_up_more_of_what_was_said():
    values = [(each.specificity, bool(labels & PERSONAL)) for each, labels in told() if each.specificity is not None]
    assert area(values) >= 0.6
