"""What people say when they want to die, and what only sounds like it: see `models.crisis`."""

import pytest

from tests.support.crisis_sentences import ALIKE, OF_OTHERS, OWN
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.crisis import tells_of_crisis
from warmline.models.memories import Memories
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy

BEFORE = (
    ("agent", "Good morning, you're through to collections, how can I help?"),
    ("customer", "i got your letter about the arrears on the flat"),
    ("agent", "Okay, can I take your reference number please?"),
    ("customer", "7719 2. i can't pay it"),
    ("agent", "Right, so the balance is 840 pounds, can you pay half today?"),
)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(ModelSettings())


def heard(scorer: Scorer, *said: tuple[str, str], **fields: object) -> ScoredTurn:
    """Return the score of the last of some turns."""
    turns = [
        Turn(conversation_id="c", turn_id=str(n), role=role, participant_id=role, text=text, spoken_at=n, **fields)  # type: ignore[arg-type]
        for n, (role, text) in enumerate(said)
    ]
    return scorer.score(turns, Memories(), probabilities=True)[-1]


@pytest.mark.parametrize("before", [(), BEFORE], ids=["first turn", "in a call about a debt"])
def test_whoever_wants_to_die_is_heard_whatever_went_before(scorer: Scorer, before: tuple[tuple[str, str], ...]):
    policy = load_policy(None)
    hard = policy.escalation(None).hard_cues.vulnerable
    for text in OWN + OF_OTHERS:
        score = heard(scorer, *before, ("customer", text))
        assert "vulnerable" in score.cues, text
        assert score.probabilities["cues"]["vulnerable"] >= 0.95, text
        assert score.needs_empathy is True, text
        assert score.distress >= policy.windows(None).moment_distress, text
        assert score.distress >= hard.distress_min, text
        assert (score.sentiment, score.abstained) == ("negative", None), text


def test_what_only_sounds_like_it_is_left_to_the_model():
    assert [text for text in ALIKE if tells_of_crisis(text)] == []


@pytest.mark.parametrize("text", OWN + OF_OTHERS)
def test_capitals_punctuation_and_fillers_make_no_difference(text: str):
    bare = "".join(char for char in text if char.isalnum() or char == " ")
    assert tells_of_crisis(text.upper())
    assert tells_of_crisis(text.replace("'", "\u2019"))
    assert tells_of_crisis("um " + bare.lower())
    assert tells_of_crisis("hi. " + text + ". my number is 4471")


def test_it_is_heard_in_whatever_language_the_turn_is_said_to_be_and_however_badly_it_was_recognised(scorer: Scorer):
    said = ("customer", "i want to kill myself")
    assert heard(scorer, said, language="de").abstained is None
    assert heard(scorer, said, asr_confidence=0.1).abstained is None


def test_only_the_customer_is_listened_to(scorer: Scorer):
    """An agent who repeats it, or asks about it, is heard as before."""
    score = heard(
        scorer, ("customer", "hello"), ("agent", "Are you saying that you want to kill yourself? I want to die too")
    )
    assert score.distress == 0.0
    assert "vulnerable" not in str(score.behaviours)
