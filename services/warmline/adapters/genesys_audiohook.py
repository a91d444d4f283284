"""Genesys Cloud AudioHook and transcription connectors: the transcript entities in their event messages."""

from collections.abc import Iterator

from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import span_ms
from warmline.adapters.nodes import Node
from warmline.contracts.labels import Role

PROBE = "00000000-0000-0000-0000-000000000000"
"""Genesys opens a session with this conversation to try the connection."""


def is_message(node: Node) -> bool:
    """Tell whether a payload is a message of the protocol."""
    return node.has("parameters") and node.has("seq", "serverseq", "clientseq") and node.has("type")


def adapt(node: Node, out: Collector) -> None:
    """Map a message: events hold entities, all others steer the session.

    Raises:
        AdapterError: It is broken.
    """
    parameters = node.at("parameters").object()
    if node.at("type").word() != "event":
        probe = parameters.at("conversationId").word() == PROBE
        out.left_out(node.at("type"), "a probe of the connection" if probe else "it steers the session, no turn")
        return
    session = out.conversation_id(node.at("id"))
    for place, entity in enumerate(parameters.at("entities").items()):
        drafts = list(_drafts(entity.object(), place, session, out))
        for draft in drafts:
            out.turn(draft)
        if not drafts:
            out.left_out(entity, "an entity without utterances")


def _drafts(entity: Node, place: int, session: str, out: Collector) -> Iterator[Draft]:
    data, kind = entity.at("data"), entity.at("type").word()
    if kind == "transcript":
        best = next(data.object().at("alternatives").items(), data.at("alternatives"))
        display = [item for item in best.at("interpretations").items() if item.at("type").word() in ("display", None)]
        text = display[0].at("transcript") if display else best.at("transcript")
        yield _draft(data, place, session, (text, data.at("channelId"), data.at("offset")), best, out)
    elif kind == "agentassist":
        for at, said in enumerate(data.object().at("utterances").items()):
            yield _draft(
                said, place * 1_000 + at, session, (said.at("text"), said.at("channel"), said.at("position")), said, out
            )


def _draft(said: Node, place: int, session: str, parts: tuple[Node, Node, Node], best: Node, out: Collector) -> Draft:
    text, channel, offset = parts
    return Draft(
        node=said,
        conversation_id=session,
        vendor_id=said.at("id").word(),
        place=place,
        text=text.text(),
        role=_role(channel, out),
        offset_ms=_duration_ms(offset),
        language=said.at("language").word(),
        final=said.at("isFinal").truth() is not False,
        channel="voice",
        confidence=best.at("confidence").number(),
    )


def _role(channel: Node, out: Collector) -> Role | None:
    """Return who is heard: channels are numbered by their place in the media, external first where both are sent."""
    roles: dict[str, Role] = {"0": "customer", "external": "customer"}
    roles |= {"1": out.settings.genesys.internal, "internal": out.settings.genesys.internal}
    return roles.get((channel.word() or "").lower())


def _duration_ms(node: Node) -> int | None:
    """Return a position such as PT1.25S."""
    word = node.word() or ""
    return span_ms(Node(word[2:-1], node.path), "s") if word.startswith("PT") and word.endswith("S") else None
