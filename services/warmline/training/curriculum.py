"""What is taught in which order.

First feeling in general from public collections, then our own conversations together with those that a language model
wrote, then these again, said otherwise.

The first part holds nothing of our conversations, so one run of it serves every fold. The others repeat a share of the
first, so that what was learned there stays.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from msgspec import Struct

from warmline.training.calm import calm_examples
from warmline.training.data import Example
from warmline.training.held_out import in_fold
from warmline.training.lessons import Lessons, all_lessons, lessons_of
from warmline.training.licences import licensed
from warmline.training.public import FIRST_COLLECTIONS, chat_sentences, first_lessons, goemotions, polite

REPEATED = MappingProxyType({"goemotions": 0.5})
REPEATED_OTHERS = 0.25
"""Share of each public collection that the second part repeats."""

MORE_REPEATED = MappingProxyType({"goemotions": 1.0})
"""What the third repeats: less than all of it wears off beside so many conversations (docs/model-trials.md)."""


class NothingPublicError(ValueError):
    """None of the public collections is at hand."""


Progress = Callable[[str], None]
Softened = Callable[[Lessons], Lessons]


def first_part(root: Path, seed: int, progress: Progress) -> Lessons:
    """Return the public lessons.

    Args:
        root: The folder that holds the collections.
        seed: Of samples.
        progress: Told how much there is.

    Raises:
        LicenceError: A collection is not under the licence it is known by.
        NothingPublicError: There is none at all.
    """
    parts = first_lessons(root, seed)
    if not parts:
        raise NothingPublicError(
            f"{root} holds none of the public collections that teach feeling in general: lay at least one of "
            f"{', '.join(FIRST_COLLECTIONS)} there, in a folder of its name with its licence note"
        )
    progress("public: " + ", ".join(f"{len(part):,} {name}" for name, part in parts.items()))
    return all_lessons(list(parts.values()))


class Sources(Struct, frozen=True, kw_only=True):
    """What the parts after the first are made of.

    Attributes:
        root: The folder that holds the public collections.
        own: Our labelled turns.
        written: Turns that a language model wrote; they are all taught, and measure nothing.
        held_out: The fold of `own` that is not taught.
        seed: Of samples.
    """

    root: Path
    own: Sequence[Example]
    written: Sequence[Example]
    held_out: int | None
    seed: int


def second_part(sources: Sources, softened: Softened, progress: Progress) -> Lessons:
    """Return our own conversations without the fold held out, all written ones, and what is repeated.

    Args:
        sources: What there is.
        softened: Returns GoEmotions with the larger network's doubts; see `teacher`.
        progress: Told how much there is of what.
    """
    return _told(_conversations(sources) | _repeats(sources, REPEATED, softened), progress)


def third_part(sources: Sources, softened: Softened, progress: Progress) -> Lessons:
    """Return what the second part is made of, with more repeats; arguments as there."""
    return _told(_conversations(sources) | _repeats(sources, MORE_REPEATED, softened), progress)


def heads_part(sources: Sources) -> Lessons:
    """Return what the heads are fitted to again: all that a head of ours is asked about, without the fold held out."""
    parts = list(_conversations(sources).values())
    if licensed(sources.root, "goemotions"):
        parts.append(goemotions(sources.root / "goemotions" / "train.tsv"))
    return all_lessons(parts)


def taught(lessons: Lessons, held_out: int | None, seed: int) -> np.ndarray:
    """Say which lessons are not in the fold held out; None holds nothing out."""
    if held_out is None:
        return np.ones(len(lessons), dtype=bool)
    return ~in_fold(lessons.groups, held_out, seed)


def _conversations(sources: Sources) -> dict[str, Lessons]:
    """Return what teaches the labelled heads: our turns, chats by sentence, calm turns, what was written."""
    held_out, seed = sources.held_out, sources.seed
    own = lessons_of(sources.own)
    parts = {"own turns": own.picked(np.flatnonzero(taught(own, held_out, seed)))}
    if licensed(sources.root, "maia_dqe"):
        chats = chat_sentences(sources.root)
        parts["chat sentences"] = chats.picked(np.flatnonzero(taught(chats, held_out, seed)))
    if licensed(sources.root, "multidogo"):
        parts["calm turns"] = lessons_of(calm_examples(sources.root, training=True, seed=seed))
    if sources.written:
        parts["written turns"] = lessons_of(sources.written)
    return parts


def _repeats(sources: Sources, repeated: Mapping[str, float], softened: Softened) -> dict[str, Lessons]:
    """Return shares of the public collections, and of how polite requests are, which the first part does not teach."""
    public = first_lessons(sources.root, sources.seed)
    if "goemotions" in public:
        public["goemotions"] = softened(public["goemotions"])
    if licensed(sources.root, "politeness"):
        public["politeness"] = polite(sources.root)
    return _shares(public, repeated, sources.seed)


def _shares(public: Mapping[str, Lessons], repeated: Mapping[str, float], seed: int) -> dict[str, Lessons]:
    random = np.random.default_rng(seed)
    parts = {}
    for name, part in public.items():
        count = int(len(part) * repeated.get(name, REPEATED_OTHERS))
        order = random.permutation(len(part))
        parts[name] = part.picked(order[:count])
    return parts


def _told(parts: Mapping[str, Lessons], progress: Progress) -> Lessons:
    progress("taught: " + ", ".join(f"{len(part):,} {name}" for name, part in parts.items()))
    return all_lessons(list(parts.values()))
