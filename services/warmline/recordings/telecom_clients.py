"""Calls of a telecom company's clients: one object a file, the speakers written in many ways.

`Agent:`, `Agent Ben:`, `Customer (Andrea):`, `**DALEEN (Agent)**:`, `_Agent Chris_` on a line of its own, or bare
names, which a cast list at the top (`Agent: Ben`) may explain; else the first to speak is the agent.
"""

import re
from collections import Counter
from typing import Any, Literal

from warmline.recordings.recorded import Recorded
from warmline.recordings.transcript import Said, call_events, call_of, is_call

QUEUE = "telecom"
STAFF = frozenset({"ben", "chris", "daleen", "jannie"})
"""The company's agents, by first name."""

DECORATION = " *_[]"
LABEL = re.compile(r"^[\s*_\[]*(?P<label>[A-Za-z][\w .()]{0,60}?)[\s*_\]]*:[\s*_]*(?P<text>.*)$")
ALONE = re.compile(r"^_(?P<label>(?:Agent|Customer) \w+)_$")
NAME = re.compile(r"^[A-Z][a-z]+(?: [A-Z][a-z]+)?$")
AGENT = re.compile(r"agent|representative|customer service", re.IGNORECASE)
CUSTOMER = re.compile(r"customer|client|caller", re.IGNORECASE)
DIRECTION = re.compile(
    r"^(?:\[.*\]|\(.*\)|\*.*\*|(?:end of )?(?:the )?(?:call|transcript)(?: start| end)?\.?)$", re.IGNORECASE
)

Side = Literal["agent", "customer"]


def matches(item: dict[str, Any]) -> bool:
    """Tell whether a decoded object is such a call: any call whose speakers the other formats do not know."""
    return is_call(item)


def events_of(item: dict[str, Any]) -> list[Recorded]:
    """Return the call's events.

    Raises:
        UnreadableError: It is not a conversation of two.
        msgspec.ValidationError: A field is missing or wrong.
    """
    call = call_of(item)
    return call_events(call, turns_of(call.content), QUEUE)


def turns_of(content: str) -> list[Said]:
    """Return what each side says; titles and stage directions are dropped, loose lines go on with the turn before."""
    lines = [line for line in map(str.strip, content.split("\n")) if line]
    speakers = _Speakers(lines)
    turns: list[Said] = []
    for line in lines:
        found = ALONE.match(line) or LABEL.match(line)
        side = speakers.side_of(found["label"]) if found else None
        if found and side is not None:
            text = found["text"].strip() if found.re is LABEL else ""
            if not (_role(found["label"]) and text.lower() in speakers):  # a line of the cast list
                turns.append(Said(side, text, speakers.name_of(found["label"])))
        elif turns and not DIRECTION.match(line):
            last = turns[-1]
            turns[-1] = Said(last.role, f"{last.text} {line}".strip(), last.name)
    return [turn for turn in turns if turn.text]


class _Speakers:
    """Who speaks in one call, learnt from all its labels."""

    def __init__(self, lines: list[str]) -> None:
        labels = Counter(found["label"] for line in lines if (found := LABEL.match(line)))
        names = [label for label, times in labels.items() if NAME.match(label) and times > 1 and _role(label) is None]
        self._named: dict[str, Side] = {name: "agent" for name in STAFF if name in map(str.lower, names)}
        for found in filter(None, map(LABEL.match, lines)):
            role = _role(found["label"])
            if role is not None and found["text"].strip(DECORATION) in names:
                self._named[found["text"].strip(DECORATION).lower()] = role
        for label in labels:
            role, name = _role(label), self.name_of(label)
            if role is not None and name is not None:
                self._named[name] = role
        for label in names:  # once would be a heading inside somebody's words, such as `Settings:`
            taken = set(self._named.values()) | {_role(other) for other in labels}
            self._named.setdefault(label.lower(), "customer" if "agent" in taken else "agent")

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def side_of(self, label: str) -> Side | None:
        """Return the side that a label stands for, or None where it names nobody."""
        return _role(label) or self._named.get(label.lower())

    def name_of(self, label: str) -> str | None:
        """Return the name in a label, in small letters."""
        rest = CUSTOMER.sub("", AGENT.sub("", label)).replace("Contoso Inc.", "")
        name = rest.strip(DECORATION + "()").lower()
        return name if name.isalpha() else None


def _role(label: str) -> Side | None:
    if AGENT.search(label):
        return "agent"
    return "customer" if CUSTOMER.search(label) else None
