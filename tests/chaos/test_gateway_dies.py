"""The gateway or the broker is killed under a client that repeats what was not answered 202: nothing is lost.

`WARMLINE_TEST_GATEWAY_POSTS` sets the length: 10000 is the full form, the default is what a test run can afford.
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.parts import kafka as kafkas
from tests.parts.kafka import KafkaPart
from tests.parts.obtain import obtain
from tests.support.gateway import GatewayProcess, create_topics, turn
from tests.support.loops import await_that, read_all, written
from warmline.bus.envelope import header
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_WINDOWS
from warmline.contracts.turn import Turn
from warmline.contracts.window import ConversationWindow
from warmline.local.kafka_jvm import KafkaCluster
from warmline.local.stack import Stack

POSTS = int(os.environ.get("WARMLINE_TEST_GATEWAY_POSTS", "400"))
KILLS = max(2, POSTS // 2_000)
WORKERS = 8
TALKS = 20
PAUSE_S = 0.05
SPOKEN_EVERY_MS = 50
"""About the pace they are posted at. At a turn a second, a post that is repeated half a second after others went by
would come more than windows' lateness of a minute after what was spoken later, and rightly not be counted."""


@pytest.fixture
def broker() -> Iterator[KafkaCluster]:
    """One broker of our own that may be killed."""
    with ExitStack() as stack:
        yield obtain("a Kafka broker to kill", [lambda stack: kafkas.start_cluster(stack, brokers=1)], stack)


class Client:
    """Posts turns, and each again until it is answered 202."""

    def __init__(self, gateway: GatewayProcess, count: int) -> None:
        self.count = count
        self._gateway = gateway
        began_ms = time.time_ns() // 1_000_000 - count * SPOKEN_EVERY_MS
        turns = [
            turn(number, f"talk-{number % TALKS}", text="ok", spoken_at=began_ms + number * SPOKEN_EVERY_MS)
            for number in range(count)
        ]
        self.posted = {(given["conversation_id"], given["turn_id"]) for given in turns}
        self._waiting = turns[::-1]
        self.answers: Counter[int] = Counter()
        self.cut = 0
        self.unkind: list[httpx.Response] = []

    @property
    def progress(self) -> float:
        """Share of the turns that were answered 202."""
        return self.answers[202] / self.count

    async def reaches(self, share: float) -> None:
        """Wait until so much was answered 202."""
        while self.progress < share:
            await asyncio.sleep(0.002)

    async def hears(self, status: int) -> None:
        """Wait until a status was answered."""
        while not self.answers[status]:
            await asyncio.sleep(0.01)

    async def run(self) -> None:
        """Post everything."""
        options = {"base_url": self._gateway.url, "timeout": 30, "verify": False}
        async with httpx.AsyncClient(**options, headers=self._gateway.headers("ingest")) as http:
            await asyncio.gather(*(self._work(http) for _ in range(WORKERS)))

    async def _work(self, http: httpx.AsyncClient) -> None:
        while self._waiting:
            given = self._waiting.pop()
            while not await self._posted(http, given):
                await asyncio.sleep(PAUSE_S)

    async def _posted(self, http: httpx.AsyncClient, given: dict) -> bool:
        try:
            answer = await http.post("/v1/turns", json=given)
        except httpx.TransportError:
            self.cut += 1
            return False
        self.answers[answer.status_code] += 1
        if answer.status_code not in {202, 503} or (answer.status_code == 503 and "retry-after" not in answer.headers):
            self.unkind.append(answer)
        return answer.status_code == 202


@pytest.mark.timeout(1500)
def test_every_turn_that_was_answered_is_there_and_once_after_windows(
    kafka: KafkaPart, redis_url: str, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    prefix = unique("dies") + "."
    create_topics(kafka.bootstrap, prefix, partitions=6)
    stack = Stack(kafka.bootstrap, redis_url, tmp_path / "flow", {"topic_prefix": prefix})
    gateway = GatewayProcess(kafka.bootstrap, redis_url, tmp_path / "gateway", prefix).start()
    client = Client(gateway, POSTS)
    try:
        asyncio.run(killing(client, gateway))
        assert client.unkind == [], "nothing but 202, and 503 with Retry-After"
        assert client.cut > 0, "it was killed while posts were under way"
        posted = client.posted
        assert on_topic(gateway) == posted

        stack.start_all(("scoring", "windows"))

        def windows() -> dict[bytes, ConversationWindow]:
            stack.check()
            found = read_all(kafka.bootstrap, prefix + CONVERSATION_WINDOWS)
            decoder = msgspec.json.Decoder(ConversationWindow)
            windows = {header(each.headers(), "ce_id"): decoder.decode(each.value()) for each in found}
            return {name: window for name, window in windows.items() if window.heard is not None}

        topic = prefix + CONVERSATION_WINDOWS
        await_that(lambda: written(kafka.bootstrap, topic) >= POSTS, "as many windows as turns", timeout_s=240)
        await_that(lambda: len(windows()) >= POSTS, "every turn's window", timeout_s=60)
        heard = Counter((window.conversation_id, window.cause) for window in windows().values())
        assert heard == Counter(posted), "each turn counted once, however often it was posted"
    finally:
        stack.stop()
        gateway.process.process.stop()


@pytest.mark.timeout(600)
def test_while_the_broker_is_away_it_says_so_and_afterwards_everything_is_there(
    broker: KafkaCluster, redis_url: str, tmp_path: Path, unique: Callable[[str], str]
) -> None:
    prefix = unique("away") + "."
    create_topics(broker.bootstrap, prefix)
    settings = {"gateway_ack_timeout_s": "3"}
    gateway = GatewayProcess(broker.bootstrap, redis_url, tmp_path, prefix, settings).start()
    client = Client(gateway, 200)
    try:
        asyncio.run(losing_the_broker(client, broker))
        assert client.unkind == [], "nothing but 202, and 503 with Retry-After"
        assert client.answers[503] > 0, "it was honest while the broker was away"
        assert on_topic(gateway) == client.posted
    finally:
        gateway.process.process.stop()


def on_topic(gateway: GatewayProcess) -> set[tuple[str, str]]:
    """Return conversation and turn of everything on the topic; a repeated turn has the id it had before."""
    messages = read_all(gateway.bootstrap, gateway.prefix + CONVERSATION_EVENTS)
    turns = [msgspec.json.decode(message.value(), type=Turn) for message in messages]
    found = {(each.conversation_id, each.turn_id) for each in turns}
    assert len({header(message.headers(), "ce_id") for message in messages}) == len(found)
    return found


async def killing(client: Client, gateway: GatewayProcess) -> None:
    """Run the client, and kill the gateway now and then."""
    running = asyncio.create_task(client.run())
    rng = random.Random(client.count)
    for number in range(KILLS):
        await client.reaches((number + rng.uniform(0.5, 1)) / (KILLS + 1))
        gateway.process.process.kill()
        await asyncio.to_thread(gateway.process.start)
    await running


async def losing_the_broker(client: Client, broker: KafkaCluster) -> None:
    """Run the client; freeze the broker for a while, then kill it and start it again."""
    running = asyncio.create_task(client.run())
    await client.reaches(0.3)
    broker.signal_broker(0, signal.SIGSTOP)
    await client.hears(503)
    broker.signal_broker(0, signal.SIGCONT)
    await client.reaches(0.6)
    broker.kill_broker(0)
    client.answers[503] = 0
    await client.hears(503)
    await asyncio.to_thread(broker.restart_broker, 0)
    await running
