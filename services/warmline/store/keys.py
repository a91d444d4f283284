"""Glossary of every Redis key. All keys are made here, and every key has a TTL.

    wl:{SERVICE.BUCKET}:s:KEY   hash: the state of one conversation or agent.
                                  v       version, a counter; the compare-and-set compares it
                                  state   the domain's struct, msgpack
                                  outbox  outcomes whose acknowledgement is not yet known, msgpack
                                  now     the newest window, alert or signal as JSON, for anyone to read; scoring
                                          has none
    wl:{SERVICE.BUCKET}:due     sorted set: KEY by the watermark (ms UTC) at which it has something due
    wl:{SERVICE.BUCKET}:ring:KEY sorted set: the newest few members of KEY by their time (ms UTC). scoring: an agent's
                                  caring lines as digests, where the policy asks for them
    wl:{SERVICE}:clock:PART     string: "EVENT_MS WALL_MS", the watermark of an input partition and when it was reached
    wl:{SERVICE}:progress       hash: PART to the wall clock (ms UTC) up to which all that was there is handled and
                                  published; `of`, how many partitions there are; `mixed` where keys are not in the
                                  partitions in which who follows finds them. Of services that others follow
    wl:{SERVICE}:stopped        string: why the service stopped at its dead-letter limit, until somebody lets it go on

`wl` is the setting `redis_prefix`. The part in braces is the Cluster's hash tag: state and due times of one bucket
share a slot, so that one script can change them together. BUCKET is the murmur2 hash of KEY modulo `store_buckets`;
partitions are the same hash modulo their number, so a bucket belongs to the partition BUCKET % PARTITIONS wherever
the number of partitions divides the number of buckets.
"""

from dataclasses import dataclass

from warmline.store.murmur2 import murmur2_positive

DUE_TTL_MARGIN_MS = (
    3_600_000  # the sorted set outlives the states it points to, so no due time is lost before its state
)
CLOCK_TTL_MS = 7 * 24 * 3_600_000  # as long as the windows topic keeps records: an older clock has nothing to wait for
STOPPED_TTL_MS = CLOCK_TTL_MS  # renewed while a process waits for it; later the records it stopped at are gone
PROGRESS_TTL_MS = CLOCK_TTL_MS  # as long as scores are kept: who stood still for longer has lost records anyway


@dataclass(frozen=True, slots=True)
class Keys:
    """Key builder of one service.

    Attributes:
        prefix: Setting `redis_prefix`.
        service: Name of the domain.
        buckets: Setting `store_buckets`.
    """

    prefix: str
    service: str
    buckets: int

    def bucket(self, key: str) -> int:
        """Return the bucket of a conversation or agent id, 0..buckets-1."""
        return murmur2_positive(key.encode("utf-8", "surrogatepass")) % self.buckets

    def state(self, bucket: int, key: str) -> str:
        """Return the key of one state."""
        return f"{self.prefix}:{{{self.service}.{bucket}}}:s:{key}"

    def due(self, bucket: int) -> str:
        """Return the key of a bucket's due times."""
        return f"{self.prefix}:{{{self.service}.{bucket}}}:due"

    def ring(self, bucket: int, key: str) -> str:
        """Return the key of one ring."""
        return f"{self.prefix}:{{{self.service}.{bucket}}}:ring:{key}"

    def clock(self, partition: int) -> str:
        """Return the key of a partition's watermark."""
        return f"{self.prefix}:{{{self.service}}}:clock:{partition}"

    def progress(self) -> str:
        """Return the key of how far the service has come."""
        return f"{self.prefix}:{{{self.service}}}:progress"

    def stopped(self) -> str:
        """Return the key of why the service stands still."""
        return f"{self.prefix}:{{{self.service}}}:stopped"
