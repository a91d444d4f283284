"""What the page says by itself and when, and how it tells a time."""

from collections.abc import Callable, Iterator

import pytest

LISTEN = """async () => {
  const { Announcer } = await import("/console/announcer.js");
  const region = document.createElement("p");
  window.told = [];
  const note = () => region.textContent && window.told.push(region.textContent);
  new MutationObserver(note).observe(region, { childList: true });
  window.announcer = new Announcer(region);
}"""


@pytest.fixture
def listener(chromium, files_url: str) -> Iterator[Callable[[str], list[str]]]:
    """Tell an announcer things in one breath; answers with all that it has said half a minute later."""
    with chromium.new_context() as context:
        page = context.new_page()
        page.clock.install()
        page.goto(files_url)
        page.evaluate(LISTEN)

        def told(script: str) -> list[str]:
            page.evaluate(script)
            page.clock.run_for(30_000)
            return page.evaluate("window.told.splice(0)")

        yield told


LOST = 'announcer.connection(true, "Lost.");'
BACK = 'announcer.connection(false, "Back.");'


def of_alert(name: str, text: str, critical: str = "false") -> str:
    return f'announcer.alert({{ id: "{name}", critical: {critical}, text: "{text}" }});'


def test_a_connection_that_is_back_before_anybody_was_told_is_not_spoken_of(listener):
    assert listener(LOST + BACK + LOST + BACK) == []
    assert listener(LOST) == ["Lost."]
    assert listener(BACK + LOST) == []
    assert listener(BACK) == ["Back."]


def test_only_alerts_are_counted_and_the_connection_is_told_after_them(listener):
    assert listener(LOST + of_alert("a", "One.")) == ["One.", "Lost."]
    assert listener(of_alert("a", "One.") + BACK + of_alert("b", "Two.", "true")) == [
        "2 new alerts, 1 of them critical.",
        "Back.",
    ]


def test_an_alert_that_becomes_graver_before_it_is_told_is_one(listener):
    assert listener(of_alert("a", "Warning.") + of_alert("a", "Critical.", "true")) == ["Critical."]


def test_a_time_that_is_not_of_today_has_its_date(chromium, files_url):
    with chromium.new_context(locale="en-GB", timezone_id="UTC") as context:
        page = context.new_page()
        page.goto(files_url)
        told = page.evaluate(
            """async (times) => {
              const { pointInTime } = await import("/console/words.js");
              return times.map(([ms, nowMs]) => pointInTime(ms, nowMs));
            }""",
            [[0, 86_399_999], [0, 86_400_000], [86_400_000, 0]],
        )
    assert told == ["00:00:00", "1 Jan 1970, 00:00:00", "2 Jan 1970, 00:00:00"]
