"""Which move of the table fits what is missing now."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from warmline.assist.facts import SELF_HARM, STAGES, Facts
from warmline.assist.policy import AssistPolicy, MoveKind, MoveRule, When
from warmline.contracts.labels import Behaviour

MS = 1000


class Move(Struct, frozen=True):
    """A rule of the table with its key.

    Attributes:
        key: Its key.
        rule: What the policy says.
        labels: Cues, faults and self-harm that it is about: turns with them are its evidence.
    """

    key: str
    rule: MoveRule
    labels: frozenset[str]


class Table(Struct, frozen=True):
    """A policy with its moves by kind.

    Attributes:
        policy: The policy.
        by_kind: Moves of each kind, by rank and then by key.
        by_key: Every move.
    """

    policy: AssistPolicy
    by_kind: Mapping[MoveKind, tuple[Move, ...]]
    by_key: Mapping[str, Move]


def table_of(policy: AssistPolicy) -> Table:
    """Return a policy's moves in the order in which they are looked at."""
    moves = [Move(key, rule, _labels_of(rule.when)) for key, rule in policy.moves.items() if rule is not None]
    moves.sort(key=lambda move: (move.rule.rank, move.key))
    kinds: tuple[MoveKind, ...] = ("suggest", "praise", "handoff")
    by_kind = {kind: tuple(move for move in moves if move.rule.kind == kind) for kind in kinds}
    return Table(policy, by_kind, {move.key: move for move in moves})


def was_said(when: When, facts: Facts) -> bool:
    """Tell whether the customer's last turns said what a move is about: one of its cues, self-harm where it must be."""
    return (not when.cues or not when.cues.isdisjoint(facts.cues)) and (facts.self_harm or not when.self_harm)


def fits(move: Move, facts: Facts) -> bool:
    """Tell whether a suggestion or handoff is about what is missing now, and has not been done yet."""
    rule, when = move.rule, move.rule.when
    if not facts.open and not when.without_need:
        return False
    if facts.open and facts.stage < STAGES.index(when.stage):
        return False
    return (
        was_said(when, facts)
        and (not when.emotions or not when.emotions.isdisjoint(facts.emotions))
        and (not when.faults or not when.faults.isdisjoint(facts.faults))
        and rule.brings.isdisjoint(facts.done)
    )


def best_move(
    moves: Iterable[Move], facts: Facts, counts: Mapping[str, int], barred: Iterable[str], most: int
) -> Move | None:
    """Return the move to give: of those that fit one that insists, else one given least often, the first by rank.

    Args:
        moves: In the order of the table.
        facts: What is missing.
        counts: How often each was given.
        barred: Keys that are not to be given.
        most: A move given so often is not given again, but for one that insists.
    """
    out = set(barred)
    fitting = [
        move
        for move in moves
        if move.key not in out and (move.rule.insists or counts.get(move.key, 0) < most) and fits(move, facts)
    ]
    # The first of equals: by rank.
    return min(fitting, key=lambda move: (not move.rule.insists, counts.get(move.key, 0)), default=None)


def best_praise(
    moves: Iterable[Move], behaviours: Iterable[Behaviour], counts: Mapping[str, int], barred: Iterable[str], most: int
) -> Move | None:
    """Return the praise for an answer that met a need, by what it did; arguments as of `best_move`."""
    out, did = set(barred), frozenset(behaviours)
    fitting = [
        move
        for move in moves
        if move.key not in out
        and counts.get(move.key, 0) < most
        and (not move.rule.when.behaviours or not move.rule.when.behaviours.isdisjoint(did))
    ]
    return min(fitting, key=lambda move: counts.get(move.key, 0), default=None)


def may_give(move: Move, facts: Facts, policy: AssistPolicy, since_ms: int | None) -> bool:
    """Tell whether a new move may be given yet.

    Args:
        move: Which.
        facts: What holds now.
        policy: The policy.
        since_ms: Since the newest suggestion or handoff, ms; None before one.
    """
    if move.rule.insists:
        return True
    if not move.rule.urgent and facts.trusted and STAGES[facts.stage] == "opened" and move.rule.kind == "suggest":
        return False
    gap_s = policy.strain_gap_s if facts.strained and not move.rule.urgent else policy.gap_s
    return since_ms is None or since_ms >= gap_s * MS


def _labels_of(when: When) -> frozenset[str]:
    labels: frozenset[str] = when.cues | when.faults
    return labels | {SELF_HARM} if when.self_harm else labels
