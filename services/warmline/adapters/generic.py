"""In-house formats: turns by the JMESPath expressions of the settings file."""

from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from warmline.adapters.adapted import AdapterError
from warmline.adapters.adapter_settings import Mapping
from warmline.adapters.collector import Collector, Known
from warmline.adapters.drafts import Draft
from warmline.adapters.envelopes import Delivery
from warmline.adapters.moments import added, moment_ms, span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of


def learn(_delivery: Delivery, _known: Known) -> None:
    """Mappings read one payload at a time."""


def adapt(delivery: Delivery, out: Collector) -> None:
    """Map one payload by the first mapping that applies to it.

    Raises:
        AdapterError: None applies, or what one finds is not what it should be.
    """
    node, mappings = delivery.node, out.settings.generic
    if not mappings:
        raise AdapterError("no mapping: the vendor `generic` needs a settings file with one", node.path)
    for mapping in mappings:
        found = _Found(mapping, {"root": node.value}, node.path)
        if mapping.when is None or _truthy(found.of("when").value):
            _map(mapping, found, node, out)
            return
    raise AdapterError(f"no mapping applies: {', '.join(mapping.name for mapping in mappings)}", node.path)


class _Found:
    """The values that a mapping's expressions find in one scope."""

    def __init__(self, mapping: Mapping, scope: dict[str, Any], path: str) -> None:
        self._mapping = mapping
        self._scope = scope
        self._path = path

    def of(self, field: str) -> Node:
        """Return the value of a field's expression; of one that is not set, nothing."""
        expression = getattr(self._mapping, field)
        return self.at(field, expression) if expression is not None else Node(None, f"{self._path} ({field})")

    def at(self, field: str, expression: str) -> Node:
        """Return the value of an expression.

        Raises:
            AdapterError: It cannot be applied to what is there.
        """
        path = f"{self._path} ({self._mapping.name}.{field}: {expression})"
        try:
            return Node(_compiled(expression).search(self._scope), path)
        except JMESPathError as error:
            raise AdapterError(f"the expression does not fit: {type(error).__name__}", path) from None
        except (TypeError, ValueError, AttributeError, KeyError, OverflowError, RecursionError):
            raise AdapterError("the expression does not fit what is there", path) from None


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


def _truthy(value: object) -> bool:
    """Tell truth as JMESPath does: zero is true."""
    return value is not None and value is not False and value not in ("", [], {})


def _map(mapping: Mapping, found: _Found, node: Node, out: Collector) -> None:
    if _truthy(found.of("started").value):
        out.started(out.conversation_id(found.of("conversation_id")), _moment(found, mapping, "started_at"))
    if mapping.items is None:
        items = [node]
    else:
        listed = found.of("items")
        items = list(listed.items()) if isinstance(listed.value, list) or listed.value is None else [listed]
    for place, item in enumerate(items):
        path = item.path if mapping.items is None else f"{node.path} ({mapping.name}.items[{place}])"
        inside = _Found(mapping, {"root": node.value, "item": item.value, "index": place}, path)
        if mapping.take is not None and not _truthy(inside.of("take").value):
            out.left_out(Node(None, path), "the mapping takes it for no turn")
            continue
        out.turn(_draft(mapping, inside, place, Node(item.value, path), out))
    if not items:
        out.left_out(node, "the mapping finds no turns in it")
    if _truthy(found.of("ended").value):
        out.ended(out.conversation_id(found.of("conversation_id")), None)


def _moment(found: _Found, mapping: Mapping, field: str) -> int | None:
    return moment_ms(found.of(field), mapping.unit)


def _draft(mapping: Mapping, found: _Found, place: int, item: Node, out: Collector) -> Draft:
    word = found.of("role").word()
    role = mapping.roles.get(word or "") or role_of(word)
    participant = found.of("participant_id").word()
    spoken_at, offset = _moment(found, mapping, "spoken_at"), None
    if mapping.started_at is not None and utc_ms(found.of("spoken_at").value) is None:
        offset = span_ms(found.of("spoken_at"), mapping.unit)
        spoken_at = added(_moment(found, mapping, "started_at"), offset)
    return Draft(
        node=item,
        conversation_id=out.conversation_id(found.of("conversation_id")),
        vendor_id=found.of("turn_id").word(),
        place=place,
        text=found.of("text").text(),
        role=role,
        participant=None if mapping.address else participant,
        address=participant if mapping.address else None,
        spoken_at=spoken_at,
        offset_ms=offset,
        language=found.of("language").word(),
        final=found.of("final").truth() is not False,
        channel=found.of("channel").word(),
        queue=found.of("queue").word(),
        confidence=found.of("confidence").number(),
        vendor={name: found.at(f"vendor.{name}", expression).value for name, expression in mapping.vendor.items()},
    )
