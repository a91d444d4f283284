"""Dead letters: the raw record as it came, and why it could not be processed, on `GROUP.dlq`.

The reason travels in headers named as Kafka Streams names them (KIP-1034), so that existing tools read them.

A record may be too large for its letter: a value is compressed on its way in, and the letter has seven headers more.
Then the letter goes without the value and says so in a header of its own. Its place tells where the record lies, for as
long as that topic keeps it.
"""

from collections import deque
from dataclasses import dataclass

from warmline.bus.envelope import Headers
from warmline.bus.record import Record

REASON = "__streams.errors.exception"
DETAIL = "__streams.errors.message"
TOPIC = "__streams.errors.topic"
PARTITION = "__streams.errors.partition"
OFFSET = "__streams.errors.offset"
TIMESTAMP = "warmline.errors.timestamp_ms"
GROUP = "warmline.errors.group"
LEFT_OUT = "warmline.errors.left_out"
"""What of a record that is too large for its letter is not in it, parted by commas; others have none."""
OUR_HEADERS = frozenset({REASON, DETAIL, TOPIC, PARTITION, OFFSET, TIMESTAMP, GROUP, LEFT_OUT})

LIGHT_BYTES = 16_384
"""Key and own headers up to this size stay with a letter that goes without its value: far below any topic's limit."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One refused record.

    Attributes:
        record: The record, raw.
        reason: A short word.
        detail: In words; never the content.
    """

    record: Record
    reason: str
    detail: str

    @property
    def size(self) -> int:
        """Bytes of the record: its value, and what stands beside it."""
        return len(self.record.value or b"") + self._beside

    def headers(self, group: str) -> Headers:
        """Return the record's own headers with the reason after them."""
        return [*self.record.headers, *self._reason(group)]

    def without_value(self, group: str) -> tuple[bytes | None, Headers]:
        """Return key and headers of the letter that goes without the value.

        Where the record is large by its key or by its own headers, those are left out too.
        """
        if self._beside > LIGHT_BYTES:
            return None, [*self._reason(group), (LEFT_OUT, b"value,key,headers")]
        return self.record.key, [*self.headers(group), (LEFT_OUT, b"value")]

    @property
    def _beside(self) -> int:
        """Bytes of the key and of the record's own headers."""
        # A header's value may be null, whatever the type says.
        return len(self.record.key or b"") + sum(len(name) + len(each or b"") for name, each in self.record.headers)

    def _reason(self, group: str) -> Headers:
        record = self.record
        return [
            (REASON, self.reason.encode()),
            (DETAIL, self.detail.encode("utf-8", "replace")),
            (TOPIC, record.topic.encode()),
            (PARTITION, str(record.partition).encode()),
            (OFFSET, str(record.offset).encode()),
            (TIMESTAMP, str(record.timestamp_ms).encode()),
            (GROUP, group.encode()),
        ]


class DeadLetterLimitError(Exception):
    """So many records are refused that something is wrong with all of them: the service must stop, not drain them."""


class DeadLetterLimit:
    """Watches the share of dead letters among the newest records.

    Args:
        ratio: Share above which the limit is reached, above 0 and at most 1.
        window: Records that the share is taken over; below that many the limit is never reached.
    """

    def __init__(self, ratio: float, window: int) -> None:
        self._ratio = ratio
        self._window = window
        self._batches: deque[tuple[int, int]] = deque()
        self._records = 0
        self._dead = 0

    def check(self, records: int, dead: int) -> None:
        """Count a batch in, before its dead letters are published.

        Raises:
            DeadLetterLimitError: The limit is reached; this batch's letters are not published nor its offsets
                committed, so that after the fault is mended nothing needs to be replayed.
        """
        self._batches.append((records, dead))
        self._records += records
        self._dead += dead
        while self._batches and self._records - self._batches[0][0] >= self._window:
            old_records, old_dead = self._batches.popleft()
            self._records -= old_records
            self._dead -= old_dead
        if self._records >= self._window and self._dead > self._ratio * self._records:
            raise DeadLetterLimitError(
                f"{self._dead} of the last {self._records} records were refused, more than the limit of "
                f"{self._ratio:.0%}; nothing was skipped. `warmline dlq list` tells their reasons. When what sends "
                "them is mended, `warmline dlq resume` lets the service go on."
            )
