"""Whom a move is for, where turns come late, nobody has answered yet, or another life begins."""

import msgspec
import pytest

from tests.unit.assist.scene import SECOND, Scene
from warmline.assist.state import AssistState
from warmline.store.keyed import Stamps

LIFE_AFTER_S = 100_000


def praises(scene: Scene) -> list[tuple[str, str | None]]:
    return [(step.move, step.agent_id) for step in scene.steps if step.kind == "praise"]


@pytest.mark.parametrize(("first", "role"), [("agent-1", "agent"), ("bot-1", "bot")])
def test_nobody_is_praised_for_what_another_said_who_is_heard_late(first, role):
    scene = Scene()
    scene.agent(participant_id=first, role=role)
    scene.customer(0.8, "anger")
    scene.agent(participant_id="agent-2", after_s=8)
    scene.agent("empathetic", "acknowledges_feeling", participant_id=first, role=role, after_s=-3)
    assert praises(scene) == []


def test_who_answers_is_praised_though_heard_late():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent(after_s=8)
    scene.agent("empathetic", "acknowledges_feeling", after_s=-3)
    assert [agent for _, agent in praises(scene)] == ["agent-1"]


def test_a_move_given_before_anyone_answered_belongs_to_who_answers_first():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent(participant_id="agent-1", after_s=5)
    scene.customer(0.8, "anger")
    scene.agent(participant_id="agent-2", after_s=2)
    assert [(step.kind, step.agent_id, step.agent_role) for step in scene.steps[:3]] == [
        ("suggest", None, None), ("suggest", "agent-1", "agent"), ("withdraw", "agent-1", "agent"),
    ]  # fmt: skip
    assert scene.story[2] == "withdraw let_the_anger_land: handed_over"


def test_a_move_given_before_anyone_answered_goes_where_a_bot_does():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.bot()
    assert scene.story[1] == "withdraw let_the_anger_land: handed_over"


def another_life(scene: Scene, incarnation: str) -> AssistState:
    """Tell the first windows again, much later, under a name; return the state."""
    for window in list(scene.told):
        times = {name: getattr(window, name) + LIFE_AFTER_S * SECOND for name in ("started_at", "as_of")}
        scene.tell(msgspec.structs.replace(window, incarnation=incarnation, **times))
    return scene.state


def test_another_life_gives_the_same_end_of_an_expired_move_whether_the_due_time_fired_before_it_or_not():
    ends = []
    for fired in (True, False):
        scene = Scene()
        scene.customer(0.8, "anger")
        if fired:
            scene.steps += [emit.event for emit in scene.run.fire(scene.now + 120 * SECOND, Stamps(None, 0))]
        another_life(scene, "life-2")
        ends.append([(step.move_id, step.sequence, step.reason, step.as_of) for step in scene.steps])
    assert ends[0] == ends[1]
    assert ends[0][1][2] == "expired"


def test_a_life_of_the_same_name_begins_anew_where_the_old_one_has_been_forgotten_upstream():
    scene = Scene()
    scene.agent()
    scene.customer(0.8, "anger")
    told = list(scene.told)
    state = another_life(scene, told[0].incarnation)
    given = "suggest let_the_anger_land"
    assert scene.story == [given, "withdraw let_the_anger_land: expired", given]
    assert scene.steps[0].move_id != scene.steps[-1].move_id, "the same turn id, of another life"
    assert state.revision == told[-1].revision
    assert {scene.tell(window) for window in told} == {"duplicate"}


def test_a_life_whose_newest_revisions_were_lost_upstream_goes_on():
    scene = Scene()
    scene.agent()
    scene.customer(0.8, "anger")
    newest = scene.told[-1]
    later = {"as_of": newest.as_of + 10 * SECOND, "cause": "other", "heard": None, "moments": ()}
    assert scene.tell(msgspec.structs.replace(newest, **later)) == "applied"
    assert scene.story == ["suggest let_the_anger_land"]
    assert scene.state.live is not None
    assert scene.tell(newest) == "duplicate"


def by(who: str) -> dict[str, str]:
    return {"participant_id": who, "role": who.partition("-")[0]}


