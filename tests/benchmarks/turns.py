"""Synthetic scored turns: realistic in shape and rhythm, the same for the same seed."""

import random
from collections.abc import Iterator

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from warmline.bus.envelope import headers_of
from warmline.contracts.events import CONVERSATION_SCORED
from warmline.contracts.ids import scored_id
from warmline.contracts.labels import BEHAVIOURS, CUES, EMOTIONS, Empathy, Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.times import Times

LIVE = 500  # conversations going on at once
TURNS_A_CONVERSATION = (12, 28)  # 20 on average
GAP_MS = (4_000, 16_000)  # between two turns of one conversation
START_MS = 1_760_000_000_000
QUEUES = ("billing", "delivery", "technical", "retention")
SEED = 7

Keyed = tuple[str, bytes, list[tuple[str, bytes]]]
"""Key, value and headers of one record."""


class _Conversation:
    """One conversation on its way: alternating turns, with a mood that drifts and now and then breaks down."""

    def __init__(self, number: int, rng: random.Random) -> None:
        self._rng = rng
        self.id = f"conversation-{number:08d}"
        self._agent = f"agent-{number % 211:04d}"
        self._customer = f"customer-{number % 4001:06d}"
        self._queue = QUEUES[number % len(QUEUES)]
        self._answerer: Role = "bot" if number % 10 == 0 else "agent"
        self._mood = rng.uniform(-0.4, 0.5)
        self._drift = rng.uniform(-0.12, 0.12)
        self.left = rng.randint(*TURNS_A_CONVERSATION)
        self._told = 0

    def turn(self, at: int) -> ScoredTurn:
        """Return the next turn; the customer begins."""
        self.left -= 1
        self._told += 1
        answers = self._told % 2 == 0
        return self._answer(at) if answers else self._say(at)

    def _say(self, at: int) -> ScoredTurn:
        rng = self._rng
        self._mood = min(max(self._mood + self._drift + rng.gauss(0, 0.15), -1.0), 1.0)
        valence = round(self._mood, 3)
        distress = round(min(max(-self._mood + rng.gauss(0, 0.1), 0.0), 1.0), 3)
        return ScoredTurn(
            conversation_id=self.id,
            turn_id=f"{self.id}-t{self._told:03d}",
            role="customer",
            participant_id=self._customer,
            spoken_at=at,
            channel="chat",
            queue=self._queue,
            customer_id=self._customer,
            valence=valence,
            sentiment="negative" if valence < -0.2 else "positive" if valence > 0.2 else "neutral",
            distress=distress,
            emotions=(rng.choice(EMOTIONS[:6]) if valence < -0.2 else rng.choice(EMOTIONS[6:]),),  # type: ignore[arg-type] # labels
            cues=(rng.choice(CUES),) if distress > 0.5 and rng.random() < 0.3 else (),  # type: ignore[arg-type] # labels
            needs_empathy=distress > 0.4,
            language="en",
            model="warmline-1.0.0",
            times=Times(spoken=at, received=at + 20, scored=at + 30, published=at + 30),
        )

    def _answer(self, at: int) -> ScoredTurn:
        rng = self._rng
        empathy: Empathy = rng.choices(("empathetic", "neutral", "unhelpful"), (0.35, 0.5, 0.15))[0]  # type: ignore[assignment] # labels
        return ScoredTurn(
            conversation_id=self.id,
            turn_id=f"{self.id}-t{self._told:03d}",
            role=self._answerer,
            participant_id=self._agent,
            spoken_at=at,
            channel="chat",
            queue=self._queue,
            customer_id=self._customer,
            valence=0.1,
            sentiment="neutral",
            distress=0.0,
            behaviours=tuple(rng.sample(BEHAVIOURS, rng.randint(0, 2))),  # type: ignore[arg-type] # labels
            empathy=empathy,
            language="en",
            model="warmline-1.0.0",
            times=Times(spoken=at, received=at + 20, scored=at + 30, published=at + 30),
        )


def scored_turns(count: int) -> Iterator[ScoredTurn]:
    """Yield turns of about 500 interleaved conversations, in order of event time."""
    rng = random.Random(SEED)
    live = [_Conversation(number, rng) for number in range(LIVE)]
    begun = LIVE
    step_ms = sum(GAP_MS) / 2 / LIVE
    for number in range(count):
        # Whoever comes next is anyone: the gaps of one conversation then scatter around their mean.
        place = rng.randrange(LIVE)
        conversation = live[place]
        yield conversation.turn(START_MS + int(number * step_ms))
        if not conversation.left:
            live[place] = _Conversation(begun, rng)
            begun += 1


def scored_records(count: int) -> Iterator[Keyed]:
    """Yield the turns as the scoring service publishes them."""
    encode = msgspec.json.Encoder().encode
    for turn in scored_turns(count):
        key = turn.conversation_id
        event_id = scored_id(key, turn.turn_id)
        headers = headers_of(CONVERSATION_SCORED, event_id, turn.spoken_at, "warmline/scoring", key)
        yield key, encode(turn), headers


def preload(bootstrap: str, topic: str, records: Iterator[Keyed]) -> int:
    """Produce records with the services' own partitioner, await every acknowledgement, and return how many."""
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    settings = {"partitioner": "murmur2_random", "compression.type": "lz4", "linger.ms": 20, "enable.idempotence": True}
    producer = Producer({"bootstrap.servers": bootstrap, **settings})
    count = 0
    for key, value, headers in records:
        while True:
            try:
                producer.produce(topic, value, key, headers=headers, on_delivery=delivered)
            except BufferError:
                producer.poll(0.05)
            else:
                break
        count += 1
        producer.poll(0)
    if producer.flush(60) or failures:
        raise RuntimeError(f"{topic}: not every record was acknowledged; {failures[:1]}")
    return count
