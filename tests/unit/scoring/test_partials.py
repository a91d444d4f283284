"""Partial results where the policy has them scored: one score of their own, until the final one takes their place."""

import numpy as np
import pytest
from msgspec import structs

from tests.unit.models.test_scorer_with_a_fake_encoder import make
from tests.unit.scoring.test_domain import apply, heard, run, turn
from warmline.backtest.scores import Scores
from warmline.contracts.ids import scored_id
from warmline.contracts.score import ScoredTurn
from warmline.contracts.turn import Turn
from warmline.models.context import KEPT, before
from warmline.models.memories import Memories
from warmline.models.partials import LONGEST, MARK, counted, partial_id
from warmline.policy.model import ScoringPolicy
from warmline.scoring.domain import HeardTurn, ScoringDomain
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun


def partial(number: int) -> Turn:
    return turn(number, final=False)


def test_a_final_result_is_scored_after_its_partial_one_and_under_another_id():
    service = run(partials=True)
    first = service.apply(heard(partial(1), 40), Stamps(5, 6))
    second = service.apply(heard(turn(1), 60), Stamps(5, 6))
    assert [emit.event.turn_id for emit in first + second] == [f"1{MARK}", "1"]
    assert [emit.id for emit in first + second] == [scored_id("c", f"1{MARK}"), scored_id("c", "1")]


def test_what_is_published_of_a_partial_result_is_found_under_the_cause_of_its_record():
    domain = ScoringDomain(lambda *_: pytest.fail("not judged"), "m-1", score_partials=True)
    assert domain.cause_of(heard(partial(1), 0)) == scored_id("c", f"1{MARK}")
    assert domain.cause_of(heard(turn(1), 0)) == scored_id("c", "1")


def test_a_final_result_does_not_hear_its_own_beginning_and_takes_its_place():
    service = run(partials=True)
    apply(service, heard(turn(1), 40))
    (begun,) = apply(service, heard(partial(2), 50))
    (done,) = apply(service, heard(turn(2), 60))
    (after,) = apply(service, heard(turn(3), 1))
    assert (begun.valence, done.valence, after.valence) == (0.4, 0.4, 0.6)
    assert [kept.turn_id for kept in service.states["c"].memory] == ["1", "2", "3"]


def test_only_the_first_partial_result_of_a_turn_is_scored_and_none_after_the_final_one():
    service = run(partials=True)
    events = [partial(1), partial(1), turn(1), partial(1), turn(1)]
    assert [len(apply(service, heard(each, 1))) for each in events] == [1, 0, 1, 0, 0]
    assert service.skipped["duplicate"] == 3


def test_a_partial_result_that_comes_behind_its_final_one_is_late_even_where_it_is_the_first():
    service = run(partials=True)
    marked = structs.replace(partial(1), turn_id=f"1{MARK}")
    assert [len(apply(service, heard(each, 1))) for each in (turn(1), partial(1), marked)] == [1, 0, 0]


def test_ids_that_adapters_marked_stay_and_long_ones_remain_ids():
    assert partial_id("u7~partial") == "u7~partial"
    assert counted(turn(1)) == turn(1)
    longest = "x" * LONGEST
    assert len(partial_id(longest)) <= LONGEST
    assert partial_id(longest) != partial_id("y" * LONGEST)


def test_the_beginning_of_a_caring_line_is_not_learnt_as_one():
    def judge(each: Turn, _text: object, _went: object) -> ScoredTurn:
        return structs.replace(make()[0].judge(each, None), behaviours=("apologises",))

    domain = ScoringDomain(judge, "m-1", score_partials=True)
    begun = structs.replace(turn(1, "agent", final=False), text="so sorry")
    step = domain.apply(None, heard(begun, 1), Stamps(5, 6))
    assert step.learnt == []
    memories = Memories(across=True)
    memories.remember(counted(begun), np.zeros(64, dtype=np.int8), b"ab", caring=True)
    assert memories.before(structs.replace(turn(2, "agent"), conversation_id="d")).own == ()


@pytest.mark.parametrize("mark", ["", MARK])
def test_live_and_backtest_say_the_same_of_partial_results(mark: str):
    said = [(1, "can i", False), (1, "can i take your name", True), (2, "yes it", False), (2, "yes it is", False)]
    said += [
        (2, "yes it is dreadful", True),
        (2, "yes it", False),
        (3, "sorry", True),
        *[(n, "ok", True) for n in range(4, 14)],
    ]
    turns = [
        structs.replace(
            turn(n, ("customer", "agent")[n % 2], final=final), text=text, turn_id=f"{n}{'' if final else mark}"
        )
        for n, text, final in said
    ]
    live = make()[0]
    texts = live.hear(turns)
    service = MemoryRun(ScoringDomain(live.judge, live.name, score_partials=True))
    published = [
        structs.replace(emit.event, times=None)
        for each in turns
        for emit in service.apply(HeardTurn(each, texts.get(each.text)), Stamps(5, 6))
    ]
    scorer, memories = make()[0], Memories()
    replayed = Scores(lambda some: scorer.score(some, memories), ScoringPolicy(score_partials=True))
    assert [structs.replace(each, times=None) for each in replayed.of(turns)] == published
    assert (replayed.turns, replayed.partials) == (len(turns) - 2, 2)
    asked = turn(20)
    assert memories.before(asked) == before(service.states["c"].memory, asked)
    assert len(service.states["c"].memory) == KEPT
