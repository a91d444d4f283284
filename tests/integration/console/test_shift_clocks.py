"""Time in a shift: clocks that are wrong or put back, midnight, and a page that is cut off for long."""

import re
from datetime import UTC, datetime, timedelta

from tests.support.console_events import (
    HTML,
    MINUTE_MS,
    SOON_MS,
    alert_of,
    alerted,
    call_back,
    choose_queue,
    clocked,
    cut_off,
    is_live,
    left_angry,
    now_ms,
    put_alert,
    put_move,
    put_window,
    row,
)
from tests.support.console_world import CALM, ConsoleWorld, talk
from tests.support.loops import await_that

OFF = timedelta(minutes=10)


def test_a_clock_that_is_fast_ages_nothing_and_ends_no_move(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"), datetime.now(UTC) + OFF)
    put_window(console, "c-fast", queue="fast")
    put_move(console, "c-fast", lives_ms=5 * MINUTE_MS)
    choose_queue(page, "fast")
    mine = row(page, "c-fast")
    mine.locator(".where").get_by_text(re.compile(r"· \d s ago$")).wait_for(timeout=SOON_MS)
    mine.get_by_role("link").click()
    page.locator(".move").wait_for(timeout=SOON_MS)


def test_a_clock_that_is_slow_shows_no_move_that_is_over(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"), datetime.now(UTC) - OFF)
    is_live(page)
    for name in ("c-slow", "c-behind-slow"):
        put_window(console, name)
    put_move(console, "c-slow", lives_ms=-MINUTE_MS)
    put_move(console, "c-behind-slow", key="c-slow")
    page.goto(f"{console.url}/console/#/conversation/c-behind-slow")
    page.locator(".move").wait_for()  # so that the one before it has come as well
    page.goto(f"{console.url}/console/#/conversation/c-slow")
    page.get_by_role("heading", name="Conversation c-slow", exact=True).wait_for()
    page.locator("figure").wait_for()  # painted with the move, where there is one
    assert page.locator(".move").is_hidden()


def test_a_clock_that_is_put_back_does_not_stop_the_conversation(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"))
    put_window(console, "c-back")
    page.goto(f"{console.url}/console/#/conversation/c-back")
    page.locator("figure").wait_for()
    page.clock.set_system_time(datetime.now(UTC) - OFF)
    with page.expect_request("**/v1/conversations/c-back", timeout=SOON_MS):
        put_window(console, "c-back", revision=99)


def test_a_time_gets_its_date_when_its_day_is_over(console: ConsoleWorld, open_page):
    console.say(talk("c-night", *CALM))
    console.await_conversations(["c-night"])
    page = clocked(open_page("supervisor", timezone_id="UTC", at="#/conversation/c-night"))
    page.locator(".turn").last.wait_for()
    page.clock.fast_forward(24 * 60 * MINUTE_MS)
    page.clock.run_for(20_000)
    dated = re.compile(r"\d{4}")
    page.locator("figcaption", has_text=dated).wait_for()
    page.locator(".turn .who", has_text=dated).first.wait_for(timeout=SOON_MS)


def test_a_page_that_is_cut_off_for_long_keeps_what_it_knows(console: ConsoleWorld, open_page):
    page = clocked(open_page("supervisor", timezone_id="UTC"))
    is_live(page)
    put_window(console, "c-cut")
    put_alert(console, alert_of("c-cut", severity="critical"))
    alerted(page, "c-cut")
    cut_off(page)
    page.clock.fast_forward(21 * MINUTE_MS)
    page.clock.run_for(6_000)  # it is tidied and painted in that time
    assert row(page, "c-cut").count() == 1


def test_a_proxys_own_page_is_no_stream(console: ConsoleWorld, open_page):
    page = open_page("supervisor", timezone_id="UTC")
    page.route("**/v1/events*", lambda route: route.fulfill(**HTML))
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
          const link = document.getElementById("link-state");
          window.states = [];
          new MutationObserver(() => window.states.push(link.dataset.state)).observe(link, {attributes: true});
        })"""
    )
    clocked(page)

    def tried_again() -> bool:
        page.clock.run_for(2_000)
        return page.evaluate("window.states.filter(state => state === 'away').length") > 1

    await_that(tried_again, "a second try")
    assert "live" not in page.evaluate("window.states")
    page.unroute("**/v1/events*")
    page.clock.run_for(16_000)  # the longest wait between two tries
    is_live(page)


def test_a_line_that_could_not_be_had_is_asked_for_again(console: ConsoleWorld, open_page):
    page = open_page("supervisor", timezone_id="UTC")
    is_live(page)
    line = "**/v1/conversations/c-line"
    with page.expect_response(line):
        left_angry(console, "c-line", call_back("c-line", now_ms()))
        choose_queue(page, "left")
    page.route(line, lambda route: route.fulfill(status=503, body="{}"))
    with page.expect_response(line):
        clocked(page)  # the lists know no window of it
        choose_queue(page, "left")
    where = row(page, "c-line").locator(".where")
    where.get_by_text("ended").wait_for()
    is_live(page)
    page.unroute(line)
    page.clock.run_for(31_000)  # the next lists
    where.get_by_text("the customer left").wait_for(timeout=SOON_MS)
