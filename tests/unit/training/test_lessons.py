"""What is taught: masks, conversations, licences."""

from pathlib import Path

import numpy as np
import pytest

from warmline.models.layout import COLUMNS, CUE, GOEMOTION, TEMPLATED
from warmline.training.data import Example, fold_of
from warmline.training.held_out import in_fold, judge
from warmline.training.lessons import NOBODY, TALK_MAX, all_lessons, empty_lessons, lessons_of
from warmline.training.licences import NOTE, LicenceError, licensed
from warmline.training.public import abuse, chat_sentences, goemotions, polite, rated


def example(conversation: str, role: str = "customer") -> Example:
    return Example(source="authored", group=conversation, role=role, text="x", conversation=conversation)


def talk(name: str, roles: str) -> list[Example]:
    return [example(name, {"c": "customer", "a": "agent", "b": "bot"}[role]) for role in roles]


def test_each_turn_knows_the_latest_turn_of_either_side_in_its_own_conversation():
    lessons = lessons_of([*talk("one", "cacc"), *talk("two", "bc")])
    assert lessons.before.tolist() == [
        [NOBODY, NOBODY],
        [0, NOBODY],
        [0, 1],
        [2, 1],
        [NOBODY, NOBODY],
        [NOBODY, 4],
    ]
    assert lessons.talks == [[0, 1, 2, 3], [4, 5]]


def test_a_long_conversation_is_cut():
    lessons = lessons_of(talk("one", "c" * (TALK_MAX + 3)))
    assert [len(rows) for rows in lessons.talks] == [TALK_MAX, 3]


def test_lots_keep_their_conversations_when_they_are_joined_and_picked():
    joined = all_lessons([lessons_of(talk("one", "ca")), lessons_of(talk("two", "cac"))])
    assert joined.before.tolist()[2:] == [[NOBODY, NOBODY], [2, NOBODY], [2, 3]]
    some = joined.picked([2, 4])
    assert some.groups == ["two", "two"]
    assert some.before.tolist() == [[NOBODY, NOBODY], [0, NOBODY]], "the turn between is not there any more"
    assert some.talks == [[0, 1]]


def test_goemotions_asks_about_its_own_labels_alone(tmp_path: Path):
    (tmp_path / "x.tsv").write_text("so happy for you\t17,0\tabc\nwell\t27\tdef\n")
    lessons = goemotions(tmp_path / "x.tsv")
    place = COLUMNS[GOEMOTION.name]
    assert lessons.asked.sum(axis=1).tolist() == [28, 28]
    assert [GOEMOTION.labels[n] for n in np.flatnonzero(lessons.wanted[0, place])] == ["admiration", "joy"]


def test_a_label_that_goemotions_does_not_have_is_refused(tmp_path: Path):
    (tmp_path / "x.tsv").write_text("hm\t28\tabc\n")
    with pytest.raises(ValueError, match=r"no label 28"):
        goemotions(tmp_path / "x.tsv")


def test_raters_means_become_valences(tmp_path: Path):
    folder = tmp_path / "vader_groundtruth"
    folder.mkdir()
    (folder / "tweets_GroundTruth.txt").write_text("1\t2.0\tlovely\n")
    (folder / "amazonReviewSnippets_GroundTruth.txt").write_text("1_1\t-4.0\tit broke\n")
    assert rated(tmp_path).valence.tolist() == [0.5, -1.0]


def test_politeness_is_taught_as_a_number_and_asks_about_no_label_of_ours(tmp_path: Path):
    folder = tmp_path / "politeness"
    folder.mkdir()
    head = "Community,Id,Request,Score1,Normalized Score\n"
    (folder / "wikipedia.annotated.csv").write_text(head + 'W,1,"Could you, please?",20,1.0\nW,2,Why?,3,-4.5\n')
    lessons = polite(tmp_path)
    assert lessons.texts == ["Could you, please?", "Why?"]
    assert lessons.politeness.tolist() == [0.5, -1.0]
    assert not lessons.asked.any()
    assert np.isnan(lessons.valence).all()


