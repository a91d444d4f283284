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
