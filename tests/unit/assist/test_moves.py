"""When a move is given, renewed and withdrawn, and when none is."""

import pytest

from tests.unit.assist.scene import PLAIN, SECOND, Scene, policy
from warmline.store.keyed import Stamps


def test_a_calm_conversation_gets_no_move_whatever_the_answers_are():
    scene = Scene()
    for _ in range(5):
        scene.customer(0.1, "neutral", "repeat_contact")
        scene.agent("neutral", "canned", "rude")
    assert scene.steps == []


def test_a_need_gets_a_move_about_what_was_said_with_its_reason_and_turns():
    scene = Scene()
    scene.agent()
    need = scene.customer(0.8, "frustration", "time_pressure")
    (move,) = scene.steps
    assert (move.kind, move.move, move.agent_id, move.sequence) == ("suggest", "name_the_deadline", "agent-1", 1)
    assert move.text == PLAIN.moves["name_the_deadline"].text
    assert move.reason == PLAIN.moves["name_the_deadline"].reason
    assert move.evidence == (need,)
    assert (move.as_of, move.expires_at) == (scene.now, scene.now + 60 * SECOND)


@pytest.mark.parametrize(
    ("said", "move"),
    [
        (("sadness", "vulnerable"), "slow_down_for_them"),
        (("anger", "abuse_of_agent"), "draw_the_line"),
        (("anger", "asks_supervisor"), "grant_the_supervisor"),
        (("anger", "legal_or_public_threat"), "hear_the_threat_out"),
        (("frustration", "churn_threat"), "ask_why_they_leave"),
        (("frustration", "repeat_contact"), "name_the_earlier_contacts"),
        (("frustration", "unresolved"), "name_what_is_unsolved"),
        (("sadness",), "let_the_loss_stand"),
        (("anxiety",), "steady_the_worry"),
        (("anger",), "let_the_anger_land"),
        (("frustration",), "name_the_effort"),
        (("disappointment",), "name_what_they_hoped_for"),
        (("confusion",), "clear_the_muddle"),
        (("neutral",), "meet_the_feeling"),
    ],
)
def test_the_move_follows_from_what_is_open(said, move):
    scene = Scene()
    scene.agent()
    scene.customer(0.8, *said)
    assert scene.story == [f"suggest {move}"]


@pytest.mark.parametrize(
    ("fault", "move"),
    [
        ("dismisses", "take_back_the_brush_off"),
        ("blames_customer", "drop_the_blame"),
        ("rude", "soften_the_tone"),
        ("argues", "grant_their_side"),
        ("policy_wall", "offer_a_way"),
        ("interrogates", "ask_openly"),
        ("deflects", "own_the_next_step"),
        ("repeats_question", "use_what_is_known"),
        ("canned", "speak_to_this_case"),
    ],
)
def test_a_fault_in_the_answer_replaces_the_move_by_one_that_mends_it(fault, move):
    scene = Scene()
    scene.customer(0.8, "frustration")
    fault_turn = scene.agent("unhelpful", fault)
    assert scene.story == ["suggest name_the_effort", "withdraw name_the_effort: replaced", f"suggest {move}"]
    assert scene.steps[-1].evidence == ("t01", fault_turn)


def test_the_fault_that_brought_the_need_about_counts():
    scene = Scene()
    scene.customer(0.1)
    scene.agent("unhelpful", "rude")
    scene.customer(0.8, "anger")
    assert scene.story == ["suggest soften_the_tone"]


def test_a_move_that_is_met_goes_and_praise_comes():
    scene = Scene()
    need = scene.customer(0.8, "anger")
    answer = scene.agent("empathetic", "acknowledges_feeling")
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: met", "praise named_the_feeling"]
    assert scene.steps[-1].evidence == (need, answer)
    assert scene.steps[-1].expires_at == scene.now + 30 * SECOND


def test_the_next_need_replaces_praise():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent("empathetic", "validates")
    scene.customer(0.8, "anxiety")
    assert scene.story[-2:] == ["withdraw took_their_side_seriously: replaced", "suggest steady_the_worry"]


