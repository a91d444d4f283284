"""Google: Agent Assist events with and without Pub/Sub around them, Insights conversations and import files."""

import pytest

from tests.unit.adapters.payloads import (
    RECEIVED_MS,
    adapted,
    body,
    google_message,
    google_recognised,
    insights,
    insights_import,
    paths,
    pubsub,
    turns,
    turns_of,
)
from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, GoogleSettings
from warmline.contracts.conversation import ConversationEnded, ConversationStarted


@pytest.mark.parametrize("wrap", [lambda event: event, pubsub, lambda event: pubsub(event)["message"]])
def test_a_new_message_is_a_turn_when_it_was_sent(wrap):
    (turn,) = turns("google", wrap(google_message()))
    assert (turn.turn_id, turn.role, turn.spoken_at) == ("m-1", "customer", 1_751_371_201_250)
    assert turn.participant_id == "pt-1"
    assert turn.vendor == {"name": "google", "sentiment": {"score": -0.6, "magnitude": 0.6}}


def test_the_location_in_a_name_makes_no_other_conversation():
    without = google_message()
    without["conversation"] = "projects/p/conversations/c-1"
    assert turns("google", without)[0].conversation_id == turns("google", google_message())[0].conversation_id


@pytest.mark.parametrize(
    ("role", "expected"), [("HUMAN_AGENT", "agent"), ("AUTOMATED_AGENT", "bot"), ("END_USER", "customer")]
)
def test_the_participant_s_role_is_the_speaker_s(role, expected):
    assert turns("google", google_message(participantRole=role))[0].role == expected


def test_a_score_of_zero_is_absent_in_google_s_json_and_kept_as_zero():
    (turn,) = turns("google", google_message(sentimentAnalysis={"queryTextSentiment": {}}))
    assert turn.vendor == {"name": "google", "sentiment": {"score": 0, "magnitude": 0}}


def test_a_recognition_result_takes_its_speaker_from_the_attributes():
    wrapped = pubsub(google_recognised(), participant_role="HUMAN_AGENT", participant_id="pt-2", message_id="m-1")
    (turn,) = turns("google", wrapped)
    assert (turn.turn_id, turn.role, turn.participant_id, turn.spoken_at) == ("m-1", "agent", "pt-2", 1_751_371_203_000)


def test_a_result_and_the_message_made_of_it_are_one_turn():
    lines = (
        body(pubsub(google_recognised(), message_id="m-1", participant_role="END_USER"))
        + b"\n"
        + body(google_message())
    )
    assert len(turns("google", lines)) == 1


def test_a_result_that_is_not_final_or_no_words_is_no_turn():
    unsaid = google_recognised()
    del unsaid["newRecognitionResultPayload"]["isFinal"]
    for event in (unsaid, google_recognised(messageType="END_OF_SINGLE_UTTERANCE", transcript="")):
        outcome = adapted("google", event)
        assert outcome.events == ()
        assert paths(outcome) == ["$.newRecognitionResultPayload"]


@pytest.mark.parametrize(
    ("kind", "event"), [("CONVERSATION_STARTED", ConversationStarted), ("CONVERSATION_FINISHED", ConversationEnded)]
)
def test_the_edges_come_at_the_time_of_their_envelope(kind, event):
    (found,) = adapted("google", pubsub({"conversation": "projects/p/conversations/c", "type": kind})).events
    assert isinstance(found, event)
    assert found.at == 1_751_371_203_000


@pytest.mark.parametrize(
    "payload",
    [
        {"conversation": "projects/p/conversations/c", "type": "HUMAN_INTERVENTION_NEEDED"},
        {"conversation": "projects/p/conversations/c", "type": "TYPE_OF_TOMORROW"},
        {"conversation": "projects/p/conversations/c", "participant": "x", "suggestionResults": [{}]},
        {"name": "projects/p/conversations/c", "lifecycleState": "COMPLETED"},
        {"name": "a", "analysisResult": {"callAnalysisMetadata": {}}},
        {"message": {"messageId": "1", "attributes": {"a": "b"}}},
    ],
)
def test_events_without_words_are_told(payload):
    outcome = adapted("google", payload)
    assert outcome.events == ()
    assert len(outcome.unmapped) == 1


