"""An agent's wellbeing as a keyed domain: what concerns whom, what is on time, and when to look again."""

from bisect import bisect_left, insort
from typing import Literal

from msgspec import Struct

from warmline.contracts.agent_state import AgentState
from warmline.contracts.events import AGENT_WELLBEING
from warmline.contracts.ids import deterministic_id
from warmline.contracts.window import ConversationWindow, Heard
from warmline.store.keyed import Stamps, Step
from warmline.wellbeing.exposure import record_of_state, record_of_turn, standing_at
from warmline.wellbeing.folding import fold, identity, next_due
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.record import Record
from warmline.wellbeing.state import MAX_BUFFERED, Account

DAY_S = 86_400
HUMAN_ROLES = frozenset({"agent", "supervisor"})


class WellbeingDomain:
    """Exposure and recovery of human agents, by event time.

    One agent's contacts reach it from many partitions. An event waits in a buffer, in its place, until it is older than
    the watermark by the policy's lateness; so the order of arrival within the lateness changes nothing. The agent's own
    newest event is no watermark: after an outage one partition may be hours ahead of another.

    Whom a customer's turn concerns is known when its window comes: who had answered when it was spoken, as far as that
    had come. An answer that itself comes late takes over no turn that came before it: what an agent was charged with
    lies in that agent's account, and no window reaches two of them.
    """

    name = "wellbeing"
    shown_type = AGENT_WELLBEING
    state_type = Account

    def __init__(self, policy: WellbeingPolicy, policy_version: str) -> None:
        self._policy = policy
        self._version = policy_version
        self._lateness_ms = policy.lateness_s * 1000

    def key_of(self, event: Struct) -> str | None:
        """Return the human agent whom the event concerns: who is in the state, who spoke, or who was spoken to.

        A bot has no strain; a customer whom nobody has answered burdens nobody; a window without a turn tells nothing.
        """
        if isinstance(event, AgentState):
            return event.agent_id
        if not isinstance(event, ConversationWindow) or event.heard is None:
            return None
        if event.heard.role in HUMAN_ROLES:
            return event.heard.participant_id
        if event.heard.role == "customer":
            stood = standing_at(event, event.heard)
            return stood.agent_id if stood.agent_role in HUMAN_ROLES else None
        return None

    def cause_of(self, event: Struct) -> str:
        """Return an id of the turn, or of the agent's state.

        Of the turn rather than the window: a window that is computed again (its store was lost, and the turns came
        again) has another incarnation, but the agent was exposed once.
        """
        if isinstance(event, AgentState):
            return deterministic_id("agent.state", event.agent_id, event.state, event.at)
        window, heard = _window(event)
        return deterministic_id("turn", window.conversation_id, window.cause if heard is None else heard.turn_id)

    def event_time_of(self, event: Struct) -> int:
        """Return when the turn was spoken, or since when the state holds, ms UTC."""
        if isinstance(event, AgentState):
            return event.at
        window, heard = _window(event)
        return window.as_of if heard is None else heard.spoken_at

    def apply(self, state: Account | None, event: Struct, stamps: Stamps) -> Step[Account]:
        """Put one event in its place. It is folded when the watermark has passed it; early only where too many wait."""
        key = self.key_of(event)
        account = state or Account(key or "")
        if key is None:
            return Step(account, "ignored")
        record = self._record(event, stamps)
        old = _old(account, record)
        if old is not None:
            return Step(account, old)
        insort(account.buffer, record)
        account.newest = max(account.newest, record.at)
        if len(account.buffer) <= MAX_BUFFERED:
            return Step(account, "applied")
        emits = fold(account, account.buffer[0].at, self._policy, self._version, stamps)
        return Step(account, "applied", emits)

    def due(self, state: Account) -> int | None:
        """Return the watermark at which the oldest buffered event or the next due time can be folded, ms UTC."""
        times = [record.at for record in state.buffer[:1]]
        due = next_due(state, self._policy)
        if due is not None:
            times.append(due[0])
        return min(times) + self._lateness_ms + 1 if times else None

    def fire(self, state: Account, watermark_ms: int, stamps: Stamps) -> Step[Account]:
        """Fold what a watermark says can no longer be overtaken."""
        due = self.due(state)
        if due is None or due > watermark_ms:
            return Step(state, "ignored")
        horizon = watermark_ms - self._lateness_ms - 1  # an event exactly as late as allowed is on time
        return Step(state, "applied", fold(state, horizon, self._policy, self._version, stamps))

    def ttl_s(self, state: Account) -> int:  # noqa: ARG002 - every account is kept equally long
        """Return the policy's time to live, s."""
        return self._policy.ttl_days * DAY_S

    def _record(self, event: Struct, stamps: Stamps) -> Record:
        if isinstance(event, AgentState):
            return record_of_state(event, stamps.received_ms)
        window, heard = _window(event)
        assert heard is not None  # noqa: S101 - key_of gives no key without a turn heard
        return record_of_turn(window, heard, self._policy.heard)


def _window(event: Struct) -> tuple[ConversationWindow, Heard | None]:
    if not isinstance(event, ConversationWindow):
        raise TypeError(f"wellbeing takes in windows and agent states, not {type(event).__name__}")
    return event, event.heard


def _old(account: Account, record: Record) -> Literal["duplicate", "late"] | None:
    """Return whether the event was taken in before, or can no longer be; None for a new one.

    Where memory does not reach back far enough, it is called a duplicate: then what its cause gave is published again
    if nobody knows that it was, while a late event would be dropped with it.
    """
    place = bisect_left(account.buffer, _place(record), key=_place)
    if place < len(account.buffer) and _place(account.buffer[place]) == _place(record):
        return "duplicate"
    if record.at > account.folded_to:
        return None
    known = record.at <= account.forgotten_to or identity(record) in account.seen
    return "duplicate" if known else "late"


def _place(record: Record) -> tuple[int, str, str]:
    return record.at, record.conversation_id, record.cause
