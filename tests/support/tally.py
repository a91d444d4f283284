"""A small domain with everything that makes a domain hard: duplicates, order, and due times that publish."""

from msgspec import Struct

from warmline.store.keyed import Emit, KeyedDomain, Stamps, Step

QUIET_MS = 1_000
SECOND = 1_000


class Mark(Struct, frozen=True):
    key: str
    mark_id: str
    at: int
    amount: int = 1


class TallyState(Struct, array_like=True):
    revision: int = 0
    marks: list[str] = []
    total: int = 0
    newest: int = 0
    quiet_since: int = 0


class Tally(Struct, frozen=True):
    key: str
    revision: int
    total: int
    cause: str


class TallyDomain(KeyedDomain[TallyState]):
    """Adds amounts up; says `quiet` once after QUIET_MS without a mark."""

    name = "tally"
    shown_type = "tally"
    state_type = TallyState

    def key_of(self, event: Struct) -> str | None:
        assert isinstance(event, Mark)
        return event.key

    def cause_of(self, event: Struct) -> str:
        assert isinstance(event, Mark)
        return event.mark_id

    def event_time_of(self, event: Struct) -> int:
        assert isinstance(event, Mark)
        return event.at

    def apply(self, state: TallyState | None, event: Struct, stamps: Stamps) -> Step[TallyState]:
        assert isinstance(event, Mark)
        state = state or TallyState(marks=[])
        if event.mark_id in state.marks:
            return Step(state, "duplicate")
        emits = []
        if state.newest and self._due_at(state) is not None and event.at >= state.newest + QUIET_MS:
            emits.append(self._quiet(state, event.key))
        state.marks.append(event.mark_id)
        state.total += event.amount
        state.newest = max(state.newest, event.at)
        emits.append(self._emit(state, event.key, event.mark_id))
        return Step(state, "applied", emits, [emit.event for emit in emits])

    def due(self, state: TallyState) -> int | None:
        return self._due_at(state)

    def fire(self, state: TallyState, watermark_ms: int, stamps: Stamps) -> Step[TallyState]:
        due = self._due_at(state)
        if due is None or due > watermark_ms:
            return Step(state, "ignored")
        quiet = self._quiet(state, state.marks[0].partition(":")[0])
        return Step(state, "applied", [quiet], [quiet.event])

    def ttl_s(self, state: TallyState) -> int:
        return 3600

    def _due_at(self, state: TallyState) -> int | None:
        return None if state.quiet_since == state.newest else state.newest + QUIET_MS

    def _quiet(self, state: TallyState, key: str) -> Emit:
        state.quiet_since = state.newest
        return self._emit(state, key, f"quiet:{state.newest}")

    def _emit(self, state: TallyState, key: str, cause: str) -> Emit:
        state.revision += 1
        tally = Tally(key, state.revision, state.total, cause)
        return Emit("tallies", key, "tally", f"{key}/{cause}", state.newest, tally)
