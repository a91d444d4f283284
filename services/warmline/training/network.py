"""The encoder with all heads as one torch network, in the very shape that is exported afterwards.

Encoder: the first layers of a BERT; mean and largest over the tokens of the pooled layers are the features. Heads: one
linear layer over the features, a learned weight of every word piece and hashed pair of neighbours for every output
(see `heads_graph`), and a small network over the gists of the turn and of the two before it (see `models.context`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertModel

from warmline.models.bag import PAIR_BUCKETS, bag_entries
from warmline.models.context import GIST
from warmline.models.layout import WIDTH
from warmline.training.encoder_graph import Bert
from warmline.training.fitted import Fitted
from warmline.training.refit import SPREAD

Ids = NDArray[np.int64]

CHUNK = 16
"""Texts encoded in one go, of like length."""

PAD = 0
"""The id of [PAD] in the vocabulary of every BERT."""

SCALE_TEXTS = 1_500
"""Texts that fix the features' middle and spread."""

FEATURE_DROPOUT = 0.1
BAG_DROPOUT = 0.3
"""Share of a text's word pieces and pairs whose weights are left out in a step: without it the words' own weights learn
the training turns by heart first, and leave the encoder nothing to learn."""

CONTEXT_WIDTH = 5 * GIST + 2
"""What the context network takes: the three gists, the products of the turn's own with either other, and which of the
two are there."""

CONTEXT_HIDDEN = 128


