"""The encoder (a BERT such as all-MiniLM-L6-v2) and its pooling as an ONNX graph, written from its weights.

Written by hand and not traced, so that one graph takes batches of any shape, needs no mask (a batch holds texts of one
exact length) and every reduction runs in the same order whatever the batch.

Only the first layers are kept. The last two of all-MiniLM-L6-v2 were trained to say what a sentence is about, and lose
how it is said. With the encoder frozen, linear heads on the mean of layer 6 stood at .62 .73 .38 .38 .59 .33 .27
(macro-F1 of sentiment, needs, emotions, cues, empathy, behaviours, faults; one held-out fifth), on layer 5 at .66 .75
.41 .49 .64 .43 .35, on layer 4 at .66 .73 .42 .51 .65 .47 .40, and on mean and largest of layers 1 to 4 together at .66
.75 .43 .56 .69 .50 .40.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.training.onnx_writer import MICROSOFT, GraphWriter
from warmline.training.quantise import Range, quantised_linear, quantised_rows

Floats = NDArray[np.float32]

WORDS = "embeddings.word_embeddings"
PLACES = "embeddings.places"
"""Of positions, the one token type added."""


class Bert(Struct, frozen=True):
    """An encoder's weights under their Hugging Face names, and its shape.

    Attributes:
        weights: Arrays by name, `embeddings.word_embeddings.weight` and so on.
        heads: Attention heads of a layer.
        layers: Layers that are kept.
        pooled: Layers (1 is the first) whose mean and largest over the tokens are the features.
        max_tokens: Most tokens of a text.
    """

    weights: Mapping[str, Floats]
    heads: int
    layers: int
    pooled: tuple[int, ...]
    max_tokens: int

    def linear(self, *names: str) -> tuple[Floats, Floats]:
        """Return weight and bias of linear layers, stacked."""
        weights = np.concatenate([self.weights[f"{name}.weight"] for name in names])
        return weights, np.concatenate([self.weights[f"{name}.bias"] for name in names])


class EncoderGraph:
    """Writes the encoder into a graph: in floats with its linear layers' inputs as outputs, or in int8.

    Args:
        graph: Where to.
        bert: The weights.
        ranges: What each linear layer's inputs were seen to be; None writes floats and gives those inputs out.
    """

    def __init__(self, graph: GraphWriter, bert: Bert, ranges: Mapping[str, Range] | None) -> None:
        self._graph = graph
        self._bert = bert
        self._ranges = ranges
        self.sites: list[str] = []

    def write(self) -> str:
        """Add the encoder and return the pooled features: texts by 2 x pooled layers x width."""
        value = self._embeddings()
        states = [value]
        for number in range(self._bert.layers):
            states.append(self.layer(states[-1], number))
        return self.pool([states[layer] for layer in self._bert.pooled])

    def _embeddings(self) -> str:
        graph, weights = self._graph, self._bert.weights
        words = weights[f"{WORDS}.weight"]
        exact = self._ranges is None
        value = graph.op("Gather", graph.const(words), "ids") if exact else quantised_rows(graph, WORDS, words, "ids")
        places = weights["embeddings.position_embeddings.weight"][: self._bert.max_tokens]
        places = places + weights["embeddings.token_type_embeddings.weight"][0]
        tokens = graph.op("Shape", "ids", start=1, end=2)
        places_used = graph.op("Slice", graph.const(places, PLACES), graph.ints(0), tokens, graph.ints(0))
        return self._norm(graph.op("Add", value, places_used), "embeddings.LayerNorm")

    def layer(self, value: str, number: int) -> str:
        """Add one layer (0 is the first) and return its output: texts by tokens by width."""
        graph, name = self._graph, f"encoder.layer.{number}"
        queries = self._linear(value, *(f"{name}.attention.self.{part}" for part in ("query", "key", "value")))
        split = graph.op("Split", queries, outputs=3, axis=-1, num_outputs=3)
        parts = (split, f"{split}.1", f"{split}.2")
        met = graph.op("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=self._bert.heads)
        met = self._linear(met, f"{name}.attention.output.dense")
        value = self._norm(graph.op("Add", met, value), f"{name}.attention.output.LayerNorm")
        inner = graph.op("Gelu", self._linear(value, f"{name}.intermediate.dense"), domain=MICROSOFT)
        value = graph.op("Add", self._linear(inner, f"{name}.output.dense"), value)
        return self._norm(value, f"{name}.output.LayerNorm")

    def _linear(self, value: str, *names: str) -> str:
        weight, bias = self._bert.linear(*names)
        if self._ranges is not None:
            return quantised_linear(self._graph, value, names[0], weight, bias, self._ranges[names[0]])
        self._graph.output(value, names[0], rank=3)
        self.sites.append(names[0])
        product = self._graph.op("MatMul", value, self._graph.const(weight.T))
        return self._graph.op("Add", product, self._graph.floats(bias))

    def _norm(self, value: str, name: str) -> str:
        weight, bias = (
            self._graph.const(self._bert.weights[f"{name}.{part}"], f"{name}.{part}") for part in ("weight", "bias")
        )
        return self._graph.op("LayerNormalization", value, weight, bias, axis=-1, epsilon=1e-12)

    def pool(self, states: Sequence[str]) -> str:
        """Add mean and largest over the tokens, and return them: texts by 2 x states x width.

        The mean is a product with a row of 1/tokens: ReduceMean takes another path for one text than for several, and
        the two round differently.
        """
        graph = self._graph
        value = graph.op("Concat", *states, axis=-1) if len(states) > 1 else states[0]
        shape = graph.op("Shape", "ids")
        texts, tokens = graph.op("Slice", shape, graph.ints(0), graph.ints(1)), graph.op("Shape", "ids", start=1, end=2)
        ones = graph.op("Expand", graph.floats(1.0), graph.op("Concat", texts, graph.ints(1), tokens, axis=0))
        weights = graph.op("Div", ones, graph.op("Cast", tokens, to=1))
        mean = graph.op("Squeeze", graph.op("MatMul", weights, value), graph.ints(1))
        return graph.op("Concat", mean, graph.op("ReduceMax", value, graph.ints(1), keepdims=0), axis=-1)
