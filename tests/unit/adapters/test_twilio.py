"""Twilio: transcription callbacks and Conversations webhooks as forms and JSON, Intelligence sentences."""

import json
from urllib.parse import urlencode

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    body,
    paths,
    turns,
    turns_of,
    twilio_content,
    twilio_message,
    twilio_started,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, TwilioSettings
from warmline.adapters.pseudonyms import WITHOUT_KEY
from warmline.adapters.registry import Adapting
from warmline.contracts.conversation import ConversationEnded, ConversationStarted


def form(fields):
    return urlencode(fields).encode()


@pytest.mark.parametrize("written", [form, body])
def test_a_final_result_is_a_turn_as_a_form_and_as_json(written):
    (turn,) = turns("twilio", written(twilio_content()))
    assert (turn.conversation_id, turn.turn_id, turn.text) == ("CA1", "GT1-2", "Hello, you are through to Ada.")
    assert (turn.spoken_at, turn.asr_confidence, turn.language) == (1_746_515_289_123, 0.97, "en-US")


def test_a_partial_result_is_told_and_no_turn():
    outcome = adapted("twilio", form(twilio_content(Final="false", Stability="0.9")))
    assert outcome.events == ()
    assert "$.TranscriptionData" in paths(outcome)


def test_labels_of_the_start_tell_who_is_on_which_track_later():
    lines = (
        form(twilio_started())
        + b"\n"
        + form(twilio_content())
        + b"\n"
        + form(twilio_content("3", Track="inbound_track"))
    )
    outcome = adapted("twilio", lines)
    assert isinstance(outcome.events[0], ConversationStarted)
    assert [turn.role for turn in turns_of(outcome)] == ["customer", "agent"]
    assert outcome.unmapped == ()


def test_without_labels_the_caller_s_address_tells_and_else_the_settings_do():
    inbound = twilio_content(Track="inbound_track")
    assert turns("twilio", form({**inbound, "From": "client:ada"}))[0].role == "agent"
    outcome = adapted("twilio", form(inbound))
    assert outcome.events[0].role == "customer"
    assert paths(outcome) == ["$.Track"]
    other = AdapterSettings(twilio=TwilioSettings(inbound_track="bot"))
    assert turns("twilio", form(inbound), other)[0].role == "bot"


def test_a_callback_delivered_twice_is_one_turn_and_another_with_its_number_is_one_more():
    again = b"\n".join(map(form, (twilio_content(), twilio_content(), twilio_content(text="Another thing."))))
    found = turns("twilio", again)
    assert [turn.text for turn in found] == ["Hello, you are through to Ada.", "Another thing."]
    assert len({turn.turn_id for turn in found}) == 2


@pytest.mark.parametrize("event", ["transcription-stopped", "transcription-error", "transcription-yawned"])
def test_the_rest_of_a_session_is_told_and_ends_nothing(event):
    outcome = adapted("twilio", form({**twilio_started(), "TranscriptionEvent": event}))
    assert outcome.events == ()
    assert paths(outcome) == ["$.TranscriptionEvent"]


def test_the_end_of_the_call_ends_the_conversation():
    (ended,) = adapted("twilio", form({"CallSid": "CA1", "CallStatus": "completed", "Timestamp": "odd"})).events
    assert ended == ConversationEnded(conversation_id="CA1", at=RECEIVED_MS)
    assert adapted("twilio", form({"CallSid": "CA1", "CallStatus": "ringing"})).events == ()


def test_a_message_is_a_turn_by_its_own_id_and_never_carries_the_customer_s_number():
    (turn,) = turns("twilio", form(twilio_message()))
    assert (turn.conversation_id, turn.turn_id, turn.role, turn.text) == ("CH1", "IM1", "customer", "Any news & when?")
    assert (turn.spoken_at, turn.participant_id, turn.channel) == (1_746_515_289_100, "MB1", "messaging")
    alone = twilio_message()
    del alone["ParticipantSid"]
    assert "0100001" not in str(turns("twilio", form(alone)))


