"""What holds for every conversation, whatever is said, repeated, lost or said about it."""

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import msgspec
from hypothesis import given, settings, strategies as st
from msgspec import UNSET

from tests.unit.escalation.scene import SECOND, Scene, policy
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.labels import CUES
from warmline.escalation.routing import SEVERITIES

CUSTOMER = st.tuples(
    st.just("customer"),
    st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]),
    st.lists(st.sampled_from(CUES), max_size=2, unique=True),
    st.fixed_dictionaries(
        {
            "valence": st.sampled_from([-1.0, -0.5, 0.0, 0.6]),
            "trend": st.sampled_from(["falling_fast", "falling", "steady", "rising", "rising_fast"]),
            "after_s": st.sampled_from([1, 20, 150, 2000]),
            "moments_met": st.integers(0, 3),
            "moments_missed": st.integers(0, 3),
            "moments_pending": st.integers(0, 2),
            "effect": st.sampled_from([None, -0.5, 0.7]),
            "abstained": st.sampled_from([None, None, None, "language"]),
            "self_harm": st.sampled_from([UNSET, UNSET, UNSET, True]),
        }
    ),
)
AGENT = st.tuples(
    st.just("agent"), st.sampled_from(["empathetic", "neutral", "unhelpful"]),
    st.sampled_from(["agent", "bot", "bot", "supervisor"]),
)  # fmt: skip
ENDED = st.tuples(st.just("ended"), st.sampled_from(["completed", "customer_left", "handed_over", "timeout"]))
FEEDBACK = st.tuples(
    st.just("feedback"), st.sampled_from(["acknowledged", "confirmed", "false_alarm"]), st.integers(0, 4)
)
FIRE = st.tuples(st.just("fire"), st.sampled_from([0, 100, 3000]))
LIFE = st.tuples(st.just("life"), st.integers(2, 4))
SAME_NAME = st.just(("same name",))
SCRIPTS = st.lists(st.one_of(CUSTOMER, CUSTOMER, AGENT, AGENT, ENDED, FEEDBACK, FIRE, LIFE, SAME_NAME), max_size=40)
LIVELY = policy(open_at=0.35, close_at=0.25, warning_at=0.5, critical_at=0.7, evidence_turns=1, cooldown_s=30)


def tell(scene: Scene, kind: str, rest: list, times: int) -> None:
    """Tell one line of a script, where it makes sense."""
    if kind == "customer":
        scene.customer(rest[0], *rest[1], **rest[2])
    elif kind == "agent":
        scene.agent(rest[0], role=rest[1])
    elif kind == "ended" and not scene.fields["ended"] and scene.windows:
        scene.ended(rest[0])
    elif kind == "feedback" and scene.alerts:
        for _ in range(times):
            scene.feedback(rest[0], f"f{rest[1]}")
    elif kind == "fire" and scene.state:
        scene.fire(scene.now + rest[0] * SECOND)
    elif kind == "life":
        scene.start_life(f"life-{scene.now}-{rest[0]}-{len(scene.windows)}")
    elif kind == "same name":  # turn ids begin anew as well
        scene.now += 90_000 * SECOND
        scene.start_life(scene.fields["incarnation"])


def play(
    script,
    *,
    stored: bool = False,
    twice: bool = False,
    after: Callable[[Scene, str], None] = lambda _scene, _kind: None,
) -> Scene:
    """Tell a script; `stored` goes through the store after each line, `twice` repeats every event.

    `after` is called with the scene and the kind of line after each.
    """
    scene = Scene(LIVELY)
    for kind, *rest in script:
        told = len(scene.windows)
        if kind in ("customer", "agent") and scene.fields["ended"]:
            scene.resumed()
        tell(scene, kind, rest, 2 if twice else 1)
        if twice and len(scene.windows) > told:
            assert scene.tell(scene.windows[-1]) == "duplicate"
        if stored and scene.state:
            scene.stored()
        after(scene, kind)
    return scene


