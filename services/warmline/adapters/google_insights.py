"""Google Conversational Insights: conversations of the interface and its exports, and the import file."""

from warmline.adapters.collector import Collector
from warmline.adapters.drafts import Draft
from warmline.adapters.moments import OLDEST_EPOCH_MS, added, moment_ms, span_ms, utc_ms
from warmline.adapters.nodes import Node
from warmline.adapters.roles import role_of
from warmline.contracts.ids import deterministic_id
from warmline.contracts.labels import Role

CHANNELS = {"PHONE_CALL": "voice", "CHAT": "chat", "1": "voice", "2": "chat"}


def is_conversation(node: Node) -> bool:
    """Tell whether a payload is a conversation, a list of them, an import file or an analysis."""
    return node.has(
        "entries", "transcript", "conversations", "analysisResult", "analysis_result", "dataSource", "turnCount"
    )


def adapt(node: Node, out: Collector) -> None:
    """Map one payload.

    Raises:
        AdapterError: It is broken.
    """
    if node.has("conversations"):
        for item in node.at("conversations").items():
            _conversation(item.object(), out)
    elif node.has("entries"):
        _import_file(node, out)
    elif node.has("analysisResult", "analysis_result") and not node.has("transcript"):
        out.left_out(node, "an analysis without the conversation's words: no turn")
    else:
        _conversation(node, out)


def _import_file(node: Node, out: Collector) -> None:
    entries = [entry.object() for entry in node.at("entries").items()]
    told = [
        f"{entry.at('start_timestamp_usec').value} {entry.at('role').value} {entry.at('text').value}"
        for entry in entries
    ]
    named = node.at("conversation_id", "name")
    contact = out.conversation_id(named, deterministic_id(*told))
    if node.has("conversation_info"):
        out.left_out(node.at("conversation_info"), "facts about the contact: Warmline has no field for them")
    for place, entry in enumerate(entries):
        when = entry.at("start_timestamp_usec", "startTimestampUsec")
        spoken_at = moment_ms(when, "us")
        if spoken_at is not None and spoken_at < OLDEST_EPOCH_MS:
            out.assume(when, "so near 1970 that it may count from the conversation's start; taken as it stands")
        user = entry.at("user_id", "userId").word()
        out.turn(
            Draft(
                node=entry,
                conversation_id=contact,
                vendor_id=None,
                place=place,
                text=entry.at("text").text(),
                role=role_of(entry.at("role").word()),
                participant=f"{contact}:{user}" if user is not None else None,
                spoken_at=spoken_at,
                language=entry.at("language_code", "languageCode").word(),
            )
        )


def _conversation(node: Node, out: Collector) -> None:
    transcript = node.at("transcript")
    listed = (
        transcript if isinstance(transcript.value, list) else transcript.at("transcriptSegments", "transcript_segments")
    )
    segments = [item.object() for item in listed.items()]
    if not segments:
        out.left_out(transcript, "no transcript in it")
        return
    contact = out.conversation_id(
        Node(_name(node.at("name", "conversationName", "conversation_name").word()), node.at("name").path),
        deterministic_id(*(f"{item.at('text').value} {item.at('messageTime').value}" for item in segments)),
    )
    start = moment_ms(node.at("startTime", "start_time", "startTimestampUtc"), "s")
    created = moment_ms(node.at("createTime", "create_time"), "s")
    scores, roles = _annotated(node), _channel_roles(node, out)
    out.count_from(start if start is not None else created)
    for place, item in enumerate(segments):
        draft = _segment(item, place, (contact, start), roles, node)
        if draft.offset_ms is None and draft.spoken_at is None:
            draft = draft.with_offset(0)
        out.turn(draft.with_marks(scores.get(place, {})))


def _name(name: str | None) -> str | None:
    return (
        name.replace(name[name.index("locations/") : name.index("conversations/")], "")
        if name and _located(name)
        else name
    )


def _located(name: str) -> bool:
    return 0 <= name.find("locations/") < name.find("conversations/")


def _segment(item: Node, place: int, call: tuple[str, int | None], roles: dict[str, Role], top: Node) -> Draft:
    contact, start = call
    speaker = item.at("segmentParticipant", "segment_participant")
    tag = item.at("channelTag", "channel_tag").word() or ""
    role = role_of(speaker.at("role").word()) or roles.get(tag)
    words = item.at("words")
    first = next(words.items(), words)
    user = speaker.at("userId", "user_id", "dialogflowParticipantName", "dialogflow_participant_name").word()
    agent = top.at("agentId", "agent_id").word() if role == "agent" else None
    medium = top.at("medium").word()
    confidence = item.at("confidence").number()
    offset = span_ms(first.at("startOffset", "start_offset"))
    spoken_at = utc_ms(item.at("messageTime", "message_time").value)
    return Draft(
        node=item,
        conversation_id=contact,
        vendor_id=None,
        place=place,
        text=item.at("text").text(),
        role=role,
        participant=agent or (f"{contact}:{user}" if user else None),
        spoken_at=added(start, offset) if spoken_at is None else spoken_at,
        offset_ms=offset,
        language=item.at("languageCode", "language_code").word() or top.at("languageCode", "language_code").word(),
        channel=CHANNELS.get(medium or "PHONE_CALL", (medium or "").lower()),
        confidence=confidence or None,
        vendor={"channel_tag": item.at("channelTag", "channel_tag").whole(), **scored(item.at("sentiment"))},
    )


def scored(sentiment: Node) -> dict[str, object]:
    """Return a sentiment; in Google's JSON a score of zero is absent, and an empty object is one."""
    if not isinstance(sentiment.value, dict):
        return {}
    score, magnitude = sentiment.at("score").number(), sentiment.at("magnitude").number()
    return {"sentiment": {"score": score or 0, "magnitude": magnitude or 0}}


def _annotated(node: Node) -> dict[int, dict[str, object]]:
    """Return the sentiments that the latest analysis gives to segments, by their index; index 0 is absent there."""
    latest = node.at("latestAnalysis", "latest_analysis").at("analysisResult", "analysis_result")
    metadata = latest.at("callAnalysisMetadata", "call_analysis_metadata")
    found: dict[int, dict[str, object]] = {}
    for item in metadata.at("annotations").items():
        sentiment = item.at("sentimentData", "sentiment_data")
        boundary = item.at("annotationStartBoundary", "annotation_start_boundary")
        index = boundary.at("transcriptIndex", "transcript_index").whole() or 0
        if isinstance(sentiment.value, dict):
            found[index] = scored(sentiment)
    return found


def _channel_roles(node: Node, out: Collector) -> dict[str, Role]:
    """Return who is on which audio channel: by the call's metadata, else by the settings."""
    metadata = node.at("callMetadata", "call_metadata")
    roles = dict(out.settings.google.channels)
    customer = metadata.at("customerChannel", "customer_channel").word()
    agent = metadata.at("agentChannel", "agent_channel").word()
    if customer is not None:
        roles[customer] = "customer"
    if agent is not None:
        roles[agent] = "agent"
    return roles
