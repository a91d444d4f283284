"""Mood, trend, time in distress, effect, and the numbers that compare with Genesys."""

from math import tanh
from random import Random

import pytest

from tests.unit.windows.scene import Scene, agent, at, customer, ended, policy


def told(*valences: float, gap: float = 10) -> Scene:
    scene = Scene()
    scene.tell(*(customer(gap * place, valence) for place, valence in enumerate(valences)))
    return scene


def test_mood_weighs_a_turn_by_half_for_every_half_life():
    scene = Scene(policy(mood_half_life_turns=1.0))
    assert scene.tell(customer(0, -0.9), customer(5, 0.3), customer(9, 0.6)).mood == 0.3  # (-.9/4 + .3/2 + .6) / 1.75


def test_mood_looks_back_on_so_many_turns_only():
    assert told(-1.0, *[0.5] * 6).window.mood == 0.5


def test_there_is_no_mood_before_a_customer_speaks():
    window = Scene().tell(agent(0))
    assert (window.mood, window.mood_over_time, window.valence, window.distress) == (None, None, None, 0.0)


def test_mood_over_time_fades_evenly_and_is_gone_with_the_last_minute():
    scene = Scene()
    scene.tell(customer(0, -0.8), customer(150, 0.4))
    assert scene.window.mood_over_time == round((-0.8 * 150 + 0.4 * 300) / 450, 3)
    assert scene.tell(agent(299)).mood_over_time == round((-0.8 * 1 + 0.4 * 151) / 152, 3)
    assert scene.tell(agent(300)).mood_over_time == 0.4
    assert scene.tell(agent(450)).mood_over_time is None
    assert scene.window.mood is not None


@pytest.mark.parametrize("seed", range(5))
def test_mood_over_time_kept_by_sums_is_what_a_loop_over_the_turns_gives(seed):
    random, scene, points, now = Random(seed), Scene(), [], 0.0
    for _ in range(80):
        now += random.choice([1, 4, 20, 90])
        if random.random() < 0.6:
            points.append((now, round(random.uniform(-1, 1), 3)))
            scene.tell(customer(now, points[-1][1]))
        else:
            scene.tell(agent(now))
        inside = [(300 - (now - when), value) for when, value in points if now - when < 300][-64:]
        weight = sum(share for share, _ in inside)
        expected = sum(share * value for share, value in inside) / weight if inside else None
        assert scene.window.mood_over_time == pytest.approx(expected, abs=0.00051)


@pytest.mark.parametrize(
    ("valences", "trend"),
    [
        ((0.0, -0.9), "steady"),
        ((0.0, -0.1, -0.2), "steady"),
        ((0.0, -0.1, -0.3), "falling"),
        ((0.0, -0.3, -0.7), "falling_fast"),
        ((-0.8, -0.8, -0.8, 0.0, 0.0, 0.0), "rising_fast"),
        ((-0.4, -0.4, -0.4, 0.0, 0.0, 0.0), "rising"),
        ((0.0, 0.0, 0.0, 0.0, -1.0, 0.0), "steady"),
        ((0.0, 0.0, 0.249), "steady"),
        ((0.0, 0.0, 0.25), "rising"),
        ((0.0, 0.0, 0.599), "rising"),
        ((0.0, 0.0, 0.6), "rising_fast"),
        ((0.0, 0.0, -0.249), "steady"),
        ((0.0, 0.0, -0.25), "falling"),
        ((0.0, 0.0, -0.599), "falling"),
        ((0.0, 0.0, -0.6), "falling_fast"),
    ],
)
def test_the_trend_compares_the_medians_of_the_halves(valences, trend):
    assert told(*valences).window.trend == trend


def test_the_trend_looks_back_on_its_own_turns_where_the_mood_looks_back_on_fewer():
    scene = Scene(policy(mood_turns=2, mood_minutes=1, trend_turns=8))
    window = scene.tell(*(customer(100 * place, -0.8 if place < 4 else 0.0) for place in range(8)))
    assert (window.mood, window.trend) == (0.0, "rising_fast")


def test_time_in_distress_runs_until_the_next_customer_turn_and_shows_while_it_runs():
    scene = Scene()
    scene.tell(customer(0, -0.5, 0.6))
    assert scene.tell(agent(20)).distress_ms == 20_000
    assert scene.tell(customer(30, 0.0, 0.1)).distress_ms == 30_000
    assert scene.tell(agent(50)).distress_ms == 30_000
    assert scene.window.peak_distress == 0.6


