from collections.abc import Sequence

import numpy as np
from msgspec import UNSET

from warmline.contracts.turn import Turn
from warmline.models.context import Before
from warmline.models.context_network import FULL_WIDTH, HEARD_WIDTH, answers
from warmline.models.layout import HEADS, TURN_WIDTH, Row
from warmline.models.manifest import Manifest
from warmline.models.scorer import Scorer
from warmline.models.settings import ModelSettings

MANIFEST = Manifest(
    name="fake-1",
    layers=1,
    pooled=(1,),
    max_tokens=16,
    thresholds={head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive},
    confidence_min={"customer": 0.0, "answering": 0.0},
)


class CountingEncoder:
    def __init__(self) -> None:
        self.seen: list[str] = []
        self.public: list[bool] = []

    def rows(self, texts: Sequence[str], *, public: bool = False) -> np.ndarray:
        self.seen += texts
        self.public += [public] * len(texts)
        return np.full((len(texts), FULL_WIDTH if public else HEARD_WIDTH), 0.1, dtype=np.float32)


class TellingContext:
    """Tells what it was given as having gone before."""

    def __init__(self) -> None:
        self.seen: list[Before] = []

    def outputs(self, heard: np.ndarray, went: Before) -> Row:
        self.seen.append(went)
        return answers(np.concatenate([heard[:TURN_WIDTH], heard[HEARD_WIDTH:]]))


class CountingDetector:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def detect(self, text: str) -> str:
        self.seen.append(text)
        return "en"


def make(cache_size: int = 10) -> tuple[Scorer, CountingEncoder, CountingDetector]:
    encoder, detector = CountingEncoder(), CountingDetector()
    settings = ModelSettings(cache_size=cache_size)
    return Scorer(encoder, TellingContext(), MANIFEST, settings, detector), encoder, detector


def turn(number: int, text: str, role: str = "customer", language: str | None = None) -> Turn:
    return Turn(
        conversation_id="c",
        turn_id=str(number),
        role=role,  # type: ignore[arg-type]
        participant_id="p",
        text=text,
        spoken_at=number,
        language=language,
    )


def test_a_text_is_encoded_once_in_a_batch_and_once_while_it_is_cached():
    scorer, encoder, _ = make()
    scorer.score([turn(1, "ok"), turn(2, "ok", "agent"), turn(3, "no")])
    scorer.score([turn(4, "ok")])
    assert sorted(encoder.seen) == ["no", "ok"]
    assert scorer.cache.hits == 1


def test_without_a_cache_every_call_encodes():
    scorer, encoder, _ = make(cache_size=0)
    scorer.score([turn(1, "ok")])
    scorer.score([turn(2, "ok")])
    assert encoder.seen == ["ok", "ok"]


def test_public_emotions_are_heard_where_all_probabilities_are_asked_for_and_once():
    scorer, encoder, _ = make()
    (plain,) = scorer.score([turn(1, "ok")])
    (full,) = scorer.score([turn(2, "ok", "agent")], probabilities=True)
    scorer.score([turn(3, "ok")], probabilities=True)
    scorer.score([turn(4, "ok")])
    assert list(zip(encoder.seen, encoder.public, strict=True)) == [("ok", False), ("ok", True)]
    assert plain.goemotions is UNSET
    assert isinstance(full.goemotions, tuple)
    assert "goemotions" in full.probabilities


def test_turns_without_words_and_system_turns_never_reach_the_encoder():
    scorer, encoder, _ = make()
    scores = scorer.score([turn(1, ""), turn(2, "🛒 1!"), turn(3, "please hold", "system")])
    assert encoder.seen == []
    assert [score.abstained for score in scores] == ["no_words", "no_words", "system_turn"]


def test_an_emoji_that_is_read_as_words_reaches_the_encoder_alone():
    scorer, encoder, _ = make()
    (score,) = scorer.score([turn(1, "😡")])
    assert encoder.seen == ["😡"]
    assert score.abstained is None


def test_a_given_language_is_believed_and_not_detected():
    scorer, _, detector = make()
    (score,) = scorer.score([turn(1, "I want to cancel", language="de")])
    assert (score.language, score.abstained, detector.seen) == ("de", "language", [])


def test_scores_come_in_the_order_of_the_turns():
    scorer, _, _ = make()
    texts = ["zeta", "alpha", "", "alpha", "beta"]
    scores = scorer.score([turn(number, text) for number, text in enumerate(texts)])
    assert [score.turn_id for score in scores] == ["0", "1", "2", "3", "4"]


def test_no_turns_give_no_scores():
    scorer, encoder, _ = make()
    assert scorer.score([]) == []
    assert encoder.seen == []
