"""The shipped samples as a story to be told again: which conversations, when, and how fast.

Event times keep their true distances, whatever the speed: two minutes of silence stay two minutes, so every threshold
of the policy means what it means in production. The story is dated so that it has just happened when its telling ends.
Telling it fast is then the same as catching up after an outage: event time is faster than the clock, and never ahead
of it.

Wellbeing counts an event once nothing older can come, which the watermark tells. At the end of a day that is when the
agents go offline; so the story ends with the end of their shift, told when everything before it has been taken in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from warmline.backtest.gold import gold_of
from warmline.backtest.quality import Gold
from warmline.contracts.agent_state import AgentState
from warmline.contracts.dates import time_of
from warmline.contracts.turn import Turn
from warmline.recordings import samples
from warmline.recordings.order import arrival_order
from warmline.recordings.read import RecordingError, read_recording
from warmline.recordings.rebase import rebase
from warmline.recordings.recorded import Recorded
from warmline.recordings.spread import spread

MS = 1000
AT_ONCE = 8  # conversations held at the same time: as many as a screen shows, and a shift of 45 minutes for all
TELLING_S = 60.0  # long enough to watch; with the first set-up before it below three minutes in all
MARGIN_S = 10  # between the end of the shift and the clock, so that nothing is dated ahead of it
HUMAN_ROLES = frozenset({"agent", "supervisor"})


class SamplesError(RuntimeError):
    """The samples cannot be read; the message says why."""


@dataclass(frozen=True)
class Story:
    """What is told.

    Attributes:
        events: In the order of arrival.
        conversations: Ids of the conversations.
        agents: Ids of the human agents.
    """

    events: Sequence[Recorded]
    conversations: frozenset[str]
    agents: frozenset[str]

    @property
    def speed(self) -> float:
        """How many times real speed tells it in a time that one likes to watch; never slower than it was."""
        times = [time_of(event) for event in self.events]
        return max(1.0, (max(times) - min(times)) / MS / TELLING_S)

    def dated(self, now_ms: int, speed: float, lateness_s: int) -> "Story":
        """Return the story dated so that the shift ends just before its telling does.

        Args:
            now_ms: When the telling begins, ms UTC.
            speed: Times real speed.
            lateness_s: How long the policy of wellbeing waits for late events, seconds.
        """
        begin_ms = now_ms - (lateness_s + MARGIN_S) * MS
        return replace(self, events=rebase(self.events, speed, begin_ms))

    def shift_end(self, lateness_s: int) -> list[AgentState]:
        """Return that every agent goes offline, just after the lateness of the last event."""
        at = max(map(time_of, self.events)) + (lateness_s + 1) * MS
        return [AgentState(agent_id=agent, state="offline", at=at) for agent in sorted(self.agents)]

    def gold(self) -> dict[str, Gold]:
        """Return the labels of the conversations that are told."""
        return gold_of(samples.CONVERSATIONS, self.events)


def load_story(limit: int | None) -> Story:
    """Return the story of the shipped samples.

    Args:
        limit: Most conversations; None for all.

    Raises:
        SamplesError: They are missing or broken.
    """
    try:
        recorded = list(read_recording(samples.FOLDER, strict=True))
    except (OSError, RecordingError) as error:
        raise SamplesError(f"the samples cannot be read; reinstall the package: {error}") from error
    return story_of(recorded, limit)


def story_of(recorded: Sequence[Recorded], limit: int | None) -> Story:
    """Return the story of a recording: its first conversations, and what their agents were doing meanwhile."""
    names = dict.fromkeys(conversation_of(event) for event in recorded)
    told = frozenset([name for name in names if name][:limit])
    kept = [event for event in recorded if conversation_of(event) in told]
    turns = [event for event in kept if isinstance(event, Turn)]
    agents = frozenset(turn.participant_id for turn in turns if turn.role in HUMAN_ROLES)
    laid_out = spread(kept, AT_ONCE)
    over = max(map(time_of, laid_out))
    states = [
        event for event in recorded if isinstance(event, AgentState) and event.agent_id in agents and event.at <= over
    ]
    return Story(arrival_order([*states, *laid_out]), told, agents)


def conversation_of(event: Recorded) -> str:
    """Return the conversation that an event belongs to; empty for an agent's state."""
    name: str = getattr(event, "conversation_id", "")
    return name
