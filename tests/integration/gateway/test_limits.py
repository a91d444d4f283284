"""Each key has its rate and its largest body; a revoked key is out at once."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support.gateway import GatewayProcess, running_gateway, turn
from tests.support.loops import await_that


@pytest.fixture
def narrow(kafka: KafkaPart, redis_server: RedisPart, tmp_path: Path, unique: Callable[[str], str]):
    settings = {"gateway_rate_per_s": "20", "gateway_body_max_bytes": "20000"}
    with running_gateway(kafka.bootstrap, redis_server.url, tmp_path, unique("narrow") + ".", settings) as running:
        yield running


def test_limits_are_by_key_and_a_key_can_be_given_others(narrow: GatewayProcess) -> None:
    with narrow.client("ingest") as client, narrow.client("all") as other:
        assert client.post("/v1/turns", json=[turn(number) for number in range(60)]).status_code == 202
        late = client.post("/v1/turns", json=turn(61))
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) >= 1
        assert other.post("/v1/turns", json=turn(62)).status_code == 202, "the other key's rate is its own"

        large = [turn(number, text="x" * 500) for number in range(60)]
        assert other.post("/v1/turns", json=large).status_code == 413

    narrow.kept["all"] = msgspec.structs.replace(narrow.kept["all"], rate_per_s=10_000.0, body_max_bytes=100_000)
    del narrow.kept["read"]
    narrow.write_keys()

    def revoked() -> bool:
        return reader.get("/v1/session").status_code == 401

    with narrow.client("read") as reader:
        await_that(revoked, "the gateway has read the key file anew")
    with narrow.client("all") as other:
        for _ in range(3):
            assert other.post("/v1/turns", json=large).status_code == 202
