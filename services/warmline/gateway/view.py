"""The live view: how each conversation, alert and agent stands, from what was published. In memory, bounded, pure.

It holds what a person may look at now. What it does not hold (any more) is in the store or on the topics.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Raw, Struct

from warmline.gateway.words import Said, Words

MOST_CONVERSATIONS = 5_000  # with forty turns each 60 MB
MOST_TURNS = 400  # of one conversation; an hour of quick talk
MOST_ALERTS = 10_000
MOST_AGENTS = 50_000
MOST_MOVES = 20_000
MILLI = 1000


class WindowSeen(Struct, frozen=True):
    """What the view needs of a window; names as in `contracts/window.py`."""

    conversation_id: str
    incarnation: str
    episode: int
    revision: int
    as_of: int
    channel: str | None
    queue: str | None
    agent_id: str | None
    mood: float | None
    trend: str
    distress: float
    moments_met: int
    moments_missed: int
    moments_pending: int
    ended: str | None
    heard: dict[str, Any] | None
    moments: list[dict[str, Any]] = []


class AlertSeen(Struct, frozen=True):
    """What the view needs of an alert; names as in `contracts/alert.py`."""

    alert_id: str
    sequence: int
    conversation_id: str
    state: str
    severity: str
    risk: float
    queue: str | None
    as_of: int
    opened_at: int


class SummarySeen(Struct, frozen=True):
    """Of a summary only its conversation."""

    conversation_id: str


class SignalSeen(Struct, frozen=True):
    """What the view needs of a wellbeing signal."""

    agent_id: str
    band: str
    as_of: int


class MoveSeen(Struct, frozen=True):
    """What the view needs of a move of agent assist."""

    move_id: str
    conversation_id: str
    agent_id: str | None


class TurnSeen(Struct, frozen=True):
    """The words of a turn, where the policy lets them be quoted."""

    conversation_id: str
    turn_id: str
    text: str
    final: bool = True


@dataclass(slots=True)
class HeldAlert:
    """The newest step of an alert, looked at and as published."""

    seen: AlertSeen
    raw: bytes

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.seen.state != "closed"

    @property
    def place(self) -> tuple[int, bool, int]:
        """Where it stands among the alerts of its conversation, the newest last.

        By when it opened, since one opens once the one before it is closed. Steps are dated by people's clocks too: a
        click may close an alert at a time to which the conversation has not yet come where the next one opens.
        """
        return self.seen.opened_at, self.open, self.seen.as_of


@dataclass(slots=True)
class Live:
    """One conversation.

    Attributes:
        seen: The newest window, looked at.
        raw: The same as published.
        alert: The newest alert.
        points: The mood after each window: (as_of, mood, distress).
        turns: What each turn was heard to be, by turn id.
        moments: The newest state of each moment, by the turn that opened it; a window carries those that changed.
    """

    seen: WindowSeen
    raw: bytes
    alert: HeldAlert | None = None
    points: deque[tuple[int, float | None, float]] = field(default_factory=lambda: deque(maxlen=MOST_TURNS))
    turns: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    moments: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)

    @property
    def rank(self) -> tuple[float, float]:
        """By what conversations are ordered: risk of the open alert, then distress."""
        return (self.alert.seen.risk if self.alert and self.alert.open else 0.0, self.seen.distress)


class View:
    """What was published, taken in event by event."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, Live] = OrderedDict()
        self._alerts: OrderedDict[str, HeldAlert] = OrderedDict()
        self._newest_alert: OrderedDict[str, HeldAlert] = OrderedDict()
        self._signals: OrderedDict[str, tuple[SignalSeen, bytes]] = OrderedDict()
        self._words = Words(MOST_CONVERSATIONS, MOST_TURNS)
        self._moves: OrderedDict[str, MoveSeen] = OrderedDict()

    def __len__(self) -> int:
        return len(self._conversations)

    def take(self, seen: Struct, raw: bytes, at_ms: int = 0) -> None:
        """Take one event in. One that is older than what is held changes nothing.

        Args:
            seen: What the view needs of it.
            raw: The event as published.
            at_ms: When it was published, ms UTC; words are kept by it.
        """
        match seen:
            case WindowSeen():
                self._take_window(seen, raw)
            case AlertSeen():
                self._take_alert(seen, raw)
            case SignalSeen():
                held = self._signals.get(seen.agent_id)
                if held is None or held[0].as_of <= seen.as_of:
                    _put(self._signals, seen.agent_id, (seen, raw), MOST_AGENTS)
            case MoveSeen():
                _put(self._moves, seen.move_id, seen, MOST_MOVES)
            case TurnSeen():
                self._words.take(seen.conversation_id, seen.turn_id, Said(at_ms, seen.text, seen.final))
            case _:
                pass

    def conversation(self, conversation_id: str) -> Live | None:
        """Return one conversation, or None."""
        return self._conversations.get(conversation_id)

    def conversations(self, queue: str | None, limit: int) -> list[Live]:
        """Return those that go on, by risk, highest first."""
        found = [
            live
            for live in self._conversations.values()
            if live.seen.ended is None and (queue is None or live.seen.queue == queue)
        ]
        found.sort(key=lambda live: live.rank, reverse=True)
        return found[:limit]

    def words(self, conversation_id: str, now_ms: int) -> dict[str, str]:
        """Return the words of a conversation's turns that the topic still has, by turn id."""
        return self._words.of(conversation_id, now_ms)

    def alert(self, alert_id: str) -> HeldAlert | None:
        """Return one alert, or None."""
        return self._alerts.get(alert_id)

    def alerts(self) -> Iterator[HeldAlert]:
        """Return every alert, newest first."""
        yield from sorted(self._alerts.values(), key=lambda held: held.seen.as_of, reverse=True)

    def move(self, move_id: str) -> MoveSeen | None:
        """Return one move of agent assist, or None."""
        return self._moves.get(move_id)

    def is_for(self, move: MoveSeen, agent_id: str) -> bool:
        """Tell whether a move is for an agent: it names them, or it names nobody yet and they answer by now.

        A move that came before anybody answered is for whoever answers first; its own next step says so much later.
        """
        if move.agent_id is not None:
            return move.agent_id == agent_id
        live = self._conversations.get(move.conversation_id)
        return live is not None and live.seen.agent_id == agent_id

    def signal(self, agent_id: str) -> tuple[SignalSeen, bytes] | None:
        """Return an agent's newest wellbeing signal, or None."""
        return self._signals.get(agent_id)

    def _take_window(self, seen: WindowSeen, raw: bytes) -> None:
        live = self._conversations.get(seen.conversation_id)
        if live is None:
            live = Live(seen, raw, self._newest_alert.get(seen.conversation_id))
        elif live.seen.incarnation == seen.incarnation and live.seen.revision > seen.revision:
            return
        elif live.seen.incarnation != seen.incarnation or live.seen.episode != seen.episode:
            live = Live(seen, raw, live.alert)
        live.seen, live.raw = seen, raw
        if not live.points or live.points[-1][0] <= seen.as_of:
            live.points.append((seen.as_of, seen.mood, seen.distress))
        if seen.heard is not None and isinstance(turn_id := seen.heard.get("turn_id"), str):
            _put(live.turns, turn_id, seen.heard, MOST_TURNS)
        for moment in seen.moments:
            if isinstance(turn_id := moment.get("turn_id"), str):
                _put(live.moments, turn_id, moment, MOST_TURNS)
        _put(self._conversations, seen.conversation_id, live, MOST_CONVERSATIONS)

    def _take_alert(self, seen: AlertSeen, raw: bytes) -> None:
        held = self._alerts.get(seen.alert_id)
        if held is not None and held.seen.sequence > seen.sequence:
            return
        held = HeldAlert(seen, raw)
        _put(self._alerts, seen.alert_id, held, MOST_ALERTS)
        newest = self._newest_alert.get(seen.conversation_id)
        if newest is None or newest.seen.alert_id == seen.alert_id or newest.place <= held.place:
            _put(self._newest_alert, seen.conversation_id, held, MOST_ALERTS)
            if live := self._conversations.get(seen.conversation_id):
                live.alert = held


