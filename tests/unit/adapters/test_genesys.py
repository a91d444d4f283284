"""Genesys Cloud: transcription, messages, AudioHook entities, transcript files."""

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    body,
    genesys_call,
    genesys_file,
    genesys_message,
    paths,
    turns,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, GenesysSettings
from warmline.contracts.conversation import ConversationEnded, ConversationStarted


def bus(notification):
    return {"version": "0", "detail-type": "v2.conversations.{id}.transcription", "detail": notification}


@pytest.mark.parametrize("wrap", [lambda given: given, bus, lambda given: given["eventBody"]])
def test_final_results_are_turns_at_the_session_s_start_plus_their_offset(wrap):
    found = turns("genesys", wrap(genesys_call()))
    assert [(turn.turn_id, turn.role, turn.text, turn.spoken_at) for turn in found] == [
        ("x1", "customer", "The parcel never came.", 1_740_823_201_500),
        ("x2", "agent", "I am sorry, let me look.", 1_740_823_204_000),
    ]
    assert found[0].asr_confidence == 0.9
    assert found[0].language == "en-AU"


def test_a_partial_result_is_told_and_no_turn():
    assert paths(adapted("genesys", genesys_call())) == ["$.eventBody.transcripts[2]"]


def test_undecorated_words_serve_where_there_are_no_others_and_the_first_alternative_that_says_something():
    call = genesys_call()
    alternatives = call["eventBody"]["transcripts"][0]["alternatives"]
    alternatives[0].pop("decoratedTranscript")
    alternatives.insert(0, {"transcript": "", "offsetMs": 1})
    assert turns("genesys", call)[0].text == "the parcel never came."


def test_one_result_handed_on_by_itself_is_a_turn():
    call = genesys_call()["eventBody"]
    (first, *_) = call.pop("transcripts")
    assert [turn.turn_id for turn in turns("genesys", {**call, "transcript": first})] == ["x1"]


def test_a_channel_that_tells_nobody_is_told_and_taken_by_the_settings():
    call = genesys_call()
    call["eventBody"]["transcripts"][0]["channel"] = "BOTH"
    outcome = adapted("genesys", call)
    assert outcome.events[0].role == "system"
    assert "$.eventBody.transcripts[0]" in paths(outcome)
    assert adapted("genesys", call, AdapterSettings(default_role="customer")).events[0].role == "customer"


def test_who_is_on_the_internal_channel_can_be_set():
    assert turns("genesys", genesys_call(), AdapterSettings(genesys=GenesysSettings(internal="bot")))[1].role == "bot"


@pytest.mark.parametrize("state", ["SESSION_ONGOING", "SESSION_ENDED"])
def test_a_state_of_a_leg_neither_starts_nor_ends_the_conversation(state):
    call = genesys_call()
    call["eventBody"] |= {"transcripts": None, "status": {"status": state}}
    outcome = adapted("genesys", call)
    assert outcome.events == ()
    assert paths(outcome) == ["$.eventBody.status"]


@pytest.mark.parametrize(("kind", "event"), [("start", ConversationStarted), ("end", ConversationEnded)])
def test_the_customer_s_coming_and_going_are_the_edges(kind, event):
    topic = f"v2.detail.events.conversation.{{id}}.customer.{kind}"
    inside = {"eventTime": 1_649_237_444_949, "conversationId": "g", "mediaType": "CHAT"}
    (found,) = adapted("genesys", {"detail-type": topic, "detail": {"eventBody": inside}}).events
    assert isinstance(found, event)
    assert (found.conversation_id, found.at) == ("g", 1_649_237_444_949)


