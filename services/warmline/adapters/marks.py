"""What of a vendor's scores and marks may travel in a turn's `vendor` field: small, plain, free of words and sound."""

import re
from functools import lru_cache
from typing import Any

MOST_ITEMS = 256
MOST_CHARS = 256
MOST_DEPTH = 6
"""A field of marks beyond these is no mark but a document; it is left out. The redacted spans of a long turn fit."""

LARGEST = 2**53
"""Integers beyond it do not survive other JSON readers."""

WORDS = frozenset({"text", "content", "displayname", "phrase", "transcript"})
"""Names, in small letters, under which vendors repeat what was said."""

_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_]+")
"""Where the words of a name meet: in `avgVolumeDb`, `DBLevel`, `speech-rate`."""

_ACOUSTIC = re.compile(
    r"""
    loudness | pitch | prosod | acoustic | intonation | tonality | decibel | amplitude | timbre | formant | mfcc
    | vocal | arousal | silence | syllable | keystroke | interruption
    | (?:over|cross)_?talk | overlap(?:ping)?_?(?:speech|talk)
    | (?:^|_)(?:loud|pace|pacing|tones?|volumes?|tempo|rhythm|cadence|energy|typing|wpm)(?:_|$)
    | (?:^|_)(?:d_?b(?:_?fs)?|f0|rms|hnr|jitter|shimmer)(?:_|$)
    | (?:speech|speaking|spoken|talk|talking|articulation|voice|words?)_?(?:rate|speed|rhythm|per_?minute|per_?second)
    | (?:rate|speed)_?of_?(?:speech|speaking|talk)
    """,
    re.VERBOSE,
)
"""Finds, in a name with `_` between its words, how somebody sounded, how fast they spoke or typed, who was silent or
cut in. Short words count only as a whole: `milestone` has a tone in it, `workspace` a pace."""


@lru_cache(maxsize=4_096)
def is_acoustic(name: str) -> bool:
    """Tell whether a field is named after a feature of a voice, or of the rhythm of speech or typing.

    No contract has such a feature, about anybody. A name too many is a mark the less; one too few would break that.
    """
    return _ACOUSTIC.search(_JOINT.sub("_", name).lower()) is not None


def travels(name: str) -> bool:
    """Tell whether a field of this name is carried: neither what was said nor how it sounded."""
    carried = name[:MOST_CHARS]
    return carried.lower() not in WORDS and not is_acoustic(carried)


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


def without_words_and_sound(value: Any, depth: int = 0) -> Any:
    """Return a value without the fields that repeat what was said or tell how it sounded, wherever they stand in it."""
    if depth == MOST_DEPTH:
        return None
    if isinstance(value, list):
        return [without_words_and_sound(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: without_words_and_sound(item, depth + 1) for key, item in value.items() if travels(str(key))}
    return value


def marks(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that hold something and travel, each cut down to what is carried."""
    kept = {name: plain(without_words_and_sound(value)) for name, value in fields.items() if travels(name)}
    return {name: value for name, value in kept.items() if value not in (None, [], {})}
