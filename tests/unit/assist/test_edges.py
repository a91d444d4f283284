"""What holds at the very bounds: of times and counts, and of lives that begin before the one before has ended."""

import msgspec
import pytest

from tests.unit.assist.scene import PLAIN, SECOND, Scene, policy
from warmline.assist.policy import AssistPolicy
from warmline.assist.state import MAX_NEEDS, RECENT_FEEDBACKS
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.conversation import ConversationEnded
from warmline.store.keyed import Stamps


@pytest.mark.parametrize(("apart_s", "praises"), [(59, 1), (60, 2)])
def test_praise_may_come_again_once_its_gap_is_over_and_not_sooner(apart_s, praises):
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent("empathetic", "validates")
    scene.customer(0.8, "anger", after_s=10)
    scene.agent("empathetic", "validates", after_s=apart_s - 10)
    assert [step.kind for step in scene.steps].count("praise") == praises


def test_a_turn_that_is_just_distressed_enough_for_a_need_counts_towards_strain():
    scene = Scene(policy(strain_turns=1, strain_gap_s=600))
    scene.customer(0.5, "anger")
    scene.agent("unhelpful", "rude")
    assert scene.story == ["suggest let_the_anger_land"]


def test_who_missed_a_need_is_not_trusted_with_the_next_for_those_met_before():
    scene = Scene()
    for _ in range(2):
        scene.customer(0.8, "anger")
        scene.agent("empathetic", "validates")
    scene.customer(0.8, "anger")
    scene.agent()
    scene.agent()
    scene.customer(0.0, "neutral")
    assert scene.state.needs == []
    scene.customer(0.8, "anxiety", after_s=60)
    assert scene.story[-1] == "suggest steady_the_worry"


@pytest.mark.parametrize("longest", ["expire_s", "handoff_expire_s", "praise_expire_s"])
def test_the_store_keeps_a_state_for_longer_than_any_move_lives(longest):
    scene = Scene(policy(**{longest: 7200}, keep_s=60, lateness_s=5))
    scene.customer()
    assert scene.domain.ttl_s(scene.state) == 7200 + 60 + 5


@pytest.mark.parametrize("changed", [{"incarnation": "life-2"}, {"episode": 2}])
def test_a_move_ends_with_its_life_or_episode_though_no_window_said_that_it_ended(changed):
    scene = Scene()
    scene.customer(0.8, "anger")
    newest = scene.told[-1]
    later = {"revision": newest.revision + 1, "as_of": newest.as_of + SECOND, "heard": None, "moments": ()}
    scene.tell(msgspec.structs.replace(newest, **later, **changed))
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: ended"]
    assert scene.state.live is None


def only(*keys: str) -> dict:
    """Return a table of these moves alone."""
    return {key: PLAIN.moves[key] for key in keys}


@pytest.mark.parametrize("most", [1, 2])
def test_a_move_that_was_given_so_often_is_not_given_again_though_no_other_fits(most):
    scene = Scene(policy(give_most=most, moves=only("let_the_anger_land")))
    for _ in range(4):
        scene.customer(0.8, "anger", after_s=200)
    assert scene.story.count("suggest let_the_anger_land") == most


@pytest.mark.parametrize("most", [1, 2])
def test_praise_that_was_given_so_often_is_not_given_again(most):
    scene = Scene(policy(give_most=most, moves=only("took_their_side_seriously")))
    for _ in range(4):
        scene.customer(0.8, "anger", after_s=100)
        scene.agent("empathetic", "validates")
    assert scene.story.count("praise took_their_side_seriously") == most


def dismissal(of: AssistMove, at: int, feedback_id: str) -> AssistFeedback:
    return AssistFeedback(
        feedback_id=feedback_id, move_id=of.move_id, conversation_id="c1", verdict="dismissed", by="a", at=at
    )


def test_of_two_dismissals_of_one_time_the_one_that_was_read_first_is_heard_first():
    live = Scene()
    live.customer(0.8, "anger")
    (move,) = live.steps
    scene = Scene()
    scene.tell(dismissal(move, live.now + SECOND, "waits"))
    scene.customer(0.8, "anger")
    scene.tell(dismissal(move, live.now + SECOND, "comes"))
    assert scene.state.feedbacks == ["waits", "comes"]
    assert scene.state.waiting == []


def test_what_was_done_since_the_oldest_open_need_is_not_asked_for_by_the_newest():
    scene = Scene(policy(gap_s=0, moves=only("ask_why_they_leave")))
    scene.customer(0.8, "frustration", "churn_threat")
    scene.agent("neutral", "explores")
    scene.customer(0.8, "frustration", "churn_threat")
    assert [need.turn_id for need in scene.state.needs] == ["t01", "t03"]
    assert scene.story == ["suggest ask_why_they_leave", "withdraw ask_why_they_leave: done"]


def test_while_nobody_has_answered_a_cue_is_heard_for_its_turns_and_no_longer():
    scene = Scene()
    scene.customer(0.1, "neutral", "churn_threat")
    scene.customer(0.1, "neutral")
    scene.customer(0.1, "neutral")
    scene.customer(0.8, "anger")
    assert scene.story == ["suggest let_the_anger_land"]


