"""Descriptions come from docstrings; a field without one stops the generation."""

import pytest
from msgspec import Struct

from warmline.contracts.docstrings import DescriptionError, described
from warmline.contracts.json_schema import components

TEXT = """A thing.

    It can be None.

    Attributes:
        name: What it is
            called, over two lines.
        size: True where it is `big`: see None.

    Note:
        other: Not an attribute.
    """


def test_about_and_fields_are_told_apart_and_speak_of_json():
    told = described("Thing", TEXT, ["name", "size"])
    assert told.about == "A thing.\n\nIt can be null."
    assert told.fields == {"name": "What it is called, over two lines.", "size": "true where it is `big`: see null."}


def test_a_field_without_a_description_is_named():
    with pytest.raises(DescriptionError, match=r"Thing\.colour"):
        described("Thing", TEXT, ["name", "size", "colour"])


def test_a_description_without_a_field_is_named():
    with pytest.raises(DescriptionError, match="`size`, which is no field"):
        described("Thing", TEXT, ["name"])


def test_generation_stops_at_a_struct_whose_field_nobody_described():
    class Bare(Struct):
        """A struct.

        Attributes:
            known: It is.
        """

        known: int
        unknown: int

    with pytest.raises(DescriptionError, match=r"Bare\.unknown"):
        components([Bare], "#/$defs/{name}")


def test_generation_stops_at_a_struct_without_a_docstring():
    class Silent(Struct):
        known: int

    with pytest.raises(DescriptionError, match="Silent"):
        components([Silent], "#/$defs/{name}")
