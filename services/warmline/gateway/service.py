"""gateway: which topics it reads, and everything of it put together. It has no consumer group and no state."""

import asyncio
import logging
import secrets
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

import uvloop
from confluent_kafka import Consumer, KafkaError, Producer

from warmline.adapters.adapter_settings import AdapterSettings, AdapterSettingsError, load_adapter_settings
from warmline.adapters.pseudonyms import Pseudonyms
from warmline.bus.config import consumer_config, producer_config
from warmline.bus.deadline import Deadline
from warmline.bus.loop import StoppedEarlyError
from warmline.contracts import topics
from warmline.contracts.assist import AssistVerdict
from warmline.contracts.feedback import Verdict
from warmline.gateway.access import Access
from warmline.gateway.app import build_app
from warmline.gateway.buckets import Buckets
from warmline.gateway.callers import Caller, NotKnown, UnknownCallerError
from warmline.gateway.context import Gateway
from warmline.gateway.feed import Arrival, Feed, TopicOffset
from warmline.gateway.hub import Hub
from warmline.gateway.jwks import Jwks
from warmline.gateway.keys import KeyFileError, KeyRing
from warmline.gateway.oidc import ASYMMETRIC, OidcRules, Tokens
from warmline.gateway.payloads import vendor_secrets
from warmline.gateway.sender import Factory, Sender
from warmline.gateway.server import Server, build_server
from warmline.gateway.sessions import Sessions
from warmline.gateway.store_reader import StoreReader
from warmline.gateway.strain import tell_strain
from warmline.gateway.view import View
from warmline.settings import Settings, SettingsError
from warmline.telemetry.beginnings import begin_at_zero
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts, wall_ms

log = logging.getLogger(__name__)

READS = (
    topics.CONVERSATION_WINDOWS,
    topics.CONVERSATION_SUMMARIES,
    topics.ESCALATION_ALERTS,
    topics.AGENT_ASSIST,
    topics.AGENT_WELLBEING,
    topics.CONVERSATION_EVENTS,  # only where the policy lets words be quoted
)
MS = 1000
BEAT_S = 0.1
SHARE_FOR_REQUESTS = 0.5  # of the drain deadline; the rest is for what the broker has not acknowledged yet
QUEUE_KB = 65_536  # records that wait for the broker: then requests are answered 503 at once


def run(parts: Parts) -> None:
    """Run the service until it is told to stop."""
    gateway = build_gateway(parts)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(parts, gateway))


def build_access(settings: Settings) -> Access:
    """Return who may come in.

    Raises:
        SettingsError: Nobody could, or a setting about it is wrong.
    """
    keys = _key_ring(settings)
    tokens = _tokens(settings)
    if keys is None and tokens is None:
        raise SettingsError(
            "nobody could come in: set WARMLINE_GATEWAY_KEYS_FILE (`warmline keys create` makes keys) "
            "or WARMLINE_GATEWAY_OIDC_ISSUER"
        )
    secret = settings.gateway_session_secret.reveal().encode()
    if not secret:
        log.info("WARMLINE_GATEWAY_SESSION_SECRET is not set: sessions end with this process")
        secret = secrets.token_bytes(32)

    def caller_of_key(key_id: str) -> Caller:
        if keys is None:
            raise UnknownCallerError("unknown")
        return keys.caller_of_id(key_id)

    https = settings.gateway_public_url.startswith("https:")
    return Access(keys, tokens, Sessions(secret, time.time, caller_of_key), https=https)


def begin(metrics: Metrics) -> None:
    """Let what the gateway counts begin at 0."""
    begin_at_zero(metrics.gateway_items, ("accepted", "invalid", "unavailable"))
    begin_at_zero(metrics.gateway_refused, (*get_args(NotKnown), "scope", "csrf", "rate", "signature"))
    begin_at_zero(metrics.gateway_feedback, (*get_args(Verdict), *get_args(AssistVerdict)))


def build_gateway(parts: Parts) -> Gateway:
    """Return a gateway whose threads do not run yet.

    Raises:
        SettingsError: A setting is wrong.
    """
    settings = parts.settings
    begin(parts.metrics)
    vendor_secrets(settings)
    _address(settings.gateway_listen)
    return Gateway(
        settings=settings,
        policy=parts.policy,
        metrics=parts.metrics,
        health=parts.health,
        access=build_access(settings),
        buckets=Buckets(time.monotonic),
        sender=Sender(
            _producer_factory(settings),
            settings.topic_prefix,
            topics.CONVERSATION_EVENTS,
            settings.gateway_ack_timeout_s,
            time.monotonic,
        ),
        view=View(),
        hub=Hub(),
        store=StoreReader(settings),
        adapter_settings=_adapter_settings(settings),
        pseudonyms=_pseudonyms(settings),
        now_ms=wall_ms,
        traces=parts.traces,
    )


async def _run(parts: Parts, gateway: Gateway) -> None:
    settings = parts.settings
    host, port = _address(settings.gateway_listen)
    server = build_server(build_app(gateway), host, port, settings.drain_s * SHARE_FOR_REQUESTS)
    feed = _feed(gateway)
    parts.metrics.gateway_readers.set_function(lambda: gateway.readers)
    parts.metrics.gateway_view.set_function(lambda: len(gateway.view))
    gateway.sender.start()
    feed.start()
    serving = asyncio.create_task(server.serve())
    try:
        await _watch(parts, gateway, server, serving)
        if gateway.sender.ended:
            raise StoppedEarlyError("acknowledgements are no longer heard")
    finally:
        deadline = Deadline.after(settings.drain_s, time.monotonic)
        gateway.closing = True
        gateway.hub.wake()
        server.should_exit = True
        await serving
        feed.ask_to_stop()
        left = await gateway.sender.close(deadline.left_s)
        if left:
            log.warning("records were not acknowledged in time; nobody was told they were", extra={"records": left})
        await asyncio.to_thread(feed.join, deadline.left_s)
        gateway.store.close()