def test_a_request_before_any_answer_stays_one_for_the_bot_none_of_whose_answers_was_heard():
    scene = Scene()
    asked = scene.customer(0.2, "neutral", "asks_human")
    for _ in range(3):
        scene.customer(0.1, "neutral", after_s=2)
    scene.bot(abstained="low_confidence")
    need = scene.customer(0.8, "anger")
    assert scene.story == ["handoff hand_over_as_asked"]
    assert scene.steps[0].evidence == (asked, need)


def test_of_more_needs_than_are_kept_the_newest_are():
    scene = Scene()
    said = [scene.customer(0.8, "anger", after_s=1) for _ in range(MAX_NEEDS + 2)]
    assert [need.turn_id for need in scene.state.needs] == said[2:]


@pytest.mark.parametrize(
    ("lower", "upper"), [(("calm_distress", 0.4), ("need_distress", 0.4)), (("gap_s", 9), ("strain_gap_s", 9))]
)
def test_two_bounds_may_be_equal_and_not_cross(lower, upper):
    same = dict([lower, upper])
    assert msgspec.convert(same, AssistPolicy) == AssistPolicy(**same)
    with pytest.raises(msgspec.ValidationError, match=f"{lower[0]} <= {upper[0]}"):
        msgspec.convert(same | {lower[0]: lower[1] * 2}, AssistPolicy)


def test_praise_that_was_dismissed_does_not_come_again():
    scene = Scene(policy(moves=only("took_their_side_seriously")))
    scene.customer(0.8, "anger")
    scene.agent("empathetic", "validates")
    scene.dismiss(scene.steps[-1])
    scene.customer(0.8, "anger", after_s=100)
    scene.agent("empathetic", "validates")
    assert scene.story == ["praise took_their_side_seriously", "withdraw took_their_side_seriously: dismissed"]


def test_an_answer_that_meets_a_need_in_a_way_of_its_own_is_praised_too():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent("empathetic")
    assert scene.story[-1] == "praise met_the_moment"


def test_praise_names_no_more_turns_than_any_move_does():
    scene = Scene(policy(evidence_max=2))
    scene.customer(0.8, "anger")
    need = scene.customer(0.8, "anger")
    answer = scene.agent("empathetic", "validates")
    assert scene.steps[-1].evidence == (need, answer)


@pytest.mark.parametrize(("after_s", "why"), [(59, "dismissed"), (60, "expired")])
def test_a_move_that_is_dismissed_as_it_lapses_has_lapsed(after_s, why):
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.now += after_s * SECOND
    scene.dismiss(scene.steps[0])
    assert scene.story[1:] == [f"withdraw let_the_anger_land: {why}"]
    assert scene.state.dismissed == ["let_the_anger_land"]


def test_only_the_newest_dismissals_are_remembered():
    scene = Scene()
    scene.customer(0.8, "anger")
    for n in range(RECENT_FEEDBACKS + 2):
        assert scene.dismiss(scene.steps[0], f"f{n}") == "applied"
    assert scene.state.feedbacks == [f"f{n}" for n in range(2, RECENT_FEEDBACKS + 2)]


@pytest.mark.parametrize(("distress", "open_needs"), [(0.34, 0), (0.35, 1)])
def test_a_need_that_was_missed_is_over_where_the_customer_is_calmer_than_the_bound(distress, open_needs):
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent()
    scene.agent()
    scene.customer(distress, "neutral")
    assert len(scene.state.needs) == open_needs


def test_strain_is_of_one_episode():
    scene = Scene(policy(strain_turns=2, strain_gap_s=600))
    scene.customer(0.8, "anger")
    scene.customer(0.8, "anger")
    scene.ended()
    scene.customer(0.8, "anger", after_s=4000)
    scene.agent("unhelpful", "rude")
    assert scene.story[-1] == "suggest soften_the_tone"


@pytest.mark.parametrize(
    ("key", "allowed", "refused"),
    [("expire_s", 86_400, 86_401), ("keep_s", 60, 59), ("keep_s", 30 * 86_400, 30 * 86_400 + 1)],
)
def test_a_time_may_be_as_long_and_as_short_as_its_bounds(key, allowed, refused):
    assert getattr(msgspec.convert({key: allowed}, AssistPolicy), key) == allowed
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({key: refused}, AssistPolicy)


def test_an_event_of_another_kind_concerns_no_move():
    scene = Scene()
    other = ConversationEnded(conversation_id="c1", at=scene.now)
    assert scene.domain.key_of(other) is None
    for refuses in (lambda: scene.domain.cause_of(other), lambda: scene.domain.apply(None, other, Stamps(None, 0))):
        with pytest.raises(TypeError, match="ConversationEnded concerns no move"):
            refuses()


def test_a_dismissal_that_waits_for_a_later_time_lets_an_earlier_one_that_is_read_go_before_it():
    live = Scene()
    live.customer(0.8, "anger")
    (move,) = live.steps
    scene = Scene()
    scene.tell(dismissal(move, live.now + 5 * SECOND, "later"))
    scene.customer(0.8, "anger")
    scene.tell(dismissal(move, live.now + SECOND, "earlier"))
    assert scene.state.feedbacks == ["earlier"]
    assert scene.steps[-1].as_of == live.now + SECOND


@pytest.mark.parametrize("distress", [0.0, 0.8])
def test_a_timer_that_fires_where_nothing_is_due_changes_nothing(distress):
    scene = Scene()
    scene.customer(distress, "anger")
    step = scene.domain.fire(scene.state, scene.now, Stamps(None, 0))
    assert (step.verdict, list(step.emits)) == ("ignored", [])
