"""A larger network, taught public emotions alone, whose doubts the encoder that ships learns with the labels.

GoEmotions' raters agree little, and one comment carries what one or two of three raters saw. A network with all layers
of the encoder and nothing else to learn hears more of it than the small one can from the bare labels: which of the
other labels nearly fit. See `doubt` for how the two are put together.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.training.lessons import NOBODY, Lessons
from warmline.training.network import SCALE_TEXTS, Network
from warmline.training.tune import Tuner, TuneSettings, rarity

LAYERS = 6
POOLED = (2, 4, 5, 6)
"""All of the encoder."""

TAUGHT = TuneSettings(epochs=2)
"""Two passes: later ones learn single comments by heart, and what it is asked about are the comments it was taught."""

HEARD_AT_ONCE = 64

Ids = NDArray[np.int64]


def last_layers(checkpoint: Path, count: int) -> list[dict[str, torch.Tensor]]:
    """Return the weights of the larger network's last layers, each under its names in a Hugging Face layer.

    Args:
        checkpoint: As `teach` saves it.
        count: How many layers.
    """
    network = torch.load(checkpoint, weights_only=True)["network"]
    prefixes = [f"bert.encoder.layer.{number}." for number in range(LAYERS - count, LAYERS)]
    return [
        {name.removeprefix(prefix): value for name, value in network.items() if name.startswith(prefix)}
        for prefix in prefixes
    ]


def teach(  # what is taught, with which encoder, and where to
    source: Path, lessons: Lessons, ids: Sequence[Ids], checkpoint: Path, seed: int, progress: Callable[[str], None]
) -> NDArray[np.float32]:
    """Teach the larger network, and return its probability of each public emotion, texts by labels, 0..1.

    Training weighs rare labels up; that is taken out again, so that the probabilities are as frequent as the labels.

    Args:
        source: A BERT in the Hugging Face format.
        lessons: What to teach and to hear again: `public.goemotions`.
        ids: Token ids of each text.
        checkpoint: A file the run is saved to, and resumed from if it is there.
        seed: Of the order and of dropout.
        progress: Told what happens.
    """
    torch.manual_seed(seed)
    network = Network(source, LAYERS, POOLED)
    network.set_scale(ids[:SCALE_TEXTS])
    Tuner(network, TAUGHT, checkpoint, seed, progress).run(lessons, [ids])
    network.eval()
    place = COLUMNS[GOEMOTION.name]
    order = np.argsort([len(row) for row in ids], kind="stable")
    logits = np.zeros((len(ids), place.stop - place.start), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), HEARD_AT_ONCE):
            rows = order[start : start + HEARD_AT_ONCE]
            nobody = np.full((len(rows), 2), NOBODY)
            logits[rows] = network([ids[row] for row in rows], nobody)[0][:, place].numpy()
    odds = np.exp(logits) / rarity(lessons)[place]
    return np.asarray(odds / (1 + odds), dtype=np.float32)
