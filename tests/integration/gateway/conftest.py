"""One gateway for the tests that leave it running."""

import uuid
from collections.abc import Iterator

import pytest

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support.gateway import GatewayProcess, running_gateway


@pytest.fixture(scope="session")
def gateway(
    kafka: KafkaPart, redis_server: RedisPart, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatewayProcess]:
    """A gateway on topics of its own, under the default policy."""
    folder = tmp_path_factory.mktemp("gateway")
    prefix = f"gateway-{uuid.uuid4().hex[:8]}."
    with running_gateway(kafka.bootstrap, redis_server.url, folder, prefix) as running:
        yield running
