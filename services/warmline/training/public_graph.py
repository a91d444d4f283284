"""The public emotions' part of the graph: layers of the encoder of their own, run only where they are asked for.

The encoder listens to our conversations above all, and what it forgets of Reddit's comments over that is not in its
features any more. A further layer that was taught nothing else hears it again (docs/model.md); what every turn is asked
costs nothing more, since the layer is behind a condition.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.encoder import ASKED, PUBLIC
from warmline.models.layout import GOEMOTION
from warmline.training.encoder_graph import Bert, EncoderGraph
from warmline.training.export import calibrate
from warmline.training.heads_graph import row_by_row
from warmline.training.onnx_writer import GraphWriter, last_output, with_branch
from warmline.training.quantise import Range
from warmline.training.targets import Floats


class PublicPart(Struct, frozen=True):
    """What hears the public emotions, on top of the encoder.

    Attributes:
        layers: Weights of its layers under their Hugging Face names, `encoder.layer.4.output.dense.bias` and so on.
        weight: Features (mean of each layer, the encoder's and its own, then the largest of each) by labels.
        bias: Labels.
        ranges: What its linear layers' inputs were seen to be, for the int8 scales.
    """

    layers: Mapping[str, Floats]
    weight: Floats
    bias: Floats
    ranges: Mapping[str, Range]

    def grown(self, bert: Bert) -> Bert:
        """Return an encoder with these layers on top, all pooled."""
        count = len({name.split(".")[2] for name in self.layers})
        own = tuple(range(bert.layers + 1, bert.layers + count + 1))
        weights = {**bert.weights, **self.layers}
        return msgspec.structs.replace(bert, weights=weights, layers=bert.layers + count, pooled=(*bert.pooled, *own))

    def cooled(self, temperature: float) -> "PublicPart":
        """Return the same with logits divided by a temperature."""
        weight, bias = (np.asarray(part / temperature, dtype=np.float32) for part in (self.weight, self.bias))
        return msgspec.structs.replace(self, weight=weight, bias=bias)


def seen_ranges(bert: Bert, part: PublicPart, texts: Sequence[NDArray[np.int64]]) -> dict[str, Range]:
    """Return what the inputs of the part's linear layers are, on some texts (token ids).

    Args:
        bert: The encoder below.
        part: Its own ranges are not looked at.
        texts: Of the comments that were taught.
    """
    own = {name.rpartition(".")[0] for name in part.layers}
    return {site: seen for site, seen in calibrate(part.grown(bert), texts).items() if site in own}


def with_public_emotions(model: bytes, bert: Bert, part: PublicPart) -> bytes:
    """Return an int8 graph that hears the public emotions as well, where its input ASKED says so.

    Args:
        model: The graph without them, as `export.int8_graph` writes it.
        bert: Its encoder, for the shape.
        part: What hears them.
    """
    graph, whole = GraphWriter(prefix=f"{PUBLIC}."), part.grown(bert)
    encoder = EncoderGraph(graph, whole, part.ranges)
    value, own = last_output(model, "LayerNormalization"), []
    for number in range(bert.layers, whole.layers):
        value = encoder.layer(value, number)
        own.append(value)
    halves = [graph.op("Split", each, outputs=2, axis=-1, num_outputs=2) for each in ("features", encoder.pool(own))]
    features = graph.op("Concat", *halves, *(f"{half}.1" for half in halves), axis=-1)
    logits = row_by_row(graph, features, graph.floats(part.weight, "public.weight"))
    logits = graph.op("Add", logits, graph.floats(part.bias, "public.bias"))
    return with_branch(model, graph, logits, asked=ASKED, name=PUBLIC, width=len(GOEMOTION.labels))
