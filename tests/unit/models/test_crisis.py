import numpy as np
import pytest

from warmline.models.crisis import CERTAIN, in_crisis, tells_of_crisis
from warmline.models.heads import hear_customer
from warmline.models.layout import COLUMNS, CUE, FEELING, HEADS, NEEDS, WIDTH, Row
from warmline.models.manifest import Manifest


def calm_row() -> Row:
    """A turn that is certainly neutral and signals nothing."""
    row = np.full(WIDTH, 0.02, dtype=np.float32)
    row[COLUMNS[FEELING.name]] = (0.0, 0.1, 0.8, 0.1, 0.0)
    return row


def test_a_turn_in_crisis_has_the_cue_the_need_and_the_feeling_for_certain_and_all_else_as_it_was():
    row = calm_row()
    raised = in_crisis(row)
    vulnerable = COLUMNS[CUE.name].start + CUE.labels.index("vulnerable")
    changed = {vulnerable, COLUMNS[NEEDS.name].start, *range(WIDTH)[COLUMNS[FEELING.name]]}
    assert raised[vulnerable] == pytest.approx(CERTAIN)
    assert raised[COLUMNS[NEEDS.name]][0] == pytest.approx(CERTAIN)
    assert raised[COLUMNS[FEELING.name]] == pytest.approx([0.95, 0.005, 0.04, 0.005, 0.0])
    assert {place for place in range(WIDTH) if raised[place] != row[place]} <= changed
    assert row[vulnerable] == np.float32(0.02), "the row that was given stays"


def test_what_the_model_hears_more_surely_is_not_lowered():
    row = calm_row()
    row[COLUMNS[NEEDS.name]] = 0.99
    row[COLUMNS[FEELING.name]] = (0.98, 0.02, 0.0, 0.0, 0.0)
    raised = in_crisis(row)
    assert raised[COLUMNS[NEEDS.name]][0] == np.float32(0.99)
    assert raised[COLUMNS[FEELING.name]].tolist() == row[COLUMNS[FEELING.name]].tolist()


@pytest.mark.parametrize("threshold", [0.05, 0.35, 0.43, 0.5, 0.7])
def test_distress_is_high_whatever_the_threshold_of_need(threshold: float):
    thresholds = {head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive}
    thresholds[NEEDS.name] = {"needs_empathy": threshold}
    least = {"customer": 0.0, "answering": 0.0}
    manifest = Manifest(
        name="test-1", layers=1, pooled=(1,), max_tokens=16, thresholds=thresholds, confidence_min=least
    )
    heard = hear_customer(in_crisis(calm_row()), manifest)
    assert heard.distress >= 0.85
    assert (heard.cues, heard.needs_empathy, heard.sentiment) == (("vulnerable",), True, "negative")


def test_phrases_do_not_reach_over_the_end_of_a_sentence():
    assert not tells_of_crisis("i do not want to. kill the order")
    assert tells_of_crisis("i just want to... die")


def test_what_others_did_in_a_story_is_no_crisis():
    assert tells_of_crisis("my brother killed himself")
    assert not tells_of_crisis("my brother says in the film he killed himself and then it stops")


@pytest.mark.parametrize("text", ["", "...", "ok", "i " * 30_000, "my " * 30_000, "i want to " * 6_000])
def test_any_text_is_read_in_a_moment(text: str):
    assert not tells_of_crisis(text + " life")
