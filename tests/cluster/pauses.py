"""How long turns waited in each service while something was done to it: rebalances as those who send turns see them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.loops import read_all
from warmline.bus.envelope import header
from warmline.contracts.topics import AGENT_ASSIST, CONVERSATION_SCORES, CONVERSATION_WINDOWS, ESCALATION_ALERTS

STAGES = {
    "scoring": (CONVERSATION_SCORES, "received"),
    "windows": (CONVERSATION_WINDOWS, "scored"),
    "escalation": (ESCALATION_ALERTS, "windowed"),
    "assist": (AGENT_ASSIST, "windowed"),
}
"""Service to where its outcomes are, and the stamp of when it could have begun. wellbeing waits by design."""


@dataclass
class Act:
    """Something that was done, from when to when, seconds since the epoch."""

    name: str
    began: float
    ended: float
    told: list[str] = field(default_factory=list)


class Acts:
    """What was done, in order; the time between two acts is nobody's."""

    def __init__(self) -> None:
        self.done: list[Act] = []

    @contextmanager
    def act(self, name: str) -> Iterator[Act]:
        act = Act(name, time.time(), 0.0)
        tell(f"{name} ...")
        yield act
        act.ended = time.time()
        self.done.append(act)
        tell(f"{name}: {act.ended - act.began:.0f} s {'; '.join(act.told)}")

    def report(self, bootstrap: str) -> str:
        """Return a table: by act and service, the longest wait of a turn that came meanwhile, and how many came."""
        waits = {service: list(waits_of(bootstrap, *stage)) for service, stage in STAGES.items()}
        lines = [
            "",
            f"{'longest wait of what came meanwhile, s (how many came)':58}" + "".join(f"{s:>18}" for s in waits),
        ]
        for act in self.done:
            row = f"{act.name[:50]:50}{act.ended - act.began:6.0f} s"
            for each in waits.values():
                during = [wait for began, wait in each if act.began <= began <= act.ended]
                row += f"{max(during, default=0.0):10.1f} ({len(during):5})"
            lines.append(row)
        return "\n".join(lines)


def tell(text: str) -> None:
    """Say how it goes: the run takes minutes."""
    print(text, flush=True)  # noqa: T201  what `make cluster-test` shows


def waits_of(bootstrap: str, topic: str, since: str) -> Iterator[tuple[float, float]]:
    """Yield of each outcome when its stage could have begun, and how long it took until it was produced, seconds."""
    first: dict[bytes, tuple[float, float]] = {}
    for message in read_all(bootstrap, topic):
        stamp = json.loads(message.value()).get("times", {}).get(since)
        if stamp is not None:
            at = message.timestamp()[1] / 1000
            event = header(message.headers(), "ce_id") or b""
            held = first.get(event)
            if held is None or at < held[1]:
                first[event] = (stamp / 1000, at)
    for began, at in first.values():
        yield began, at - began
