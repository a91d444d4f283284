"""Watches the demo: reads what the services publish, shows it, and waits for what has to come."""

import time
from collections import deque
from collections.abc import Callable

from warmline.local.demo_parts import Running
from warmline.local.demo_replay import Replay
from warmline.local.follow import Follower
from warmline.local.view_board import Board
from warmline.local.view_stage import Show, Stage
from warmline.local.waiting import NotInTimeError

READ_S = 0.1  # longest wait for an event: how quickly the view and Ctrl-C react
CHECK_S = 1.0  # how often the parts are asked whether they are alive
RATE_S = 5.0  # throughput is taken over the last so many seconds
LOG_LINES = 12


class Watch:
    """Follows one run.

    Attributes:
        board: What has come so far.

    Args:
        parts: What runs.
        follower: Where the events come from.
        replay: What is being published.
        show: Where it is shown.
    """

    def __init__(self, parts: Running, follower: Follower, replay: Replay, show: Show) -> None:
        self.board = Board()
        self._parts = parts
        self._follower = follower
        self._replay = replay
        self._show = show
        self._rates: deque[tuple[float, int]] = deque()
        self._next_check = 0.0
        self._news_s = time.monotonic()

    def until(self, done: Callable[[], bool], phase: str, stalled_s: float | None = None) -> None:
        """Watch until something is so.

        Args:
            done: Asked after each read.
            phase: What is going on, for the view.
            stalled_s: Give up when nothing has come for so long; None never gives up.

        Raises:
            NotInTimeError: Nothing came for too long.
            StartFailedError: A part has ended by itself.
        """
        self._news_s = time.monotonic()
        while not done():
            self.look(phase)
            if stalled_s is not None and self.quiet_s > stalled_s:
                raise NotInTimeError(self._stalled(phase, stalled_s))

    def look(self, phase: str) -> None:
        """Read what has come, show it, and see whether everything is alive."""
        for followed in self._follower.read(READ_S):
            if self.board.take(followed):
                self._news_s = time.monotonic()
                self._show.heard(followed.event)
        now = time.monotonic()
        if now >= self._next_check:
            self._next_check = now + CHECK_S
            self._parts.check()
            self._replay.check()
        self._show.draw(self.board, self._stage(phase, now))

    @property
    def quiet_s(self) -> float:
        """For how long nothing has come, seconds."""
        return time.monotonic() - self._news_s

    def _stage(self, phase: str, now: float) -> Stage:
        self._rates.append((now, self.board.turns))
        while len(self._rates) > 1 and now - self._rates[0][0] > RATE_S:
            self._rates.popleft()
        (since, before), passed = self._rates[0], now - self._rates[0][0]
        story = self._replay.story
        return Stage(
            broker=self._parts.broker.kind,
            limits=self._parts.broker.limits,
            phase=phase,
            published=self._replay.published,
            events=len(story.events),
            conversations=len(story.conversations),
            speed=self._replay.speed,
            rate=(self.board.turns - before) / passed if passed > 0 and since < now else 0.0,
            console=self._parts.console.told,
        )

    def _stalled(self, phase: str, stalled_s: float) -> str:
        story = self._replay.story
        missing = sorted(story.conversations - self.board.over)
        logs = "\n".join(
            f"-- {service.process.name}, the end of its log:\n{service.process.log_tail(LOG_LINES)}"
            for service in self._parts.stack.services
        )
        names = f" ({', '.join(missing[:5])})" if missing else ""
        return (
            f"{phase}: nothing has come for {stalled_s:.0f} s; {len(missing)} of {len(story.conversations)} "
            f"conversations have not ended{names}. Is the machine very busy? Try a lower --speed or a --limit; "
            f"else the logs may tell:\n{logs}"
        )
