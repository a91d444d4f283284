"""`warmline backtest`: a recording through the services' own code, without Kafka or Redis."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct

from warmline.backtest.compare import Opened, alerts_of, compare
from warmline.backtest.gold import read_gold
from warmline.backtest.quality import Gold
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.backtest.summary import Summary
from warmline.backtest.table import table_of
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import PolicyError, load_policy
from warmline.policy.model import Policy
from warmline.recordings.order import arrival_order
from warmline.recordings.read import read_recording
from warmline.store.keyed import Emit

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TERMINAL = Path("-")


@click.command(name="backtest")
@click.argument("file", type=FILE)
@click.option("--policy", "policy_file", type=FILE, help="The policy; the default one otherwise.")
@click.option("--compare", "other_file", type=FILE, help="Another policy: print which alerts it would have changed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the events go; - is the terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.option("--labels", type=FILE, help="Labels in the codebook's format; FILE's own otherwise, where it has some.")
@click.option("--model-folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="The model.")
def command(
    file: Path,
    policy_file: Path | None,
    other_file: Path | None,
    out: Path | None,
    labels: Path | None,
    model_folder: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run FILE through the services in memory, and write every event they would publish as JSON lines.

    Without --out the events go to the terminal, unless --compare asks for the difference only. What was skipped, and
    how good the alerts are where the recording has labels, is said on standard error.
    """
    policy = _policy(policy_file)
    events = arrival_order(read_recording(file))
    gold = read_gold(labels or file, events)
    model = Model(model_folder)
    shown = out or (TERMINAL if other_file is None else None)
    with nullcontext() if shown is None else click.open_file(str(shown), "wb") as sink:
        before = _run(policy, events, model, gold, sink)
    if other_file is None:
        return
    changes = compare(before, _run(_policy(other_file), events, model, gold, None))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(changes)))
    else:
        click.echo("\n".join(table_of(changes)))


def _policy(file: Path | None) -> Policy:
    try:
        return load_policy(file)
    except PolicyError as error:
        raise click.ClickException(str(error)) from error


class Model:
    """The model, loaded when the first turn has to be scored: a recording of scores needs none.

    Scores depend on the policy by `asr_confidence_min` alone, so a model is loaded once for each of its values.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._loaded: dict[float, Scorer] = {}

    def under(self, policy: Policy) -> Callable[[Sequence[Turn]], list[ScoredTurn]]:
        """Return the function that scores turns under a policy."""
        least = policy.scoring.asr_confidence_min

        def score(turns: Sequence[Turn]) -> list[ScoredTurn]:
            if least not in self._loaded:
                self._loaded[least] = load_scorer(ModelSettings(folder=self._folder, asr_confidence_min=least))
            return self._loaded[least].score(turns)

        return score


def _run(
    policy: Policy, events: Sequence[Struct], model: Model, gold: Mapping[str, Gold], out: IO[bytes] | None
) -> list[Opened]:
    """Run one policy, write what it publishes, say how it went, and return its alerts."""
    scores, backtest, summary = Scores(model.under(policy), policy.scoring), Backtest(policy), Summary()

    def publish() -> Iterator[Emit]:
        for emit in backtest.run(scores.of(events)):
            summary.see(emit)
            if out is not None:
                line = {"topic": emit.topic, "key": emit.key, "type": emit.type, "id": emit.id, "value": emit.event}
                out.write(msgspec.json.encode(line) + b"\n")
            yield emit

    opened = alerts_of(publish())
    click.echo(f"policy {policy.version}", err=True)
    for line in summary.lines(scores.turns, scores.partials, backtest.skipped, gold):
        click.echo(f"  {line}", err=True)
    return opened
