"""What stands behind a key, a session and a token: all that its holder may do, until when, and nothing more."""

import time

import jwt
import msgspec
import pytest

from tests.unit.gateway.test_credentials import (
    AUDIENCE,
    ISSUER,
    PEPPER,
    ask,
    clock,
    issuer,
    opened,
    ring,
    tokens_of,
)
from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.keys import new_key, write_keys
from warmline.gateway.sessions import Sessions

__all__ = ["clock", "issuer"]  # fixtures

A_SHIFT_S = 12 * 3600  # the console's page asks to sign in anew "after a shift"
LOOKED_AGAIN_S = 2.0  # docs/api.md: a revoked key is dead after that
CLOCKS_DIFFER_S = 60  # a token is good for less than this beyond its end


def desk(clock, **limits):
    """Return a key with everything that a key can have, as its holder has it and as the file does."""
    shown, kept = new_key("desk", ["agent:self"], PEPPER, agent_id="agent-7", expires_at_s=int(clock.now) + 600)
    return shown, msgspec.structs.replace(kept, rate_per_s=3.0, body_max_bytes=1_000)


def test_a_session_of_a_key_is_the_key_as_it_is_now_and_tells_that_a_cookie_brought_it(tmp_path, clock):
    """Unsafe methods ask whoever comes by cookie for proof that a page of ours asks."""
    path, (shown, kept) = tmp_path / "keys.json", desk(clock)
    keys = ring(path, clock, (shown, kept))
    by_key = keys.caller_of(shown)
    assert by_key == Caller(
        subject="desk",
        scopes=frozenset({"agent:self"}),
        agent_id="agent-7",
        key_id=kept.id,
        rate_per_s=3.0,
        body_max_bytes=1_000,
        expires_at_s=int(clock.now) + 600,
    )
    sessions = Sessions(b"secret", clock, keys.caller_of_id)
    cookie, good_for_s = sessions.open(by_key)
    assert good_for_s == 600
    assert sessions.caller_of(cookie) == msgspec.structs.replace(by_key, by_cookie=True)

    sooner = int(clock.now) + 60
    write_keys(path, [msgspec.structs.replace(kept, scopes=("read",), agent_id=None, expires_at_s=sooner)])
    clock.now += LOOKED_AGAIN_S
    found = sessions.caller_of(cookie)
    assert (found.scopes, found.agent_id, found.expires_at_s) == ({"read"}, None, sooner), "what streams end by"
    clock.now = sooner
    for stands_for, given in ((keys.caller_of, shown), (keys.caller_of_id, kept.id), (sessions.caller_of, cookie)):
        with pytest.raises(UnknownCallerError, match="expired"):
            stands_for(given)


def test_a_revoked_key_is_dead_after_two_seconds_and_its_sessions_with_it(tmp_path, clock):
    path, (shown, kept) = tmp_path / "keys.json", desk(clock)
    keys = ring(path, clock, (shown, kept))
    sessions = Sessions(b"secret", clock, keys.caller_of_id)
    cookie, _ = sessions.open(keys.caller_of(shown))
    write_keys(path, [])
    clock.now += LOOKED_AGAIN_S
    for stands_for, given in ((sessions.caller_of, cookie), (keys.caller_of, shown)):
        with pytest.raises(UnknownCallerError, match="unknown"):
            stands_for(given)


def test_a_session_of_a_token_is_the_token_and_ends_with_it(clock):
    ends = int(clock.now) + 60
    token = Caller(subject="s", scopes=frozenset({"read"}), agent_id="a", groups=frozenset({"g"}), expires_at_s=ends)
    sessions, cookie = opened(clock, token)
    assert sessions.caller_of(cookie) == msgspec.structs.replace(token, by_cookie=True)


@pytest.mark.parametrize("key_id", [None, "k"])
def test_a_session_is_over_after_a_shift_though_its_key_or_token_is_good_for_ever(clock, key_id):
    caller = Caller(subject="s", scopes=frozenset({"read"}), key_id=key_id)
    sessions, cookie = opened(clock, caller)
    assert sessions.caller_of(cookie).expires_at_s == clock.now + A_SHIFT_S, "what streams end by"
    clock.now += A_SHIFT_S
    with pytest.raises(UnknownCallerError, match="expired"):
        sessions.caller_of(cookie)


def test_who_comes_with_a_token_is_nobody_once_it_is_over(issuer, clock):
    """A stream asks for no token again: it ends by this."""
    ends = int(time.time()) + 60
    (caller,) = ask(tokens_of(issuer, clock), issuer.token(exp=ends))
    assert ends <= caller.expires_at_s < ends + CLOCKS_DIFFER_S


def test_a_token_that_names_no_agent_is_no_agents(issuer, clock):
    for agent in (None, "", 7, True, ["agent-7"], {"agent": "7"}):
        (caller,) = ask(tokens_of(issuer, clock), issuer.token(scope="agent:self", agent_id=agent))
        assert caller.agent_id is None, agent


def test_a_token_is_read_up_to_a_length_and_a_longer_one_is_nobody_though_it_is_signed(issuer, clock):
    tokens = tokens_of(issuer, clock)
    allowed, long = (issuer.token(padding="x" * length) for length in (4_000, 8_000))
    assert isinstance(ask(tokens, allowed)[0], Caller)
    assert ask(tokens, long) == ["wrong_token"]


def test_a_token_without_a_key_id_is_good_where_the_issuer_has_one_key_alone(issuer, clock):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": int(time.time()) + 60}
    token = jwt.encode(claims, issuer.keys["k1"], "RS256")
    assert isinstance(ask(tokens_of(issuer, clock), token)[0], Caller)
    first = dict(issuer.keys)
    issuer.rotate("k2")
    issuer.keys = first | issuer.keys
    assert ask(tokens_of(issuer, clock), token) == ["wrong_token"]
