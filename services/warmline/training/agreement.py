"""How far a language model's labels agree with the house's: what the written conversations' labels can be trusted to.

    python -m warmline.training.agreement FOLDER

FOLDER holds the labelled conversations. `blind_labels.jsonl` holds labels that a language model of the kind that wrote
`conversations` gave to some of the fold held out, knowing the codebook and none of the house's labels of it: each line
a conversation's id and its labelled turns in order. Printed is the macro-F1 of one against the other by head, as the
README beside the house's labels tells it of two careful annotators.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from warmline.evaluation.figures import Figures, all_figures
from warmline.evaluation.hearing import Heard
from warmline.evaluation.tables import tables
from warmline.training.data import Example, load_examples
from warmline.training.lessons import lessons_of
from warmline.training.targets import targets

BLIND = Path(__file__).with_name("blind_labels.jsonl")
LEAST = 5
"""A label counts where the house gave it so often: an F1 over fewer turns is chance."""


def agreement(house: list[Example], blind: list[Example]) -> dict[str, Figures]:
    """Return how well the second labels find the first, by head.

    Args:
        house: Turns with the house's labels.
        blind: The same turns with the others.
    """
    lessons, said = lessons_of(house), targets(blind)
    return all_figures(tables(lessons, Heard(said, said > 0)), lessons, LEAST, 0)


def pairs(house: list[Example], blind: Path = BLIND) -> Iterator[tuple[Example, Example]]:
    """Yield each turn that was labelled twice, with the house's labels and with the others.

    Raises:
        ValueError: A conversation is not among the house's, or has another number of labelled turns there.
    """
    by_conversation: dict[str, list[Example]] = {}
    for example in house:
        by_conversation.setdefault(example.conversation, []).append(example)
    for line in blind.read_bytes().splitlines():
        conversation = msgspec.json.decode(line)
        turns = by_conversation.get(conversation["id"], [])
        if len(turns) != len(conversation["turns"]):
            raise ValueError(f"{blind}: {conversation['id']} has {len(turns)} labelled turns in the folder")
        yield from ((turn, _said(turn, labels)) for turn, labels in zip(turns, conversation["turns"], strict=True))


def _said(turn: Example, labels: dict[str, Any]) -> Example:
    return msgspec.structs.replace(
        turn,
        val=labels.get("val", 0),
        needs=bool(labels.get("needs", 0)),
        emo=frozenset(labels.get("emo", ())),
        cues=frozenset(labels.get("cues", ())),
        behaviours=frozenset(labels.get("beh", ())) | frozenset(labels.get("neg", ())),
        emp=labels.get("emp", 0),
    )


def main(folder: Path) -> None:
    """Print the agreement, of all and by source."""
    both = list(pairs(load_examples(folder)))
    for source in (None, *sorted({house.source for house, _ in both})):
        some = [(house, blind) for house, blind in both if source in {None, house.source}]
        found = agreement([house for house, _ in some], [blind for _, blind in some])
        figures = ", ".join(f"{head} {each.macro_f1:.3f}" for head, each in found.items())
        sys.stdout.write(f"{source or 'all'}, {len(some)} turns: {figures}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
