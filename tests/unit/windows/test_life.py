"""The life of a conversation: start, end, silence, late turns, doubles, episodes, summaries."""

import msgspec
import pytest
from msgspec import UNSET

from tests.unit.windows.scene import NEVER, STAMPS, Scene, agent, at, customer, domain_of, ended, policy, started
from warmline.contracts.agent_state import AgentState
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import CUES
from warmline.contracts.times import Times
from warmline.contracts.window import Standing
from warmline.store.keyed import KeyedDomain, Stamps
from warmline.windows.customer import UNRESOLVED
from warmline.windows.domain import WindowsDomain
from warmline.windows.history import COMPACT_AT
from warmline.windows.state import WindowsState


def test_it_is_a_keyed_domain():
    domain: KeyedDomain[WindowsState] = domain_of()
    assert domain.key_of(customer(0)) == "c-1"
    assert domain.cause_of(ended(5)) == f"ended:{at(5)}"
    assert domain.event_time_of(started(5)) == at(5)


def test_events_of_other_types_concern_no_conversation():
    state = AgentState(agent_id="a", at=1, state="break")
    assert domain_of().key_of(state) is None
    with pytest.raises(TypeError, match="AgentState"):
        domain_of().apply(None, state, STAMPS)


def test_a_start_creates_the_state_and_its_facts_hold_until_newer_ones_are_known():
    scene = Scene()
    window = scene.tell(started(0, channel="chat", queue="billing", customer_id="k"))
    assert (window.cause, window.turns, window.heard, window.model) == ("started", 0, None, None)
    window = scene.tell(customer(5, channel="voice"))
    assert (window.started_at, window.channel, window.queue, window.customer_id) == (at(0), "voice", "billing", "k")
    window = scene.tell(customer(6, queue="sales", customer_id="k2"))
    assert (window.channel, window.queue, window.customer_id) == ("voice", "sales", "k2")


def test_who_answered_last_and_as_what_is_told():
    scene = Scene()
    window = scene.tell(agent(0, role="bot", participant_id="b7"), agent(5, participant_id="ana"))
    assert (window.agent_id, window.agent_role) == ("ana", "agent")


def test_a_window_names_the_model_that_scored_its_cause_and_none_where_no_turn_is_its_cause():
    scene = Scene()
    scene.tell(customer(10, model="m-2"), customer(5, model="m-1"))
    scene.wait(NEVER)
    assert [window.model for window in scene.windows] == ["m-2", "m-1", None]
    assert scene.summaries[-1].model == "m-2"


def test_a_start_that_comes_late_moves_the_beginning():
    scene = Scene()
    assert scene.tell(customer(5), started(0)).started_at == at(0)


def test_an_end_publishes_a_summary_with_its_reason_and_time():
    scene = Scene()
    window = scene.tell(customer(0, -0.5, 0.7), agent(5, "empathetic"), ended(9, reason="customer_left"))
    summary = scene.summaries[-1]
    assert (window.cause, window.ended, summary.end_reason, summary.ended_at) == (
        "ended", "customer_left", "customer_left", at(9))  # fmt: skip
    assert (summary.turns, summary.agent_ids, summary.revision) == (2, ("agent-1",), window.revision)


def test_silence_ends_a_conversation_once_nothing_can_come_before_the_time_out_any_more():
    scene = Scene()
    scene.tell(customer(0))
    assert scene.wait(659.999).ended is None
    window = scene.wait(660)
    assert (window.cause, window.ended, window.as_of) == (f"due:quiet:{at(600)}", "timeout", at(600))
    assert (scene.summaries[-1].end_reason, scene.summaries[-1].ended_at) == ("timeout", at(600))
    assert scene.domain.due(scene.state) is None


def test_a_turn_after_the_end_opens_the_next_episode_with_fresh_numbers():
    scene = Scene()
    known = {"channel": "chat", "queue": "q", "customer_id": "k"}
    window = scene.tell(customer(0, -0.5, 0.7, **known), ended(5), customer(6, 0.5))
    assert (window.episode, window.turns, window.started_at, window.mood) == (2, 1, at(6), 0.5)
    assert (window.ended, window.revision) == (None, 3)
    assert {"channel": window.channel, "queue": window.queue, "customer_id": window.customer_id} == known


