"""What is taught in which order: feeling in general from public collections, then our own conversations.

The first part holds nothing of our conversations, so one run of it serves every fold. The second repeats a share of the
first, so that what was learned there stays.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from warmline.training.calm import calm_examples
from warmline.training.data import Example
from warmline.training.held_out import in_fold
from warmline.training.lessons import Lessons, all_lessons, lessons_of
from warmline.training.licences import licensed
from warmline.training.public import chat_sentences, first_lessons, goemotions

REPEATED = MappingProxyType({"goemotions": 0.5})
REPEATED_OTHERS = 0.25
"""Share of each public collection that the second part repeats."""

MORE_REPEATED = MappingProxyType({"goemotions": -0.75})
"""What the third repeats: below 0 counts from the other end of the same shuffle, so that all is heard again once."""

Progress = Callable[[str], None]


def first_part(root: Path, seed: int, progress: Progress) -> Lessons:
    """Return the public lessons.

    Args:
        root: The folder that holds the collections.
        seed: Of samples.
        progress: Told how much there is.

    Raises:
        LicenceError: A collection is not under the licence it is known by.
        ValueError: There is none at all.
    """
    parts = first_lessons(root, seed)
    if not parts:
        raise ValueError(f"{root} holds none of the public collections")
    progress("public: " + ", ".join(f"{len(part):,} {name}" for name, part in parts.items()))
    return all_lessons(list(parts.values()))


def second_part(  # what a part is made of
    root: Path,
    examples: Sequence[Example],
    held_out: int | None,
    seed: int,
    progress: Progress,
    repeated: Mapping[str, float] = REPEATED,
) -> Lessons:
    """Return our own conversations without the fold held out, chats by sentence, calm turns, and what is repeated."""
    own = lessons_of(examples)
    parts = {"own turns": own.picked(np.flatnonzero(taught(own, held_out, seed)))}
    if licensed(root, "maia_dqe"):
        chats = chat_sentences(root)
        parts["chat sentences"] = chats.picked(np.flatnonzero(taught(chats, held_out, seed)))
    if licensed(root, "multidogo"):
        parts["calm turns"] = lessons_of(calm_examples(root, training=True, seed=seed))
    random = np.random.default_rng(seed)
    for name, part in first_lessons(root, seed).items():
        count = int(len(part) * repeated.get(name, REPEATED_OTHERS))
        order = random.permutation(len(part))
        parts[name] = part.picked(order[:count] if count > 0 else order[count:])
    progress("taught: " + ", ".join(f"{len(part):,} {name}" for name, part in parts.items()))
    return all_lessons(list(parts.values()))


def heads_part(root: Path, examples: Sequence[Example], held_out: int | None, seed: int) -> Lessons:
    """Return what the heads are fitted to again: all that a head of ours is asked about, without the fold held out."""
    own = lessons_of(examples)
    parts = [own.picked(np.flatnonzero(taught(own, held_out, seed)))]
    if licensed(root, "maia_dqe"):
        chats = chat_sentences(root)
        parts.append(chats.picked(np.flatnonzero(taught(chats, held_out, seed))))
    if licensed(root, "multidogo"):
        parts.append(lessons_of(calm_examples(root, training=True, seed=seed)))
    if licensed(root, "goemotions"):
        parts.append(goemotions(root / "goemotions" / "train.tsv"))
    return all_lessons(parts)


def taught(lessons: Lessons, held_out: int | None, seed: int) -> np.ndarray:
    """Say which lessons are not in the fold held out; None holds nothing out."""
    if held_out is None:
        return np.ones(len(lessons), dtype=bool)
    return ~in_fold(lessons.groups, held_out, seed)
