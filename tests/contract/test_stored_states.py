"""A new version reads what the one before it keeps in Redis: in a rolling upgrade both work on the same states."""

import json
from typing import Any

import pytest
from msgspec import msgpack

from tests.support.stored_states import (
    EVENTS,
    HALFWAY,
    LAYOUTS,
    OPTIONAL,
    OUTBOX,
    SCORING,
    STATES,
    layouts,
    new_backtest,
    services,
)
from warmline.contracts.labels import CUES
from warmline.contracts.summary import ConversationSummary
from warmline.scoring.state import ScoringState
from warmline.store.outbox import decode_outbox, encode_outbox

WRITTEN: dict[str, dict[str, str]] = json.loads(STATES.read_text())
RELEASED: dict[str, list[str]] = json.loads(LAYOUTS.read_text())
BITS = (
    "asks_human",
    "asks_supervisor",
    "churn_threat",
    "legal_or_public_threat",
    "repeat_contact",
    "abuse_of_agent",
    "vulnerable",
    "time_pressure",
    "unresolved",
)  # a literal: a new cue takes the next bit
STATEFUL = sorted(WRITTEN.keys() - {SCORING, OUTBOX})


def decoded(name: str, kind: Any) -> dict[str, Any]:
    return {key: msgpack.decode(bytes.fromhex(raw), type=kind) for key, raw in WRITTEN[name].items()}


def grown_from(now: Any, before: Any) -> bool:
    """Say whether a value is what it was but for elements that arrays have gained at their ends."""
    if isinstance(before, list):
        return len(now) >= len(before) and all(map(grown_from, now, before))
    if isinstance(before, dict):
        return now.keys() == before.keys() and all(grown_from(now[key], before[key]) for key in before)
    return bool(now == before)


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_what_is_kept_only_grows_and_at_its_end(name: str) -> None:
    fields, known = layouts()[name], len(RELEASED[name])
    assert fields[:known] == RELEASED[name]
    assert all(each.endswith(OPTIONAL) for each in fields[known:]), "a state of the version before lacks it"


def test_a_cue_keeps_its_bit() -> None:
    assert CUES[: len(BITS)] == BITS


def test_every_kept_struct_has_a_layout_to_be_held_against() -> None:
    assert layouts().keys() == RELEASED.keys(), "python -m tests.support.stored_states"


@pytest.mark.parametrize("name", STATEFUL)
def test_what_the_version_before_kept_means_the_same(name: str) -> None:
    kind = services(new_backtest())[name].domain.state_type
    states = decoded(name, kind)
    assert len(states) > 3
    for key, state in states.items():
        assert grown_from(msgpack.decode(msgpack.encode(state)), msgpack.decode(bytes.fromhex(WRITTEN[name][key])))


def test_scorings_memory_and_an_outbox_of_the_version_before_mean_the_same() -> None:
    (scoring,) = decoded(SCORING, ScoringState).values()
    assert msgpack.encode(scoring).hex() == WRITTEN[SCORING]["talk"]
    entries = decode_outbox(bytes.fromhex(WRITTEN[OUTBOX]["talk"]))
    assert [len(entry.outcomes) for entry in entries] == [2]
    assert encode_outbox(entries).hex() == WRITTEN[OUTBOX]["talk"]


def test_conversations_go_on_over_what_the_version_before_kept() -> None:
    backtest = new_backtest()
    for name, each in services(backtest).items():
        each.run.states = decoded(name, each.domain.state_type)
    summaries = [each.event for each in backtest.run(EVENTS[HALFWAY:]) if isinstance(each.event, ConversationSummary)]
    whole = [each.event for each in new_backtest().run(EVENTS) if isinstance(each.event, ConversationSummary)]
    told, expected = ({each.conversation_id: each.turns for each in some} for some in (summaries, whole))
    assert told.keys() >= {event.conversation_id for event in EVENTS[HALFWAY:]}
    assert told == {key: expected[key] for key in told}
