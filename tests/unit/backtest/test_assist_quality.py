"""What counts as a move that fits, and as one for nothing; by hand-made labels."""

from typing import Any

import pytest

from warmline.backtest.assist_quality import AssistQuality, Life, figures_of, fits, is_missing, lives_of
from warmline.backtest.assist_truth import GoldMoment, Spoken, Truth, truth_of
from warmline.contracts.assist import AssistMove
from warmline.contracts.score import ScoredTurn
from warmline.contracts.times import Times
from warmline.policy.load import load_policy

POLICY = load_policy(None).assist(None)


def customer(at: int, *said: str, needs: bool = True, cues: tuple[str, ...] = ()) -> Spoken:
    return Spoken(at=at, turn_id=f"t{at}", role="customer", emotions=frozenset(said), cues=frozenset(cues), needs=needs)


def answer(at: int, *done: str, role: str = "agent", empathetic: bool = False) -> Spoken:
    return Spoken(at=at, turn_id=f"t{at}", role=role, behaviours=frozenset(done), empathetic=empathetic)


def moment(opened: int, ended: int, outcome: str = "missed") -> GoldMoment:
    return GoldMoment(turn_id=f"t{opened}", opened_at=opened, ended_at=ended, outcome=outcome, answered_by=None)


def truth(*turns: Spoken, moments: tuple[GoldMoment, ...] = (), missing: tuple[tuple[int, int], ...] = ()) -> Truth:
    return Truth(turns=turns, moments=moments, missing=missing)


def life(move: str, given: int, ended: int, kind: str = "suggest") -> Life:
    return Life(move=move, kind=kind, given_at=given, ended_at=ended, evidence=set())


def step(move: str, at: int, kind: str = "suggest", sequence: int = 1, **more: Any) -> AssistMove:
    fields: dict[str, Any] = {
        "move_id": move, "sequence": sequence, "conversation_id": "c", "agent_id": "a", "agent_role": "agent",
        "queue": None, "kind": kind, "move": move, "text": "t", "reason": "r", "evidence": ("t10",), "as_of": at,
        "expires_at": at + 60, "policy": "p", "times": Times(spoken=at),
    }  # fmt: skip
    return AssistMove(**fields | more)


