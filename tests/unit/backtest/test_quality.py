"""How alerts are judged by labels."""

import msgspec
import pytest

from tests.unit.escalation.scene import SECOND, START, Scene
from warmline.backtest.gold import gold_of
from warmline.backtest.quality import Gold, lines_of, quality
from warmline.recordings.codebook import BASE_MS, events_of


def alerts_at(conversation: str, after_s: int, *cues: str):
    scene = Scene()
    scene.agent(after_s=0)
    scene.customer(0.2, *cues or ("vulnerable",), after_s=after_s)
    ids = {"conversation_id": conversation, "alert_id": f"{conversation}-{after_s}"}
    return [msgspec.structs.replace(alert, **ids) for alert in scene.alerts]


def gold(escalate_from: int | None, turns: int = 10) -> Gold:
    spoken = tuple(START + number * 10 * SECOND for number in range(turns))
    return Gold(escalated=escalate_from is not None, escalate_from=escalate_from, spoken_at=spoken)


def test_precision_and_recall_count_conversations_not_alerts():
    labels = {"right": gold(5), "missed": gold(2), "false": gold(None), "calm": gold(None)}
    alerts = alerts_at("right", 10) + alerts_at("right", 50) + alerts_at("false", 10)
    found = quality(alerts, labels)
    assert (found.conversations, found.escalated, found.alerted, found.right) == (4, 2, 2, 1)
    assert (found.precision, found.recall) == (0.5, 0.5)


@pytest.mark.parametrize(("after_s", "turns", "seconds"), [(20, 3, 30), (50, 0, 0), (70, -2, -20)])
def test_the_lead_is_from_the_alert_to_the_labelled_turn(after_s, turns, seconds):
    found = quality(alerts_at("c", after_s), {"c": gold(5)})
    assert (found.lead_turns, found.lead_s) == (turns, seconds)
    assert found.ahead == (turns >= 0)


def test_only_alerts_grave_enough_count_where_a_severity_is_asked_for():
    labels = {"watch": gold(5), "warning": gold(5)}
    alerts = alerts_at("watch", 10, "vulnerable") + alerts_at("warning", 10, "asks_supervisor")
    assert quality(alerts, labels, "warning").alerted == 1
    assert quality(alerts, labels, "critical").alerted == 0


def test_rules_are_judged_one_by_one():
    labels = {"a": gold(5), "b": gold(None)}
    found = quality(alerts_at("a", 10, "abuse_of_agent") + alerts_at("b", 10, "vulnerable"), labels)
    assert (found.by_rule["abuse_of_agent"].right, found.by_rule["vulnerable"].right) == (1, 0)
    assert any("abuse_of_agent" in line for line in lines_of(found))


def test_without_alerts_there_is_no_precision_and_nothing_divides_by_zero():
    found = quality([], {"a": gold(None)})
    assert (found.precision, found.recall, found.lead_turns) == (None, None, None)
    assert lines_of(found)


def labelled(name: str, escalate_from: int | None) -> dict:
    turns = [
        {"i": number, "role": role, "t": number * 10.0, "text": "", "val": 0, "needs": 0, "emo": [], "cues": []}
        for number, role in enumerate(["agent", "customer", "agent", "customer"])
    ]
    escalated = escalate_from is not None
    outcome = {"escalated": escalated, "escalate_from": escalate_from, "csat": 2, "resolved": True}
    return {"id": name, "domain": "telecom", "channel": "chat", "turns": turns, "outcome": outcome}


def test_labels_are_read_from_a_file_or_a_folder_and_other_lines_are_passed_over(tmp_path):
    path = tmp_path / "file.jsonl"
    talks = [labelled("c1", 3), labelled("c2", None)]
    path.write_bytes(b"\n".join(map(msgspec.json.encode, [*talks, {"type": "conversation.turn"}])) + b"\nnot json\n")
    events = [event for talk in talks for event in events_of(talk)]
    spoken = tuple(BASE_MS + number * 10 * SECOND for number in range(4))
    expected = {
        "c1": Gold(escalated=True, escalate_from=3, spoken_at=spoken),
        "c2": Gold(escalated=False, escalate_from=None, spoken_at=spoken),
    }
    assert gold_of(path, events) == expected
    assert gold_of(tmp_path, events) == expected
    assert gold_of(path, []) == {}