def test_an_answer_of_the_interface_holds_a_message_and_tells_what_else():
    answer = {"message": google_message()["newMessagePayload"], "humanAgentSuggestionResults": [{}]}
    outcome = adapted("google", answer)
    assert [turn.turn_id for turn in turns_of(outcome)] == ["m-1"]
    assert paths(outcome) == ["$.humanAgentSuggestionResults"]


def test_segments_of_insights_have_their_own_time_or_the_start_and_their_first_word_s():
    outcome = adapted("google", insights())
    assert [(turn.role, turn.spoken_at, turn.turn_id[:6]) for turn in turns_of(outcome)] == [
        ("agent", 1_751_371_200_500, "000000"),
        ("customer", 1_751_371_209_000, "000001"),
        ("customer", 1_751_371_200_000, "000002"),
    ]
    assert outcome.events[0].participant_id == "agent-9"
    assert outcome.events[1].vendor["sentiment"] == {"score": 0, "magnitude": 0}


def test_channels_can_be_named_by_the_settings_and_an_analysis_scores_segments():
    payload = insights()
    del payload["callMetadata"]
    annotation = {"annotationStartBoundary": {}, "sentimentData": {"score": 0.4}}
    payload["latestAnalysis"] = {"analysisResult": {"callAnalysisMetadata": {"annotations": [annotation]}}}
    first, _, third = turns("google", payload, AdapterSettings(google=GoogleSettings(channels={"1": "bot"})))
    assert third.role == "bot"
    assert first.vendor == {"name": "google", "sentiment": {"score": 0.4, "magnitude": 0}}
    assert turns("google", payload)[2].role == "system"


def test_exported_conversations_are_written_with_underscores():
    segment = {"text": "Hello.", "segment_participant": {"role": "END_USER"}, "message_time": "2025-07-01T12:00:00Z"}
    payload = {
        "conversations": [
            {"name": "projects/p/locations/us/conversations/b", "transcript": {"transcript_segments": [segment]}}
        ]
    }
    (turn,) = turns("google", payload)
    assert (turn.conversation_id, turn.role) == ("projects/p/conversations/b", "customer")


def test_an_import_file_counts_microseconds_also_where_they_are_strings():
    found = turns("google", insights_import())
    assert [(turn.role, turn.spoken_at) for turn in found] == [
        ("agent", 1_751_371_200_000),
        ("customer", 1_751_371_201_500),
    ]
    assert len({turn.turn_id for turn in found}) == 2
    assert found == turns("google", insights_import())


def test_times_near_1970_are_taken_as_they_stand_and_told():
    payload = {"entries": [{"start_timestamp_usec": 1_000_000, "text": "Hi.", "role": "AGENT"}]}
    outcome = adapted("google", payload)
    assert outcome.events[0].spoken_at == 1000
    assert "$.entries[0].start_timestamp_usec" in paths(outcome)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"type": "NEW_MESSAGE", "conversation": "c"}, "$.newMessagePayload"),
        (google_message(content=["x"]), "$.newMessagePayload.content"),
        ({"type": "CONVERSATION_STARTED", "conversation": ""}, "$.conversation"),
        ({"message": {"data": "!!", "messageId": "1"}}, "$.message.data"),
        ({"message": {"data": "CgR0ZXN0EAE=", "messageId": "1"}}, "$.message.data"),
        ({"entries": {"text": "x"}}, "$.entries"),
        ({"transcript": {"transcriptSegments": [1]}}, "$.transcript.transcriptSegments[0]"),
        ({"unknown": 1}, "$"),
    ],
)
def test_a_broken_payload_is_refused_with_the_path(payload, path):
    with pytest.raises(AdapterError) as refused:
        adapted("google", payload)
    assert refused.value.path == path


def test_a_binary_message_says_what_to_set():
    with pytest.raises(AdapterError, match="message format JSON"):
        adapted("google", {"message": {"data": "CgR0ZXN0EAE=", "messageId": "1"}}, None)


def test_a_message_without_a_time_has_that_of_its_delivery():
    (turn,) = turns("google", google_message(createTime=None, sendTime=None))
    assert turn.spoken_at == RECEIVED_MS
