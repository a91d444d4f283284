"""Gateways whose records go nowhere."""

import threading

import pytest
from prometheus_client import CollectorRegistry

from warmline.gateway import service
from warmline.gateway.keys import new_key, write_keys
from warmline.policy.load import load_policy
from warmline.settings import Settings
from warmline.telemetry.health import Health
from warmline.telemetry.metrics import Metrics
from warmline.wiring import Parts


class Kept:
    """A producer's place, and a sender that keeps what it is to send."""

    def __init__(self, *_config, **_options):
        self.records = []

    async def send(self, records, _context):
        self.records += records
        return frozenset()


@pytest.fixture
def gateway_with(monkeypatch, tmp_path):
    """Return a gateway of these settings whose records go nowhere."""
    monkeypatch.setattr(service, "Producer", Kept)
    file = tmp_path / "keys.json"
    write_keys(file, [new_key("desk", ["ingest"], "")[1]])
    built = []

    def build(**settings):
        parts = Parts(
            Settings(gateway_keys_file=str(file), **settings),
            load_policy(None),
            Metrics(CollectorRegistry()),
            Health(lambda: 0.0),
            threading.Event(),
        )
        built.append(service.build_gateway(parts))
        built[-1].sender = Kept()
        return built[-1]

    yield build
    for gateway in built:
        gateway.store.close()
