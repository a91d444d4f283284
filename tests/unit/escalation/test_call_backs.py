"""When a contact that ended badly asks for a call back, and what becomes of that."""

from tests.unit.escalation.scene import PLAIN, SECOND, Scene, opened, policy, states


def test_a_contact_that_ends_with_a_critical_alert_unresolved_asks_for_a_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("customer_left")
    ended, call_back = scene.alerts[-2:]
    assert (ended.state, ended.reason) == ("closed", "ended")
    assert (call_back.state, call_back.rule, call_back.severity) == ("opened", "call_back", "critical")
    assert call_back.routing.action == "call_back"
    assert call_back.alert_id != ended.alert_id


def test_a_critical_alert_handed_over_asks_for_no_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("handed_over")
    assert states(scene)[-1] == "closed"


def test_a_critical_alert_that_ended_in_calm_asks_for_no_call_back():
    scene = Scene(policy(recover_turns=9))
    scene.agent()
    scene.customer(0.2, "abuse_of_agent")
    for _ in range(5):
        scene.customer(0.0, valence=0.5)
    scene.ended()
    assert states(scene) == ["opened", "closed"]


def test_a_call_back_expires_by_when_it_was_due_and_counts_as_handed_over_where_somebody_took_it():
    for feedback, reason in ((None, "expired"), ("acknowledged", "handed_over")):
        scene = opened()
        scene.customer(0.9, "abuse_of_agent")
        scene.ended()
        act_by = scene.alerts[-1].routing.act_by
        if feedback:
            scene.feedback(feedback)
        scene.fire(2**50)
        assert (scene.alerts[-1].reason, scene.alerts[-1].as_of) == (reason, act_by)


def test_a_conversation_taken_up_again_ends_the_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended()
    scene.resumed()
    scene.customer(0.1)
    assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("call_back", "ended")


def test_a_late_turn_that_shows_the_contact_had_not_ended_ends_the_call_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    call_back = scene.alerts[-1]
    scene.agent(ended=None)
    closed = [alert for alert in scene.alerts if alert.alert_id == call_back.alert_id][1:]
    assert [(alert.rule, alert.state, alert.reason) for alert in closed] == [("call_back", "closed", "ended")]


def test_a_contact_that_turns_out_to_go_on_is_watched_again_at_once():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    scene.customer(0.9, ended=None)
    assert [(alert.state, alert.rule) for alert in scene.alerts[-2:]] == [("closed", "call_back"), ("opened", "risk")]
    assert len({alert.alert_id for alert in scene.alerts}) == 3


def test_a_false_alarm_before_a_bad_end_still_holds_back_once_the_contact_goes_on():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, "vulnerable")
    scene.feedback("false_alarm")
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    assert scene.alerts[-1].rule == "call_back"
    scene.customer(0.9, ended=None)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "closed")


def test_a_call_back_that_is_called_a_false_alarm_holds_new_risk_alerts_back():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    scene.feedback("false_alarm")
    scene.customer(0.9, ended=None)
    assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("call_back", "false_alarm")


def test_a_late_word_on_an_alert_that_ended_badly_holds_its_cue_back():
    scene = Scene()
    scene.agent()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    alert, call_back = scene.alerts[0].alert_id, scene.alerts[-1].alert_id
    scene.feedback("false_alarm", "f1", alert)
    scene.customer(0.9, "abuse_of_agent", ended=None)
    assert (scene.alerts[-1].alert_id, scene.alerts[-1].state) == (call_back, "closed")


def ended_badly() -> Scene:
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("customer_left")
    assert scene.alerts[-1].rule == "call_back"
    return scene


