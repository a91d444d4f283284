"""Tokens of a real issuer over HTTP at a running gateway: whom they let in, and every way they are no good."""

import re
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.parts.kafka import KafkaPart
from tests.parts.store import RedisPart
from tests.support.gateway import AGENT, GatewayProcess, running_gateway, turn
from tests.support.issuer import AUDIENCE, Issuer, made_by_hand, new_private_key
from tests.support.loops import await_that
from warmline.gateway.callers import SCOPES
from warmline.gateway.table import ROUTES, STREAM_PATH

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer that is away until it is started."""
    found = Issuer()
    found.rotate(r1="rsa", e1="ec")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def gateway(
    kafka: KafkaPart, redis_server: RedisPart, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer
) -> Iterator[GatewayProcess]:
    """A gateway that trusts the issuer, started while it is away."""
    settings = {"gateway_oidc_issuer": issuer.url, "gateway_oidc_audience": AUDIENCE}
    prefix = f"tokens-{uuid.uuid4().hex[:8]}."
    folder = tmp_path_factory.mktemp("tokens")
    with running_gateway(kafka.bootstrap, redis_server.url, folder, prefix, settings) as running:
        yield running


@pytest.fixture(scope="module")
def known(gateway: GatewayProcess, issuer: Issuer) -> GatewayProcess:
    """The gateway once it has the issuer's keys."""
    if issuer.asked == 0:
        issuer.start()
    token = issuer.token("r1", scope="read")
    await_that(lambda: session(gateway, token).status_code == 200, "the gateway has the issuer's keys")
    return gateway


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def session(gateway: GatewayProcess, token: str) -> httpx.Response:
    with gateway.client(None) as client:
        return client.get("/v1/session", headers=bearer(token))


def status_of(gateway: GatewayProcess, method: str, path: str, headers: dict[str, str]) -> int:
    """Return the status of a request whose body nothing would be made of; a stream's as soon as it is there."""
    more = {"content": b"{}"} if method == "POST" else {}
    json = {"Content-Type": "application/json"} if method == "POST" else {}
    with gateway.client(None) as client, client.stream(method, path, headers={**headers, **json}, **more) as answer:
        return answer.status_code


def test_before_the_issuer_has_ever_answered_tokens_wait_and_keys_do_not(
    gateway: GatewayProcess, issuer: Issuer
) -> None:
    answer = session(gateway, issuer.token("r1", scope="read"))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    token = bearer(issuer.token("r1", scope="ingest"))
    assert status_of(gateway, "GET", STREAM_PATH, {**UPGRADE, **token}) == 503
    with gateway.client("ingest") as client:
        assert client.post("/v1/turns", json=turn(1)).status_code == 202


@pytest.mark.parametrize("key", ["r1", "e1"])
def test_a_token_says_who_is_calling_what_they_may_and_which_agent_they_are(
    known: GatewayProcess, issuer: Issuer, key: str
) -> None:
    answer = session(known, issuer.token(key, sub="person-5", scope="read agent:self", agent_id=AGENT))
    assert answer.json() == {"subject": "person-5", "scopes": ["agent:self", "read"], "agent_id": AGENT}
    listed = session(known, issuer.token(key, aud=["another", AUDIENCE], scope=["feedback"]))
    assert listed.json()["scopes"] == ["feedback"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scopes], ids=lambda route: route.name)
def test_a_route_is_open_to_the_scopes_of_a_token_as_to_those_of_a_key(
    known: GatewayProcess, issuer: Issuer, route
) -> None:
    path = re.sub(r"\{(\w+)\}", lambda match: "vcon" if match[1] == "vendor" else AGENT, route.path)
    found, expected = {}, {}
    for scope in (*SCOPES, "all", "", "Read", "openid profile"):
        granted = " ".join(SCOPES) if scope == "all" else scope
        token = issuer.token("e1", scope=granted, agent_id=AGENT)
        status = status_of(known, route.method, path, bearer(token))
        found[scope] = status if status in {401, 403} else "in"
        expected[scope] = "in" if set(granted.split()) & set(route.scopes) else 403
    if route.name == "getWellbeing":
        expected["read"] = 403  # the policy names nobody
    assert found == expected


def test_the_stream_of_turns_is_open_to_a_token_with_ingest(known: GatewayProcess, issuer: Issuer) -> None:
    found = {}
    for scope in SCOPES:
        headers = {**UPGRADE, **bearer(issuer.token("r1", scope=scope))}
        found[scope] = status_of(known, "GET", STREAM_PATH, headers)
    assert found == dict.fromkeys(SCOPES, 403) | {"ingest": 101}


