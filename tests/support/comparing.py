"""Compares what a live run published with what the backtest says."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from confluent_kafka import Message

from warmline.bus.envelope import header
from warmline.store.keyed import Emit

PROCESSING_TIMES = ("received", "scored", "windowed", "published")


def without_processing_times(value: bytes, *apart_from: str) -> dict[str, Any]:
    """Return an event's content but for the four stamps that may differ from run to run, and the fields named."""
    content: dict[str, Any] = json.loads(value)
    for name in apart_from:
        content.pop(name, None)
    times = content.get("times")
    if times:
        content["times"] = {name: at for name, at in times.items() if name not in PROCESSING_TIMES}
    return content


def expected_of(emits: Iterable[Emit], topics: set[str], *apart_from: str) -> dict[str, dict[str, Any]]:
    """Return id to content of the backtest's events on some topics."""
    return {
        emit.id: without_processing_times(msgspec.json.encode(emit.event), *apart_from)
        for emit in emits
        if emit.topic in topics
    }


def published_of(messages: Iterable[Message], *apart_from: str) -> dict[str, dict[str, Any]]:
    """Return id to content of published records; repeats must be the same in everything but the stamps.

    Args:
        messages: The records.
        apart_from: Fields that are left out, such as `policy` where it changes while the run goes on.
    """
    contents: dict[str, dict[str, Any]] = {}
    for message in messages:
        event_id = (header(message.headers(), "ce_id") or b"").decode()  # type: ignore[arg-type]
        content = without_processing_times(message.value() or b"", *apart_from)
        held = contents.setdefault(event_id, content)
        assert held == content, f"a repeat of {event_id} differs"
    return contents


def _kind(content: dict[str, Any]) -> str:
    """Name an event for a message: what tells the types apart, without their ids."""
    for name in ("reason", "kind", "end_reason", "cause", "sentiment"):
        if name in content:
            return f"{name}={str(content[name])[:12]} by {content.get('rule', '')}"
    return "?"


def assert_same_events(published: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> None:
    """Fail with the first differences, in words."""
    missing = expected.keys() - published.keys()
    extra = published.keys() - expected.keys()
    different = [each for each in expected.keys() & published.keys() if published[each] != expected[each]]
    kinds = Counter(_kind(expected[each]) for each in missing)
    assert not missing, f"{len(missing)} of {len(expected)} events were not published: {kinds}; {next(iter(missing))}"
    assert not extra, f"{len(extra)} events too many: {[published[each] for each in list(extra)[:2]]}"
    first = different[0] if different else ""
    assert not different, f"{len(different)} events differ:\n{published[first]}\n{expected[first]}"


def await_events(
    published: Callable[[], dict[str, dict[str, Any]]], expected: dict[str, dict[str, Any]], timeout_s: float
) -> None:
    """Return once everything expected is published; fail with what is missing."""
    until = time.monotonic() + timeout_s
    pause = threading.Event()
    while True:
        found = published()
        if expected.keys() <= found.keys():
            return
        if time.monotonic() > until:
            assert_same_events(found, expected)
        pause.wait(0.5)
