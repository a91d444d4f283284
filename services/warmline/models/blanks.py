"""The beginning of a long text, in which empty lines and padding take no place that words need."""

import re

_BLANKS = re.compile(r"\s+")


def beginning(text: str, most: int) -> str:
    """Return a text's first characters; of a longer one each run of blanks is one blank, or one line break."""
    if len(text) <= most:
        return text
    return _BLANKS.sub(_one, text).lstrip()[:most]


def _one(found: re.Match[str]) -> str:
    return "\n" if "\n" in found[0] else " "
