"""Fit the formula of predicted CSAT on labelled conversations, and say honestly how well it predicts.

    python -m warmline.training.fit_csat FOLDER

FOLDER holds `conversations_*.jsonl`. Every conversation runs through the windows domain with its labels in place of
the model's scores (valence = val / 2, distress = needs, empathy = emp); the features are those of its summary, the
target is `outcome.csat`. Least squares with a small ridge; ten folds by conversation. Printed: the error of predicting
the mean, the held-out error of the formula, and the coefficients for the policy.

The labels are hard (0 or 1) where a model's scores are soft, so the same is printed again as the shipped model hears
the conversations that trained nothing of it: the error of the policy's formula, and of one fitted to its scores.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from warmline.contracts.conversation import ConversationEnded
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.memories import Memories
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings
from warmline.recordings.codebook import events_of
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.training.data import fold_of, group_of
from warmline.training.held_out import in_fold
from warmline.windows.csat import HIGHEST, LOWEST, CsatFeatures, predicted_csat
from warmline.windows.domain import WindowsDomain
from warmline.windows.policy import WindowsPolicy
from warmline.windows.rules import rules_of
from warmline.windows.state import WindowsState
from warmline.windows.summary import csat_features

FOLDS = 10
HELD_OUT, SEED = 0, 0
"""The fold of the conversations that the shipped weights never heard; see `warmline train`."""

RIDGE = 3.0  # as three imagined conversations at the mean: enough to keep correlated features from cancelling out
SECOND_MS = 1000
EMPATHIES = {1: "empathetic", 0: "neutral", -1: "unhelpful"}

Matrix = NDArray[np.float64]


def main(folder: Path) -> None:
    """Fit and print."""
    conversations = list(_conversations(folder))
    sys.stdout.write("by the labels\n")
    _told(conversations, [_labelled(each) for each in conversations])
    held_out = in_fold([group_of(each["id"]) for each in conversations], HELD_OUT, SEED)
    unheard = [each for each, kept in zip(conversations, held_out, strict=True) if kept]
    scorer = load_scorer(ModelSettings())
    sys.stdout.write(f"\nas {scorer.name} hears conversations that trained nothing of it\n")
    _told(unheard, [_heard(scorer, each) for each in unheard])


def _told(conversations: Sequence[dict[str, Any]], scores: Sequence[list[ScoredTurn]]) -> None:
    """Fit a formula, and print how well it and the policy's predict."""
    rows, targets, folds = [], [], []
    policy, published = WindowsPolicy().csat, []
    for conversation, scored in zip(conversations, scores, strict=True):
        features = features_of(scored)
        if features is None:
            continue
        rows.append(msgspec.structs.astuple(features))
        published.append(predicted_csat(policy, features))
        targets.append(float(conversation["outcome"]["csat"]))
        folds.append(fold_of(group_of(conversation["id"]), FOLDS, seed=1))
    x, y, fold = np.array(rows), np.array(targets), np.array(folds)
    predicted, mean = np.empty_like(y), np.empty_like(y)
    for held_out in range(FOLDS):
        inside, outside = fold != held_out, fold == held_out
        predicted[outside] = _predict(fit(x[inside], y[inside]), x[outside])
        mean[outside] = y[inside].mean()
    sys.stdout.write(f"conversations           {len(y)}, mean CSAT {y.mean():.2f}\n")
    told = (("predicting the mean", mean), ("formula, held out", predicted), ("the policy's", np.array(published)))
    for name, guess in told:
        error = guess - y
        sys.stdout.write(f"{name:23} MAE {np.abs(error).mean():.3f}  RMSE {np.sqrt((error**2).mean()):.3f}\n")
    explained = 1 - ((predicted - y) ** 2).sum() / ((mean - y) ** 2).sum()
    sys.stdout.write(f"variance explained      {explained:.3f}, correlation {np.corrcoef(predicted, y)[0, 1]:.3f}\n\n")
    for name, value in zip(("base", *CsatFeatures.__struct_fields__), fit(x, y), strict=True):
        sys.stdout.write(f"    {name}: {value:.2f}\n")


def features_of(scores: Sequence[ScoredTurn]) -> CsatFeatures | None:
    """Return the features of one conversation's scored turns; None where no customer speaks."""
    policy = WindowsPolicy(quiet_timeout_s=7 * 86_400, ttl_s=8 * 86_400)  # an e-mail thread is one episode as well
    run: MemoryRun[WindowsState] = MemoryRun(WindowsDomain(lambda _queue: policy, "fit"))
    stamps = Stamps(None, 0)
    for score in scores:
        run.apply(score, stamps)
    key = scores[-1].conversation_id
    run.apply(ConversationEnded(conversation_id=key, at=scores[-1].spoken_at), stamps)
    fold = run.states[key].head
    return csat_features(fold, rules_of(policy)) if fold.scored else None


def fit(x: Matrix, y: Matrix) -> Matrix:
    """Return the base and the coefficients."""
    centre = x.mean(axis=0)
    centred = x - centre
    penalty = RIDGE * np.eye(x.shape[1])
    coefficients = np.linalg.solve(centred.T @ centred + penalty, centred.T @ (y - y.mean()))
    base: np.float64 = y.mean() - centre @ coefficients
    return np.concatenate([[base], coefficients])


def _predict(formula: Matrix, x: Matrix) -> Matrix:
    clipped: Matrix = np.clip(formula[0] + x @ formula[1:], LOWEST, HIGHEST)
    return clipped


def _labelled(conversation: dict[str, Any]) -> list[ScoredTurn]:
    """Return a conversation's turns scored by their labels."""
    return [_scored(conversation["id"], turn, round(turn["t"] * SECOND_MS)) for turn in conversation["turns"]]


def _heard(scorer: Scorer, conversation: dict[str, Any]) -> list[ScoredTurn]:
    """Return a conversation's turns as the model scores them."""
    return scorer.score([event for event in events_of(conversation) if isinstance(event, Turn)], Memories())


def _scored(conversation_id: str, turn: dict[str, Any], at: int) -> ScoredTurn:
    role, val = turn["role"], turn.get("val", 0)
    customer = role == "customer"
    return ScoredTurn(
        conversation_id=conversation_id,
        turn_id=f"{turn['i']:04d}",
        role=role,
        participant_id=role,
        spoken_at=at,
        valence=val / 2,
        sentiment="negative" if val < 0 else "positive" if val > 0 else "neutral",
        distress=float(turn.get("needs", 0)),
        emotions=tuple(turn["emo"]) if customer else msgspec.UNSET,
        cues=tuple(turn["cues"]) if customer else msgspec.UNSET,
        empathy=msgspec.UNSET if customer else EMPATHIES[turn["emp"]],  # type: ignore[arg-type]
        language="en",
        model="labels",
    )


def _conversations(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("conversations_*.jsonl")):
        yield from (msgspec.json.decode(line) for line in path.read_bytes().splitlines() if line.strip())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
