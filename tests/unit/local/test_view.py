"""What the views show, recorded as text."""

import io

from rich.console import Console

from tests.unit.local.events import CONSOLE, STAGE, alert, board_of, signal, summary, window
from warmline.local.view import render
from warmline.local.view_live import LiveShow
from warmline.local.view_marks import latency, mood_bar, percentile, sparkline, turns
from warmline.local.view_plain import PlainShow, line_of


def screen(board, stage=STAGE, width=120, height=30):
    console = Console(width=width, height=height, record=True, file=io.StringIO())
    console.print(render(board, stage, height))
    return console.export_text()


def test_a_screen_shows_moods_moments_alerts_with_evidence_and_strain():
    board = board_of(
        window(mood=-0.8, moments_pending=1, moments_met=2, moments_missed=1, agent_id="agent-1"),
        alert(severity="warning", reason="asks_supervisor", evidence=("t-3", "t-5")),
        signal("agent-1", band="high", acute=57),
    )
    text = screen(board)
    for shown in (
        "████│",
        "2 met 1 missed 1 open",
        "warning",
        "asks_supervisor",
        "t-3, t-5",
        "high",
        "57",
        "p50 50 ms",
    ):
        assert shown in text, shown
    assert "Apache Kafka 4" in text
    assert "Not for" not in text


def test_a_screen_says_what_an_embedded_broker_is_not_for():
    embedded = type(STAGE)("embedded", "in memory only", "conversations run", 0, 1, 1, 1.0, 0.0)
    assert "Not for: in memory only" in screen(board_of(), embedded)


def test_a_screen_fits_its_height_and_shows_the_conversation_in_need_first():
    calm = [window(f"calm-{number}", mood=0.5) for number in range(40)]
    board = board_of(*calm, window("hot", mood=-0.9), alert("hot", severity="critical"))
    for width, height in ((80, 24), (120, 40), (200, 60)):
        lines = screen(board, width=width, height=height).splitlines()
        assert len(lines) <= height
        first = next(index for index, line in enumerate(lines) if line.startswith("conversations, in need"))
        assert "hot" in lines[first + 2]


def test_where_the_console_is_and_its_whole_key_stand_on_every_screen():
    for width in (80, 120, 200):
        assert CONSOLE.replace(" ", "") in "".join(screen(board_of(), width=width).split())


def test_a_closed_alert_says_so_and_asks_for_nothing():
    text = screen(board_of(window(), alert(state="closed", reason="recovered", routing=None)))
    assert "recovered" in text
    assert "closed" in text
    assert "whisper" not in text


def test_plain_lines_name_ids_and_reasons():
    assert "t-3, t-5" in line_of(alert(evidence=("t-3", "t-5"), reason="abuse_of_agent"))
    assert "abuse_of_agent" in line_of(alert(reason="abuse_of_agent"))
    assert "agent-7" in line_of(signal("agent-7"))
    assert line_of(summary("c-9")).startswith("ended c-9")
    assert line_of(window()) == ""


def test_plain_says_how_things_stand_now_and_then_and_at_once_in_a_new_phase():
    lines, clock = [], iter([0.0, 1.0, 2.0, 9.0])
    show = PlainShow(lines.append, lambda: next(clock))
    board = board_of(window())
    for phase in ("a", "a", "b", "b"):
        show.draw(board, type(STAGE)("k", "", phase, 1, 2, 1, 1.0, 3.0))
    assert [line[:3] for line in lines] == ["[a]", "[b]", "[b]"]


def test_the_live_view_gives_the_terminal_back():
    file = io.StringIO()
    show = LiveShow(Console(file=file, force_terminal=True, width=100, height=30))
    show.begin("a broker")
    show.ready("broker: there")
    show.watch()
    show.draw(board_of(window()), STAGE)
    show.lines(["the end"])
    show.close()
    text = file.getvalue()
    assert text.index("\x1b[?1049h") < text.index("\x1b[?1049l") < text.index("the end")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h"), "the cursor is back"


def test_marks_stay_within_their_scale():
    assert sparkline([-1.0, 0.0, 1.0, 7.0]) == "▁▅██"
    assert {len(mood_bar(mood)) for mood in (None, -1.0, -0.2, 0.0, 0.6, 1.0)} == {11}
    assert turns(()) == "-"
    assert turns([f"t{number}" for number in range(6)]) == "… t2, t3, t4, t5"


def test_percentiles_are_values_that_were_seen():
    values = list(range(1, 101))
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.99)) == (50, 99, 7)
    assert percentile([], 0.5) is None
    assert latency([]) == "-"
