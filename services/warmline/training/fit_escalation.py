"""Fit the weights of the escalation risk to labelled conversations, and report on files that were left out.

`python -m warmline.training.fit_escalation FILES...` prints the fitted `weights` as YAML for the policy, and precision,
recall and lead of the policy as it is and as fitted, each file judged by weights fitted without it.
"""

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import yaml
from msgspec import structs
from numpy.typing import NDArray

from warmline.backtest.quality import Gold, brief, lines_of, quality
from warmline.contracts.alert import EscalationAlert
from warmline.escalation.domain import EscalationDomain
from warmline.escalation.policy import EscalationPolicy, Weights
from warmline.escalation.risk import LOWERING, TERMS
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.training.escalation_examples import Case, ScoreLabelled, read_cases, rows_of, scores_of_labels
from warmline.training.held_out import FOLDS

STEPS = 3000
RIDGE = 2e-3  # towards no weight: a term that tells nothing should not be in the sum
EVEN_RISK = 0.5
SIGNS = np.array([-1.0 if term in LOWERING else 1.0 for term in TERMS])

Vector = NDArray[np.float64]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--policy", "policy_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--held-out",
    type=click.IntRange(0, FOLDS - 1),
    help="Score with the model instead of reading the labels; only the fold that its training held out.",
)
def main(files: Sequence[Path], policy_file: Path | None, held_out: int | None) -> None:
    """Fit on labelled FILES in the codebook's format."""
    policy = load_policy(policy_file)
    base = policy.escalation(None)
    score = scores_of_labels if held_out is None else model_scores()
    cases = list(read_cases(files, score, policy.windows(None), held_out))
    report("the policy as it is", alerts_of(cases, base), cases)
    groups = sorted({case.group for case in cases})
    alerts: list[EscalationAlert] = []
    for fold in range(FOLDS):
        left_out = set(groups[fold::FOLDS])
        fitted = fit([case for case in cases if case.group not in left_out], base)
        alerts += alerts_of([case for case in cases if case.group in left_out], fitted)
    report(f"fitted, each file by the others ({FOLDS} folds)", alerts, cases)
    click.echo(yaml.safe_dump({"weights": structs.asdict(fit(cases, base).weights)}, sort_keys=False))


def model_scores() -> ScoreLabelled:
    """Return the shipped model as what turns turns into scores; it reads no label of theirs."""
    scorer = load_scorer(ModelSettings())
    return lambda turns, _labels: scorer.score(turns)


def fit(cases: Sequence[Case], policy: EscalationPolicy) -> EscalationPolicy:
    """Return the policy with weights fitted by a logistic regression whose signs are given, every case equal in weight.

    The regression's boundary, where an alert is as likely right as wrong, becomes a risk of one half.
    """
    parts = [rows_of(case, policy) for case in cases]
    rows = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts]).astype(np.float64)
    share = np.concatenate([np.full(len(part[1]), 1 / max(len(part[1]), 1)) for part in parts])
    weights, intercept = _regress(np.abs(rows) * SIGNS, right, share / share.sum())
    scale = EVEN_RISK / -intercept if intercept < 0 else 1.0
    rounded = {term: min(round(float(weight * scale), 2), 1.0) for term, weight in zip(TERMS, weights, strict=True)}
    return structs.replace(policy, weights=Weights(**rounded))


def _regress(rows: Vector, right: Vector, share: Vector) -> tuple[Vector, float]:
    """Return weights of at least 0 and the intercept; accelerated projected gradient, a few seconds for all files."""
    design = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
    rate = 4.0 / float(np.linalg.eigvalsh(design.T @ (design * share[:, None])).max())
    ridge = np.append(np.full(rows.shape[1], RIDGE), 0.0)
    least = np.append(np.zeros(rows.shape[1]), -np.inf)
    now = ahead = np.zeros(design.shape[1])
    momentum = 1.0
    for _ in range(STEPS):
        likely = 1.0 / (1.0 + np.exp(-(design @ ahead)))
        slope = design.T @ ((likely - right) * share) + ridge * ahead
        moved = np.maximum(ahead - rate * slope, least)
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = moved + (momentum - 1.0) / following * (moved - now)
        now, momentum = moved, following
    return now[:-1], float(now[-1])


def alerts_of(cases: Sequence[Case], policy: EscalationPolicy) -> list[EscalationAlert]:
    """Return every step of every alert that a policy gives."""
    found: list[EscalationAlert] = []
    for case in cases:
        run = MemoryRun(EscalationDomain(lambda _queue: policy, "fit"))
        for window in case.windows:
            stamps = Stamps(window.as_of, window.as_of)
            found += [e.event for e in run.apply(window, stamps) if isinstance(e.event, EscalationAlert)]
    return found


def gold_of(cases: Sequence[Case]) -> dict[str, Gold]:
    """Return the labels by conversation."""
    return {case.conversation_id: case.gold for case in cases}


def report(title: str, alerts: Sequence[EscalationAlert], cases: Sequence[Case]) -> None:
    """Print the figures of one policy."""
    gold = gold_of(cases)
    lines = [*lines_of(quality(alerts, gold)), brief(quality(alerts, gold, "warning"), "warning or graver")]
    click.echo("\n".join([title, *(f"  {line}" for line in lines), ""]))


if __name__ == "__main__":
    main()
