"""From comments and an encoder that stands still to what hears the public emotions on top of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from transformers import BertConfig

from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.models.manifest import TOKENIZER
from warmline.training.doubt import softened
from warmline.training.encoder_graph import Bert
from warmline.training.features import token_ids
from warmline.training.lessons import Lessons
from warmline.training.licences import licensed
from warmline.training.public import goemotions
from warmline.training.public_emotions import LAYERS, TeachSettings, heard_states, teach_layers
from warmline.training.public_graph import PublicPart, seen_ranges
from warmline.training.targets import Floats
from warmline.training.teacher import last_layers, teach

Progress = Callable[[str], None]

CALIBRATION_TEXTS = 400
"""Comments whose activations fix the scales of int8, as many as for the layers below."""

COMMENT_TOKENS = 128
"""Tokens of a comment that are read: all of them; the longest has 60."""

SILENT_BIAS = -6.0
"""Logit of a public emotion that nothing was taught about: one in four hundred."""


class Comments(Struct, frozen=True, kw_only=True):
    """Where the public emotions come from.

    Attributes:
        root: The folder that holds the public collections.
        work: Checkpoints: the larger network's stands there, or is made.
        source: The encoder both networks began as, a BERT in the Hugging Face format.
        seed: Of everything random.
    """

    root: Path
    work: Path
    source: Path
    seed: int


def with_doubts(comments: Comments, public: Lessons, progress: Progress) -> Lessons:
    """Return the public emotions with the larger network's doubts; it is taught, and heard, once for every fold."""
    heard = comments.work / "teacher.npy"
    if not heard.exists() or not _teacher(comments).exists():
        ids = token_ids(public.texts, comments.source / TOKENIZER, COMMENT_TOKENS)
        doubts = teach(comments.source, public, ids, _teacher(comments), comments.seed, progress)
        unfinished = heard.with_suffix(".part.npy")
        np.save(unfinished, doubts)
        unfinished.replace(heard)
    return softened(public, np.load(heard))


def public_part(
    model: bytes, bert: Bert, comments: Comments, progress: Progress, settings: TeachSettings | None = None
) -> PublicPart:
    """Teach what hears the public emotions.

    Args:
        model: The int8 graph it will stand on, as `export.int8_graph` writes it.
        bert: Its encoder.
        comments: What is taught; without GoEmotions at hand the part says of every text that it carries none.
        progress: Told what happens.
        settings: How; None for the usual.
    """
    config = BertConfig.from_pretrained(comments.source, attn_implementation="eager", attention_probs_dropout_prob=0.0)
    if not licensed(comments.root, "goemotions"):
        return _silent(bert)
    lessons = goemotions(comments.root / "goemotions" / "train.tsv")
    lessons = with_doubts(comments, lessons, progress)
    ids = token_ids(lessons.texts, comments.source / TOKENIZER, COMMENT_TOKENS)
    taught = teach_layers(
        heard_states(model, ids, progress),
        lessons,
        config,
        last_layers(_teacher(comments), LAYERS),
        first=bert.layers,
        settings=settings or TeachSettings(),
        seed=comments.seed,
        progress=progress,
    )
    return _calibrated(PublicPart(taught.layers, taught.weight, taught.bias, {}), bert, ids)


def _calibrated(part: PublicPart, bert: Bert, ids: Sequence[NDArray[np.int64]]) -> PublicPart:
    chance = np.random.default_rng(0)
    sample = chance.permutation(len(ids))[:CALIBRATION_TEXTS]
    return msgspec.structs.replace(part, ranges=seen_ranges(bert, part, [ids[row] for row in sample]))


def _silent(bert: Bert) -> PublicPart:
    """Return a part that hears nothing: the encoder's last layer once more, and no weight on any feature."""
    last, own = f"encoder.layer.{bert.layers - 1}.", f"encoder.layer.{bert.layers}."
    layers: Mapping[str, Floats] = {
        name.replace(last, own): value for name, value in bert.weights.items() if name.startswith(last)
    }
    labels = COLUMNS[GOEMOTION.name].stop - COLUMNS[GOEMOTION.name].start
    features = 2 * (len(bert.pooled) + 1) * bert.weights["embeddings.LayerNorm.bias"].size
    weight = np.zeros((features, labels), dtype=np.float32)
    bias = np.full(labels, SILENT_BIAS, dtype=np.float32)
    anything = [np.array([101, 102], dtype=np.int64)]
    return _calibrated(PublicPart(layers, weight, bias, {}), bert, anything)


def _teacher(comments: Comments) -> Path:
    return comments.work / "teacher.pt"
