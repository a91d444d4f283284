"""What is taught in which order.

First feeling in general from public collections, then our own conversations, then these together with conversations
that a language model wrote.

The first part holds nothing of our conversations, so one run of it serves every fold. The others repeat a share of the
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
from warmline.training.public import chat_sentences, first_lessons, goemotions, polite

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


def second_part(
    root: Path, examples: Sequence[Example], held_out: int | None, seed: int, progress: Progress
) -> Lessons:
    """Return our own conversations without the fold held out, chats by sentence, calm turns, and what is repeated."""
    parts = _own_parts(root, examples, held_out, seed) | _shares(first_lessons(root, seed), REPEATED, seed)
    return _told(parts, progress)


def third_part(  # what a part is made of
    root: Path,
    examples: Sequence[Example],
    written: Sequence[Example],
    held_out: int | None,
    seed: int,
    progress: Progress,
    softened: Callable[[Lessons], Lessons],
) -> Lessons:
    """Return what the second part is made of, with other repeats, and what only this part teaches.

    That are the conversations a language model wrote, how polite requests are, and what a larger network makes of
    public emotions.

    Args:
        root: The folder that holds the collections.
        examples: Our labelled turns.
        written: Turns that a language model wrote; they are all taught, and measure nothing.
        held_out: The fold of `examples` that is not taught.
        seed: Of samples.
        progress: Told how much there is of what.
        softened: Returns GoEmotions with the larger network's doubts; see `teacher`.
    """
    parts = _own_parts(root, examples, held_out, seed)
    parts |= _written_part(written)
    public = first_lessons(root, seed)
    if "goemotions" in public:
        public["goemotions"] = softened(public["goemotions"])
    if licensed(root, "politeness"):
        public["politeness"] = polite(root)
    return _told(parts | _shares(public, MORE_REPEATED, seed), progress)


def heads_part(
    root: Path, examples: Sequence[Example], written: Sequence[Example], held_out: int | None, seed: int
) -> Lessons:
    """Return what the heads are fitted to again: all that a head of ours is asked about, without the fold held out."""
    parts = [*_own_parts(root, examples, held_out, seed).values(), *_written_part(written).values()]
    if licensed(root, "goemotions"):
        parts.append(goemotions(root / "goemotions" / "train.tsv"))
    return all_lessons(parts)


def taught(lessons: Lessons, held_out: int | None, seed: int) -> np.ndarray:
    """Say which lessons are not in the fold held out; None holds nothing out."""
    if held_out is None:
        return np.ones(len(lessons), dtype=bool)
    return ~in_fold(lessons.groups, held_out, seed)


def _own_parts(root: Path, examples: Sequence[Example], held_out: int | None, seed: int) -> dict[str, Lessons]:
    """Return what teaches the labelled heads, without the fold held out: our turns, chats by sentence, calm turns."""
    own = lessons_of(examples)
    parts = {"own turns": own.picked(np.flatnonzero(taught(own, held_out, seed)))}
    if licensed(root, "maia_dqe"):
        chats = chat_sentences(root)
        parts["chat sentences"] = chats.picked(np.flatnonzero(taught(chats, held_out, seed)))
    if licensed(root, "multidogo"):
        parts["calm turns"] = lessons_of(calm_examples(root, training=True, seed=seed))
    return parts


def _written_part(written: Sequence[Example]) -> dict[str, Lessons]:
    return {"written turns": lessons_of(written)} if written else {}


def _shares(public: Mapping[str, Lessons], repeated: Mapping[str, float], seed: int) -> dict[str, Lessons]:
    random = np.random.default_rng(seed)
    parts = {}
    for name, part in public.items():
        count = int(len(part) * repeated.get(name, REPEATED_OTHERS))
        order = random.permutation(len(part))
        parts[name] = part.picked(order[:count] if count > 0 else order[count:])
    return parts


def _told(parts: Mapping[str, Lessons], progress: Progress) -> Lessons:
    progress("taught: " + ", ".join(f"{len(part):,} {name}" for name, part in parts.items()))
    return all_lessons(list(parts.values()))
