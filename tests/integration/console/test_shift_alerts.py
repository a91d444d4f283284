"""Alerts over a shift: verdicts, evidence, what is announced, and rows that go."""

import re
from threading import Event

from tests.support.console_events import (
    HTML,
    LONGER_THAN_THE_ENDED_STAY_MS,
    SOON_MS,
    alert_of,
    alerted,
    choose_queue,
    clocked,
    is_live,
    listening,
    put_alert,
    put_move,
    put_window,
    row,
)
from tests.support.console_world import ANGRY, ConsoleWorld, talk
from tests.support.loops import await_that

ANOTHER = {"rule": "self_harm", "reason": "self_harm", "severity": "critical"}


def test_a_proxys_own_page_is_no_receipt_for_a_verdict(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    put_window(console, "c-proxy")
    put_alert(console, alert_of("c-proxy"))
    confirm = alerted(page, "c-proxy").get_by_role("button", name="Confirm")
    page.route("**/feedback", lambda route: route.fulfill(**HTML))
    confirm.click()
    told = row(page, "c-proxy").locator(".told")
    told.get_by_text(re.compile(r"\.$")).wait_for()
    assert told.text_content() == "Not sent: The answer was not the gateway's."
    assert confirm.get_attribute("aria-pressed") == "false"


def test_an_answer_about_one_alert_is_not_said_of_the_next(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    said = listening(page)
    put_window(console, "c-next")
    put_alert(console, alert_of("c-next"))
    held = []

    def hold(route) -> None:  # the answer is held back
        held.append(route)

    page.route("**/feedback", hold)
    mine = row(page, "c-next")
    mine.get_by_role("button", name="Acknowledge").click()
    mine.get_by_text("Sending…").wait_for()
    put_alert(console, alert_of("c-next", sequence=2, state="closed", reason="recovered", routing=None))
    put_alert(console, alert_of("c-next", alert_id="a-next-2", **ANOTHER))
    mine.locator(".why").get_by_text("speaks of suicide").wait_for()
    held[0].continue_()
    await_that(lambda: "Acknowledged." in said(), "the answer, which is said aloud once it is written down")
    assert mine.locator(".told").text_content() == ""


def test_a_press_that_was_meant_for_the_alert_before_is_not_taken(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    put_window(console, "c-swap")
    put_alert(console, alert_of("c-swap"))
    mine = alerted(page, "c-swap")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/feedback") else None)
    mine.locator(".why").evaluate(
        """why => {
          const press = () => why.textContent.includes("suicide")
            && setTimeout(() => why.closest(".alert").querySelector("[data-verdict=false_alarm]").click(), 100);
          new MutationObserver(press).observe(why, {childList: true, characterData: true, subtree: true});
        }"""
    )
    put_alert(console, alert_of("c-swap", alert_id="a-swap-2", **ANOTHER))
    mine.locator(".told").get_by_text(re.compile(r"\.$")).wait_for()
    assert mine.locator(".told").text_content() == "Not sent: another alert has just come here."
    assert asked == []


def test_evidence_that_is_not_to_be_had_is_not_asked_for_again_and_again(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    is_live(page)
    with page.expect_response("**/v1/conversations/c-ev"):  # its mood line, which is asked for at the same address
        put_alert(console, alert_of("c-ev", queue="evidence"))
        choose_queue(page, "evidence")
    mine = alerted(page, "c-ev")
    asked = []
    page.route("**/v1/conversations/c-ev", lambda route: (asked.append(1), route.fulfill(status=404, body="{}")))
    mine.locator("summary").click()
    mine.locator(".evidence .fault").wait_for()
    for step in range(1, 7):  # the list is painted anew with each
        put_alert(console, alert_of("c-noise", queue="evidence", sequence=step, risk=step / 10))
        row(page, "c-noise").locator(".risk").get_by_text(f"{step}0", exact=True).wait_for()
    assert len(asked) <= 2


def test_evidence_that_was_not_at_hand_yet_is_asked_for_again(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"))
    is_live(page)
    at_hand = Event()

    def without_turns(route) -> None:  # as a gateway answers that has just been started
        answer = route.fetch()
        told = answer.json()
        route.fulfill(response=answer, json=told if at_hand.is_set() else {**told, "turns": []})

    console.say(talk("c-yet", *ANGRY))
    mine = alerted(page, "c-yet")
    page.route("**/v1/conversations/c-yet", without_turns)
    mine.locator("summary").click()
    mine.locator(".evidence").get_by_text("not at hand any more").first.wait_for()
    at_hand.set()
    page.clock.run_for(20_000)
    mine.locator(".evidence q").first.wait_for(timeout=SOON_MS)


def test_alerts_that_only_the_lists_told_of_are_told_too(console: ConsoleWorld, open_page):
    page = open_page("supervisor", timezone_id="UTC")
    empty = {"status": 200, "content_type": "text/event-stream", "body": ": alive\n\n"}
    page.route("**/v1/events*", lambda route: route.fulfill(**empty))  # a stream that breaks before it tells anything
    clocked(page)
    page.locator(".count").get_by_text("live").wait_for()  # what the first lists tell is no news
    said = listening(page)
    put_window(console, "c-list", queue="listed")
    put_alert(console, alert_of("c-list", queue="listed", severity="critical"))
    alerted(page, "c-list")
    page.clock.run_for(11_000)
    assert [text for text in said() if "listed" in text]


def test_a_late_move_or_closing_brings_nothing_back(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    is_live(page)
    put_move(console, "c-ghost", sequence=2, kind="withdraw")
    put_alert(console, alert_of("c-ghost-2", sequence=3, state="closed", reason="ended", routing=None))
    put_window(console, "c-behind", queue="behind")
    put_move(console, "c-behind", key="c-ghost")
    put_alert(console, alert_of("c-behind-2", queue="behind-2"), key="c-ghost-2")
    page.locator("#queue option[value=behind-2]").wait_for(state="attached")
    page.goto(f"{console.url}/console/#/conversation/c-behind")
    page.locator(".move").wait_for()  # what was published behind both has come
    page.go_back()
    page.locator(".row").first.wait_for()
    more = page.get_by_role("button", name="Show all")
    if more.is_visible():
        more.click()  # what has neither mood nor risk comes last
    assert [row(page, name).count() for name in ("c-behind", "c-ghost", "c-ghost-2")] == [1, 0, 0]


def test_who_points_at_a_row_finds_it_in_its_place_when_the_one_above_goes(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"))
    is_live(page)
    put_window(console, "c-above", queue="place", ended="customer_left")
    choose_queue(page, "place")
    row(page, "c-above").wait_for()
    page.get_by_role("button", name="Hold the order").click()
    put_window(console, "c-below", queue="place")
    put_alert(console, alert_of("c-below", queue="place"))
    below = alerted(page, "c-below")
    assert page.locator(".row h2 a").all_text_contents() == ["c-above", "c-below"]
    below.hover()
    before = below.bounding_box()["y"]

    page.clock.fast_forward(LONGER_THAN_THE_ENDED_STAY_MS)
    gone = page.locator(".row[inert]")
    gone.wait_for(timeout=SOON_MS)
    assert gone.locator("h2 a").all_text_contents() == ["c-above"]
    assert below.bounding_box()["y"] == before

    page.mouse.move(1, 1)  # nobody is about to press anything in the list any more
    page.clock.run_for(10_000)
    gone.wait_for(state="detached", timeout=SOON_MS)
    assert page.locator(".row h2 a").all_text_contents() == ["c-below"]
