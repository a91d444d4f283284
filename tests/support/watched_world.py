"""Warmline under a real Prometheus: every service runs, conversations come in at the gateway, people judge alerts.

Things that go wrong in production go wrong here a little too, so that every panel of a dashboard has something to show:
a record that is no JSON, a turn in a language that the model does not know, one far too late, a caller without a key.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import yaml
from confluent_kafka import Producer

from tests.support.console_world import ANGRY, CALM, talk
from tests.support.prometheus_server import PrometheusServer
from warmline.bus.config import producer_config
from warmline.contracts.topics import CONVERSATION_EVENTS, CONVERSATION_WINDOWS
from warmline.contracts.turn import Turn
from warmline.gateway.keys import new_key, write_keys
from warmline.local.demo_first_join import join_once
from warmline.local.demo_lag import Lags
from warmline.local.demo_story import Story, conversation_of
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.stack import Stack
from warmline.local.waiting import wait_until
from warmline.policy.load import load_policy
from warmline.recordings.pace import paced
from warmline.recordings.publish import InputPublisher
from warmline.services import SERVICES
from warmline.settings import Secret, Settings
from warmline.wiring import wall_ms

RULES = sorted((Path(__file__).parents[2] / "deploy" / "prometheus" / "rules").glob("*.yaml"))
PARTITIONS = 4
PEPPER = "pepper of the dashboards"
SCOPES = ("ingest", "read", "feedback")
LARGE, SMALL = "north", "pair"
"""The first is split from the samples' agents; the second has two, and is to be seen nowhere."""

TIMEOUT_S = 30.0
READY_S = 240.0  # they start at the same time, on a machine that may have better things to do
DRAINED_S = 120.0
LOOK_S = 1.0
AGO_MS = 900_000
"""The story is dated so long ago: by the turns of now, at its end, its conversations have been quiet too long."""

LATE_MS = 700_000
NEW_TALKS = 12  # in every partition one, or its clock stands still


