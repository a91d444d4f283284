"""Made-up scored conversations with everything assist looks at: what answers do, bots that hand over, feelings."""

import random
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tests.support.scripted import Script
from warmline.assist.domain import AssistDomain
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.labels import FAULTS, GOOD_BEHAVIOURS
from warmline.contracts.score import ScoredTurn
from warmline.contracts.window import ConversationWindow
from warmline.policy.model import Policy
from warmline.store.keyed import Emit, Stamps
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain

SELF_HARM_SHARE = 0.04
"""Share of the customers' turns that speak of self-harm: far more than anywhere, so that most scripts hold some."""


def assisted(script: Script) -> list[Struct]:
    """Return the script's events, with behaviours and faults in the answers, and self-harm in some customers' turns; a
    third of the talks begin with a bot."""
    rng = random.Random(script.seed)
    answers: dict[tuple[str, str], ScoredTurn] = {}
    bots: dict[str, int] = {}
    told: list[Struct] = []
    for event in script.events():
        if not isinstance(event, ScoredTurn):
            told.append(event)
            continue
        if event.role == "customer":
            grave = random.Random(f"{script.seed} {event.conversation_id} {event.turn_id}").random() < SELF_HARM_SHARE
            told.append(msgspec.structs.replace(event, self_harm=True) if grave else event)
            continue
        key = event.conversation_id, event.turn_id
        if key not in answers:  # a repeat is the same turn again
            until = bots.setdefault(event.conversation_id, rng.choice([0, 0, 6]))
            done = set(rng.choices(GOOD_BEHAVIOURS, k=rng.randrange(3)))
            if event.empathy != "empathetic":
                done |= set(rng.choices(FAULTS, k=rng.randrange(3)))
            is_bot = int(event.turn_id) < until
            answers[key] = msgspec.structs.replace(
                event,
                role="bot" if is_bot else "agent",
                participant_id="bot-1" if is_bot else event.participant_id,
                behaviours=(*(event.behaviours or ()), *sorted(done)),
            )
        told.append(answers[key])
    return told


def windows_of(events: Sequence[Struct], policy: Policy) -> list[ConversationWindow]:
    """Return the windows of events in the order of arrival, as the backtest gives them on."""
    run = MemoryRun(WindowsDomain(policy.windows, policy.version))
    windows: list[ConversationWindow] = []
    for event in events:
        at = event.spoken_at if isinstance(event, ScoredTurn) else event.at  # type: ignore[attr-defined]
        own = event.conversation_id  # type: ignore[attr-defined]
        emits = sorted(run.apply(event, Stamps(at, at)), key=lambda emit, own=own: emit.key == own)
        windows += [emit.event for emit in emits if isinstance(emit.event, ConversationWindow)]
    return windows


def with_dismissals(windows: Sequence[ConversationWindow], policy: Policy, seed: int, share: float) -> list[Struct]:
    """Return the windows, and after some of them a dismissal of a move given by then, now and then twice."""
    rng = random.Random(seed)
    run = MemoryRun(AssistDomain(policy.assist, policy.version))
    given: list[AssistMove] = []
    told: list[Struct] = []

    def take(event: Struct) -> None:
        told.append(event)
        emits: list[Emit] = run.apply(event, Stamps(None, 0))
        given.extend(e.event for e in emits if isinstance(e.event, AssistMove) and e.event.kind != "withdraw")

    for window in windows:
        take(window)
        if given and rng.random() < share:
            move = rng.choice(given[-5:])
            feedback = AssistFeedback(
                feedback_id=f"f-{len(told)}", move_id=move.move_id, conversation_id=move.conversation_id,
                verdict="dismissed", by="agent-1", at=window.as_of + 500,
            )  # fmt: skip
            for _ in range(rng.choice([1, 1, 2])):
                take(feedback)
    return told
