"""A participant's lines: those spoken before, whatever the order in which they came, the newest few, for a day."""

from hypothesis import given, strategies as st

from warmline.contracts.turn import Turn
from warmline.models.context import REMEMBERED_S
from warmline.models.lines import LINES_KEPT, Lines, line_of

DAY_MS = REMEMBERED_S * 1000


def turn(at: int, who: str = "jo", turn_id: str = "1") -> Turn:
    return Turn(conversation_id="c", turn_id=turn_id, role="agent", participant_id=who, text="x", spoken_at=at)


def lines_of(times: list[int], participants: int = 10) -> Lines:
    lines = Lines(participants)
    for at in times:
        lines.remember(line_of(turn(at, turn_id=str(at)), at.to_bytes(8, "big")))
    return lines


times = st.lists(st.integers(1, 2 * DAY_MS), max_size=LINES_KEPT, unique=True)


@given(times, st.integers(1, 2 * DAY_MS))
def test_lines_spoken_before_a_turn_and_within_a_day_count_for_it(spoken: list[int], at: int):
    counted = [each for each in sorted(spoken) if at - DAY_MS <= each < at]
    assert lines_of(spoken).before(turn(at)) == tuple(each.to_bytes(8, "big") for each in counted)


@given(
    st.lists(st.integers(1, 500), max_size=3 * LINES_KEPT).flatmap(
        lambda each: st.tuples(st.just(each), st.permutations(each))
    )
)
def test_the_order_of_arrival_and_repeats_make_no_difference(orders: tuple[list[int], list[int]]):
    one, other = (lines_of(order).before(turn(1_000)) for order in orders)
    assert one == other
    assert len(one) <= LINES_KEPT


def test_a_turn_that_is_judged_again_does_not_find_itself():
    lines = Lines()
    lines.remember(line_of(turn(5), b"ab"))
    assert lines.before(turn(5)) == ()


def test_of_many_participants_the_one_least_recently_heard_is_forgotten_first():
    lines = Lines(participants=2)
    for who in ("al", "bo", "cy"):
        lines.remember(line_of(turn(1, who), b"ab"))
    assert [lines.before(turn(2, who)) for who in ("al", "bo", "cy")] == [(), (b"ab",), (b"ab",)]
