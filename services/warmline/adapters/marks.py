"""What of a vendor's scores and marks may travel in a turn's `vendor` field: small, plain and free of words."""

from typing import Any

MOST_ITEMS = 256
MOST_CHARS = 256
MOST_DEPTH = 6
"""A field of marks beyond these is no mark but a document; it is left out. Four minutes of loudness a second fit."""

LARGEST = 2**53
"""Integers beyond it do not survive other JSON readers."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value cut down to what is carried; None for what is not."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | str):
        fits = len(value) <= MOST_CHARS if isinstance(value, str) else abs(value) <= LARGEST
        return value if fits else None
    if depth == MOST_DEPTH or len(value) > MOST_ITEMS:
        return None
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    return {str(key)[:MOST_CHARS]: plain(item, depth + 1) for key, item in value.items()}


def without_words(value: Any, depth: int = 0) -> Any:
    """Return a value without the fields that repeat what was said, wherever they stand in it."""
    if depth == MOST_DEPTH:
        return None
    if isinstance(value, list):
        return [without_words(item, depth + 1) for item in value]
    if isinstance(value, dict):
        words = {"text", "content", "displayname", "phrase", "transcript"}
        return {key: without_words(item, depth + 1) for key, item in value.items() if str(key).lower() not in words}
    return value


def marks(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that hold something, each cut down to what is carried."""
    kept = {name: plain(without_words(value)) for name, value in fields.items()}
    return {name: value for name, value in kept.items() if value not in (None, [], {})}
