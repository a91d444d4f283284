"""What is remembered of a conversation, in any order of arrival."""

import numpy as np
from hypothesis import given, strategies as st

from warmline.contracts.turn import Turn
from warmline.models.context import GIST, KEPT, REMEMBERED_S, Before, Memory, before, remembered
from warmline.models.sincerity import content_words

GAP_MS = 1_000


def turn(number: int, role: str = "customer", at: int | None = None) -> Turn:
    return Turn(
        conversation_id="c",
        turn_id=str(number),
        role=role,  # type: ignore[arg-type]
        participant_id=f"{role}-1",
        text="x",
        spoken_at=number * GAP_MS if at is None else at,
    )


def gist(number: int) -> np.ndarray:
    return np.full(GIST, number % 128, dtype=np.int8)


def remember_all(turns: list[Turn]) -> Memory:
    memory: Memory = ()
    for each in turns:
        memory = remembered(memory, each, gist(int(each.turn_id)))
    return memory


def test_the_latest_turn_of_either_side_goes_before():
    memory = remember_all([turn(1), turn(2, "agent"), turn(3), turn(4, "bot")])
    went = before(memory, turn(5))
    assert (went.customer, went.answer) == (gist(3).tobytes(), gist(4).tobytes())


def test_a_turn_that_comes_late_finds_what_was_spoken_before_it_and_not_what_was_after():
    memory = remember_all([turn(1), turn(3), turn(5)])
    assert before(memory, turn(4)).customer == gist(3).tobytes()


def test_turns_of_one_millisecond_go_in_the_order_they_came():
    memory = remember_all([turn(9, at=7), turn(10, at=7), turn(2, at=7)])
    assert before(memory, turn(11, at=7)).customer == gist(2).tobytes()


def test_a_turn_is_not_before_itself():
    memory = remember_all([turn(1)])
    assert before(memory, turn(1)) == Before()
    assert remembered(memory, turn(1), gist(99)) == memory


def test_what_was_said_over_a_day_ago_is_forgotten():
    memory = remember_all([turn(1, at=0)])
    assert before(memory, turn(2, at=REMEMBERED_S * 1000)).customer == gist(1).tobytes()
    assert before(memory, turn(2, at=REMEMBERED_S * 1000 + 1)) == Before()


def test_only_the_same_participants_caring_turns_are_their_own():
    memory = remembered((), turn(1, "agent"), gist(1), b"11", caring=True)
    memory = remembered(memory, turn(2, "bot"), gist(2), b"22", caring=True)
    memory = remembered(memory, turn(3, "agent"), gist(3), b"33")
    assert before(memory, turn(4, "agent")).own == (b"11",)


def test_digests_of_all_the_customers_turns_are_said():
    first, second = content_words("broken router"), content_words("third engineer")
    memory = remembered((), turn(1), gist(1), first.tobytes())
    memory = remembered(memory, turn(2), gist(2), second.tobytes())
    assert before(memory, turn(3, "agent")).said == first.tobytes() + second.tobytes()


@given(st.permutations(range(KEPT)), st.integers(0, KEPT))
def test_within_what_is_kept_the_order_of_arrival_changes_nothing(order: list[int], asked: int):
    roles = ("customer", "agent")
    turns = [turn(number, roles[number % 2]) for number in range(KEPT)]
    in_order, shuffled = remember_all(turns), remember_all([turns[number] for number in order])
    assert shuffled == in_order
    assert before(shuffled, turn(asked, at=asked * GAP_MS + 1)) == before(in_order, turn(asked, at=asked * GAP_MS + 1))


@given(st.lists(st.integers(0, 40), max_size=60))
def test_memory_is_bounded_sorted_and_holds_each_turn_once(numbers: list[int]):
    memory = remember_all([turn(number) for number in numbers])
    assert len(memory) <= KEPT
    assert [kept.spoken_at for kept in memory] == sorted({kept.spoken_at for kept in memory})