def test_lots_of_lessons_keep_their_own_politeness_when_put_together(tmp_path: Path):
    folder = tmp_path / "politeness"
    folder.mkdir()
    (folder / "wikipedia.annotated.csv").write_text("Request,Normalized Score\nWhy?,-1\nPlease?,1\n")
    both = all_lessons([polite(tmp_path), empty_lessons(["x"], ["g"])]).picked([1, 2])
    assert both.politeness.tolist()[0] == 0.5
    assert np.isnan(both.politeness[1])


def test_abuse_is_taught_where_the_raters_agree(tmp_path: Path):
    folder = tmp_path / "convabuse"
    folder.mkdir()
    header = "conv_id,user,A_is_abuse.1,A_is_abuse.-2,B_is_abuse.1,B_is_abuse.-2"
    rows = ["1,you are useless,0,1,0,1", "2,hello there,1,0,1,0", "3,whatever,1,0,0,1"]
    (folder / "ConvAbuseEMNLPtrain.csv").write_text("\n".join([header, *rows]) + "\n")
    lessons = abuse(tmp_path)
    column = COLUMNS[CUE.name].start + CUE.labels.index("abuse_of_agent")
    assert lessons.texts == ["you are useless", "hello there"]
    assert lessons.wanted[:, column].tolist() == [1, 0]
    assert lessons.asked.sum(axis=1).tolist() == [1, 1]


def test_only_agents_sentences_are_asked_whether_they_come_from_a_template(tmp_path: Path):
    folder = tmp_path / "maia_dqe"
    folder.mkdir()
    (folder / "de_a.json").write_text(
        '[{"id": "d", "turns": ['
        '{"floor": "inbound", "text_mt": ["where is it"], "text_src": ["wo"], "Emotion": [7], "Templated": [0]},'
        '{"floor": "outbound", "text_mt": ["Danke"], "text_src": ["Thanks"], "Emotion": [0], "Templated": [1]}]}]'
    )
    lessons = chat_sentences(tmp_path)
    column = COLUMNS[TEMPLATED.name].start
    assert lessons.texts == ["where is it", "Thanks"]
    assert lessons.asked[:, column].tolist() == [False, True]
    assert lessons.wanted[1, column] == 1


def test_a_collection_is_used_only_under_the_licence_it_is_known_by(tmp_path: Path):
    assert not licensed(tmp_path, "bitext")
    folder = tmp_path / "bitext"
    folder.mkdir()
    with pytest.raises(LicenceError, match="has no LICENSE-NOTE"):
        licensed(tmp_path, "bitext")
    (folder / NOTE).write_text("licence text found: CDLA-Sharing-1.0")
    assert licensed(tmp_path, "bitext")
    (folder / NOTE).write_text("licence text found: all rights reserved")
    with pytest.raises(LicenceError, match=r"does not name CDLA-Sharing-1\.0"):
        licensed(tmp_path, "bitext")


def test_no_conversation_stands_on_both_sides_of_a_fold():
    groups = [f"g{number // 3}" for number in range(300)]
    masks = [in_fold(groups, number, 0) for number in range(5)]
    assert (sum(mask.astype(int) for mask in masks) == 1).all()
    for mask in masks:
        inside = {group for group, there in zip(groups, mask, strict=True) if there}
        assert all(there == (group in inside) for group, there in zip(groups, mask, strict=True))


def test_thresholds_that_judge_a_half_are_chosen_on_the_other():
    """Labels of one half moved at random change nothing about how that half is judged but the rates themselves."""
    chance = np.random.default_rng(3)
    lessons = lessons_of([example(f"c{number}") for number in range(400)])
    column = COLUMNS[CUE.name].start
    lessons.wanted[:, column] = chance.random(400) < 0.3
    logits = np.zeros(lessons.wanted.shape, dtype=np.float32)
    logits[:, column] = lessons.wanted[:, column] + chance.normal(size=400)
    first = judge(lessons, logits, 0)
    changed = lessons.picked(range(400))
    half = np.array([fold_of(f"half {group}", 2, 0) == 0 for group in lessons.groups])
    changed.wanted[half, column] = 1 - changed.wanted[half, column]
    second = judge(changed, logits, 0)
    assert (first.given[half] == second.given[half]).all()
    assert not (first.given[~half] == second.given[~half]).all()
