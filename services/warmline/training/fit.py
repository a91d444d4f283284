"""Fitting the heads: a linear layer over frozen features and a bag of learned word weights, all heads at once."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.bag import PAIR_BUCKETS
from warmline.models.layout import COLUMNS, HEADS, WIDTH
from warmline.training.features import Encoded
from warmline.training.targets import Mask

Floats = NDArray[np.float32]
Entries = Sequence[NDArray[np.int64]]

BATCH = 512


class FitSettings(Struct, frozen=True, kw_only=True):
    """How the heads are fitted; chosen on held-out folds.

    Attributes:
        epochs: Passes over the training turns.
        rate: Highest learning rate of the linear layer.
        decay: Its weight decay.
        bag_rate: Highest learning rate of the words' weights.
        bag_decay: Their weight decay.
    """

    epochs: int = 12
    rate: float = 2e-2
    decay: float = 0.5
    bag_rate: float = 0.1
    bag_decay: float = 0.05


class Fitted(Struct, frozen=True):
    """Fitted heads in floats.

    Attributes:
        weight: Features by outputs, for features as the encoder gives them.
        bias: Outputs.
        bag: Word pieces and pairs by outputs.
    """

    weight: Floats
    bias: Floats
    bag: Floats

    def logits(self, encoded: Encoded) -> Floats:
        """Return the heads' logits of each text."""
        bags = np.stack([self.bag[rows].sum(axis=0) / np.sqrt(len(rows)) for rows in encoded.entries])
        return np.asarray(encoded.features @ self.weight + self.bias + bags, dtype=np.float32)


class _Heads(torch.nn.Module):  # type: ignore[misc] # torch is untyped where it is not installed
    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, WIDTH)
        self.bag = torch.nn.EmbeddingBag(vocabulary + PAIR_BUCKETS, WIDTH, mode="sum")
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.bag.weight)

    def forward(self, features: torch.Tensor, entries: Entries) -> torch.Tensor:
        flat = torch.from_numpy(np.concatenate(list(entries)))
        sizes = np.array([len(rows) for rows in entries])
        starts = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
        roots = torch.from_numpy(1 / np.sqrt(sizes)).float()
        return self.linear(features) + self.bag(flat, starts) * roots[:, None]


def fit(  # the data, how, and who is told
    encoded: Encoded,
    wanted: Floats,
    asked: dict[str, Mask],
    vocabulary: int,
    settings: FitSettings,
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _line: None,
) -> Fitted:
    """Fit the heads to training turns. The same seed on the same machine gives the same heads."""
    features, entries = encoded.features, encoded.entries
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    middle, spread = features.mean(axis=0), (features.std(axis=0) + 1e-6) * SPREAD
    scaled = torch.from_numpy(((features - middle) / spread).astype(np.float32))
    wanted_t = torch.from_numpy(wanted)
    masks = {name: torch.from_numpy(mask.astype(np.float32)) for name, mask in asked.items()}
    heads = _Heads(features.shape[1], vocabulary)
    optimiser = torch.optim.AdamW(
        [
            {"params": heads.linear.parameters(), "lr": settings.rate, "weight_decay": settings.decay},
            {"params": heads.bag.parameters(), "lr": settings.bag_rate, "weight_decay": settings.bag_decay},
        ],
        fused=True,
    )
    steps = settings.epochs * -(-len(scaled) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [settings.rate, settings.bag_rate], total_steps=steps)
    for epoch in range(settings.epochs):
        losses = []
        for batch in torch.randperm(len(scaled)).split(BATCH):
            logits = heads(scaled[batch], [entries[index] for index in batch.tolist()])
            loss = _loss(logits, wanted_t[batch], {name: mask[batch] for name, mask in masks.items()})
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        progress(f"epoch {epoch + 1} of {settings.epochs}: loss {np.mean(losses):.4f}")
    weight = heads.linear.weight.detach().numpy().T / spread[:, None]
    bias = heads.linear.bias.detach().numpy() - middle @ weight
    return Fitted(weight.astype(np.float32), bias.astype(np.float32), heads.bag.weight.detach().numpy().copy())


SPREAD = 2.8
"""Features are scaled to a spread of 1 / 2.8 each, so that the rates above suit some 3,000 of them."""


def _loss(logits: torch.Tensor, wanted: torch.Tensor, masks: dict[str, torch.Tensor]) -> torch.Tensor:
    """Sum the heads' mean losses, each over the turns it is asked about; labels of one head count alike."""
    total = torch.zeros(())
    for head in HEADS:
        place, mask = COLUMNS[head.name], masks[head.name]
        given, right = logits[:, place], wanted[:, place]
        if head.exclusive:
            each = torch.nn.functional.cross_entropy(given, right, reduction="none")
        else:
            each = torch.nn.functional.binary_cross_entropy_with_logits(given, right, reduction="none").sum(dim=1)
        total = total + (each * mask).sum() / mask.sum().clamp(min=1)
    return total
