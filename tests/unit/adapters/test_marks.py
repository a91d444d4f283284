"""What of a vendor's marks is carried: nothing that repeats the words, nothing that tells how anybody sounded."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.adapters.payloads import EVERY, adapted, copied, turns
from tests.unit.adapters.test_generic import FILE
from warmline.adapters.adapter_settings import load_adapter_settings
from warmline.adapters.marks import marks, travels

SOUNDS = (
    "LoudnessScore", "loudness", "LOUDNESS_SCORES", "loudnessscore", "Volume", "avgVolumeDb", "dB", "dBFS", "level_db",
    "Pitch", "pitch_hz", "meanF0Hz", "f0_mean", "intonation", "prosodyScore", "VoiceTone", "tone_of_voice", "tonality",
    "pace", "speakingPace", "speech_rate", "speech rate", "speech-rate", "SpeechRate", "speechrate", "rateOfSpeech",
    "TalkSpeed", "AverageWordsPerMinute", "words_per_minute", "wpm", "speechTempo", "cadence", "rmsEnergy", "jitter",
    "vocal.energy", "acousticFeatures", "typingSpeed", "typing_rhythm", "keystrokes", "silence_ratio", "silenceData",
    "overtalk", "crossTalk", "overlapping_speech", "Interruptions", "interruptionData",
)  # fmt: skip
"""Names of acoustic features and of rhythms as vendors, recognisers and signal processing write them."""

OTHERS = (
    "name", "sentiment", "score", "magnitude", "progressive_score", "redaction", "RedactedTimestamps", "output",
    "end_offset_ms", "duration_ms", "speech_end_offset", "issues", "CharacterOffsets", "BeginOffsetChar", "outcomes",
    "action_items", "engine", "engine_provider", "communication_id", "stability", "direction", "originating_entity",
    "platform", "contains_entities", "channel_tag", "media_channel", "track", "session", "source", "index", "mediatype",
    "analysis", "vendor", "mood", "confidence", "milestone", "workspace", "timezone", "exchange_rate", "voicemail",
    "spokenLanguage", "word_error_rate", "sample_rate", "feedback",
)  # fmt: skip
"""Every name that an adapter keeps a mark under, and names that hold letters of the above by chance."""

ALL = [(vendor, payload) for vendor, listed in EVERY.items() for payload, _ in listed]


@pytest.mark.parametrize("name", SOUNDS)
def test_a_mark_named_after_a_sound_or_a_rhythm_is_left_out(name):
    assert not travels(name)
    assert marks({"name": "x", name: 1, "inside": [{name: [1, 2], "score": 3}]}) == {
        "name": "x",
        "inside": [{"score": 3}],
    }


@pytest.mark.parametrize("name", OTHERS)
def test_other_marks_are_carried(name):
    assert marks({name: 1, "inside": {name: [1]}}) == {name: 1, "inside": {name: [1]}}


@pytest.mark.parametrize("name", ["text", "Content", "DisplayName", "phrase", "transcript"])
def test_what_repeats_the_words_is_left_out_wherever_it_stands(name):
    assert marks({name: "said", "inside": {name: "said", "score": 1}}) == {"inside": {"score": 1}}


scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(OTHERS), inner, max_size=4),
    max_leaves=15,
)
clean = st.dictionaries(st.sampled_from(OTHERS), nested, max_size=5)


def planted(value: Any, data: st.DataObject) -> Any:
    """Return a value with acoustic features put into its objects, at any place in them."""
    if isinstance(value, list):
        return [planted(item, data) for item in value]
    if not isinstance(value, dict):
        return value
    fields = [(key, planted(item, data)) for key, item in value.items()]
    for name in data.draw(st.lists(st.sampled_from(SOUNDS), max_size=3, unique=True)):
        fields.insert(data.draw(st.integers(0, len(fields))), (name, data.draw(nested)))
    return dict(fields)


@given(fields=clean, data=st.data())
@settings(deadline=None)
def test_marks_are_the_same_with_acoustic_features_at_any_depth_and_without(fields, data):
    assert marks(planted(fields, data)) == marks(fields)


def sounding(value: Any) -> Any:
    """Return a payload whose every object tells how it sounded."""
    if isinstance(value, list):
        return [sounding(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {**{key: sounding(item) for key, item in value.items()}, **{key: [61.5, {"score": 2}] for key in SOUNDS}}


@pytest.mark.parametrize(("vendor", "payload"), ALL)
def test_no_vendor_brings_a_sound_in(vendor, payload):
    assert adapted(vendor, sounding(copied(payload))).events == adapted(vendor, payload).events


def test_no_mapping_of_an_in_house_format_brings_a_sound_or_the_words_in(tmp_path):
    file = tmp_path / "adapters.yaml"
    kept = "vendor: {mood: item.mood, avg_volume: item.loud, transcript: item.words, all: item}"
    file.write_text(FILE.replace("vendor: {mood: item.mood}", kept))
    said = {"type": "said", "talk": "t", "number": 1, "words": "Hm?", "who": "PUNTER", "mood": "low", "loud": 61.5}
    (turn,) = turns("generic", {"kind": "desk", "changes": [said]}, load_adapter_settings(file))
    assert turn.vendor is not None
    assert turn.vendor.keys() == {"name", "mood", "all"}
    assert "loud" not in turn.vendor["all"]
