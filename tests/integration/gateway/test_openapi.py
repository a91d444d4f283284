"""What the gateway does is what its OpenAPI document says, whatever schemathesis makes of the document."""

import json
import os
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.gateway import GatewayProcess

EXAMPLES = max(10, int(os.environ.get("WARMLINE_TEST_GATEWAY_HOSTILE", "0")) // 100)
DOCUMENT = Path(__file__).parents[3] / "schemas" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/x-ndjson")
def lines(_context: object, value: object) -> bytes:
    """Write what schemathesis makes up for a body of lines."""
    return str(value).encode("utf-8", "surrogatepass")


SCHEMA = schemathesis.openapi.from_path(str(DOCUMENT)).exclude(operation_id="followEvents")  # which does not end


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
def test_an_operation_answers_as_described(gateway: GatewayProcess, case: schemathesis.Case) -> None:
    case.call_and_validate(base_url=gateway.url, headers=gateway.headers("all"), checks=CHECKS)


def test_the_document_that_is_served_is_the_one_that_is_kept(gateway: GatewayProcess) -> None:

    with gateway.client(None) as client:
        assert client.get("/v1/openapi.json").json() == json.loads(DOCUMENT.read_text(encoding="utf-8"))
