"""Every view: what it says, that nothing in it shuts anybody out, and that a keyboard and a phone are enough."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.console_world import AGENT, ANGRY, TEAM, ConsoleWorld, talk
from warmline.contracts.times import Times
from warmline.contracts.wellbeing import Because, WellbeingSignal

axe_module = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")

GRAVE = {"serious", "critical"}
CONTRAST = {"runOnly": ["color-contrast"]}
DESK_BY_DAY = {"color_scheme": "light", "reduced_motion": "reduce"}
PHONE_IN_THE_DARK = {
    "color_scheme": "dark",
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}
NAME = "c-views"
WORKED = (
    *ANGRY,
    ("agent", "I am so sorry, I understand how frustrating that is. I will sort the double charge out myself now."),
    ("customer", "Okay, thank you, that helps a lot."),
    ("agent", "You are welcome, and thank you for your patience."),
    ("customer", "Great, I am really relieved, thanks."),
)


def signal(agent_id: str, acute: int, band: str, *because: tuple[str, float], kind: str = "raised") -> WellbeingSignal:
    now = time.time_ns() // 1_000_000
    return WellbeingSignal(
        signal_id=f"{agent_id}-{now}",
        agent_id=agent_id,
        kind=kind,
        acute=acute,
        chronic=12,
        band=band,
        since=now - 60_000,
        because=tuple(Because(factor=factor, points=points) for factor, points in because),
        evidence=("c-1", "c-2"),
        as_of=now,
        policy="test",
        times=Times(spoken=now, received=now, scored=now, windowed=now, published=now),
    )


@pytest.fixture(scope="module")
def told(console: ConsoleWorld) -> ConsoleWorld:
    """A conversation with an alert and a met moment, and signals of agents."""
    console.say(talk(NAME, *WORKED))
    heavy = (("hostile_turns", 40.0), ("hard_minutes", 22.0), ("positive_contacts", -6.5))
    console.signal(signal(AGENT, 56, "high", *heavy, kind="break_suggested"))
    for agent_id, band in zip(TEAM, ("calm", "elevated", "elevated", "high", "calm"), strict=True):
        console.signal(signal(agent_id, 20, band))
    console.await_conversations([NAME])
    return console


def live(open_page: Callable, look: dict):
    page = open_page("supervisor", **look)
    mine = page.locator(".row").filter(has=page.get_by_role("link", name=NAME, exact=True))
    mine.locator(".alert:not([hidden]) .badge").wait_for()
    mine.locator("summary").click()
    mine.locator(".evidence li").first.wait_for()
    return page


def conversation(open_page: Callable, look: dict):
    page = open_page("supervisor", at=f"#/conversation/{NAME}", **look)
    page.locator(".turn").last.wait_for()
    return page


def team(open_page: Callable, look: dict):
    page = open_page("supervisor", at="#/team/north", **look)
    page.locator(".bands").wait_for()
    return page


def small_team(open_page: Callable, look: dict):
    page = open_page("supervisor", at="#/team/pair", **look)
    page.get_by_text("This group is too small").wait_for()
    return page


def own_day(open_page: Callable, look: dict):
    page = open_page("agent", **look)
    page.locator(".good-first li").wait_for()
    return page


def sign_in(open_page: Callable, look: dict):
    page = open_page(None, **look)
    page.fill("#key", "wl_no_key")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This key is not known here.").wait_for()
    return page


def nothing(open_page: Callable, look: dict):
    page = open_page("platform", **look)
    page.get_by_text("Your key opens no view").wait_for()
    return page


VIEWS = (live, conversation, team, small_team, own_day, sign_in, nothing)


def test_axe_finds_nothing_serious_on_a_desk_by_day_and_in_the_dark(told: ConsoleWorld, open_page):
    """Everything is looked at by day. In the dark only colours are others, so only contrast is looked at again."""
    grave = []
    for view in VIEWS:
        page = view(open_page, DESK_BY_DAY)
        grave += faults(page, view)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        grave += faults(page, view, CONTRAST)
        page.close()
    assert grave == []


def test_axe_finds_nothing_serious_on_a_phone_and_nothing_sticks_out_at_the_side(told: ConsoleWorld, open_page):
    grave, wide = [], []
    for view in VIEWS:
        page = view(open_page, PHONE_IN_THE_DARK)
        grave += faults(page, view)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            wide.append(f"{view.__name__}: {beyond} px")
        page.close()
    assert grave == []
    assert wide == []


def faults(page, view: Callable, options: dict | None = None) -> list[str]:
    """Return what axe finds and what is serious, in the colours that the page has now."""
    found = axe_module.Axe().run(page, options={"resultTypes": ["violations"], **(options or {})})
    return [
        f"{view.__name__}: {each['id']} ({each['impact']}) at {[node['target'] for node in each['nodes']][:3]}"
        for each in found.response["violations"]
        if each["impact"] in GRAVE
    ]


def test_axe_would_have_found_a_colour_that_is_too_faint(open_page):
    page = open_page(None)
    assert faults(page, sign_in, CONTRAST) == []
    page.evaluate("document.querySelector('main h1').style.color = getComputedStyle(document.body).backgroundColor")
    assert len(faults(page, sign_in, CONTRAST)) == 1


def test_axe_would_have_found_something(open_page):
    page = open_page(None)
    page.evaluate("document.querySelector('label[for=key]').remove()")
    found = axe_module.Axe().run(page).response["violations"]
    assert {each["impact"] for each in found} & GRAVE


def test_a_conversation_tells_turn_by_turn_what_was_heard_and_what_worked(told: ConsoleWorld, open_page):
    page = conversation(open_page, {})
    assert page.locator(".turn").count() == len(WORKED)
    assert page.locator(".turn .text").all_text_contents() == [text for _, text in WORKED]
    assert "asks for a supervisor" in page.locator(".turn").nth(2).text_content()
    assert page.locator(".curve canvas").count() == 1
    assert "now" in page.locator("figcaption").text_content()
    page.locator(".turn .moment[data-outcome=met]").first.wait_for()
    worked = page.get_by_role("heading", name="What worked").locator("xpath=..").locator("li")
    assert "after 8 s" in worked.first.text_content()
    console_turn = talk(NAME, *WORKED, ("customer", "One more thing, thank you again."))[-1]
    told.say([console_turn])
    page.get_by_text("One more thing, thank you again.").wait_for()


def test_a_turn_that_speaks_of_self_harm_says_so_before_all_else(told: ConsoleWorld, open_page):
    told.say(talk("c-grave", ("customer", "I do not want to live any more, I want to kill myself.")))
    told.await_conversations(["c-grave"])
    page = open_page("supervisor", at="#/conversation/c-grave")
    page.locator(".turn .cue").first.wait_for()
    assert page.locator(".turn .cue").first.text_content() == "speaks of suicide or self-harm"


def test_an_agents_day_begins_with_what_did_good_and_says_who_else_sees_it(told: ConsoleWorld, open_page):
    page = own_day(open_page, {})
    assert page.locator("h1").text_content() == "Your day"
    headings = page.locator("main h2").all_text_contents()
    assert headings.index("What did good") < headings.index("What weighed")
    (good,) = page.locator(".good-first li").all_text_contents()
    assert good.startswith("thanks, relief and turned-around contacts: ")
    assert "A break would help now" in page.locator(".advice").text_content()
    assert "High" in page.locator(".band").text_content()
    page.get_by_text("care: talks with you when it gets too much").wait_for()
    assert page.locator("nav a").all_text_contents() == ["My day"], "an agent's key opens nobody else's view"


def test_what_weighed_days_ago_has_its_date_and_suggests_no_break_now(told: ConsoleWorld, open_page):
    page = own_day(open_page, {"timezone_id": "UTC"})  # a session of its own, since its clock is moved
    assert page.locator(".advice").is_visible()
    page.get_by_text("Load of today").wait_for()
    days_later = datetime.now(UTC) + timedelta(days=10)
    page.clock.install(time=days_later)
    page.reload()
    page.get_by_text("Load of that day").wait_for()
    assert page.locator(".advice").is_hidden()
    date = re.compile(r"\d{1,2} \w{3,4} \d{4}, \d\d:\d\d:\d\d")
    assert date.search(page.locator(".band").text_content())
    assert date.search(page.get_by_text("Last change").text_content())


def test_a_team_is_asked_for_again_when_its_name_is_sent_again(told: ConsoleWorld, open_page):
    page = team(open_page, {})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/teams/" in request.url else None)
    show = page.get_by_role("button", name="Show")
    page.route("**/v1/teams/**", lambda route: route.abort())
    show.click()
    fault = page.locator("main .fault")
    fault.get_by_text("The gateway does not answer.").wait_for()
    assert page.locator(".bands").is_hidden(), "nobody knows whether the counts still hold"
    page.unroute("**/v1/teams/**")
    show.click()
    page.locator(".bands").wait_for()
    assert fault.text_content() == ""
    assert [url.rsplit("/v1", 1)[1] for url in asked] == ["/teams/north/wellbeing"] * 2


def test_signed_out_is_said_only_where_the_gateway_says_so(told: ConsoleWorld, open_page):
    page = open_page(None, color_scheme="dark", reduced_motion="reduce")  # a session that nobody signed in to
    page.fill("#key", told.keys["supervisor"])
    page.press("#key", "Enter")
    sign_out, trouble = page.locator("#sign-out"), page.locator("#trouble")
    sign_out.wait_for()
    page.locator(".row").first.wait_for()
    answers = (
        lambda route: route.abort(),
        lambda route: route.fulfill(status=503, body="{}"),
        lambda route: route.fulfill(status=200, body="<p>A proxy's own page.</p>"),
    )
    for answer in answers:
        page.route("**/v1/session", answer)
        with page.expect_request("**/v1/session"):
            sign_out.click()
        trouble.get_by_text("You are still signed in: signing out did not work.").wait_for()
        page.locator("#announcer").get_by_text("You are still signed in").wait_for()
        assert page.locator(".row").count() > 0
        page.unroute("**/v1/session")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert faults(page, live) == []
    page.reload()
    sign_out.wait_for()  # it was true
    sign_out.click()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert trouble.text_content() == ""
    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_who_is_not_known_any_more_is_signed_out(told: ConsoleWorld, open_page):
    page = open_page("looker", reduced_motion="reduce")
    page.route("**/v1/session", lambda route: route.fulfill(status=401, body="{}"))
    page.locator("#sign-out").click()
    page.get_by_role("heading", name="Sign in").wait_for()


def test_a_team_is_counts_without_names_and_a_small_one_is_not_shown(told: ConsoleWorld, open_page):
    page = team(open_page, {})
    rows = page.locator(".bands tbody tr")
    assert rows.locator("th").all_text_contents() == ["Calm", "Elevated", "High", "Severe"]
    assert rows.locator("td:nth-child(2)").all_text_contents() == ["2", "2", "1", "0"]
    assert not [agent for agent in TEAM if agent in page.locator("main").text_content()]
    page.fill("#team", "pair")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("This group is too small").wait_for()
    assert page.locator(".bands").is_hidden()


def test_a_keyboard_is_enough_from_the_key_to_the_verdict(told: ConsoleWorld, open_page, sessions):
    told.say(talk("c-keys", *ANGRY, queue="keys"))
    page = open_page(None, color_scheme="light", reduced_motion="reduce")  # a session that nobody signed in to
    keyboard = page.keyboard
    assert focused(page) == "key"
    keyboard.type(told.keys["supervisor"])
    keyboard.press("Enter")
    page.locator("#sign-out").wait_for()
    page.locator("#queue option[value=keys]").wait_for(state="attached")
    page.focus("h1")
    tab_to(page, "queue")
    keyboard.type("keys")
    page.locator(".row .alert:not([hidden]) .badge").wait_for()
    tab_to(page, "acknowledged")
    keyboard.press("Enter")
    page.locator(".told").get_by_text("Acknowledged.").wait_for()
    assert focused(page) == "acknowledged", "the focus stays where it was"
    page.click("#sign-out")
    page.locator("#key").wait_for()
    assert focused(page) == "key"


def focused(page) -> str:
    return page.evaluate("document.activeElement.id || document.activeElement.dataset.verdict || ''")


def tab_to(page, name: str, most: int = 15) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", "it can be seen"
            return
    pytest.fail(f"{name} is not reached by the tab key")


def test_a_key_that_is_taken_away_ends_the_session_on_the_page(told: ConsoleWorld, open_page):
    page = open_page("gone")
    page.locator(".row").first.wait_for()
    told.revoke("gone")
    told.await_refusal("gone")
    page.reload()
    page.get_by_role("heading", name="Sign in").wait_for()
    assert page.locator(".row").count() == 0
