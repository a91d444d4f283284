"""A service's progress in memory; `tests/integration/test_redis_progress.py` holds the one in Redis to the same."""

from collections.abc import Collection

from warmline.store.progress import ProgressStore, Told
from warmline.store.store import StoreUnavailableError


class MemoryProgress(ProgressStore):
    """As the one in Redis; away where the test wants."""

    def __init__(self) -> None:
        self.told: Told | None = None
        self.away = False

    def tell(self, told: Told) -> None:
        self._fault()
        before = self.told or Told(0, {})
        aligned = before.aligned and told.aligned
        self.told = Told(told.partitions, {**before.reached, **told.reached}, aligned)

    def hear(self, partitions: Collection[int], of: int) -> Told | None:
        self._fault()
        if self.told is None or self.told.partitions != of or not self.told.aligned:
            return self.told
        return Told(of, {part: self.told.reached[part] for part in partitions if part in self.told.reached})

    def _fault(self) -> None:
        if self.away:
            raise StoreUnavailableError("as the test wants")
