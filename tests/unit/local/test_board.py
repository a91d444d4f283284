"""The board counts each event once, in whatever order they come."""

import itertools

from tests.unit.local.events import NOW, alert, board_of, signal, summary, times, window
from warmline.local.follow import Followed


def test_a_repeated_event_is_no_news_and_counts_once():
    events = [window(), alert(), signal(), summary()]
    board = board_of(*events)
    assert [board.take(Followed(event, NOW)) for event in events] == [False] * 4
    assert (board.turns, len(board.alert_steps), len(board.signals), len(board.summaries)) == (1, 1, 1, 1)
    assert board.window_ms == [50]


def test_every_order_of_arrival_ends_in_the_same_board():
    events = [
        window(revision=1),
        window(revision=2, ended="completed"),
        alert(sequence=1),
        alert(sequence=2, state="closed", reason="ended"),
        summary(),
    ]
    for order in itertools.permutations(events):
        board = board_of(*order)
        (talk,) = board.talks.values()
        assert (talk.window.revision, talk.open_alert, talk.over, board.open_alerts) == (2, None, True, [])


def test_a_conversation_is_over_when_its_newest_episode_has_ended_and_been_summed_up():
    board = board_of(window(ended="timeout"), summary(end_reason="timeout"))
    assert board.over == {"c-1"}
    board.take(Followed(window(revision=3, episode=2), NOW))
    assert board.over == set()
    board.take(Followed(window(revision=4, episode=2, ended="completed"), NOW))
    board.take(Followed(summary(revision=4, episode=2), NOW))
    assert board.over == {"c-1"}
    assert len(board.summaries) == 2, "each episode keeps its own"


def test_latency_counts_turns_and_what_turns_brought_about():
    board = board_of(window(heard=None), window("c-2", times=times(None)), alert(state="closed"), after_ms=70)
    assert (board.window_ms, board.alert_ms) == ([], [])
    board.take(Followed(alert("c-2"), NOW + 90))
    assert board.alert_ms == [90]


def test_a_bot_is_no_agent_whose_strain_is_shown():
    board = board_of(window(agent_id="bot-1", agent_role="bot"), window("c-2", agent_id="agent-2", agent_role="agent"))
    assert board.agents == {"agent-2": None}