@pytest.mark.parametrize("first_end", [ended(5), None])
def test_an_end_of_what_has_ended_already_opens_no_episode_and_changes_neither_time_nor_reason(first_end):
    scene = Scene()
    scene.tell(customer(0), *([first_end] if first_end else []), ended(700, reason="customer_left"))
    told = [(each.episode, each.end_reason, each.ended_at) for each in scene.summaries]
    assert set(told) == {(1, "completed", at(5)) if first_end else (1, "timeout", at(600))}
    assert (scene.window.episode, scene.window.turns) == (1, 1)


def test_a_turn_just_as_a_conversation_counts_as_gone_opens_an_episode_and_keeps_it_whatever_comes_late():
    scene = Scene()
    assert scene.tell(customer(0), customer(660), customer(700)).episode == 2
    window = scene.tell(agent(690))
    assert (window.episode, window.turns) == (2, 3)


def test_a_late_turn_before_the_newest_leaves_a_conversation_that_has_gone_quiet_ended():
    scene = Scene()
    scene.tell(customer(0), customer(30))
    assert scene.wait(690).ended == "timeout"
    window = scene.tell(agent(10))
    assert (window.ended, window.turns) == ("timeout", 3)
    assert (scene.summaries[-1].ended_at, scene.summaries[-1].turns) == (at(630), 3)


def test_a_turn_in_the_millisecond_of_the_end_still_belongs_to_it():
    scene = Scene()
    window = scene.tell(customer(0), ended(5), customer(5))
    assert (window.episode, window.turns, window.ended) == (1, 2, "completed")


def test_a_turn_long_after_silence_first_brings_the_time_out_then_its_own_window():
    scene = Scene()
    scene.tell(customer(0), customer(700))
    assert [window.cause for window in scene.windows] == ["c0", f"due:quiet:{at(600)}", "c700"]
    assert [window.episode for window in scene.windows] == [1, 1, 2]
    assert [summary.episode for summary in scene.summaries] == [1]


def test_a_turn_that_shows_that_it_had_not_been_quiet_takes_the_episode_up_again():
    scene = Scene()
    scene.tell(customer(0))
    scene.wait(660)
    window = scene.tell(customer(590))
    assert (window.episode, window.ended, window.turns) == (1, None, 2)
    scene.wait(NEVER)
    assert [summary.ended_at for summary in scene.summaries] == [at(600), at(1190)]
    assert scene.summaries[0].revision < scene.summaries[1].revision


@pytest.mark.parametrize("wait", [0, 660])
def test_a_turn_within_the_lateness_after_the_time_out_goes_on_with_the_episode_whether_it_fired_or_not(wait):
    scene = Scene(policy(missed_after_s=2000))
    scene.tell(customer(0, -0.9, 0.9))
    scene.wait(wait)
    window = scene.tell(customer(659.999))
    assert (window.episode, window.ended, window.turns, window.moments_pending) == (1, None, 2, 1)
    assert scene.tell(customer(1320, turn_id="next")).episode == 2


def test_a_late_turn_before_the_end_revises_window_and_summary():
    scene = Scene()
    scene.tell(customer(0, -0.5, 0.7), agent(5, "empathetic"), ended(30))
    window = scene.tell(customer(20, 0.9))
    assert (window.ended, window.turns, window.episode) == ("completed", 3, 1)
    first, second = scene.summaries
    assert (first.mood_end, second.mood_end) == (-0.5, 0.2)
    assert scene.emits[-1].id == deterministic_id("conversation.summary", "c-1", 1, "c20")


def test_a_late_turn_of_an_episode_that_another_one_followed_revises_its_summary_only():
    scene = Scene()
    scene.tell(customer(0), ended(10), customer(20, 0.5))
    window = scene.tell(customer(8, -0.9))
    assert (window.episode, window.mood, window.turns) == (2, 0.5, 1)
    assert (scene.summaries[-1].episode, scene.summaries[-1].mood_lowest) == (1, -0.9)


