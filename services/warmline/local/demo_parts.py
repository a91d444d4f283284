"""What the demo runs on: a broker, a store, the topics, the services, the gateway; all its own, all gone at the end."""

import atexit
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from warmline.contracts.topics import CONVERSATION_WINDOWS
from warmline.local.broker import Choice, OpenBroker, open_broker
from warmline.local.demo_console import DemoConsole, new_console
from warmline.local.demo_first_join import join_once
from warmline.local.demo_interrupt import undisturbed
from warmline.local.process import StartFailedError
from warmline.local.stack import Stack
from warmline.local.valkey import ValkeyServer
from warmline.local.view_stage import Show
from warmline.services import DOORS, SERVICES
from warmline.settings import Secret, Settings

FAUST_SERVICE = "wellbeing"
RECORDS = "warmline_records_total"
CONNECT_S = 1.0
PARTITIONS = 4  # enough to see that one agent's contacts come over several; each costs a little at every start


@dataclass(frozen=True)
class Running:
    """A running Warmline.

    Attributes:
        broker: The broker.
        valkey: The store.
        stack: The services, and the gateway.
        settings: What a client of it needs.
        console: Where people look.
    """

    broker: OpenBroker
    valkey: ValkeyServer
    stack: Stack
    settings: Settings
    console: DemoConsole

    def check(self) -> None:
        """Raise where a part has ended by itself: the broker and the store first, as the services fall with them.

        Raises:
            StartFailedError: With the end of its log, if it has one here.
        """
        if _refuses(self.broker.bootstrap):
            raise StartFailedError(f"{self.broker.kind} ended by itself: {self.broker.bootstrap} refuses connections")
        if not self.valkey.process.running:
            tail = self.valkey.process.log_tail()
            raise StartFailedError(f"{self.valkey.kind} ended by itself. The end of its log:\n{tail}")
        self.stack.check()

    def lost(self) -> dict[str, int]:
        """Return service to events that it did not count because they came too late, or could not be read."""
        found = {
            service.name: round(
                service.metric(RECORDS, service=service.name, outcome="late")
                + service.metric(RECORDS, service=service.name, outcome="dead_letter")
            )
            for service in self.stack.services
        }
        return {name: count for name, count in found.items() if count}

    def addresses(self) -> list[str]:
        """Return where everything is, as settings and links."""
        lines = [
            f"console: {self.console.told}",
            f"WARMLINE_KAFKA_BROKERS={self.broker.bootstrap}",
            f"WARMLINE_REDIS_URL={self.valkey.url}",
        ]
        if self.settings.kafka_extra:
            lines.append(f"WARMLINE_KAFKA_EXTRA={self.settings.kafka_extra}")
        lines += [f"{service.process.name}: {service.address}/metrics" for service in self.stack.services]
        return lines


@contextmanager
def running(choice: Choice, show: Show) -> Iterator[Running]:
    """Start everything, saying what is being started, and stop it all at the end, however that comes about.

    Raises:
        StartFailedError: Something did not come up.
        KafkaUnavailableError: Real Kafka was asked for and cannot run here.
        FetchFailedError: Real Kafka was asked for and could not be fetched.
        EmbeddedUnavailableError: The embedded broker is needed and its wheel is missing.
        ValkeyUnavailableError: There is no Redis and no Valkey.
    """
    with ExitStack() as parts:
        folder = parts.enter_context(_own_folder())
        try:
            yield _start(choice, show, folder, parts)
        finally:
            undisturbed()


def _start(choice: Choice, show: Show, folder: Path, parts: ExitStack) -> Running:
    show.begin("a broker (real Kafka is fetched once where Maven and Java are at hand)")
    began = time.monotonic()
    broker = parts.enter_context(open_broker(choice))
    show.ready(f"broker: {broker.kind}, {time.monotonic() - began:.1f} s")
    if broker.why_embedded:
        show.ready(f"  why not real Kafka: {broker.why_embedded}")
    if broker.limits:
        show.ready(f"  it is not for: {broker.limits}")
    valkey = parts.enter_context(ValkeyServer())
    show.ready(f"store: {valkey.kind}")
    extra = ",".join(f"{name}={value}" for name, value in broker.consumer_settings.items())
    settings = Settings(kafka_brokers=broker.bootstrap, redis_url=Secret(valkey.url), kafka_extra=extra)
    console = new_console(folder)
    more = {"kafka_extra": extra} if extra else {}
    stack = Stack(broker.bootstrap, valkey.url, folder, {**console.settings, **more})
    parts.callback(stack.stop)
    show.begin("the topics")
    stack.create_topics(PARTITIONS)
    show.ready("topics: created")
    if broker.consumer_settings:
        show.begin("the first membership of wellbeing's group")
        join_once(broker.bootstrap, FAUST_SERVICE, CONVERSATION_WINDOWS)
    began = time.monotonic()
    show.begin(f"the services: {', '.join([*SERVICES, *DOORS])} (the first start loads the model)")
    stack.start_all(
        [*SERVICES, *DOORS],
        on_ready=lambda name: show.ready(f"{name}: ready after {time.monotonic() - began:.1f} s"),
    )
    show.ready(f"console: {console.told}")
    return Running(broker, valkey, stack, settings, console)


def _refuses(address: str) -> bool:
    """Tell whether nothing listens there; one that is only too busy to answer does not refuse."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=CONNECT_S):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Give a temporary folder, and have every part put its own temporary files into it, so that none is left behind.

    A part that is interrupted while it starts is killed only when Python exits; therefore the folder is removed then
    as well. What was registered first is done last.
    """
    folder = Path(tempfile.mkdtemp(prefix="warmline-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)
