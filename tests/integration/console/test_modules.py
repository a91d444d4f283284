"""The console's parts that decide: reading the event stream, and keeping the floor in order, whatever comes when."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

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
FOLLOW = """async (steps) => {
  const { Floor } = await import("/console/floor.js");
  const floor = new Floor();
  const seen = [];
  for (const [step, ...given] of steps) {
    if (step === "look") seen.push(floor.ordered().map((known) => known.id));
    else floor[step](...given);
  }
  return seen;
}"""
MINUTE_MS = 60_000
LONG_MS = 30 * MINUTE_MS  # longer than the page keeps what it hears nothing of
DUE_MS = 240 * MINUTE_MS


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
        if draw(st.booleans()):
            true_order.append(["alert", {**alert(name, 9, draw(st.integers(1, 9)) / 10), "state": "closed"}])
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


def test_an_answer_about_a_conversation_that_went_meanwhile_does_not_bring_it_back(page):
    told = page.evaluate(
        FOLLOW,
        [
            ["takeWindow", ended("over"), 0],
            ["takeWindow", window("going", 1, 0.1), 0],
            ["tidy", 2 * MINUTE_MS],
            ["fill", "over", ended("over"), [], 2 * MINUTE_MS],
            ["fill", "going", window("going", 2, -0.1), [], 2 * MINUTE_MS],
            ["look"],
        ],
    )
    assert told == [["going"]]


def test_what_the_lists_told_before_something_newer_came_changes_nothing(page):
    newer = {**window("a", 2, 0.1), "queue": "new", "agent_id": "new"}
    view = {"conversation_id": "a", "window": window("a", 1, 0.1), "alert": None, "queue": "old", "agent_id": "old"}
    opened = {**alert("a", 1, 0.9), "alert_id": "second", "opened_at": 5, "as_of": 6}
    judged = {**alert("a", 3, 0.9), "alert_id": "first", "opened_at": 5, "as_of": 9, "state": "closed"}
    told = page.evaluate(
        """async ([newer, view, opened, judged, part, answer]) => {
          const { Floor } = await import("/console/floor.js");
          const floor = new Floor();
          floor.takeWindow(newer, 0);
          floor.snapshot([view], 0);
          floor.takeAlert(opened, 0);
          floor.takeAlert(judged, 0);
          const { queue, agentId, alert } = floor.conversations.get("a");
          floor.takeWindow(part, 0);
          floor.fill("a", answer, [{ as_of: 1, mood: -0.9 }, { as_of: 2, mood: -0.9 }], 0);
          return [queue, agentId, alert.alert_id, floor.conversations.get("a").points.length];
        }""",
        [newer, view, opened, judged, {**window("a", 9, 0.1), "episode": 2}, window("a", 1, 0.1)],
    )
    assert told == ["new", "new", "second", 1]


def test_of_more_conversations_than_the_lists_tell_those_left_out_do_not_come_and_go(page):
    going = {"conversation_id": "told", "window": window("told", 1, 0.1), "alert": None}
    steps = [["takeWindow", window("left-out", 1, 0.1), 0], ["takeWindow", ended("over"), 0]]
    cut = ["snapshot", [going], 2 * MINUTE_MS, [], True, False]
    assert page.evaluate(FOLLOW, [*steps, cut, ["look"]]) == [["left-out", "told"]]
    assert page.evaluate(FOLLOW, [*steps, cut[:-1], ["look"]]) == [["told"]]


def test_of_what_only_its_end_is_heard_nothing_is_shown(page):
    gone = {"move_id": "m", "conversation_id": "gone", "sequence": 2, "kind": "withdraw", "as_of": 1}
    told = page.evaluate(
        FOLLOW,
        [["takeMove", gone, 0], ["takeAlert", closed("gone"), 0], ["look"], ["takeWindow", ended("gone"), 0], ["look"]],
    )
    assert told == [[], ["gone"]]


def ended(name: str) -> dict:
    return {**window(name, 1, -0.5), "ended": "customer_left"}


def call_back(name: str, sequence: int = 1, **fields) -> dict:
    return {**alert(name, sequence, 0.9), "rule": "call_back", "routing": {"act_by": DUE_MS}, **fields}


def closed(name: str, sequence: int = 2) -> dict:
    return call_back(name, sequence, state="closed", routing=None)


def test_an_ended_conversation_stays_while_somebody_is_to_call_back(page):
    told = page.evaluate(
        FOLLOW,
        [
            ["takeWindow", ended("done"), 0],
            ["takeWindow", ended("left"), 0],
            ["takeAlert", call_back("left"), 0],
            ["look"],
            ["tidy", LONG_MS],
            ["look"],
            ["tidy", DUE_MS - 1],
            ["look"],
            ["tidy", DUE_MS],
            ["look"],
        ],
    )
    assert told == [["left", "done"], ["left"], ["left"], []]


def test_once_its_alert_is_closed_an_ended_conversation_goes_but_not_under_somebodys_eyes(page):
    told = page.evaluate(
        FOLLOW,
        [
            ["takeWindow", ended("left"), 0],
            ["takeAlert", call_back("left"), 0],
            ["takeAlert", closed("left"), LONG_MS],
            ["tidy", LONG_MS + MINUTE_MS - 1],
            ["look"],
            ["tidy", LONG_MS + MINUTE_MS + 1],
            ["look"],
        ],
    )
    assert told == [["left"], []]


def test_a_page_that_opens_later_has_the_call_backs_too_and_those_alone_that_are_open_and_due(page):
    going = {"conversation_id": "going", "window": window("going", 1, 0.1), "alert": None}
    overdue = call_back("overdue", routing={"act_by": 1})
    told = page.evaluate(
        FOLLOW,
        [
            ["snapshot", [going], 2, [call_back("left"), overdue]],
            ["look"],
            ["snapshot", [going], LONG_MS, [call_back("left")]],
            ["tidy", LONG_MS],
            ["look"],
            ["snapshot", [going], 2 * LONG_MS, [], False],  # too many are open to be told of all
            ["look"],
            ["snapshot", [going], 3 * LONG_MS, []],  # it closed while this page was away
            ["look"],
        ],
    )
    assert told == [["left", "going"], ["left", "going"], ["left", "going"], ["going"]]


def test_only_what_is_over_and_waits_for_nobody_comes_last(page):
    told = page.evaluate(
        FOLLOW,
        [
            ["takeWindow", ended("over"), 0],
            ["takeAlert", closed("over"), 0],
            ["takeWindow", window("calm", 1, 0.5), 0],
            ["takeWindow", ended("left"), 0],
            ["takeAlert", call_back("left", risk=0.5), 0],
            ["takeWindow", window("burning", 1, -0.9), 0],
            ["takeAlert", alert("burning", 1, 0.7), 0],
            ["look"],
        ],
    )
    assert told == [["burning", "left", "calm", "over"]]


def test_an_alert_that_was_judged_false_ranks_nothing_above_one_that_is_open(page):
    judged = {**alert("judged", 2, 0.93), "state": "closed"}
    told = page.evaluate(
        FOLLOW,
        [
            ["takeAlert", alert("judged", 1, 0.93), 0],
            ["takeAlert", alert("burning", 1, 0.71), 0],
            ["look"],
            ["takeAlert", judged, 0],
            ["look"],
        ],
    )
    assert told == [["judged", "burning"], ["burning", "judged"]]
    judged_view = {"conversation_id": "judged", "window": None, "alert": judged, "risk": None}
    burning_view = {"conversation_id": "burning", "window": None, "alert": alert("burning", 1, 0.71), "risk": 0.71}
    assert page.evaluate(FOLLOW, [["snapshot", [judged_view, burning_view], 0], ["look"]]) == [["burning", "judged"]]