def test_an_agents_token_shows_its_own_wellbeing_and_no_one_elses(known: GatewayProcess, issuer: Issuer) -> None:
    token = bearer(issuer.token("r1", scope="agent:self", agent_id=AGENT))
    assert status_of(known, "GET", f"/v1/agents/{AGENT}/wellbeing", token) == 200
    assert status_of(known, "GET", "/v1/agents/agent-8/wellbeing", token) in {403, 404}
    nobody = bearer(issuer.token("r1", scope="agent:self"))
    assert status_of(known, "GET", f"/v1/agents/{AGENT}/wellbeing", nobody) in {403, 404}


def test_every_other_token_is_refused(known: GatewayProcess, issuer: Issuer) -> None:
    now = int(time.time())
    good, public = issuer.claims(scope="read"), issuer.public_pem("r1")
    head, _, signature = issuer.token("r1", scope="read").split(".")
    _, raised, _ = issuer.token("r1", scope="admin").split(".")
    wrong = {
        "another's key under our id": issuer.token("r1", by=new_private_key("rsa"), scope="read"),
        "another audience": issuer.token("r1", aud="another", scope="read"),
        "no audience": issuer.token("r1", aud=None, scope="read"),
        "another issuer": issuer.token("r1", iss="https://issuer.example", scope="read"),
        "no issuer": issuer.token("r1", iss=None, scope="read"),
        "over": issuer.token("r1", exp=now - 60, scope="read"),
        "without end": issuer.token("r1", exp=None, scope="read"),
        "not yet": issuer.token("r1", nbf=now + 600, scope="read"),
        "of nobody": issuer.token("r1", sub=None, scope="read"),
        "other claims under the same signature": f"{head}.{raised}.{signature}",
        "no signature": f"{head}.{raised}.",
        "unsigned": made_by_hand({"alg": "none", "kid": "r1"}, good, None),
        "unsigned, written otherwise": made_by_hand({"alg": "NonE", "kid": "r1"}, good, None),
        "the public key as a secret": made_by_hand({"alg": "HS256", "kid": "r1"}, good, public),
        "the same, as a token of the pinned kind": made_by_hand({"alg": "RS256", "kid": "r1"}, good, public),
        "the other kind of key": made_by_hand({"alg": "ES256", "kid": "r1"}, good, public),
        "an unknown key": issuer.token("r9", scope="read"),
        "no key id, of two keys": made_by_hand({"alg": "RS256"}, good, public),
        "an address to fetch the key from": made_by_hand({"alg": "RS256", "jku": issuer.url, "kid": "x"}, good, public),
        "nonsense": "a.b.c",
        "nothing": ".",
        "long": "a" * 9000,
    }
    found = {name: session(known, token) for name, token in wrong.items()}
    assert {name: answer.status_code for name, answer in found.items()} == dict.fromkeys(wrong, 401)
    assert {answer.headers["www-authenticate"] for answer in found.values()} == {"Bearer"}
    assert len({answer.text for answer in found.values()}) == 1, "an answer tells nobody what is wrong with a token"
    log = known.log()
    assert [name for name, token in wrong.items() if len(token) > 20 and token[:60] in log] == []


def test_a_session_of_the_console_opened_with_a_token_has_its_scopes(known: GatewayProcess, issuer: Issuer) -> None:
    with known.client(None) as client:
        opened = client.post("/v1/session", headers=bearer(issuer.token("e1", sub="lead-1", scope="read")))
        assert opened.status_code == 200
        assert client.get("/v1/conversations").status_code == 200
        assert client.post("/v1/turns", json=turn(1), headers={"X-Warmline-Csrf": "1"}).status_code == 403


def test_who_is_in_more_groups_than_a_cookie_holds_signs_in_all_the_same(known: GatewayProcess, issuer: Issuer) -> None:
    groups = [f"{number:08}-aaaa-bbbb-cccc-{number:012}" for number in range(90)]
    with known.client(None) as client:
        token = issuer.token("e1", sub="lead-1", scope="read", groups=groups)
        assert client.post("/v1/session", headers=bearer(token)).status_code == 200
        assert client.get("/v1/conversations").status_code == 200


def test_keys_rotate_made_up_ids_cause_few_questions_and_known_keys_outlast_the_issuer(
    known: GatewayProcess, issuer: Issuer
) -> None:
    before = issuer.asked
    for number in range(100):
        assert session(known, issuer.token(f"made-up-{number}", scope="read")).status_code == 401
    assert issuer.asked <= before + 2
    issuer.rotate(r2="rsa", e2="ec")
    token = issuer.token("r2", scope="read")
    await_that(lambda: session(known, token).status_code == 200, "the new key is found")
    asked = issuer.asked
    assert session(known, issuer.token("e2", scope="read")).status_code == 200, "both came together"
    assert issuer.asked == asked
    issuer.stop()
    assert session(known, token).status_code == 200
    issuer.rotate(r3="rsa")
    assert session(known, issuer.token("r3", scope="read")).status_code == 401, "what cannot be checked is not let in"
    assert session(known, token).status_code == 200