def test_praise_is_seldom():
    scene = Scene()
    for _ in range(4):
        scene.customer(0.8, "anger", after_s=5)
        scene.agent("empathetic", "acknowledges_feeling", after_s=5)
    assert [step.move for step in scene.steps if step.kind == "praise"] == ["named_the_feeling"]


def test_a_customer_who_goes_on_calmly_settles_it():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent()
    scene.customer(0.0, "neutral")
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: settled"]


def test_a_move_whose_behaviour_was_done_without_meeting_the_need_is_done_with():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent("neutral", "acknowledges_feeling")
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: done"]


def test_a_need_felt_again_renews_the_same_card_and_gives_no_second_one():
    scene = Scene()
    first = scene.customer(0.8, "anger")
    scene.agent()
    again = scene.customer(0.9, "anger")
    assert scene.story == ["suggest let_the_anger_land", "renew let_the_anger_land"]
    given, renewed = scene.steps
    assert given.move_id == renewed.move_id
    assert (given.sequence, renewed.sequence) == (1, 2)
    assert renewed.evidence == (first, again)
    assert renewed.expires_at == scene.now + 60 * SECOND


def test_a_move_that_was_not_taken_makes_room_for_another_after_its_renewals():
    scene = Scene(policy(renew_most=1, strain_turns=32))
    for _ in range(4):
        scene.customer(0.8, "anger")
        scene.agent()
    assert scene.story == [
        "suggest let_the_anger_land", "renew let_the_anger_land", "withdraw let_the_anger_land: replaced",
        "suggest go_back_to_it", "renew go_back_to_it",
    ]  # fmt: skip


def test_no_new_move_comes_within_the_gap_but_a_burst_renews_the_one_there_is():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.customer(0.8, "anger", "vulnerable", after_s=2)
    assert scene.story == ["suggest let_the_anger_land", "renew let_the_anger_land"]
    scene.customer(0.8, "anger", after_s=7)
    assert scene.story[-1] == "suggest slow_down_for_them"


def test_under_strain_new_moves_keep_further_apart_but_for_urgent_ones():
    faults = ["canned", "deflects", "interrogates", "argues", "rude", "dismisses"]  # each weighs more than the last

    def given(**changed) -> int:
        scene = Scene(policy(**changed))
        for fault in faults:
            scene.customer(0.8, "anger")
            scene.agent("unhelpful", fault)
        return sum(line.startswith("suggest") for line in scene.story)

    assert given(strain_turns=2, strain_gap_s=60) < given(strain_turns=32)
    scene = Scene(policy(strain_turns=1, strain_gap_s=600))
    scene.customer(0.8, "anger")
    scene.agent("unhelpful", "rude")
    assert scene.story == ["suggest let_the_anger_land"]
    scene.customer(0.8, "anger", "asks_supervisor")
    assert scene.story[-1] == "suggest grant_the_supervisor"


def test_abuse_is_strain_at_once():
    scene = Scene(policy(strain_gap_s=600))
    scene.customer(0.9, "anger", "abuse_of_agent")
    scene.agent("unhelpful", "rude")
    assert scene.story == ["suggest draw_the_line"]


def test_who_meets_every_need_is_left_alone_until_an_answer_passes_one_by():
    scene = Scene()
    for _ in range(2):
        scene.customer(0.8, "anger")
        scene.agent("empathetic", "validates")
    told = len(scene.steps)
    scene.customer(0.8, "anxiety")
    assert [step.kind for step in scene.steps[told:]] in ([], ["withdraw"])  # the praise that was there
    scene.agent()
    assert scene.story[-1] == "suggest steady_the_worry"


def test_a_move_that_was_done_already_is_not_asked_for():
    scene = Scene(policy(gap_s=0))
    scene.customer(0.8, "frustration", "churn_threat")
    scene.agent("neutral", "explores")
    scene.customer(0.8, "frustration", "churn_threat")
    assert "suggest ask_why_they_leave" not in scene.story[1:]


