"""From a raw record to the struct of its type, or to the reason why not."""

from collections.abc import Iterable
from contextlib import suppress

import msgspec
from msgspec import Struct

from warmline.bus.config import MAX_MESSAGE_BYTES
from warmline.bus.envelope import header
from warmline.bus.record import BadRecordError, Record
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.faults import in_words

MAX_VALUE_BYTES = 1_000_000
"""The longest turn in the widest encoding is 400 KB. Below Kafka's own default limit of 1,048,588 bytes a batch, since
what is made of an event, with its `vendor` as it came and some KB of ours, has to be taken too: else its batch would be
held for ever."""
GROWS_AT_MOST = 4  # of five bytes, "9e15,", become 19: numbers in `vendor` are written out in what is made of an event
FRAME_MAGIC = 0  # Confluent Schema Registry: a zero byte and four bytes of schema id before the JSON
FRAME_BYTES = 5


class _Typed(Struct):
    """Peeks at the type that a producer without headers may put beside the data."""

    type: str | None = None


class Decoder:
    """Decodes the types that one topic carries.

    Args:
        types: CloudEvents types expected on the topic; a record that names none is of the first.
        ours: Whether Warmline alone writes the topic. Then a value that is a whole event of the first type is one, and
            the headers, which are slow to read, are asked only of the others.
    """

    def __init__(self, types: Iterable[str], *, ours: bool = False) -> None:
        self._types = tuple(types)
        self._ours = ours
        self._most_bytes = MAX_MESSAGE_BYTES if ours else MAX_VALUE_BYTES  # what was let in is not refused further on
        self._decoders = {name: msgspec.json.Decoder(STRUCT_OF_TYPE[name]) for name in self._types}
        self._first = self._decoders[self._types[0]]
        self._peek = msgspec.json.Decoder(_Typed)

    def decode(self, record: Record) -> Struct:
        """Return the event.

        Raises:
            BadRecordError: The record cannot be one; its reason says why.
        """
        value = record.value
        if not value:
            raise BadRecordError("empty", "the record has no value")
        if len(value) > self._most_bytes:
            raise BadRecordError("too_large", f"{len(value)} bytes are more than {self._most_bytes}")
        if value[0] == FRAME_MAGIC:
            value = value[FRAME_BYTES:]
        if self._ours:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return self._first.decode(value)
        try:
            return self._of_outside(record, value)
        except msgspec.ValidationError as error:
            raise BadRecordError("wrong_schema", in_words(error)) from None
        except UnicodeDecodeError:
            raise BadRecordError("not_json", "not UTF-8") from None
        except RecursionError:
            raise BadRecordError("not_json", "nested too deeply") from None
        except msgspec.DecodeError as error:
            raise BadRecordError("not_json", str(error)) from None  # tells the place alone

    def _of_outside(self, record: Record, value: bytes) -> Struct:
        event = self._decoders[self._type_of(record, value)].decode(value)
        if not self._ours and len(value) > MAX_VALUE_BYTES // GROWS_AT_MOST:
            grown = len(msgspec.json.encode(event))
            if grown > MAX_VALUE_BYTES:
                raise BadRecordError("too_large", f"{grown} bytes, written out, are more than {MAX_VALUE_BYTES}")
        return event

    def _type_of(self, record: Record, value: bytes) -> str:
        raw = header(record.headers, "ce_type")
        if raw is not None:
            name = raw.decode("utf-8", "replace")
        elif len(self._types) == 1:
            return self._types[0]
        else:
            name = self._peek.decode(value).type or self._types[0]
        if name not in self._decoders:
            told = name if name in STRUCT_OF_TYPE else "a type that is not known"
            raise BadRecordError("unknown_type", f"this topic carries {', '.join(self._types)}, not {told}")
        return name
