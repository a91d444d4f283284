"""Contact Lens: calls by offsets, chats by times, files after the contact."""

import re

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    body,
    copied,
    lens_call,
    lens_chat,
    lens_file,
    paths,
    said,
    turns,
    turns_of,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.registry import Adapting
from warmline.contracts.conversation import ConversationEnded, ConversationStarted

CONTACT_EVENT = {
    "detail-type": "Amazon Connect Contact Event",
    "source": "aws.connect",
    "time": "2025-01-01T00:01:00Z",
    "detail": {
        "eventType": "CONNECTED_TO_AGENT",
        "contactId": "contact-1",
        "initiationTimestamp": "2025-01-01T00:00:00.000Z",
        "agentInfo": {"agentArn": "arn:aws:connect:eu:1:instance/i/agent/agent-42"},
        "queueInfo": {"queueArn": "arn:aws:connect:eu:1:instance/i/queue/claims"},
    },
}


def test_the_final_transcripts_of_a_call_are_its_turns_in_the_order_of_the_payload():
    found = turns("contact-lens", lens_call())
    assert [(turn.turn_id, turn.role, turn.text) for turn in found] == [
        ("t1", "agent", "Good morning, Fern Mutual."),
        ("t2", "customer", "My boiler has been off for a week."),
    ]
    assert {turn.channel for turn in found} == {"voice"}
    assert {turn.language for turn in found} == {"en-GB"}
    assert found[1].vendor == {"name": "contact-lens", "sentiment": "NEGATIVE", "end_offset_ms": 8000}


def test_offsets_without_a_start_count_back_from_the_delivery_and_that_is_told():
    outcome = adapted("contact-lens", lens_call())
    assert [turn.spoken_at for turn in turns_of(outcome)] == [RECEIVED_MS - 7000, RECEIVED_MS - 5000]
    assert any("offset without a start" in item.reason for item in outcome.unmapped)


def test_a_contact_event_read_along_gives_the_start_the_agent_and_the_queue():
    together = Adapting("contact-lens")
    for payload in (lens_call(), CONTACT_EVENT):
        together.learn(body(payload), "", received_ms=RECEIVED_MS)
    first, second = turns_of(together.adapt(body(lens_call()), "", received_ms=RECEIVED_MS))
    assert (first.spoken_at, second.spoken_at) == (1_735_689_601_000, 1_735_689_603_000)
    assert (first.participant_id, first.queue) == ("agent-42", "claims")


def test_without_it_no_two_contacts_share_an_agent():
    other = {**lens_call(), "ContactId": "contact-9"}
    assert turns("contact-lens", lens_call())[0].participant_id != turns("contact-lens", other)[0].participant_id


def test_an_utterance_is_a_partial_result_and_shown_only_when_asked_for():
    outcome = adapted("contact-lens", lens_call())
    assert "$.Segments[0].Utterance" in paths(outcome)
    asked = Adapting("contact-lens", partials=True).adapt(body(lens_call()), "", received_ms=RECEIVED_MS)
    assert next((turn.final, turn.text) for turn in turns_of(asked)) == (False, "Good")
    assert len({turn.turn_id for turn in turns_of(asked)}) == 3


def test_what_is_no_turn_is_told_with_its_path():
    told = {item.path: item.reason for item in adapted("contact-lens", lens_chat()).unmapped}
    assert set(told) == {"$.Segments[2].Event", "$.Segments[3].Attachments"}


def test_an_unknown_kind_of_segment_is_told_and_spares_the_others():
    payload = lens_call()
    payload["Segments"].append({"Hologram": {"Id": "h"}})
    outcome = adapted("contact-lens", payload)
    assert len(outcome.events) == 2
    assert "$.Segments[4].Hologram" in paths(outcome)


def test_the_messages_of_a_chat_have_the_time_and_the_role_of_the_payload():
    found = turns("contact-lens", lens_chat())
    assert [(turn.role, turn.spoken_at) for turn in found] == [
        ("customer", 1_735_787_045_678),
        ("bot", 1_735_787_046_000),
    ]
    assert found[0].participant_id == "customer-uuid"
    assert found[0].language == "en-US"


