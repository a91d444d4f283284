"""What the services publish is seen at once, followed without a gap over a restart, and judged by people."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support.gateway import AGENT, GatewayProcess, create_topics, running_gateway, sse_events, turn
from tests.support.loops import await_that, read_all
from warmline.bus.envelope import header
from warmline.contracts.alert import EscalationAlert
from warmline.contracts.assist import AssistFeedback, AssistMove
from warmline.contracts.feedback import AlertFeedback
from warmline.contracts.topics import (
    AGENT_ASSIST,
    AGENT_ASSIST_FEEDBACK,
    AGENT_WELLBEING,
    CONVERSATION_WINDOWS,
    DAY_MS,
    ESCALATION_ALERTS,
    ESCALATION_FEEDBACK,
)
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.contracts.window import ConversationWindow

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
POLICY = f"""
gateway:
  quote_words: true
  group_min_agents: 3
  teams: {{north: [{AGENT}, agent-8, agent-9], two: [{AGENT}, agent-8]}}
  wellbeing_readers: [{{who: 'key:read', teams: [north], why: "to plan breaks"}}]
"""


def example(name, kind):
    return msgspec.json.decode((EXAMPLES / f"{name}.json").read_bytes(), type=kind)


WINDOW = example("conversation.window", ConversationWindow)
ALERT = example("escalation.alert", EscalationAlert)
MOVE = example("agent.assist", AssistMove)
SIGNAL = example("agent.wellbeing", WellbeingSignal)


@pytest.fixture(scope="module")
def gateway(
    kafka: KafkaPart, redis_server: RedisPart, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("looking")
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    prefix = f"looking-{uuid.uuid4().hex[:8]}."
    settings = {"policy_file": str(policy)}
    with running_gateway(kafka.bootstrap, redis_server.url, folder, prefix, settings) as running:
        yield running


def publish(gateway, topic, key, *events, at_ms=0):
    """Publish events as of a time, ms UTC; 0 is now."""
    producer = Producer({"bootstrap.servers": gateway.bootstrap, "partitioner": "murmur2_random"})
    for event in events:
        producer.produce(gateway.prefix + topic, msgspec.json.encode(event), key.encode(), timestamp=at_ms)
    assert producer.flush(30) == 0


def window_of(conversation, revision=1, **fields):
    given = {"conversation_id": conversation, "revision": revision, "as_of": WINDOW.as_of + revision, **fields}
    return msgspec.structs.replace(WINDOW, **given)


def alert_of(conversation, alert_id, **fields):
    return msgspec.structs.replace(ALERT, conversation_id=conversation, alert_id=alert_id, **fields)


def seen(client, path, **query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_conversations_are_listed_by_risk_and_one_is_shown_turn_by_turn(gateway: GatewayProcess) -> None:
    with gateway.client() as client:
        said = turn(1, "told", turn_id=WINDOW.heard.turn_id, text="my parcel is late again")
        assert client.post("/v1/turns", json=said).status_code == 202
        publish(gateway, CONVERSATION_WINDOWS, "calm", window_of("calm", distress=0.1, ended=None))
        publish(gateway, CONVERSATION_WINDOWS, "told", window_of("told", 1), window_of("told", 2, ended=None))
        publish(gateway, ESCALATION_ALERTS, "told", alert_of("told", "a-told", risk=0.9))
        publish(gateway, CONVERSATION_WINDOWS, "over", window_of("over", ended="completed"))
        await_that(
            lambda: (
                [each["risk"] for each in seen(client, "/v1/conversations")["conversations"]][:1] == [0.9]
                and len(seen(client, "/v1/conversations")["conversations"]) == 2
            ),
            "the view shows what goes on",
        )
        first, second = seen(client, "/v1/conversations")["conversations"]
        assert (first["conversation_id"], second["conversation_id"]) == ("told", "calm")
        assert second["risk"] is None
        assert msgspec.convert(first["window"], ConversationWindow) == window_of("told", 2, ended=None)
        assert msgspec.convert(first["alert"], EscalationAlert).alert_id == "a-told"
        assert seen(client, "/v1/conversations", queue="no such queue")["conversations"] == []

        detail = seen(client, "/v1/conversations/told")
        assert detail["source"] == "view"
        assert [point["at"] for point in detail["windows"]] == [WINDOW.as_of + 1, WINDOW.as_of + 2]
        (shown,) = detail["turns"]
        assert shown["turn_id"] == WINDOW.heard.turn_id
        assert shown["text"] == "my parcel is late again", "the policy of this gateway lets words be quoted"
        assert "self_harm" not in shown, "said where it was heard, and nowhere else"
        assert client.get("/v1/conversations/nobody").status_code == 404


def test_it_tells_when_its_loop_last_came_round_so_that_one_that_is_stuck_is_noticed(gateway: GatewayProcess) -> None:
    seen_s = gateway.process.metric("warmline_loop_seen_timestamp_seconds", service="gateway")
    assert time.time() - 60 < seen_s <= time.time()
    await_that(
        lambda: gateway.process.metric("warmline_loop_seen_timestamp_seconds", service="gateway") > seen_s, "it goes on"
    )


def test_a_turn_that_speaks_of_self_harm_says_so(gateway: GatewayProcess) -> None:
    grave = example("conversation.window.self_harm", ConversationWindow)
    publish(gateway, CONVERSATION_WINDOWS, grave.conversation_id, grave)
    path = f"/v1/conversations/{grave.conversation_id}"
    with gateway.client("read") as client:
        await_that(lambda: client.get(path).status_code == 200, "the view shows it")
        assert [turn["self_harm"] for turn in seen(client, path)["turns"]] == [True]


def test_a_conversation_that_is_not_in_view_is_read_from_the_store(
    gateway: GatewayProcess, redis_server: RedisPart
) -> None:
    from redis import Redis  # noqa: PLC0415

    from warmline.store.keys import Keys  # noqa: PLC0415

    keys = Keys("wl", "windows", 48)
    with Redis.from_url(redis_server.url) as store:
        key = keys.state(keys.bucket("stored"), "stored")
        store.hset(key, "now", msgspec.json.encode(window_of("stored")))
        store.expire(key, 60)
    with gateway.client("read") as client:
        detail = seen(client, "/v1/conversations/stored")
    assert detail["source"] == "store"
    assert detail["window"]["conversation_id"] == "stored"


def test_alerts_are_filtered_and_a_persons_word_on_one_reaches_its_topic_once(gateway: GatewayProcess) -> None:
    publish(
        gateway,
        ESCALATION_ALERTS,
        "judged",
        alert_of("judged", "a-1", queue="judged", severity="warning"),
        alert_of("judged", "a-2", queue="judged", severity="critical"),
        alert_of("judged", "a-1", queue="judged", severity="warning", sequence=2, state="closed", routing=None),
    )
    with gateway.client() as client:

        def ids(**query):
            return [alert["alert_id"] for alert in seen(client, "/v1/alerts", queue="judged", **query)["alerts"]]

        await_that(lambda: ids(status="closed") == ["a-1"], "the alerts are in view")
        assert set(ids()) == {"a-1", "a-2"}
        assert ids(status="open") == ["a-2"]
        assert ids(severity="warning") == ["a-1"]
        assert ids(since=ALERT.as_of + 1) == []
        assert len(ids(limit=1)) == 1
        for wrong in (
            {"severty": "critical"},
            {"limit": "0"},
            {"since": "-1"},
            {"severity": "mild"},
            {"status": "x"},
            {"limit": "9" * 30},
        ):
            assert client.get("/v1/alerts", params=wrong).status_code == 400, wrong

        for verdict in ("acknowledged", "confirmed", "acknowledged"):
            answer = client.post("/v1/alerts/a-2/feedback", json={"verdict": verdict})
            assert answer.status_code == 202, answer.text
        for wrong in ({"verdict": "maybe"}, {"verdict": "confirmed", "note": "she said"}, [], {}):
            assert client.post("/v1/alerts/a-2/feedback", json=wrong).status_code == 400
        assert client.post("/v1/alerts/no-such/feedback", json={"verdict": "confirmed"}).status_code == 404
    given = [
        msgspec.json.decode(message.value(), type=AlertFeedback)
        for message in read_all(gateway.bootstrap, gateway.prefix + ESCALATION_FEEDBACK)
    ]
    assert {feedback.alert_id for feedback in given} == {"a-2"}
    assert {feedback.by for feedback in given} == {"all"}
    assert len({feedback.feedback_id for feedback in given}) == 2, "the same word twice is one feedback"


def test_an_agent_puts_its_own_move_away_and_no_one_elses(gateway: GatewayProcess) -> None:
    own = msgspec.structs.replace(MOVE, move_id="m-own", conversation_id="moved", agent_id=AGENT)
    other = msgspec.structs.replace(MOVE, move_id="m-other", conversation_id="moved", agent_id="agent-8")
    early = msgspec.structs.replace(MOVE, move_id="m-early", conversation_id="moved", agent_id=None)
    publish(gateway, AGENT_ASSIST, "moved", own, other, early)
    with gateway.client("agent:self") as agent, gateway.client("feedback") as supervisor:
        path = "/v1/assist/{}/dismiss".format
        await_that(lambda: agent.post(path("m-own")).status_code == 202, "the move is in view")
        assert agent.post(path("m-other")).status_code == 404
        assert supervisor.post(path("m-other")).status_code == 202
        assert agent.post(path("m-early")).status_code == 404, "nobody has answered yet"
        publish(gateway, CONVERSATION_WINDOWS, "moved", window_of("moved", agent_id=AGENT, ended=None))
        await_that(lambda: agent.post(path("m-early")).status_code == 202, "whoever answers puts it away")
    messages = read_all(gateway.bootstrap, gateway.prefix + AGENT_ASSIST_FEEDBACK)
    put_away = {msgspec.json.decode(message.value(), type=AssistFeedback).move_id for message in messages}
    assert put_away == {"m-own", "m-other", "m-early"}
    assert {header(message.headers(), "ce_type") for message in messages} == {b"assist.feedback"}


def test_wellbeing_is_for_the_agent_and_whom_the_policy_names_and_a_team_is_counted(gateway: GatewayProcess) -> None:
    publish(gateway, AGENT_WELLBEING, AGENT, msgspec.structs.replace(SIGNAL, agent_id=AGENT, band="high"))
    with gateway.client("agent:self") as agent, gateway.client("read") as named, gateway.client("all") as unnamed:
        path = f"/v1/agents/{AGENT}/wellbeing"
        await_that(lambda: seen(agent, path)["wellbeing"] is not None, "the signal is in view")
        shown = seen(agent, path)
        assert shown["wellbeing"]["band"] == "high"
        assert shown["readers"] == [{"who": "key:read", "why": "to plan breaks"}], "the agent sees who else sees it"
        assert seen(named, path) == shown
        assert named.get("/v1/agents/agent-99/wellbeing").status_code == 403, "in no team that the policy gives"
        assert unnamed.get("/v1/agents/agent-8/wellbeing").status_code == 403, "whom the policy does not name"
        team = seen(named, "/v1/teams/north/wellbeing")
        assert team == {"team": "north", "agents": 3, "bands": {"calm": 2, "elevated": 0, "high": 1, "severe": 0}}
        small = named.get("/v1/teams/two/wellbeing")
        assert small.status_code == 403
        assert "too small" in small.json()["detail"]
        assert named.get("/v1/teams/south/wellbeing").status_code == 404


def test_a_gateway_that_starts_knows_a_band_that_has_stood_for_ten_days(
    kafka: KafkaPart, redis_server: RedisPart, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    prefix = f"stands-{uuid.uuid4().hex[:8]}."
    create_topics(kafka.bootstrap, prefix)
    late = GatewayProcess(kafka.bootstrap, redis_server.url, tmp_path, prefix, {"policy_file": str(policy)})
    then_ms = int(time.time() * 1000) - 10 * DAY_MS
    signal = msgspec.structs.replace(SIGNAL, agent_id=AGENT, band="elevated", as_of=then_ms)
    publish(late, AGENT_WELLBEING, AGENT, signal, at_ms=then_ms)
    try:
        late.start()
        with late.client("read") as client:
            bands = seen(client, "/v1/teams/north/wellbeing")["bands"]
    finally:
        late.process.process.stop()
    assert bands == {"calm": 2, "elevated": 1, "high": 0, "severe": 0}


def test_a_reader_goes_on_where_it_was_after_the_gateway_was_killed(gateway: GatewayProcess) -> None:
    had: list[str] = []
    last = ""

    def follow(until: int) -> None:
        nonlocal last
        given = {"Last-Event-ID": last} if last else {}
        query = {"topics": "windows"}
        with (
            gateway.client("read") as client,
            client.stream("GET", "/v1/events", params=query, headers=given) as stream,
        ):
            assert stream.status_code == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            for event in sse_events(stream.iter_lines()):
                last = event["id"]
                if event["data"] is None:
                    publish(gateway, CONVERSATION_WINDOWS, "first", *windows[:20])
                    continue
                assert event["event"] == "window", event
                had.append(event["data"]["conversation_id"])
                if len(had) >= until:
                    return

    windows = [window_of(f"followed-{number}") for number in range(60)]
    follow(10)  # ten of twenty, then the reader goes
    publish(gateway, CONVERSATION_WINDOWS, "second", *windows[20:40])
    follow(25)
    gateway.process.process.kill()
    publish(gateway, CONVERSATION_WINDOWS, "third", *windows[40:])
    gateway.process.start()
    gateway.wait_ready()
    follow(60)
    assert sorted(had) == sorted(window.conversation_id for window in windows), "each once, none missing"


def test_an_id_that_is_none_and_topics_that_are_none_are_refused(gateway: GatewayProcess) -> None:
    with gateway.client("read") as client:
        assert client.get("/v1/events", headers={"Last-Event-ID": "yesterday"}).status_code == 400
        assert client.get("/v1/events", params={"topics": "wellbeing"}).status_code == 400


def test_a_position_that_is_not_held_is_answered_with_a_reset(gateway: GatewayProcess) -> None:
    position = {"Last-Event-ID": "w" + ".".join(["999999999"] * 3)}
    with gateway.client("read") as client, client.stream("GET", "/v1/events", headers=position) as stream:
        event = next(sse_events(stream.iter_lines()))
    assert event["event"] == "reset"
    assert event["data"] == {"reason": "gap"}
