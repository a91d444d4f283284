"""Whoever works in the list or reads a page keeps their place, and sees what is newest and gravest."""

from itertools import count

from msgspec import structs, to_builtins

from tests.integration.console.test_views import signal
from tests.support.console_events import SOON_MS, alert_of, choose_queue, clocked, put_alert, put_window, row
from tests.support.console_world import AGENT, ANGRY, ConsoleWorld, talk

MORE_THAN_AT_FIRST = 45


def test_the_order_is_held_also_after_a_look_at_one_conversation(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    put_window(console, "c-look-1", queue="look")
    choose_queue(page, "look")
    hold = page.get_by_role("button", name="Hold the order")
    hold.click()
    row(page, "c-look-1").get_by_role("link").click()
    page.locator("figure").wait_for()
    page.go_back()
    hold.wait_for()
    assert hold.get_attribute("aria-pressed") == "true"


def test_sort_now_leaves_the_focus_on_what_holds_the_order(console: ConsoleWorld, open_page):
    page = open_page("supervisor")
    put_window(console, "c-sort-1", queue="sort", mood=0.9)
    choose_queue(page, "sort")
    row(page, "c-sort-1").wait_for()
    page.get_by_role("button", name="Hold the order").click()
    put_window(console, "c-sort-2", queue="sort")
    put_alert(console, alert_of("c-sort-2", queue="sort"))
    page.get_by_role("button", name="Sort now").focus()
    page.keyboard.press("Enter")
    page.locator("button:focus", has_text="Hold the order").wait_for(timeout=SOON_MS)


def test_my_day_stands_still_where_nothing_changed(console: ConsoleWorld, open_page):
    page = open_page("agent", timezone_id="UTC")
    told, strain = signal(AGENT, 56, "high", ("hostile_turns", 40.0)), count(56)

    def a_little_more(route) -> None:
        now = structs.replace(told, acute=next(strain))
        route.fulfill(json={"wellbeing": to_builtins(now), "readers": []})

    page.route("**/wellbeing", a_little_more)
    clocked(page)
    page.get_by_text("56 of 100").wait_for()
    page.evaluate("window.was = [...document.querySelectorAll('main li')]")
    page.clock.run_for(61_000)
    page.get_by_text("57 of 100").wait_for()  # painted after the lists
    assert page.evaluate("window.was.length > 0 && window.was.every(item => item.isConnected)")


def test_the_newest_of_a_curve_is_to_be_seen_at_400_percent(console: ConsoleWorld, open_page):
    console.say(talk("c-zoom", *ANGRY))
    console.await_conversations(["c-zoom"])
    page = open_page("supervisor", at="#/conversation/c-zoom", viewport={"width": 320, "height": 256})
    page.locator(".curve canvas").wait_for()
    room, drawn = page.evaluate(
        "[document.querySelector('.curve').clientWidth, document.querySelector('.curve .uplot').offsetWidth]"
    )
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert drawn <= room
    assert beyond <= 0


def test_what_is_risky_is_in_sight_also_behind_a_long_list_that_holds_still(console: ConsoleWorld, open_page):
    for number in range(MORE_THAN_AT_FIRST):
        put_window(console, f"c-many-{number:02}", queue="many")
    page = open_page("supervisor")
    choose_queue(page, "many")
    page.locator(".row").nth(39).wait_for()
    page.get_by_role("button", name="Hold the order").click()
    put_window(console, "c-many-hot", queue="many")
    put_alert(console, alert_of("c-many-hot", queue="many", severity="critical"))
    page.locator(".count").get_by_text("1 alert").wait_for()
    row(page, "c-many-hot").locator(".alert:not([hidden]) .badge").wait_for(timeout=SOON_MS)
