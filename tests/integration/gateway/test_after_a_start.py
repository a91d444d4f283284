"""A gateway that starts: readers that wait for it, and readers that had everything before it."""

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Consumer, Producer

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support.gateway import GatewayProcess, create_topics
from tests.support.loops import await_that
from warmline.bus.config import consumer_config
from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.gateway.feed import Feed
from warmline.gateway.hub import Hub, Subscriber
from warmline.gateway.positions import read_id
from warmline.settings import load_settings

WINDOW = (Path(__file__).parents[3] / "schemas" / "examples" / "conversation.window.json").read_bytes()
WANTED = (CONVERSATION_WINDOWS,)
COUNT = 6
AGES_MS = 366 * 86_400_000
"""A later gateway's clock is so much ahead: nothing is recent to it."""


class Stream(threading.Thread):
    """Reads an event stream to its end: `lines` with the time at which each came; `error` where it was cut off."""

    def __init__(self, gateway: GatewayProcess) -> None:
        super().__init__(daemon=True)
        self.gateway = gateway
        self.lines: list[tuple[float, str]] = []
        self.error: httpx.HTTPError | None = None

    def run(self) -> None:
        try:
            with self.gateway.client("read", timeout=120) as client, client.stream("GET", "/v1/events") as stream:
                for line in stream.iter_lines():
                    self.lines.append((time.monotonic(), line))
        except httpx.HTTPError as error:
            self.error = error

    def came(self, beginning: str) -> list[float]:
        return [at for at, line in list(self.lines) if line.startswith(beginning)]


@pytest.fixture
def waiting(kafka: KafkaPart, redis_server: RedisPart, tmp_path: Path, unique: Callable[[str], str]):
    """A gateway whose topics are not there yet, and a reader that has come already."""
    gateway = GatewayProcess(kafka.bootstrap, redis_server.url, tmp_path, unique("waits") + ".")
    gateway.process.start()
    await_that(lambda: "listening" in gateway.log(), "it listens", 120)
    reader = Stream(gateway)
    reader.start()
    await_that(lambda: bool(reader.came("retry:")), "the stream is open")
    try:
        yield gateway, reader
    finally:
        gateway.process.process.kill()


def test_a_reader_that_waits_for_the_view_is_taken_in_with_it(waiting) -> None:
    gateway, reader = waiting
    create_topics(gateway.bootstrap, gateway.prefix)
    gateway.wait_ready()
    await_that(lambda: bool(reader.came("id:")), "it was taken in")
    beats = [at for at in reader.came(": alive") if at <= reader.came("id:")[0]]
    assert not beats or reader.came("id:")[0] - beats[-1] > 0.5, "not only as the next heartbeat was due"


def test_a_reader_that_waits_for_the_view_is_let_go_in_order_where_the_gateway_ends(waiting) -> None:
    gateway, reader = waiting
    gateway.process.process.stop()
    reader.join(60)
    assert not reader.is_alive()
    assert reader.error is None
    assert reader.came("id:") == []


def publish(bootstrap: str, topic: str, *, transactional: bool) -> None:
    settings = {"bootstrap.servers": bootstrap}
    producer = Producer({**settings, "transactional.id": uuid.uuid4().hex} if transactional else settings)
    if transactional:
        producer.init_transactions(60)
        producer.begin_transaction()
    for number in range(COUNT):
        producer.produce(topic, WINDOW.replace(b"\n", b" "), b"%d" % number)
    if transactional:
        producer.commit_transaction(60)
    assert producer.flush(60) == 0


@asynccontextmanager
async def followed(bootstrap: str, prefix: str, ahead_ms: int) -> AsyncIterator[tuple[Hub, list[bool]]]:
    """Yield the hub of a gateway that has come to every end, and which of its records were news."""
    settings = load_settings({"WARMLINE_KAFKA_BROKERS": bootstrap, "WARMLINE_TOPIC_PREFIX": prefix})
    hub, news, ready = Hub(), list[bool](), asyncio.Event()

    def begin(places):
        for place in places:
            hub.begin(*place)

    def take(arrivals):
        for arrival in arrivals:
            hub.publish(arrival.topic, arrival.partition, arrival.offset, arrival.value)
            news.append(arrival.is_news)

    feed = Feed(
        make_consumer=lambda: Consumer(consumer_config(settings, f"{prefix}{uuid.uuid4().hex}")),
        prefix=prefix,
        names=WANTED,
        loop=asyncio.get_running_loop(),
        begin=begin,
        take=take,
        ready=ready.set,
        now_ms=lambda: int(time.time() * 1000) + ahead_ms,
        monotonic=time.monotonic,
    )
    feed.start()
    try:
        async with asyncio.timeout(120):
            await ready.wait()
        yield hub, news
    finally:
        feed.ask_to_stop()
        await asyncio.to_thread(feed.join, 30)


@pytest.mark.parametrize("written", ["in transactions", "without"])
def test_who_had_everything_before_a_quiet_spell_goes_on_after_a_start(
    kafka: KafkaPart, unique: Callable[[str], str], written: str
) -> None:
    prefix, transactional = unique("quiet") + ".", written == "in transactions"
    create_topics(kafka.bootstrap, prefix)
    publish(kafka.bootstrap, prefix + CONVERSATION_WINDOWS, transactional=transactional)

    async def scene() -> None:
        async with followed(kafka.bootstrap, prefix, 0) as (hub, news):
            # A transaction is committed before its marks are in every partition, and until then ends lie before them.
            await asyncio.to_thread(await_that, lambda: len(news) >= COUNT, "all that was committed to come")
            assert news == [True] * COUNT
            (mark,) = hub.subscribe(Subscriber(WANTED), None)
        had = read_id(mark.decode().removeprefix("id: ").strip())
        assert had is not None
        async with followed(kafka.bootstrap, prefix, AGES_MS) as (later, stale):
            assert list(later.subscribe(Subscriber(WANTED), had)) == []
            assert not any(stale), "what is older than the time that is looked back on is no news"
            if not transactional:
                offsets = had[CONVERSATION_WINDOWS]
                partition, end = next((each, offset) for each, offset in offsets.items() if offset)
                one_less = {CONVERSATION_WINDOWS: {**offsets, partition: end - 1}}
                (frame,) = later.subscribe(Subscriber(WANTED), one_less)
                assert frame.startswith(b"event: window\n"), "the record before is held for who stands there"

    asyncio.run(scene())
