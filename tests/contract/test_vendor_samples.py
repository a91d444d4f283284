"""Real payloads of vendors, where they are at hand: each gives as many turns as a count by eye finds in it.

The payloads belong to others and are no part of this repository. WARMLINE_TEST_DATA names the folder that holds
vendor_samples; without it this file is skipped.
"""

import os
from pathlib import Path

import pytest

from warmline.adapters.adapted import AdapterError
from warmline.adapters.registry import adapt
from warmline.contracts.turn import Turn

VARIABLE = "WARMLINE_TEST_DATA"
SAMPLES = Path(os.environ.get(VARIABLE, "")) / "vendor_samples"
VENDORS = {"aws_contact_lens": "contact-lens", "genesys_cloud": "genesys", "google_ccai": "google"}

REFUSED = -1
COUNTED = {
    "aws_contact_lens/eventbridge_analysis_failed.json": 0,
    "aws_contact_lens/eventbridge_contact_disconnected.json": 0,
    "aws_contact_lens/eventbridge_realtime_rule_matched.json": 0,
    "aws_contact_lens/kinesis_chat_segments.json": 1,
    "aws_contact_lens/kinesis_chat_started.json": 0,
    "aws_contact_lens/kinesis_voice_completed.json": 0,
    "aws_contact_lens/kinesis_voice_segments.json": 2,
    "aws_contact_lens/kinesis_voice_started.json": 0,
    "aws_contact_lens/s3_postcall_voice_raw.json": 10,
    "aws_contact_lens/s3_postchat_raw.json": 31,
    "genesys_cloud/audiohook_signature_vector.json": REFUSED,  # a vector, no payload
    "genesys_cloud/eventbridge_customer_end.json": 0,
    "genesys_cloud/eventbridge_customer_start.json": 0,
    "genesys_cloud/eventbridge_transcription_session_ended.json": 0,
    "genesys_cloud/eventbridge_transcription_two_utterances.json": 2,
    "genesys_cloud/transcript_file_voice.json": 3,
    "genesys_cloud/webmessaging_inbound_text.json": 1,
    "genesys_cloud/webmessaging_outbound_text_bot.json": 1,
    "genesys_cloud/webmessaging_presence_disconnect.json": 0,
    "genesys_cloud/webmessaging_quick_replies_bot.json": 1,
    "genesys_cloud/webmessaging_session_expired_error.json": 0,
    "google_ccai/analyze_content_human_agent.json": 1,
    "google_ccai/insights_analysis_sentiment.json": 0,
    "google_ccai/insights_conversation.json": 2,
    "google_ccai/insights_import_chat.json": 14,
    "google_ccai/pubsub_data_conversation_started.json": 0,
    "google_ccai/pubsub_push_conversation_started.json": 0,
    "twilio/conversations_message_resource.json": 1,
    "twilio/conversations_on_message_added.form.txt": 1,
    "twilio/intelligence_operator_results_list.json": 0,
    "twilio/intelligence_sentences_list.json": 1,
    "twilio/intelligence_transcript.json": 0,
    "twilio/intelligence_v3_rule_webhook.json": 0,
    "twilio/rt_content_final.json": 1,
    "twilio/rt_content_partial.json": 0,
    "twilio/rt_started.json": 0,
    "twilio/rt_stopped.json": 0,
    "twilio/signature_vectors.json": REFUSED,  # vectors, no payload
    "vcon/fake_text_turns_agent_contact.vcon.json": 10,
    "vcon/fake_transcript_blob_no_dialog_body.vcon.json": 11,
    "vcon/ietf_ab_call_ext_rec_amended.vcon.json": 1,
    "vcon/ietf_ab_call_ext_rec_analysis.vcon.json": 4,  # paragraphs: the largest pieces that have a speaker each
    "vcon/ietf_ab_call_ext_rec_redacted.vcon.json": 18,
    "vcon/ietf_ab_call_ext_rec_signed.vcon.json": 0,
    "vcon/ietf_ab_email_prob_followup_text_thread.vcon.json": 3,
    "vcon/invalid_null_parties.json": REFUSED,
    "vcon/invalid_out_of_range_party_indices.json": REFUSED,
    "vcon/server_no_version_speaker_message.vcon.json": 11,
    "vcon/wtf_transcription_body.json": 2,
}

pytestmark = pytest.mark.skipif(
    not (os.environ.get(VARIABLE) and SAMPLES.is_dir()), reason=f"{VARIABLE} names no folder with vendor_samples in it"
)


def vendor_of(name):
    folder = name.partition("/")[0]
    return VENDORS.get(folder, folder)


@pytest.mark.parametrize(("name", "expected"), COUNTED.items())
def test_a_sample_gives_its_turns(name, expected):
    raw = (SAMPLES / name).read_bytes()
    if expected == REFUSED:
        with pytest.raises(AdapterError):
            adapt(vendor_of(name), raw, "", received_ms=1_760_000_000_000)
        return
    outcome = adapt(vendor_of(name), raw, "", received_ms=1_760_000_000_000)
    found = [event for event in outcome.events if isinstance(event, Turn)]
    assert len(found) == expected
    assert len({(turn.conversation_id, turn.turn_id) for turn in found}) == expected
    assert outcome.events or outcome.unmapped


def test_every_sample_is_counted():
    folders = {name.partition("/")[0] for name in COUNTED}
    there = {f"{file.parent.name}/{file.name}" for folder in folders for file in (SAMPLES / folder).iterdir()}
    assert {name for name in there if not name.endswith("FORMAT.md")} == set(COUNTED)