def test_an_end_that_comes_late_parts_the_turns_after_it_from_those_before():
    scene = Scene()
    window = scene.tell(customer(0), customer(20), ended(10))
    assert (window.episode, window.turns, window.started_at) == (2, 1, at(20))
    assert (scene.summaries[-1].episode, scene.summaries[-1].turns) == (1, 1)


def test_a_customers_turn_that_comes_late_says_who_had_answered_when_it_was_spoken():
    scene = Scene()
    scene.tell(agent(0, participant_id="ana"), agent(22, participant_id="ben"))
    window = scene.tell(customer(10, -0.9, 0.9))
    assert (window.agent_id, window.agent_role) == ("ben", "agent")
    assert window.heard.stood == Standing(agent_id="ana", agent_role="agent", peak_distress=0.9)


def test_a_customers_turn_that_comes_late_says_that_nobody_had_answered_yet():
    scene = Scene()
    window = scene.tell(agent(22), customer(10, -0.9, 0.9))
    assert window.heard.stood == Standing(agent_id=None, agent_role=None, peak_distress=0.9)


def test_a_turn_of_an_episode_that_is_over_says_who_answered_in_that_one():
    scene = Scene()
    scene.tell(agent(0, participant_id="ana"), ended(12), agent(22, role="bot", participant_id="b7"))
    assert scene.tell(customer(10)).heard.stood == Standing(agent_id="ana", agent_role="agent", peak_distress=0.0)


def test_a_turn_that_comes_late_does_not_know_of_distress_that_came_after_it():
    scene = Scene()
    window = scene.tell(agent(0), customer(20, -0.9, 0.9), customer(10, 0.6, 0.1))
    assert (window.peak_distress, window.heard.stood.peak_distress) == (0.9, 0.1)


def test_of_a_turn_in_order_and_of_a_late_one_that_finds_all_as_it_stands_nothing_more_is_said():
    scene = Scene()
    scene.tell(agent(0), customer(5, -0.9, 0.9), agent(20), customer(15), agent(12))
    assert [window.heard.stood for window in scene.windows] == [UNSET] * 5


def test_a_turn_older_than_the_lateness_is_late_and_changes_nothing():
    scene = Scene()
    scene.tell(customer(0), customer(100))
    before = msgspec.msgpack.encode(scene.state)
    scene.tell(customer(39.999))
    assert scene.run.skipped["late"] == 1
    assert msgspec.msgpack.encode(scene.state) == before
    assert scene.tell(customer(40)).turns == 3


def test_a_turn_as_old_as_the_lateness_is_taken_in_however_many_came_before():
    scene = Scene()
    newest = 5 * (COMPACT_AT - 1)
    scene.tell(*(agent(5 * place) for place in range(COMPACT_AT)))
    assert scene.state.base, "the oldest have been folded together"
    assert scene.tell(customer(newest - 60)).turns == COMPACT_AT + 1


def test_the_same_turn_start_or_end_again_is_a_duplicate_however_old():
    scene = Scene()
    events = [started(0), customer(0), *(agent(5 * place) for place in range(1, 120)), ended(600)]
    scene.tell(*events)
    scene.tell(*events)
    assert scene.run.skipped == {"duplicate": len(events), "late": 0, "ignored": 0}
    assert scene.tell(customer(601)).episode == 2


def test_the_same_id_at_another_time_is_the_same_turn():
    scene = Scene()
    scene.tell(customer(0, turn_id="t"), *(agent(5 * place) for place in range(1, 80)))
    scene.tell(customer(400, turn_id="t"))
    assert scene.run.skipped["duplicate"] == 1


def test_ids_come_from_conversation_episode_and_cause():
    scene = Scene()
    scene.tell(customer(0), ended(5))
    assert [emit.id for emit in scene.emits] == [
        deterministic_id("conversation.window", "c-1", 1, "c0"),
        deterministic_id("conversation.window", "c-1", 1, f"ended:{at(5)}"),
        deterministic_id("conversation.summary", "c-1", 1, f"ended:{at(5)}"),
    ]
    assert scene.window.incarnation == deterministic_id("incarnation", "c-1", "c0")


