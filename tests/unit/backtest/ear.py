"""A model that hears what the words say outright, and conversations to tell it."""

from collections.abc import Sequence

from warmline.contracts.labels import CUES
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn

START = 1_700_000_000_000
SECOND = 1000


def hear(turns: Sequence[Turn]) -> list[ScoredTurn]:
    """Score turns whose text is made of `furious`, `kind`, `cold` and names of cues."""
    return [_heard(turn) for turn in turns]


def turn(conversation: str, number: int, role: str, text: str, at_s: float, **more) -> Turn:
    return Turn(
        conversation_id=conversation, turn_id=f"{conversation}-{number}", role=role, participant_id=f"{role}-1",
        text=text, spoken_at=START + int(at_s * SECOND), channel="chat", **more,
    )  # fmt: skip


def quarrel(conversation: str, from_s: float = 0.0, gap_s: float = 10.0) -> list[Turn]:
    """A contact that goes wrong and is not mended."""
    said = [
        ("agent", "hello"), ("customer", "furious"), ("agent", "cold"), ("customer", "furious unresolved"),
        ("agent", "cold"), ("customer", "furious asks_supervisor"), ("agent", "cold"), ("customer", "furious"),
    ]  # fmt: skip
    return [turn(conversation, n, role, text, from_s + n * gap_s) for n, (role, text) in enumerate(said)]


def chat(conversation: str, from_s: float = 0.0, gap_s: float = 10.0) -> list[Turn]:
    """A contact in which nothing happens."""
    said = [("customer", "hello"), ("agent", "kind"), ("customer", "fine"), ("agent", "hello")]
    return [turn(conversation, n, role, text, from_s + n * gap_s) for n, (role, text) in enumerate(said)]


def _heard(turn: Turn) -> ScoredTurn:
    words = turn.text.split()
    common = {
        name: getattr(turn, name)
        for name in ("conversation_id", "turn_id", "role", "participant_id", "spoken_at", "channel", "queue")
    }
    if turn.role != "customer":
        empathy = "empathetic" if "kind" in words else "unhelpful" if "cold" in words else "neutral"
        return ScoredTurn(
            **common, valence=0.0, sentiment="neutral", distress=0.0, behaviours=(), empathy=empathy, language="en",
            model="ear-1",
        )  # fmt: skip
    furious = "furious" in words
    return ScoredTurn(
        **common, valence=-0.9 if furious else 0.0, sentiment="negative" if furious else "neutral",
        distress=0.9 if furious else 0.0, emotions=("anger",) if furious else ("neutral",),
        cues=tuple(cue for cue in CUES if cue in words), needs_empathy=furious, language="en", model="ear-1",
    )  # fmt: skip
