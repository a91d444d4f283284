"""`make bench`: measures windows beside its peers, escalation, end-to-end latency, scoring, and Redis memory.

Progress goes to standard error, the tables in Markdown to standard output.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import escalation_job, latency_job, machine, memory_job, windows_job
from tests.benchmarks.peer_job import PEERS, SMALLER, Peer, measure_peer
from tests.benchmarks.report import Rows, latency_table, latency_values, speed_table, speed_values
from tests.benchmarks.rig import BenchError, Rig, open_rig, open_store

OURS = "Warmline"
DOES = (
    "the whole window; state, outbox and due times in Redis, every batch acknowledged before its offsets are committed"
)
SCORING = Path(__file__).with_name("bench_scoring.py")

Found = tuple[str, Any]
"""A table, and the same as values."""


def progress(text: str) -> None:
    """Say what is going on."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 # progress of a command


def windows(rig: Rig, asked: argparse.Namespace) -> Found:
    """Measure windows and the peers, in turns."""
    rows: Rows = {OURS: []}
    does = {OURS: DOES}
    ready: list[tuple[str, Peer]] = []
    for peer in PEERS if asked.peers else ():
        try:
            name = f"{peer.name} {peer.version()}"
        except (BenchError, OSError, subprocess.CalledProcessError) as error:
            name, does[peer.name] = peer.name, f"cannot be installed: {error}"
        else:
            ready.append((name, peer))
            does[name] = f"{SMALLER}; state: {peer.state}"
        rows[name] = []
    for number in range(asked.rounds):
        prefix = f"windows{number}."
        progress(f"windows, round {number + 1} of {asked.rounds}: {asked.turns} turns")
        windows_job.prepare(rig, prefix, asked.turns)
        runs: list[tuple[str, Callable[[], Any]]] = [(OURS, lambda: windows_job.measure(rig, prefix, asked.turns))]  # noqa: B023 # called within the round
        runs += [(name, lambda peer=peer: measure_peer(rig, prefix, asked.turns, peer)) for name, peer in ready]  # type: ignore[misc] # noqa: B023
        for name, run in runs if number % 2 == 0 else reversed(runs):
            try:
                speed = run()
            except BenchError as error:
                if name == OURS:
                    raise
                does[name] += f"; a run failed: {str(error).splitlines()[0]}"
                progress(f"  {name}: {error}")
                continue
            rows[name].append(speed)
            progress(f"  {name}: {speed.per_s:,.0f} turns/s, {speed.cpu_us:.0f} µs CPU a turn; load {machine.load()}")
    return speed_table("Windows, one process, Kafka in and out", rows, does), speed_values(rows)


def escalation(rig: Rig, asked: argparse.Namespace) -> Found:
    """Measure escalation."""
    rows: Rows = {OURS: []}
    for number in range(asked.rounds):
        prefix = f"escalation{number}."
        count = escalation_job.prepare(rig, prefix, asked.turns)
        progress(f"escalation, round {number + 1} of {asked.rounds}: {count} windows")
        speed = escalation_job.measure(rig, prefix, count)
        rows[OURS].append(speed)
        progress(f"  {speed.per_s:,.0f} turns/s, {speed.cpu_us:.0f} µs CPU a turn; load {machine.load()}")
    does = {OURS: "risk and alerts; state, outbox and due times in Redis"}
    return speed_table("Escalation, one process, Kafka in and out", rows, does), speed_values(rows)


def latency(rig: Rig, asked: argparse.Namespace) -> Found:
    """Measure end to end."""
    progress(f"end to end: {asked.rate} turns/s for {asked.seconds} s")
    found = latency_job.measure(rig, "latency.", asked.rate, asked.seconds)
    return latency_table(found), latency_values(found)


def scoring(_rig: Rig, _asked: argparse.Namespace) -> Found:
    """Run the scoring benchmark, which is a command of its own."""
    progress("scoring")
    if not SCORING.exists():
        raise BenchError("bench_scoring.py is missing")
    done = subprocess.run([sys.executable, str(SCORING)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError((done.stderr.strip().splitlines() or ["no message"])[-1])
    return f"### Scoring\n\n```\n{done.stdout.strip()}\n```", done.stdout.strip().splitlines()


def store_memory(rig: Rig, asked: argparse.Namespace) -> Found:
    """Measure what live conversations take in Redis."""
    progress(f"store memory: {asked.conversations} conversations")
    found = memory_job.measure(rig, "memory", asked.conversations, progress)
    return memory_job.table(found, asked.conversations), memory_job.values(found)


STORE_MEMORY = "store_memory"
JOBS = {
    "windows": windows,
    "escalation": escalation,
    "latency": latency,
    "scoring": scoring,
    STORE_MEMORY: store_memory,
}


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=JOBS, action="append", help="one job; may be given again")
    parser.add_argument("--turns", type=int, default=100_000, help="turns of one run of windows and escalation")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, taken in turns; the median counts")
    parser.add_argument("--rate", type=int, default=latency_job.RATE_PER_S, help="turns a second, end to end")
    parser.add_argument("--seconds", type=int, default=latency_job.LASTS_S, help="how long, end to end")
    parser.add_argument("--conversations", type=int, default=1000, help="live conversations of store_memory")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="Warmline alone")
    parser.add_argument("--json", type=Path, help="write the values here too")
    asked = parser.parse_args()
    values: dict[str, Any] = {}
    tables: list[str] = []
    failed = False
    wanted = list(asked.only or JOBS)
    with open_store() if wanted == [STORE_MEMORY] else open_rig() as rig:
        about = {**machine.describe(), "Kafka": rig.kinds[0], "Redis": rig.kinds[1], "Load before": machine.load()}
        for name in wanted:
            try:
                table, values[name] = JOBS[name](rig, asked)
            except BenchError as error:
                failed = True
                table, values[name] = f"### {name}\n\nnot measured: {error}", {"error": str(error)}
                progress(f"  {name}: {error}")
            tables.append(table)
        about["Load after"] = machine.load()
    heading = ["## Measured", "", *(f"- {name}: {text}" for name, text in about.items())]
    print("\n".join(heading), *tables, sep="\n\n")  # noqa: T201 # the result of a command
    if asked.json:
        asked.json.write_text(json.dumps({"machine": about, **values}, indent=1) + "\n", encoding="utf-8")
    sys.exit(failed)


if __name__ == "__main__":
    main()
