"""What the labels of a conversation say about its needs: the moments, and when something was missing."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from warmline.backtest.run import Service
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.labels import Behaviour, Cue, Emotion, Role
from warmline.contracts.score import ScoredTurn
from warmline.contracts.window import ConversationWindow, Moment, MomentOutcome
from warmline.scoring.domain import passed_on, scored
from warmline.store.keyed import Stamps
from warmline.windows.domain import WindowsDomain

ASKING_FOR_A_PERSON = frozenset({"asks_human", "asks_supervisor"})
"""Cues that a bot cannot answer: from then on a person is missing."""


class Spoken(Struct, frozen=True, kw_only=True):
    """A labelled turn.

    Attributes:
        at: When, ms UTC.
        turn_id: The turn.
        role: Who spoke.
        emotions: Of a customer.
        cues: Of a customer.
        needs: Of a customer: a good next answer addresses the feeling.
        behaviours: Of an answer, good ones and faults.
        empathetic: Of an answer.
    """

    at: int
    turn_id: str
    role: Role
    emotions: frozenset[Emotion] = frozenset()
    cues: frozenset[Cue] = frozenset()
    needs: bool = False
    behaviours: frozenset[Behaviour] = frozenset()
    empathetic: bool = False


class GoldMoment(Struct, frozen=True, kw_only=True):
    """A moment as windows finds it in scores that are the labels themselves.

    Attributes:
        turn_id: The customer turn.
        opened_at: ms UTC.
        ended_at: When its outcome was settled, ms UTC.
        outcome: met, missed or moot.
        answered_by: The turn that met it.
    """

    turn_id: str
    opened_at: int
    ended_at: int
    outcome: MomentOutcome
    answered_by: str | None


class Truth(Struct, frozen=True, kw_only=True):
    """One conversation by its labels.

    Attributes:
        turns: In order of time.
        moments: In order of time.
        missing: When something was missing: from, and until but not at, ms UTC; in order, without overlap.
    """

    turns: tuple[Spoken, ...]
    moments: tuple[GoldMoment, ...]
    missing: tuple[tuple[int, int], ...]


def windows_of(events: Iterable[Struct], domain: WindowsDomain) -> list[ConversationWindow]:
    """Return the windows of one conversation's scored turns, start and end, due times included."""
    service = Service(domain)
    windows: list[ConversationWindow] = []
    for event in events:
        if isinstance(event, ScoredTurn):
            emit = scored(event, event.spoken_at, event.spoken_at)
        elif isinstance(event, ConversationStarted | ConversationEnded):
            emit = passed_on(event)
        else:
            continue
        found = service.run.apply(emit.event, Stamps(emit.time_ms, emit.time_ms))
        windows += [each.event for each in found if isinstance(each.event, ConversationWindow)]
    windows += [each.event for each in service.drain() if isinstance(each.event, ConversationWindow)]
    return windows


def truth_of(scores: Sequence[ScoredTurn], windows: Iterable[ConversationWindow]) -> Truth:
    """Return what holds by scores that are the labels, and the windows made of them."""
    turns = tuple(sorted(map(_spoken, scores), key=lambda turn: (turn.at, turn.turn_id)))
    moments = _moments(windows)
    end = turns[-1].at + 1 if turns else 0
    spans = [(moment.opened_at, _met_or_calm(moment, turns, end)) for moment in moments]
    return Truth(turns=turns, moments=tuple(moments), missing=_merged(spans + _without_a_person(turns, end)))


def _spoken(turn: ScoredTurn) -> Spoken:
    return Spoken(
        at=turn.spoken_at,
        turn_id=turn.turn_id,
        role=turn.role,
        emotions=frozenset(turn.emotions or ()),
        cues=frozenset(turn.cues or ()),
        needs=bool(turn.needs_empathy),
        behaviours=frozenset(turn.behaviours or ()),
        empathetic=turn.empathy == "empathetic",
    )


def _moments(windows: Iterable[ConversationWindow]) -> list[GoldMoment]:
    found: dict[str, tuple[Moment, int]] = {}
    for window in windows:
        for moment in window.moments:
            before = found.get(moment.turn_id)
            ended_at = window.as_of if before is None or before[0].outcome != moment.outcome else before[1]
            found[moment.turn_id] = (moment, ended_at)
    return [
        GoldMoment(
            turn_id=moment.turn_id,
            opened_at=moment.opened_at,
            ended_at=ended_at,
            outcome=moment.outcome,
            answered_by=moment.answered_by,
        )
        for moment, ended_at in sorted(found.values(), key=lambda pair: (pair[0].opened_at, pair[0].turn_id))
    ]


def _met_or_calm(moment: GoldMoment, turns: Sequence[Spoken], end: int) -> int:
    """Return when the need was over: a missed one lasts until an answer meets it after all, or the customer is calm."""
    if moment.outcome != "missed":
        return moment.ended_at
    after = (turn for turn in turns if turn.at > moment.opened_at)
    over = (turn.at for turn in after if turn.empathetic or (turn.role == "customer" and not turn.needs))
    return next((at for at in over if at >= moment.ended_at), end)


def _without_a_person(turns: Sequence[Spoken], end: int) -> list[tuple[int, int]]:
    """Return from when until when a customer who talked with a bot had asked for a person and not got one."""
    spans: list[tuple[int, int]] = []
    answering: Role | None = next((turn.role for turn in turns if turn.role in {"agent", "bot"}), None)
    since: int | None = None
    for turn in turns:
        if turn.role == "customer":
            if answering == "bot" and since is None and turn.cues & ASKING_FOR_A_PERSON:
                since = turn.at
        else:
            answering = turn.role
            if turn.role != "bot" and since is not None:
                spans.append((since, turn.at))
                since = None
    return spans if since is None else [*spans, (since, end)]


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)
