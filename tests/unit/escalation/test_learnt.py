"""What escalation learns about its alerts while it works, and what becomes of it in the metrics."""

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from tests.support.memory_store import MemoryStore
from tests.unit.escalation.scene import SECOND, Scene, domain_of, policy
from warmline.contracts.feedback import AlertFeedback
from warmline.escalation.learnt import ContactOver, FeedbackTaken, LeadKnown
from warmline.escalation.service import OTHER_QUEUES, counter
from warmline.policy.load import load_policy
from warmline.store.incoming import Incoming
from warmline.store.keyed import Stamps
from warmline.store.processor import Processor
from warmline.telemetry.metrics import Metrics


class Listening(Scene):
    """A scene that keeps what was learnt."""

    def tell(self, event):
        step = self.domain.apply(self.state, event, Stamps(self.now, self.now))
        if step.verdict == "applied":
            self.state = step.state
        self.emits += step.emits
        self.learnt = [*getattr(self, "learnt", []), *step.learnt]
        return step.verdict


def leads(scene: Listening) -> list[LeadKnown]:
    return [learnt for learnt in scene.learnt if isinstance(learnt, LeadKnown)]


def contacts(scene: Listening) -> list[ContactOver]:
    return [learnt for learnt in scene.learnt if isinstance(learnt, ContactOver)]


def test_a_word_on_an_open_alert_is_learnt_with_what_opened_it():
    scene = Listening()
    scene.fight()
    scene.feedback("confirmed", "f1")
    scene.feedback("acknowledged", "f2")
    assert scene.learnt == [FeedbackTaken("risk", "confirmed"), FeedbackTaken("risk", "acknowledged")]


def test_a_repeated_word_and_one_on_an_unknown_alert_teach_nothing():
    scene = Listening()
    scene.fight()
    scene.feedback("confirmed", "f1")
    assert scene.feedback("confirmed", "f1") == "duplicate"
    scene.feedback("confirmed", "f2", alert_id="nobody-knows")
    assert scene.learnt == [FeedbackTaken("risk", "confirmed")]


def test_a_late_word_is_learnt_with_what_had_opened_the_closed_alert():
    scene = Listening(policy(cooldown_s=0))
    scene.customer(0.2, "asks_supervisor")
    by_cue = scene.alerts[-1].alert_id
    scene.agent(role="supervisor")
    scene.fight()
    scene.fight()
    by_risk = scene.alerts[-1].alert_id
    scene.ended()
    scene.stored()
    scene.learnt = []
    scene.feedback("false_alarm", "f1", by_cue)
    scene.feedback("confirmed", "f2", by_risk)
    assert scene.learnt == [FeedbackTaken("asks_supervisor", "false_alarm"), FeedbackTaken("risk", "confirmed")]


def test_a_word_on_an_alert_of_the_life_before_is_learnt_with_what_had_opened_it():
    scene = Listening()
    scene.customer(0.2, "asks_supervisor")
    scene.start_life("life-2")
    scene.customer(0.1)
    scene.learnt = []
    scene.feedback("confirmed", "f1", scene.alerts[0].alert_id)
    assert scene.learnt == [FeedbackTaken("asks_supervisor", "confirmed")]


def test_a_state_of_before_rules_were_kept_is_read_and_its_closed_alerts_have_an_unknown_rule():
    scene = Listening(policy(cooldown_s=0))
    scene.customer(0.2, "asks_supervisor")
    closed = scene.alerts[-1].alert_id
    scene.agent(role="supervisor")
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.state))
    later = len(fields) - type(scene.state).__struct_fields__.index("closed_rules") - 1
    del fields[-later:]
    assert fields.pop() == ["asks_supervisor"]
    scene.state = msgspec.msgpack.decode(msgspec.msgpack.encode(fields), type=type(scene.state))
    scene.learnt = []
    scene.feedback("confirmed", "f1", closed)
    assert scene.learnt == [FeedbackTaken("unknown", "confirmed")]


def test_an_alert_whose_conversation_is_handed_over_was_ahead_by_the_time_since_it_opened():
    scene = Listening()
    scene.fight()
    scene.customer(0.9, after_s=25)
    scene.agent(role="supervisor", after_s=20)
    assert scene.learnt == [LeadKnown("handed_over", 45 * SECOND)]


def test_a_conversation_that_ends_while_its_alert_is_critical_ended_badly():
    scene = Listening(policy(critical_at=0.6, warning_at=0.55))
    scene.fight()
    scene.customer(1.0, mood=-1.0, after_s=30)
    scene.ended()
    assert [alert.rule for alert in scene.alerts if alert.state == "opened"] == ["risk", "call_back"]
    assert leads(scene) == [LeadKnown("ended_badly", 31 * SECOND)]


