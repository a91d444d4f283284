"""The console's parts that decide: reading the event stream, and keeping the floor in order, whatever comes when."""

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import uvicorn
from hypothesis import given, settings, strategies as st
from starlette.routing import Router

from warmline.console.files import CONSOLE, console_routes
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.waiting import wait_until

READ = """async (chunks) => {
  const { EventParser } = await import("/console/stream.js");
  const parser = new EventParser();
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return { events, lastId: parser.lastId };
}"""
REPLAY = """async (steps) => {
  const { Floor } = await import("/console/floor.js");
  const floor = new Floor();
  for (const [kind, value] of steps) {
    if (kind === "window") floor.takeWindow(value, 1000);
    if (kind === "alert") floor.takeAlert(value, 1000);
    if (kind === "snapshot") floor.snapshot(value, 1000);
  }
  return floor.ordered().map(({ id, revision, risk, mood, moments, alert, points, ended }) =>
    ({ id, revision, risk, mood, moments, sequence: alert?.sequence ?? null, points, ended }));
}"""


@pytest.fixture(scope="module")
def files_url() -> Iterator[str]:
    """The console's files alone, served over HTTP."""
    (port,) = free_ports(1)
    config = uvicorn.Config(Router(console_routes()), host=LOOPBACK, port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="console files")
    thread.start()
    wait_until(lambda: server.started, timeout=20, what="the console's files")
    yield f"http://{LOOPBACK}:{port}{CONSOLE}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def page(chromium, files_url: str):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(files_url)
    yield page
    context.close()


lines = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=12)
events = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["alert", "window", "reset"]),
        "data": st.lists(lines, min_size=1, max_size=3),
        "id": st.text("abc0123456789-", min_size=1, max_size=8),
        "noise": st.sampled_from(["", ": alive\n\n", "retry: 2000\n\n", ":\n", "unknown: field\n"]),
    }
)


@settings(max_examples=30, deadline=None)
@given(sent=st.lists(events, max_size=6), end=st.sampled_from(["\n", "\r\n", "\r"]), cuts=st.lists(st.integers(0, 400)))
def test_events_are_read_whole_however_the_stream_is_cut(page, sent, end, cuts):
    text = "".join(
        f"{event['noise']}event: {event['type']}\nid: {event['id']}\n"
        + "".join(f"data: {line}\n" for line in event["data"])
        + "\n"
        for event in sent
    ).replace("\n", end)
    text += ":\n"  # a lone carriage return at the end waits for what follows
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    chunks = [text[start:stop] for start, stop in pairwise(places)]
    told = page.evaluate(READ, chunks)
    assert told["events"] == [{"type": event["type"], "data": "\n".join(event["data"])} for event in sent]
    assert told["lastId"] == (sent[-1]["id"] if sent else None)


def test_an_id_without_an_event_counts_and_one_cut_off_does_not(page):
    told = page.evaluate(READ, ["id: a-1\n\n", "event: alert\nid: a-2\ndata: {}\n"])
    assert told == {"events": [], "lastId": "a-1"}


def window(name: str, revision: int, mood: float) -> dict:
    return {
        "conversation_id": name,
        "incarnation": "i",
        "episode": 1 + (revision > 4),
        "revision": revision,
        "as_of": revision * 1000,
        "queue": "billing",
        "channel": "voice",
        "agent_id": None,
        "agent_role": None,
        "mood": mood,
        "valence": mood,
        "trend": "steady",
        "moments": [],
        "moments_pending": revision % 2,
        "moments_met": revision,
        "moments_missed": 0,
        "ended": None,
    }


def alert(name: str, sequence: int, risk: float) -> dict:
    life = "opened" if sequence == 1 else "updated"
    return {
        "alert_id": f"of-{name}",
        "conversation_id": name,
        "sequence": sequence,
        "state": life,
        "severity": "watch",
        "risk": risk,
        "opened_at": 1,
        "queue": "billing",
        "channel": "voice",
        "agent_id": None,
        "agent_role": None,
    }


@st.composite
def arrivals(draw):
    """Steps in the order in which they happened, and the same steps shuffled, repeated and with snapshots between."""
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    true_order = []
    for name in names:
        true_order += [
            ["window", window(name, n, draw(st.integers(-9, 9)) / 10)] for n in range(1, draw(st.integers(2, 7)))
        ]
        true_order += [
            ["alert", alert(name, n, draw(st.integers(1, 9)) / 10)] for n in range(1, draw(st.integers(1, 4)))
        ]
    shuffled = draw(st.permutations(true_order + draw(st.lists(st.sampled_from(true_order), max_size=4))))
    for _ in range(draw(st.integers(0, 2))):
        views = [
            {
                "conversation_id": name,
                "window": next((v for k, v in true_order if k == "window" and v["conversation_id"] == name), None),
                "alert": None,
            }
            for name in names
        ]
        shuffled.insert(draw(st.integers(0, len(shuffled))), ["snapshot", views])
    return true_order, shuffled


@settings(max_examples=30, deadline=None)
@given(both=arrivals())
def test_the_floor_comes_out_the_same_whatever_the_order_and_however_often_things_arrive(page, both):
    in_order, shuffled = both
    wanted, found = page.evaluate(REPLAY, in_order), page.evaluate(REPLAY, shuffled)
    newest = [{key: value for key, value in each.items() if key != "points"} for each in wanted]
    assert [{key: value for key, value in each.items() if key != "points"} for each in found] == newest
    assert [each["risk"] or -1 for each in found] == sorted((each["risk"] or -1 for each in found), reverse=True)


def test_an_alert_is_news_once_and_again_when_it_is_graver(page):
    told = page.evaluate(
        """async (alerts) => {
          const { Floor } = await import("/console/floor.js");
          const floor = new Floor();
          return alerts.map((alert) => floor.takeAlert(alert, 1));
        }""",
        [
            alert("a", 1, 0.4),
            alert("a", 2, 0.5),
            alert("a", 2, 0.5),
            {**alert("a", 3, 0.8), "severity": "critical"},
            {**alert("a", 4, 0.1), "state": "closed"},
        ],
    )
    assert told == [True, False, False, True, False]


def test_the_floor_forgets_what_is_over(page):
    left: Callable[[int], list[str]] = lambda now: page.evaluate(  # noqa: E731 # two lines, used twice
        """async ([steps, now]) => {
          const { Floor } = await import("/console/floor.js");
          const floor = new Floor();
          for (const window of steps) floor.takeWindow(window, 0);
          floor.tidy(now);
          return [...floor.conversations.keys()];
        }""",
        [[window("going", 1, 0.1), {**window("over", 1, 0.1), "ended": "completed"}], now],
    )
    assert left(30_000) == ["going", "over"]
    assert left(90_000) == ["going"]
    assert left(21 * 60_000) == []