def test_other_topics_and_heartbeats_are_told():
    outcome = adapted("genesys", {"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}})
    assert outcome.events == ()
    assert paths(outcome) == ["$.topicName"]


@pytest.mark.parametrize(
    ("more", "role"),
    [
        ({}, "customer"),
        ({"direction": "Outbound", "originatingEntity": "Human"}, "agent"),
        ({"direction": "Outbound", "originatingEntity": "Bot"}, "bot"),
        ({"direction": "Outbound", "originatingEntity": ""}, "agent"),
    ],
)
def test_a_message_s_direction_tells_who_wrote_it(more, role):
    (turn,) = turns("genesys", genesys_message(**more))
    assert (turn.role, turn.turn_id, turn.spoken_at) == (role, "m-1", 1_740_823_200_250)


def test_a_message_without_a_readable_time_has_that_of_the_delivery():
    outcome = adapted("genesys", genesys_message(channel={"time": "some time"}))
    assert outcome.events[0].spoken_at == RECEIVED_MS
    assert any("absolute time" in item.reason for item in outcome.unmapped)


def test_messages_of_one_connection_are_one_conversation():
    lines = b"\n".join(body(genesys_message(id=name)) for name in ("one", "two"))
    assert len({turn.conversation_id for turn in turns("genesys", lines)}) == 1


def test_an_open_message_belongs_to_its_customer_whichever_way_it_goes():
    def message(direction, **channel):
        return {"id": direction, "type": "Text", "text": "Hello", "direction": direction, "channel": channel}

    out = turns("genesys", message("Outbound", to={"id": "+15550100003"}, time="2025-03-01T10:00:00Z"))
    back = turns("genesys", message("Inbound", **{"from": {"id": "+15550100003"}}))
    assert out[0].conversation_id == back[0].conversation_id
    assert "0100003" not in f"{out}{back}", "a number never goes out"


@pytest.mark.parametrize(
    "payload",
    [
        genesys_message(
            type="Event", text=None, events=[{"eventType": "Presence", "presence": {"type": "Disconnect"}}]
        ),
        genesys_message(type="Receipt", text=""),
        {**genesys_message(text="ping"), "type": "response", "tracingId": "fixed"},
        {"type": "response", "class": "string", "code": 4006, "body": "session expired"},
        {"type": "response", "class": "SessionResponse", "code": 200, "body": {"connected": True}},
    ],
)
def test_what_only_keeps_a_session_going_is_no_turn(payload):
    outcome = adapted("genesys", payload)
    assert outcome.events == ()
    assert len(outcome.unmapped) == 1


def test_a_customer_may_write_ping():
    assert len(turns("genesys", genesys_message(text="ping"))) == 1


def test_rich_content_says_what_the_text_does_not():
    content = [{"contentType": "ButtonResponse", "buttonResponse": {"text": "Yes, cancel it", "payload": "y"}}]
    (turn,) = turns("genesys", genesys_message(type="Structured", text="", content=content))
    assert turn.text == "Yes, cancel it"


def test_messages_of_the_interface_come_as_a_list():
    entity = {
        "id": "a",
        "textBody": "Hello",
        "direction": "outbound",
        "timestamp": "2025-03-01T10:00:00Z",
        "conversationId": "g",
    }
    (turn,) = turns("genesys", {"entities": [entity]})
    assert (turn.conversation_id, turn.role, turn.spoken_at) == ("g", "agent", 1_740_823_200_000)


def test_the_entities_of_a_transcription_connector_are_turns():
    data = {"id": "e1", "channelId": 0, "isFinal": True, "offset": "PT1.5S"}
    data["alternatives"] = [{"confidence": 0.8, "interpretations": [{"type": "display", "transcript": "Hello?"}]}]
    message = {
        "version": "2",
        "id": "s",
        "type": "event",
        "seq": 3,
        "clientseq": 2,
        "parameters": {"entities": [{"type": "transcript", "data": data}]},
    }
    (turn,) = turns("genesys", message)
    assert (turn.conversation_id, turn.turn_id, turn.role, turn.text) == ("s", "e1", "customer", "Hello?")
    opened = {
        "version": "2",
        "id": "s",
        "type": "open",
        "seq": 1,
        "serverseq": 0,
        "parameters": {"conversationId": "x"},
    }
    assert adapted("genesys", opened).events == ()


def test_a_file_has_a_turn_for_each_phrase_with_the_vendor_s_sentiment():
    found = turns("genesys", genesys_file())
    assert [(turn.role, turn.text, turn.spoken_at) for turn in found] == [
        ("agent", "Hello.", 1_740_823_201_000),
        ("customer", "no heating again", 1_740_823_202_500),
        ("customer", "third time", 1_740_823_205_000),
    ]
    assert found[0].participant_id == "user-7"
    assert found[1].vendor is not None
    assert found[1].vendor["sentiment"] == -1
    assert "$.transcripts[0].analytics.topics" in paths(adapted("genesys", genesys_file()))


def test_phrases_without_a_start_keep_their_distances():
    payload = genesys_file()
    del payload["conversationStartTime"]
    payload["transcripts"][0]["phrases"] = payload["transcripts"][0]["phrases"][1:]
    assert [turn.spoken_at for turn in turns("genesys", payload)] == [RECEIVED_MS - 2500, RECEIVED_MS]


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"topicName": "v2.conversations.x.transcription", "eventBody": {}}, "$.eventBody.conversationId"),
        ({"topicName": "v2.conversations.x.transcription"}, "$.eventBody"),
        (bus({"eventBody": {"conversationId": "c", "transcripts": "x"}}), "$.detail.eventBody.transcripts"),
        (bus({"eventBody": {"conversationId": "c", "transcripts": [3]}}), "$.detail.eventBody.transcripts[0]"),
        (genesys_message(text=5), "$.body.text"),
        ({"transcripts": [{"phrases": "x"}]}, "$.transcripts[0].phrases"),
        ({"host": "audiohook.example.com"}, "$"),
    ],
)
def test_a_broken_payload_is_refused_with_the_path(payload, path):
    with pytest.raises(AdapterError) as refused:
        adapted("genesys", payload)
    assert refused.value.path == path


@pytest.mark.parametrize("direction", ["Inbound", "Outbound"])
def test_a_customer_s_address_is_the_same_in_capitals(direction):
    def contact(address):
        channel = {"from": {"id": address}, "to": {"id": address}, "time": "2025-03-01T10:00:00.250Z"}
        message = {"id": "m-1", "type": "Text", "text": "Hi.", "direction": direction, "channel": channel}
        (turn,) = turns("genesys", message)
        return turn.conversation_id

    assert contact("Jo@Example.com") == contact("jo@example.com")


def test_a_user_of_genesys_is_an_agent():
    payload = genesys_file()
    payload["transcripts"][0]["phrases"][0]["participantPurpose"] = "user"
    payload["participants"][0]["participantPurpose"] = "user"
    first = turns("genesys", payload)[0]
    assert (first.role, first.participant_id) == ("agent", "user-7")
