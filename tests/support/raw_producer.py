"""Produces records whose header names are not UTF-8, which no Python client would: straight through librdkafka."""

import ctypes
from collections.abc import Sequence
from pathlib import Path

import confluent_kafka
import pytest

TOPIC, VALUE, KEY, HEADER = 1, 4, 5, 9
"""rd_kafka_vtype_t: what the arguments of rd_kafka_producev are."""
PRODUCER = 0
TIMEOUT_MS = 30_000


def produce_raw(
    bootstrap: str, topic: str, key: bytes, value: bytes, headers: Sequence[tuple[bytes, bytes]], copies: int = 1
) -> None:
    """Produce a record and await its acknowledgement; skips where librdkafka is not beside its wheel."""
    found = sorted(Path(confluent_kafka.__file__).parents[1].glob("confluent_kafka.libs/librdkafka*.so*"))
    if not found:
        pytest.skip("librdkafka is not beside confluent-kafka's wheel")
    library = ctypes.CDLL(str(found[0]))
    library.rd_kafka_conf_new.restype = library.rd_kafka_new.restype = ctypes.c_void_p
    fault = ctypes.create_string_buffer(512)
    config = ctypes.c_void_p(library.rd_kafka_conf_new())
    for name, wanted in ((b"bootstrap.servers", bootstrap.encode()), (b"partitioner", b"murmur2_random")):
        assert library.rd_kafka_conf_set(config, name, wanted, fault, 512) == 0, fault.value
    client = ctypes.c_void_p(library.rd_kafka_new(PRODUCER, config, fault, 512))
    assert client, fault.value
    arguments = [ctypes.c_int(TOPIC), ctypes.c_char_p(topic.encode())]
    for kind, content in ((VALUE, value), (KEY, key)):
        arguments += [ctypes.c_int(kind), ctypes.c_char_p(content), ctypes.c_size_t(len(content))]
    for name, content in headers:
        arguments += [ctypes.c_int(HEADER), ctypes.c_char_p(name)]
        arguments += [ctypes.c_char_p(content), ctypes.c_ssize_t(len(content))]
    for _ in range(copies):
        assert library.rd_kafka_producev(client, *arguments, ctypes.c_int(0)) == 0
    assert library.rd_kafka_flush(client, TIMEOUT_MS) == 0
    library.rd_kafka_destroy(client)
