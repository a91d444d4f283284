"""Teaches the layers that hear public emotions alone, on top of an encoder that stands still.

They begin as the last layers of the larger network (`teacher`), which was taught nothing else, and learn its doubts
with the labels. What they are taught from are the token states that the very int8 graph gives, so that they know its
rounding. Some minutes on one core.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertLayer

from warmline.models.encoder import IDS
from warmline.models.layout import COLUMNS, GOEMOTION
from warmline.training.averaging import copied, mean_of
from warmline.training.export import open_bytes
from warmline.training.lessons import Lessons
from warmline.training.onnx_writer import last_output, with_output
from warmline.training.targets import Floats
from warmline.training.tune import BATCH, CLIP, POOL, TELL_EVERY, rarity

Ids = NDArray[np.int64]

LAYERS = 1
"""Of their own. Two heard no better, at twice the price."""

SPREAD = 4.0
"""Features are scaled to a spread of one in so many."""

DROPOUT = 0.1
"""Share of the features left out in a step."""

HEARD_AT_ONCE = 16


class TeachSettings(Struct, frozen=True, kw_only=True):
    """How long and how fast.

    Attributes:
        epochs: Passes over the comments.
        layer_rate: Highest learning rate of the layers.
        head_rate: Of what reads the features.
        warm_share: Share of the steps in which the rates rise; after it they fall to nothing.
        decay: Weight decay.
        runs: How often they are taught from the same start, in another order; the weights are averaged.
    """

    epochs: int = 3
    layer_rate: float = 1.5e-4
    head_rate: float = 2e-4
    warm_share: float = 0.05
    decay: float = 0.01
    runs: int = 2


class States(Struct, frozen=True):
    """What an encoder that stands still gives for some texts, in half floats: a thousand comments are 15 MB.

    Attributes:
        tokens: States of the last layer, tokens of all texts by width.
        starts: Where each text's tokens start, and where the last one's end.
        features: Mean of the encoder's layers, then the largest of each; texts by features.
    """

    tokens: NDArray[np.float16]
    starts: Ids
    features: NDArray[np.float16]


class Taught(Struct, frozen=True):
    """What came out, for features as the encoder gives them; see `public_graph.PublicPart`."""

    layers: Mapping[str, Floats]
    weight: Floats
    bias: Floats


class PublicNetwork(torch.nn.Module):  # type: ignore[misc] # torch is untyped where it is not installed
    """Token states and features of texts to the logits of the public emotions.

    Args:
        config: Of the encoder.
        start: Weights that the layers begin with, of each layer under its names in a Hugging Face layer.
        states: Of the texts that are taught: they fix the features' middle and spread.
        bias: What the logits begin with.
    """

    def __init__(
        self, config: BertConfig, start: Sequence[Mapping[str, torch.Tensor]], states: States, bias: torch.Tensor
    ) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList([BertLayer(config) for _ in start])
        for layer, weights in zip(self.layers, start, strict=True):
            layer.load_state_dict(weights)
        self.own = torch.nn.BatchNorm1d(2 * len(start) * config.hidden_size, affine=False, momentum=0.02)
        features = states.features.astype(np.float32)
        self.register_buffer("middle", torch.from_numpy(features.mean(axis=0)))
        self.register_buffer("spread", torch.from_numpy((features.std(axis=0) + 1e-6) * SPREAD))
        self.linear = torch.nn.Linear(self.own.num_features + features.shape[1], len(GOEMOTION.labels))
        torch.nn.init.zeros_(self.linear.weight)
        with torch.no_grad():
            self.linear.bias.copy_(bias)

    def forward(self, states: States, rows: Sequence[int]) -> torch.Tensor:
        """Return the logits of some texts, texts by labels."""
        lengths = [int(states.starts[row + 1] - states.starts[row]) for row in rows]
        padded = np.zeros((len(rows), max(lengths), states.tokens.shape[1]), dtype=np.float32)
        for place, row, length in zip(padded, rows, lengths, strict=True):
            place[:length] = states.tokens[states.starts[row] : states.starts[row] + length]
        value, real = torch.from_numpy(padded), torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
        unseen = torch.zeros(real.shape).masked_fill(~real, torch.finfo(torch.float32).min)[:, None, None, :]
        means, largest = [], []
        for layer in self.layers:
            found = layer(value, unseen)
            value = found[0] if isinstance(found, tuple) else found
            means.append((value * real[:, :, None]).sum(dim=1) / real.sum(dim=1, keepdim=True))
            largest.append(value.masked_fill(~real[:, :, None], -1e4).amax(dim=1))
        own = self.own(torch.cat([*means, *largest], dim=-1)) / SPREAD
        below = (torch.from_numpy(states.features[rows].astype(np.float32)) - self.middle) / self.spread
        taken = torch.nn.functional.dropout(torch.cat([own, below], dim=-1), DROPOUT, self.training)
        return self.linear(taken)


def heard_states(model: bytes, ids: Sequence[Ids], progress: Callable[[str], None]) -> States:
    """Run texts through an int8 graph and return what stands below the public emotions' layers.

    Args:
        model: As `export.int8_graph` writes it.
        ids: Token ids of each text.
        progress: Told how far it is.
    """
    last = last_output(model, "LayerNormalization")
    session = open_bytes(with_output(model, last, rank=3))
    starts = np.concatenate([[0], np.cumsum([len(row) for row in ids])]).astype(np.int64)
    by_length: dict[int, list[int]] = {}
    for row, text in enumerate(ids):
        by_length.setdefault(len(text), []).append(row)
    chunks = [rows[at : at + HEARD_AT_ONCE] for rows in by_length.values() for at in range(0, len(rows), HEARD_AT_ONCE)]
    tokens = features = np.empty((0, 0), dtype=np.float16)
    for number, rows in enumerate(chunks):
        states, pooled = session.run([last, "features"], {IDS: np.stack([ids[row] for row in rows])})
        if not number:
            tokens = np.empty((int(starts[-1]), states.shape[2]), dtype=np.float16)
            features = np.empty((len(ids), pooled.shape[1]), dtype=np.float16)
        features[rows] = pooled
        for row, state in zip(rows, states, strict=True):
            tokens[starts[row] : starts[row + 1]] = state
    progress(f"heard {len(ids):,} comments")
    return States(tokens, starts, features)


def teach_layers(  # noqa: PLR0913 # what is taught, on top of what, and how
    states: States,
    lessons: Lessons,
    config: BertConfig,
    start: Sequence[Mapping[str, torch.Tensor]],
    *,
    first: int,
    settings: TeachSettings,
    seed: int,
    progress: Callable[[str], None],
) -> Taught:
    """Teach the layers, and what reads them.

    Training weighs rare labels up; that is taken out again, so that the probabilities are as frequent as the labels.

    Args:
        states: Of each comment; see `heard_states`.
        lessons: `public.goemotions`, softened; see `doubt`.
        config: Of the encoder.
        start: What the layers begin with.
        first: The number of the first of them (0 is the encoder's first).
        settings: How.
        seed: Of the order and of dropout.
        progress: Told each stretch's loss.
    """
    place = COLUMNS[GOEMOTION.name]
    wanted, rare = torch.from_numpy(lessons.wanted[:, place]), torch.from_numpy(rarity(lessons)[place])
    share = wanted.mean(dim=0).clamp(1e-4, 1 - 1e-4)
    bias = torch.logit(share) + torch.log(rare)
    ends = []
    for run in range(settings.runs):
        torch.manual_seed(seed + run)
        network = PublicNetwork(config, start, states, bias)
        progress(f"public emotions, run {run + 1} of {settings.runs}")
        _run(network, states, wanted, rare, settings, seed + run, progress)
        ends.append(copied(network.state_dict()))
    network.load_state_dict(mean_of(ends))
    return _taken_out(network.eval(), torch.log(rare), first)


def _run(  # one run of `teach_layers`
    network: PublicNetwork,
    states: States,
    wanted: torch.Tensor,
    rare: torch.Tensor,
    settings: TeachSettings,
    seed: int,
    progress: Callable[[str], None],
) -> None:
    rates = (settings.layer_rate, settings.head_rate)
    groups = [{"params": list(part.parameters())} for part in (network.layers, network.linear)]
    optimiser = torch.optim.AdamW(groups, lr=settings.head_rate, weight_decay=settings.decay, fused=True)
    order, losses = list(_batches(np.diff(states.starts), settings.epochs, seed)), []
    network.train()
    for step, rows in enumerate(order):
        done = step / len(order)
        factor = done / settings.warm_share if done < settings.warm_share else (1 - done) / (1 - settings.warm_share)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(states, rows), wanted[rows], pos_weight=rare, reduction="sum"
        ) / len(rows)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        losses.append(loss.item())
        if (step + 1) % TELL_EVERY == 0:
            progress(f"public emotions, step {step + 1:,} of {len(order):,}: loss {np.mean(losses[-TELL_EVERY:]):.4f}")


def _batches(lengths: Ids, epochs: int, seed: int) -> Iterator[list[int]]:
    """Yield the rows of each batch: passes in another order each, texts of like length together."""
    chance = random.Random(seed)  # noqa: S311 # the order of the lessons
    rows = list(range(len(lengths)))
    for _ in range(epochs):
        chance.shuffle(rows)
        pools = [rows[at : at + BATCH * POOL] for at in range(0, len(rows), BATCH * POOL)]
        pools = [sorted(pool, key=lambda row: lengths[row]) for pool in pools]
        cut = [pool[at : at + BATCH] for pool in pools for at in range(0, len(pool), BATCH)]
        chance.shuffle(cut)
        # One text alone has no spread that its features could be scaled by: it is left out of this pass.
        yield from (rows_of for rows_of in cut if len(rows_of) > 1)


def _taken_out(network: PublicNetwork, raised: torch.Tensor, first: int) -> Taught:
    """Take the weights out of torch: the scales of the features are divided in, and what raised rare labels goes."""
    own_middle, own_spread = network.own.running_mean, (network.own.running_var + network.own.eps).sqrt() * SPREAD
    middle, spread = torch.cat([own_middle, network.middle]), torch.cat([own_spread, network.spread])
    with torch.inference_mode():
        weight = (network.linear.weight / spread).T
        bias = network.linear.bias - middle @ weight - raised
    own, below = weight[: len(own_middle)].chunk(2), weight[len(own_middle) :].chunk(2)
    ordered = torch.cat([below[0], own[0], below[1], own[1]])
    layers = {
        f"encoder.layer.{first + number}.{name}": value.numpy().copy()
        for number, layer in enumerate(network.layers)
        for name, value in layer.state_dict().items()
    }
    return Taught(layers, ordered.numpy().copy(), bias.numpy().copy())