def test_who_an_identity_is_comes_from_the_settings_and_from_who_joined():
    message = form(twilio_message(Author="dave", Source="SDK"))
    assert turns("twilio", message)[0].role == "agent"
    named = AdapterSettings(twilio=TwilioSettings(authors={"dave": "supervisor"}))
    assert turns("twilio", message, named)[0].role == "supervisor"
    together = Adapting("twilio")
    joined = {"EventType": "onParticipantAdded", "ParticipantSid": "MB1", "MessagingBinding.Address": "+15550100001"}
    together.learn(form(joined), "", received_ms=RECEIVED_MS)
    assert turns_of(together.adapt(message, "", received_ms=RECEIVED_MS))[0].role == "customer"


@pytest.mark.parametrize("event", ["onMessageAdd", "onMessageUpdated", "onMessageRemoved", "onParticipantAdded"])
def test_what_is_not_yet_or_no_longer_a_message_is_no_turn(event):
    outcome = adapted("twilio", form(twilio_message(EventType=event)))
    assert outcome.events == ()
    assert paths(outcome) == ["$.EventType"]


def test_media_without_words_is_told():
    media = json.dumps([{"Sid": "ME1", "ContentType": "image/png"}])
    outcome = adapted("twilio", form(twilio_message(Body="", Media=media)))
    assert outcome.events == ()
    assert paths(outcome) == ["$.Media"]


def test_a_conversation_begins_and_closes():
    begun = {"EventType": "onConversationAdded", "ConversationSid": "CH1", "DateCreated": "2025-05-06T07:08:09Z"}
    closed = {"EventType": "onConversationStateUpdated", "ConversationSid": "CH1", "StateTo": "closed"}
    (start,) = adapted("twilio", form(begun)).events
    (end,) = adapted("twilio", form(closed)).events
    assert start == ConversationStarted(conversation_id="CH1", at=1_746_515_289_000, channel="messaging")
    assert end == ConversationEnded(conversation_id="CH1", at=RECEIVED_MS)


def test_messages_of_the_interface_are_turns():
    message = {
        "sid": "IM9",
        "conversation_sid": "CH9",
        "body": "Hi",
        "author": "whatsapp:+1555",
        "index": 0,
        "media": None,
    }
    (turn,) = turns("twilio", {"messages": [{**message, "date_created": "2025-05-06T07:08:09Z"}], "meta": {}})
    assert (turn.conversation_id, turn.turn_id, turn.role, turn.spoken_at) == (
        "CH9",
        "IM9",
        "customer",
        1_746_515_289_000,
    )


def test_sentences_take_start_and_roles_from_their_transcript():
    transcript = {
        "sid": "GT5",
        "service_sid": "GA1",
        "media_start_time": "2025-05-06T07:08:00Z",
        "channel": {"participants": [{"channel_participant": 1, "role": "Agent"}]},
    }
    sentence = {
        "media_channel": 1,
        "sentence_index": 0,
        "start_time": "1.5",
        "transcript": "Good day.",
        "confidence": "0.5",
    }
    page = {
        "sentences": [{**sentence, "sid": "GX1"}],
        "meta": {"url": "https://t.example/v2/Transcripts/GT5/Sentences"},
    }
    lines = body(page) + b"\n" + body(transcript)
    (turn,) = turns("twilio", lines)
    assert (turn.conversation_id, turn.role, turn.spoken_at) == ("GT5", "agent", 1_746_515_281_500)
    assert turn.asr_confidence == 0.5
    assert turns("twilio", page)[0].role == "customer", "by the settings"