def test_a_raw_and_a_redacted_edition_of_a_message_are_one_turn():
    lines = body(lens_chat("Raw")) + b"\n" + body(lens_chat("Redacted"))
    outcome = adapted("contact-lens", lines)
    assert [turn.text for turn in turns_of(outcome)] == ["Hi, I am Nora.", "How can I help?"]
    assert sum("delivered before" in item.reason for item in outcome.unmapped) == 2


def test_how_loud_anybody_was_is_in_no_event():
    payload = lens_file()
    for item in payload["Transcript"]:
        item |= {"LoudnessScore": [62.1, 70.4], "Sentiment": "NEGATIVE", "Redaction": {"LoudnessScores": [1.0]}}
    payload["ConversationCharacteristics"] |= {"TalkSpeed": {"DetailsByParticipant": {"AGENT": 131}}}
    streamed = lens_call()
    streamed["Segments"][1]["Transcript"]["LoudnessScore"] = [62.1]
    found = turns("contact-lens", payload)
    assert [turn.role for turn in found] == ["agent", "customer", "customer"]
    assert {turn.vendor["sentiment"] for turn in found} == {"NEGATIVE"}
    for turn in [*found, *turns("contact-lens", streamed)]:
        assert not re.search("loud|62.1|speed", str(turn.vendor), re.IGNORECASE)


def test_a_file_joins_roles_from_its_participants_and_keeps_turns_with_equal_ids():
    found = turns("contact-lens", lens_file())
    assert [turn.role for turn in found] == ["agent", "customer", "customer"]
    assert len({turn.turn_id for turn in found}) == 3
    assert [turn.spoken_at - found[0].spoken_at for turn in found] == [0, 1000, 2500]
    assert found[0].conversation_id == "contact-3"


def test_a_file_without_its_contact_takes_contact_and_start_from_the_name_of_the_object():
    payload = lens_file()
    del payload["CustomerMetadata"]
    name = "9c1e-contact_analysis_2025-02-03T04_05_06Z.json"
    found = turns_of(Adapting("contact-lens").adapt(body(payload), "", received_ms=RECEIVED_MS, source_name=name))
    assert {turn.conversation_id for turn in found} == {"9c1e-contact"}
    assert found[0].spoken_at == 1_738_555_506_000


def test_a_file_without_any_name_has_a_conversation_that_is_the_same_each_time():
    payload = lens_file()
    del payload["CustomerMetadata"]
    assert turns("contact-lens", payload) == turns("contact-lens", copied(payload))
    other = copied(payload)
    other["Transcript"][0]["Content"] = "Good day."
    assert turns("contact-lens", payload)[0].conversation_id != turns("contact-lens", other)[0].conversation_id


def test_sentiment_told_of_groups_of_messages_stands_on_each_of_them():
    payload = {
        "JobStatus": "COMPLETED",
        "Channel": "CHAT",
        "CustomerMetadata": {"ContactId": "c"},
        "Transcript": [
            {
                "Id": "1",
                "Type": "MESSAGE",
                "ParticipantRole": "CUSTOMER",
                "Content": "No.",
                "AbsoluteTime": "2025-01-02T03:04:05Z",
            },
            {"Id": "2", "Type": "EVENT", "ContentType": "application/vnd.amazonaws.connect.event.chat.ended"},
        ],
        "ConversationCharacteristics": {
            "Sentiment": {
                "DetailsByTranscriptItemGroup": [
                    {
                        "Sentiment": "NEGATIVE",
                        "ProgressiveScore": -1.5,
                        "TranscriptItems": [{"Id": "1"}, {"Id": "none"}],
                    }
                ]
            }
        },
    }
    (turn,) = turns("contact-lens", payload)
    assert turn.vendor == {"name": "contact-lens", "sentiment": "NEGATIVE", "progressive_score": -1.5}


def test_vendor_marks_repeat_no_words():
    payload = lens_call()
    issue = {"CharacterOffsets": {"BeginOffsetChar": 0, "EndOffsetChar": 9}, "Text": "My boiler"}
    payload["Segments"][2]["Transcript"]["IssuesDetected"] = [issue]
    (_, turn) = turns("contact-lens", payload)
    assert turn.vendor is not None
    assert turn.vendor["issues"] == [{"CharacterOffsets": {"BeginOffsetChar": 0, "EndOffsetChar": 9}}]


