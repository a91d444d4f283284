"""A real gateway process over real parts, with keys of every kind."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka.admin import AdminClient

from warmline.bus.topics_command import new_topics
from warmline.gateway.callers import SCOPES
from warmline.gateway.keys import Key, new_key, write_keys
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.service_process import ServiceProcess

PARTITIONS = 3
PEPPER = "pepper of the tests"
AGENT = "agent-7"
EXPIRED = "expired"
READY_S = 240.0
SPOKEN_MS = 1_767_603_600_000


class GatewayProcess:
    """One gateway that may be killed and started again on the same port.

    Attributes:
        url: Where it serves.
        keys: A key for each scope by the scope's name, one with all scopes as `all`, and an `expired` one.
        process: The process.
    """

    def __init__(
        self, bootstrap: str, redis_url: str, folder: Path, prefix: str, settings: Mapping[str, str] | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{port}"
        self.address = (LOOPBACK, port)
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.keys_file = folder / "keys.json"
        self.keys: dict[str, str] = {}
        self.kept: dict[str, Key] = {}
        for scope in SCOPES:
            self._add(scope, (scope,))
        self._add("all", SCOPES)
        self._add(EXPIRED, SCOPES, expires_at_s=1)
        self.write_keys()
        given = {
            "kafka_brokers": bootstrap,
            "redis_url": redis_url,
            "topic_prefix": prefix,
            "gateway_listen": f"{LOOPBACK}:{port}",
            "gateway_keys_file": str(self.keys_file),
            "gateway_key_pepper": PEPPER,
            "gateway_session_secret": "the same over restarts",
            "gateway_rate_per_s": "1000000",
            "drain_s": "10",
            **(settings or {}),
        }
        environment = {f"WARMLINE_{name.upper()}": value for name, value in given.items()}
        self.process = ServiceProcess("gateway", 1, environment, folder)

    def start(self) -> "GatewayProcess":
        """Start it and wait until it is ready."""
        self.process.start()
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Wait until it is ready, also on a machine that has better things to do."""
        self.process.process.wait_until(self.process.ready, timeout=READY_S, advice="")

    def headers(self, key: str) -> dict[str, str]:
        """Return the credentials of one of its keys."""
        return {"Authorization": f"Bearer {self.keys[key]}"}

    def client(self, key: str | None = "all", **options: Any) -> httpx.Client:
        """Return a client with the credentials of a key, or without any."""
        given = {"base_url": self.url, "timeout": 30, "verify": False, **options}  # no TLS: its context is slow to make
        return httpx.Client(**given, headers=self.headers(key) if key else {})

    def write_keys(self) -> None:
        """Write the key file."""
        write_keys(self.keys_file, list(self.kept.values()))

    def log(self) -> str:
        """Return what it has logged."""
        return self.process.process.log.read_text(errors="replace")

    def _add(self, name: str, scopes: tuple[Any, ...], expires_at_s: int | None = None) -> None:
        agent = AGENT if "agent:self" in scopes else None
        self.keys[name], self.kept[name] = new_key(name, scopes, PEPPER, agent, expires_at_s)


@contextmanager
def running_gateway(
    bootstrap: str, redis_url: str, folder: Path, prefix: str, settings: Mapping[str, str] | None = None
) -> Iterator[GatewayProcess]:
    """Create the topics, run a gateway, and stop it in order at the end."""
    create_topics(bootstrap, prefix)
    gateway = GatewayProcess(bootstrap, redis_url, folder, prefix, settings).start()
    try:
        yield gateway
    finally:
        in_order = gateway.process.process.stop()
    assert in_order, gateway.log()[-3000:]


def create_topics(bootstrap: str, prefix: str, partitions: int = PARTITIONS) -> None:
    """Create every topic under a prefix. Event times of tests lie in the past: nothing is deleted for its age."""
    wanted = list(new_topics(prefix, partitions, 1))
    for topic in wanted:
        topic.config["retention.ms"] = "-1"
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics(wanted, operation_timeout=30).values():
        future.result(40)


def turn(number: int = 1, conversation: str = "talk-1", **fields: Any) -> dict[str, Any]:
    """Return a turn as it is posted."""
    return {
        "conversation_id": conversation,
        "turn_id": f"t-{number}",
        "role": "customer",
        "participant_id": "p-1",
        "text": "where is my parcel",
        "spoken_at": SPOKEN_MS + number * 1000,
        **fields,
    }


def sse_events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Yield the events of an event stream: event, id, data; a block with an id alone has no data."""
    held: dict[str, Any] = {}
    for line in lines:
        if not line:
            if "id" in held:
                yield {"event": None, "data": None, **held}
            held = {}
            continue
        name, _, value = line.partition(": ")
        if name in {"id", "event"}:
            held[name] = value
        elif name == "data":
            held["data"] = json.loads(value)
