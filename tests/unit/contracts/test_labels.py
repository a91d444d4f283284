"""The labels of the contracts are those that the codebook defines."""

import re
from pathlib import Path

import pytest

from warmline.contracts import labels

CODEBOOK = Path(__file__).parents[3] / "data" / "warmline" / "CODEBOOK.md"
WORD = re.compile("[a-z]+(_[a-z]+)*")


def defined(label):
    """The names in the codebook's entry for one label: its list, without what stands in parentheses."""
    if not CODEBOOK.is_file():
        pytest.skip("the codebook is not in this checkout (data/warmline/CODEBOOK.md)")
    lines = CODEBOOK.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f'- "{label}"'))
    entry = [lines[start].partition(" of")[2]]
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        entry.append(line)
    text = re.sub(r"\([^()]*\)", "", " ".join(entry)).partition(".")[0]
    names = (part.rpartition(":")[2].strip() for part in text.split(","))
    return tuple(name for name in names if WORD.fullmatch(name))


@pytest.mark.parametrize(
    ("label", "ours"),
    [("emo", labels.EMOTIONS), ("cues", labels.CUES), ("beh", labels.GOOD_BEHAVIOURS), ("neg", labels.FAULTS)],
)
def test_the_labels_are_the_codebooks_in_its_order(label, ours):
    assert defined(label) == ours


def test_no_label_is_both_good_and_a_fault():
    assert len(set(labels.BEHAVIOURS)) == len(labels.GOOD_BEHAVIOURS) + len(labels.FAULTS)


def test_who_answers_is_neither_the_customer_nor_the_system():
    assert set(labels.ROLES) - {"customer", "system"} == labels.ANSWERING_ROLES
