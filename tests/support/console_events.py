"""What happens on the floor while a console's page is open: windows, alerts and moves, published as services would."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec import json, structs

from tests.support.console_world import ConsoleWorld
from tests.support.loops import await_that
from warmline.contracts.alert import EscalationAlert, Routing
from warmline.contracts.assist import AssistMove
from warmline.contracts.events import AGENT_ASSIST, CONVERSATION_WINDOW, ESCALATION_ALERT
from warmline.contracts.topics import AGENT_ASSIST as MOVES, CONVERSATION_WINDOWS, ESCALATION_ALERTS
from warmline.contracts.window import ConversationWindow

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
WINDOW = json.decode((EXAMPLES / "conversation.window.json").read_bytes(), type=ConversationWindow)
ALERT = json.decode((EXAMPLES / "escalation.alert.json").read_bytes(), type=EscalationAlert)
CALL_BACK_MS = 4 * 3_600_000
LONGER_THAN_THE_ENDED_STAY_MS = 75_000
MOVE = json.decode((EXAMPLES / "agent.assist.json").read_bytes(), type=AssistMove)
MINUTE_MS = 60_000
SOON_MS = 5_000
"""Longer than anything here takes that happens at all."""
HTML = {"status": 200, "content_type": "text/html", "body": "<p>A proxy's own page.</p>"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def alert_of(name: str, **fields) -> EscalationAlert:
    """Return an alert of a conversation that somebody has ten minutes to act on."""
    at = now_ms()
    routing = structs.replace(ALERT.routing, act_by=at + 10 * MINUTE_MS)
    given = {"alert_id": f"a-{name}", "conversation_id": name, "opened_at": at, "as_of": at, "routing": routing}
    return structs.replace(ALERT, **{**given, "queue": "shift", **fields})


def put_alert(console: ConsoleWorld, alert: EscalationAlert, key: str | None = None) -> None:
    """Publish an alert; under another's `key` it comes behind what was published of that one."""
    console.publish(ESCALATION_ALERTS, key or alert.conversation_id, ESCALATION_ALERT, alert)


def put_window(console: ConsoleWorld, name: str, queue: str = "shift", **fields) -> None:
    given = {"conversation_id": name, "incarnation": name, "queue": queue, "as_of": now_ms()}
    window = structs.replace(WINDOW, **{**given, "heard": None, "ended": None, **fields})
    console.publish(CONVERSATION_WINDOWS, name, CONVERSATION_WINDOW, window)


def put_move(console: ConsoleWorld, name: str, key: str | None = None, *, lives_ms: int = MINUTE_MS, **fields) -> None:
    """Publish a move of agent assist; `key` as in `put_alert`."""
    at = now_ms()
    given = {"move_id": f"m-{name}", "conversation_id": name, "as_of": at, "expires_at": at + lives_ms}
    move = structs.replace(MOVE, **{**given, "queue": "shift", **fields})
    console.publish(MOVES, key or name, AGENT_ASSIST, move)


def sign_in(page, console: ConsoleWorld, who: str) -> None:
    page.fill("#key", console.keys[who])
    page.press("#key", "Enter")
    page.locator("#sign-out").wait_for()


def sign_out(page) -> None:
    page.click("#sign-out")
    page.locator("#key").wait_for()


def is_live(page) -> None:
    page.locator("#link-state[data-state=live]").wait_for()


def clocked(page, at: datetime | None = None):
    """Load a page anew under a clock that the test can move; it goes on by itself as well."""
    page.clock.install(time=at)
    page.reload()
    page.locator("main h1").wait_for()
    return page


def choose_queue(page, queue: str) -> None:
    """Show one queue alone: among all others' conversations one without an alert may be out of sight."""
    page.locator(f"#queue option[value={queue}]").wait_for(state="attached")
    page.select_option("#queue", queue)


def alerted(page, name: str):
    """Wait until a conversation is shown with its alert; return its row."""
    mine = row(page, name)
    mine.locator(".alert:not([hidden]) .badge").wait_for()
    return mine


def cut_off(page) -> None:
    """Let nothing through any more, and wait until the page has noticed the silence."""
    page.route("**/v1/**", lambda route: route.abort())

    def noticed() -> bool:
        page.clock.run_for(50_000)  # a heartbeat that was on its way may have come in between: then once more
        return page.locator("#link-state[data-state=away]").count() > 0

    await_that(noticed, "a page that knows it is cut off")


def row(page, name: str):
    return page.locator(".row").filter(has=page.get_by_role("link", name=name, exact=True))


def listening(page) -> Callable[[], list[str]]:
    """Return what tells everything that the live region says from now on."""
    page.evaluate(
        """() => {
          window.told = [];
          const region = document.getElementById("announcer");
          const note = () => region.textContent && window.told.push(region.textContent);
          new MutationObserver(note).observe(region, {childList: true});
        }"""
    )
    return lambda: page.evaluate("window.told")


def left_angry(console: ConsoleWorld, name: str, *steps: EscalationAlert) -> None:
    """Publish that a customer has left, and the steps of the call-back that follows."""
    put_window(console, name, "left", ended="customer_left")
    for step in steps:
        put_alert(console, step)


def call_back(name: str, at: int) -> EscalationAlert:
    routing = Routing(action="call_back", skill="customer_care", handoff=False, act_by=at + CALL_BACK_MS)
    fields = {"rule": "call_back", "reason": "call_back", "routing": routing, "queue": "left"}
    return alert_of(name, **fields, opened_at=at, as_of=at)
