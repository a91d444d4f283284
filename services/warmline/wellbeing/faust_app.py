"""The Faust app: made from our settings alone, with everything off that we do not need.

Nothing here reads Faust's environment variables, starts its web server, creates topics, touches the disk or takes over
logging. The aiokafka driver is named: the confluent one drops headers.
"""

import ssl
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import faust
from faust.auth import SASLCredentials, SSLCredentials

from warmline.bus.config import MAX_MESSAGE_BYTES, SESSION_TIMEOUT_MS
from warmline.settings import Settings
from warmline.wellbeing.faust_consumer import ExplicitTransport

MS = 1000
HEARTBEAT_S = 3.0  # a fifth of the session time-out: four may get lost
NEVER_S = 86_400.0  # while Redis is away the pump stops taking records; the heartbeats go on from a thread of their own
REBALANCE_S = 60.0
REQUEST_S = 40.0  # above the session time-out, as Faust asks for
METADATA_S = 30.0  # so soon new partitions are seen, and a topic that was made anew: five minutes, else, without a word
BUFFER = 4096  # records that Faust holds before it stops fetching; Windows of 1 KB


class ExplicitApp(faust.App):
    """An app that does not flush, as it ends or in a rebalance: what is published is awaited, the rest was given up.

    Where the broker does not answer a flush waits for it, and nothing is stopped meanwhile.
    """

    async def _producer_flush(self, logger: Any) -> None:
        del logger


def build_app(settings: Settings, group: str) -> faust.App:
    """Return an app that is not started.

    Args:
        settings: Where Kafka is.
        group: Consumer group, with the prefix.
    """
    app = ExplicitApp(
        group,
        env={},  # not the process's: settings come from one place
        broker=[f"aiokafka://{broker.strip()}" for broker in settings.kafka_brokers.split(",")],
        broker_credentials=credentials(settings),
        broker_client_id=f"warmline-{group}",
        broker_session_timeout=SESSION_TIMEOUT_MS / MS,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_rebalance_timeout=REBALANCE_S,
        broker_request_timeout=REQUEST_S,
        broker_max_poll_interval=NEVER_S,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=round(METADATA_S * MS),
        producer_acks=-1,
        producer_compression_type="lz4",
        producer_max_request_size=MAX_MESSAGE_BYTES,
        processing_guarantee="at_least_once",
        stream_buffer_maxsize=BUFFER,
        stream_wait_empty=False,  # what is in flight at a rebalance is stored by compare-and-set, whoever owns it then
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        store="memory://",
        datadir=Path(gettempdir()) / f"warmline-{group}-unused",  # only Faust's own worker command makes it
        autodiscover=False,
    )
    app.transport = ExplicitTransport(app.conf.broker_consumer, app, loop=app.loop)
    return app


def credentials(settings: Settings) -> Any:
    """Return TLS and SASL as Faust wants them; None for plain text."""
    protocol = settings.kafka_security_protocol
    context = tls_context(settings) if protocol in {"SSL", "SASL_SSL"} else None
    if protocol.startswith("SASL"):
        return SASLCredentials(
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password.reveal(),
            mechanism=settings.kafka_sasl_mechanism or "PLAIN",
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Return a context that checks the brokers' certificates, and shows ours where there is one."""
    context = ssl.create_default_context(cafile=settings.kafka_ssl_ca_file or None)
    if settings.kafka_ssl_cert_file:
        context.load_cert_chain(settings.kafka_ssl_cert_file, settings.kafka_ssl_key_file or None)
    return context