def test_what_a_system_or_a_bot_says_after_the_end_leaves_the_call_back_as_it_was():
    scene = ended_badly()
    told = scene.alerts[-1]
    scene.resumed()
    scene.system()
    scene.agent(role="bot")
    scene.stored()
    scene.ended("timeout")
    assert scene.alerts[-1] is told
    scene.feedback("acknowledged")
    taken = scene.alerts[-1]
    assert (taken.state, taken.alert_id, taken.routing) == ("acknowledged", told.alert_id, told.routing)
    assert (taken.risk, taken.contributions, taken.evidence) == (told.risk, told.contributions, told.evidence)
    assert (taken.agent_id, taken.agent_role) == (told.agent_id, told.agent_role)
    scene.fire(2**50)
    assert (scene.alerts[-1].reason, scene.alerts[-1].as_of) == ("handed_over", told.routing.act_by)


def test_a_start_alone_leaves_the_call_back_as_it_was():
    scene = ended_badly()
    scene.resumed()
    scene.now += SECOND
    scene.window("started")
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "opened")


def test_a_person_who_speaks_after_a_survey_ends_the_call_back_and_begins_afresh():
    for speak in ("customer", "agent", "supervisor"):
        scene = ended_badly()
        scene.resumed()
        scene.agent(role="bot")
        scene.customer(0.1) if speak == "customer" else scene.agent(role=speak)
        assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("call_back", "ended")
        assert (scene.state.episode, scene.state.evidence, scene.state.distress_bits) == (2, [], 0)


def test_a_customer_who_asks_the_surveys_bot_for_a_person_is_heard():
    scene = ended_badly()
    scene.resumed()
    scene.agent(role="bot")
    scene.customer(0.2, "asks_human")
    assert [(alert.rule, alert.state) for alert in scene.alerts[-2:]] == [
        ("call_back", "closed"),
        ("asks_human", "opened"),
    ]


def test_a_turn_from_before_the_end_that_comes_after_a_survey_ends_no_call_back():
    scene = ended_badly()
    scene.resumed()
    scene.agent(role="bot", after_s=2)
    scene.late_customer(0.9, before_s=5)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "opened")


def test_a_bot_that_speaks_late_in_a_contact_gone_quiet_leaves_the_call_back_as_it_was():
    scene = opened()
    scene.customer(0.9, "abuse_of_agent")
    scene.ended("timeout")
    scene.agent(role="bot", ended=None)
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "opened")
    told = len(scene.alerts)
    scene.customer(0.1, ended=None)
    assert (scene.alerts[told].rule, scene.alerts[told].reason) == ("call_back", "ended")


def test_after_a_call_back_has_expired_a_bots_words_begin_an_episode_as_ever():
    scene = ended_badly()
    scene.resumed()
    scene.agent(role="bot")
    scene.fire(2**50)
    assert scene.alerts[-1].reason == "expired"
    scene.agent(role="bot")
    assert (scene.state.episode, scene.state.evidence) == (2, [])


def test_a_contact_that_ends_where_no_new_alert_would_open_but_none_has_recovered_asks_for_a_call_back():
    scene = Scene()
    scene.agent()
    scene.customer(0.2, "abuse_of_agent")
    for distress in (0.2, 0.2, 0.2, 0.7):  # until the risk has forgotten the cue
        scene.customer(distress)
    assert PLAIN.close_at * 1000 <= sum(scene.state.terms) < PLAIN.open_at * 1000
    scene.ended()
    assert (scene.alerts[-1].rule, scene.alerts[-1].state) == ("call_back", "opened")


def test_a_contact_whose_alert_was_critical_and_is_no_more_asks_for_no_call_back():
    scene = Scene(policy(open_at=0.4, warning_at=0.5, critical_at=0.6, update_gap_s=0, recover_turns=9))
    for distress in (0.9, 0.9, 0.9, 0.35, 0.35):
        scene.customer(distress)
    assert [alert.severity for alert in scene.alerts][-2:] == ["critical", "watch"]
    assert sum(scene.state.terms) >= PLAIN.close_at * 1000
    scene.ended()
    assert (scene.alerts[-1].rule, scene.alerts[-1].reason) == ("risk", "ended")
    assert scene.alerts[-1].severity == "critical", "what is closed names its highest"
