"""`warmline replay`: a recording into the input topics, at the pace of the conversations."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

import click
from confluent_kafka import KafkaException, Producer

from warmline.adapters.pseudonyms import Pseudonyms
from warmline.bus.config import producer_config
from warmline.bus.kafka_faults import kafka_faults_in_words
from warmline.bus.let_in import QUIET, let_in
from warmline.contracts.dates import time_of
from warmline.contracts.score import ScoredTurn
from warmline.finite import FiniteRange
from warmline.recordings import samples
from warmline.recordings.order import arrival_order
from warmline.recordings.pace import paced
from warmline.recordings.progress import Progress
from warmline.recordings.publish import InputPublisher, address
from warmline.recordings.read import BadLine, RecordingError, read_recording, to_stderr
from warmline.recordings.rebase import rebase
from warmline.recordings.recorded import Recorded
from warmline.recordings.spread import spread
from warmline.settings import Settings, SettingsError, load_settings

METADATA_S = 10.0  # a broker that has not answered by then is not there
INTERRUPTED = 130  # what a shell reports for Ctrl-C


@click.command(name="replay")
@click.argument("recording", type=click.Path(path_type=Path, exists=True), default=samples.FOLDER)
@click.option("--speed", type=FiniteRange(min=0), default=1.0, show_default=True, help="Times faster; 0: at once.")
@click.option(
    "--concurrency", type=click.IntRange(min=1), help="Hold so many conversations at once, whenever they were."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many conversations.")
@click.option("--keep-times", is_flag=True, help="Publish the recorded times; else the recording is dated to end now.")
@click.option("--strict", is_flag=True, help="Publish nothing where a line cannot be read.")
@click.option("--seed", default=0, show_default=True, help="Order of the conversations with --concurrency.")
def command(
    recording: Path,
    speed: float,
    concurrency: int | None,
    limit: int | None,
    seed: int,
    *,
    keep_times: bool,
    strict: bool,
) -> None:
    """Publish RECORDING, a file or a folder (the packaged samples without one), to the input topics.

    Formats: canonical events as JSON lines, labelled conversations, and the transcript formats. A turn's id is the
    same in every replay, so while the services remember its conversation they take a second replay for duplicates.
    """
    try:
        settings = load_settings(os.environ)
        producer = Producer({**producer_config(settings), **QUIET})
    except (SettingsError, KafkaException) as error:
        raise click.ClickException(str(error)) from error
    pseudonyms = Pseudonyms.of_secret(settings.gateway_pseudonym_key.reveal())
    events, unread = _read(recording, limit, pseudonyms, strict=strict)
    if concurrency is not None:
        events = spread(events, concurrency, seed)
    events = arrival_order(events)
    _check_topics(settings, events)
    if not keep_times:
        events = rebase(events, speed, _now_ms())
    elif max(map(time_of, events)) > _now_ms():
        click.echo("the recording ends in the future: services refuse what is too far ahead", err=True)
    publisher = InputPublisher(producer, settings.topic_prefix)
    stopped = _replay(publisher, events, speed)
    if publisher.failed:
        click.echo(f"first failure: {publisher.first_failure}", err=True)
    if stopped:
        raise SystemExit(INTERRUPTED)
    if unread or publisher.acknowledged < len(events):
        raise SystemExit(1)


def _read(recording: Path, limit: int | None, pseudonyms: Pseudonyms, *, strict: bool) -> tuple[list[Recorded], int]:
    """Return the input events of the first `limit` conversations, and how many lines could not be read."""
    bad: list[BadLine] = []

    def note(line: BadLine) -> None:
        bad.append(line)
        to_stderr(line)

    try:
        read = list(read_recording(recording, strict=strict, report=note, pseudonyms=pseudonyms))
    except (OSError, RecordingError) as error:
        raise click.ClickException(str(error)) from error
    events: list[Recorded] = [event for event in read if not isinstance(event, ScoredTurn)]
    if len(events) < len(read):
        click.echo(f"{len(read) - len(events)} scores left out: only scoring publishes them", err=True)
    talks = dict.fromkeys(getattr(event, "conversation_id", "") for event in events)
    kept = {"", *[talk for talk in talks if talk][:limit]}
    events = [event for event in events if getattr(event, "conversation_id", "") in kept]
    if not events:
        raise click.ClickException(f"{recording}: no input events")
    return events, len(bad)


def _check_topics(settings: Settings, events: Sequence[Recorded]) -> None:
    """Fail at once, and not after a minute, where no broker answers or a topic is missing."""
    with kafka_faults_in_words(settings):
        there = let_in(settings).list_topics(timeout=METADATA_S).topics
    wanted = {settings.topic_prefix + address(event).topic for event in events}
    if missing := sorted(wanted - there.keys()):
        raise click.ClickException(f"no topic {', '.join(missing)}: `warmline topics create` creates them")


def _replay(publisher: InputPublisher, events: Sequence[Recorded], speed: float) -> bool:
    """Publish everything; True where Ctrl-C stopped it. What was sent by then is waited for; again Ctrl-C is not."""
    progress = Progress(publisher, len(events), time.monotonic)

    def wait(seconds: float) -> None:
        publisher.wait(seconds)
        progress.tick()

    stopped = False
    try:
        for event in paced(events, speed, time.monotonic, wait):
            publisher.send(event)
            publisher.wait(0)
            progress.tick()
        publisher.flush()
    except KeyboardInterrupt:
        stopped = True
        publisher.flush()
    progress.end("stopped" if stopped else "done")
    return stopped


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
