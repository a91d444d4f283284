"""`model.json`: what stands beside the graph so that its outputs can be read."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from warmline.models.layout import HEADS, Head

MANIFEST = "model.json"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
CONTEXT = "context.npz"

FAMILIES = ("customer", "answering")
"""The role families that have a least confidence each."""

MOST_TOKENS = 512
"""Positions that encoders of this kind know at most."""

Share = Annotated[float, Meta(ge=0, le=1)]


class ModelError(ValueError):
    """A weights folder cannot be used; the message says what is missing or wrong."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What the outputs mean, chosen on held-out turns by `warmline train`.

    Attributes:
        name: Name and version, as every score carries it.
        layers: Layers of the encoder that are kept. Those after the last pooled one are the public emotions' own.
        pooled: Layers whose outputs are pooled into the features (1 is the first).
        max_tokens: Tokens of a text that are read, the first ones.
        thresholds: By head and label. For heads that may answer with several labels the least probability of each; for
            those with one answer what each label's probability is divided by before the largest is taken (a head that
            is not here answers with the most probable label).
        confidence_min: Confidence (0..1) below which a score is abstained, by role family (customer, answering).
        languages: Languages it was taught, two-letter codes; turns of others are abstained.
    """

    name: Annotated[str, Meta(min_length=1)]
    layers: int
    pooled: tuple[int, ...]
    max_tokens: Annotated[int, Meta(ge=1, le=MOST_TOKENS)]
    thresholds: dict[str, dict[str, float]]
    confidence_min: dict[str, Share]
    languages: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)] = ("en",)

    @property
    def public_pooled(self) -> tuple[int, ...]:
        """Layers whose outputs are pooled into the features of the public emotions."""
        return (*self.pooled, *range(max(self.pooled) + 1, self.layers + 1))


def load_manifest(folder: Path) -> Manifest:
    """Read the manifest of a weights folder.

    Raises:
        ModelError: It is not there or cannot be read, or says what no score could be made with.
    """
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ModelError(f"{path} is not there: build the weights with `warmline train --out {folder}`") from None
    except OSError as fault:
        raise ModelError(f"{path} cannot be read: {fault.strerror}") from fault
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise ModelError(f"{path}: {fault}") from fault
    try:
        _check(manifest)
    except ValueError as fault:
        raise ModelError(f"{path}: {fault}") from fault
    return manifest


def file_of(folder: Path, name: str) -> Path:
    """Return a file of the weights.

    Raises:
        ModelError: It is not there, or is no file.
    """
    path = folder / name
    if not path.exists():
        raise ModelError(f"{path} is not there: build the weights with `warmline train`")
    if not path.is_file():
        raise ModelError(f"{path} is not a file: build the weights with `warmline train`")
    return path


def broken(path: Path, what: str) -> ModelError:
    """Return the error of a file of the weights that is damaged or of other weights.

    Args:
        path: The file.
        what: What is wrong with it; what libraries say in several lines is put on one.
    """
    return ModelError(f"{path}: {' '.join(what.split())}: copy the weights again, or build them with `warmline train`")


def _check(manifest: Manifest) -> None:
    """Raise a ValueError where a number that scores are made with is missing or impossible."""
    for head in HEADS:
        if head.name in manifest.thresholds:
            _check_head(head, manifest.thresholds[head.name])
        elif not head.exclusive:
            raise ValueError(f"`thresholds` has no `{head.name}`")
    if missing := [family for family in FAMILIES if family not in manifest.confidence_min]:
        raise ValueError(f"`confidence_min` has no `{missing[0]}`")


def _check_head(head: Head, chosen: dict[str, float]) -> None:
    if missing := [label for label in head.labels if label not in chosen]:
        raise ValueError(f"`thresholds.{head.name}` has no `{missing[0]}`")
    for label in head.labels:
        # Those of heads with one answer are what its probability is divided by.
        if head.exclusive and chosen[label] <= 0:
            raise ValueError(f"`thresholds.{head.name}.{label}` is {chosen[label]}; it must be above 0")
        if not head.exclusive and not 0 <= chosen[label] <= 1:
            raise ValueError(f"`thresholds.{head.name}.{label}` is {chosen[label]}; it must be from 0 to 1")