TALK = truth(
    answer(5, "rude"), customer(10, "anger", cues=("repeat_contact",)), answer(20, "clarifies"), customer(30, "anger"),
    moments=(moment(10, 30),), missing=((10, 40),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("move", "given", "right"),
    [
        ("let_the_anger_land", 10, True),
        ("steady_the_worry", 10, False),  # nobody is anxious
        ("name_the_earlier_contacts", 10, True),
        ("name_the_deadline", 10, False),  # nobody is short of time
        ("soften_the_tone", 10, True),  # the answer before was rude
        ("drop_the_blame", 10, False),  # nobody was blamed
        ("meet_the_feeling", 20, True),  # fits every need that was not met
        ("hand_over_the_need", 20, False),  # a person answers
        ("a_move_of_no_table", 10, False),
    ],
)
def test_a_move_fits_where_the_labels_say_what_it_is_about(move, given, right):
    assert fits(life(move, given, 60), TALK.moments[0], TALK, POLICY) is right


def test_a_move_does_not_fit_where_what_it_asks_for_had_been_done():
    talk = truth(customer(10, "anger"), answer(20, "acknowledges_feeling"), moments=(moment(10, 30),))
    assert not fits(life("let_the_anger_land", 20, 60), talk.moments[0], talk, POLICY)
    assert fits(life("let_the_anger_land", 10, 60), talk.moments[0], talk, POLICY)


def test_a_fault_made_later_or_long_before_does_not_make_a_move_fit():
    talk = truth(
        answer(1, "argues"), answer(5), customer(10, "anger"), answer(20, "rude"),
        moments=(moment(10, 30),), missing=((10, 40),),
    )  # fmt: skip
    assert not fits(life("soften_the_tone", 10, 60), talk.moments[0], talk, POLICY)
    assert fits(life("soften_the_tone", 20, 60), talk.moments[0], talk, POLICY)
    assert not fits(life("grant_their_side", 20, 60), talk.moments[0], talk, POLICY)


def test_advice_to_a_bot_fits_a_bot_alone():
    talk = truth(answer(5, role="bot"), customer(10, "anger"), moments=(moment(10, 30),))
    assert fits(life("hand_over_the_need", 10, 60, "handoff"), talk.moments[0], talk, POLICY)
    assert not fits(life("let_the_anger_land", 10, 60), talk.moments[0], talk, POLICY)


@pytest.mark.parametrize(("role", "right"), [("agent", True), ("supervisor", False)])
def test_to_grant_a_supervisor_does_not_fit_a_supervisor(role, right):
    asked = customer(10, "anger", cues=("asks_supervisor",))
    talk = truth(answer(5, role=role), asked, moments=(moment(10, 30),))
    assert fits(life("grant_the_supervisor", 10, 60), talk.moments[0], talk, POLICY) is right
    assert fits(life("let_the_anger_land", 10, 60), talk.moments[0], talk, POLICY)


@pytest.mark.parametrize(("given", "ended", "in_time"), [(10, 70, 1), (29, 70, 1), (30, 70, 0), (0, 10, 0), (0, 11, 1)])
def test_a_move_is_in_time_where_it_was_live_before_the_moment_counted_as_missed(given, ended, in_time):
    found = AssistQuality()
    found.add(TALK, [step("let_the_anger_land", given, expires_at=ended)], POLICY)
    assert (found.missed, found.in_time, found.fitting) == (1, in_time, in_time)


def test_a_moment_that_was_met_asks_for_no_move():
    found = AssistQuality()
    found.add(truth(customer(10, "anger"), answer(20, empathetic=True), moments=(moment(10, 20, "met"),)), [], POLICY)
    assert (found.missed, found.met) == (0, 1)


def test_a_move_is_for_nothing_outside_what_was_missing():
    found = AssistQuality()
    found.add(TALK, [step("a", 9), step("b", 10), step("c", 39), step("d", 40)], POLICY)
    assert (found.moves, found.for_nothing) == (4, 2)
    assert [is_missing(TALK, at) for at in (9, 10, 39, 40)] == [False, True, True, False]


def test_praise_is_no_move_and_is_right_where_the_answer_met_somebody():
    talk = truth(customer(10, "anger"), answer(20, empathetic=True), moments=(moment(10, 20, "met"),))
    found = AssistQuality()
    found.add(talk, [step("a", 20, "praise", evidence=("t10", "t20")), step("b", 10, "praise")], POLICY)
    assert (found.moves, found.praises, found.praised) == (0, 2, 1)
    assert figures_of(found)["praises_per_met_moment"] == 1.0


def test_a_life_ends_where_it_is_withdrawn_or_lapses_after_its_last_renewal():
    lives = lives_of(
        [
            step("a", 10), step("a", 20, sequence=2, evidence=("t20",)), step("b", 10),
            step("b", 15, "withdraw", sequence=2),
        ]
    )  # fmt: skip
    assert (lives["a"].given_at, lives["a"].ended_at, lives["a"].evidence) == (10, 80, {"t10", "t20"})
    assert (lives["b"].ended_at, lives["b"].kind) == (15, "suggest")


def test_rates_of_nothing_are_not_made_up():
    assert set(figures_of(AssistQuality()).values()) == {None}


def scored(at: int, role: str, **labels: Any) -> ScoredTurn:
    return ScoredTurn(
        conversation_id="c", turn_id=f"t{at}", role=role, participant_id="p", spoken_at=at, valence=0.0,
        sentiment="neutral", distress=0.0, language="en", model="labels", **labels,
    )  # fmt: skip


def test_a_customer_who_asked_a_bot_for_a_person_misses_one_until_one_answers():
    turns = [
        scored(1, "bot"), scored(2, "customer", cues=("asks_human",), needs_empathy=False), scored(3, "bot"),
        scored(4, "customer", cues=(), needs_empathy=False), scored(5, "agent"),
        scored(6, "customer", cues=("asks_supervisor",)),
    ]  # fmt: skip
    assert truth_of(turns, []).missing == ((2, 5),)
    assert truth_of(turns[:4], []).missing == ((2, 5),)
    assert truth_of(turns[1:5], []).missing == ((2, 5),), "asked before the bot's first answer"
    assert truth_of([scored(1, "agent"), *turns[1:2]], []).missing == ()
