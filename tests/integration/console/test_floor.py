"""The supervisor's view over a running Warmline: a replay, an alert, feedback, a gateway that dies and comes back."""

import re
import time

from msgspec import json, structs

from tests.support.console_events import (
    LONGER_THAN_THE_ENDED_STAY_MS,
    call_back,
    choose_queue,
    clocked,
    is_live,
    left_angry,
    listening,
    row,
)
from tests.support.console_world import ANGRY, CALM, ConsoleWorld, talk
from tests.support.loops import await_that, read_all
from warmline.contracts.events import CONVERSATION_TURN, ESCALATION_ALERT
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.topics import CONVERSATION_EVENTS, ESCALATION_ALERTS
from warmline.local.demo_replay import Replay
from warmline.local.demo_story import load_story
from warmline.settings import Settings

SPEED = 30
CONVERSATIONS = 6


def risks(page) -> list[int]:
    texts = page.locator(".row[data-ended=false] .risk strong").all_text_contents()
    return [int(text) if text.isdigit() else -1 for text in texts]


def feedback_on(console: ConsoleWorld) -> list[AlertFeedback]:
    return [
        json.decode(message.value(), type=AlertFeedback)
        for message in read_all(console.bootstrap, console.feedback_topic)
    ]


def test_a_replay_shows_up_as_it_is_told_the_riskiest_first(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    story = load_story(CONVERSATIONS)
    settings = Settings(kafka_brokers=console.bootstrap, topic_prefix=console.prefix)
    replay = Replay(settings, story.dated(time.time_ns() // 1_000_000, SPEED, 0), SPEED)
    replay.start()

    def in_order() -> bool:
        shown = risks(page)
        return len(shown) > 1 and max(shown) > 0 and shown == sorted(shown, reverse=True)

    try:
        page.locator(".row .alert:not([hidden]) .badge").first.wait_for(timeout=60_000)
        await_that(in_order, "the order of risk")
        for name in story.conversations:
            row(page, name).wait_for(timeout=60_000)
        await_that(lambda: replay.done, "the replay's end", timeout_s=60)
        replay.check()
    finally:
        replay.stop()
    assert page.locator(".row .uplot canvas").count() >= CONVERSATIONS


def test_an_alert_shows_what_it_rests_on_and_a_verdict_on_it_arrives_on_the_topic(console: ConsoleWorld, open_page):
    name = "c-alert"
    page = open_page("supervisor")
    console.say(talk(name, *ANGRY))
    mine = row(page, name)
    mine.locator(".alert:not([hidden]) .badge").wait_for()
    assert mine.locator(".why").text_content() == "asks for a supervisor"
    assert "Step in" in mine.locator(".todo").text_content()

    mine.locator("summary").click()
    quoted = mine.locator(".evidence q")
    quoted.last.wait_for()
    assert ANGRY[-1][1] in quoted.all_text_contents()
    assert "asks for a supervisor" in mine.locator(".evidence").text_content()

    acknowledge = mine.get_by_role("button", name="Acknowledge")
    acknowledge.click()
    mine.get_by_text("acknowledged by supervisor").wait_for()  # escalation has heard it, and said so
    assert acknowledge.get_attribute("aria-pressed") == "true"
    mine.get_by_role("button", name="False alarm").click()
    mine.get_by_text("closed: a false alarm").wait_for()
    given = [each for each in feedback_on(console) if each.conversation_id == name]
    assert [(each.verdict, each.by) for each in given] == [
        ("acknowledged", "supervisor"),
        ("false_alarm", "supervisor"),
    ]
    assert len({each.alert_id for each in given}) == 1


def test_the_page_comes_back_by_itself_after_the_gateway_died(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    said = listening(page)
    page.evaluate("window.neverLoadedAgain = true")
    console.say(talk("c-before", *CALM))
    row(page, "c-before").wait_for()
    page.locator("#link-state[data-state=live]").wait_for()

    console.kill_gateway()
    page.locator("#link-state[data-state=away]").wait_for()
    assert page.locator("#link-state").text_content() == "Reconnecting"
    row(page, "c-before").wait_for()  # what is known stays to be seen
    for turn in talk("c-while-away", *ANGRY):
        console.publish(CONVERSATION_EVENTS, turn.conversation_id, CONVERSATION_TURN, turn)

    console.restart_gateway()
    page.locator("#link-state[data-state=live]").wait_for(timeout=40_000)
    row(page, "c-while-away").locator(".alert:not([hidden]) .badge").wait_for()
    console.say(talk("c-after", *CALM))
    row(page, "c-after").wait_for()
    assert page.evaluate("window.neverLoadedAgain")
    back = "The connection is back."
    await_that(lambda: back in said(), "a word about the connection", timeout_s=40)
    of_alerts = [text for text in said() if text not in {back, "The connection is lost; trying again."}]
    assert not [text for text in of_alerts if "new alerts" in text], "one alert, and a connection is none"


def test_a_call_back_waits_on_the_page_until_it_is_closed_also_on_one_that_opens_later(
    console: ConsoleWorld, open_page
):
    now_ms = time.time_ns() // 1_000_000
    waiting, unseen = call_back("c-left", now_ms), call_back("c-unseen", now_ms)
    page = clocked(open_page("supervisor", timezone_id="UTC"))  # a session of its own, since its clock is moved
    is_live(page)  # what has ended before is in no list
    left_angry(console, "c-left", waiting)
    left_angry(console, "c-done")
    console.publish(ESCALATION_ALERTS, "c-unseen", ESCALATION_ALERT, unseen)  # its window is not at hand any more
    for name in ("c-left", "c-done", "c-unseen"):
        row(page, name).wait_for()

    page.clock.fast_forward(LONGER_THAN_THE_ENDED_STAY_MS)
    row(page, "c-done").wait_for(state="detached")
    for _ in range(2):
        mine = row(page, "c-left")
        mine.locator(".todo").get_by_text("Call back").wait_for()
        assert mine.locator(".risk strong").text_content() == "100"
        mine.locator(".where").get_by_text("the customer left").wait_for()  # its window is asked for
        row(page, "c-unseen").locator(".where").get_by_text("ended").wait_for()
        assert row(page, "c-done").count() == 0
        page.reload()  # who opens the page now sees the same

    closed = structs.replace(waiting, sequence=2, state="closed", reason="expired", routing=None)
    row(page, "c-left").wait_for()
    console.publish(ESCALATION_ALERTS, "c-left", ESCALATION_ALERT, closed)
    row(page, "c-left").locator(".why").get_by_text("closed: ").wait_for()
    assert not row(page, "c-left").locator(".risk strong").text_content().isdigit(), "a closed alert is no risk"
    page.clock.fast_forward(LONGER_THAN_THE_ENDED_STAY_MS)
    row(page, "c-left").wait_for(state="detached")
    row(page, "c-unseen").wait_for()


def test_a_conversation_that_went_while_the_page_asked_about_it_stays_gone(console: ConsoleWorld, open_page):
    page = open_page("supervisor", timezone_id="UTC")
    asked = []

    def hold(route) -> None:  # the answer is held back
        asked.append(route)

    page.route("**/v1/conversations/c-late", hold)
    is_live(clocked(page))
    console.say(talk("c-else", *CALM, queue="else"))
    choose_queue(page, "else")
    left_angry(console, "c-late")
    page.locator("#queue option[value=left]").wait_for(state="attached")
    page.clock.fast_forward(50_000)
    with page.expect_request("**/v1/conversations/c-late"):
        page.select_option("#queue", "left")  # only now is it painted, and asked about
    row(page, "c-late").wait_for()
    page.clock.fast_forward(12_000)  # it has been there for a minute; the question waits for its answer still
    row(page, "c-late").wait_for(state="detached")
    with page.expect_response("**/v1/conversations/c-late") as answered:
        asked[0].continue_()
    assert answered.value.json()["window"]["ended"] == "customer_left"
    left_angry(console, "c-later")
    row(page, "c-later").wait_for()  # what came behind it is painted
    assert row(page, "c-late").count() == 0


def test_feedback_that_the_gateway_does_not_take_is_said_and_can_be_sent_again(console: ConsoleWorld, open_page):
    name = "c-unsent"
    page = open_page("supervisor")
    console.say(talk(name, *ANGRY))
    confirm = row(page, name).get_by_role("button", name="Confirm")
    confirm.wait_for()
    page.route("**/feedback", lambda route: route.abort())
    confirm.click()
    row(page, name).get_by_text("Not sent: The gateway does not answer.").wait_for()
    assert confirm.get_attribute("aria-pressed") == "false"
    page.unroute("**/feedback")
    confirm.click()
    row(page, name).get_by_text("Confirmed.").wait_for()
    assert [each.verdict for each in feedback_on(console) if each.conversation_id == name] == ["confirmed"]


def test_only_the_chosen_queue_is_shown(console: ConsoleWorld, open_page):
    console.say(talk("c-north", *CALM, queue="north") + talk("c-south", *CALM, queue="south"))
    page = open_page("looker")
    row(page, "c-north").wait_for()
    page.locator("#queue option[value=south]").wait_for(state="attached")
    page.select_option("#queue", "south")
    row(page, "c-south").wait_for()
    assert row(page, "c-north").count() == 0
    assert all("south" in text for text in page.locator(".row .where").all_text_contents())


def test_who_may_only_look_is_offered_no_verdict(console: ConsoleWorld, open_page):
    console.say(talk("c-look", *ANGRY))
    page = open_page("looker")
    row(page, "c-look").locator(".alert:not([hidden]) .badge").wait_for()
    assert page.get_by_role("button", name="Acknowledge").count() == 0


def test_the_order_holds_still_under_somebodys_hands_and_moves_again_on_request(console: ConsoleWorld, open_page):
    console.say(talk("c-calm", *CALM, queue="hold"))
    page = open_page("looker")
    page.locator("#queue option[value=hold]").wait_for(state="attached")
    page.select_option("#queue", "hold")
    row(page, "c-calm").wait_for()
    hold = page.get_by_role("button", name="Hold the order")
    hold.click()
    assert hold.get_attribute("aria-pressed") == "true"
    link = row(page, "c-calm").get_by_role("link")
    link.focus()
    console.say(talk("c-hot", *ANGRY, queue="hold"))
    row(page, "c-hot").locator(".alert:not([hidden]) .badge").wait_for()
    names = page.locator(".row h2 a")
    assert names.all_text_contents() == ["c-calm", "c-hot"]
    assert link.evaluate("node => node === document.activeElement")
    page.get_by_role("button", name="Sort now").click()
    await_that(lambda: names.all_text_contents() == ["c-hot", "c-calm"], "the order of risk")


def test_news_is_told_once_and_politely_and_moods_never(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    said = listening(page)
    console.say(talk("c-quiet", *CALM, queue="told"))
    row(page, "c-quiet").wait_for()
    console.say(talk("c-loud", *ANGRY, queue="told"))

    def told() -> list[str]:
        return [text for text in said() if "told" in text]

    await_that(lambda: bool(told()), "a word about it")
    assert len(told()) == 1
    assert re.fullmatch(r"(Warning|Critical) in told: asks for a supervisor\.", told()[0])
    assert page.locator("#announcer").get_attribute("aria-live") == "polite"
    live = page.locator("[aria-live], [role=status], [role=alert], [role=log]").evaluate_all(
        "nodes => nodes.filter(node => node.id !== 'announcer').length"
    )
    assert live == 0, "nothing else in the list speaks by itself"


def test_what_customers_write_and_call_themselves_is_only_ever_text(console: ConsoleWorld, open_page):
    name = "c-<img src=x onerror=alert(1)>"
    evil = "<script>alert(2)</script><img src='//elsewhere.test/x'> I want your supervisor now, this is outrageous!"
    turns = talk(name, ("customer", evil), *ANGRY, queue="<b onmouseover=alert(3)>bold</b>")
    console.say(turns)
    page = open_page("supervisor")
    mine = row(page, name)
    mine.locator(".alert:not([hidden]) .badge").wait_for()
    assert "<b onmouseover=alert(3)>bold</b>" in mine.locator(".where").text_content()
    mine.get_by_role("link").click()
    page.locator(".turn .text").first.wait_for()
    assert evil in page.locator(".turn .text").all_text_contents()
    assert page.locator("main img, main script, main b").count() == 0


def test_where_the_policy_forbids_quoting_no_word_reaches_the_page(console: ConsoleWorld, open_page):
    name = "c-unquoted"
    console.say(talk(name, *ANGRY))
    answers = []
    page = open_page("looker", url=console.silent_url)
    page.on("response", lambda answer: answers.append(answer) if "/v1/conversations" in answer.url else None)
    mine = row(page, name)
    mine.locator(".alert:not([hidden]) .badge").wait_for()
    mine.locator("summary").click()
    mine.locator(".evidence li").first.wait_for()
    assert "Its words are not shown here." in mine.locator(".evidence").text_content()
    mine.get_by_role("link").click()
    page.locator(".turn").first.wait_for()
    assert page.locator(".turn .text, q").count() == 0
    bodies = [answer.text() for answer in answers]
    assert bodies
    assert not [body for body in bodies for _, text in ANGRY if text in body]
