"""While windows stands still, agents' accounts wait for what it will tell of their calls."""

from types import SimpleNamespace

from tests.support.memory_progress import MemoryProgress
from tests.support.memory_store import MemoryStore
from tests.unit.wellbeing.shift import MINUTE, MONDAY, window
from warmline.bus.record import Record
from warmline.contracts.topics import AGENT_STATES, CONVERSATION_WINDOWS
from warmline.store.progress import Told, Upstream
from warmline.wellbeing.domain import WellbeingDomain
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.store_bridge import SYNC_MS, AgentHandler

PLACES = {(CONVERSATION_WINDOWS, 0): 0, (CONVERSATION_WINDOWS, 1): 0, (AGENT_STATES, 0): 0}


class World:
    """A handler of which the test sees how far time has come."""

    def __init__(self) -> None:
        self.now_ms = MONDAY
        self.windows, self.store = MemoryProgress(), MemoryStore("wellbeing", 1)
        self.reached: list[int] = []
        self.handler = AgentHandler(
            domain=WellbeingDomain(WellbeingPolicy(), "p"),
            processor=SimpleNamespace(
                process=lambda _batch: [],
                fire=lambda watermarks: self.reached.extend(watermarks.values()) or [],
                settle=lambda: None,
                committed=lambda *_place: None,
                forget_all=lambda: None,
            ),
            store=self.store,
            partitions={CONVERSATION_WINDOWS: 2, AGENT_STATES: 1},
            future_tolerance_s=60,
            now_ms=lambda: self.now_ms,
            count=lambda _outcomes: None,
            upstream=Upstream(self.windows, lambda: self.now_ms, lambda _behind_s: None),
        )
        self.handler.assigned(dict(PLACES))

    def take(self, partition: int) -> None:
        event = window(at=self.now_ms)
        record = Record(CONVERSATION_WINDOWS, partition, 0, None, None, lambda: None, self.now_ms)
        self.handler.handle([(record, event)])

    def time_passes(self) -> int:
        """Time goes on, and every partition is read to its end. Returns how far the accounts have come."""
        self.now_ms += SYNC_MS
        self.handler.tick()
        self.now_ms += 1
        for place in PLACES:
            self.handler.caught_up(*place, self.now_ms)
        self.now_ms += SYNC_MS
        self.handler.tick()
        return self.reached[-1] if self.reached else 0


def test_where_windows_stands_still_with_one_partition_no_account_goes_on() -> None:
    world = World()
    world.windows.tell(Told(2, {0: MONDAY, 1: MONDAY}))
    world.time_passes()
    world.take(0)
    world.take(1)
    began_ms = world.now_ms
    for _ in range(60):
        world.windows.tell(Told(2, {0: world.now_ms}))
        world.take(0)
        assert world.time_passes() <= began_ms
    world.windows.tell(Told(2, {0: world.now_ms, 1: world.now_ms}))
    world.take(0)
    world.time_passes()
    assert world.time_passes() > began_ms + 60 * SYNC_MS, "and when it goes on, so do they"


def test_agents_states_come_from_outside_and_wait_for_nobody() -> None:
    world = World()
    world.windows.tell(Told(2, {0: MONDAY, 1: MONDAY}))
    for _ in range(60):
        world.take(0)
        world.take(1)
        assert world.time_passes() >= world.now_ms - 4 * SYNC_MS


def test_where_windows_is_behind_by_a_steady_while_the_accounts_are_behind_by_as_much_and_go_on() -> None:
    world, behind_ms = World(), 5 * MINUTE
    world.windows.tell(Told(2, {0: MONDAY, 1: MONDAY}))
    world.take(1)
    for _ in range(600):
        told_ms = max(MONDAY, world.now_ms - behind_ms)
        world.windows.tell(Told(2, {0: told_ms, 1: told_ms}))
        world.take(0)
        reached_ms = world.time_passes()
    assert reached_ms > world.now_ms - behind_ms - 5 * SYNC_MS
