"""`warmline dlq`: look at a service's dead letters, and send them back once what refused them is mended."""

import os
from collections.abc import Iterator
from typing import Any

import click
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from warmline.bus import dead_letters
from warmline.bus.config import Config, consumer_config, producer_config
from warmline.bus.envelope import Headers, header, headers_read
from warmline.bus.kafka_faults import kafka_faults_in_words
from warmline.bus.let_in import QUIET, let_in
from warmline.bus.publisher import TOO_LARGE
from warmline.contracts.topics import dead_letter_topic
from warmline.services import SERVICES
from warmline.settings import Settings, SettingsError, load_settings
from warmline.store.standing_stop import StandingStop
from warmline.store.store_faults import store_faults_in_words

READ_TIMEOUT_S = 10.0
FLUSH_TIMEOUT_S = 60.0


@click.group(name="dlq")
def command() -> None:
    """The records that a service refused, with the reason and the raw bytes."""


@command.command("list")
@click.argument("service", type=click.Choice(sorted(SERVICES)))
@click.option("--reason", help="Only letters with this reason.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--show-values", is_flag=True, help="Print the raw values too. They may hold customers' words.")
def list_letters(service: str, reason: str | None, limit: int, show_values: bool) -> None:  # noqa: FBT001 # click
    """List SERVICE's dead letters, oldest first: reason, place of the record, size."""
    settings = _settings()
    with kafka_faults_in_words(settings):
        let_in(settings)
        shown = _show(settings, service, reason, limit, show_values=show_values)
    click.echo(f"{shown} dead letters", err=True)


def _show(settings: Settings, service: str, reason: str | None, limit: int, *, show_values: bool) -> int:
    shown = 0
    for message in _letters(settings, service, f"{service}.dlq.list", keep_place=False):
        headers = headers_read(message)
        why = _text(headers, dead_letters.REASON)
        if reason and why != reason:
            continue
        value = message.value() or b""
        size = "left out for its size" if _without_value(message, headers) else f"{len(value)} bytes"
        click.echo(f"{why}  {_place(headers)}  {size}  {_text(headers, dead_letters.DETAIL)}")
        if show_values:
            click.echo(f"    {value!r}")
        shown += 1
        if shown >= limit:
            break
    return shown


@command.command()
@click.argument("service", type=click.Choice(sorted(SERVICES)))
@click.option("--reason", help="Only letters with this reason; the others stay, to be replayed later.")
@click.option("--again", is_flag=True, help="From the first letter kept, not from where the last replay ended.")
def replay(service: str, reason: str | None, again: bool) -> None:  # noqa: FBT001 # click
    """Send SERVICE's dead letters back to the topics they came from, as they were.

    The place reached is remembered, so that running it again sends only what is new. A replay by reason does not move
    that place.

    What is too large to be sent is named with its place, TOPIC/PARTITION/OFFSET, and passed over: a record that its
    letter could not hold lies there as long as the topic keeps it; one that the topic refuses stays in its letter.
    """
    settings = _settings()
    with kafka_faults_in_words(settings):
        let_in(settings)
        sender = _send_back(settings, service, reason, again=again)
    click.echo(f"{sender.sent - len(sender.too_large)} dead letters sent back")
    for place in sender.too_large:
        click.echo(f"{place}: too large to be sent back; it stays in its letter", err=True)


def _send_back(settings: Settings, service: str, reason: str | None, *, again: bool) -> "_Sender":
    sender = _Sender(settings)
    keep_place = reason is None and not again
    letters = _Letters(settings, service, f"{service}.dlq.replay", keep_place=keep_place)
    with letters:
        for message in letters:
            headers = headers_read(message)
            if reason and _text(headers, dead_letters.REASON) != reason:
                continue
            if _without_value(message, headers):
                click.echo(f"{_place(headers)}: left out of its letter for its size; the record lies there", err=True)
                continue
            sender.send(message, headers)
        sender.finish()
        letters.remember_place()
    return sender


@command.command()
@click.argument("service", type=click.Choice(sorted(SERVICES)))
def resume(service: str) -> None:
    """Let SERVICE go on that stopped at its dead-letter limit. Mend first what sends the records it refuses.

    Processes that wait for it go on within a second or two, where they were; a process that is not restarted by
    anything is started as always. `warmline dlq replay` sends back what was refused before the stop.
    """
    with store_faults_in_words():
        why = StandingStop(load_settings(os.environ), service).lift()
    if why is None:
        raise click.ClickException(f"{service} does not stand still at its dead-letter limit")
    click.echo(f"{service} may go on. It had stopped: {why}")


