import msgspec
import numpy as np
import pytest

from warmline.contracts.labels import BEHAVIOURS
from warmline.models.heads import distress, evened, hear_answer, hear_customer, probabilities, thousandths
from warmline.models.layout import COLUMNS, FEELINGS, HEADS, WIDTH, Row
from warmline.models.manifest import Manifest
from warmline.training.given import labels_given

HALF = {head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive}
MANIFEST = Manifest(
    name="test-1", layers=1, pooled=(1,), max_tokens=16, thresholds=HALF, confidence_min={"customer": 0, "answering": 0}
)


def outputs(**heads: dict[str, float]) -> Row:
    row = np.zeros(WIDTH, dtype=np.float32)
    for head in HEADS:
        for label, value in heads.get(head.name, {}).items():
            row[COLUMNS[head.name].start + head.labels.index(label)] = value
    return row


def test_a_label_is_given_from_its_threshold_on_and_not_below():
    row = outputs(cues={"asks_human": 0.5, "unresolved": 0.4999}, feeling={"0": 1.0})
    assert hear_customer(row, MANIFEST).cues == ("asks_human",)


def test_labels_come_in_the_codebooks_order():
    row = outputs(behaviours={"canned": 0.9, "apologises": 0.8, "dismisses": 0.7}, empathy={"neutral": 1.0})
    assert hear_answer(row, MANIFEST).behaviours == ("apologises", "dismisses", "canned")


def test_there_is_always_an_emotion_and_neutral_never_beside_another():
    assert hear_customer(outputs(emotions={"joy": 0.2, "anger": 0.3}), MANIFEST).emotions == ("anger",)
    assert hear_customer(outputs(emotions={"neutral": 0.9, "anger": 0.6}), MANIFEST).emotions == ("anger",)
    assert hear_customer(outputs(emotions={"neutral": 0.9, "anger": 0.1}), MANIFEST).emotions == ("neutral",)


def test_valence_and_sentiment_come_from_the_same_five_classes():
    heard = hear_customer(outputs(feeling={"-2": 0.5, "-1": 0.3, "0": 0.2}), MANIFEST)
    assert (heard.valence, heard.sentiment) == (-0.65, "negative")


@pytest.mark.parametrize("index", range(3))
def test_empathy_is_the_likeliest_answer(index: int):
    label = ("empathetic", "neutral", "unhelpful")[index]
    assert hear_answer(outputs(empathy={label: 0.6}), MANIFEST).empathy == label


def test_of_a_head_with_thresholds_each_answer_is_measured_by_its_own():
    evened_out = msgspec.structs.replace(
        MANIFEST, thresholds={**HALF, "empathy": {"empathetic": 0.2, "neutral": 0.6, "unhelpful": 0.2}}
    )
    row = outputs(empathy={"empathetic": 0.3, "neutral": 0.6, "unhelpful": 0.1})
    assert hear_answer(row, MANIFEST).empathy == "neutral"
    heard = hear_answer(row, evened_out)
    assert heard.empathy == "empathetic"
    assert heard.confidence == pytest.approx(1.5 / (1.5 + 1.0 + 0.5), abs=1e-3), "as sure as what is compared"


def test_a_rare_answer_and_a_common_one_are_as_sure_when_they_stand_out_as_much():
    """A least confidence then takes away the doubtful ones of each, and not the rare ones alone."""
    thresholds = {**HALF, "empathy": {"empathetic": 0.3, "neutral": 0.5, "unhelpful": 0.2}}
    manifest = msgspec.structs.replace(MANIFEST, thresholds=thresholds)
    rare = outputs(empathy={"empathetic": 0.3, "neutral": 0.3, "unhelpful": 0.4})
    common = outputs(empathy={"empathetic": 0.18, "neutral": 0.6, "unhelpful": 0.12})
    assert hear_answer(rare, manifest).empathy == "unhelpful"
    assert hear_answer(rare, manifest).confidence == pytest.approx(2 / 3.6, abs=1e-3)
    assert hear_answer(common, manifest).empathy == "neutral"
    assert hear_answer(common, manifest).confidence == pytest.approx(1.2 / 2.4, abs=1e-3)


def test_no_turn_is_empathetic_and_dismissive_at_once():
    kind = outputs(behaviours={"dismisses": 0.9, "validates": 0.9}, empathy={"empathetic": 1.0})
    cold = outputs(behaviours={"dismisses": 0.9, "validates": 0.9}, empathy={"neutral": 1.0})
    assert hear_answer(kind, MANIFEST).behaviours == ("validates",)
    assert hear_answer(cold, MANIFEST).behaviours == ("validates", "dismisses")
    given = labels_given(np.stack([kind, cold]), HALF)
    dismisses = COLUMNS["behaviours"].start + BEHAVIOURS.index("dismisses")
    assert given[:, dismisses].tolist() == [False, True], "and alike where many turns are judged at once"


def test_distress_is_nothing_without_a_need_and_grows_with_need_and_feeling():
    calm, sad, worst = (np.eye(len(FEELINGS), dtype=np.float32)[n] for n in (2, 1, 0))
    assert distress(0.0, worst) == 0.0
    assert distress(1.0, calm) == pytest.approx(0.6)
    assert distress(1.0, worst) == pytest.approx(1.0)
    assert distress(0.8, calm) < distress(0.8, sad) < distress(0.8, worst)


def test_agents_have_no_distress_and_customers_no_behaviours():
    assert hear_answer(outputs(needs_empathy={"needs_empathy": 1.0}), MANIFEST).distress == 0.0
    assert hear_customer(outputs(behaviours={"rude": 1.0}), MANIFEST).behaviours == ()


def test_probabilities_name_every_label_of_every_head_of_the_role():
    customer = probabilities(outputs(feeling={"-2": 0.25, "-1": 0.5, "1": 0.25}), customer=True)
    assert set(customer) == {"sentiment", "needs_empathy", "emotions", "cues", "goemotions", "chat_emotions"}
    assert customer["sentiment"] == {"negative": 0.75, "neutral": 0.0, "positive": 0.25}
    assert set(probabilities(outputs(), customer=False)) == {
        "sentiment",
        "behaviours",
        "empathy",
        "templated",
        "goemotions",
        "chat_emotions",
    }


def test_numbers_are_rounded_to_thousandths_and_zero_has_no_sign():
    assert thousandths(0.12349) == 0.123
    assert str(thousandths(-0.0001)) == "0.0"


def test_a_need_at_the_models_threshold_counts_one_half_whatever_the_threshold():
    sad = np.array([0, 1, 0, 0, 0], dtype=np.float32)
    for threshold in (0.1, 0.35, 0.5, 0.8):
        assert distress(evened(threshold, threshold), sad) == pytest.approx(0.4)
        assert [evened(need, threshold) for need in (0.0, 1.0)] == [0.0, 1.0]
        assert evened(0.3, threshold) < evened(0.4, threshold)
