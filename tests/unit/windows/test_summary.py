"""What a summary says of a conversation that has ended, and what predicted CSAT makes of it."""

import pytest

from tests.unit.windows.scene import STAMPS, Scene, agent, checked, customer, ended, policy
from warmline.contracts.score import Sincerity
from warmline.windows.domain import WindowsDomain
from warmline.windows.history import COMPACT_AT
from warmline.windows.policy import CsatFormula

NOTHING = dict.fromkeys(CsatFormula.__struct_fields__, 0.0) | {"base": 3.0}

STORY = (
    customer(0, -0.8, 0.9),
    agent(4, "empathetic"),  # meets the need of the turn before
    customer(10, -0.4, 0.6),
    agent(12, "unhelpful", participant_id="agent-2"),
    customer(20, 0.0, 0.1),  # calm without having been met
    agent(22, "empathetic"),
    customer(30, 0.2, cues=("unresolved",)),
    customer(36, 0.3),
    customer(40, 0.1, 0.2),
)
"""One moment met, one moot; it turned around, and something is still unresolved."""


def test_it_counts_what_was_met_and_felt_over_the_whole_conversation():
    scene = Scene()
    scene.tell(*STORY, ended(50))
    (summary,) = scene.summaries
    assert (summary.moments_met, summary.moments_missed, summary.moments_moot) == (1, 0, 1)
    assert (summary.response_ms, summary.peak_distress, summary.distress_ms) == (4_000, 0.9, 20_000)
    assert (summary.empathetic_turns, summary.unhelpful_turns, summary.empathy_index) == (2, 1, 0.333)
    assert summary.effect == 0.225  # (-.4 + .0) / 2 + .8 = .6, and (.2 + .3) / 2 - .0 - .4 = -.15
    assert summary.agent_ids == ("agent-1", "agent-2")
    assert summary.turnaround is True


def test_its_mean_response_time_is_over_the_moments_met():
    scene = Scene()
    scene.tell(*(turn for at in (0, 100) for turn in (customer(at, -0.8, 0.8), agent(at + 2 + at / 25, "empathetic"))))
    scene.tell(ended(200))
    assert [moment.response_ms for moment in scene.summaries[-1].moments] == [2_000, 6_000]
    assert scene.summaries[-1].response_ms == 4_000


def test_a_customer_who_is_in_distress_at_the_end_was_so_until_then():
    scene = Scene()
    scene.tell(customer(0, -0.8, 0.8), customer(5, 0.0), customer(20, -0.8, 0.8), ended(30))
    assert scene.summaries[-1].distress_ms == 15_000


def test_its_sincerity_is_the_mean_of_the_turns_of_which_it_is_known():
    scene = Scene()
    told = (
        Sincerity(canned=0.9, reuse=0.8, specificity=0.1),
        Sincerity(canned=0.1, reuse=0.4, specificity=None),
        Sincerity(canned=0.1, reuse=None, specificity=0.3),
    )
    for place, sincerity in enumerate(told):
        scene.tell(agent(place, behaviours=("canned",) if sincerity.canned > 0.5 else (), sincerity=sincerity))
    scene.tell(agent(5), ended(9))
    summary = scene.summaries[-1]
    assert (summary.canned_turns, summary.reuse, summary.specificity) == (1, 0.6, 0.2)


def test_a_moments_effect_is_told_however_long_before_its_end_it_was_met():
    scene = Scene()
    scene.tell(customer(0, -0.8, 0.8), agent(1, "empathetic"))
    scene.tell(*(agent(5 * place) for place in range(1, COMPACT_AT)))
    assert scene.state.base, "the oldest have been folded together"
    scene.tell(customer(200, 0.0), customer(205, 0.2), ended(210))
    assert [(each.turn_id, each.outcome, each.effect) for each in scene.summaries[-1].moments] == [("c0", "met", 0.9)]


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("mood_end", 0.2),
        ("mood_lowest", -0.8),
        ("peak_distress", 0.9),
        ("met_share", 0.5),
        ("empathy_index", 0.333),
        ("turnaround", 1.0),
        ("unresolved", 1.0),
    ],
)
def test_each_feature_of_predicted_csat_counts_by_its_coefficient(feature, value):
    scene = Scene(policy(csat=CsatFormula(**NOTHING | {feature: 1.5})))
    scene.tell(*STORY, ended(50))
    assert scene.summaries[-1].predicted_csat == pytest.approx(3.0 + 1.5 * value, abs=0.005)


def test_an_episode_that_is_over_is_told_by_the_policy_of_its_own_queue():
    of_queue = {queue: policy(csat=CsatFormula(**NOTHING | {"base": base})) for queue, base in (("a", 2.0), ("b", 4.0))}
    domain, state, told = WindowsDomain(lambda queue: of_queue[queue or "a"], "test"), None, {}
    for event in (customer(0, queue="a"), ended(10), customer(20, queue="b"), customer(8), ended(30)):
        step = domain.apply(state, event, STAMPS)
        state = step.state
        told |= {emit.event.episode: emit.event.predicted_csat for emit in checked(step.emits[1:])}
    assert told == {1: 2.0, 2: 4.0}
