"""Made-up scored conversations: every role, mood, cue and order, from a seed; no model needed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.labels import CUES, EMOTIONS
from warmline.contracts.score import ScoredTurn

START_MS = 1_767_600_000_000
GAP_MS = 4_000


@dataclass(frozen=True)
class Script:
    """What to make.

    Attributes:
        conversations: How many.
        seed: Equal seeds, equal conversations.
        turns: Turns of a conversation, from and to.
        disorder: Share of turns that swap places with the one before.
        repeats: Share of turns that are sent again right away, as a vendor may.
        ends: Share of conversations whose end is told; the others go quiet.
    """

    conversations: int
    seed: int = 1
    turns: tuple[int, int] = (6, 24)
    disorder: float = 0.0
    repeats: float = 0.05
    ends: float = 0.8

    def events(self) -> list[Struct]:
        """Return all events in the order of arrival: conversations overlap, time rises across them."""
        rng = random.Random(self.seed)
        timed: list[tuple[int, int, Struct]] = []
        for number in range(self.conversations):
            start = START_MS + number * GAP_MS
            newest = 0
            for event in self._conversation(rng, f"talk-{self.seed}-{number}", start):
                newest = max(newest, event_time(event))
                timed.append((newest, len(timed), event))
        timed.sort(key=lambda each: each[:2])
        return [event for _, _, event in timed]

    def _conversation(self, rng: random.Random, conversation: str, at: int) -> Iterator[Struct]:
        queue = rng.choice(["billing", "support", None])
        yield ConversationStarted(conversation_id=conversation, at=at, queue=queue, channel="voice")
        turns: list[ScoredTurn] = []
        tension = rng.uniform(-0.3, 0.9)
        agent = f"agent-{rng.randrange(20)}"
        for number in range(rng.randint(*self.turns)):
            at += rng.randint(900, 15_000)
            turn = self._turn(rng, conversation, number, at, agent, tension)
            turns.append(turn)
            tension = max(-0.5, min(1.0, tension + rng.uniform(-0.25, 0.25)))
        for index in range(1, len(turns)):
            if rng.random() < self.disorder:
                turns[index - 1], turns[index] = turns[index], turns[index - 1]
        for turn in turns:
            yield turn
            if rng.random() < self.repeats:
                yield turn
        if rng.random() < self.ends:
            yield ConversationEnded(conversation_id=conversation, at=at + 1_000, reason="completed")

    def _turn(
        self, rng: random.Random, conversation: str, number: int, at: int, agent: str, tension: float
    ) -> ScoredTurn:
        common = {
            "conversation_id": conversation,
            "turn_id": f"{number:03d}",
            "spoken_at": at,
            "queue": None,
            "language": "en",
            "model": "scripted",
            "abstained": "low_confidence" if rng.random() < 0.03 else None,
        }
        if number % 2 == 0:
            valence = round(max(-1.0, min(1.0, -tension + rng.uniform(-0.3, 0.3))), 3)
            return ScoredTurn(
                role="customer",
                participant_id="customer",
                valence=valence,
                sentiment="negative" if valence < -0.2 else "positive" if valence > 0.2 else "neutral",
                distress=round(max(0.0, min(1.0, tension + rng.uniform(-0.2, 0.2))), 3),
                emotions=(rng.choice(EMOTIONS),),  # type: ignore[arg-type]
                cues=(rng.choice(CUES),) if rng.random() < 0.08 else (),  # type: ignore[arg-type]
                needs_empathy=tension > 0.5,
                **common,  # type: ignore[arg-type]
            )
        empathy = rng.choice(["empathetic", "neutral", "neutral", "unhelpful"])
        return ScoredTurn(
            role="agent",
            participant_id=agent,
            valence=0.0,
            sentiment="neutral",
            distress=0.0,
            behaviours=("acknowledges_feeling",) if empathy == "empathetic" else (),
            empathy=empathy,  # type: ignore[arg-type]
            **common,  # type: ignore[arg-type]
        )


def event_time(event: Struct) -> int:
    """Return an event's own time, ms UTC."""
    return event.spoken_at if isinstance(event, ScoredTurn) else event.at  # type: ignore[attr-defined]
