"""`warmline score`: turns in, scores out, one JSON object a line, without Kafka and Redis."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from warmline.byte_order import IS_UTF_16, UTF_8_MARK, UTF_16_MARKS
from warmline.contracts.faults import in_words
from warmline.contracts.turn import Turn
from warmline.finite import FiniteRange
from warmline.models.manifest import ModelError
from warmline.models.memories import Memories
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.output_file import output_file

BATCH = 1_024
"""Turns scored at a time: enough that texts of one length meet (a tenth faster than with 64), little enough to hold in
memory."""


class BadLines:
    """Reports lines that are no turns, and counts them.

    Attributes:
        count: How many there were.
    """

    def __init__(self) -> None:
        self.count = 0

    def report(self, number: int, fault: Exception) -> None:
        """Say on stderr what is wrong with a line; never the line itself, which holds a customer's words."""
        self.count += 1
        click.echo(f"line {number}: {in_words(fault)}", err=True)


@click.command(name="score")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False, exists=True))
@click.option("--all", "with_all", is_flag=True, help="Add every head's probabilities.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of stdout.")
@click.option("--weights", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Of `warmline train`.")
@click.option("--encoder", type=click.Choice(["onnx", "sentence-transformers"]), default="onnx", show_default=True)
@click.option("--encoder-model", help="A sentence-transformers model id or folder, with that encoder.")
@click.option("--asr-confidence-min", type=FiniteRange(0, 1), default=0.4, show_default=True)
def command(  # the options of the command line
    source: Path,
    out: Path | None,
    weights: Path | None,
    encoder: str,
    encoder_model: str | None,
    asr_confidence_min: float,
    *,
    with_all: bool,
) -> None:
    """Score the turns in FILE (JSON lines; - is stdin), in order: each by its words and by the turns before it.

    Partial ones (`final` is false) are left out, as by the services' default, and counted on stderr. A line that is no
    turn is reported on stderr and left out; the exit code is then 1, after all others are scored.
    """
    settings = ModelSettings(
        folder=weights,
        encoder=encoder,  # type: ignore[arg-type] # click checked the choice
        encoder_model=encoder_model,
        asr_confidence_min=asr_confidence_min,
    )
    bad, encode, memories = BadLines(), msgspec.json.Encoder(), Memories()
    with ExitStack() as files:
        lines = sys.stdin.buffer if str(source) == "-" else files.enter_context(source.open("rb"))
        written = files.enter_context(output_file(out, [source])) if out else sys.stdout.buffer
        try:
            scorer = load_scorer(settings)
        except ModelError as fault:
            raise click.ClickException(str(fault)) from fault
        partials = 0
        for turns in read_turns(lines, bad, str(source)):
            final = [turn for turn in turns if turn.final]
            partials += len(turns) - len(final)
            for score in scorer.score(final, memories, probabilities=with_all):
                written.write(encode.encode(score) + b"\n")
            written.flush()
    if partials:
        click.echo(f"left out {partials:,} partial turns: their final ones are scored", err=True)
    if bad.count:
        raise SystemExit(1)


def read_turns(lines: BinaryIO, bad: BadLines, name: str) -> Iterator[list[Turn]]:
    """Yield the turns of JSON lines in batches; blank lines are skipped, fields that no turn has are ignored.

    Args:
        lines: The lines; they may begin with a byte order mark.
        bad: Told of each line that is no turn.
        name: Of the file, for messages.

    Raises:
        click.ClickException: They are UTF-16, of which no line could be read.
    """
    decoder = msgspec.json.Decoder(Turn)
    turns: list[Turn] = []
    for number, line in enumerate(lines, start=1):
        if number == 1 and line.startswith(UTF_16_MARKS):
            raise click.ClickException(f"{name} {IS_UTF_16}")
        text = (line.removeprefix(UTF_8_MARK) if number == 1 else line).strip()
        if not text:
            continue
        try:
            turns.append(decoder.decode(text))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
            bad.report(number, fault)
        if len(turns) == BATCH:
            yield turns
            turns = []
    if turns:
        yield turns
