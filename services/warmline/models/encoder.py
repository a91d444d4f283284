"""Hearing texts: the int8 graph on ONNX Runtime, which holds the encoder and every head."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from warmline.models.context_network import HEARD_WIDTH
from warmline.models.manifest import GRAPH, TOKENIZER, Manifest, ModelError
from warmline.models.settings import ModelSettings
from warmline.models.tokenizer import TextTokenizer

Rows = NDArray[np.float32]
"""What texts are heard as, texts by `context_network.HEARD_WIDTH`: logits by output, and the gist."""


class Encoder(Protocol):
    """Anything that hears texts, each by itself."""

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return what each text is heard as, in order."""
        ...


class OnnxEncoder:
    """The graph that ships, on one thread without spinning: processes are scaled, not threads.

    Raises:
        ModelError: The graph or the tokenizer is not in the folder.
    """

    def __init__(self, manifest: Manifest, settings: ModelSettings) -> None:
        for name in (GRAPH, TOKENIZER):
            if not (settings.path / name).exists():
                raise ModelError(f"{settings.path / name} is not there: build the weights with `warmline train`")
        self._max_batch = settings.max_batch
        self._tokenizer = TextTokenizer(settings.path / TOKENIZER, manifest.max_tokens)
        self._session = open_session(settings.path / GRAPH, settings.threads)

    def rows(self, texts: Sequence[str]) -> Rows:
        """Return what each text is heard as, in order."""
        out = np.empty((len(texts), HEARD_WIDTH), dtype=np.float32)
        for positions, ids in self._tokenizer.batches(texts, self._max_batch):
            out[positions] = self._session.run(["heard"], {"ids": ids})[0]
        return out


def open_session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph on the CPU. The runtime reports home by default; ours does not."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
