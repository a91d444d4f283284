"""A second set of heads, fitted to the tuned encoder once it stands still, and averaged with those tuned beside it.

While the encoder moves, heads of rare labels chase it. Fitted again on features that no longer change (through the very
int8 graph that is served, so that they know its rounding) they are better, and the mean of both sets is better still:
on the held-out fold sentiment .694, .722, .718; needs .765, .765, .781; emotions .468, .481, .482; cues .561, .585,
.593; behaviours with faults .527, .537, .546; empathy .692, .720, .715 (tuned, fitted again, mean; thresholds chosen on
the fold itself, so all a little kind). Both sets are linear, so the mean costs nothing to serve.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.bag import PAIR_BUCKETS, bag_entries
from warmline.models.context import GIST
from warmline.models.layout import COLUMNS, HEADS, WIDTH
from warmline.training.features import gists_before
from warmline.training.fitted import Fitted
from warmline.training.lessons import Lessons
from warmline.training.targets import Floats

Ids = NDArray[np.int64]

BATCH = 512
SPREAD = 2.8
"""Features are scaled to a spread of 1 / 2.8 each, so that the rates below suit some 3,000 of them."""


class RefitSettings(Struct, frozen=True, kw_only=True):
    """How the heads are fitted; chosen on the held-out fold.

    Attributes:
        epochs: Passes over the lessons.
        rate: Highest learning rate of the linear layers.
        decay: Their weight decay.
        bag_rate: Highest learning rate of the words' weights.
        bag_decay: Their weight decay.
    """

    epochs: int = 12
    rate: float = 2e-2
    decay: float = 0.5
    bag_rate: float = 0.1
    bag_decay: float = 0.05


class _Heads(torch.nn.Module):  # type: ignore[misc] # torch is untyped where it is not installed
    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(width, WIDTH)
        self.bag = torch.nn.EmbeddingBag(vocabulary + PAIR_BUCKETS, WIDTH, mode="sum")
        torch.nn.init.zeros_(self.linear.weight)
        torch.nn.init.zeros_(self.bag.weight)

    def forward(self, features: torch.Tensor, entries: Sequence[Ids]) -> torch.Tensor:
        flat = torch.from_numpy(np.concatenate(list(entries)))
        sizes = np.array([len(rows) for rows in entries])
        starts = torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]]))
        roots = torch.from_numpy(1 / np.sqrt(sizes)).float()
        return self.linear(features) + self.bag(flat, starts) * roots[:, None]


def refit(  # noqa: PLR0913 # the lessons, as the encoder hears them, and how
    tuned: Fitted,
    lessons: Lessons,
    ids: Sequence[Ids],
    features: Floats,
    heard: Floats,
    *,
    settings: RefitSettings,
    seed: int,
    progress: Callable[[str], None],
) -> Fitted:
    """Fit new heads over features that stand still; the gist stays the tuned one.

    Args:
        tuned: The heads that were tuned beside the encoder.
        lessons: What is taught.
        ids: Token ids.
        features: Through the int8 graph, texts by pooled features.
        heard: Through the int8 graph with the tuned heads: for the gists.
        settings: How.
        seed: Of the order of the lessons.
        progress: Told each epoch's loss.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    entries = [bag_entries(row, len(tuned.bag) - PAIR_BUCKETS) for row in ids]
    middle, spread = features.mean(axis=0), (features.std(axis=0) + 1e-6) * SPREAD
    scaled = ((features - middle) / spread).astype(np.float32)
    taken = torch.from_numpy(np.concatenate([scaled, gists_before(heard, lessons.before)], axis=1))
    wanted, asked = torch.from_numpy(lessons.wanted), torch.from_numpy(lessons.asked)
    shares = {head.name: float(asked[:, COLUMNS[head.name]].any(dim=1).float().mean()) for head in HEADS}
    heads = _Heads(taken.shape[1], len(tuned.bag) - PAIR_BUCKETS)
    optimiser = torch.optim.AdamW(
        [
            {"params": heads.linear.parameters(), "lr": settings.rate, "weight_decay": settings.decay},
            {"params": heads.bag.parameters(), "lr": settings.bag_rate, "weight_decay": settings.bag_decay},
        ],
        fused=True,
    )
    steps = settings.epochs * -(-len(taken) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [settings.rate, settings.bag_rate], total_steps=steps)
    for epoch in range(settings.epochs):
        losses = []
        for batch in torch.randperm(len(taken)).split(BATCH):
            logits = heads(taken[batch], [entries[index] for index in batch.tolist()])
            loss = _loss(logits, wanted[batch], asked[batch], shares)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        progress(f"heads again, epoch {epoch + 1} of {settings.epochs}: loss {np.mean(losses):.4f}")
    return _fitted(heads, tuned, middle, spread)


def averaged(first: Fitted, first_divisor: Floats, second: Fitted, second_divisor: Floats) -> Fitted:
    """Return the heads whose logits are the mean of two sets', each divided by its own temperatures first.

    The gist is that of the first set. Only the first set may have a context network; direct context adds up.
    """
    gist = np.ones(GIST, dtype=np.float32)
    one, two = (np.concatenate([2 * divisor, gist]) for divisor in (first_divisor, second_divisor))
    kept = np.concatenate([np.zeros(WIDTH, dtype=np.float32), gist])
    return Fitted(
        weight=(first.weight / one + second.weight / two * (1 - kept)).astype(np.float32),
        bias=(first.bias / one + second.bias / two * (1 - kept)).astype(np.float32),
        bag=(first.bag / (2 * first_divisor) + second.bag / (2 * second_divisor)).astype(np.float32),
        first=first.first,
        first_bias=first.first_bias,
        second=(first.second / (2 * first_divisor)).astype(np.float32),
        second_bias=(first.second_bias / (2 * first_divisor)).astype(np.float32),
        direct=(first.direct / (2 * first_divisor) + second.direct / (2 * second_divisor)).astype(np.float32),
    )


def _fitted(heads: _Heads, tuned: Fitted, middle: Floats, spread: Floats) -> Fitted:
    linear = heads.linear.weight.detach().numpy().T
    weight = linear[: len(middle)] / spread[:, None]
    bias = heads.linear.bias.detach().numpy() - middle @ weight
    return Fitted(
        weight=np.concatenate([weight, tuned.weight[:, WIDTH:]], axis=1).astype(np.float32),
        bias=np.concatenate([bias, tuned.bias[WIDTH:]]).astype(np.float32),
        bag=heads.bag.weight.detach().numpy().copy(),
        first=np.zeros_like(tuned.first),
        first_bias=np.zeros_like(tuned.first_bias),
        second=np.zeros_like(tuned.second),
        second_bias=np.zeros_like(tuned.second_bias),
        direct=linear[len(middle) :].astype(np.float32),
    )


def _loss(logits: torch.Tensor, wanted: torch.Tensor, asked: torch.Tensor, shares: dict[str, float]) -> torch.Tensor:
    """Sum the heads' mean losses, each over the texts it is asked about; labels of one head count alike."""
    total = torch.zeros(())
    for head in HEADS:
        place, share = COLUMNS[head.name], shares[head.name]
        if not share:
            continue
        given, right, mask = logits[:, place], wanted[:, place], asked[:, place]
        if head.exclusive:
            each = torch.nn.functional.cross_entropy(given, right, reduction="none") * mask[:, 0]
        else:
            single = torch.nn.functional.binary_cross_entropy_with_logits(given, right, reduction="none")
            each = (single * mask).sum(dim=1)
        total = total + each.mean() / share
    return total
