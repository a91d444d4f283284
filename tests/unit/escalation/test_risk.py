"""What the risk is made of: each term by what it says, up to its weight, and where the thresholds lie."""

import pytest
from msgspec import structs

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, policy, states
from warmline.contracts.window import Moment

WEIGHT_OF_THE_CUE = PLAIN.weights.vulnerable


def terms(scene: Scene) -> dict[str, float]:
    """The contributions that the newest alert tells, less that of the cue that opened it."""
    told = {each.term: each.value for each in scene.alerts[-1].contributions}
    assert told.pop("vulnerable") == WEIGHT_OF_THE_CUE
    return told


def moment(turn_id: str, outcome: str = "pending") -> Moment:
    return Moment(turn_id=turn_id, opened_at=1, distress=0.6, outcome=outcome)


@pytest.mark.parametrize(
    ("felt", "told"),
    [
        ({}, {}),
        ({"distress": 0.4}, {"distress": 0.1}),
        ({"mood": -0.4}, {"mood": 0.1}),
        ({"mood": 0.4}, {}),
        ({"valence": -0.4}, {}),
        ({"valence": 0.5}, {"calm": -0.1}),
        ({"trend": "falling"}, {"falling": 0.05}),
        ({"trend": "falling_fast"}, {"falling": 0.1}),
        ({"trend": "rising"}, {"rising": -0.05}),
        ({"trend": "rising_fast"}, {"rising": -0.1}),
        ({"distress_ms": 90 * SECOND}, {"distress_time": 0.025}),
        ({"distress_ms": 180 * SECOND}, {"distress_time": 0.05}),
        ({"distress_ms": 900 * SECOND}, {"distress_time": 0.05}),
        ({"moments_missed": 1}, {"missed_moments": 0.05}),
        ({"moments_missed": 3}, {"missed_moments": 0.1}),
        ({"moments_met": 1}, {"met_moments": -0.075}),
        ({"moments_met": 3}, {"met_moments": -0.15}),
        ({"effect": 0.5}, {"effect": -0.05}),
        ({"effect": 1.7}, {"effect": -0.1}),
        ({"effect": -0.5}, {}),
        ({"moments_pending": 1}, {"waiting": 0.05}),
        ({"moments_pending": 1, "moments": (moment("t1"),)}, {}),
        ({"moments_pending": 2, "moments": (moment("t1"),)}, {"waiting": 0.05}),
        ({"distress": 0.45}, {"distress": 0.112, "distress_turns": 0.066}),
        ({"valence": -0.5}, {"distress_turns": 0.066}),
    ],
)
def test_each_term_adds_or_takes_its_share_and_no_more_than_its_weight(felt, told):
    scene = Scene()
    scene.customer(felt.pop("distress", 0.0), "vulnerable", **{"valence": 0.0, "mood": 0.0} | felt)
    assert terms(scene) == told


def test_to_ask_for_a_person_adds_to_the_risk_while_a_bot_answers_and_not_while_a_person_does():
    for role, told in (("bot", {"asks_human": PLAIN.weights.asks_human}), ("agent", {})):
        scene = Scene()
        scene.agent(role=role)
        scene.customer(0.0, "vulnerable", "asks_human")
        assert terms(scene) == told


def test_a_new_episode_owes_nothing_to_what_was_said_in_the_one_before():
    scene = Scene()
    scene.agent("unhelpful")
    scene.customer(0.9, "churn_threat")
    scene.ended()
    scene.resumed()
    scene.customer(0.0, "vulnerable")
    assert terms(scene) == {}


@pytest.mark.parametrize(
    ("thresholds", "story"),
    [
        ({"open_at": 0.434}, []),
        ({"open_at": 0.433}, ["opened watch"]),
        ({"open_at": 0.4, "warning_at": 0.434}, ["opened watch"]),
        ({"open_at": 0.4, "warning_at": 0.433}, ["opened warning"]),
        ({"open_at": 0.4, "warning_at": 0.4, "critical_at": 0.434}, ["opened warning"]),
        ({"open_at": 0.4, "warning_at": 0.4, "critical_at": 0.433}, ["opened critical"]),
    ],
)
def test_a_risk_at_a_threshold_has_reached_it(thresholds, story):
    scene = Scene(policy(**thresholds))
    for _ in range(2):
        scene.customer(0.6)
    assert sum(scene.state.terms) == 433, "distress 150, mood 150, two turns in distress 133 thousandths"
    assert [f"{alert.state} {alert.severity}" for alert in scene.alerts] == story


@pytest.mark.parametrize(("close_at", "closed"), [(0.208, False), (0.209, True)])
def test_a_customer_recovers_below_the_closing_threshold_and_not_at_it(close_at, closed):
    scene = Scene(policy(close_at=close_at))
    scene.fight()
    for _ in range(2):
        scene.customer(0.0)
    assert sum(scene.state.terms) == 208, "two turns in distress 133, one unhelpful answer 75 thousandths"
    assert ("closed" in states(scene)) is closed


def test_the_evidence_names_what_was_felt_and_missed_and_lets_the_oldest_go():
    scene = Scene(policy(evidence_max=3))
    scene.customer(0.0, valence=-0.5)
    scene.customer(0.0, moments=(moment("t0", "missed"), moment("u0", "met")))
    scene.customer(0.0, "vulnerable")
    assert scene.alerts[-1].evidence == ("t0", "t1", "t3")
    scene.customer(0.0, "abuse_of_agent")
    assert scene.alerts[-1].evidence == ("t1", "t3", "t4")


def test_where_the_risk_is_graver_than_the_cue_that_opens_an_alert_its_severity_and_route_are_the_risks():
    scene = Scene()
    scene.agent()
    scene.customer(1.0, "vulnerable", "churn_threat", trend="falling_fast")
    (alert,) = scene.alerts
    assert (alert.rule, alert.severity) == ("vulnerable", "critical")
    route = PLAIN.routes.critical
    assert (alert.routing.action, alert.routing.skill) == (route.action, route.skill)
    assert alert.routing.act_by == scene.now + route.act_within_s * SECOND


@pytest.mark.parametrize("bots_s", [60, 300])
def test_to_hand_over_from_a_bot_there_is_the_shorter_of_the_cues_time_and_the_bots(bots_s):
    bot = structs.replace(PLAIN.routes.bot, act_within_s=bots_s)
    scene = Scene(policy(routes=structs.replace(PLAIN.routes, bot=bot)))
    scene.agent(role="bot")
    scene.customer(0.2, "legal_or_public_threat")
    cues_s = PLAIN.hard_cues.legal_or_public_threat.act_within_s
    assert scene.alerts[-1].routing.act_by == scene.now + min(cues_s, bots_s) * SECOND
