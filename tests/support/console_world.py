"""A running Warmline with its gateway, for the console's tests: real Kafka, real store, real model, real HTTP."""

import os
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import httpx
import msgspec
import yaml
from confluent_kafka import Producer
from msgspec import Struct

from warmline.bus.envelope import headers_of
from warmline.contracts.events import AGENT_WELLBEING
from warmline.contracts.topics import AGENT_WELLBEING as WELLBEING_TOPIC, ESCALATION_FEEDBACK
from warmline.contracts.turn import Turn
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.gateway.keys import Key, new_key, write_keys
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.stack import Stack
from warmline.local.waiting import wait_until

PARTITIONS = 2
SERVICES = ("scoring", "windows", "escalation")
PEPPER = "pepper of the console's tests"
AGENT = "agent-mira"
TEAM = tuple(f"agent-{number}" for number in range(5))
POLICY = {
    "gateway": {
        "quote_words": True,
        "teams": {"north": [*TEAM], "pair": ["agent-0", "agent-1"]},
        "wellbeing_readers": [{"who": "key:care", "teams": ["*"], "why": "talks with you when it gets too much"}],
    }
}
KEYS: dict[str, tuple[tuple[str, ...], str | None]] = {
    "supervisor": (("read", "feedback"), None),
    "looker": (("read",), None),
    "agent": (("agent:self",), AGENT),
    "platform": (("ingest",), None),
    "gone": (("read",), None),
}
UP_S = 30.0


class ConsoleWorld:
    """Services and two gateways: one that may quote people's words, and one that may not.

    Attributes:
        keys: Key by the name of its holder.
        url: The gateway that may quote.
        silent_url: The one that may not.
        prefix: Before every topic.
        stack: The services, and the first gateway.
    """

    def __init__(self, bootstrap: str, redis_url: str, folder: Path, prefix: str) -> None:
        self.bootstrap, self.prefix = bootstrap, prefix
        self._folder = folder
        self.keys: dict[str, str] = {}
        self._kept: dict[str, Key] = {}
        self._write_keys(KEYS)
        ports = free_ports(2)
        self.url, self.silent_url = (f"http://{LOOPBACK}:{port}" for port in ports)
        policy = folder / "policy.yaml"
        policy.write_text(yaml.safe_dump(POLICY), encoding="utf-8")
        given = {
            "topic_prefix": prefix,
            "gateway_keys_file": str(folder / "keys.json"),
            "gateway_key_pepper": PEPPER,
            "gateway_session_secret": "the same over restarts",
        }
        self.stack = Stack(
            bootstrap,
            redis_url,
            folder,
            {**given, "gateway_listen": f"{LOOPBACK}:{ports[0]}", "policy_file": str(policy)},
        )
        beside = folder / "silent"
        beside.mkdir()
        self._silent = Stack(bootstrap, redis_url, beside, {**given, "gateway_listen": f"{LOOPBACK}:{ports[1]}"})
        self._producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})

    def start(self) -> None:
        """Start everything; returns when all of it is ready."""
        self.stack.create_topics(PARTITIONS)
        silent = self._silent.start_service("gateway")
        self.stack.start_all([*SERVICES, "gateway"])
        silent.wait_ready()

    def stop(self) -> None:
        """End everything."""
        self.stack.stop()
        self._silent.stop()

    def say(self, turns: Sequence[Turn]) -> None:
        """Hand turns in at the gateway's door, as a telephony platform would."""
        answer = httpx.post(
            f"{self.url}/v1/turns",
            content=msgspec.json.encode(turns),
            headers={"Authorization": f"Bearer {self.keys['platform']}", "Content-Type": "application/json"},
            timeout=UP_S,
        )
        assert answer.status_code == 202, answer.text
        assert answer.json()["accepted"] == len(turns), answer.text

    def publish(self, topic: str, key: str, kind: str, event: Struct) -> None:
        """Put an event on a topic past the gateway."""
        headers = headers_of(kind, "test", 0, "test", key)
        self._producer.produce(self.prefix + topic, msgspec.json.encode(event), key.encode(), headers=headers)
        assert self._producer.flush(UP_S) == 0

    def signal(self, event: WellbeingSignal) -> None:
        """Publish a wellbeing signal."""
        self.publish(WELLBEING_TOPIC, event.agent_id, AGENT_WELLBEING, event)

    @property
    def feedback_topic(self) -> str:
        """Where feedback goes."""
        return self.prefix + ESCALATION_FEEDBACK

    def kill_gateway(self) -> None:
        """Kill it, as a crash would."""
        gateway = self.stack.services[-1]
        os.kill(gateway.process.pid, signal.SIGKILL)
        assert gateway.process.wait(10)

    def restart_gateway(self) -> None:
        """Start it again and wait until it is ready."""
        self.stack.services[-1].start().wait_ready()

    def revoke(self, name: str) -> None:
        """Take a key away."""
        self._write_keys({holder: rights for holder, rights in KEYS.items() if holder != name})

    def await_refusal(self, name: str) -> None:
        """Wait until the gateway has noticed that a key is gone."""
        headers = {"Authorization": f"Bearer {self.keys[name]}"}

        def refused() -> bool:
            return httpx.get(f"{self.url}/v1/session", headers=headers, timeout=UP_S).status_code == 401

        wait_until(refused, timeout=UP_S, what=f"the end of {name}'s key")

    def await_conversations(self, names: Iterable[str]) -> None:
        """Wait until the gateway knows them all."""
        wanted = set(names)
        headers = {"Authorization": f"Bearer {self.keys['looker']}"}

        def known() -> bool:
            answer = httpx.get(f"{self.url}/v1/conversations?limit=500", headers=headers, timeout=UP_S)
            shown = answer.json().get("conversations", [])
            return wanted <= {view["conversation_id"] for view in shown if view["window"]["turns"]}

        wait_until(known, timeout=UP_S, what=f"the conversations {', '.join(sorted(wanted))}")

    def _write_keys(self, holders: Mapping[str, tuple[tuple[str, ...], str | None]]) -> None:
        kept = []
        for name, (scopes, agent_id) in holders.items():
            if name not in self.keys:
                shown, self._kept[name] = new_key(name, scopes, PEPPER, agent_id)
                self.keys[name] = shown
            kept.append(self._kept[name])
        write_keys(self._folder / "keys.json", kept)


def talk(name: str, *lines: tuple[str, str], queue: str = "billing", gap_ms: int = 8_000) -> list[Turn]:
    """Return turns of one conversation, the last of them just spoken: `talk("c-1", ("customer", "hello"))`."""
    begin = time.time_ns() // 1_000_000 - gap_ms * len(lines)
    return [
        Turn(
            conversation_id=name,
            turn_id=f"{name}-t{number}",
            role=role,
            participant_id=AGENT if role == "agent" else f"customer-of-{name}",
            text=text,
            spoken_at=begin + number * gap_ms,
            queue=queue,
            channel="voice",
        )
        for number, (role, text) in enumerate(lines)
    ]


ANGRY = (
    ("customer", "This is the third time I have called and you charged me twice again. I am furious."),
    ("agent", "You should have read the terms. There is nothing I can do."),
    ("customer", "That is ridiculous, nobody listens to me. I want to speak to your supervisor right now."),
)
CALM = (
    ("customer", "Hello, could you tell me your opening hours please?"),
    ("agent", "Of course, we are open from nine to five on weekdays."),
    ("customer", "Thank you, that is great."),
)
