"""What a text was heard as, and what went before it, to probabilities.

The graph hears a text by itself, which is the costly part and can be cached by the text. What the turns before add is a
small network over three gists: cheap enough to run for every turn, in numpy, one turn at a time, so that nobody's score
depends on who else was scored with it.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.models.context import GIST, GIST_UNIT, Before
from warmline.models.layout import COLUMNS, HEADS, TURN_WIDTH, WIDTH, Row
from warmline.models.manifest import CONTEXT, broken, file_of

Heard = NDArray[np.float32]
"""What the encoder makes of one text: TURN_WIDTH logits, and GIST whole numbers -GIST_UNIT..GIST_UNIT; where the public
emotions were asked for, their logits behind."""

HEARD_WIDTH = TURN_WIDTH + GIST
"""Numbers of a text without the public emotions."""

FULL_WIDTH = WIDTH + GIST
"""Numbers of a text with them."""

_EXCLUSIVE = tuple(COLUMNS[head.name] for head in HEADS if head.exclusive)
"""Where heads with one answer stand."""

DIRECT = 2 * GIST + 2
"""Numbers of what went before: the two gists, and whether each is there."""

TAKEN = DIRECT + 3 * GIST
"""Beside them the turn's own gist, and its product with each."""


class ContextNetwork:
    """The context's weights, the temperatures already divided in.

    Args:
        folder: The weights' folder.

    Raises:
        ModelError: The file is not there, is damaged, or is not of these weights.
    """

    def __init__(self, folder: Path) -> None:
        path = file_of(folder, CONTEXT)
        try:
            arrays = _arrays(path)
        except Exception as fault:  # a damaged archive breaks in as many ways as it has parts
            raise broken(path, f"not an archive of arrays ({fault})") from fault
        if wrong := _fault(arrays):
            raise broken(path, wrong)
        self._first, self._first_bias = arrays["first"].astype(np.float32), arrays["first_bias"]
        self._second, self._second_bias = arrays["second"].astype(np.float32), arrays["second_bias"]
        self._direct = arrays["direct"].astype(np.float32)

    def outputs(self, heard: Heard, went: Before) -> Row:
        """Return the calibrated probabilities of one turn, in the order of the layout.

        The public emotions are of the text alone: the comments they were learned from stand alone.
        """
        logits = heard[:TURN_WIDTH]
        if went.customer is not None or went.answer is not None:
            logits = logits + self._added(heard[TURN_WIDTH:HEARD_WIDTH], went)
        return answers(logits if len(heard) == HEARD_WIDTH else np.concatenate([logits, heard[HEARD_WIDTH:]]))

    def _added(self, gist: Heard, went: Before) -> Heard:
        own = gist / np.float32(GIST_UNIT)
        customer, answer = _unpacked(went.customer), _unpacked(went.answer)
        there = np.array([went.customer is not None, went.answer is not None], dtype=np.float32)
        taken = np.concatenate([own, customer, answer, own * customer, own * answer, there])
        hidden = taken @ self._first + self._first_bias
        added = np.maximum(hidden, 0) @ self._second + self._second_bias
        return np.asarray(added + np.concatenate([customer, answer, there]) @ self._direct, dtype=np.float32)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(path):
        raise ValueError("the file is cut off or of another format")
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


def _fault(arrays: Mapping[str, NDArray[Any]]) -> str | None:
    """Return what keeps the arrays from being the network's, or None."""
    missing = [name for name in ("first", "first_bias", "second", "second_bias", "direct") if name not in arrays]
    if missing:
        return f"has no array `{missing[0]}`"
    hidden = arrays["first_bias"].size
    shapes = {
        "first": (TAKEN, hidden),
        "first_bias": (hidden,),
        "second": (hidden, TURN_WIDTH),
        "second_bias": (TURN_WIDTH,),
        "direct": (DIRECT, TURN_WIDTH),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            return f"array `{name}` is {arrays[name].shape} where {shape} is read"
        if arrays[name].dtype.kind != "f" or not np.isfinite(arrays[name]).all():
            return f"array `{name}` holds what is no number"
    return None


def gist_of(heard: Heard) -> NDArray[np.int8]:
    """Return a text's gist, to be remembered."""
    return heard[TURN_WIDTH:HEARD_WIDTH].astype(np.int8)


def answers(logits: Heard) -> Row:
    """Return the probabilities of each head that there are logits of."""
    # All at once, since ten small calls cost more than the arithmetic; heads with one answer then overwrite theirs.
    out: Row = np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)
    for place in _EXCLUSIVE:
        powers = np.exp(logits[place] - logits[place].max())
        out[place] = powers / powers.sum()
    return out


def _unpacked(gist: bytes | None) -> Heard:
    if gist is None:
        return np.zeros(GIST, dtype=np.float32)
    return np.frombuffer(gist, dtype=np.int8).astype(np.float32) / np.float32(GIST_UNIT)
