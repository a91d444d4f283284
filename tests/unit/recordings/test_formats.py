"""What each format becomes."""

import json
from pathlib import Path

import pytest

from tests.unit.recordings.lines import call, codebook, travel, write
from warmline.adapters.pseudonyms import Pseudonyms
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.ids import deterministic_id
from warmline.recordings import codebook as codebook_format, telecom_clients
from warmline.recordings.gold import read_gold
from warmline.recordings.read import read_recording
from warmline.recordings.recorded import UnreadableError

NINE = 1_767_603_600_000
TEN = 1_741_082_400_000  # 2025-03-04T10:00:00Z


def read(tmp_path: Path, line: dict) -> list:
    return list(read_recording(write(tmp_path / "one.jsonl", line), strict=True))


def test_a_labelled_conversation_becomes_a_start_its_turns_and_an_end(tmp_path):
    started, *turns, ended = read(tmp_path, codebook())
    assert started == ConversationStarted(
        conversation_id="c1", at=NINE, channel="chat", queue="telecom", customer_id="customer-c1"
    )
    assert [turn.turn_id for turn in turns] == ["000", "001", "002"]
    assert [turn.spoken_at - NINE for turn in turns] == [0, 4500, 9250]
    assert [turn.participant_id for turn in turns][:2] == ["bot-telecom", "customer-c1"]
    assert {(turn.queue, turn.channel, turn.language, turn.asr_confidence) for turn in turns} == {
        ("telecom", "chat", "en", None)
    }
    assert ended == ConversationEnded(conversation_id="c1", at=NINE + 11_250, reason="completed")


def test_the_agents_of_a_domain_share_its_conversations_and_keep_theirs(tmp_path):
    def agent(number: int) -> str:
        return codebook_format.events_of(codebook(f"c{number}"))[3].participant_id

    agents = [agent(number) for number in range(50)]
    assert agents == [agent(number) for number in range(50)]
    assert set(agents) == {f"agent-telecom-{number + 1}" for number in range(codebook_format.AGENTS_A_DOMAIN)}


def test_labels_are_kept_apart_from_the_events(tmp_path):
    file = write(tmp_path / "labelled.jsonl", codebook(), "{", {"conversation_id": "other", "text": ""})
    gold = read_gold(file)
    assert gold.keys() == {"c1"}
    assert (gold["c1"].outcome.escalate_from, gold["c1"].outcome.csat) == (1, 4)
    labels = gold["c1"].by_turn_id()
    assert labels["001"].cues == ("asks_human",)
    assert labels["002"].beh == ("takes_ownership",)
    assert labels["001"].emp is None


def test_labels_are_read_past_what_is_no_line_of_them(tmp_path):
    file = write(tmp_path / "labelled.jsonl", "\ufeff" + json.dumps(codebook()), '{"a":' * 100_000, codebook("c2"))
    file.write_bytes(file.read_bytes() + b'{"id": "\xff"}\n')
    assert read_gold(file).keys() == {"c1", "c2"}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [({"csat": "x"}, r"\$\.outcome\.csat"), ({"escalated": "GEHEIM"}, r"\$\.outcome\.escalated")],
)
def test_labels_that_are_wrong_are_refused_and_not_left_out_of_the_figures(tmp_path, wrong, place):
    outcome = codebook()["outcome"] | wrong
    file = write(tmp_path / "labelled.jsonl", codebook(), codebook("c2", outcome=outcome))
    with pytest.raises(UnreadableError, match=rf"labelled\.jsonl:2: wrong labels: {place}") as told:
        read_gold(file)
    assert "GEHEIM" not in str(told.value)


def test_a_label_that_is_none_of_the_codebooks_is_refused(tmp_path):
    talk = codebook()
    talk["turns"][0]["emo"] = ["sadnes"]
    with pytest.raises(UnreadableError, match=r"labelled\.jsonl:1: wrong labels: \$\.turns\[0\]\.emo\[0\]"):
        read_gold(write(tmp_path / "labelled.jsonl", talk))


def test_a_label_that_names_no_turn_is_refused_by_file_and_line(tmp_path):
    outcome = codebook()["outcome"] | {"escalate_from": 9}
    file = write(tmp_path / "labelled.jsonl", codebook(), codebook("c2", outcome=outcome))
    with pytest.raises(UnreadableError, match=r"labelled\.jsonl:2: outcome\.escalate_from is 9"):
        read_gold(file)


