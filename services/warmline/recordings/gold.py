"""The labels of recordings in the codebook's format, kept apart from the events: no service may see them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from warmline.byte_order import UTF_8_MARK
from warmline.contracts.faults import in_words
from warmline.contracts.labels import Behaviour, Cue, Emotion, Role
from warmline.recordings.codebook import turn_id_of
from warmline.recordings.recorded import UnreadableError


class Outcome(Struct, frozen=True, kw_only=True):
    """How a conversation went, as its annotator saw it.

    Attributes:
        escalated: A good floor manager would want to have been alerted.
        escalate_from: Index of the first turn from which an alert would be right.
        deescalated: It was heated, and the agent turned it round.
        resolved: The issue was solved.
        csat: What the customer would answer, 1..5.
        note: One short line.
    """

    escalated: bool
    escalate_from: int | None = None
    deescalated: bool = False
    resolved: bool = False
    csat: Annotated[int, Meta(ge=1, le=5)] | None = None
    note: str = ""


class TurnLabels(Struct, frozen=True, kw_only=True):
    """The labels of one turn: the first four of a customer's, the last three of an agent's or a bot's."""

    i: int
    role: Role
    val: Annotated[int, Meta(ge=-2, le=2)] | None = None
    emo: tuple[Emotion, ...] = ()
    cues: tuple[Cue, ...] = ()
    needs: Annotated[int, Meta(ge=0, le=1)] | None = None
    beh: tuple[Behaviour, ...] = ()
    neg: tuple[Behaviour, ...] = ()
    emp: Annotated[int, Meta(ge=-1, le=1)] | None = None


class Labelled(Struct, frozen=True, kw_only=True):
    """One conversation's labels.

    Attributes:
        id: The conversation.
        agent_kind: human, bot or bot_then_human.
        turns: In the order of the recording.
        outcome: How it went.
    """

    id: str
    agent_kind: str = "human"
    turns: tuple[TurnLabels, ...]
    outcome: Outcome

    def by_turn_id(self) -> Mapping[str, TurnLabels]:
        """Return the labels by the turn id that the reader gives."""
        return {turn_id_of(turn.i): turn for turn in self.turns}


class _Judged(Struct):
    """What a line with labels has, right or wrong."""

    outcome: dict[str, Raw]
    turns: list[Raw]


def _is_judged(line: bytes) -> bool:
    try:
        return "escalated" in msgspec.json.decode(line, type=_Judged).outcome
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def read_gold(path: Path) -> dict[str, Labelled]:
    """Return the labels of a file of labelled conversations, by conversation id; other lines are passed over.

    Raises:
        OSError: The file cannot be read.
        UnreadableError: Labels are wrong: a figure over the others would pass for one over all. Or an alert would be
            right from a turn on that is not there. The message says in which line.
    """
    decoder = msgspec.json.Decoder(Labelled)
    labelled: dict[str, Labelled] = {}
    with path.open("rb") as lines:
        for number, line in enumerate((each.removeprefix(UTF_8_MARK) for each in lines), 1):
            try:
                talk = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if _is_judged(line):
                    raise UnreadableError(f"{path}:{number}: wrong labels: {in_words(error)}") from error
                continue  # an event, or a bad line, which the reader of the recording reports
            wanted = talk.outcome.escalate_from
            if wanted is not None and wanted not in {turn.i for turn in talk.turns}:
                raise UnreadableError(f"{path}:{number}: outcome.escalate_from is {wanted}, but no turn has that i")
            labelled[talk.id] = talk
    return labelled
