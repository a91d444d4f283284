"""What is wrong with an input, in words that quote none of it: those of msgspec may hold a value, so what was said."""

import re
from typing import NamedTuple

import msgspec

_AT = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>\$[\w.\[\]]*)`)?", re.DOTALL)
_OF_THE_SCHEMA = re.compile(
    r"Expected `[a-z |]+`(, got `[a-z |]+`| [<>]=? [\d.e+-]+| of length [<>=]=? \d+| that's a multiple of [\d.e+-]+)?"
    r"|Object missing required field `\w+`"
    r"|Invalid (RFC3339 encoded \w+|UUID|base64 encoded string|decimal string|epoch timestamp)"
    r"|(Number|Integer value|Timestamp|Duration) (is )?out of range"
)
"""What msgspec says that names types, limits and fields of the schema alone."""

_CHOICES = ("Invalid enum value", "Invalid value ")
_UNKNOWN_FIELD = "Object contains unknown field"


class Fault(NamedTuple):
    """What is wrong.

    Attributes:
        what: In words.
        path: Where, for example `$.spoken_at`; keys that a sender chooses are `[...]`.
    """

    what: str
    path: str


def in_words(error: Exception) -> str:
    """Return what is wrong with a line that could not be decoded, on one line and without what it quotes."""
    if not isinstance(error, msgspec.ValidationError):
        return str(error)  # where the JSON breaks, and no value
    fault = fault_of(error)
    return f"{fault.path}: {fault.what}"


def fault_of(error: msgspec.ValidationError) -> Fault:
    """Return what a refusal says without what it quotes."""
    found = _AT.fullmatch(str(error))
    what, path = (found["what"], found["path"] or "$") if found else ("", "$")
    if _OF_THE_SCHEMA.fullmatch(what):
        return Fault(what, path)
    if what.startswith(_CHOICES):
        return Fault("is none of the allowed values", path)
    if what.startswith(_UNKNOWN_FIELD):
        return Fault("has a field that is not known", "$")  # its name may look like a path
    return Fault("is not what the schema says", path)
