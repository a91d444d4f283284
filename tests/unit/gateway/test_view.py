"""The view shows the newest of everything, in whatever order it came, and stays bounded."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from warmline.gateway import buckets as bucket_module, view as views, words as words_module
from warmline.gateway.buckets import Buckets
from warmline.gateway.callers import Caller
from warmline.gateway.people import may_see
from warmline.gateway.policy import GatewayPolicy, WellbeingReader, groups_named, readers_of
from warmline.gateway.view import (
    AlertSeen,
    MoveSeen,
    SignalSeen,
    TurnSeen,
    View,
    WindowSeen,
    as_view,
    live_of,
)
from warmline.gateway.words import WORDS_KEPT_MS

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
WINDOW = msgspec.json.decode((EXAMPLES / "conversation.window.json").read_bytes(), type=WindowSeen)
ALERT = msgspec.json.decode((EXAMPLES / "escalation.alert.json").read_bytes(), type=AlertSeen)


def window(conversation="c", **fields):
    return msgspec.structs.replace(WINDOW, conversation_id=conversation, **fields)


def alert(**fields):
    return msgspec.structs.replace(ALERT, conversation_id="c", **fields)


def taken(*events):
    view = View()
    for event in events:
        view.take(event, msgspec.json.encode(event))
    return view


def test_an_older_window_changes_nothing_and_another_incarnation_begins_anew():
    view = taken(window(revision=3), window(revision=2, mood=-0.9))
    assert view.conversation("c").seen.revision == 3
    assert len(view.conversation("c").points) == 1
    view = taken(window(revision=3), window(revision=1, incarnation="another"))
    assert view.conversation("c").seen.incarnation == "another"


def test_an_alert_belongs_to_its_conversation_whichever_came_first():
    for events in ([window(), alert(risk=0.8)], [alert(risk=0.8), window()]):
        shown = as_view(taken(*events).conversation("c"))
        assert (shown["risk"], shown["severity"]) == (0.8, ALERT.severity)


def test_the_newest_step_of_an_alert_counts_and_a_closed_one_is_no_risk():
    steps = [alert(sequence=2, state="closed"), alert(sequence=1, state="opened")]
    view = taken(window(), *steps)
    assert view.alert(ALERT.alert_id).seen.state == "closed"
    assert as_view(view.conversation("c"))["risk"] is None


def test_a_move_is_for_whom_it_names_and_one_from_before_any_answer_for_who_answers():
    named, early = MoveSeen("m-1", "c", "agent-1"), MoveSeen("m-2", "c", None)
    unanswered, answered = window(agent_id=None), window(revision=WINDOW.revision + 1, agent_id="agent-2")
    view = taken(unanswered)
    assert not view.is_for(early, "agent-2")
    view = taken(unanswered, answered)
    assert view.is_for(early, "agent-2")
    assert not view.is_for(early, "agent-1")
    assert view.is_for(named, "agent-1")
    assert not view.is_for(named, "agent-2"), "who answers now puts away no one else's"
    assert not taken().is_for(early, "agent-2"), "a conversation that is not in view"


def test_an_alert_that_followed_replaces_an_earlier_one_and_is_not_replaced_by_it():
    first, second = alert(alert_id="a", as_of=1), alert(alert_id="b", as_of=2)
    for events in ([first, second], [second, first]):
        assert taken(window(), *events).conversation("c").alert.seen.alert_id == "b"


def test_an_alert_that_opens_at_a_time_before_the_click_that_closed_the_one_before_is_shown():
    clicked_away = alert(alert_id="a", state="closed", sequence=2, opened_at=10, as_of=16)
    for opened_at in (10, 14):
        following = alert(alert_id="b", state="opened", sequence=1, opened_at=opened_at, as_of=opened_at)
        for events in ([clicked_away, following], [following, clicked_away], [clicked_away, following, clicked_away]):
            assert taken(window(), *events).conversation("c").alert.seen == following


def test_a_step_of_an_earlier_alert_that_comes_again_hides_no_later_one():
    first = alert(alert_id="a", state="closed", sequence=2, opened_at=10, as_of=2**45)
    second = alert(alert_id="b", state="closed", sequence=2, opened_at=30, as_of=40)
    assert taken(window(), first, second, first).conversation("c").alert.seen == second


def test_an_older_signal_changes_nothing():
    view = taken(SignalSeen("agent", "high", 5), SignalSeen("agent", "calm", 4))
    assert view.signal("agent")[0].band == "high"


def test_the_view_forgets_what_was_quiet_longest(monkeypatch):
    monkeypatch.setattr(views, "MOST_CONVERSATIONS", 3)
    view = taken(*(window(f"c-{number}") for number in range(3)), window("c-0", revision=WINDOW.revision + 1))
    view.take(window("c-9"), b"{}")
    assert len(view) == 3
    assert view.conversation("c-1") is None
    assert view.conversation("c-0") is not None


def test_words_are_held_no_longer_than_on_their_topic():
    view = View()
    for number, at_ms in ((1, 0), (2, WORDS_KEPT_MS // 2)):
        view.take(TurnSeen("c", f"t{number}", "my words"), b"", at_ms)
    assert view.words("c", WORDS_KEPT_MS - 1) == {"t1": "my words", "t2": "my words"}
    assert view.words("c", WORDS_KEPT_MS) == {"t2": "my words"}
    view.take(TurnSeen("d", "t1", "my words"), b"", 2 * WORDS_KEPT_MS)
    assert view.words("c", 0) == {}, "they are gone, not only hidden"


def test_words_that_come_again_under_the_id_of_a_turn_replace_none_and_keep_none_longer():
    view = View()
    view.take(TurnSeen("c", "t1", "what was scored"), b"", 0)
    view.take(TurnSeen("d", "t1", "of another"), b"", 1)
    view.take(TurnSeen("c", "t1", "what was not"), b"", WORDS_KEPT_MS - 1)
    assert view.words("c", WORDS_KEPT_MS - 1) == {"t1": "what was scored"}
    view.take(TurnSeen("e", "t1", "much later"), b"", WORDS_KEPT_MS)
    assert view.words("c", 0) == {}, "they are gone, not only hidden"


def test_what_a_recogniser_had_heard_so_far_gives_way_to_what_it_heard_in_the_end():
    view = View()
    for text, final in (("i am", False), ("i am so", False), ("i am so sorry", True), ("i am so", False)):
        view.take(TurnSeen("c", "t1", text, final), b"", 0)
    assert view.words("c", 1) == {"t1": "i am so sorry"}


@pytest.mark.parametrize("text", ["x" * 1000, "\N{UNAMUSED FACE}" + "x" * 249], ids=["plain", "four bytes each"])
def test_of_words_that_are_too_large_together_those_of_the_quietest_conversation_go_first(monkeypatch, text):
    monkeypatch.setattr(words_module, "WORDS_BYTES", 11_500)
    view = View()
    for number in range(4):
        for turn in range(2):
            view.take(TurnSeen(f"c{number}", f"t{turn}", text), b"", number)
    view.take(TurnSeen("c0", "t2", "short"), b"", 4)
    view.take(TurnSeen("c4", "t0", text), b"", 4)
    assert [len(view.words(f"c{number}", 5)) for number in range(5)] == [3, 0, 2, 2, 1]


def test_words_that_go_for_their_number_make_room(monkeypatch):
    monkeypatch.setattr(views, "MOST_TURNS", 2)
    monkeypatch.setattr(words_module, "WORDS_BYTES", 5000)
    view = View()
    view.take(TurnSeen("quiet", "t", "x"), b"", 0)
    for turn in range(50):
        view.take(TurnSeen("c", f"t{turn}", "x" * 1000), b"", 1)
    assert list(view.words("c", 2)) == ["t48", "t49"]
    assert view.words("quiet", 2) == {"t": "x"}


def test_a_stored_window_in_another_form_is_told():
    with pytest.raises(msgspec.DecodeError):
        live_of(b'{"conversation_id":"c"}', None)


def test_a_reader_sees_the_agents_of_the_teams_that_the_policy_gives():
    health = WellbeingReader(who="group:health", teams=("*",), why="advice")
    lead = WellbeingReader(who="lead", teams=("north",), why="breaks")
    policy = GatewayPolicy(teams={"north": ("a",), "south": ("b",)}, wellbeing_readers=(health, lead))
    assert readers_of(policy, "a") == (health, lead)
    assert readers_of(policy, "b") == (health,)
    assert readers_of(policy, "in no team") == (health,)


def test_nobody_is_a_group_or_a_key_by_what_they_are_called():
    health = WellbeingReader(who="group:health", teams=("*",), why="advice")
    lead = WellbeingReader(who="lead", teams=("*",), why="breaks")
    planning = WellbeingReader(who="key:planning", teams=("*",), why="shifts")
    policy = GatewayPolicy(wellbeing_readers=(health, lead, planning))
    gateway = SimpleNamespace(policy=SimpleNamespace(gateway=policy))

    def sees(subject, *groups, key_id=None):
        caller = Caller(subject=subject, scopes=frozenset({"read"}), groups=frozenset(groups), key_id=key_id)
        return may_see(gateway, caller, "agent")

    assert sees("lead")
    assert sees("somebody", "health", "others")
    assert not sees("group:health")
    assert not sees("somebody", "lead")
    assert sees("planning", key_id="k1")
    assert not sees("planning"), "a token's subject"
    assert not sees("key:planning"), "a token's subject"
    assert not sees("lead", key_id="k2"), "a key that is called as somebody's token"
    assert not sees("group:health", key_id="k3")
    assert groups_named(policy) == {"health"}


@pytest.mark.parametrize(
    "section",
    [
        {"group_min_agents": 2},
        {"quote_words": "yes"},
        {"wellbeing_readers": [{"who": "x", "teams": ["*"]}]},
        {"wellbeing_readers": [{"who": "", "teams": ["*"], "why": "x"}]},
        {"group_min": 5},
    ],
    ids=str,
)
def test_a_wrong_policy_is_refused(section):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, GatewayPolicy)


def test_a_bucket_fills_with_time_and_a_batch_larger_than_it_goes_into_debt():
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    assert buckets.wait_s("a", 10) == 0
    buckets.take("a", 10, 50)  # 20 are in a full one
    assert buckets.wait_s("a", 10) == pytest.approx(3.1)
    assert buckets.wait_s("b", 10) == 0
    now[0] = 3.2
    assert buckets.wait_s("a", 10) == 0
    now[0] = 1000.0
    buckets.take("a", 10, 19)
    assert buckets.wait_s("a", 10) == 0


def test_a_bucket_is_full_after_two_seconds_and_no_fuller_after_a_night():
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    buckets.take("a", 10, 20)
    now[0] = 10_000.0
    buckets.take("a", 10, 21)  # 20 are in a full one
    assert buckets.wait_s("a", 10) == pytest.approx(0.2)


def test_of_any_number_of_accounts_the_newest_are_remembered(monkeypatch):
    monkeypatch.setattr(bucket_module, "MOST_ACCOUNTS", 3)
    buckets = Buckets(lambda: 0.0)
    accounts = ["one that goes on", *(f"one of many {number}" for number in range(9))]
    for account in accounts:
        buckets.take(account, 10, 50)
        buckets.take(accounts[0], 10, 50)
    remembered = [account for account in accounts if buckets.wait_s(account, 10) > 0]
    assert remembered == [accounts[0], *accounts[-2:]]
