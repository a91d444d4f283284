from pathlib import Path

import numpy as np
import pytest

from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.training.curriculum import Sources, heads_part, second_part, third_part
from warmline.training.data import Example
from warmline.training.doubt import TRUST, softened
from warmline.training.held_out import in_fold
from warmline.training.public import goemotions

OWN = [
    Example(source="authored", group=f"o-{number}", role="customer", text=f"own {number}", conversation=f"o-{number}")
    for number in range(100)
]
WRITTEN = [
    Example(source="written", group=f"w-{number}", role="agent", text=f"written {number}", conversation=f"w-{number}")
    for number in range(100)
]
COMMENTS = 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "goemotions").mkdir()
    (tmp_path / "goemotions" / "LICENSE-NOTE.txt").write_text("Apache-2.0")
    lines = [f"comment {number}\t{number % 28}\tid" for number in range(COMMENTS)]
    (tmp_path / "goemotions" / "train.tsv").write_text("\n".join(lines))
    (tmp_path / "politeness").mkdir()
    (tmp_path / "politeness" / "LICENSE-NOTE.txt").write_text("CC BY 4.0")
    requests = ["Request,Normalized Score", *(f"Why {number}?,-1" for number in range(COMMENTS))]
    (tmp_path / "politeness" / "wikipedia.annotated.csv").write_text("\n".join(requests))
    return tmp_path


def silent(_: str) -> None:
    pass


def sources(root: Path) -> Sources:
    return Sources(root=root, own=OWN, written=WRITTEN, held_out=0, seed=0)


def second(root: Path):
    return second_part(sources(root), lambda public: public, silent)


def third(root: Path, said: list[str] | None = None):
    told = silent if said is None else said.append
    return third_part(sources(root), lambda public: public, told)


def kept_and_held_out() -> tuple[set[str], set[str]]:
    held_out = in_fold([example.group for example in OWN], 0, 0)
    return (
        {example.text for example, out in zip(OWN, held_out, strict=True) if not out},
        {example.text for example, out in zip(OWN, held_out, strict=True) if out},
    )


def test_what_a_language_model_wrote_is_taught_whole_and_our_held_out_fold_never(root: Path):
    kept, out = kept_and_held_out()
    assert kept
    assert out
    for lessons in (second(root), third(root), heads_part(sources(root))):
        assert {example.text for example in WRITTEN} <= set(lessons.texts)
        assert kept <= set(lessons.texts)
        assert out.isdisjoint(lessons.texts)


def test_the_third_part_hears_every_public_comment_again(root: Path):
    comments = set(goemotions(root / "goemotions" / "train.tsv").texts)
    assert comments <= set(third(root).texts)
    assert len(comments & set(second(root).texts)) == len(comments) // 2


def test_politeness_is_taught_after_the_first_part(root: Path):
    for lessons in (second(root), third(root)):
        assert (~np.isnan(lessons.politeness)).sum() == COMMENTS // 4


def test_the_third_part_tells_how_much_there_is_of_what(root: Path):
    said: list[str] = []
    third(root, said)
    assert "100 written turns" in said[0]
    assert "10 politeness" in said[0]


def test_a_comment_means_half_what_the_rater_and_half_what_the_network_said(root: Path):
    lessons = goemotions(root / "goemotions" / "train.tsv")
    place = COLUMNS[GOEMOTION.name]
    heard = np.full((COMMENTS, len(GOEMOTION.labels)), 0.4, dtype=np.float32)
    doubtful = softened(lessons, heard)
    before, after = lessons.wanted[:, place], doubtful.wanted[:, place]
    assert np.allclose(after[before == 1], 1 - TRUST + TRUST * 0.4)
    assert np.allclose(after[before == 0], TRUST * 0.4)
    assert set(np.unique(before)) == {0, 1}
    assert np.array_equal(doubtful.asked, lessons.asked)
