import numpy as np

from warmline.models.heads import hear_answer, hear_customer
from warmline.models.layout import COLUMNS, HEADS, WIDTH
from warmline.models.manifest import Manifest
from warmline.training.abstention import confidences
from warmline.training.data import Example

THRESHOLDS = {head.name: dict.fromkeys(head.labels, 0.5) for head in HEADS if not head.exclusive} | {
    "empathy": {"empathetic": 0.3, "neutral": 0.5, "unhelpful": 0.2}
}
MANIFEST = Manifest(
    name="test-1",
    layers=1,
    pooled=(1,),
    max_tokens=16,
    thresholds=THRESHOLDS,
    confidence_min={"customer": 0, "answering": 0},
)


def example(role: str, **labels: int) -> Example:
    return Example(
        source="authored",
        group="g",
        role=role,
        text="",
        val=labels.get("val", 0),
        needs=False,
        emo=frozenset(),
        cues=frozenset(),
        behaviours=frozenset(),
        emp=labels.get("emp", 0),
        conversation="c",
    )


def test_the_confidence_that_a_minimum_is_chosen_by_is_the_one_that_is_served():
    chance = np.random.default_rng(3)
    rows = np.zeros((60, WIDTH), dtype=np.float32)
    for head in HEADS:
        if head.exclusive:
            rows[:, COLUMNS[head.name]] = chance.dirichlet(np.ones(len(head.labels)), len(rows))
    examples = [example("customer" if number % 2 else "agent") for number in range(len(rows))]
    found = confidences(examples, rows, THRESHOLDS)
    served = [hear_customer(row, MANIFEST).confidence for row in rows[1::2]]
    np.testing.assert_allclose(found["customer"][0], served, atol=6e-4)
    served = [hear_answer(row, MANIFEST).confidence for row in rows[::2]]
    np.testing.assert_allclose(found["answering"][0], served, atol=6e-4)


def test_an_answer_is_right_where_the_label_that_is_served_is():
    rows = np.zeros((2, WIDTH), dtype=np.float32)
    rows[:, COLUMNS["empathy"]] = (0.2, 0.5, 0.3)
    rows[:, COLUMNS["feeling"]] = rows[:, COLUMNS["tone"]][:, :1] + 0.2
    found = confidences([example("agent", emp=-1), example("agent", emp=0)], rows, THRESHOLDS)
    assert found["answering"][1].tolist() == [True, False], "unhelpful at .3 of .2 stands out more than neutral at .5"
