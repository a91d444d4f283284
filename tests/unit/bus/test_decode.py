"""From raw bytes to an event, or to a reason that names no content."""

import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given, strategies as st

from warmline.bus.dead_letters import OUR_HEADERS, DeadLetter
from warmline.bus.decode import MAX_VALUE_BYTES, Decoder
from warmline.bus.envelope import Headers
from warmline.bus.record import BadRecordError, Record
from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.contracts.turn import Turn

DECODER = Decoder((CONVERSATION_TURN, CONVERSATION_STARTED, CONVERSATION_ENDED))
TURN = {
    "conversation_id": "c",
    "turn_id": "t",
    "role": "customer",
    "participant_id": "p",
    "text": "words that nobody may see",
    "spoken_at": 1,
}


def record(value: bytes | None, headers: Headers | None = None) -> Record:
    return Record("conversation.events", 0, 0, None, value, lambda: headers, 0)


def reason_of(value: bytes | None, headers: Headers | None = None) -> str:
    with pytest.raises(BadRecordError) as caught:
        DECODER.decode(record(value, headers))
    assert "nobody may see" not in str(caught.value)
    assert "nobody may see" not in caught.value.detail
    return caught.value.reason


def test_a_record_without_headers_is_a_turn() -> None:
    turn = DECODER.decode(record(msgspec.json.encode(TURN)))
    assert isinstance(turn, Turn)
    assert turn.final


def test_what_was_let_in_is_not_refused_for_its_size_further_on() -> None:
    """A score carries the turn's `vendor` and fields of ours, and is larger than the turn."""
    value = msgspec.json.encode({**TURN, "vendor": {"name": "x" * MAX_VALUE_BYTES}})
    assert reason_of(value) == "too_large"
    assert isinstance(Decoder((CONVERSATION_TURN,), ours=True).decode(record(value)), Turn)


def test_unknown_fields_are_tolerated() -> None:
    assert isinstance(DECODER.decode(record(msgspec.json.encode({**TURN, "loudness": 3}))), Turn)


def test_the_type_comes_from_the_header_or_else_from_the_value() -> None:
    ended = {"conversation_id": "c", "at": 5, "reason": "completed"}
    for event in (
        DECODER.decode(record(msgspec.json.encode(ended), [("ce_type", b"conversation.ended")])),
        DECODER.decode(record(msgspec.json.encode({**ended, "type": "conversation.ended"}))),
    ):
        assert event == ConversationEnded(conversation_id="c", at=5)


def test_schema_registry_framing_is_read_through() -> None:
    assert isinstance(DECODER.decode(record(b"\x00\x00\x00\x00\x07" + msgspec.json.encode(TURN))), Turn)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\x00", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'"text"', "wrong_schema"),
        (b"[" * 100_000, "wrong_schema"),
        (b'{"text":' + b"[" * 100_000, "not_json"),
        (b"x" * (MAX_VALUE_BYTES + 1), "too_large"),
        (msgspec.json.encode({**TURN, "role": "customer\x00"}), "wrong_schema"),
        (msgspec.json.encode({**TURN, "spoken_at": "yesterday"}), "wrong_schema"),
        (msgspec.json.encode({**TURN, "spoken_at": -1}), "wrong_schema"),
        (msgspec.json.encode({**TURN, "spoken_at": 1e300}), "wrong_schema"),
        (msgspec.json.encode({**TURN, "turn_id": ""}), "wrong_schema"),
        (msgspec.json.encode({**TURN, "asr_confidence": 1.5}), "wrong_schema"),
        (msgspec.json.encode({"type": "conversation.paused"}), "unknown_type"),
    ],
)
def test_what_cannot_be_an_event_is_refused_with_its_reason(value: bytes | None, reason: str) -> None:
    assert reason_of(value) == reason


def test_a_type_that_does_not_belong_here_is_refused() -> None:
    assert reason_of(msgspec.json.encode(TURN), [("ce_type", b"escalation.alert")]) == "unknown_type"


def test_on_a_topic_that_is_ours_alone_the_body_tells_the_first_type_and_the_header_the_others() -> None:
    ours = Decoder((CONVERSATION_TURN, CONVERSATION_STARTED, CONVERSATION_ENDED), ours=True)
    assert isinstance(ours.decode(record(msgspec.json.encode(TURN))), Turn)
    ended = msgspec.json.encode({"conversation_id": "c", "at": 5, "reason": "completed"})
    assert isinstance(ours.decode(record(ended, [("ce_type", b"conversation.ended")])), ConversationEnded)
    with pytest.raises(BadRecordError, match="wrong_schema"):
        ours.decode(record(msgspec.json.encode({**TURN, "role": "nobody"})))


@given(st.binary(max_size=300) | st.text(max_size=300).map(msgspec.json.encode))
def test_no_bytes_crash_it(value: bytes) -> None:
    with suppress(BadRecordError):
        DECODER.decode(record(value))


HIDDEN = "Xanthippe"
spoilt = st.sampled_from([HIDDEN, [HIDDEN], {HIDDEN: HIDDEN}, f"{HIDDEN}` - at `$.{HIDDEN}", "\ud800", 1, None])


@given(st.dictionaries(st.sampled_from([*TURN, "type", "at", "reason", "language", "final"]), spoilt))
def test_no_word_of_a_record_is_in_the_reason_of_its_refusal(fields: dict[str, object]) -> None:
    """The dead letter holds the raw record, by design; its reason goes to logs and lists, too."""
    value = json.dumps({**TURN, **fields}).encode()
    broken = value[:-1] + HIDDEN.encode()
    for raw, headers in ((value, None), (broken, None), (value, [("ce_type", HIDDEN.encode())])):
        told = ""
        try:
            DECODER.decode(record(raw, headers))
        except BadRecordError as error:
            letter = DeadLetter(record(raw, []), error.reason, error.detail)
            told = f"{error} {[text for name, text in letter.headers('scoring') if name in OUR_HEADERS]}"
        assert HIDDEN not in told
        assert "nobody may see" not in told


def test_numbers_that_are_larger_written_out_count_as_they_are_written_out() -> None:
    """What is made of the turn would be refused by the broker for its size, and the batch held for ever."""
    short = b",".join(b"%de%d" % (10 + n % 90, 4 + n * 7 % 11) for n in range(180_000))
    value = msgspec.json.encode(TURN)[:-1] + b',"vendor":{"marks":[' + short + b"]}}"
    assert len(value) < MAX_VALUE_BYTES
    assert reason_of(value) == "too_large"
