"""`warmline backtest`: a recording through the services' own code, without Kafka or Redis."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec import Struct

from warmline.backtest.compare import Opened, alerts_of, compare
from warmline.backtest.gold import gold_of
from warmline.backtest.model import Model
from warmline.backtest.quality import Gold
from warmline.backtest.run import Backtest
from warmline.backtest.scores import Scores
from warmline.backtest.summary import Summary
from warmline.backtest.table import table_of
from warmline.models.manifest import ModelError
from warmline.output_file import output_file
from warmline.policy.load import PolicyError, load_policy
from warmline.policy.model import Policy
from warmline.recordings.order import arrival_order
from warmline.recordings.read import BadLine, RecordingError, files_of, read_recording, to_stderr
from warmline.recordings.recorded import Recorded, UnreadableError
from warmline.recordings.spread import spread
from warmline.store.keyed import Emit

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TERMINAL = Path("-")


@click.command(name="backtest")
@click.argument("recording", metavar="FILE", type=click.Path(path_type=Path, exists=True))
@click.option("--policy", "policy_file", type=FILE, help="The policy; the default one otherwise.")
@click.option("--compare", "other_file", type=FILE, help="Another policy: print which alerts it would have changed.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where the events go; - is the terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@click.option(
    "--concurrency", type=click.IntRange(min=1), help="Hold so many conversations at once, whenever they were."
)
@click.option("--model-folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="The model.")
def command(
    recording: Path,
    policy_file: Path | None,
    other_file: Path | None,
    out: Path | None,
    concurrency: int | None,
    model_folder: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run FILE, or a folder, through the services in memory, and write every event they would publish as JSON lines.

    Without --out the events go to the terminal, unless --compare asks for the difference only. What was skipped, and
    how good the alerts are where the recording has labels, is said on standard error. Exits with 1 where a line
    could not be read; the others are run all the same.
    """
    policy, other = _policy(policy_file), None if other_file is None else _policy(other_file)
    model = Model(model_folder)
    shown = out or (TERMINAL if other is None else None)
    with _sink(shown, recording, [file for file in (policy_file, other_file) if file]) as sink:
        events, gold, unread = _read(recording, concurrency)
        before = _run(policy, events, model, gold, sink)
    if other is not None:
        changes = compare(before, _run(other, events, model, gold, None))
        lines = [msgspec.json.format(msgspec.json.encode(changes)).decode()] if as_json else table_of(changes)
        click.echo("\n".join(lines))
    if unread:
        raise SystemExit(1)


def _sink(shown: Path | None, recording: Path, policies: Sequence[Path]) -> AbstractContextManager[IO[bytes] | None]:
    """Return where the events go; nothing that is read may be written over."""
    if shown is None:
        return nullcontext()
    if shown == TERMINAL:
        return click.open_file(str(shown), "wb")
    try:
        return output_file(shown, [*files_of(recording), *policies])
    except (OSError, RecordingError) as error:
        raise click.ClickException(str(error)) from error


def _read(recording: Path, concurrency: int | None) -> tuple[list[Recorded], dict[str, Gold], int]:
    """Return the events in the order of their arrival, their labels, and how many lines could not be read."""
    bad: list[BadLine] = []

    def note(line: BadLine) -> None:
        bad.append(line)
        to_stderr(line)

    try:
        events = list(read_recording(recording, report=note))
        if concurrency is not None:
            events = spread(events, concurrency)
        events = arrival_order(events)
        gold = gold_of(recording, events)
    except (OSError, RecordingError, UnreadableError) as error:
        raise click.ClickException(str(error)) from error
    return events, gold, len(bad)


def _policy(file: Path | None) -> Policy:
    try:
        return load_policy(file)
    except PolicyError as error:
        raise click.ClickException(str(error)) from error


def _run(
    policy: Policy, events: Sequence[Struct], model: Model, gold: Mapping[str, Gold], out: IO[bytes] | None
) -> list[Opened]:
    """Run one policy, write what it publishes, say how it went, and return its alerts."""
    scores, backtest, summary = Scores(model.under(policy), policy.scoring), Backtest(policy), Summary(policy)

    def publish() -> Iterator[Emit]:
        for emit in backtest.run(scores.of(events)):
            summary.see(emit)
            if out is not None:
                line = {"topic": emit.topic, "key": emit.key, "type": emit.type, "id": emit.id, "value": emit.event}
                out.write(msgspec.json.encode(line) + b"\n")
            yield emit

    try:
        opened = alerts_of(publish())
    except ModelError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"policy {policy.version}", err=True)
    for line in summary.lines(scores.turns, scores.partials, backtest.skipped, gold):
        click.echo(f"  {line}", err=True)
    return opened