@pytest.mark.parametrize(
    "payload",
    [
        {"transcript_sid": "GT1", "service_sid": "GA1", "event_type": "voice_intelligence_transcript_available"},
        {"operatorResults": [{"id": "o"}], "conversationId": "conv_1"},
        {"operator_results": [], "meta": {}},
        {"sid": "GT1", "service_sid": "GA1", "status": "queued", "media_start_time": None},
    ],
)
def test_results_about_a_transcript_are_no_turns(payload):
    outcome = adapted("twilio", payload)
    assert outcome.events == ()
    assert len(outcome.unmapped) == 1


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (form(twilio_content(TranscriptionData="{not json")), "$.TranscriptionData"),
        (form({**twilio_content(), "TranscriptionData": "[1]"}), "$.TranscriptionData"),
        (
            form({key: value for key, value in twilio_content().items() if key != "TranscriptionData"}),
            "$.TranscriptionData",
        ),
        (form({key: value for key, value in twilio_content().items() if key != "CallSid"}), "$.CallSid"),
        (
            body(
                {"TranscriptionEvent": "transcription-content", "CallSid": "C", "TranscriptionData": {"transcript": 3}}
            ),
            "$.TranscriptionData.transcript",
        ),
        (form({"Digits": "1234", "From": "+1555"}), "$"),
        (b"EventType=onMessageAdded&Body=%ff", "$"),
    ],
)
def test_a_broken_callback_is_refused_with_the_path(payload, path):
    with pytest.raises(AdapterError) as refused:
        adapted("twilio", payload)
    assert refused.value.path == path


def test_an_agent_is_one_person_in_every_conversation_and_a_customer_stays_a_participant():
    joined = [twilio_message(Author="dave", ConversationSid=f"CH{n}", ParticipantSid=f"MB{n}") for n in (1, 2)]
    people = {turns("twilio", form(message))[0].participant_id for message in joined}
    assert people == {WITHOUT_KEY.of("dave")}
    unnamed = AdapterSettings(twilio=TwilioSettings(authors={"MB1": "agent"}))
    nobody = {key: value for key, value in twilio_message().items() if key != "Author"}
    assert turns("twilio", form(nobody), unnamed)[0].participant_id == "MB1"
    assert turns("twilio", form(twilio_message()))[0].participant_id == "MB1"


@pytest.mark.parametrize(
    "author", ["dave@acme.ai", "maria@contact-center.example", "jo@client.example.com", "jo.client"]
)
def test_words_in_an_identity_s_address_tell_no_role(author):
    outcome = adapted("twilio", form(twilio_message(Author=author)))
    assert [turn.role for turn in turns_of(outcome)] == ["agent"]
    assert any("by the settings" in item.reason for item in outcome.unmapped)


@pytest.mark.parametrize(("author", "role"), [("bot", "bot"), ("bot-7", "bot"), ("Agent", "agent")])
def test_a_role_that_an_identity_names_is_taken_and_told(author, role):
    outcome = adapted("twilio", form(twilio_message(Author=author)))
    assert [turn.role for turn in turns_of(outcome)] == [role]
    assert paths(outcome) == ["$.Author"]


@pytest.mark.parametrize(
    ("label", "role"), [("Customer Support", "agent"), ("Contact Center", "agent"), ("Caller", "customer")]
)
def test_a_label_that_names_the_desk_is_the_agent_s(label, role):
    (turn,) = turns("twilio", form(twilio_content(OutboundTrackLabel=label)))
    assert turn.role == role


@pytest.mark.parametrize("written", ["Tue, 06 May 2025 07:08:09 +0000", "Tue, 06 May 2025 09:08:09 +0200"])
def test_a_call_ends_when_its_callback_says_in_the_way_of_mail(written):
    (ended,) = adapted("twilio", form({"CallSid": "CA1", "CallStatus": "completed", "Timestamp": written})).events
    assert ended == ConversationEnded(conversation_id="CA1", at=1_746_515_289_000)


def test_a_conversation_that_is_given_loses_nothing_of_what_the_transcript_tells():
    transcript = {"sid": "GT5", "service_sid": "GA1", "media_start_time": "2025-05-06T07:08:00Z"}
    transcript["channel"] = {"participants": [{"channel_participant": 1, "role": "Agent"}]}
    sentence = {"media_channel": 1, "sentence_index": 0, "start_time": "1.5", "transcript": "Good day.", "sid": "GX1"}
    page = {"sentences": [{**sentence, "transcript_sid": "GT5"}]}
    together = Adapting("twilio", conversation="mine")
    together.learn(body(transcript), "", received_ms=RECEIVED_MS)
    (turn,) = turns_of(together.adapt(body(page), "", received_ms=RECEIVED_MS))
    assert (turn.conversation_id, turn.role, turn.spoken_at) == ("mine", "agent", 1_746_515_281_500)
