"""Every route times every scope, none, an expired key, a wrong one; sessions; and wellbeing, which is for few."""

import re

import pytest

from tests.support.gateway import AGENT, EXPIRED, GatewayProcess, turn
from warmline.gateway.callers import SCOPES
from warmline.gateway.table import ROUTES, STREAM_PATH

CREDENTIALS = [*SCOPES, "all", None, EXPIRED, "wrong", "basic"]
GUARDED = [route for route in ROUTES if route.scopes]
OPEN = [route for route in ROUTES if not route.scopes]


def filled(path):
    return re.sub(r"\{(\w+)\}", lambda match: "vcon" if match[1] == "vendor" else AGENT, path)


def headers_of(gateway, credentials):
    if credentials is None:
        return {}
    if credentials == "wrong":
        return {"Authorization": f"Bearer {gateway.keys['all'][:-4]}aaaa"}
    if credentials == "basic":
        return {"Authorization": f"Basic {gateway.keys['all']}"}
    return gateway.headers(credentials)


def status_of(gateway, method, path, headers):
    """Return the status of a request whose body nothing would be made of; a stream's as soon as it is there."""
    body = {"headers": headers}
    if method == "POST":
        body = {"content": b"{}", "headers": {**headers, "Content-Type": "application/json"}}
    with gateway.client(None) as client, client.stream(method, path, **body) as answer:
        return answer.status_code


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_route_is_open_to_its_scopes_and_to_nobody_else(gateway: GatewayProcess, route) -> None:
    found = {}
    for credentials in CREDENTIALS:
        status = status_of(gateway, route.method, filled(route.path), headers_of(gateway, credentials))
        found[credentials] = status if status in {401, 403} else "in"
    expected = dict.fromkeys(CREDENTIALS, 401)
    for scope in SCOPES:
        expected[scope] = "in" if scope in route.scopes else 403
    expected["all"] = "in"
    if route.name == "getWellbeing":
        expected["read"] = 403  # the policy names nobody
    assert found == expected


@pytest.mark.parametrize("route", OPEN, ids=lambda route: route.name)
def test_an_open_route_asks_nobody_for_credentials(gateway: GatewayProcess, route) -> None:
    for credentials in CREDENTIALS:
        assert status_of(gateway, route.method, route.path, headers_of(gateway, credentials)) in {200, 204}


def test_the_stream_of_turns_is_open_to_ingest_alone(gateway: GatewayProcess) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    found = {}
    for credentials in CREDENTIALS:
        given = {**upgrade, **headers_of(gateway, credentials)}
        found[credentials] = status_of(gateway, "GET", STREAM_PATH, given)
    expected = dict.fromkeys(CREDENTIALS, 401) | dict.fromkeys(SCOPES, 403) | {"ingest": 101, "all": 101}
    assert found == expected


def test_every_path_refuses_methods_that_it_does_not_have(gateway: GatewayProcess) -> None:
    methods = {}
    for route in ROUTES:
        methods.setdefault(route.path, set()).add(route.method)
    for path, has in methods.items():
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - has:
            with gateway.client() as client:
                answer = client.request(method, filled(path))
            assert answer.status_code == 405, (method, path)
            assert has <= set(answer.headers["allow"].split(", "))


def test_an_agent_sees_its_own_wellbeing_and_no_one_elses(gateway: GatewayProcess) -> None:
    with gateway.client("agent:self") as client:
        own = client.get(f"/v1/agents/{AGENT}/wellbeing")
        assert own.status_code == 200
        assert own.json() == {"wellbeing": None, "readers": []}
        for other in ("agent-8", "", AGENT + "/", AGENT.upper(), "agent-7%00", "../" + AGENT):
            assert client.get(f"/v1/agents/{other}/wellbeing").status_code in {403, 404}, other
    with gateway.client("admin") as client:
        assert client.get(f"/v1/agents/{AGENT}/wellbeing").status_code == 403


def test_a_session_does_what_its_key_may_and_unsafe_methods_need_proof(gateway: GatewayProcess) -> None:
    with gateway.client(None) as client:
        opened = client.post("/v1/session", headers=gateway.headers("all"))
        assert opened.json() == {"subject": "all", "scopes": sorted(SCOPES), "agent_id": AGENT}
        cookie = opened.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert gateway.keys["all"] not in cookie
        assert client.get("/v1/session").status_code == 200
        assert client.get("/v1/conversations").status_code == 200
        assert client.post("/v1/turns", json=turn(1)).status_code == 403
        assert client.post("/v1/turns", json=turn(1), headers={"X-Warmline-Csrf": "1"}).status_code == 202
        again = client.post("/v1/session", headers={"X-Warmline-Csrf": "1"})
        assert again.status_code == 403, "a session opens no session"
        assert client.delete("/v1/session").status_code == 403
        assert client.delete("/v1/session", headers={"X-Warmline-Csrf": "1"}).status_code == 204
        assert client.get("/v1/session").status_code == 401
    foreign = {"Cookie": f"{cookie.split(';')[0]}x"}
    with gateway.client(None) as client:
        assert client.get("/v1/session", headers=foreign).status_code == 401


def test_a_sessions_stream_of_turns_is_opened_by_our_own_page_alone(gateway: GatewayProcess) -> None:
    with gateway.client("ingest") as client:
        opened = client.post("/v1/session")
    upgrade = {
        "Cookie": opened.headers["set-cookie"].split(";")[0],
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for origin, status in ((None, 403), ("https://elsewhere.example", 403), (gateway.url, 101)):
        given = {**upgrade, **({"Origin": origin} if origin else {})}
        assert status_of(gateway, "GET", STREAM_PATH, given) == status, origin