class Network(torch.nn.Module):  # type: ignore[misc] # torch is untyped where it is not installed
    """Texts (token ids) to logits.

    Args:
        folder: A BERT in the Hugging Face format.
        layers: Layers that are kept.
        pooled: Layers (1 is the first) whose mean and largest are the features.
    """

    def __init__(self, folder: Path, layers: int, pooled: tuple[int, ...]) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(
            folder, num_hidden_layers=layers, add_pooling_layer=False, attention_probs_dropout_prob=0.0
        )
        # Only the rows of a batch's words have a gradient: as a sparse one it costs their number, not the vocabulary's.
        self.bert.embeddings.word_embeddings.sparse = True
        self.layers, self.pooled = layers, pooled
        width = 2 * len(pooled) * self.bert.config.hidden_size
        self.vocabulary = int(self.bert.config.vocab_size)
        self.linear = torch.nn.Linear(width, WIDTH)
        self.bag = torch.nn.EmbeddingBag(self.vocabulary + PAIR_BUCKETS, WIDTH, mode="sum", sparse=True)
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.linear.bias)
        torch.nn.init.zeros_(self.bag.weight)
        self.gist = torch.nn.Linear(width, GIST)
        self.context_in = torch.nn.Linear(CONTEXT_WIDTH, CONTEXT_HIDDEN)
        self.context_out = torch.nn.Linear(CONTEXT_HIDDEN, WIDTH)
        torch.nn.init.zeros_(self.context_out.weight)
        torch.nn.init.zeros_(self.context_out.bias)
        self.politeness: torch.nn.Linear | None = None
        self.register_buffer("middle", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))

    def features(self, ids: Sequence[Ids]) -> torch.Tensor:
        """Return the pooled features of a batch: texts by 2 x pooled layers x width."""
        longest = max(len(row) for row in ids)
        padded = np.full((len(ids), longest), PAD, dtype=np.int64)
        for row, text in zip(padded, ids, strict=True):
            row[: len(text)] = text
        tokens = torch.from_numpy(padded)
        real = tokens != PAD
        states = self.bert(tokens, attention_mask=real.long(), output_hidden_states=True).hidden_states
        kept = torch.cat([states[layer] for layer in self.pooled], dim=-1)
        weights = real[:, :, None].to(kept.dtype)
        mean = (kept * weights).sum(dim=1) / weights.sum(dim=1)
        largest = kept.masked_fill(~real[:, :, None], -1e4).amax(dim=1)
        return torch.cat([mean, largest], dim=-1)

    def learn_politeness(self) -> None:
        """Also say from now on how polite a text is.

        That teaches the encoder and is not exported: what raters call polite in a request is no label of ours.
        """
        self.politeness = torch.nn.Linear(self.linear.in_features, 1)
        torch.nn.init.zeros_(self.politeness.weight)
        torch.nn.init.zeros_(self.politeness.bias)

    def forward(self, ids: Sequence[Ids], before: NDArray[np.int64]) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the logits of a batch, texts by `layout.WIDTH`, and how polite each text is, about -1..1, if learnt.

        Args:
            ids: Token ids of each text.
            before: Positions in the batch of the customer's and of the answering side's latest turn before each text,
                texts by 2; -1 where there is none.
        """
        scaled = (self.by_length(ids) - self.middle) / self.spread
        gists = torch.tanh(self.gist(scaled))
        dropped = torch.nn.functional.dropout(scaled, FEATURE_DROPOUT, self.training)
        logits = self.linear(dropped) + self._words(ids) + self.context(gists, before)
        return logits, None if self.politeness is None else self.politeness(dropped)[:, 0]

    def context(self, gists: torch.Tensor, before: NDArray[np.int64]) -> torch.Tensor:
        """Return what the turns before add to the logits; nothing where there are none."""
        places = torch.from_numpy(before)
        there = (places >= 0).to(gists.dtype)
        first, second = (gists[places[:, side].clamp(min=0)] * there[:, side : side + 1] for side in (0, 1))
        taken = torch.cat([gists, first, second, gists * first, gists * second, there], dim=-1)
        added = self.context_out(torch.relu(self.context_in(taken)))
        return added * there.amax(dim=1, keepdim=True)

    def by_length(self, ids: Sequence[Ids]) -> torch.Tensor:
        """Return the features of texts of any lengths, encoding those of like length together."""
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        chunks = [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]
        together = torch.cat([self.features([ids[row] for row in chunk]) for chunk in chunks])
        return together[np.argsort(order)]

    def _words(self, ids: Sequence[Ids]) -> torch.Tensor:
        entries = [bag_entries(row, self.vocabulary) for row in ids]
        sizes = np.array([len(rows) for rows in entries])
        starts = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
        flat = torch.from_numpy(np.concatenate(entries))
        weights = torch.ones(len(flat))
        if self.training:
            weights = torch.nn.functional.dropout(weights, BAG_DROPOUT)
        roots = torch.from_numpy(1 / np.sqrt(sizes)).float()
        return self.bag(flat, starts, per_sample_weights=weights) * roots[:, None]

    def set_scale(self, ids: Sequence[Ids]) -> None:
        """Fix the features' middle and spread, once and from some texts, before any training."""
        self.eval()
        with torch.inference_mode():
            seen = torch.cat([self.features(ids[start : start + 32]) for start in range(0, len(ids), 32)])
        self.middle.copy_(seen.mean(dim=0))
        self.spread.copy_((seen.std(dim=0) + 1e-6) * SPREAD)

    def bert_weights(self, max_tokens: int) -> Bert:
        """Return the encoder for export."""
        weights = {name: value.detach().numpy().copy() for name, value in self.bert.state_dict().items()}
        heads = int(self.bert.config.num_attention_heads)
        return Bert(weights=weights, heads=heads, layers=self.layers, pooled=self.pooled, max_tokens=max_tokens)

    def fitted(self) -> Fitted:
        """Return the heads for export, for features as the encoder gives them."""
        spread, middle = self.spread.numpy(), self.middle.numpy()
        linear = np.concatenate([_numbers(self.linear.weight), _numbers(self.gist.weight)]).T
        weight = linear / spread[:, None]
        bias = np.concatenate([_numbers(self.linear.bias), _numbers(self.gist.bias)]) - middle @ weight
        return Fitted(
            weight=weight.astype(np.float32),
            bias=bias.astype(np.float32),
            bag=_numbers(self.bag.weight),
            first=_numbers(self.context_in.weight).T,
            first_bias=_numbers(self.context_in.bias),
            second=_numbers(self.context_out.weight).T,
            second_bias=_numbers(self.context_out.bias),
            direct=np.zeros((2 * GIST + 2, WIDTH), dtype=np.float32),
        )


def _numbers(parameter: torch.Tensor) -> NDArray[np.float32]:
    return np.array(parameter.detach().numpy(), dtype=np.float32)