class _Sender:
    """Sends letters back to where they came from.

    Attributes:
        sent: How many.
        too_large: Places of those among them that the topic does not take.
    """

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.topic_prefix
        self._producer = Producer({**producer_config(settings), **QUIET})
        self._refused: list[tuple[Message, Headers]] = []
        self._failed = 0
        self.sent = 0
        self.too_large: list[str] = []

    def send(self, message: Message, headers: Headers) -> None:
        """Hand one letter to the producer."""
        self.sent += 1
        self._produce(message, headers)
        self._producer.poll(0)

    def finish(self) -> None:
        """Await every acknowledgement.

        Raises:
            ClickException: Not all were acknowledged, and it was not for their size.
        """
        unsent = self._producer.flush(FLUSH_TIMEOUT_S)
        refused, self._refused = self._refused, []
        for message, headers in refused:  # once more, but alone: what shares a request is refused together
            self._produce(message, headers)
            unsent += self._producer.flush(FLUSH_TIMEOUT_S)
        self.too_large += [_place(headers) for _, headers in self._refused]
        if self._failed or unsent:
            raise click.ClickException(f"{self._failed + unsent} of {self.sent} were not acknowledged; run it again")

    def _produce(self, message: Message, headers: Headers) -> None:
        topic = self._prefix + _text(headers, dead_letters.TOPIC)
        original: Any = [pair for pair in headers if pair[0] not in dead_letters.OUR_HEADERS]

        def heard(error: KafkaError | None, _message: Message) -> None:
            if error is not None and error.code() in TOO_LARGE:
                self._refused.append((message, headers))
            elif error is not None:
                self._failed += 1

        try:
            self._producer.produce(topic, message.value(), message.key(), headers=original, on_delivery=heard)
        except KafkaException as error:
            heard(error.args[0], message)


class _Letters:
    """Reads a dead-letter topic from the start, or from where a group left off, to its present end."""

    def __init__(self, settings: Settings, service: str, group: str, *, keep_place: bool) -> None:
        config: Config = {**consumer_config(settings, settings.topic_prefix + group), **QUIET}
        self._consumer = Consumer(config)
        self._topic = settings.topic_prefix + dead_letter_topic(service)
        self._keep_place = keep_place
        self._ends: dict[int, int] = {}  # partition to the end it had when the reading began

    def __enter__(self) -> "_Letters":
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()

    def __iter__(self) -> Iterator[Message]:
        described = self._consumer.list_topics(self._topic, timeout=READ_TIMEOUT_S).topics[self._topic]
        if described.error is not None:
            raise click.ClickException(f"{self._topic}: {described.error}")
        places = [TopicPartition(self._topic, partition) for partition in described.partitions]
        starts = self._consumer.committed(places, timeout=READ_TIMEOUT_S) if self._keep_place else places
        assigned = []
        for place in starts:
            low, high = self._consumer.get_watermark_offsets(place, timeout=READ_TIMEOUT_S)
            start = max(low, place.offset)  # a place never kept is below every offset
            if start < high:
                assigned.append(TopicPartition(self._topic, place.partition, start))
                self._ends[place.partition] = high
        self._consumer.assign(assigned)
        left = set(self._ends)
        while left:
            message = self._consumer.poll(READ_TIMEOUT_S)
            if message is None:
                raise click.ClickException(f"{self._topic}: the broker sent nothing for {READ_TIMEOUT_S:.0f} s")
            error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
            if error is None:
                # What has come since is left for the next time: what is sent back may be refused, and here, again.
                if offset < self._ends[partition]:
                    yield message
                if offset + 1 >= self._ends[partition]:
                    left.discard(partition)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 # public constant of librdkafka
                left.discard(partition)
            else:
                raise click.ClickException(f"{self._topic}: {error}")

    def remember_place(self) -> None:
        """Commit what was read, where the place is to be kept."""
        if not self._keep_place:
            return
        places = [
            TopicPartition(place.topic, place.partition, min(place.offset, self._ends[place.partition]))
            for place in self._consumer.position(self._consumer.assignment())
            if place.offset >= 0
        ]
        try:
            if places:
                self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            raise click.ClickException(
                f"sent, but the place was not kept ({error}); the next replay repeats"
            ) from error


def _letters(settings: Settings, service: str, group: str, *, keep_place: bool) -> Iterator[Message]:
    with _Letters(settings, service, group, keep_place=keep_place) as letters:
        yield from letters


def _settings() -> Settings:
    try:
        return load_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _text(headers: Headers, name: str) -> str:
    return (header(headers, name) or b"?").decode("utf-8", "replace")


def _place(headers: Headers) -> str:
    """Return where the refused record lies: TOPIC/PARTITION/OFFSET."""
    return "/".join(_text(headers, name) for name in (dead_letters.TOPIC, dead_letters.PARTITION, dead_letters.OFFSET))


def _without_value(message: Message, headers: Headers) -> bool:
    """Whether the record was too large for its letter. A header alone could be the record's own."""
    return message.value() is None and header(headers, dead_letters.LEFT_OUT) is not None
