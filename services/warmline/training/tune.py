"""Fine-tuning the whole encoder on lessons, with a checkpoint to resume from."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.heads import VALENCES
from warmline.models.layout import COLUMNS, FEELING, GOEMOTION, HEADS
from warmline.training.lessons import NOBODY, Lessons
from warmline.training.network import Network

Ids = NDArray[np.int64]
Progress = Callable[[str], None]

BATCH = 32
POOL = 64
"""Batches whose texts are sorted by length together: enough that a batch hardly pads, little enough that the order of
the lessons stays random."""

TELL_EVERY = 200
"""Steps between two lines of progress."""

SAVE_EVERY = 400
"""Steps between two checkpoints: some minutes' work."""

CLIP = 1.0
"""Largest norm of the dense gradient of a step."""

VALENCE_WEIGHT = 4.0
"""Of the squared error of a valence in -1..1, so that it weighs about what a cross entropy does."""

POLITENESS_WEIGHT = 2.0
"""Of the squared error of a politeness in -1..1: less, since nothing is read off it afterwards."""

RARE_MOST = 4.0
"""A rare label's occurrences count up to so many times: without it rude or dismisses hardly rise above their base
rate."""


class TuneSettings(Struct, frozen=True, kw_only=True):
    """How long and how fast.

    Attributes:
        epochs: Passes over the lessons.
        encoder_rate: Highest learning rate of the encoder.
        head_rate: Of the linear heads.
        bag_rate: Of the words' own weights.
        warm_share: Share of the steps in which the rates rise.
        last_share: What is left of the rates at the end of the linear fall.
        decay: Weight decay of the encoder and the linear heads.
        public_weight: How much the loss of the public emotions counts beside the other heads'.
    """

    epochs: float
    encoder_rate: float = 1.5e-4
    head_rate: float = 2e-3
    bag_rate: float = 1e-2
    warm_share: float = 0.05
    last_share: float = 0.0
    decay: float = 0.01
    public_weight: float = 1.0


class Tuner:
    """One run over some lessons.

    Args:
        network: What is trained.
        settings: How.
        checkpoint: A file the run is saved to, and resumed from if it is there.
        seed: Of the order of the lessons and of dropout.
        progress: Told what happens.
    """

    def __init__(
        self, network: Network, settings: TuneSettings, checkpoint: Path, seed: int, progress: Progress
    ) -> None:
        self._network, self._settings, self._seed = network, settings, seed
        self._checkpoint, self._progress = checkpoint, progress
        sparse = [network.bert.embeddings.word_embeddings.weight, network.bag.weight]
        known = {id(parameter) for parameter in sparse}
        dense = [parameter for parameter in network.bert.parameters() if id(parameter) not in known]
        heads = [*network.linear.parameters(), *network.gist.parameters()]
        heads += [*network.context_in.parameters(), *network.context_out.parameters()]
        heads += [*network.politeness.parameters()] if network.politeness is not None else []
        self._dense = torch.optim.AdamW(
            [
                {"params": dense, "lr": settings.encoder_rate},
                {"params": heads, "lr": settings.head_rate},
            ],
            weight_decay=settings.decay,
            fused=True,
        )
        self._sparse = torch.optim.SparseAdam(
            [{"params": [sparse[0]], "lr": settings.encoder_rate}, {"params": [sparse[1]], "lr": settings.bag_rate}]
        )
        self._clipped = [*dense, *heads]
        self._rates = [settings.encoder_rate, settings.head_rate, settings.encoder_rate, settings.bag_rate]

    def run(self, lessons: Lessons, passes: Sequence[Sequence[Ids]]) -> None:
        """Train on lessons, given their token ids in each pass; the last serve every further pass."""
        order = self._order(lessons, passes)
        rare = torch.from_numpy(rarity(lessons))
        losses: list[float] = []
        self._network.train()
        for step in range(self._resume(), len(order)):
            torch.manual_seed(self._seed * 1_000_003 + step)
            self._set_rates(step / len(order))
            ids, rows = order[step]
            logits, politeness = self._network([ids[row] for row in rows], positions(lessons.before[rows], rows))
            loss = loss_of(logits, lessons, rows, rare, self._settings.public_weight)
            if politeness is not None:
                loss = loss + politeness_loss(politeness, lessons, rows)
            self._dense.zero_grad()
            self._sparse.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._clipped, CLIP)
            self._dense.step()
            self._sparse.step()
            losses.append(loss.item())
            if (step + 1) % TELL_EVERY == 0:
                self._progress(f"step {step + 1:,} of {len(order):,}: loss {np.mean(losses[-TELL_EVERY:]):.4f}")
            if (step + 1) % SAVE_EVERY == 0:
                self._save(step + 1)
        self._save(len(order))

    def _order(self, lessons: Lessons, passes: Sequence[Sequence[Ids]]) -> list[tuple[Sequence[Ids], list[int]]]:
        """Return the token ids and the rows of every step: passes in another order each, the last cut to its share."""
        random_order = random.Random(self._seed)  # noqa: S311 # the order of the lessons
        steps: list[tuple[Sequence[Ids], list[int]]] = []
        for number in range(math.ceil(self._settings.epochs)):
            ids = passes[min(number, len(passes) - 1)]
            one_pass = list(batches(lessons.talks, [len(row) for row in ids], random_order))
            share = min(1.0, self._settings.epochs - number)
            steps += [(ids, rows) for rows in one_pass[: round(len(one_pass) * share)]]
        return steps

    def _set_rates(self, share: float) -> None:
        settings = self._settings
        if share < settings.warm_share:
            factor = share / settings.warm_share
        else:
            fallen = (share - settings.warm_share) / (1 - settings.warm_share)
            factor = 1 - (1 - settings.last_share) * fallen
        groups = [*self._dense.param_groups, *self._sparse.param_groups]
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def _save(self, step: int) -> None:
        part = self._checkpoint.with_suffix(".part")
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "step": step,
            "network": self._network.state_dict(),
            "dense": self._dense.state_dict(),
            "sparse": self._sparse.state_dict(),
        }
        torch.save(state, part)
        part.replace(self._checkpoint)

    def _resume(self) -> int:
        if not self._checkpoint.exists():
            return 0
        state = torch.load(self._checkpoint, weights_only=True)
        self._network.load_state_dict(state["network"])
        self._dense.load_state_dict(state["dense"])
        self._sparse.load_state_dict(state["sparse"])
        self._progress(f"resumed at step {state['step']:,} from {self._checkpoint}")
        return int(state["step"])


