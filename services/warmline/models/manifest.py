"""`model.json`: what stands beside the graph so that its outputs can be read."""

from pathlib import Path

import msgspec
from msgspec import Struct

MANIFEST = "model.json"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
HEADS = "heads.npz"
CONTEXT = "context.npz"


class ModelError(ValueError):
    """A weights folder cannot be used; the message says what is missing or wrong."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What the outputs mean, chosen on held-out turns by `warmline train`.

    Attributes:
        name: Name and version, as every score carries it.
        layers: Layers of the encoder that are kept.
        pooled: Layers whose outputs are pooled into the features (0 is the embeddings).
        max_tokens: Tokens of a text that are read, the first ones.
        thresholds: By head and label. For heads that may answer with several labels the least probability of each; for
            those with one answer what each label's probability is divided by before the largest is taken (a head that
            is not here answers with the most probable label).
        confidence_min: Confidence (0..1) below which a score is abstained, by role family (customer, answering).
        languages: Languages it was taught, two-letter codes; turns of others are abstained.
    """

    name: str
    layers: int
    pooled: tuple[int, ...]
    max_tokens: int
    thresholds: dict[str, dict[str, float]]
    confidence_min: dict[str, float]
    languages: tuple[str, ...] = ("en",)


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest of a weights folder.

    Raises:
        ModelError: It is not there or cannot be read.
    """
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ModelError(f"{path} is not there: build the weights with `warmline train --out {folder}`") from None
    except msgspec.MsgspecError as fault:
        raise ModelError(f"{path}: {fault}") from fault
