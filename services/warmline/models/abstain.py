"""When the services should not use a score: an answer of its own, never a made-up neutral."""

from collections.abc import Collection
from typing import Literal

from warmline.contracts.turn import Turn
from warmline.models.language import is_understood
from warmline.models.signs import has_sign

Reason = Literal["system_turn", "no_words", "language", "asr_confidence", "low_confidence"]
"""In the order of precedence: the first that holds is given."""


def has_words(text: str) -> bool:
    """Say whether there is a letter or an ideograph to read, or an emoji that is read as words."""
    return any(char.isalpha() for char in text) or has_sign(text)


def abstention(  # what is known of one score
    turn: Turn,
    language: str,
    confidence: float,
    *,
    confidence_min: float,
    asr_min: float,
    understood: Collection[str],
) -> Reason | None:
    """Return why the score of a turn should not be used, or None.

    Args:
        turn: The turn.
        language: BCP 47 tag, given or detected.
        confidence: The model's confidence in its answer, 0..1.
        confidence_min: Least confidence, 0..1.
        understood: Languages that the model understands, two-letter codes.
        asr_min: Least confidence of the recogniser, 0..1; a typed turn has none and passes.
    """
    if turn.role == "system":
        return "system_turn"
    if not has_words(turn.text):
        return "no_words"
    if not is_understood(language, understood):
        return "language"
    if turn.asr_confidence is not None and turn.asr_confidence < asr_min:
        return "asr_confidence"
    if confidence < confidence_min:
        return "low_confidence"
    return None
