"""A student of the encoder for the turns that everybody can tell: word vectors, no attention, a hundredth of the work.

It learns what the teacher makes of texts (logits and gist), and when it may be believed: a second output learns how
likely the two agree on what changes a moment or a risk. What that buys is measured, not assumed; see `ladder`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from warmline.models.context import GIST_UNIT
from warmline.models.context_network import HEARD_WIDTH
from warmline.models.layout import TURN_WIDTH
from warmline.training.targets import Floats, Mask

Ids = NDArray[np.int64]

VECTOR = 96
HIDDEN = 192
EPOCHS = 6
BATCH = 256
RATE = 2e-3
LOGIT_CUT = 6.0
"""Logits beyond it are as good as certain, and not worth being met exactly."""


class Student(Struct, frozen=True):
    """A trained student.

    Attributes:
        network: From token ids to what it hears and how sure it is.
    """

    network: "StudentNetwork"

    def hears(self, ids: Sequence[Ids]) -> tuple[Floats, Floats]:
        """Return what texts are heard as (texts by HEARD_WIDTH), and how likely the teacher agrees (texts)."""
        self.network.eval()
        with torch.inference_mode():
            parts = [self.network(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH)]
        heard = torch.cat([part[0] for part in parts]).numpy().copy()
        sure = torch.sigmoid(torch.cat([part[1] for part in parts])).numpy()
        heard[:, TURN_WIDTH:] = np.round(np.tanh(heard[:, TURN_WIDTH:]) * GIST_UNIT)
        return heard, sure


class StudentNetwork(torch.nn.Module):  # type: ignore[misc] # torch is untyped where it is not installed
    """Mean and largest of word vectors through two layers."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(vocabulary, VECTOR, padding_idx=0)
        self.inner = torch.nn.Linear(2 * VECTOR + 1, HIDDEN)
        self.heard = torch.nn.Linear(HIDDEN, HEARD_WIDTH)
        self.sure = torch.nn.Linear(HIDDEN, 1)

    def forward(self, ids: Sequence[Ids]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the texts are heard as, and the logit of agreement."""
        longest = max(len(row) for row in ids)
        padded = np.zeros((len(ids), longest), dtype=np.int64)
        for row, text in zip(padded, ids, strict=True):
            row[: len(text)] = text
        tokens = torch.from_numpy(padded)
        real = (tokens > 0)[:, :, None]
        vectors = self.words(tokens)
        count = real.sum(dim=1)
        mean = (vectors * real).sum(dim=1) / count
        largest = vectors.masked_fill(~real, -1e4).amax(dim=1)
        hidden = torch.relu(self.inner(torch.cat([mean, largest, torch.log(count.float())], dim=1)))
        return self.heard(hidden), self.sure(hidden)[:, 0]


def fit_student(
    ids: Sequence[Ids],
    taught: Floats,
    agree: Callable[[Floats], Mask],
    vocabulary: int,
    seed: int,
    progress: Callable[[str], None],
) -> Student:
    """Teach a student what a teacher makes of texts.

    Args:
        ids: Token ids of the texts.
        taught: What the teacher hears them as, texts by HEARD_WIDTH.
        agree: Says of the student's own hearing of the same texts where the two agree.
        vocabulary: Word pieces.
        seed: Of everything random.
        progress: Told each epoch's loss.
    """
    torch.manual_seed(seed)
    network = StudentNetwork(vocabulary)
    wanted = torch.from_numpy(taught.copy())
    wanted[:, TURN_WIDTH:] = torch.atanh(torch.clamp(wanted[:, TURN_WIDTH:] / GIST_UNIT, -0.99, 0.99))
    wanted = torch.clamp(wanted, -LOGIT_CUT, LOGIT_CUT)
    chance = np.random.default_rng(seed)
    fitting = chance.random(len(ids)) < 0.7  # the others teach when to be believed: on its own lessons it is too sure
    _train(network, ids, np.flatnonzero(fitting), lambda heard, _sure, rows: _distance(heard, wanted[rows]), progress)
    right = torch.from_numpy(agree(Student(network).hears(ids)[0]).astype(np.float32))
    for part in (network.words, network.inner, network.heard):
        part.requires_grad_(requires_grad=False)
    judged = torch.nn.functional.binary_cross_entropy_with_logits
    _train(network, ids, np.flatnonzero(~fitting), lambda _heard, sure, rows: judged(sure, right[rows]), progress)
    return Student(network)


def _distance(heard: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return ((torch.clamp(heard, -LOGIT_CUT, LOGIT_CUT) - wanted) ** 2).mean()


def _train(
    network: StudentNetwork,
    ids: Sequence[Ids],
    rows: NDArray[np.int64],
    loss_of: Callable[[torch.Tensor, torch.Tensor, NDArray[np.int64]], torch.Tensor],
    progress: Callable[[str], None],
) -> None:
    network.train()
    open_to = [parameter for parameter in network.parameters() if parameter.requires_grad]
    steps = EPOCHS * -(-len(rows) // BATCH)
    optimiser = torch.optim.AdamW(open_to, lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE * 2, total_steps=steps)
    chance = np.random.default_rng(1)
    for epoch in range(EPOCHS):
        losses = []
        order = chance.permutation(rows)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            heard, sure = network([ids[row] for row in batch])
            loss = loss_of(heard, sure, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        progress(f"student, epoch {epoch + 1} of {EPOCHS}: loss {np.mean(losses):.4f}")
