"""Redis memory of live conversations: every service's own domain over the store, fed the shipped conversations.

No Kafka: what a state takes does not depend on how its events came. The services go one after another, each over
batches as its loop would, with outboxes and due times; what the server says it uses is read in between. Conversations
are told whole but for their end, so this is the most that they ever take; then they end, and what is kept is read too.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import redis
from msgspec import Struct, structs
from prometheus_client import CollectorRegistry

from tests.benchmarks.rig import BenchError, Rig
from warmline.assist.service import build_domain as build_assist
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import STRUCT_OF_TYPE
from warmline.contracts.turn import Turn
from warmline.escalation.service import build_domain as build_escalation
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.recordings.read import read_recording
from warmline.recordings.samples import CONVERSATIONS
from warmline.scoring.domain import HeardTurn, ScoringDomain, event_time_of
from warmline.scoring.service import Ear
from warmline.settings import Secret, Settings
from warmline.store.connect import Connection
from warmline.store.incoming import Incoming
from warmline.store.keyed import KeyedDomain
from warmline.store.keys import Keys
from warmline.store.outbox import Outcome
from warmline.store.processor import Processor
from warmline.store.redis_store import RedisStore
from warmline.telemetry.metrics import Metrics
from warmline.wellbeing.service import build_domain as build_wellbeing
from warmline.windows.service import build_domain as build_windows

BATCH_SHARE = 8
"""Conversations a record of a batch: so few that an outbox holds the newest turn's outcomes alone, as it does live."""
SETTLE_S = 0.3  # between two readings that have to agree: the server lets go of a client's buffers a moment later
SETTLED_BYTES = 4096
SETTLED_WITHIN_S = 20.0
ENDED_MS = 1000  # after the last turn
STAGGER_MS = 53  # between the last turns of two conversations
DAY_S = 86_400
PER = 1000


@dataclass(frozen=True)
class Taken:
    """What one service's states take.

    Attributes:
        live_bytes: Per live conversation (of wellbeing: per agent in one).
        ended_bytes: Per conversation that has ended.
        kept_s: How long a state outlives its last change, seconds.
    """

    live_bytes: float
    ended_bytes: float
    kept_s: float


class Fed:
    """One service over the store."""

    def __init__(self, rig: Rig, prefix: str, domain: KeyedDomain[Any]) -> None:
        settings = Settings(redis_url=Secret(rig.redis_url), redis_prefix=prefix)
        self.keys = Keys(prefix, domain.name, settings.store_buckets)
        connection = Connection(settings)
        self._client = connection.client()
        store = RedisStore(connection, self.keys, lambda _operation, _seconds: None, time.monotonic)
        self._domain = domain
        self._processor = Processor(domain, store, lambda: self._watermark_ms)
        self._buckets = range(settings.store_buckets)
        self._watermark_ms = 0
        self._offset = 0

    def take(self, events: Sequence[Struct]) -> list[Outcome]:
        """Take a batch in, as the loop does: all is acknowledged and committed before the next."""
        incomings = [
            Incoming("topic", 0, self._offset + place, event, self._domain.event_time_of(event))
            for place, event in enumerate(events)
            if self._domain.key_of(event) is not None
        ]
        self._offset += len(events)
        outcomes = self._processor.process(incomings)
        self._processor.acknowledged()
        self._processor.committed("topic", 0, self._offset)
        times = (incoming.received_ms or 0 for incoming in incomings)
        self._watermark_ms = max(self._watermark_ms, *times, 0)
        while fired := self._processor.fire(dict.fromkeys(self._buckets, self._watermark_ms)):
            outcomes += fired
            self._processor.acknowledged()
            self._processor.settle()
        self._processor.settle()
        return outcomes

    def close(self) -> None:
        """Let go of the connection, whose buffers the server counts."""
        self._client.close()


def talks(conversations: int) -> list[Turn | ConversationStarted]:
    """Return whole conversations without their ends, in order of time; the last turns of all come close together.

    Each has a customer and an agent of its own.
    """
    scripts: dict[str, list[Turn | ConversationStarted]] = defaultdict(list)
    for event in read_recording(CONVERSATIONS, strict=True):
        if isinstance(event, Turn | ConversationStarted):
            scripts[event.conversation_id].append(event)
    told = list(scripts.values())
    events = [event for number in range(conversations) for event in _retold(told[number % len(told)], number)]
    return sorted(events, key=event_time_of)


def _retold(script: list[Turn | ConversationStarted], number: int) -> Iterator[Turn | ConversationStarted]:
    name = f"5f2c9e1a-0000-4000-8000-{number:012d}"  # as long as the ids that platforms give
    moved_ms = number * STAGGER_MS - max(map(event_time_of, script)) + 1_760_000_000_000
    for event in script:
        if isinstance(event, Turn):
            own = {"turn_id": f"{name}-{event.turn_id}", "participant_id": f"{event.role}-{number:08d}"}
            yield structs.replace(event, conversation_id=name, spoken_at=event.spoken_at + moved_ms, **own)
        else:
            yield structs.replace(event, conversation_id=name, at=event.at + moved_ms)


