"""Many turns at once are given the labels that each of them is given when it is served."""

import numpy as np

from warmline.models.heads import hear_answer, hear_customer, labels_of
from warmline.models.layout import BEHAVIOUR, COLUMNS, CUE, EMOTION, EMPATHY, GOEMOTION, HEADS, WIDTH, Head
from warmline.models.manifest import load_manifest
from warmline.models.settings import SHIPPED_WEIGHTS
from warmline.training.given import labels_given

TURNS = 400


def test_labels_of_many_turns_are_those_of_each():
    manifest = load_manifest(SHIPPED_WEIGHTS)
    chance = np.random.default_rng(5)
    rows = chance.random((TURNS, WIDTH)).astype(np.float32) ** 2
    for head in HEADS:
        if head.exclusive:
            rows[:, COLUMNS[head.name]] /= rows[:, COLUMNS[head.name]].sum(axis=1, keepdims=True)
    given = labels_given(rows, manifest.thresholds)

    def named(number: int, head: Head) -> tuple[str, ...]:
        marks = given[number, COLUMNS[head.name]]
        return tuple(label for label, mark in zip(head.labels, marks, strict=True) if mark)

    dismissals = 0
    for number, row in enumerate(rows):
        customer, answer = hear_customer(row, manifest), hear_answer(row, manifest)
        assert set(named(number, EMOTION)) == set(customer.emotions)
        assert named(number, CUE) == customer.cues
        assert named(number, GOEMOTION) == labels_of(row, GOEMOTION, manifest)
        assert named(number, BEHAVIOUR) == answer.behaviours
        assert named(number, EMPATHY) == (answer.empathy,)
        dismissals += "dismisses" in answer.behaviours
    assert dismissals > TURNS / 20, "or the rule about them was not met"
