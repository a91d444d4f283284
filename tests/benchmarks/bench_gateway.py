"""`python -m tests.benchmarks.bench_gateway`: the gateway beside a bare Starlette app with aiokafka, in the same run.

Throughput in batches of 50, latency of single posts at 500 a second, and what idle readers of the event stream cost.
The client shares the machine; so look at the CPU time of a turn and at the ratios.
"""

import argparse
import asyncio
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import uvloop

from tests.benchmarks import machine
from tests.benchmarks.rig import Rig, Running, create_topics, open_rig, running
from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.gateway.keys import new_key, write_keys
from warmline.local.ports import LOOPBACK, free_ports

BATCH = 50
CONNECTIONS = 8
RATE_PER_S = 500
SINGLES_AT_ONCE = 64
MB = 1e6
PEER = Path(__file__).parent / "peers" / "starlette_peer.py"
SPOKEN_MS = 1_767_603_600_000
WORDS = "i have been waiting for my parcel for a week now and nobody told me anything"


def turn(number: int) -> dict[str, object]:
    """Return a turn of ordinary size."""
    return {
        "conversation_id": f"talk-{number % 500}",
        "turn_id": f"t-{number}",
        "role": "customer",
        "participant_id": "p-1",
        "text": WORDS,
        "spoken_at": SPOKEN_MS + number,
        "channel": "voice",
        "queue": "parcels",
    }


class Door:
    """A server under measurement."""

    def __init__(self, name: str, port: int, key: str, process: Running) -> None:
        self.name = name
        self.process = process
        self.port = port
        self._head = f"POST /v1/turns HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\n"

    def request(self, body: object) -> bytes:
        """Return a request as bytes."""
        payload = json.dumps(body).encode()
        return f"{self._head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload

    def resident_mb(self) -> float:
        """Return the process's memory."""
        status = Path(f"/proc/{self.process.process.pid}/status").read_text(encoding="utf-8")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000

    def wait_ready(self) -> None:
        """Wait until it serves."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            self.process.check()
            try:
                urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/readyz", timeout=2).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
            else:
                return
        raise TimeoutError(self.name)


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send a request and read its answer; return the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    fields = head.lower().split(b"content-length: ")
    await reader.readexactly(int(fields[1].split(b"\r\n")[0]))
    return int(head[9:12])


async def throughput(door: Door, turns: int) -> tuple[float, float]:
    """Return turns a second and CPU microseconds a turn."""
    requests = [
        door.request([turn(number) for number in range(start, start + BATCH)]) for start in range(0, turns, BATCH)
    ]

    async def work() -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, door.port)
        while requests:
            status = await exchange(reader, writer, requests.pop())
            if status != 202:
                raise RuntimeError(f"{door.name}: {status}")
        writer.close()

    cpu, began = door.process.cpu_s(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    took = time.perf_counter() - began
    return turns / took, (door.process.cpu_s() - cpu) / turns * 1e6


async def latency(door: Door, seconds: int) -> list[float]:
    """Return each single post's milliseconds, from when it was due: a late client counts against us."""
    connections = [await asyncio.open_connection(LOOPBACK, door.port) for _ in range(SINGLES_AT_ONCE)]
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    took: list[float] = []

    async def one(number: int, due: float) -> None:
        connection = await free.get()
        status = await exchange(*connection, door.request(turn(number)))
        took.append((time.perf_counter() - due) * 1000)
        free.put_nowait(connection)
        if status != 202:
            raise RuntimeError(f"{door.name}: {status}")

    began = time.perf_counter()
    tasks = []
    for number in range(RATE_PER_S * seconds):
        due = began + number / RATE_PER_S
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    for _, writer in connections:
        writer.close()
    return sorted(took)


async def readers_mb(door: Door, key: str, count: int) -> float:
    """Return what that many idle readers of the event stream cost."""
    before = door.resident_mb()
    held = []
    for _ in range(count):
        reader, writer = await asyncio.open_connection(LOOPBACK, door.port)
        writer.write(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nX-Api-Key: {key}\r\n\r\n".encode())
        held.append((reader, writer))
    for reader, _ in held:
        await reader.readuntil(b"id: ")
    await asyncio.sleep(2)
    cost = door.resident_mb() - before
    for _, writer in held:
        writer.close()
    return cost


def open_gateway(rig: Rig, stack: ExitStack) -> tuple[Door, str]:
    """Run the gateway."""
    (port,) = free_ports(1)
    key, kept = new_key("bench", ("ingest", "read"), "")
    write_keys(rig.folder / "keys.json", [kept])
    environment = {
        "WARMLINE_KAFKA_BROKERS": rig.bootstrap,
        "WARMLINE_REDIS_URL": rig.redis_url,
        "WARMLINE_TOPIC_PREFIX": "ours.",
        "WARMLINE_GATEWAY_LISTEN": f"{LOOPBACK}:{port}",
        "WARMLINE_GATEWAY_KEYS_FILE": str(rig.folder / "keys.json"),
        "WARMLINE_GATEWAY_RATE_PER_S": "1000000",
    }
    command = [sys.executable, "-m", "warmline", "run", "gateway"]
    return Door("Warmline", port, key, stack.enter_context(running("gateway", command, environment, rig.folder))), key


def open_peer(rig: Rig, stack: ExitStack) -> Door:
    """Run the peer."""
    (port,) = free_ports(1)
    command = [sys.executable, str(PEER), str(port), rig.bootstrap, "peer." + CONVERSATION_EVENTS]
    return Door("Starlette with aiokafka", port, "none", stack.enter_context(running("peer", command, {}, rig.folder)))


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_gateway", description=__doc__)
    parser.add_argument("--turns", type=int, default=30_000, help="turns of one run, in batches of 50")
    parser.add_argument("--seconds", type=int, default=10, help="of single posts at 500/s")
    parser.add_argument("--readers", type=int, default=1000, help="idle readers of the event stream")
    asked = parser.parse_args()
    say: Callable[[str], None] = lambda text: print(text, flush=True)  # noqa: E731, T201 # a command's output
    with open_rig() as rig, ExitStack() as stack:
        for prefix in ("ours.", "peer."):
            create_topics(rig, prefix)
        gateway, key = open_gateway(rig, stack)
        doors = [gateway, open_peer(rig, stack)]
        for door in doors:
            door.wait_ready()
            uvloop.run(throughput(door, BATCH * 40))  # warm
        say(f"load before: {machine.load()}; {machine.describe()['CPU']}; {rig.kinds[0]}")
        say(
            "| one process, batches of 50 | turns/s | CPU µs/turn | turns/s of one core |\n| --- | ---: | ---: | ---: |"
        )
        for door in doors:
            per_s, cpu_us = uvloop.run(throughput(door, asked.turns))
            say(f"| {door.name} | {per_s:,.0f} | {cpu_us:.0f} | {1e6 / cpu_us:,.0f} |")
        say("\n| single posts, 500/s | p50 ms | p99 ms | max ms |\n| --- | ---: | ---: | ---: |")
        for door in doors:
            took = uvloop.run(latency(door, asked.seconds))
            p99 = took[int(len(took) * 0.99)]
            say(f"| {door.name} | {took[len(took) // 2]:.1f} | {p99:.1f} | {took[-1]:.1f} |")
        cost = uvloop.run(readers_mb(gateway, key, asked.readers))
        say(f"\n{asked.readers} idle readers of the event stream: {cost:.0f} MB. Load after: {machine.load()}")


if __name__ == "__main__":
    main()
