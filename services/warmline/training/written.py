"""Conversations that a language model wrote and labelled, shipped beside this module.

They are taught and never measure: what counts is how people's turns, and those authored and labelled for this project
by hand, are heard. How they came about, and how far their labels agree with the house's, stands in the README beside
them.
"""

from pathlib import Path

from warmline.training.data import Example, read_conversations

FOLDER = Path(__file__).with_name("conversations")


def written_examples(folder: Path = FOLDER) -> list[Example]:
    """Read every labelled turn of the shipped conversations, in a fixed order; none where they are not installed."""
    return [example for path in sorted(folder.glob("*.jsonl")) for example in read_conversations(path, "written")]
