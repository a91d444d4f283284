"""The console's cookie beside those of others on the same host and of its neighbours."""

import asyncio

import pytest
from starlette.requests import Request

from warmline.gateway.access import Access
from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.session_routes import close_session, open_session
from warmline.gateway.sessions import Sessions

CALLER = Caller(subject="desk", scopes=frozenset({"read"}))
SESSIONS = Sessions(b"secret", lambda: 0.0, lambda _id: CALLER)
GOOD, _ = SESSIONS.open(CALLER)
OTHERS = [
    'prefs={"theme":"dark"}',
    "version=2",
    "path=/x",
    "flag",
    "name=Jos\u00e9",
    "x=1,2",
    'u="x y"',
    'u="x',
    "k[0]=1",
    "last=John Smith",
    "a b=c",
    "=",
    "a=b;",
]


def subject(access, cookie):
    return asyncio.run(access.caller_of({"cookie": cookie})).subject


@pytest.mark.parametrize("other", OTHERS)
def test_a_session_is_found_beside_any_cookie_of_others(other):
    access = Access(None, None, SESSIONS)
    ours = f"warmline_session={GOOD}"
    for header in (f"{other}; {ours}", f"{ours}; {other}", f"{other}; {ours}; {other}"):
        assert subject(access, header) == "desk", header


def test_over_https_a_cookie_that_a_neighbour_may_have_set_neither_counts_nor_is_in_the_way():
    secure, plain = Access(None, None, SESSIONS, https=True), Access(None, None, SESSIONS)
    both = f"warmline_session=a.b; __Host-warmline_session={GOOD}; warmline_session=c.d"
    assert subject(secure, both) == subject(plain, both) == "desk"
    with pytest.raises(UnknownCallerError, match="missing"):
        subject(secure, f"warmline_session={GOOD}")


@pytest.mark.parametrize(("url", "name"), [("https://w.example", "__Host-warmline_session"), ("", "warmline_session")])
def test_a_session_opened_at_a_gateway_is_good_there_and_can_be_closed(gateway_with, url, name):
    gateway = gateway_with(gateway_public_url=url)
    scope = {"type": "http", "method": "POST", "path": "/v1/session", "query_string": b"", "server": ("w.example", 80)}
    opened = asyncio.run(open_session(gateway, Request({**scope, "headers": []}), CALLER)).headers["set-cookie"]
    given, *attributes = opened.split("; ")
    assert given.startswith(f"{name}=")
    assert "Path=/" in attributes
    assert ("Secure" in attributes) == bool(url)
    assert not any(each.startswith("Domain") for each in attributes)
    assert subject(gateway.access, given) == "desk"

    headers = [(b"cookie", given.encode()), (b"x-warmline-csrf", b"1")]
    closed = asyncio.run(close_session(gateway, Request({**scope, "headers": headers})))
    taken = [value for header, value in closed.headers.items() if header == "set-cookie"]
    assert any(each.startswith(f'{name}=""') and "Max-Age=0" in each for each in taken)