def test_the_five_times_are_carried_and_never_influence_anything_else():
    domain = domain_of()
    turn = customer(0, times=Times(spoken=at(0), received=at(1), scored=at(2), published=at(3)))
    window = domain.apply(None, turn, Stamps(at(4), at(5))).emits[0].event
    assert window.times == Times(spoken=at(0), received=at(1), scored=at(2), windowed=at(5), published=at(5))


def test_the_policy_is_that_of_the_newest_known_queue():
    strict = policy(moment_distress=0.4, quiet_timeout_s=30)
    domain = WindowsDomain(lambda queue: strict if queue == "vip" else policy(), "v")
    state = domain.apply(None, customer(0, -0.5, 0.45), STAMPS).state
    assert (state.head.pending, domain.due(state)) == (0, at(660))
    state = domain.apply(state, customer(5, -0.5, 0.45, queue="vip"), STAMPS).state
    assert (state.head.pending, domain.due(state)) == (1, at(95))
    assert domain.ttl_s(state) == 86_400


def test_turnaround_needs_distress_before_and_peace_at_the_end():
    for turns, turned in (
        ((customer(0, -0.8, 0.9), customer(5, -0.2, 0.2), customer(10, 0.4)), True),
        ((customer(0, -0.8, 0.9), customer(5, -0.2, 0.2), customer(10, 0.2)), True),
        ((customer(0, -0.8, 0.9), customer(5, -0.2, 0.2), customer(10, 0.0)), False),
        ((customer(0, -0.8, 0.4), customer(5), customer(10, 0.4)), False),
        ((customer(0, -0.8, 0.9), customer(5, 0.4), customer(10, 0.4, 0.4)), False),
    ):
        scene = Scene()
        scene.tell(*turns, ended(15))
        assert scene.summaries[-1].turnaround is turned


def test_cues_are_gathered_and_unresolved_stands_until_the_customer_is_glad():
    assert CUES[UNRESOLVED.bit_length() - 1] == "unresolved"
    scene = Scene()
    scene.tell(customer(0, cues=("unresolved", "repeat_contact")), customer(5), ended(9))
    summary = scene.summaries[-1]
    assert (summary.cues, summary.repeat_contact, summary.unresolved) == (
        ("repeat_contact", "unresolved"), True, True)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "unresolved"),
    [
        ({"emotions": ("gratitude",)}, False),
        ({"emotions": ("relief",)}, False),
        ({"emotions": ("joy",)}, False),
        ({"valence": 0.5}, False),
        ({"emotions": ("sadness",)}, True),
        ({"emotions": ("joy",), "cues": ("unresolved",)}, True),
    ],
)
def test_a_customer_is_glad_by_an_emotion_or_by_a_positive_sentiment(said, unresolved):
    scene = Scene()
    scene.tell(customer(0, cues=("unresolved",)), customer(8, **said), ended(9))
    assert scene.summaries[-1].unresolved is unresolved


def test_predicted_csat_is_the_policy_s_formula_cut_to_one_to_five():
    for valence, csat in ((0.5, 4.0), (-1.0, 1.0), (1.0, 5.0)):
        scene = Scene()
        scene.tell(customer(0, valence), ended(5))
        assert scene.summaries[-1].predicted_csat == csat
    scene = Scene()
    scene.tell(customer(0, 0.0, 0.4), ended(5))
    assert scene.summaries[-1].predicted_csat == 2.6
    scene = Scene()
    scene.tell(agent(0), ended(5))
    assert (scene.summaries[-1].predicted_csat, scene.summaries[-1].mood_end) == (None, None)


def test_words_of_self_harm_are_passed_on_with_the_turn_that_said_them_and_with_no_other():
    scene = Scene()
    said = scene.tell(customer(0, -1.0, 0.95, self_harm=True))
    assert said.heard.self_harm is True
    assert scene.tell(customer(10)).heard.self_harm is UNSET
    assert scene.tell(agent(20)).heard.self_harm is UNSET