def test_an_alert_after_which_nothing_came_has_no_lead():
    recovered, peaceful, false = Listening(), Listening(), Listening()
    for scene in (recovered, peaceful, false):
        scene.fight()
    for _ in range(4):
        recovered.agent("empathetic")
        recovered.customer(0.0, valence=0.5)
    assert recovered.alerts[-1].reason == "recovered"
    peaceful.ended()
    assert peaceful.alerts[-1].reason == "ended"
    false.feedback("false_alarm")
    assert leads(recovered) == leads(peaceful) == []
    assert false.learnt == [FeedbackTaken("risk", "false_alarm")]


def test_precision_and_lead_move_in_the_metrics_once_the_state_is_stored():
    registry = CollectorRegistry()
    processor = Processor(domain_of(), MemoryStore(), lambda: 0, learn=counter(Metrics(registry), load_policy(None)))
    scene = Scene()
    scene.fight()
    scene.agent(role="supervisor", after_s=20)
    word = AlertFeedback(
        feedback_id="f", alert_id=scene.alerts[0].alert_id, conversation_id="c1", verdict="confirmed", by="s", at=1
    )
    batch = [Incoming("t", 0, offset, event, 1) for offset, event in enumerate([*scene.windows, word, word])]
    processor.process(batch)
    processor.process(batch)  # read again after a crash

    def value(name, **labels):
        return registry.get_sample_value(name, labels)

    assert value("warmline_alert_feedback_total", rule="risk", verdict="confirmed") == 1
    assert value("warmline_alert_lead_seconds_count", outcome="handed_over") == 1
    assert value("warmline_alert_lead_seconds_sum", outcome="handed_over") == 20


def test_every_word_on_every_rule_has_a_series_before_the_first_is_said():
    registry = CollectorRegistry()
    counter(Metrics(registry), load_policy(None))
    for rule in ("risk", "call_back", "asks_human", "abuse_of_agent"):
        for verdict in ("acknowledged", "confirmed", "false_alarm"):
            labels = {"rule": rule, "verdict": verdict}
            assert registry.get_sample_value("warmline_alert_feedback_total", labels) == 0
    assert registry.get_sample_value("warmline_alert_lead_seconds_count", {"outcome": "ended_badly"}) == 0


def test_a_contact_counts_once_for_each_episode_and_whether_it_was_alerted():
    scene = Listening()
    scene.customer(0.1)
    scene.ended()
    assert contacts(scene) == [ContactOver("q", alerted=False)]
    scene.window("ended again", ended="completed")
    assert len(contacts(scene)) == 1, "a second end of the same episode"
    scene.resumed()
    scene.fight()
    scene.ended()
    assert contacts(scene)[1:] == [ContactOver("q", alerted=True)]
    scene.resumed()
    scene.customer(0.1)
    scene.ended()
    assert contacts(scene)[2:] == [ContactOver("q", alerted=False)], "an earlier episode's alert counts there"


def test_a_call_back_alone_is_no_alert_of_its_contact():
    scene = Listening(policy(critical_at=0.6, warning_at=0.55))
    scene.fight()
    scene.customer(1.0, mood=-1.0, after_s=30)
    scene.ended()
    assert [alert.rule for alert in scene.alerts if alert.state == "opened"] == ["risk", "call_back"]
    scene.resumed()
    scene.customer(0.1)
    scene.ended()
    assert contacts(scene) == [ContactOver("q", alerted=True), ContactOver("q", alerted=False)]


@pytest.mark.parametrize(
    ("text", "queue"), [("queues: {q: {escalation: {alerts_per_100: 5}}}", "q"), ("", OTHER_QUEUES)]
)
def test_contacts_are_counted_by_the_queues_that_the_policy_names(tmp_path, text, queue):
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    registry = CollectorRegistry()
    count = counter(Metrics(registry), load_policy(file))

    def value(name, queue):
        return registry.get_sample_value(name, {"queue": queue})

    assert value("warmline_queue_contacts_total", queue) == 0
    for alerted in (True, False, False):
        count(ContactOver("q", alerted=alerted))
    assert value("warmline_queue_contacts_total", queue) == 3
    assert value("warmline_queue_contacts_alerted_total", queue) == 1
    assert value("warmline_queue_alert_budget_ratio", "q") == (0.05 if queue == "q" else None)
    assert value("warmline_queue_alert_budget_ratio", OTHER_QUEUES) is None


def test_an_episode_in_which_the_customer_never_spoke_is_no_contact():
    scene = Listening()
    scene.fight()
    scene.ended()
    scene.resumed()
    scene.agent(role="bot")
    scene.ended("timeout")
    assert contacts(scene) == [ContactOver("q", alerted=True)]


def test_a_contact_whose_only_customer_turn_comes_after_its_end_counts_by_then():
    scene = Listening()
    scene.agent()
    scene.ended()
    assert contacts(scene) == []
    scene.late_customer(0.1)
    assert contacts(scene) == [ContactOver("q", alerted=False)]