class WatchedWorld:
    """The services, the gateway, and a Prometheus that scrapes them.

    Attributes:
        prometheus: The server.
        began_s: When the replay began, Unix seconds.

    Args:
        bootstrap: Kafka address.
        consumer_settings: What consumers have to set on that broker; not empty for the embedded one.
        redis_url: The store's address.
        folder: For logs, policy and keys.
        prefix: Before every topic and group.
        story: What is told.
        teams: How many teams the story's agents make.
        interval_s: Pace of scraping.
    """

    def __init__(
        self,
        bootstrap: str,
        consumer_settings: Mapping[str, str],
        redis_url: str,
        folder: Path,
        *,
        prefix: str,
        story: Story,
        teams: int = 1,
        interval_s: float = 1.0,
    ) -> None:
        self.story = story
        self._embedded = bool(consumer_settings)
        self._judged: set[str] = set()
        self.verdicts: list[str] = []
        extra = ",".join(f"{name}={value}" for name, value in consumer_settings.items())
        policy = {"gateway": {"teams": _teams(story, teams)}, "escalation": {"alerts_per_100": 50}}
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy))
        shown, kept = new_key("everything", SCOPES, PEPPER)
        write_keys(folder / "keys.json", [kept])
        (port,) = free_ports(1)
        self.settings = Settings(
            kafka_brokers=bootstrap, redis_url=Secret(redis_url), kafka_extra=extra, topic_prefix=prefix
        )
        given = {
            "topic_prefix": prefix,
            "policy_file": str(folder / "policy.yaml"),
            "gateway_listen": f"{LOOPBACK}:{port}",
            "gateway_keys_file": str(folder / "keys.json"),
            "gateway_key_pepper": PEPPER,
            **({"kafka_extra": extra} if extra else {}),
        }
        self.stack = Stack(bootstrap, redis_url, folder, given)
        headers = {"Authorization": f"Bearer {shown}"}
        self._gateway = httpx.Client(base_url=f"http://{LOOPBACK}:{port}", headers=headers, timeout=TIMEOUT_S)
        self._interval_s = interval_s
        self._watching = False

    def __enter__(self) -> "WatchedWorld":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._gateway.close()
        if self._watching:
            self.prometheus.__exit__()
        self.stack.stop()

    def _start(self) -> None:
        self.stack.create_topics(PARTITIONS)
        if self._embedded:
            prefix = self.settings.topic_prefix
            join_once(self.settings.kafka_brokers, f"{prefix}wellbeing", prefix + CONVERSATION_WINDOWS)
        for name in (*SERVICES, "gateway"):
            self.stack.start_service(name)
        for service in self.stack.services:
            service.process.wait_until(service.ready, timeout=READY_S, advice="")
        targets = [service.address.removeprefix("http://") for service in self.stack.services]
        self.prometheus = PrometheusServer({"warmline": targets}, RULES, interval_s=self._interval_s)
        self._watching = True
        self.prometheus.__enter__()
        self.prometheus.wait_scraped()
        self.began_s = time.time()

    def tell(self, speed: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Tell the story at a speed: turns by HTTP, all else by Kafka; alerts are judged as they open."""
        lateness_s = load_policy(None).wellbeing.lateness_s
        told = self.story.dated(wall_ms() - AGO_MS, speed, lateness_s)
        publisher = InputPublisher(
            Producer({**producer_config(self.settings), "log_level": 0}), self.settings.topic_prefix
        )
        gold = told.gold()
        looked = 0.0

        def pause(seconds: float) -> None:
            nonlocal looked
            if time.monotonic() - looked >= LOOK_S:
                looked = time.monotonic()
                self.judge({name: each.escalated for name, each in gold.items()})
                meanwhile()
            publisher.wait(0)
            time.sleep(seconds)

        for number, event in enumerate(paced(told.events, speed, time.monotonic, pause)):
            if isinstance(event, Turn):
                self._say([event])
            else:
                publisher.send(event)
            if number % 25 == 10 and isinstance(event, Turn):
                self._go_wrong(event)
        self._hand_over()
        self.drain()
        self.judge({name: each.escalated for name, each in gold.items()})
        for event in told.shift_end(lateness_s):
            publisher.send(event)
        assert publisher.flush()
        assert not publisher.failed, publisher.first_failure
        self._say([turn for number in range(NEW_TALKS) for turn in talk(f"new-{number}", *CALM)])
        self.drain()
        signals = "sum (warmline_wellbeing_signals_total)"
        self.prometheus.wait_for(lambda: bool(self.prometheus.value(signals)), "a signal of wellbeing")
        self.prometheus.wait_scraped()

    def judge(self, escalated: Mapping[str, bool]) -> None:
        """Say of each new alert whether it was right, by the labels; of conversations without labels that it was."""
        for alert in self._gateway.get("/v1/alerts?limit=1000").raise_for_status().json()["alerts"]:
            if alert["alert_id"] in self._judged or alert["rule"] == "call_back":
                continue
            self._judged.add(alert["alert_id"])
            right = escalated.get(alert["conversation_id"], True)
            for verdict in ("acknowledged", "confirmed" if right else "false_alarm"):
                place = f"/v1/alerts/{alert['alert_id']}/feedback"
                self._gateway.post(place, json={"verdict": verdict}).raise_for_status()
                self.verdicts.append(verdict)

    def drain(self) -> None:
        """Wait until no service has anything left to read."""
        lags = Lags(self.settings, SERVICES)
        try:
            wait_until(lambda: not any(lags.all().values()), timeout=DRAINED_S, what="everything read")
        finally:
            lags.close()

    def _say(self, turns: list[Turn]) -> None:
        answer = self._gateway.post(
            "/v1/turns", content=msgspec.json.encode(turns), headers={"Content-Type": "application/json"}
        ).raise_for_status()
        assert answer.json()["accepted"] == len(turns), answer.text

    def _go_wrong(self, turn: Turn) -> None:
        producer = Producer({**producer_config(self.settings), "log_level": 0})
        producer.produce(self.settings.topic_prefix + CONVERSATION_EVENTS, b"no JSON", conversation_of(turn).encode())
        assert producer.flush(TIMEOUT_S) == 0
        changed: dict[str, Any] = {"turn_id": f"{turn.turn_id}-late", "spoken_at": turn.spoken_at - LATE_MS}
        self._say([turn, msgspec.structs.replace(turn, **changed)])
        spanish = {"turn_id": f"{turn.turn_id}-es", "text": "Llevo una semana esperando el paquete y nadie contesta."}
        self._say([msgspec.structs.replace(turn, **spanish, language="es")])
        self._gateway.post("/v1/turns", json={"conversation_id": "c", "text": 5})
        self._gateway.get("/v1/alerts", headers={"Authorization": "Bearer nobody"})

    def _hand_over(self) -> None:
        """Let angry customers wear an agent and reach a supervisor, so that alerts have warned of something."""
        agent = min(self.story.agents)
        for number in range(3):
            lines = (*ANGRY * 3, ("supervisor", "I am the supervisor, I will sort this out with you."))
            turns = [
                msgspec.structs.replace(
                    turn,
                    spoken_at=turn.spoken_at - AGO_MS + 90_000 * number,
                    participant_id=agent if turn.role == "agent" else turn.participant_id,
                )
                for turn in talk(f"angry-{number}", *lines)
            ]
            self._say(turns[:-1])
            self.drain()
            self.judge({})
            self._say(turns[-1:])
            self.drain()


def _teams(story: Story, number: int) -> dict[str, list[str]]:
    agents = sorted(story.agents)
    names = (LARGE, "south", "west")[:number]
    return {name: agents[place::number] for place, name in enumerate(names)} | {SMALL: agents[:2]}
