"""`warmline assist evaluate`: how good the moves are, on labelled conversations."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
from msgspec import Struct, structs

from warmline.assist.domain import AssistDomain
from warmline.backtest.assist_quality import AssistQuality, figures_of, lines_of
from warmline.backtest.assist_truth import truth_of, windows_of
from warmline.backtest.model import Model
from warmline.backtest.run import Service
from warmline.contracts.assist import AssistMove
from warmline.contracts.faults import in_words
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.contracts.window import ConversationWindow
from warmline.models.manifest import ModelError
from warmline.output_file import output_file
from warmline.policy.load import PolicyError, load_policy
from warmline.policy.model import Policy
from warmline.recordings.codebook import events_of
from warmline.store.keyed import Stamps
from warmline.training.data import fold_of, group_of
from warmline.training.escalation_examples import SEED, ScoreLabelled, scores_of_labels
from warmline.training.held_out import FOLDS
from warmline.training.labelled import labelled_lines
from warmline.windows.domain import WindowsDomain

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
Ear = Literal["labels", "model"]
EARS: tuple[Ear, ...] = ("labels", "model")


class Talk(Struct, frozen=True):
    """One labelled conversation.

    Attributes:
        events: Its turns, start and end.
        labels: Of its turns, in order.
    """

    events: list[Struct]
    labels: list[dict[str, Any]]

    @property
    def turns(self) -> list[Turn]:
        """Its turns."""
        return [event for event in self.events if isinstance(event, Turn)]


@click.group(name="assist")
def command() -> None:
    """The moves that assist gives."""


@command.command()
@click.option("--conversations", multiple=True, required=True, type=FILE, help="Labelled conversations, one a line.")
@click.option("--policy", "policy_file", type=FILE, help="The policy; the default one otherwise.")
@click.option("--ear", "ears", multiple=True, type=click.Choice(EARS), help="What hears the turns; both otherwise.")
@click.option("--model-folder", type=FOLDER, help="The model.")
@click.option("--held-out", type=click.IntRange(0, FOLDS - 1), help="Only the fold that `warmline train` held out.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Also write all figures here.")
def evaluate(
    conversations: tuple[Path, ...],
    policy_file: Path | None,
    ears: tuple[Ear, ...],
    model_folder: Path | None,
    held_out: int | None,
    out: Path | None,
) -> None:
    """Print how many missed moments got a move that fits, and how many moves were given while nothing was missing.

    With the labels for an ear the table and its restraint are judged; with the model what a desk would see. The weights
    that ship have learnt from the labelled conversations that ship: --held-out keeps those that trained nothing.
    """
    try:
        policy = load_policy(policy_file)
    except PolicyError as error:
        raise click.ClickException(str(error)) from error
    inputs = [*conversations, *([policy_file] if policy_file else [])]
    with output_file(out, inputs) if out else nullcontext() as written:
        every = [talk for path in conversations for talk in read_talks(path)]
        talks = [talk for talk in every if held_out in (None, fold_of_talk(talk))]
        figures = {}
        for ear in ears or EARS:
            score = scores_of_labels if ear == "labels" else _model(policy, model_folder)
            try:
                found = judge(talks, score, policy)
            except ModelError as error:
                raise click.ClickException(str(error)) from error
            click.echo("\n".join([f"heard by the {ear}", *(f"  {line}" for line in lines_of(found))]))
            figures[ear] = {"counts": found, "rates": figures_of(found)}
        if written:
            written.write(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


def read_talks(path: Path) -> Iterator[Talk]:
    """Yield the conversations of a file in the codebook's format.

    Raises:
        click.ClickException: A line is none, or there is no line.
    """
    count = 0
    try:
        for number, line, labelled in labelled_lines(path, texts=True):
            labels = [structs.asdict(turn) for turn in labelled.turns]
            yield Talk(_events(path, number, line), labels)
            count += 1
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if not count:
        raise click.ClickException(f"{path}: no conversation in this file")


def _events(path: Path, number: int, line: bytes) -> list[Struct]:
    """Return the events of a line whose labels are right already; raise a ValueError that names it otherwise."""
    try:
        return list(events_of(msgspec.json.decode(line)))
    except ValueError as error:
        raise ValueError(f"{path}:{number}: not a labelled conversation: {in_words(error)}") from error


def judge(talks: Sequence[Talk], score: ScoreLabelled, policy: Policy) -> AssistQuality:
    """Judge the moves that assist gives where `score` hears the turns; each conversation is run by itself."""
    found = AssistQuality()
    for talk in talks:
        gold = scores_of_labels(talk.turns, talk.labels)
        truth = truth_of(gold, _windows(talk, gold, policy))
        steps = moves_of(_windows(talk, score(talk.turns, talk.labels), policy), policy)
        found.add(truth, steps, policy.assist(talk.turns[0].queue))
    return found


def moves_of(windows: Sequence[ConversationWindow], policy: Policy) -> list[AssistMove]:
    """Return every step of every move that windows bring about."""
    service = Service(AssistDomain(policy.assist, policy.version))
    emits = [emit for window in windows for emit in service.run.apply(window, Stamps(window.as_of, window.as_of))]
    emits += service.drain()
    return [emit.event for emit in emits if isinstance(emit.event, AssistMove)]


def _windows(talk: Talk, scores: Sequence[ScoredTurn], policy: Policy) -> list[ConversationWindow]:
    heard = {turn.turn_id: turn for turn in scores}
    events = (heard[event.turn_id] if isinstance(event, Turn) else event for event in talk.events)
    return windows_of(events, WindowsDomain(policy.windows, policy.version))


def fold_of_talk(talk: Talk) -> int:
    """Return the fold that `warmline train` has the conversation in."""
    return fold_of(group_of(talk.turns[0].conversation_id), FOLDS, SEED)


def _model(policy: Policy, folder: Path | None) -> ScoreLabelled:
    hear = Model(folder).under(policy)
    return lambda turns, _labels: hear(turns)
