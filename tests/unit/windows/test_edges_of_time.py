"""What the very edges of lateness, time-outs and episodes do, and what must not leak from one episode to the next."""

from hashlib import blake2b

import pytest

from tests.unit.windows.scene import STAMPS, Scene, agent, at, checked, customer, domain_of, ended, policy
from warmline.contracts.score import Sincerity
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.window import ConversationWindow
from warmline.store.keyed import Emit, Stamps
from warmline.store.memory import MemoryRun
from warmline.windows.domain import WindowsDomain
from warmline.windows.history import COMPACT_AT, DIGEST_BYTES, MAX_RECORDS, is_known
from warmline.windows.record import PACKED_BEFORE, TURN, Record, unpack
from warmline.windows.state import MAX_ANSWERERS, WindowsState


def upset(seconds: float, distress: float = 0.8, **more):
    return customer(seconds, -0.8, distress, **more)


def test_a_turn_in_the_millisecond_of_a_due_time_finds_it_fired_with_window_and_summary():
    domain = domain_of()
    state = domain.apply(None, customer(0), STAMPS).state
    told = [emit.event for emit in domain.apply(state, customer(660), STAMPS).emits]
    assert [event.cause for event in told if isinstance(event, ConversationWindow)] == [
        f"due:quiet:{at(600)}",
        "c660",
    ]
    summaries = [event for event in told if isinstance(event, ConversationSummary)]
    assert [(summary.episode, summary.end_reason) for summary in summaries] == [(1, "timeout")]


def test_a_turn_that_came_late_takes_nothing_from_the_lateness_of_the_next():
    scene = Scene()
    scene.tell(customer(0), agent(100), agent(50), customer(39))
    assert scene.run.skipped["late"] == 1
    assert scene.window.turns == 3


def test_a_queue_s_longer_lateness_holds_however_many_turns_came_before():
    patient = policy(lateness_s=300)
    run: MemoryRun[WindowsState] = MemoryRun(WindowsDomain(lambda queue: patient if queue == "mail" else policy(), "v"))
    for place in range(COMPACT_AT):
        run.apply(agent(5 * place, queue="mail"), STAMPS)
    run.apply(customer(1, queue="mail"), STAMPS)
    assert run.skipped["late"] == 0
    assert run.states["c-1"].head.turns == COMPACT_AT + 1


def test_a_timer_goes_by_a_new_policy_before_it_fires():
    tense = policy(moment_distress=0.45)
    old: MemoryRun[WindowsState] = MemoryRun(WindowsDomain(lambda _queue: policy(), "v1"))
    old.apply(customer(0, -0.2, 0.47), STAMPS)
    new: MemoryRun[WindowsState] = MemoryRun(WindowsDomain(lambda _queue: tense, "v2"))
    for key, state in old.states.items():
        new._keep(key, state)
    emits: list[Emit] = checked(new.fire(at(5000), STAMPS))
    assert emits[-1].event.moments_missed == 1


def test_a_timer_before_anything_is_due_changes_nothing():
    domain = domain_of()
    state = domain.apply(None, customer(0), STAMPS).state
    step = domain.fire(state, at(659), STAMPS)
    assert (step.verdict, step.emits) == ("ignored", [])


def test_moments_settled_in_one_episode_are_not_told_of_the_next():
    scene = Scene()
    scene.tell(*(upset(10 * place) for place in range(COMPACT_AT + 16)), ended(1000))
    scene.tell(*(upset(1010 + 10 * place) for place in range(COMPACT_AT + 16)), ended(2000))
    second = scene.summaries[-1]
    assert second.episode == 2
    assert min(moment.opened_at for moment in second.moments) == at(1010)
    assert len(second.moments) == second.moments_met + second.moments_missed + second.moments_moot


def test_a_late_turn_after_the_time_out_does_not_make_moot_what_time_had_missed():
    scene = Scene()
    scene.tell(upset(0), customer(5, 0.0, 0.1))
    scene.wait(700)
    assert scene.summaries[-1].moments[0].outcome == "missed"
    scene.tell(customer(3, abstained="no_words"))
    assert scene.summaries[-1].turns == 3
    assert scene.summaries[-1].moments[0].outcome == "missed"


@pytest.mark.parametrize("again", [0, 1])
def test_of_a_flood_in_one_millisecond_each_turn_is_taken_once_and_the_rest_is_late(again):
    domain, state = domain_of(), None
    for place in range(MAX_RECORDS + 16):
        state = domain.apply(state, customer(0, turn_id=f"t{place:03d}"), STAMPS).state
    assert state is not None
    assert (state.records, state.horizon) == ({}, at(0))
    step = domain.apply(state, customer(0, turn_id="t207" if again else "t999"), STAMPS)
    assert step.verdict == ("duplicate" if again else "late")


def test_so_many_who_answered_are_named_and_no_more():
    scene = Scene()
    scene.tell(*(agent(place, participant_id=f"a{place:02d}") for place in range(MAX_ANSWERERS + 5)), ended(90))
    assert scene.summaries[-1].agent_ids == tuple(f"a{place:02d}" for place in range(MAX_ANSWERERS))


def test_a_summary_names_the_model_of_an_answer_where_that_was_the_last_turn():
    scene = Scene()
    scene.tell(customer(0, model="m-1"), agent(5, model="m-2"), ended(9))
    assert scene.summaries[-1].model == "m-2"


