"""Labelled turns through the model as it is served: the graph, the context, the rule beside them, the thresholds."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from warmline.models.context import NOTHING_BEFORE, Before
from warmline.models.context_network import ContextNetwork, gist_of
from warmline.models.crisis import in_crisis, tells_of_crisis
from warmline.models.encoder import Encoder
from warmline.models.layout import COLUMNS, GOEMOTION, HEADS, NEEDS, WIDTH
from warmline.models.manifest import Manifest
from warmline.training.given import labels_given
from warmline.training.lessons import NOBODY, Lessons
from warmline.training.targets import Floats, Mask

ALL_HEADS = frozenset(head.name for head in HEADS)
"""What a model of this layout answers; a peer may answer less."""


class Heard(Struct, frozen=True):
    """What a model, or a peer, says about some texts.

    Attributes:
        probabilities: Texts by `layout.WIDTH`; zeros where it has nothing to say.
        given: Whether it gives each label, texts by `layout.WIDTH`.
        heads: Names of the heads it answers. Of the others nothing is measured: to give no label is an answer too, and
            would be judged as one.
    """

    probabilities: Floats
    given: Mask
    heads: frozenset[str] = ALL_HEADS


def hear(encoder: Encoder, context: ContextNetwork, manifest: Manifest, lessons: Lessons) -> Heard:
    """Hear texts, each with the turns before it; the public emotions where any text is asked about them."""
    public = bool(lessons.asked[:, COLUMNS[GOEMOTION.name]].any())
    rows = encoder.rows(lessons.texts, public=public)
    gists = [gist_of(row).tobytes() for row in rows]
    probabilities = np.zeros((len(lessons), WIDTH), dtype=np.float32)
    customers = lessons.asked[:, COLUMNS[NEEDS.name].start]
    for number, (row, (customer, answer)) in enumerate(zip(rows, lessons.before.tolist(), strict=True)):
        went = (
            Before(_gist(gists, customer), _gist(gists, answer)) if customer + answer > 2 * NOBODY else NOTHING_BEFORE
        )
        outputs = context.outputs(row, went)
        told = customers[number] and tells_of_crisis(lessons.texts[number])
        probabilities[number, : len(outputs)] = in_crisis(outputs) if told else outputs
    return Heard(probabilities, labels_given(probabilities, manifest.thresholds))


def _gist(gists: Sequence[bytes], row: int) -> bytes | None:
    return None if row == NOBODY else gists[row]