async def _watch(parts: Parts, gateway: Gateway, server: Server, serving: asyncio.Task[None]) -> None:
    """Beat until it is time to stop, or the server ends by itself."""
    told = False
    while not (parts.stop.is_set() or serving.done() or gateway.sender.ended):
        parts.health.beat()
        parts.metrics.loop_seen.labels("gateway").set_to_current_time()
        if server.started and not told:
            told = True
            log.info("listening", extra={"gateway_port": server.port})
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(serving), BEAT_S)


def _feed(gateway: Gateway) -> Feed:
    settings = gateway.settings

    def begin(places: Sequence[TopicOffset]) -> None:
        for place in places:
            gateway.hub.begin(*place)

    def take(arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            if arrival.is_news:
                gateway.view.take(arrival.seen, arrival.value, arrival.at_ms)
            gateway.hub.publish(arrival.topic, arrival.partition, arrival.offset, arrival.value)

    def ready() -> None:
        gateway.view_ready = True
        gateway.hub.wake()
        gateway.health.joined = True
        tell_strain(gateway.metrics.strain_agents, gateway.policy.gateway, gateway.view)
        log.info("the live view has caught up", extra={"conversations": len(gateway.view)})

    names = READS if gateway.policy.gateway.quote_words else READS[:-1]
    return Feed(
        make_consumer=lambda: Consumer(_consumer_config(settings), logger=log),
        prefix=settings.topic_prefix,
        names=names,
        loop=asyncio.get_running_loop(),
        begin=begin,
        take=take,
        ready=ready,
        now_ms=gateway.now_ms,
        monotonic=time.monotonic,
    )


def _consumer_config(settings: Settings) -> dict[str, object]:
    # librdkafka wants a group's name; partitions are assigned by hand, nothing is committed, no group comes about.
    return consumer_config(settings, f"{settings.topic_prefix}gateway-view-{uuid.uuid4().hex}")


def _producer_factory(settings: Settings) -> Factory:
    def make(heard: Callable[[KafkaError], None]) -> Producer:
        ours = {
            "message.timeout.ms": int(settings.gateway_ack_timeout_s * MS),
            "queue.buffering.max.kbytes": QUEUE_KB,
            "error_cb": heard,
        }
        return Producer({**producer_config(settings), **ours}, logger=log)

    return make


def _key_ring(settings: Settings) -> KeyRing | None:
    if not settings.gateway_keys_file:
        return None
    pepper = settings.gateway_key_pepper.reveal()
    try:
        return KeyRing(Path(settings.gateway_keys_file), pepper, time.time, time.monotonic)
    except KeyFileError as error:
        raise SettingsError(f"WARMLINE_GATEWAY_KEYS_FILE: {error}") from error


def _tokens(settings: Settings) -> Tokens | None:
    if not settings.gateway_oidc_issuer:
        return None
    if not settings.gateway_oidc_audience:
        raise SettingsError("WARMLINE_GATEWAY_OIDC_AUDIENCE: must be set, else tokens for others would be good here")
    algorithms = tuple(part.strip() for part in settings.gateway_oidc_algorithms.split(",") if part.strip())
    if not algorithms or not set(algorithms) <= ASYMMETRIC:
        raise SettingsError(f"WARMLINE_GATEWAY_OIDC_ALGORITHMS: must be some of {', '.join(sorted(ASYMMETRIC))}")
    rules = OidcRules(
        issuer=settings.gateway_oidc_issuer,
        audience=settings.gateway_oidc_audience,
        algorithms=algorithms,
        scope_claim=settings.gateway_oidc_scope_claim,
        agent_claim=settings.gateway_oidc_agent_claim,
        groups_claim=settings.gateway_oidc_groups_claim,
    )
    return Tokens(rules, Jwks(rules.issuer, settings.gateway_oidc_jwks_url, time.monotonic))


def _adapter_settings(settings: Settings) -> AdapterSettings:
    if not settings.gateway_adapters_file:
        return AdapterSettings()
    try:
        return load_adapter_settings(Path(settings.gateway_adapters_file))
    except (AdapterSettingsError, OSError) as error:
        raise SettingsError(f"WARMLINE_GATEWAY_ADAPTERS_FILE: {error}") from error


def _pseudonyms(settings: Settings) -> Pseudonyms:
    pseudonyms = Pseudonyms.of_secret(settings.gateway_pseudonym_key.reveal())
    if not pseudonyms.key:
        log.warning(
            "WARMLINE_GATEWAY_PSEUDONYM_KEY is not set: who sees the id of a person in a vendor's payload can find the "
            "telephone number by trying all; set it to 32 random bytes (`openssl rand -hex 32`), the same everywhere"
        )
    return pseudonyms


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise SettingsError(f"WARMLINE_GATEWAY_LISTEN: {listen!r} is not host:port")
    return host.strip("[]"), int(port)