def test_a_customer_turn_whose_score_is_not_used_does_not_part_a_moment_from_its_effect():
    scene = Scene()
    scene.tell(customer(0, abstained="language"), upset(1), agent(5, "empathetic"), customer(9), customer(12, 0.2))
    assert {moment.turn_id: moment.effect for window in scene.windows for moment in window.moments} == {"c1": 0.9}


def test_distress_at_the_calm_threshold_is_not_yet_peace():
    scene = Scene()
    scene.tell(upset(0), customer(5, 0.4, 0.0), customer(10, 0.4, 0.35), ended(15))
    assert scene.summaries[-1].turnaround is False


def test_the_lowest_point_of_a_customer_who_was_never_below_zero_is_above_it():
    scene = Scene()
    scene.tell(customer(0, 0.6), customer(5, 0.3), ended(9))
    assert scene.summaries[-1].mood_lowest == 0.3


def test_the_mood_at_the_start_of_a_short_conversation_is_the_mean_of_what_was_said():
    scene = Scene()
    scene.tell(customer(0, -0.4), customer(5, -0.2), ended(9))
    assert scene.summaries[-1].mood_start == -0.3


def test_the_moments_of_a_window_stand_in_order_of_time_whatever_their_ids():
    scene = Scene()
    window = scene.tell(upset(9), upset(10), agent(12, "empathetic"))
    assert [moment.turn_id for moment in window.moments] == ["c9", "c10"]


def test_an_oldest_turn_just_at_the_edge_of_the_minutes_weighs_nothing():
    scene = Scene(policy(quiet_timeout_s=80_000))
    scene.tell(customer(0, -1.0), customer(100, 0.5))
    assert scene.tell(agent(300)).mood_over_time == 0.5
    assert scene.tell(agent(400)).mood_over_time is None


def test_an_effect_looks_back_on_two_turns_where_mood_and_trend_need_fewer():
    scene = Scene(policy(mood_turns=1, trend_turns=2, trend_min_turns=2, mood_minutes=1))
    scene.tell(
        customer(0, -0.2), customer(100, -0.6), agent(110, "empathetic"), customer(200, -0.2), customer(300, 0.4)
    )
    assert scene.window.effect == 1.1
    scene.tell(ended(310))
    assert scene.summaries[-1].mood_end == -0.133


@pytest.mark.parametrize(
    ("newer", "trend"), [((0.0, 0.5), "rising"), ((0.0, 0.48), "steady"), ((0.0, -0.5), "falling")]
)
def test_the_median_of_an_even_half_is_the_mean_of_its_middle_two(newer, trend):
    scene = Scene()
    window = scene.tell(*(customer(place, valence) for place, valence in enumerate((0.0, 0.0, *newer))))
    assert window.trend == trend


def test_an_answer_that_reuses_nothing_counts_in_the_mean_of_reuse():
    scene = Scene()
    for place, reuse in enumerate((0.0, 0.4)):
        scene.tell(agent(place, sincerity=Sincerity(canned=0.0, reuse=reuse, specificity=None)))
    scene.tell(ended(9))
    assert scene.summaries[-1].reuse == 0.2


def test_a_turn_without_times_of_its_own_was_received_when_its_record_was():
    window = domain_of().apply(None, customer(0), Stamps(at(4), at(5))).emits[0].event
    assert (window.times.received, window.times.scored, window.times.windowed) == (at(4), None, at(5))


def test_a_record_of_before_sincerity_was_written_is_read_as_one_that_does_not_say():
    record = Record(at(0), TURN, 3, -500, 800, -1, 1, 5, glad=True, unused=True)
    before = (record.at, record.kind, record.voice, record.valence, record.distress, record.sign, record.empathy)
    packed = PACKED_BEFORE.pack(*before, record.cues, record.glad, record.unused)
    assert unpack(packed) == record


def test_a_digest_across_two_others_is_not_taken_for_a_turn_that_was_taken_in():
    state = domain_of().apply(None, customer(0), STAMPS).state
    digest = blake2b(b"c9", digest_size=DIGEST_BYTES).digest()
    state.known = digest
    assert is_known(state, "c9")
    state.known = b"x" * 4 + digest + b"y" * 4
    assert not is_known(state, "c9")


def test_moments_of_a_short_episode_are_its_own_where_those_of_the_one_before_were_settled():
    scene = Scene()
    scene.tell(*(upset(10 * place) for place in range(COMPACT_AT + 16)), ended(1000), upset(1010), ended(1020))
    assert scene.state.settled, "the first one's have been put away"
    assert [moment.turn_id for moment in scene.summaries[-1].moments] == ["c1010"]


def test_what_is_settled_of_one_episode_takes_no_moment_from_the_next():
    scene = Scene()
    scene.tell(*(upset(10 * place) for place in range(20)), ended(195))
    scene.tell(*(upset(300 + 5 * place) for place in range(COMPACT_AT - 21)))
    assert scene.state.settled, "the first one's have been put away"
    assert len(scene.state.head.needs) == COMPACT_AT - 21
    scene.tell(ended(360))
    assert len(scene.summaries[-1].moments) == COMPACT_AT - 21
