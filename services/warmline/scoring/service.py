"""scoring: conversation.events in, conversation.scores out, one model pass a turn. Holds no state.

Micro-batches adapt by themselves: a batch is what had arrived when the last one was done, so an idle stream is scored
turn by turn without a wait, and a backlog in full batches.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from warmline.bus.decode import Decoder
from warmline.bus.handler import Handler
from warmline.bus.record import Record
from warmline.contracts.labels import Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.topics import CONVERSATION_EVENTS, TOPICS
from warmline.contracts.turn import Turn
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.model import ScoringPolicy
from warmline.scoring import domain
from warmline.store.keyed import Emit
from warmline.store.outbox import Outcome
from warmline.telemetry.metrics import Metrics
from warmline.telemetry.outcomes import OutcomeCounter
from warmline.wiring import Parts, build_loop, wall_ms

READS = (CONVERSATION_EVENTS,)
CUSTOMER: Role = "customer"
BATCH_MAX = (
    64  # at some 300 turns/s a batch takes a fifth of a second: the longest that a turn waits for the one before
)
WARM_UP_WORDS = (1, 6, 12, 20, 40, 80)


class ScoringHandler(Handler):
    """Scores turns, passes starts and ends on.

    Args:
        scorer: The model.
        policy: What is let in.
        now_ms: Wall clock, ms UTC.
        metrics: The list of metrics.
        count: Told every acknowledged outcome.
    """

    def __init__(
        self,
        scorer: Scorer,
        policy: ScoringPolicy,
        now_ms: Callable[[], int],
        metrics: Metrics,
        count: Callable[[Sequence[Outcome]], None],
    ) -> None:
        (types,) = (topic.types for topic in TOPICS if topic.name == CONVERSATION_EVENTS)
        self._decoder = Decoder(types)
        self._scorer = scorer
        self._policy = policy
        self._now_ms = now_ms
        self._metrics = metrics
        self._count = count
        self._json = msgspec.json.Encoder()

    def decode(self, record: Record) -> Struct:
        """Return the event, unless it is from the future."""
        event = self._decoder.decode(record)
        domain.check_time(event, self._now_ms(), self._policy.future_tolerance_s)  # type: ignore[arg-type] # this topic's types
        return event

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        """Score the batch's turns in one call, and return everything in the order it came."""
        turns = [event for _, event in batch if isinstance(event, Turn) and self._counts(event)]
        hits = self._scorer.cache.hits
        scores = iter(self._scorer.score(turns))
        self._metrics.cache_hits.inc(self._scorer.cache.hits - hits)
        now = self._now_ms()
        outcomes = []
        for record, event in batch:
            if not isinstance(event, Turn):
                outcomes.append(self._outcome(domain.passed_on(event), record))  # type: ignore[arg-type] # a start or an end
            elif self._counts(event):
                score = next(scores)
                self._observe(score)
                outcomes.append(self._outcome(domain.scored(score, record.timestamp_ms, now), record))
        self._metrics.records.labels("scoring", "applied").inc(len(outcomes))
        self._metrics.records.labels("scoring", "ignored").inc(len(batch) - len(outcomes))
        return outcomes

    def acknowledged(self, outcomes: Sequence[Outcome]) -> None:
        """Count what was published."""
        self._count(outcomes)

    def assigned(self, committed: dict[tuple[str, int], int | None]) -> None:
        """Nothing to take over: scoring holds no state."""

    def committed(self, offsets: dict[tuple[str, int], int]) -> None:
        """Nothing waits for it."""

    def caught_up(self, topic: str, partition: int) -> None:
        """Nothing is due by time."""

    def tick(self) -> list[Outcome]:
        """Nothing is due by time."""
        return []

    def settle(self) -> None:
        """Nothing is due by time."""

    def _counts(self, turn: Turn) -> bool:
        return turn.final or self._policy.score_partials

    def _outcome(self, emit: Emit, record: Record) -> Outcome:
        value = self._json.encode(emit.event)
        return Outcome(emit.topic, emit.key, emit.type, emit.id, emit.time_ms, record.timestamp_ms, value)

    def _observe(self, score: ScoredTurn) -> None:
        self._metrics.turns_scored.labels(score.role).inc()
        if score.abstained:
            self._metrics.abstained.labels(score.abstained).inc()
        elif score.role == CUSTOMER:
            self._metrics.valence.observe(score.valence)


def warm_up(scorer: Scorer) -> None:
    """Score made-up turns of several lengths, so that the first customer does not wait for the runtime's first run."""
    turns = [
        Turn(conversation_id="w", turn_id=str(n), role=CUSTOMER, participant_id="w", text="hello " * n, spoken_at=0)
        for n in WARM_UP_WORDS
    ]
    scorer.score(turns)


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    settings, policy = parts.settings, parts.policy.scoring
    folder = Path(settings.model_folder) if settings.model_folder else None
    scorer = load_scorer(ModelSettings(folder=folder, asr_confidence_min=policy.asr_confidence_min))
    warm_up(scorer)
    count = OutcomeCounter("scoring", parts.metrics, wall_ms)
    handler = ScoringHandler(scorer, policy, wall_ms, parts.metrics, count)
    build_loop(parts, "scoring", READS, handler, batch_max=BATCH_MAX).run()
