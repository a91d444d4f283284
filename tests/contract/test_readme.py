"""The README's tables and the code say the same."""

import re
from pathlib import Path

import msgspec

from warmline.contracts.topics import TOPICS
from warmline.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    told = dict(re.findall(r"^\| `WARMLINE_(\w+)` \| (.*?) \|", README, re.MULTILINE))
    defaults = {field.name: field.default for field in msgspec.structs.fields(Settings)}
    assert {name.lower() for name in told} == set(defaults)
    for name, default in defaults.items():
        shown = default.reveal() if hasattr(default, "reveal") else str(default)
        assert told[name.upper()].strip("`") == shown, name


def test_every_topic_is_told() -> None:
    for topic in TOPICS:
        assert f"`{topic.name}`" in README


def test_every_link_leads_somewhere() -> None:
    root = Path(__file__).parents[2]
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / target).exists(), target