def as_view(live: Live) -> dict[str, Any]:
    """Return a conversation as the API shows it in a list."""
    seen = live.seen
    is_open = live.alert is not None and live.alert.open
    return {
        "conversation_id": seen.conversation_id,
        "queue": seen.queue,
        "channel": seen.channel,
        "agent_id": seen.agent_id,
        "updated_at": seen.as_of,
        "risk": live.alert.seen.risk if live.alert and is_open else None,
        "severity": live.alert.seen.severity if live.alert and is_open else None,
        "mood": {"valence": milli(seen.mood), "trend": seen.trend},
        "moments": {"open": seen.moments_pending, "met": seen.moments_met, "missed": seen.moments_missed},
        "alert": Raw(live.alert.raw) if live.alert else None,
        "window": Raw(live.raw),
    }


def milli(value: float | None) -> int | None:
    """Return a figure in thousandths."""
    return None if value is None else round(value * MILLI)


def live_of(window: bytes, alert: bytes | None) -> Live:
    """Return the conversation of a window and an alert that were read elsewhere.

    Raises:
        msgspec.DecodeError: They are none.
    """
    seen = msgspec.json.decode(window, type=WindowSeen)
    held = HeldAlert(msgspec.json.decode(alert, type=AlertSeen), alert) if alert else None
    view = View()
    view.take(seen, window)
    live = view.conversation(seen.conversation_id)
    if live is None:
        raise msgspec.DecodeError("no window")
    live.alert = held
    return live


def _put(held: OrderedDict[str, Any], key: str, value: Any, most: int) -> None:
    held[key] = value
    held.move_to_end(key)
    if len(held) > most:
        held.popitem(last=False)
