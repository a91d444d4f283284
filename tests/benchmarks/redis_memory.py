"""What live conversations take in Redis: `python -m tests.benchmarks.redis_memory [--conversations N]`.

The services' own domains and processors over a real server, in this process; Kafka is left out, since the store does
not see it. Every conversation is one of the shipped samples (some 17 turns), told to its end.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import Any

import msgspec
import redis
from msgspec import Struct

from tests.cluster.memory import memory_of
from tests.support.spoken import spoken_stream
from warmline.assist.domain import AssistDomain
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.contracts.window import ConversationWindow
from warmline.escalation.domain import EscalationDomain
from warmline.local.valkey import ValkeyServer
from warmline.models.scorer import load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.load import load_policy
from warmline.scoring.domain import HeardTurn, ScoringDomain
from warmline.store.keys import Keys
from warmline.store.processor import Incoming, Processor
from warmline.store.redis_store import RedisStore
from warmline.wellbeing.domain import WellbeingDomain
from warmline.windows.domain import WindowsDomain

BUCKETS = 48
BATCH = 64
TURNS_OF_ONE = 17
TYPES: dict[str, type[Struct]] = {
    "conversation.scored": ScoredTurn,
    "conversation.started": ConversationStarted,
    "conversation.ended": ConversationEnded,
    "conversation.window": ConversationWindow,
}


class Stage:
    """One service: its processor, and the events that it gives the next."""

    def __init__(self, client: redis.Redis, domain: Any) -> None:
        store = RedisStore(client, Keys("wl", domain.name, BUCKETS), lambda _operation, _seconds: None, time.monotonic)
        self._processor: Processor[Any] = Processor(domain, store, lambda: int(time.time() * 1000))
        self._offsets = count()
        self._name = domain.name

    def take(self, events: Sequence[Struct]) -> list[Struct]:
        """Process a batch, acknowledged and committed at once, and return what of it others read."""
        batch = [Incoming(self._name, 0, next(self._offsets), event, None) for event in events]
        outcomes = self._processor.process(batch)
        self._processor.acknowledged()
        if batch:
            self._processor.committed(self._name, 0, batch[-1].offset + 1)
        known = ((TYPES.get(outcome.type), outcome.value) for outcome in outcomes)
        return [msgspec.json.decode(value, type=kind) for kind, value in known if kind]


def run(client: redis.Redis, conversations: int) -> None:
    """Tell the conversations to every stage."""
    policy, scorer = load_policy(None), load_scorer(ModelSettings())
    scoring = Stage(client, ScoringDomain(scorer.judge, scorer.name, score_partials=False))
    windows = Stage(client, WindowsDomain(policy.windows, policy.version))
    behind = [
        Stage(client, EscalationDomain(policy.escalation, policy.version)),
        Stage(client, WellbeingDomain(policy.wellbeing, policy.version)),
        Stage(client, AssistDomain(policy.assist, policy.version)),
    ]
    events = iter(spoken_stream(conversations * TURNS_OF_ONE))
    for batch in iter(lambda: list(islice(events, BATCH)), []):
        told = windows.take(scoring.take(list(heard(batch, scorer.hear))))
        for stage in behind:
            stage.take([event for event in told if isinstance(event, ConversationWindow)])


def heard(batch: Sequence[Struct], hear: Callable[[list[Turn]], dict[str, Any]]) -> Iterator[Struct]:
    """Yield the batch with every turn heard."""
    texts = hear([event for event in batch if isinstance(event, Turn)])
    for event in batch:
        yield HeardTurn(event, texts.get(event.text)) if isinstance(event, Turn) else event


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--conversations", type=int, default=1_000)
    conversations: int = parser.parse_args().conversations
    with ValkeyServer() as valkey, redis.Redis.from_url(valkey.url) as client:
        empty = client.info("memory")["used_memory"]
        run(client, conversations)
        used = client.info("memory")["used_memory"] - empty
        print(memory_of(client))  # noqa: T201  a command
        print(f"used_memory grew by {used / 1e6:.1f} MB, on {valkey.kind}")  # noqa: T201


if __name__ == "__main__":
    main()