def batches(talks: Sequence[list[int]], lengths: Sequence[int], order: random.Random) -> Iterator[list[int]]:
    """Yield the rows of each batch of one pass, in random order.

    A conversation's turns stay in one batch, so that each finds those before it; texts that stand alone are batched
    with others of like length.
    """
    alone = [talk[0] for talk in talks if len(talk) == 1]
    order.shuffle(alone)
    cut: list[list[int]] = []
    for start in range(0, len(alone), BATCH * POOL):
        pool = sorted(alone[start : start + BATCH * POOL], key=lambda row: lengths[row])
        cut += [pool[first : first + BATCH] for first in range(0, len(pool), BATCH)]
    together: list[int] = []
    conversations = [talk for talk in talks if len(talk) > 1]
    order.shuffle(conversations)
    for talk in conversations:
        together = [*together, *talk]
        if len(together) >= BATCH:
            cut.append(together)
            together = []
    order.shuffle(cut)
    yield from [*cut, together] if together else cut


def positions(before: NDArray[np.int64], rows: Sequence[int]) -> NDArray[np.int64]:
    """Return where in a batch the rows before each text stand; NOBODY for those that are not in it."""
    place = {row: position for position, row in enumerate(rows)}
    return np.array([[place.get(int(row), NOBODY) for row in pair] for pair in before], dtype=np.int64)


def rarity(lessons: Lessons) -> NDArray[np.float32]:
    """Return how many times an occurrence of each output counts: the fourth root of its odds against, 1..RARE_MOST."""
    given = (lessons.wanted * lessons.asked).sum(axis=0)
    against = lessons.asked.sum(axis=0) - given
    return np.asarray(np.clip((against / np.maximum(given, 1)) ** 0.25, 1, RARE_MOST), dtype=np.float32)


def politeness_loss(heard: torch.Tensor, lessons: Lessons, rows: Sequence[int]) -> torch.Tensor:
    """Return the squared error of the politeness of the texts whose politeness was rated, divided by all texts."""
    wanted = torch.from_numpy(lessons.politeness[rows])
    rated = ~torch.isnan(wanted)
    return POLITENESS_WEIGHT * ((heard - wanted)[rated] ** 2).sum() / len(rows)


def loss_of(
    logits: torch.Tensor, lessons: Lessons, rows: Sequence[int], rare: torch.Tensor, public_weight: float = 1.0
) -> torch.Tensor:
    """Sum the heads' losses over a batch, divided by the texts in it; a text without a head's label adds nothing."""
    wanted, asked = torch.from_numpy(lessons.wanted[rows]), torch.from_numpy(lessons.asked[rows])
    total = torch.zeros(())
    for head in HEADS:
        place = COLUMNS[head.name]
        given, right, mask = logits[:, place], wanted[:, place], asked[:, place]
        if head.exclusive:
            each = torch.nn.functional.cross_entropy(given, right, reduction="none") * mask[:, 0]
        else:
            single = torch.nn.functional.binary_cross_entropy_with_logits(
                given, right, pos_weight=rare[place], reduction="none"
            )
            each = (single * mask).sum(dim=1)
        total = total + (public_weight if head is GOEMOTION else 1.0) * each.sum() / len(rows)
    valence = torch.from_numpy(lessons.valence[rows])
    rated = ~torch.isnan(valence)
    if rated.any():
        feeling = torch.softmax(logits[:, COLUMNS[FEELING.name]], dim=-1)
        heard = feeling @ torch.from_numpy(VALENCES).to(feeling.dtype)
        total = total + VALENCE_WEIGHT * ((heard - valence)[rated] ** 2).sum() / len(rows)
    return total
