"""Honest sanity: pairs no listener would confuse. How well the model hears is measured by `warmline evaluate`."""

import pytest

from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load_scorer(ModelSettings())


def heard(scorer: Scorer, text: str, role: str) -> ScoredTurn:
    turn = Turn(conversation_id="c", turn_id="t", role=role, participant_id="p", text=text, spoken_at=0)  # type: ignore[arg-type]
    return scorer.score([turn])[0]


@pytest.mark.parametrize(
    ("upset", "calm"),
    [
        (
            "this is ridiculous, i've been charged twice again and nobody ever calls me back, i'm furious",
            "hi, i'd like to change the address on my account please",
        ),
        (
            "I'm honestly scared, they said they will cut off the heating and my baby is ill",
            "could you send me a copy of last month's invoice",
        ),
        ("you are absolutely useless, every single one of you", "yes that's right, flat two"),
    ],
)
def test_an_upset_customer_is_heard_as_lower_and_more_in_need_than_a_calm_one(scorer: Scorer, upset: str, calm: str):
    first, second = heard(scorer, upset, "customer"), heard(scorer, calm, "customer")
    assert first.valence < second.valence - 0.2
    assert first.distress > second.distress + 0.2
    assert first.sentiment == "negative"
    assert first.needs_empathy is True


CALM = [
    "could you send me a copy of last month's invoice",
    "can you send me a copy of my invoice",
    "i'd like to upgrade my plan please",
    "what time does the branch close",
    "my order number is 44127",
    "yes that's fine",
    "i'm calling about my broadband",
    "how do i reset my password",
    "can i get a copy of the contract",
    "where is my parcel",
    "I need to update my card details",
    "The invoice is for 40 pounds",
]


def test_of_a_dozen_calm_requests_hardly_any_is_heard_as_distress(scorer: Scorer):
    """The labelled data is angrier than real traffic, and so is the model: see false alarms in the model card."""
    scores = [heard(scorer, text, "customer") for text in CALM]
    assert sum(score.distress >= 0.45 for score in scores) == 0
    assert sum(score.sentiment == "negative" for score in scores) <= 2


def test_a_thankful_customer_is_heard_as_positive(scorer: Scorer):
    score = heard(scorer, "oh that's brilliant, thank you so much, you've really made my day", "customer")
    assert score.sentiment == "positive"
    assert "gratitude" in score.emotions
    assert score.distress < 0.2


@pytest.mark.parametrize(
    ("warm", "rude"),
    [
        (
            "I'm so sorry, three weeks with a newborn and no heating must have been awful. I'll stay on this myself.",
            "Well you should have read the contract before you signed it, shouldn't you.",
        ),
        (
            "That sounds really frustrating, and you're right to be upset. Let me put it right for you now.",
            "Calm down. There's nothing I can do, that's the policy.",
        ),
    ],
)
def test_a_warm_agent_is_heard_as_empathetic_and_a_rude_one_as_unhelpful(scorer: Scorer, warm: str, rude: str):
    assert heard(scorer, warm, "agent").empathy == "empathetic"
    assert heard(scorer, rude, "agent").empathy == "unhelpful"


def test_plain_business_of_an_agent_is_neutral(scorer: Scorer):
    assert heard(scorer, "Can I take the account number please?", "agent").empathy == "neutral"


@pytest.mark.parametrize("sign", ["😡", "🤬", "😠", "😩", "🤦🏽", "💔", "😱", "😡😡😡"])
def test_an_angry_or_unhappy_face_alone_is_heard_as_negative(scorer: Scorer, sign: str):
    score = heard(scorer, sign, "customer")
    assert (score.sentiment, score.abstained) == ("negative", None)


@pytest.mark.parametrize("sign", ["❤️", "🥰", "🎉", "😂"])
def test_a_glad_face_alone_is_heard_as_positive(scorer: Scorer, sign: str):
    assert heard(scorer, sign, "customer").sentiment == "positive"


@pytest.mark.parametrize(
    ("masked", "plain"),
    [
        ("f*** you and your company", "fuck you and your company"),
        ("you f***ing idiots", "you fucking idiots"),
        ("this is bulls***", "this is bullshit"),
        ("sh*t service", "shit service"),
    ],
)
def test_a_masked_swear_word_is_heard_as_the_word(scorer: Scorer, masked: str, plain: str):
    first, second = heard(scorer, masked, "customer"), heard(scorer, plain, "customer")
    assert (first.valence, first.distress, first.cues) == (second.valence, second.distress, second.cues)
    assert first.sentiment == "negative"


def test_condolences_are_never_heard_as_a_dismissal(scorer: Scorer):
    for text in ("I'm so sorry for your loss.", "My deepest condolences.", "I'm very sorry for your loss, Mrs Cole."):
        score = heard(scorer, text, "agent")
        assert not (score.empathy == "empathetic" and "dismisses" in score.behaviours), text


def test_another_language_is_abstained_and_labelled_all_the_same(scorer: Scorer):
    score = heard(scorer, "Ich warte seit drei Wochen auf mein Geld und niemand ruft mich zurück", "customer")
    assert (score.language, score.abstained) == ("de", "language")
    assert score.emotions
