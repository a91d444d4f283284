"""What the demo shows, folded from the events as any consumer of them could. No words, no clock of its own."""

from collections import deque
from dataclasses import dataclass, field

from msgspec import Struct

from warmline.contracts.alert import EscalationAlert
from warmline.contracts.summary import ConversationSummary
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.contracts.window import ConversationWindow
from warmline.local.follow import Followed

MOODS = 24  # as many points as a sparkline shows
HUMAN_ROLES = frozenset({"agent", "supervisor"})


@dataclass(slots=True)
class Talk:
    """One conversation.

    Attributes:
        window: Its newest window.
        moods: The customer's mood after each of the last customer turns, -1..1.
        alert: Its newest alert; None before one.
        summaries: The newest summary of each episode that has ended.
    """

    window: ConversationWindow
    moods: deque[float] = field(default_factory=lambda: deque(maxlen=MOODS))
    alert: EscalationAlert | None = None
    summaries: dict[int, ConversationSummary] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it has ended, and has been summed up."""
        return self.window.ended is not None and self.window.episode in self.summaries

    @property
    def open_alert(self) -> EscalationAlert | None:
        """The alert that is open now."""
        return None if self.alert is None or self.alert.state == "closed" else self.alert


class Board:
    """Takes events in, in any order and with repeats, as at-least-once delivery brings them.

    Attributes:
        talks: Conversations by id, in order of appearance.
        alerts: Alerts by id, at their newest step.
        alert_steps: Every step of every alert.
        signals: Every wellbeing signal by id.
        agents: Human agents by id; their newest signal, None while there was none.
        turns: Turns whose window was published.
        window_ms: Turn to window: from the broker taking the turn to the window's record, ms.
        alert_ms: Turn to alert, of steps that a turn brought about, ms.
    """

    def __init__(self) -> None:
        self.talks: dict[str, Talk] = {}
        self.alerts: dict[str, EscalationAlert] = {}
        self.alert_steps: list[EscalationAlert] = []
        self.signals: dict[str, WellbeingSignal] = {}
        self.agents: dict[str, WellbeingSignal | None] = {}
        self.turns = 0
        self.windows = 0
        self.window_ms: list[int] = []
        self.alert_ms: list[int] = []
        self._windows_seen: set[tuple[str, int, int]] = set()
        self._steps_seen: set[tuple[str, int]] = set()
        self._waiting: dict[str, list[Struct]] = {}

    def take(self, followed: Followed) -> bool:
        """Take an event in; return whether it was news."""
        event = followed.event
        if isinstance(event, ConversationWindow):
            return self._window(event, followed.at_ms)
        if isinstance(event, EscalationAlert):
            return self._alert(event, followed.at_ms)
        if isinstance(event, WellbeingSignal):
            return self._signal(event)
        if isinstance(event, ConversationSummary):
            return self._summary(event)
        return False

    @property
    def summaries(self) -> list[ConversationSummary]:
        """The newest summary of each episode of each conversation."""
        return [summary for talk in self.talks.values() for summary in talk.summaries.values()]

    @property
    def over(self) -> set[str]:
        """Conversations that have ended, and have been summed up."""
        return {name for name, talk in self.talks.items() if talk.over}

    @property
    def open_alerts(self) -> list[EscalationAlert]:
        """Alerts that are open."""
        return [alert for alert in self.alerts.values() if alert.state != "closed"]

    def _window(self, window: ConversationWindow, at_ms: int) -> bool:
        key = (window.conversation_id, window.episode, window.revision)
        if key in self._windows_seen:
            return False
        self._windows_seen.add(key)
        self.windows += 1
        talk = self.talks.get(window.conversation_id)
        if talk is None:
            talk = self.talks[window.conversation_id] = Talk(window)
            for early in self._waiting.pop(window.conversation_id, ()):
                self._attach(talk, early)
        elif window.revision > talk.window.revision:
            talk.window = window
        if window.heard is not None:
            self.turns += 1
            if window.times.received is not None:
                self.window_ms.append(at_ms - window.times.received)
            if window.heard.role == "customer" and window.mood is not None:
                talk.moods.append(window.mood)
        if window.agent_id is not None and window.agent_role in HUMAN_ROLES:
            self.agents.setdefault(window.agent_id, None)
        return True

    def _alert(self, alert: EscalationAlert, at_ms: int) -> bool:
        key = (alert.alert_id, alert.sequence)
        if key in self._steps_seen:
            return False
        self._steps_seen.add(key)
        self.alert_steps.append(alert)
        known = self.alerts.get(alert.alert_id)
        if known is None or alert.sequence > known.sequence:
            self.alerts[alert.alert_id] = alert
        if alert.state in {"opened", "updated"} and alert.times.received is not None:
            self.alert_ms.append(at_ms - alert.times.received)
        self._of_talk(alert.conversation_id, alert)
        return True

    def _signal(self, signal: WellbeingSignal) -> bool:
        if signal.signal_id in self.signals:
            return False
        self.signals[signal.signal_id] = signal
        newest = self.agents.get(signal.agent_id)
        if newest is None or signal.as_of >= newest.as_of:
            self.agents[signal.agent_id] = signal
        return True

    def _summary(self, summary: ConversationSummary) -> bool:
        talk = self.talks.get(summary.conversation_id)
        known = None if talk is None else talk.summaries.get(summary.episode)
        if known is not None and known.revision >= summary.revision:
            return False
        self._of_talk(summary.conversation_id, summary)
        return True

    def _of_talk(self, conversation: str, event: Struct) -> None:
        """Attach an event to its conversation, whose window may come later: it travels on another topic."""
        talk = self.talks.get(conversation)
        if talk is None:
            self._waiting.setdefault(conversation, []).append(event)
        else:
            self._attach(talk, event)

    @staticmethod
    def _attach(talk: Talk, event: Struct) -> None:
        if isinstance(event, EscalationAlert):
            known = talk.alert
            if known is None or (event.opened_at, event.sequence) > (known.opened_at, known.sequence):
                talk.alert = event
        elif isinstance(event, ConversationSummary):
            known_summary = talk.summaries.get(event.episode)
            if known_summary is None or event.revision > known_summary.revision:
                talk.summaries[event.episode] = event
