"""Output ids that are deterministic from their cause, so that a replay publishes the same ids."""

from hashlib import blake2b

ID_BYTES = 16  # 128 bits: among a trillion events the chance of one collision is below 1e-14
_EMPTY = blake2b(digest_size=ID_BYTES)
UNIT_SEPARATOR = "\x1f"  # between parts, so that ("ab", "c") and ("a", "bc") differ


def deterministic_id(*parts: str | int) -> str:
    """Return 32 hexadecimal digits that depend on the parts alone."""
    joined = UNIT_SEPARATOR.join(map(str, parts))
    hashed = _EMPTY.copy()  # a copy costs half of what a new one with its parameters does
    hashed.update(joined.encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


def scored_id(conversation_id: str, turn_id: str) -> str:
    """Return the id of the `conversation.scored` event of a turn."""
    return deterministic_id("conversation.scored", conversation_id, turn_id)


def edge_id(event_type: str, conversation_id: str, at: int) -> str:
    """Return the id of a `conversation.started` or `conversation.ended` event as scoring passes it on."""
    return deterministic_id(event_type, conversation_id, at)