def test_one_silence_counts_as_distress_for_so_long_only():
    scene = Scene(policy(distress_gap_s=60))
    assert scene.tell(customer(0, -0.5, 0.6), agent(390)).distress_ms == 60_000, "while it runs"
    assert scene.tell(customer(400, 0.0, 0.1)).distress_ms == 60_000


def test_time_in_distress_is_over_with_the_conversation_whatever_is_still_said_of_it():
    scene = Scene()
    window = scene.tell(customer(0, -0.5, 0.6), ended(10), ended(20))
    assert (window.ended, window.as_of, window.distress_ms) == ("completed", at(20), 10_000)
    assert scene.summaries[-1].distress_ms == 10_000


def test_effect_is_the_change_over_two_turns_less_the_drift_before():
    scene = Scene()
    scene.tell(customer(0, -0.2, 0.6), customer(5, -0.6, 0.7), agent(10, "empathetic"), customer(15, -0.2))
    assert scene.window.effect is None
    window = scene.tell(customer(20, 0.4))
    assert window.effect == 1.1  # (-.2 + .4) / 2 - -.6 - (-.6 - -.2)
    assert {moment.turn_id: moment.effect for moment in window.moments} == {"c0": 1.1, "c5": 1.1}


def test_without_a_turn_before_the_last_there_is_no_drift_and_without_any_no_effect():
    scene = Scene()
    scene.tell(agent(0, "empathetic"), customer(5, -0.5, 0.7), agent(10, "empathetic"), customer(15), customer(20, 0.2))
    assert scene.window.effect == 0.6


def test_effects_of_several_empathetic_turns_are_averaged_and_each_moment_has_its_own():
    scene = Scene()
    scene.tell(customer(0, -0.4, 0.6), agent(5, "empathetic"), customer(10, -0.6, 0.8), agent(15, "empathetic"))
    scene.tell(customer(20, 0.0), customer(25, 0.2))
    effects = {moment.turn_id: moment.effect for window in scene.windows for moment in window.moments}
    assert effects == {"c0": 0.1, "c10": 0.9}
    assert scene.window.effect == 0.5


def test_empathetic_turns_in_a_row_share_an_effect_and_each_counts_in_the_mean():
    scene = Scene()
    scene.tell(customer(0, -0.4), agent(2, "empathetic"), agent(4, "empathetic"), customer(6, 0.0), customer(8, 0.2))
    assert scene.window.effect == 0.5
    scene.tell(agent(10, "empathetic"), customer(12, 0.4), customer(14, 0.4))
    assert scene.window.effect == 0.333  # (.5 + .5 + 0) / 3: the last one's is the drift before it


def test_the_empathy_index_weighs_empathetic_against_unhelpful_turns():
    scene = Scene()
    assert scene.tell(agent(0)).empathy_index is None
    window = scene.tell(agent(1, "empathetic"), agent(2, "empathetic"), agent(3, "unhelpful"))
    assert window.empathy_index == 0.333


def genesys(signs: list[int]) -> float:
    places = range(1, len(signs) + 1)
    return 100 * tanh(0.75 * sum(sign * place / len(signs) for place, sign in zip(places, signs, strict=True)))


@pytest.mark.parametrize("seed", range(4))
def test_sentiment_score_and_trend_are_genesys_formulas_over_all_customer_turns(seed):
    random = Random(seed)
    signs: list[int] = []
    scene = Scene(policy(quiet_timeout_s=80_000))
    for place in range(60):
        signs.append(random.choice([-1, 0, 0, 1]))
        window = scene.tell(customer(10 * place, signs[-1] * 0.9))
        half = len(signs) // 2
        assert window.sentiment_score == pytest.approx(genesys(signs), abs=0.001)
        if len(signs) < 6:
            assert window.sentiment_trend is None
        else:
            expected = (genesys(signs[half:]) - genesys(signs[:half])) / 2
            assert window.sentiment_trend == pytest.approx(expected, abs=0.001)


def test_a_summary_tells_beginning_end_and_lowest_point():
    scene = told(-0.3, -0.6, -0.9, -0.3, 0.3, 0.3, 0.6)
    scene.tell(ended(100))
    summary = scene.summaries[-1]
    assert (summary.mood_start, summary.mood_end, summary.mood_lowest) == (-0.6, 0.4, -0.9)