def measure(rig: Rig, prefix: str, conversations: int, say: Callable[[str], None]) -> dict[str, Taken]:
    """Return what each service's states take."""
    policy = load_policy(None)
    scorer = load_scorer(ModelSettings(asr_confidence_min=policy.scoring.asr_confidence_min))
    ear = Ear(scorer, Metrics(CollectorRegistry()))
    scoring = ScoringDomain(ear.judge, scorer.name, score_partials=policy.scoring.score_partials)
    domains: tuple[KeyedDomain[Any], ...] = (
        scoring,
        build_windows(policy),
        build_escalation(policy),
        build_assist(policy),
        build_wellbeing(policy),
    )
    services = [Fed(rig, prefix, domain) for domain in domains]
    events = talks(conversations)
    ids = {event.conversation_id: event_time_of(event) + ENDED_MS for event in events}
    ends = [ConversationEnded(conversation_id=name, at=at, reason="completed") for name, at in ids.items()]
    batch = max(1, conversations // BATCH_SHARE)
    with redis.Redis.from_url(rig.redis_url) as client:
        live = _through(services, _heard(ear, events), batch, client, say)
        ended = _through(services, ends, batch, client, say)
        kept = [_kept_s(client, service.keys) for service in services]
    for service in services:
        service.close()
    return {
        domain.name: Taken(now / conversations, (now + more) / conversations, kept_s)
        for domain, now, more, kept_s in zip(domains, live, ended, kept, strict=True)
    }


def _heard(ear: Ear, events: Sequence[Turn | ConversationStarted]) -> list[Struct]:
    turns = {id(heard.turn): heard for heard in ear.hear([event for event in events if isinstance(event, Turn)])}
    return [turns.get(id(event)) or (HeardTurn(event, None) if isinstance(event, Turn) else event) for event in events]


def _through(
    services: Sequence[Fed], events: Sequence[Struct], batch: int, client: redis.Redis, say: Callable[[str], None]
) -> list[int]:
    """Feed scoring, what it publishes to windows, and the windows to all others; return the bytes of each."""
    taken = []
    scoring, windows, *others = services
    before = _used(client)
    for service in (scoring, windows, *others):
        published: list[Struct] = []
        for start in range(0, len(events), batch):
            outcomes = service.take(events[start : start + batch])
            published += [msgspec.json.decode(each.value, type=STRUCT_OF_TYPE[each.type]) for each in outcomes]
        service.close()
        if service in (scoring, windows):
            events = published
        after = _used(client)
        taken.append(after - before)
        say(f"  {service.keys.service}: {taken[-1] / 1e6:.2f} MB for {len(events)} events")
        before = after
    return taken


def _used(client: redis.Redis) -> int:
    """Return the bytes that the server uses, once it says the same twice."""
    until = time.monotonic() + SETTLED_WITHIN_S
    last = 0
    while time.monotonic() < until:
        info: dict[str, Any] = client.info("memory")
        now = int(info["used_memory"])
        if abs(now - last) <= SETTLED_BYTES:
            return now
        last = now
        time.sleep(SETTLE_S)
    raise BenchError("the server's memory does not come to rest")


def _kept_s(client: redis.Redis, keys: Keys) -> float:
    """Return the longest time to live of the service's first states, seconds."""
    (_, names) = client.scan(match=keys.state(0, "").replace(".0}", ".*}") + "*", count=PER * PER)
    if not names:
        raise BenchError(f"{keys.service} has no states")
    return max(client.pttl(name) for name in names[:PER]) / PER


def table(found: dict[str, Taken], conversations: int) -> str:
    """Return the result in Markdown."""
    lines = [
        f"### Redis memory, measured over {conversations:,} live conversations",
        "",
        "| service | MB per 1,000 live | MB per 1,000 ended | kept for, days |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, taken in found.items():
        values = (
            f"{taken.live_bytes * PER / 1e6:.1f} | {taken.ended_bytes * PER / 1e6:.1f} | {taken.kept_s / DAY_S:.1f}"
        )
        lines.append(f"| {name} | {values} |")
    live, ended = (sum(getattr(each, name) for each in found.values()) for name in ("live_bytes", "ended_bytes"))
    lines.append(f"| together | {live * PER / 1e6:.1f} | {ended * PER / 1e6:.1f} | |")
    return "\n".join(lines)


def values(found: dict[str, Taken]) -> dict[str, Any]:
    """Return the result for JSON."""
    return {name: asdict(taken) for name, taken in found.items()}
