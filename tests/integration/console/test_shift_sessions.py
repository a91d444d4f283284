"""Who signs in, takes over and is away in a shift of ten hours."""

from tests.support.console_events import (
    SOON_MS,
    alert_of,
    alerted,
    choose_queue,
    clocked,
    is_live,
    listening,
    now_ms,
    put_alert,
    put_window,
    row,
    sign_in,
    sign_out,
)
from tests.support.console_world import ConsoleWorld
from tests.support.loops import await_that


def test_signing_in_twice_in_one_breath_opens_one_stream(console: ConsoleWorld, open_page):
    page = open_page(None, color_scheme="dark")
    begun, over, keys, answers = [], [], [], []

    def note(into: list, part: str):
        return lambda each: into.append(each.url) if part in each.url else None

    page.on("request", note(begun, "/v1/events"))
    for end in ("requestfinished", "requestfailed"):
        page.on(end, note(over, "/v1/events"))
    page.on("request", note(keys, "/v1/session"))
    page.on("response", note(answers, "/v1/session"))
    page.fill("#key", console.keys["supervisor"])
    page.evaluate("() => { for (const _ of [1, 2]) document.querySelector('form').requestSubmit(); }")
    is_live(page)

    def as_many(some: list, others: list) -> bool:
        page.title()  # what the page did is told while it is asked for something
        return len(some) == len(others)

    await_that(lambda: as_many(answers, keys), "every answer")
    sign_out(page)
    await_that(lambda: as_many(over, begun), "the end of every stream", timeout_s=SOON_MS / 1000)
    assert len(begun) == 1


def test_who_takes_over_finds_nothing_of_who_was_there(console: ConsoleWorld, open_page):
    page = clocked(open_page(None, color_scheme="dark", locale="en-US"))
    sign_in(page, console, "supervisor")
    put_window(console, "c-over", queue="over")
    put_alert(console, alert_of("c-over", queue="over", severity="warning"))
    choose_queue(page, "over")
    mine = row(page, "c-over")
    mine.get_by_role("button", name="Confirm").click()
    mine.get_by_text("Confirmed.").wait_for()
    graver = alert_of("c-over", queue="over", alert_id="a-over-2", severity="critical", opened_at=now_ms() + 1)
    put_alert(console, graver)
    mine.locator(".badge").get_by_text("Critical").wait_for()  # to be told once "Confirmed." had its time
    sign_out(page)
    said = listening(page)
    page.clock.run_for(11_000)
    assert [text for text in said() if "over" in text] == []
    sign_in(page, console, "supervisor")
    page.locator("#queue option[value=over]").wait_for(state="attached")
    assert page.input_value("#queue") == ""


def test_no_verdict_of_who_was_there_is_shown_as_ones_own(console: ConsoleWorld, open_page):
    page = open_page(None, color_scheme="light", locale="en-US")
    sign_in(page, console, "supervisor")
    put_window(console, "c-own", queue="own")
    put_alert(console, alert_of("c-own", queue="own"))
    confirm = row(page, "c-own").get_by_role("button", name="Confirm")
    confirm.click()
    row(page, "c-own").get_by_text("Confirmed.").wait_for()
    sign_out(page)
    sign_in(page, console, "supervisor")
    alerted(page, "c-own")
    assert confirm.get_attribute("aria-pressed") == "false"


def test_who_may_not_see_a_day_any_more_sees_it_no_longer(console: ConsoleWorld, open_page):
    page = clocked(open_page("agent", timezone_id="UTC"))
    page.locator(".good-first li").wait_for()
    page.route("**/wellbeing", lambda route: route.fulfill(status=403, body="{}"))
    page.clock.run_for(61_000)
    page.get_by_text("This page is for the agent").wait_for()
    assert page.locator(".good-first").is_hidden()


def test_a_gateway_that_is_away_when_the_page_opens_signs_nobody_out(console: ConsoleWorld, open_page):
    page = open_page("supervisor", timezone_id="UTC")
    page.route("**/v1/session", lambda route: route.fulfill(status=503, body="{}"))
    clocked(page)
    trouble = page.locator("#trouble")
    trouble.get_by_text("If you were signed in, you still are: trying again.").wait_for(timeout=SOON_MS)
    page.unroute("**/v1/session")
    page.clock.run_for(4_000)
    page.locator("#sign-out").wait_for(timeout=SOON_MS)
    assert trouble.text_content() == ""