@given(SCRIPTS)
@settings(max_examples=300, deadline=None)
def test_an_alert_opens_once_counts_without_gaps_and_says_nothing_after_it_closed(script):
    scene = play(script)
    lives = defaultdict(list)
    for alert in scene.alerts:
        lives[alert.alert_id].append(alert)
    for steps in lives.values():
        assert [step.sequence for step in steps] == list(range(1, len(steps) + 1))
        assert [step.state for step in steps].count("opened") == 1
        assert steps[0].state == "opened"
        assert "closed" not in [step.state for step in steps[:-1]]
        assert len({(step.rule, step.opened_at, step.episode) for step in steps}) == 1
    order = [alert.alert_id for alert in scene.alerts]
    assert all(order[at] == order[at - 1] or order[at] not in order[:at] for at in range(1, len(order)))


@given(SCRIPTS)
@settings(max_examples=200, deadline=None)
def test_every_step_is_right_by_its_contract_and_its_contributions_sum_to_its_risk(script):
    for alert in play(script).alerts:
        assert msgspec.json.decode(msgspec.json.encode(alert), type=EscalationAlert) == alert
        total = sum(round(term.value * 1000) for term in alert.contributions)
        assert min(max(total, 0), 1000) == round(alert.risk * 1000)
        assert (alert.routing is None) == (alert.state == "closed")
        assert len(alert.evidence) == len(set(alert.evidence)) <= LIVELY.evidence_max
        assert alert.as_of >= alert.opened_at


@given(SCRIPTS)
@settings(max_examples=150, deadline=None)
def test_going_through_the_store_after_every_event_changes_nothing(script):
    assert play(script, stored=True).emits == play(script).emits


@given(SCRIPTS)
@settings(max_examples=150, deadline=None)
def test_saying_everything_twice_changes_nothing(script):
    assert play(script, twice=True).emits == play(script).emits


@given(SCRIPTS)
@settings(max_examples=100, deadline=None)
def test_the_severity_of_a_closed_alert_is_the_highest_of_its_steps(script):
    rank = ["watch", "warning", "critical"].index
    highest: dict[str, int] = {}
    for alert in play(script).alerts:
        highest[alert.alert_id] = max(highest.get(alert.alert_id, 0), rank(alert.severity))
        if alert.state == "closed":
            assert rank(alert.severity) == highest[alert.alert_id]


@given(st.lists(st.sampled_from([0.0, 0.3, 0.45, 0.55, 0.6]), min_size=10, max_size=60))
@settings(max_examples=100, deadline=None)
def test_a_risk_that_wavers_about_a_threshold_does_not_make_the_alert_flap(distresses):
    scene = Scene()
    for distress in distresses:
        scene.customer(distress, after_s=10)
    openings = [alert.opened_at for alert in scene.alerts if alert.state == "opened"]
    assert all(later - earlier >= 120 * SECOND for earlier, later in pairwise(openings))
    updates = [alert.as_of for alert in scene.alerts if alert.state == "updated" and alert.severity != "critical"]
    assert all(later - earlier >= 20 * SECOND for earlier, later in pairwise(updates))


@given(SCRIPTS)
@settings(max_examples=200, deadline=None)
def test_no_alert_that_a_hard_cue_opened_recovers_before_the_time_to_act_that_it_told_last(script):
    told: dict[str, int] = {}
    for alert in play(script).alerts:
        if alert.reason == "recovered" and alert.rule != "risk":
            assert alert.as_of >= told[alert.alert_id]
        elif alert.routing is not None:
            told[alert.alert_id] = alert.routing.act_by


@given(SCRIPTS)
@settings(max_examples=300, deadline=None)
def test_after_words_of_self_harm_a_critical_alert_is_open_unless_one_about_them_has_just_closed(script):
    def look(scene: Scene, kind: str) -> None:
        heard = scene.windows[-1].heard if kind == "customer" else None
        if heard is None or not heard.self_harm or heard.abstained is not None:
            return
        state = scene.state
        just_closed = state.cooldown_until if "self_harm" in state.cooling_cues else 0
        if state.as_of >= max(just_closed, state.held_until.get("self_harm", 0)):
            assert state.alert is not None
            assert SEVERITIES[state.alert.severity] == "critical"
            assert state.alert.cues[0] == "self_harm"

    play(script, after=look)


@given(SCRIPTS)
@settings(max_examples=100, deadline=None)
def test_a_handoff_is_told_while_a_bot_answers_and_never_while_a_person_does(script):
    for alert in play(script).alerts:
        if alert.routing is not None and alert.rule != "call_back":
            assert alert.routing.handoff == (alert.agent_role == "bot")
