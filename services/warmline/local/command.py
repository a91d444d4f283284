"""`warmline demo`: everything on this machine, watched live."""

import sys
from typing import TYPE_CHECKING

import click
from confluent_kafka import KafkaException

from warmline.finite import FiniteRange
from warmline.local.broker import Choice
from warmline.local.demo import Options, run_demo
from warmline.local.demo_interrupt import interruptible
from warmline.local.demo_replay import ReplayError
from warmline.local.demo_story import SamplesError, load_story
from warmline.local.kafka_embedded import EmbeddedUnavailableError
from warmline.local.kafka_jars import FetchFailedError
from warmline.local.kafka_jvm import KafkaUnavailableError
from warmline.local.process import StartFailedError
from warmline.local.valkey_binary import ValkeyUnavailableError
from warmline.local.view_plain import PlainShow
from warmline.local.waiting import NotInTimeError

if TYPE_CHECKING:
    from warmline.local.view_stage import Show

INTERRUPTED = 130  # what shells say of a program that Ctrl-C ended
FAULTS = (
    StartFailedError,
    KafkaUnavailableError,
    EmbeddedUnavailableError,
    FetchFailedError,
    ValkeyUnavailableError,
    NotInTimeError,
    ReplayError,
    KafkaException,
)


@click.command(name="demo")
@click.option("--broker", type=click.Choice(["auto", "kafka", "embedded"]), default="auto", show_default=True)
@click.option(
    "--speed",
    type=FiniteRange(min=0.1, max=10_000),
    show_default="what takes a good minute",
    help="Times real speed.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only so many conversations.")
@click.option("--keep", is_flag=True, help="Stay when it is done, and print the addresses.")
@click.option("--plain", is_flag=True, help="Lines instead of a live view; the default where there is no terminal.")
def command(broker: Choice, speed: float | None, limit: int | None, *, keep: bool, plain: bool) -> None:
    """Run all of Warmline here and watch it listen to the sample conversations.

    Needs Python alone: it brings a broker (real Kafka where Maven and Java are at hand, else an embedded one) and a
    Valkey, and leaves nothing behind. It prints turn ids as evidence, never anybody's words.
    """
    try:
        story = load_story(limit)
    except SamplesError as error:
        raise click.ClickException(str(error)) from error
    show = _show(plain=plain or not sys.stdout.isatty())
    try:
        with interruptible():
            run_demo(story, Options(broker=broker, speed=speed, keep=keep), show)
    except FAULTS as error:
        show.close()
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        show.close()
        click.echo("stopped", err=True)
        sys.exit(INTERRUPTED)


def _show(*, plain: bool) -> "Show":
    if plain:
        return PlainShow()
    try:
        from rich.console import Console  # noqa: PLC0415 # an extra: only the live view needs it

        from warmline.local.view_live import LiveShow  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            "the live view needs rich: pip install 'warmline[local]', or take --plain"
        ) from error
    return LiveShow(Console())
