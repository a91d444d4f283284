"""Which changes of a contract since its last release would break somebody, event by event, in plain words.

Who is on the other side decides. What we publish is read by people who hold the released schema: nothing may come that
it refuses, and no field of it may go. What we accept is written by people who hold the released schema: nothing of it
may be refused now.
"""

from dataclasses import dataclass

from warmline.contracts import events
from warmline.contracts.asyncapi import RECORD_KEY
from warmline.contracts.json_schema import Schema, with_final_labels
from warmline.contracts.refusals import Refusal, refusals

FROM_OUTSIDE = frozenset(
    {
        events.CONVERSATION_TURN,
        events.CONVERSATION_STARTED,
        events.CONVERSATION_ENDED,
        events.ESCALATION_FEEDBACK,
        events.AGENT_ASSIST_FEEDBACK,
        events.AGENT_STATE,
        events.SURVEY_RESPONSE,
    }
)
"""Events that other systems write."""

READ_BACK = frozenset({events.CONVERSATION_SCORED, events.CONVERSATION_WINDOW})
"""Events that one service of ours writes and another reads. During a rolling upgrade, and in a replay, the new reader
meets records of the released writer: they must be accepted as well."""

PASSED_ON = frozenset({events.CONVERSATION_STARTED, events.CONVERSATION_ENDED})
"""Events from outside that scoring publishes again beside its scores."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One breaking change.

    Attributes:
        event: Type name of the event.
        path: The field, for example `moments[].effect`; empty where it is the event as a whole.
        problem: What changed and whom it breaks.
    """

    event: str
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.event}, field `{self.path}`: {self.problem}" if self.path else f"{self.event}: {self.problem}"


def breaking_changes(released: dict[str, Schema], current: dict[str, Schema]) -> list[Finding]:
    """Return every breaking change, by event type in order; both arguments are schemas by event type."""
    found: dict[Finding, None] = {}  # an ordered set: both directions can find the same
    for event in sorted(released):
        if event not in current:
            found[Finding(event, "", "the event type was removed")] = None
            continue
        if event not in FROM_OUTSIDE or event in PASSED_ON:
            found.update(dict.fromkeys(published(event, released[event], current[event])))
        if event in FROM_OUTSIDE or event in READ_BACK:
            found.update(dict.fromkeys(accepted(event, released[event], current[event])))
    return list(found)


def channel_changes(released: Schema, current: Schema) -> list[Finding]:
    """Return what breaks those who subscribe: a topic or a type on it gone, or another record key.

    Both arguments are AsyncAPI documents. Dead letters and the services' operations are our own affair.
    """
    found = []
    for topic, channel in released["channels"].items():
        if RECORD_KEY not in channel:
            continue
        now = current["channels"].get(topic)
        if now is None:
            found.append(Finding(topic, "", "the topic was removed"))
            continue
        gone = [name for name in channel["messages"] if name not in now["messages"]]
        found += [Finding(topic, "", f"{name} no longer travels on this topic") for name in gone]
        if now[RECORD_KEY] != channel[RECORD_KEY]:
            found.append(Finding(topic, "", f"the record key was {channel[RECORD_KEY]}, and is {now[RECORD_KEY]}"))
    return found


def published(event: str, released: Schema, current: Schema) -> list[Finding]:
    """Return what breaks the readers of an event: those who hold the released schema."""
    return [
        Finding(event, refusal.path, _to_readers(refusal))
        for refusal in refusals(writer=current, reader=released)
        if refusal.kind != "default"  # we write our fields; what an absent one means is for the reader's past records
    ]


def accepted(event: str, released: Schema, current: Schema) -> list[Finding]:
    """Return what breaks the senders of an event: those who hold the released schema."""
    return [
        Finding(event, refusal.path, _to_senders(refusal))
        for refusal in refusals(writer=with_final_labels(released), reader=with_final_labels(current))
        if refusal.kind != "removed" or refusal.reader == "required"  # a new optional field: senders leave it out
    ]


def _to_readers(refusal: Refusal) -> str:
    now, before = refusal.writer, refusal.reader
    return {
        "removed": "was removed; readers may rely on it",
        "absent": "was always there and may now be missing",
        "null": f"may now be null; it was always {before}",
        "type": f"may now be {now}; readers of the released schema expect {before}",
        "value": f"has the new value {now}, which readers of the released schema do not know",
        "limit": f"went from {before} to {now}; readers of the released schema may refuse what lies between",
        "default": "",
        "closed": f"has fields that the released schema forbids: {now}",
    }[refusal.kind]


def _to_senders(refusal: Refusal) -> str:
    before, now = refusal.writer, refusal.reader
    return {
        "removed": "is new and required; senders of the released schema leave it out",
        "absent": "was optional and is now required",
        "null": f"may no longer be null, only {now}",
        "type": f"no longer takes {before}, only {now}",
        "value": f"no longer takes the value {before}",
        "limit": f"went from {before} to {now}; what senders of the released schema may send is refused",
        "default": f"meant {before} where left out, and now means {now}",
        "closed": "no longer tolerates fields that it does not name",
    }[refusal.kind]
