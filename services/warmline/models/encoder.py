"""Hearing texts: the int8 graph on ONNX Runtime, which holds the encoder and every head."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from warmline.models.context_network import FULL_WIDTH, HEARD_WIDTH
from warmline.models.manifest import GRAPH, TOKENIZER, Manifest, broken, file_of
from warmline.models.settings import ModelSettings
from warmline.models.tokenizer import TextTokenizer

Rows = NDArray[np.float32]
"""What texts are heard as, texts by `context_network.HEARD_WIDTH`, or by FULL_WIDTH with the public emotions."""

HEARD, PUBLIC = "heard", "public_emotions"
"""The graph's outputs: what is answered about every turn with the gist, and the logits of the public emotions."""

IDS, ASKED = "ids", "public"
"""The graph's inputs: token ids, texts by tokens; and whether the public emotions are asked for. Where they are not,
their layers are not run."""


FATAL = 4
"""The runtime's level of what it logs by itself: what it raises is told by us."""


class Encoder(Protocol):
    """Anything that hears texts, each by itself."""

    def rows(self, texts: Sequence[str], *, public: bool = False) -> Rows:
        """Return what each text is heard as, in order.

        Args:
            texts: The texts.
            public: Whether the public emotions are heard as well, which costs a quarter more.
        """
        ...


class OnnxEncoder:
    """The graph that ships, on one thread without spinning: processes are scaled, not threads.

    Raises:
        ModelError: The graph or the tokenizer is not in the folder, is damaged, or is not of these weights.
    """

    def __init__(self, manifest: Manifest, settings: ModelSettings) -> None:
        graph, tokenizer = file_of(settings.path, GRAPH), file_of(settings.path, TOKENIZER)
        self._max_batch = settings.max_batch
        self._tokenizer = TextTokenizer(tokenizer, manifest.max_tokens)
        try:
            self._session = open_session(graph, settings.threads)
        except Exception as fault:  # what the runtime raises has no other base
            raise broken(graph, f"not a graph that can be run ({fault})") from fault
        _try_out(self._session, graph, manifest.max_tokens)

    def rows(self, texts: Sequence[str], *, public: bool = False) -> Rows:
        """Return what each text is heard as, in order; see `Encoder`."""
        out = np.empty((len(texts), FULL_WIDTH if public else HEARD_WIDTH), dtype=np.float32)
        asked = np.array(public)
        for positions, ids in self._tokenizer.batches(texts, self._max_batch):
            if public:
                heard, emotions = self._session.run([HEARD, PUBLIC], {IDS: ids, ASKED: asked})
                out[positions] = np.concatenate([heard, emotions], axis=1)
            else:
                out[positions] = self._session.run([HEARD], {IDS: ids, ASKED: asked})[0]
        return out


def _try_out(session: onnxruntime.InferenceSession, graph: Path, max_tokens: int) -> None:
    """Hear the longest text there can be, which takes 20 ms: a graph of other weights is told before any is scored.

    Raises:
        ModelError: The graph cannot hear it, or what it gives is not what scores are made of.
    """
    given = {each.name for each in session.get_outputs()}
    if missing := [name for name in (HEARD, PUBLIC) if name not in given]:
        raise broken(graph, f"gives no `{missing[0]}`: it is of another version")
    quiet = onnxruntime.RunOptions()
    quiet.log_severity_level = FATAL
    longest = {IDS: np.zeros((1, max_tokens), dtype=np.int64), ASKED: np.ones((), dtype=bool)}
    try:
        parts = session.run([HEARD, PUBLIC], longest, quiet)
    except Exception as fault:  # as above
        raise broken(graph, f"cannot hear a text of {max_tokens} tokens, the manifest's `max_tokens`") from fault
    for part, width in zip(parts, (HEARD_WIDTH, FULL_WIDTH - HEARD_WIDTH), strict=True):
        if part.shape != (1, width):
            raise broken(graph, f"gives {part.shape[-1]} numbers a text where {width} are read")
        if not np.isfinite(part).all():
            raise broken(graph, "gives what is no number")


def open_session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open a graph on the CPU. The runtime reports home by default; ours does not."""
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
