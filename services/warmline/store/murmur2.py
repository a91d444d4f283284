"""The hash by which Kafka's Java clients, and our producers (`murmur2_random`), choose a partition.

Austin Appleby's MurmurHash2 with the seed that Kafka's `Utils.murmur2` fixes; a test compares it with real Kafka.
"""

import struct

_words = struct.Struct("<I")

SEED = 0x9747B28C
MULTIPLIER = 0x5BD1E995
SHIFT = 24
MASK = 0xFFFFFFFF


def murmur2_positive(data: bytes) -> int:
    """Return the hash with its sign bit cut off, 0..2^31-1: a partition is this modulo the number of partitions."""
    length = len(data)
    value = SEED ^ length
    whole = length & ~3
    for (word,) in _words.iter_unpack(data[:whole]):
        mixed = (word * MULTIPLIER) & MASK
        mixed = ((mixed ^ (mixed >> SHIFT)) * MULTIPLIER) & MASK
        value = ((value * MULTIPLIER) & MASK) ^ mixed
    tail = data[whole:]
    if tail:
        value = ((value ^ int.from_bytes(tail, "little")) * MULTIPLIER) & MASK
    value = ((value ^ (value >> 13)) * MULTIPLIER) & MASK
    return (value ^ (value >> 15)) & 0x7FFFFFFF