def test_a_travel_call_keeps_agent_and_times_and_hides_the_callers_number(tmp_path):
    started, agent, customer, ended = read(tmp_path, travel())
    assert (agent.role, agent.participant_id, agent.turn_id) == ("agent", "agent-A1", "m1")
    assert customer.role == "customer"
    assert customer.spoken_at - agent.spoken_at == 6000
    assert (started.at, ended.at) == (1_707_211_465_299, 1_707_211_498_299)
    assert started.queue == "travel-west"
    assert "999" not in customer.participant_id
    assert customer.customer_id == customer.participant_id


def test_a_key_gives_a_travel_call_s_customer_another_id(tmp_path):
    file = write(tmp_path / "one.jsonl", travel())
    plain, one, again, other = (
        list(read_recording(file, strict=True, pseudonyms=Pseudonyms.of_secret(secret)))
        for secret in ("", "one key", "one key", "another key")
    )
    assert plain == read(tmp_path, travel())
    assert plain[0].customer_id == f"customer-{deterministic_id('caller', '999-000-1111')[:12]}"
    assert one == again
    assert len({events[0].customer_id for events in (plain, one, other)}) == 3
    assert one[2].participant_id == one[2].customer_id == one[0].customer_id


BOLD = "\n\n**Agent:** Thank you. This is Dana. How can I help?\n\n**Customer:** It froze.\n*pause*\n\n**Agent:** Bye."


@pytest.mark.parametrize(
    ("title", "queue"),
    [("**Customer Service Call Transcript**", "it_helpdesk"), ("**Transcript: Example Inc. Call**", "telecom")],
)
def test_bold_speakers_are_laid_between_the_times_of_the_call(tmp_path, title, queue):
    started, *turns, ended = read(tmp_path, call(title + BOLD, ClientId="[10001]"))
    assert [turn.role for turn in turns] == ["agent", "customer", "agent"]
    assert turns[1].text == "It froze.\n*pause*"
    assert (started.at, turns[0].spoken_at, ended.at) == (TEN, TEN, TEN + 600_000)
    assert TEN < turns[1].spoken_at < turns[2].spoken_at < ended.at
    assert {turn.queue for turn in turns} == {queue}
    assert turns[1].participant_id == "customer-10001"


def test_the_same_agent_has_the_same_pseudonym_in_every_call(tmp_path):
    first = read(tmp_path, call("**Transcript: A**" + BOLD))
    second = read(tmp_path, call(" Agent Dana: Hello.\n\nCustomer Mia: Hello."))
    assert first[1].participant_id == second[1].participant_id
    assert "dana" not in first[1].participant_id.lower()


@pytest.mark.parametrize(
    "content",
    [
        " Agent: Hello.\n\nCustomer: It broke.\n\nAgent: Off and on.",
        " Agent Dana: Hello.\n\nCustomer Mia: It broke.\n\nAgent Dana: Off and on.",
        " Agent (Dana): Hello.\n[Pause]\nCustomer (Mia): It broke.\n(typing)\nAgent (Dana): Off and on.",
        "**Transcript**\n\n**DANA (Agent)**: Hello.\n\n**MIA (Customer)**: It broke.\n\n**DANA (Agent)**: Off and on.",
        "_Agent Dana_\nHello.\n\n_Customer Mia_\nIt broke.\n\n_Agent Dana_\nOff and on.\n\n[End of Transcript]",
        "Agent: Dana\nCustomer: Mia\n\nDana: Hello.\nMia: It broke.\nDana: Off and on.\nMia: ",
        "Customer: Mia\nAgent: Ben\n\nBen: Hello.\nMia: It broke.\nBen: Off\nand on.\nMia: ",
        "Dana: Hello.\nMia: It broke.\nDana: Off\nand on.\nMia: ",
    ],
)
def test_speakers_are_told_in_each_of_the_ways_they_are_written(tmp_path, content):
    _, *turns, _ = read(tmp_path, call(content))
    assert [(turn.role, turn.text) for turn in turns] == [
        ("agent", "Hello."),
        ("customer", "It broke."),
        ("agent", "Off and on."),
    ]


def test_a_heading_inside_a_turn_does_not_change_the_speaker(tmp_path):
    _, *turns, _ = read(tmp_path, call("Agent: Use these.\nServer: mail\nPort: 25\n\nCustomer: Done."))
    assert [turn.text for turn in turns] == ["Use these. Server: mail Port: 25", "Done."]


@pytest.mark.parametrize(
    "line", [call("Agent: only me."), call("no speakers"), call("Agent: a\nCustomer: b", EndTime="2025-03-04 09:00:00")]
)
def test_a_call_that_is_no_conversation_is_refused(line):
    with pytest.raises(ValueError, match="call-1: "):
        telecom_clients.events_of(line)
