"""The section of the policy: its numbers, its table of moves, and its translation."""

import re
from importlib.resources import files

import msgspec
import pytest
import yaml

from tests.unit.assist.scene import DEFAULT
from warmline.assist.choice import table_of
from warmline.assist.policy import AssistPolicy, MoveRule
from warmline.assist.state import RECENT_TURNS
from warmline.contracts.labels import CUES, EMOTIONS, FAULTS
from warmline.policy.load import PolicyError, load_policy

TABLE = DEFAULT.assist(None).moves
ADVICE = {key: rule for key, rule in TABLE.items() if rule.kind != "praise"}
SUGGESTIONS = {key: rule for key, rule in TABLE.items() if rule.kind == "suggest"}
NOT_A_FEELING_TO_MEET = {"neutral"}


def section() -> dict:
    return yaml.safe_load((files("warmline.policy") / "default.yaml").read_text(encoding="utf-8"))["assist"]


def test_the_default_file_and_the_defaults_in_the_code_are_equal_key_by_key_but_for_the_table():
    written = section()
    assert set(written) == set(AssistPolicy.__struct_fields__)
    written.pop("moves")
    assert msgspec.convert(written, AssistPolicy) == AssistPolicy()


@pytest.mark.parametrize(
    "wrong",
    [
        {"need_distress": 1.2},
        {"expire_s": 0},
        {"gap_s": 40, "strain_gap_s": 30},
        {"give_most": 0},
        {"cue_turns": 13},
        {"loudness": 1},
        {"moves": {"Say Sorry": {"kind": "suggest", "text": "t", "reason": "r", "rank": 1}}},
        {"moves": {"a_move": {"kind": "nag", "text": "t", "reason": "r", "rank": 1}}},
        {"moves": {"a_move": {"kind": "suggest", "text": "", "reason": "r", "rank": 1}}},
        {"moves": {"a_move": {"kind": "suggest", "text": "t" * 121, "reason": "r", "rank": 1}}},
        {"moves": {"a_move": {"kind": "suggest", "text": "t", "reason": "r", "rank": 1, "when": {"cues": ["rain"]}}}},
        {"moves": {"a_move": {"kind": "suggest", "text": "t", "reason": "r", "rank": 1, "brings": ["rude"]}}},
        {"moves": {"a_move": {"kind": "praise", "text": "t", "reason": "r", "rank": 1, "when": {"cues": ["abuse_of_agent"]}}}},  # noqa: E501
        {"moves": {"a_move": {"kind": "suggest", "text": "t", "reason": "r", "rank": 1, "when": {"behaviours": ["rude"]}}}},  # noqa: E501
        {"moves": {"a_move": {"kind": "suggest", "text": "t", "reason": "r", "rank": 1, "when": {"without_need": True}}}},  # noqa: E501
    ],
)  # fmt: skip
def test_a_wrong_value_or_name_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, AssistPolicy)


def test_a_cue_can_be_heard_for_as_many_turns_as_are_remembered():
    assert msgspec.convert({"cue_turns": RECENT_TURNS}, AssistPolicy).cue_turns == RECENT_TURNS


@pytest.mark.parametrize("key", sorted(TABLE))
def test_a_move_is_short_and_never_a_sentence_to_read_out(key):
    rule = TABLE[key]
    for words in (rule.text, rule.reason):
        assert len(words) <= 90
        assert not re.search(r"[\"“”„«»:!?]", words), "nothing is quoted, asked or cried out"
        assert not re.search(r"\b(I|I'm|we|we're|us|our|my|sorry|apologi[sz]e)\b", words), "nobody speaks in it"
        assert words.endswith(".")
    if rule.kind == "praise":
        assert rule.text.startswith("You ")
    else:
        assert not re.search(r"\byour?\b", rule.text), "what is said to the customer is the agent's own"


@pytest.mark.parametrize("key", sorted(SUGGESTIONS))
def test_a_suggestion_says_what_it_brings_so_that_it_stops_once_that_was_done(key):
    assert SUGGESTIONS[key].brings


def test_every_feeling_fault_and_cue_that_can_leave_a_need_open_has_a_move():
    whens = [rule.when for rule in SUGGESTIONS.values()]
    assert {each for when in whens for each in when.emotions} == set(EMOTIONS) - NOT_A_FEELING_TO_MEET
    assert {each for when in whens for each in when.faults} == set(FAULTS)
    advised = {each for rule in ADVICE.values() for each in rule.when.cues}
    assert advised == set(CUES)


def test_there_is_a_last_resort_of_each_kind_that_needs_no_label():
    def unconditional(rule: MoveRule) -> bool:
        when = rule.when
        return not (when.emotions or when.cues or when.faults or when.behaviours)

    assert {rule.kind for rule in TABLE.values() if unconditional(rule)} == {"suggest", "handoff", "praise"}


def test_no_two_moves_of_a_kind_say_the_same_or_stand_at_the_same_rank():
    for kind in ("suggest", "handoff", "praise"):
        rules = [rule for rule in TABLE.values() if rule.kind == kind]
        assert len({rule.rank for rule in rules}) == len(rules)
    for kind in ("suggest", "praise"):
        rules = [rule for rule in TABLE.values() if rule.kind == kind]
        assert len({rule.text for rule in rules}) == len(rules)


def test_a_queue_speaks_another_language_by_texts_alone(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text(
        "queues:\n  service_de:\n    assist:\n      moves:\n        let_the_anger_land:\n"
        "          text: Erst benennen, wie sehr es sie geärgert hat.\n          reason: Sie sind wütend.\n"
        "        meet_the_feeling: null\n",
        encoding="utf-8",
    )
    policy = load_policy(file)
    german, english = policy.assist("service_de").moves, policy.assist("sales").moves
    assert german["let_the_anger_land"].text == "Erst benennen, wie sehr es sie geärgert hat."
    assert german["let_the_anger_land"].when == english["let_the_anger_land"].when
    assert german["name_the_effort"] == english["name_the_effort"]
    assert "meet_the_feeling" not in table_of(policy.assist("service_de")).by_key
    assert "meet_the_feeling" in table_of(policy.assist("sales")).by_key
    assert policy.version != DEFAULT.version


def test_a_mistake_in_the_table_is_named(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text("assist: {moves: {let_the_anger_land: {rank: 0}}}")
    with pytest.raises(PolicyError, match=r"assist\.moves"):
        load_policy(file)