def test_the_same_move_is_given_at_most_so_often():
    scene = Scene(policy(give_most=1))
    scene.customer(0.8, "anger")
    scene.pass_time(200)
    scene.agent()
    scene.customer(0.8, "anger")
    assert [step.move for step in scene.steps if step.sequence == 1].count("let_the_anger_land") == 1


@pytest.mark.parametrize("later_s", [60, 61, 500])
def test_a_move_expires_at_its_time_whether_the_timer_or_the_next_window_comes_first(later_s):
    by_timer, by_window = Scene(), Scene()
    for scene in (by_timer, by_window):
        scene.customer(0.8, "anger")
    by_timer.steps += [e.event for e in by_timer.run.fire(by_timer.now + 120 * SECOND, Stamps(None, 0))]
    for scene in (by_timer, by_window):
        scene.agent(after_s=later_s)
    assert by_timer.story == by_window.story
    assert by_timer.story[1] == "withdraw let_the_anger_land: expired"
    expired = by_timer.steps[1]
    assert expired.as_of == expired.expires_at == by_timer.steps[0].expires_at
    assert [(s.move_id, s.sequence, s.as_of) for s in by_timer.steps] == [
        (s.move_id, s.sequence, s.as_of) for s in by_window.steps
    ]


def test_the_timer_waits_for_turns_that_come_late():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.pass_time(119)
    assert len(scene.steps) == 1
    scene.pass_time(1)
    assert scene.story[-1] == "withdraw let_the_anger_land: expired"


def test_a_dismissed_move_goes_and_does_not_come_again_in_this_conversation():
    scene = Scene()
    scene.customer(0.8, "anger")
    assert scene.dismiss(scene.steps[0]) == "applied"
    assert scene.story[-1] == "withdraw let_the_anger_land: dismissed"
    assert scene.dismiss(scene.steps[0]) == "duplicate"
    for _ in range(3):
        scene.agent(after_s=20)
        scene.customer(0.8, "anger", after_s=20)
    scene.ended()
    scene.customer(0.8, "anger", after_s=4000)
    assert [step.move for step in scene.steps if step.sequence == 1].count("let_the_anger_land") == 1


def test_a_dismissal_of_an_earlier_card_takes_away_the_same_move_that_is_live_again():
    scene = Scene()
    scene.customer(0.8)
    scene.agent("empathetic")
    scene.customer(0.8)
    first, second = (step for step in scene.steps if step.sequence == 1 and step.kind == "suggest")
    assert first.move == second.move == "meet_the_feeling"
    assert first.move_id != second.move_id
    scene.dismiss(first)
    assert (scene.steps[-1].move_id, scene.steps[-1].reason) == (second.move_id, "dismissed")
    scene.customer(0.8)
    assert "renew meet_the_feeling" not in scene.story


def test_a_dismissal_of_an_expired_move_still_counts():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.pass_time(200)
    assert scene.dismiss(scene.steps[0]) == "applied"
    assert scene.state.dismissed == ["let_the_anger_land"]


def test_a_conversation_that_ends_or_goes_to_somebody_else_takes_the_move_with_it():
    scene = Scene()
    scene.agent()
    scene.customer(0.8, "anger")
    scene.ended()
    assert scene.story[-1] == "withdraw let_the_anger_land: ended"
    scene = Scene()
    scene.agent()
    scene.customer(0.8, "anger")
    scene.agent(participant_id="agent-2", after_s=2)
    assert scene.story == ["suggest let_the_anger_land", "withdraw let_the_anger_land: handed_over"]


def test_an_answer_that_was_not_heard_changes_no_move():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent("unhelpful", "rude", abstained="language")
    assert scene.story == ["suggest let_the_anger_land"]


def test_a_missed_need_gets_no_more_moves_once_it_was_met_after_all():
    scene = Scene(policy(expire_s=5))
    scene.customer(0.8, "anger")
    scene.agent()
    scene.agent()
    assert scene.state.needs[0].missed
    scene.agent("empathetic", "validates")
    told = len(scene.steps)
    scene.agent()
    assert scene.state.needs == []
    assert len(scene.steps) == told
