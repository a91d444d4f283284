"""Ids of the event stream: how far a reader has read, in every partition of every topic it reads.

`w12.5.0-a3.0.1` says: of windows up to, not including, offset 12 of partition 0, 5 of 1, 0 of 2; of alerts likewise.
Partitions have no order among each other, and another gateway (or the same one after a restart) may see them
interleaved differently: only the whole vector says what a reader has had.
"""

import re

from warmline.contracts import topics

CODES = {
    topics.CONVERSATION_WINDOWS: "w",
    topics.ESCALATION_ALERTS: "a",
    topics.CONVERSATION_SUMMARIES: "s",
    topics.AGENT_ASSIST: "h",
}
"""Topic to its letter; a letter never changes its meaning, since readers keep ids over an upgrade."""

LONGEST_ID = 16_384
_TOPICS = {code: topic for topic, code in CODES.items()}
_SEGMENT = re.compile(r"(?P<code>[a-z])(?P<offsets>\d{1,19}(?:\.\d{1,19})*)", re.ASCII)

Offsets = dict[int, int]
"""Partition to the next offset."""

Positions = dict[str, Offsets]
"""Topic to its offsets."""


def segment(topic: str, offsets: Offsets) -> str:
    """Return one topic's part of an id. A partition that is not known yet counts as not read."""
    return CODES[topic] + ".".join(str(offsets.get(partition, 0)) for partition in range(max(offsets, default=-1) + 1))


def read_id(text: str) -> Positions | None:
    """Return the positions of an id, or None where it is none of ours."""
    found: Positions = {}
    if not text or len(text) > LONGEST_ID:
        return None
    for part in text.split("-"):
        match = _SEGMENT.fullmatch(part)
        if match is None or (topic := _TOPICS.get(match["code"])) is None:
            return None
        found[topic] = dict(enumerate(map(int, match["offsets"].split("."))))
    return found
