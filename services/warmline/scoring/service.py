"""scoring: conversation.events in, conversation.scores out, one model pass a turn.

Keeps the gist of each conversation's latest turns (see `state`), since what a turn means depends on what went before.
Micro-batches adapt by themselves: a batch is what had arrived when the last one was done, so an idle stream is scored
turn by turn without a wait, and a backlog in full batches.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from warmline.bus.record import Record
from warmline.bus.stateful import StatefulHandler
from warmline.contracts.labels import ANSWERING_ROLES, Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.topics import CONVERSATION_EVENTS
from warmline.contracts.turn import Turn
from warmline.models.context import Before
from warmline.models.context_network import Heard
from warmline.models.scorer import Scorer, load_scorer
from warmline.models.settings import ModelSettings
from warmline.policy.model import ScoringPolicy
from warmline.scoring.domain import HeardTurn, ScoringDomain, counts
from warmline.scoring.lines import AgentLines, agent_lines
from warmline.store.outbox import Outcome
from warmline.telemetry.build import tell_build
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts, build_loop, stateful_parts

READS = (CONVERSATION_EVENTS,)
CUSTOMER: Role = "customer"
BATCH_MAX = (
    64  # at some 300 turns/s a batch takes a fifth of a second: the longest that a turn waits for the one before
)
WARM_UP_WORDS = (1, 6, 12, 20, 40, 80)


class Ear:
    """The model with its metrics: what the domain and the handler call.

    Args:
        scorer: The model.
        metrics: The list of metrics.
    """

    def __init__(self, scorer: Scorer, metrics: Metrics) -> None:
        self._scorer = scorer
        self._metrics = metrics

    def hear(self, turns: Sequence[Turn]) -> list[HeardTurn]:
        """Take a batch's texts through the encoder in one call."""
        cache = self._scorer.cache
        hits, misses = cache.hits, cache.misses
        texts = self._scorer.hear(turns)
        self._metrics.cache_hits.inc(cache.hits - hits)
        heard = [HeardTurn(turn, texts.get(turn.text) if turn.role != "system" else None) for turn in turns]
        encoded = cache.misses - misses
        self._metrics.score_rung.labels("encoder").inc(encoded)
        self._metrics.score_rung.labels("cache").inc(sum(turn.text is not None for turn in heard) - encoded)
        return heard

    def judge(self, turn: Turn, text: Heard | None, went: Before) -> ScoredTurn:
        """Score one turn; a turn whose state another owner changed meanwhile is judged, and counted, again."""
        score = self._scorer.judge(turn, text, went)
        self._metrics.turns_scored.labels(score.role).inc()
        if score.abstained:
            self._metrics.abstained.labels(score.abstained).inc()
        elif score.role == CUSTOMER:
            self._metrics.valence.observe(score.valence)
        return score


class ScoringHandler(StatefulHandler):
    """Hears a batch's texts before the domain takes them.

    Args:
        ear: The model.
        policy: What is let in.
        lines: The participants' lines over all conversations; None where `reuse` looks at the own one alone.
        stateful: What a `StatefulHandler` takes.
    """

    def __init__(self, ear: Ear, policy: ScoringPolicy, lines: AgentLines | None, **stateful: Any) -> None:
        super().__init__(**stateful)
        self._ear = ear
        self._lines = lines
        self._policy = policy

    def handle(self, batch: Sequence[tuple[Record, Struct]]) -> list[Outcome]:
        """Score the batch's turns, hearing all texts in one call; starts and ends keep their place among them."""
        wanted = [event for _, event in batch if isinstance(event, Turn) and self._counts(event)]
        heard = {id(each.turn): each for each in self._recalling(self._ear.hear(wanted))}
        outcomes = super().handle([(record, self._heard(event, heard)) for record, event in batch])
        if self._lines:
            self._lines.keep()
        return outcomes

    def _recalling(self, heard: list[HeardTurn]) -> list[HeardTurn]:
        """Add to each answering turn what its participant said elsewhere, where that is asked for."""
        if self._lines is None:
            return heard
        answers = [each for each in heard if each.turn.role in ANSWERING_ROLES]
        lines = self._lines.before([each.turn for each in answers])
        recalled = [structs.replace(each, elsewhere=own) for each, own in zip(answers, lines, strict=True)]
        return recalled + [each for each in heard if each.turn.role not in ANSWERING_ROLES]

    def _counts(self, turn: Turn) -> bool:
        return counts(turn, score_partials=self._policy.score_partials)

    @staticmethod
    def _heard(event: Struct, heard: dict[int, HeardTurn]) -> Struct:
        if not isinstance(event, Turn):
            return event
        return heard.get(id(event)) or HeardTurn(event, None)


def warm_up(scorer: Scorer) -> None:
    """Score made-up turns of several lengths, so that the first customer does not wait for the runtime's first run."""
    turns = [
        Turn(conversation_id="w", turn_id=str(n), role=CUSTOMER, participant_id="w", text="hello " * n, spoken_at=0)
        for n in WARM_UP_WORDS
    ]
    scorer.score(turns)


def scoring_parts(parts: Parts, domain: ScoringDomain) -> dict[str, Any]:
    """Return what a `ScoringHandler` takes beside the model and the policy."""
    if not parts.policy.scoring.reuse_across_conversations:
        return {"lines": None, **stateful_parts(parts, domain, READS)}
    noted: list[Struct] = []
    stateful = stateful_parts(parts, domain, READS, noted.append)
    return {"lines": agent_lines(stateful["store"], noted), **stateful}


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    settings, policy = parts.settings, parts.policy.scoring
    folder = Path(settings.model_folder) if settings.model_folder else None
    scorer = load_scorer(ModelSettings(folder=folder, asr_confidence_min=policy.asr_confidence_min))
    warm_up(scorer)
    tell_build(parts.metrics, "scoring", settings.revision, scorer.name)
    ear = Ear(scorer, parts.metrics)
    domain = ScoringDomain(ear.judge, scorer.name, score_partials=policy.score_partials)
    handler = ScoringHandler(ear, policy, **scoring_parts(parts, domain))
    build_loop(parts, "scoring", READS, handler, batch_max=BATCH_MAX).run()
