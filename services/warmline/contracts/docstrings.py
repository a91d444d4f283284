"""A struct's docstring as its readers need it: what the struct is, and a description of every field.

The docstring is the one place where a field is explained; the schemas that other teams read are made from it.
"""

import inspect
import re
from dataclasses import dataclass

SECTION = "Attributes:"
ENTRY = re.compile(r"^ {4}(?P<name>\w+): (?P<text>.+)$")
CONTINUATION = re.compile(r"^ {8}\s*(?P<text>\S.*)$")
JSON_WORDS = {"None": "null", "True": "true", "False": "false"}
PYTHON_WORD = re.compile(r"\b(None|True|False)\b")


class DescriptionError(ValueError):
    """A docstring and the fields of its struct do not fit; the message names the struct and the field."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a docstring says.

    Attributes:
        about: The text before the fields.
        fields: Description of each field, by its name.
    """

    about: str
    fields: dict[str, str]


def described(struct: str, docstring: str, fields: list[str]) -> Described:
    """Return what a docstring says of a struct and of each of its fields.

    Args:
        struct: Name of the struct, for the error.
        docstring: Its docstring, in Google style.
        fields: Names of its fields, all of which must be described.

    Raises:
        DescriptionError: A field has no description, or a description has no field.
    """
    about, _, section = inspect.cleandoc(docstring).partition(f"\n{SECTION}\n")
    found = _entries(section)
    missing = [name for name in fields if name not in found]
    if missing:
        raise DescriptionError(f"{struct}.{missing[0]}: not described in the docstring's `{SECTION}`")
    stray = [name for name in found if name not in fields]
    if stray:
        raise DescriptionError(f"{struct}: the docstring describes `{stray[0]}`, which is no field")
    return Described(_as_json_words(about), {name: _as_json_words(found[name]) for name in fields})


def _entries(section: str) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        if line[:1].strip():
            break  # the next section begins
        if entry := ENTRY.match(line):
            name = entry["name"]
            found[name] = entry["text"]
        elif name and (more := CONTINUATION.match(line)):
            found[name] += f" {more['text']}"
        else:
            name = ""
    return found


def _as_json_words(text: str) -> str:
    """Return the text as one paragraph per blank line, with JSON's words for Python's."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
    return PYTHON_WORD.sub(lambda word: JSON_WORDS[word[0]], "\n\n".join(paragraphs))
