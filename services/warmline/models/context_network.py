"""What a text was heard as, and what went before it, to probabilities.

The graph hears a text by itself, which is the costly part and can be cached by the text. What the turns before add is a
small network over three gists: cheap enough to run for every turn, in numpy, one turn at a time, so that nobody's score
depends on who else was scored with it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from warmline.models.context import GIST, GIST_UNIT, Before
from warmline.models.layout import COLUMNS, HEADS, WIDTH, Row
from warmline.models.manifest import CONTEXT, ModelError

Heard = NDArray[np.float32]
"""What the encoder makes of one text: WIDTH logits, and GIST whole numbers -GIST_UNIT..GIST_UNIT."""

HEARD_WIDTH = WIDTH + GIST


class ContextNetwork:
    """The context's weights, the temperatures already divided in.

    Args:
        folder: The weights' folder.

    Raises:
        ModelError: The file is not there.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / CONTEXT
        if not path.exists():
            raise ModelError(f"{path} is not there: build the weights with `warmline train`")
        with np.load(path) as arrays:
            self._first, self._first_bias = arrays["first"].astype(np.float32), arrays["first_bias"]
            self._second, self._second_bias = arrays["second"].astype(np.float32), arrays["second_bias"]
            self._direct = arrays["direct"].astype(np.float32)

    def outputs(self, heard: Heard, went: Before) -> Row:
        """Return the calibrated probabilities of one turn, in the order of the layout."""
        logits = heard[:WIDTH]
        if went.customer is not None or went.answer is not None:
            logits = logits + self._added(heard[WIDTH:], went)
        return answers(logits)

    def _added(self, gist: Heard, went: Before) -> Heard:
        own = gist / np.float32(GIST_UNIT)
        customer, answer = _unpacked(went.customer), _unpacked(went.answer)
        there = np.array([went.customer is not None, went.answer is not None], dtype=np.float32)
        taken = np.concatenate([own, customer, answer, own * customer, own * answer, there])
        hidden = taken @ self._first + self._first_bias
        added = np.maximum(hidden, 0) @ self._second + self._second_bias
        return np.asarray(added + np.concatenate([customer, answer, there]) @ self._direct, dtype=np.float32)


def gist_of(heard: Heard) -> NDArray[np.int8]:
    """Return a text's gist, to be remembered."""
    return heard[WIDTH:].astype(np.int8)


def answers(logits: Heard) -> Row:
    """Return each head's probabilities."""
    out = np.empty(WIDTH, dtype=np.float32)
    for head in HEADS:
        place = COLUMNS[head.name]
        if head.exclusive:
            powers = np.exp(logits[place] - logits[place].max())
            out[place] = powers / powers.sum()
        else:
            out[place] = 1 / (1 + np.exp(-np.clip(logits[place], -60, 60)))
    return out


def _unpacked(gist: bytes | None) -> Heard:
    if gist is None:
        return np.zeros(GIST, dtype=np.float32)
    return np.frombuffer(gist, dtype=np.int8).astype(np.float32) / np.float32(GIST_UNIT)