def meets(scene: Scene, who: str, times: int = 2) -> None:
    for _ in range(times):
        scene.customer(0.8, "anger", after_s=40)
        scene.agent("empathetic", "validates", **by(who))


def given_since(scene: Scene, told: int) -> list[str]:
    return [step.move for step in scene.steps[told:] if step.kind == "suggest"]


@pytest.mark.parametrize("before", ["agent-1", "bot-1", "supervisor-1"])
def test_who_takes_over_is_not_trusted_for_what_another_met(before):
    scene = Scene()
    meets(scene, before)
    scene.agent(**by("agent-2"))
    scene.customer(0.8, "anxiety")
    assert scene.steps[-1].agent_id == "agent-2"
    assert scene.story[-1] == "suggest steady_the_worry"


def test_who_takes_over_is_trusted_after_a_run_of_their_own_and_not_sooner():
    scene = Scene()
    meets(scene, "agent-1")
    for run in (1, 2):
        meets(scene, "agent-2", times=1)
        told = len(scene.steps)
        scene.customer(0.8, "anxiety", after_s=70)
        assert given_since(scene, told) == (["steady_the_worry"] if run == 1 else [])
        scene.customer(0.0, "neutral")


@pytest.mark.parametrize("between", ["bot-1", "supervisor-1"])
def test_who_answers_again_is_trusted_though_another_spoke_between(between):
    scene = Scene()
    meets(scene, "agent-1")
    scene.agent(**by(between))
    scene.agent(**by("agent-1"))
    told = len(scene.steps)
    scene.customer(0.8, "anxiety", after_s=40)
    assert given_since(scene, told) == []


def test_who_answers_is_trusted_though_a_turn_of_another_that_met_a_need_comes_late():
    scene = Scene()
    scene.agent(**by("agent-1"))
    meets(scene, "agent-2")
    scene.customer(0.8, "anger")
    scene.agent(**by("agent-2"), after_s=8)
    scene.agent("empathetic", "validates", **by("agent-1"), after_s=-3)
    assert (scene.state.met_by, scene.state.met_run) == ("agent-2", 2)


def test_a_state_that_does_not_tell_whose_the_run_is_is_read_and_trusted_as_before():
    scene = Scene()
    meets(scene, "agent-1")
    kept = AssistState.__struct_fields__.index("met_by")
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.state))[:kept]
    scene.run.states["c1"] = msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=AssistState)
    told = len(scene.steps)
    scene.customer(0.8, "anxiety", after_s=40)
    assert given_since(scene, told) == []


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_a_supervisor_who_answers_is_not_told_to_grant_one(role):
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "frustration", "asks_supervisor")
    scene.agent(**by(f"{role}-2"))
    need = scene.customer(0.8, "anger")
    given = {"agent": "grant_the_supervisor", "supervisor": "let_the_anger_land"}[role]
    assert scene.story == [f"suggest {given}"]
    assert need in scene.steps[0].evidence
    assert len(scene.steps[0].evidence) == (2 if role == "agent" else 1)


def test_a_supervisor_who_is_asked_for_one_is_given_the_move_that_fits_beside_it():
    scene = Scene()
    scene.agent(**by("supervisor-1"))
    scene.customer(0.8, "anger", "asks_supervisor", "time_pressure")
    assert scene.story == ["suggest name_the_deadline"]


@pytest.mark.parametrize(
    ("role", "step"),
    [("agent", None), ("supervisor", "withdraw grant_the_supervisor: handed_over")],
)
def test_a_wish_for_a_supervisor_told_before_anyone_answered_is_no_card_for_the_supervisor_who_does(role, step):
    scene = Scene()
    scene.customer(0.8, "anger", "asks_supervisor")
    scene.agent(**by(f"{role}-1"), after_s=5)
    assert scene.story == ["suggest grant_the_supervisor", *([step] if step else [])]


def test_another_card_told_before_anyone_answered_is_for_the_supervisor_who_does():
    scene = Scene()
    scene.customer(0.8, "anger")
    scene.agent(**by("supervisor-1"), after_s=5)
    scene.customer(0.8, "anger")
    assert scene.story == ["suggest let_the_anger_land", "renew let_the_anger_land"]
    assert scene.steps[-1].agent_id == "supervisor-1"
