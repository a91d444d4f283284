"""Output ids that are deterministic from their cause, so that a replay publishes the same ids."""

from hashlib import blake2b

ID_BYTES = 16  # 128 bits: among a trillion events the chance of one collision is below 1e-14
UNIT_SEPARATOR = "\x1f"  # between parts, so that ("ab", "c") and ("a", "bc") differ


def deterministic_id(*parts: str | int) -> str:
    """Return 32 hexadecimal digits that depend on the parts alone."""
    joined = UNIT_SEPARATOR.join(map(str, parts))
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES).hexdigest()
