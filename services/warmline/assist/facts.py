"""What is missing now, as the table of moves asks about it."""

from collections.abc import Iterator

from msgspec import Struct

from warmline.assist.policy import AssistPolicy, Stage
from warmline.assist.state import AssistState, Said
from warmline.assist.taking_in import place, place_of_need
from warmline.contracts.labels import FAULTS, Behaviour, Cue, Emotion, Role

FAULT_NAMES = frozenset(FAULTS)
GRANTED_BY_A_SUPERVISOR: frozenset[Cue] = frozenset({"asks_supervisor"})
"""Cues that ask for a supervisor: where one answers, nothing of it is missing. `asks_human` has no such rule: said to a
person it is a word about how they answer, and a table may have a move for that."""
STAGES: tuple[Stage, ...] = ("opened", "answered", "missed")


class Facts(Struct, frozen=True):
    """What holds at one moment.

    Attributes:
        open: A need is open.
        stage: How far the oldest open need has come, as an index of `STAGES`.
        emotions: Of the newest open need.
        cues: Of the customer's last turns, but for what is granted by who answers.
        self_harm: Words of suicide or self-harm are among them.
        faults: Of the answers since the oldest open need, and of the one before it.
        done: What answers did since the oldest open need, and since self-harm was spoken of.
        turns: The turns it rests on: place in time, turn id, and its labels, in order of time.
        strained: The agent has had a hard contact so far.
        trusted: Who answers has met every need lately.
    """

    open: bool
    stage: int
    emotions: frozenset[Emotion]
    cues: frozenset[Cue]
    self_harm: bool
    faults: frozenset[Behaviour]
    done: frozenset[Behaviour]
    turns: tuple[tuple[str, frozenset[str]], ...]
    strained: bool
    trusted: bool


def facts_of(state: AssistState, policy: AssistPolicy, agent_id: str | None, agent_role: Role | None) -> Facts:
    """Return what holds now for who answers; None and None where nobody has answered yet.

    Strain is what this conversation itself shows: customer turns in distress, and abuse. An agent's account over
    contacts is keyed by agent, so what it says at one moment would depend on which event was read first.
    """
    granted = GRANTED_BY_A_SUPERVISOR if agent_role == "supervisor" else frozenset[Cue]()
    lately = _lately(state, policy, agent_role)
    cues = frozenset(cue for said in lately for cue in said.cues) - granted
    self_harm = any(said.self_harm for said in lately)
    turns = [(place(said), frozenset(said.cues) - granted | _mark_of(said)) for said in lately]
    strained = state.hard_turns >= policy.strain_turns or "abuse_of_agent" in cues
    trusted = state.met_run >= policy.trust_met and state.met_by in {None, agent_id}
    none: frozenset[Behaviour] = frozenset()
    if not state.needs:
        return Facts(False, 0, frozenset(), cues, self_harm, none, none, _in_order(turns), strained, trusted)  # noqa: FBT003
    oldest, newest = state.needs[0], state.needs[-1]
    since = [answer for answer in state.answers if place(answer) > place_of_need(oldest)]
    before = [answer for answer in state.answers if place(answer) < place_of_need(oldest)][-1:]
    # What was done before words of self-harm was not done about them, though an older need is open.
    begun = place_of_need(oldest)
    asked = max(begun, next((place(said) for said in lately if said.self_harm), begun))
    turns += [(place(answer), frozenset(answer.behaviours) & FAULT_NAMES) for answer in before + since]
    turns += [(place_of_need(need), frozenset({NEED})) for need in state.needs]
    return Facts(
        open=True,
        stage=2 if any(need.missed for need in state.needs) else 1 if since else 0,
        emotions=frozenset(e for said in state.said if said.turn_id == newest.turn_id for e in said.emotions),
        cues=cues,
        self_harm=self_harm,
        faults=frozenset(b for answer in before + since for b in answer.behaviours if b in FAULT_NAMES),
        done=frozenset(b for answer in since if place(answer) > asked for b in answer.behaviours),
        turns=_in_order(turns),
        strained=strained,
        trusted=trusted,
    )


def _lately(state: AssistState, policy: AssistPolicy, agent_role: Role | None) -> list[Said]:
    """Return the customer turns whose cues still count.

    What was said before anybody answered counts as one turn to a bot, however many messages it came in: it is one
    request, and no answer has begun to deal with it.
    """
    begin = max(0, len(state.said) - policy.cue_turns)
    if agent_role == "bot" and not state.person_answered and begin < _unanswered(state):
        begin = 0
    return state.said[begin:]


def _unanswered(state: AssistState) -> int:
    """Return how many customer turns came before the first answer."""
    if not state.answers:
        return len(state.said)
    first = place(state.answers[0])
    return sum(place(said) < first for said in state.said)


NEED = "need"
"""Mark of a turn whose need is open, among its labels."""

SELF_HARM = "self_harm"
"""Mark of a turn that speaks of suicide or self-harm."""


def _mark_of(said: Said) -> frozenset[str]:
    return frozenset({SELF_HARM}) if said.self_harm else frozenset()


def evidence_of(facts: Facts, labels: frozenset[str], most: int) -> tuple[str, ...]:
    """Return the turns with one of these labels or an open need, oldest first: at most so many, the newest."""
    return tuple(_resting_on(facts, labels | {NEED}))[-most:]


def _resting_on(facts: Facts, labels: frozenset[str]) -> Iterator[str]:
    return (turn_id for turn_id, marks in facts.turns if marks & labels)


def _in_order(turns: list[tuple[tuple[int, str], frozenset[str]]]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return each turn once, in order of time, with all its labels."""
    merged: dict[tuple[int, str], frozenset[str]] = {}
    for where, marks in turns:
        merged[where] = merged.get(where, frozenset()) | marks
    return tuple((turn_id, merged[at, turn_id]) for at, turn_id in sorted(merged))
