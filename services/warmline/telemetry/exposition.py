"""The metrics as a scraper asks for them."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

Encode = Callable[[CollectorRegistry], bytes]


def exposition(accept: str) -> tuple[Encode, str]:
    """Return how to write metrics for an `Accept` header, and the content type; plain text if it makes no sense."""
    try:
        return choose_encoder(accept)
    except (ValueError, TypeError):  # a version that is none
        return choose_encoder("")
