"""Metrics are written as a scraper asks for them, and plainly for one whose wish makes no sense."""

import pytest
from prometheus_client import CollectorRegistry

from warmline.telemetry.exposition import exposition
from warmline.telemetry.metrics import Metrics


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/plain"),
        ("*/*", "text/plain"),
        ("application/openmetrics-text;version=1.0.0", "application/openmetrics-text"),
        ("application/openmetrics-text;version=zz", "text/plain"),
        ("text/plain;version=;q=x, application/openmetrics-text;version=1..0", "text/plain"),
    ],
)
def test_a_scraper_gets_what_it_asks_for(accept, kind):
    encode, content_type = exposition(accept)
    assert content_type.startswith(kind)
    registry = CollectorRegistry()
    Metrics(registry).build_info.labels("windows", "1", "", "").set(1)
    assert b"warmline_build_info{" in encode(registry)
