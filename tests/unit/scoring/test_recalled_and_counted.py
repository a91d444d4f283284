"""Whose lines are recalled and for how long, what is handed on, and what the metrics count of scores."""

import pytest
from msgspec import Struct, structs
from prometheus_client import CollectorRegistry

from tests.unit.models.test_scorer_with_a_fake_encoder import make
from tests.unit.scoring.test_domain import apply, run, turn
from tests.unit.scoring.test_lines import Rings, Service, said
from warmline.contracts.conversation import ConversationEnded
from warmline.models.context import MS, NOTHING_BEFORE, REMEMBERED_S
from warmline.models.lines import Line, line_of
from warmline.scoring.lines import AgentLines
from warmline.scoring.service import Ear
from warmline.scoring.state import EDGES
from warmline.telemetry.metrics import Metrics


@pytest.mark.parametrize("role", ["agent", "bot", "supervisor"])
def test_whoever_answers_is_heard_where_lines_are_recalled(role: str):
    (score,) = Service().batch(said(1, "a", role=role))
    assert score.abstained is None


def lines_with(noted: list[Struct]) -> tuple[AgentLines, Rings]:
    rings = Rings()
    return AgentLines(rings, noted), rings  # type: ignore[arg-type] # the part of `RedisRings` that is called


def test_a_line_counts_from_the_millisecond_after_it_for_as_long_as_a_turn_is_remembered():
    line = said(1, "a")
    noted: list[Struct] = [line_of(line, b"ab")]
    lines, _ = lines_with(noted)
    lines.keep()
    last = line.spoken_at + REMEMBERED_S * MS
    asked = [
        structs.replace(line, turn_id="t", spoken_at=at) for at in (line.spoken_at, line.spoken_at + 1, last, last + 1)
    ]
    assert lines.before(asked) == [(), (b"ab",), (b"ab",), ()]


def test_what_was_kept_is_not_written_again_and_what_is_no_line_never():
    noted: list[Struct] = [Line("p", 1, b"12345678ab"), turn(1)]
    lines, rings = lines_with(noted)
    lines.keep()
    assert noted == []
    assert rings.members == {("p", 1, b"12345678ab")}


def test_as_many_starts_and_ends_are_remembered_as_are_needed_and_no_more():
    service = run()
    for at in range(EDGES + 3):
        apply(service, ConversationEnded(conversation_id="c", at=at))
    assert len(service.states["c"].edges) == EDGES


def test_only_customers_whose_score_is_used_count_in_the_valence_and_the_others_by_their_reason():
    registry = CollectorRegistry()
    ear = Ear(make()[0], Metrics(registry))
    for each in (turn(1), turn(2, "agent"), structs.replace(turn(3), text="...")):
        told = ear.hear([each])[0]
        ear.judge(each, told.text, NOTHING_BEFORE)
    assert registry.get_sample_value("warmline_customer_valence_count") == 1
    assert registry.get_sample_value("warmline_abstained_total", {"reason": "no_words"}) == 1