@pytest.mark.parametrize(("kind", "event"), [("STARTED", ConversationStarted), ("COMPLETED", ConversationEnded)])
def test_the_edges_of_a_stream_are_no_turns(kind, event):
    (found,) = adapted("contact-lens", {"ContactId": "c", "Channel": "VOICE", "EventType": kind}).events
    assert isinstance(found, event)
    assert (found.conversation_id, found.at) == ("c", RECEIVED_MS)


def test_a_contact_event_tells_the_end_in_its_own_time():
    detail = {"eventType": "DISCONNECTED", "contactId": "c", "disconnectTimestamp": "2025-01-01T00:00:01Z"}
    (found,) = adapted("contact-lens", {"detail-type": "Amazon Connect Contact Event", "detail": detail}).events
    assert found == ConversationEnded(conversation_id="c", at=1_735_689_601_000)


def test_the_end_of_a_call_whose_turns_came_without_it_is_left_to_the_stream_which_dates_both_by_arrival():
    detail = {**CONTACT_EVENT["detail"], "eventType": "DISCONNECTED", "channel": "VOICE"}
    over = {**CONTACT_EVENT, "detail": {**detail, "disconnectTimestamp": "2025-01-01T00:00:09Z"}}
    alone = adapted("contact-lens", over)
    assert alone.events == ()
    assert paths(alone) == ["$.detail.eventType"]
    together = Adapting("contact-lens")
    for each in (over, lens_call()):
        together.learn(body(each), "", received_ms=RECEIVED_MS)
    *_, last = turns_of(together.adapt(body(lens_call()), "", received_ms=RECEIVED_MS))
    (end,) = together.adapt(body(over), "", received_ms=RECEIVED_MS).events
    assert isinstance(end, ConversationEnded)
    assert last.spoken_at < end.at == 1_735_689_609_000


@pytest.mark.parametrize("kind", ["FAILED", "PAUSED"])
def test_other_events_are_told_and_end_nothing(kind):
    outcome = adapted("contact-lens", {"ContactId": "c", "EventType": kind})
    assert outcome.events == ()
    assert paths(outcome) == ["$.EventType"]


def test_a_page_of_the_interface_has_no_contact_but_one_that_is_given():
    page = {"Segments": [said("t1", "AGENT", "Hello.", 0, 100)], "NextToken": "n"}
    assert turns("contact-lens", page, conversation="mine")[0].conversation_id == "mine"
    assert len(turns("contact-lens", page)[0].conversation_id) == 32


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda payload: payload.pop("ContactId"), "$.ContactId"),
        (lambda payload: payload.pop("Segments"), "$.Segments"),
        (lambda payload: payload.update(Segments={"a": 1}), "$.Segments"),
        (lambda payload: payload["Segments"].append("x"), "$.Segments[4]"),
        (lambda payload: payload["Segments"][1]["Transcript"].update(Content=7), "$.Segments[1].Transcript.Content"),
        (lambda payload: payload["Segments"][1].update(Transcript=[1]), "$.Segments[1].Transcript"),
    ],
)
def test_a_broken_stream_is_refused_with_the_path(change, path):
    payload = lens_call()
    change(payload)
    with pytest.raises(AdapterError) as refused:
        adapted("contact-lens", payload)
    assert refused.value.path == path


def test_what_is_nothing_of_contact_lens_is_refused():
    with pytest.raises(AdapterError, match="no payload of Contact Lens"):
        adapted("contact-lens", {"hello": "world"})


def test_a_conversation_that_is_given_loses_nothing_of_what_the_contact_event_tells():
    together = Adapting("contact-lens", conversation="mine")
    together.learn(body(CONTACT_EVENT), "", received_ms=RECEIVED_MS)
    first, _ = turns_of(together.adapt(body(lens_call()), "", received_ms=RECEIVED_MS))
    assert (first.conversation_id, first.spoken_at) == ("mine", 1_735_689_601_000)
    assert (first.participant_id, first.queue) == ("agent-42", "claims")
    begun = {"ContactId": "contact-1", "Channel": "VOICE", "EventType": "STARTED"}
    (start,) = together.adapt(body(begun), "", received_ms=RECEIVED_MS).events
    assert (start.conversation_id, start.at) == ("mine", 1_735_689_600_000)
    over = {**CONTACT_EVENT, "detail": {**CONTACT_EVENT["detail"], "eventType": "DISCONNECTED"}}
    (end,) = together.adapt(body(over), "", received_ms=RECEIVED_MS).events
    assert end.conversation_id == "mine"
