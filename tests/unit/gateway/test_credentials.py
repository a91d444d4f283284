"""Keys, sessions and tokens: who is let in, and everybody who is not."""

import asyncio
import base64
import hmac
import json
import os
import stat
import threading
import time
from http.client import HTTPException

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from warmline.gateway.access import Access
from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.jwks import FRESH_S, REFRESH_S, AddressError, Jwks, fetch
from warmline.gateway.keys import LOOK_AGAIN_S, KeyFileError, KeyRing, digest_of, new_key, write_keys
from warmline.gateway.oidc import OidcRules, Tokens
from warmline.gateway.sessions import SESSION_S, Sessions, TooLongForACookieError

PEPPER = "pepper"
ANOTHER_USER = 65534
ISSUER, AUDIENCE = "https://issuer.example", "warmline"


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def ring(path, clock, *keys, pepper=PEPPER):
    write_keys(path, [kept for _, kept in keys])
    return KeyRing(path, pepper, clock, clock)


def test_the_file_holds_no_key_and_is_its_owners_alone(tmp_path, clock):
    shown, kept = new_key("desk", ["read"], PEPPER)
    path = tmp_path / "keys.json"
    assert ring(path, clock, (shown, kept)).caller_of(shown).scopes == {"read"}
    assert shown.split("_", 2)[2] not in path.read_text()
    assert kept.digest == digest_of(shown, PEPPER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_somebody_else_was_let_read_stays_theirs_to_read(tmp_path, clock):
    """As deploy/compose.yaml has it: the gateway is another user than who revokes a key."""
    path = tmp_path / "keys.json"
    goes, stays = new_key("a", ["read"], PEPPER), new_key("b", ["read"], PEPPER)
    keys = ring(path, clock, goes, stays)
    path.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(path, ANOTHER_USER, ANOTHER_USER)
    write_keys(path, [stays[1]])
    found = path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o644
    assert os.geteuid() != 0 or (found.st_uid, found.st_gid) == (ANOTHER_USER, ANOTHER_USER)
    clock.now += LOOK_AGAIN_S
    with pytest.raises(UnknownCallerError, match="unknown"):
        keys.caller_of(goes[0])


def test_a_key_that_is_not_quite_right_is_nobody(tmp_path, clock):
    shown, kept = new_key("desk", ["read"], PEPPER)
    keys = ring(tmp_path / "keys.json", clock, (shown, kept))
    wrong = [shown[:-1], shown + "x", shown.upper(), shown.replace("wl_", "wx_"), "", "wl__", "wl_" + "x" * 10_000]
    for each in wrong:
        with pytest.raises(UnknownCallerError):
            keys.caller_of(each)
    with pytest.raises(UnknownCallerError):
        ring(tmp_path / "other.json", clock, (shown, kept), pepper="another").caller_of(shown)


def test_a_key_expires_and_a_revoked_key_is_dead_within_seconds(tmp_path, clock):
    path = tmp_path / "keys.json"
    ages, stays = new_key("a", ["read"], PEPPER, expires_at_s=int(clock.now) + 60), new_key("b", ["read"], PEPPER)
    keys = ring(path, clock, ages, stays)
    assert keys.caller_of(ages[0]).subject == "a"
    clock.now += 61
    with pytest.raises(UnknownCallerError, match="expired"):
        keys.caller_of(ages[0])
    write_keys(path, [ages[1]])
    clock.now += LOOK_AGAIN_S
    with pytest.raises(UnknownCallerError, match="unknown"):
        keys.caller_of(stays[0])


def test_a_file_that_went_wrong_leaves_the_last_good_keys(tmp_path, clock):
    path = tmp_path / "keys.json"
    key = new_key("a", ["read"], PEPPER)
    keys = ring(path, clock, key)
    path.write_text("{")
    clock.now += LOOK_AGAIN_S
    assert keys.caller_of(key[0]).subject == "a"
    with pytest.raises(KeyFileError):
        KeyRing(path, PEPPER, clock, clock)


def opened(clock, caller, key_of=None):
    sessions = Sessions(b"secret", clock, key_of or (lambda _id: caller))
    return sessions, sessions.open(caller)[0]


def test_a_session_stands_for_who_opened_it_until_it_is_over(clock):
    caller = Caller(subject="s", scopes=frozenset({"read"}), agent_id="a", groups=frozenset({"g"}))
    sessions, cookie = opened(clock, caller)
    found = sessions.caller_of(cookie)
    assert (found.subject, found.scopes, found.agent_id, found.groups) == ("s", {"read"}, "a", {"g"})
    assert found.by_cookie
    clock.now += SESSION_S
    with pytest.raises(UnknownCallerError, match="expired"):
        sessions.caller_of(cookie)


def test_a_session_that_no_cookie_holds_is_refused_at_once(clock):
    groups = frozenset(f"{number:08}-aaaa-bbbb-cccc-{number:012}" for number in range(80))
    caller = Caller(subject="s", scopes=frozenset({"read"}), groups=groups)
    with pytest.raises(TooLongForACookieError):
        opened(clock, caller)


def test_a_session_ends_with_the_token_or_key_it_came_of(clock):
    token = Caller(subject="s", scopes=frozenset({"read"}), expires_at_s=int(clock.now) + 60)
    sessions, cookie = opened(clock, token)
    clock.now += 61
    with pytest.raises(UnknownCallerError):
        sessions.caller_of(cookie)

    def revoked(_id):
        raise UnknownCallerError("unknown")

    sessions, cookie = opened(clock, Caller(subject="s", scopes=frozenset({"read"}), key_id="k"), revoked)
    with pytest.raises(UnknownCallerError):
        sessions.caller_of(cookie)


def test_a_cookie_that_somebody_made_or_changed_is_nobody(clock):
    caller = Caller(subject="s", scopes=frozenset({"read"}))
    sessions, cookie = opened(clock, caller)
    foreign, _ = Sessions(b"another secret", clock, lambda _id: caller).open(caller)
    body, _, signature = cookie.partition(".")
    flipped = ("A" if body[0] != "A" else "B") + body[1:]
    for wrong in (foreign, f"{flipped}.{signature}", body, f"{body}.", f".{signature}", "", "é.ü", "x" * 9000):
        with pytest.raises(UnknownCallerError):
            sessions.caller_of(wrong)


class Issuer:
    """An issuer whose keys can be changed, counted and taken away."""

    def __init__(self):
        self.keys = {}
        self.fetched = 0
        self.away = False
        self.answers = threading.Event()
        self.answers.set()
        self.rotate("k1")

    def rotate(self, name):
        self.keys = {name: rsa.generate_private_key(65537, 2048)}

    def fetch(self, url):
        self.fetched += 1
        assert self.answers.wait(60)
        if self.away:
            raise OSError("away")
        if url.endswith("openid-configuration"):
            return json.dumps({"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}).encode()
        keys = [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return json.dumps({"keys": keys}).encode()

    def token(self, key=None, algorithm="RS256", kid=None, **claims):
        name = next(iter(self.keys))
        given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "exp": int(time.time()) + 60, **claims}
        given = {claim: value for claim, value in given.items() if value is not None}
        return jwt.encode(given, key or self.keys[name], algorithm, headers={"kid": kid or name})


@pytest.fixture
def issuer():
    return Issuer()


def signed_with_a_secret(header, claims, secret):
    """Make a token by hand: libraries refuse to sign with a public key."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    signature = hmac.new(secret, b".".join(parts), "sha256").digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def tokens_of(issuer, clock):
    rules = OidcRules(issuer=ISSUER, audience=AUDIENCE, algorithms=("RS256",))
    return Tokens(rules, Jwks(ISSUER, "", clock, issuer.fetch))


def ask(tokens, *given):
    async def each():
        found = []
        for token in given:
            try:
                found.append(await tokens.caller_of(token))
            except UnknownCallerError as error:
                found.append(error.reason)
        return found

    return asyncio.run(each())


def test_a_good_token_says_who_what_and_which_agent(issuer, clock):
    token = issuer.token(scope="read agent:self", agent_id="agent-7", groups=["health"])
    (caller,) = ask(tokens_of(issuer, clock), token)
    assert (caller.subject, caller.scopes, caller.agent_id) == ("somebody", {"read", "agent:self"}, "agent-7")
    assert caller.groups == {"health"}
    assert caller.expires_at_s is not None


def test_every_other_token_is_nobody(issuer, clock):
    stranger = rsa.generate_private_key(65537, 2048)
    public = issuer.keys["k1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    now = int(time.time())
    wrong = {
        "another's signature": issuer.token(key=stranger),
        "another audience": issuer.token(aud="another"),
        "no audience": issuer.token(aud=None),
        "another issuer": issuer.token(iss="https://another.example"),
        "no expiry": issuer.token(exp=None),
        "not yet": issuer.token(nbf=now + 600),
        "no subject": issuer.token(sub=None),
        "an algorithm that is not pinned": issuer.token(algorithm="RS512"),
        "the public key as a secret": signed_with_a_secret({"alg": "HS256", "kid": "k1"}, {"sub": "x"}, public),
        "unsigned": jwt.encode({"sub": "x"}, None, "none", headers={"kid": "k1"}),
        "another kind of key": issuer.token(key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"),
        "an unknown key": issuer.token(kid="k9"),
        "nonsense": "a.b.c",
        "long": "a" * 10_000,
    }
    assert dict(zip(wrong, ask(tokens_of(issuer, clock), *wrong.values()), strict=True)) == dict.fromkeys(
        wrong, "wrong_token"
    )
    assert ask(tokens_of(issuer, clock), issuer.token(exp=now - 60)) == ["expired"]


def test_a_rotated_key_is_found_and_made_up_key_ids_cause_few_questions(issuer, clock):
    tokens = tokens_of(issuer, clock)
    assert isinstance(ask(tokens, issuer.token())[0], Caller)
    before = issuer.fetched
    issuer.rotate("k2")
    clock.now += REFRESH_S
    assert isinstance(ask(tokens, issuer.token())[0], Caller)
    assert issuer.fetched == before + 2
    ask(tokens, *(issuer.token(kid=f"made up {number}") for number in range(50)))
    assert issuer.fetched == before + 2


def test_while_the_issuer_is_away_its_keys_stay_good_and_without_any_nobody_can_tell(issuer, clock):
    tokens = tokens_of(issuer, clock)
    ask(tokens, issuer.token())
    issuer.away = True
    clock.now += 10_000
    assert isinstance(ask(tokens, issuer.token())[0], Caller)
    assert ask(tokens_of(issuer, clock), issuer.token()) == ["unavailable"]


def test_nobody_with_a_known_key_waits_for_an_issuer_that_hangs(issuer, clock):
    """Its keys grow old and its answer does not come: whoever is known is served, and one question is under way."""
    tokens, token = tokens_of(issuer, clock), issuer.token()

    async def serve():
        await tokens.caller_of(token)
        issuer.fetched = 0
        issuer.answers.clear()
        clock.now += FRESH_S * 0.6
        for _ in range(20):
            await asyncio.wait_for(tokens.caller_of(token), 30)
            await asyncio.sleep(0)
        while not issuer.fetched:
            await asyncio.sleep(0.01)
        asked = issuer.fetched
        issuer.answers.set()
        return asked

    assert asyncio.run(serve()) == 1


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"keys": 5}', b'{"keys": [5]}', b"<html>", HTTPException()])
def test_an_issuer_that_answers_nonsense_is_one_that_is_away(answer, clock):
    def nonsense(_url):
        if isinstance(answer, Exception):
            raise answer
        return answer

    rules = OidcRules(issuer=ISSUER, audience=AUDIENCE, algorithms=("RS256",))
    tokens = Tokens(rules, Jwks(ISSUER, f"{ISSUER}/keys", clock, nonsense))
    assert ask(tokens, Issuer().token()) == ["unavailable"]


def test_withdrawn_keys_are_no_good_once_the_issuer_has_been_asked_again(issuer, clock):
    tokens, token = tokens_of(issuer, clock), issuer.token()
    assert isinstance(ask(tokens, token)[0], Caller)
    issuer.keys = {}
    clock.now += FRESH_S + 1
    assert ask(tokens, token) == ["wrong_token"]


def test_keys_are_fetched_over_tls_alone():
    for url in ("http://issuer.example/keys", "file:///etc/passwd", "ftp://issuer.example"):
        with pytest.raises(AddressError):
            fetch(url)


def test_what_is_given_and_wrong_is_not_passed_over(tmp_path, clock):
    shown, kept = new_key("desk", ["read"], PEPPER)
    keys = ring(tmp_path / "keys.json", clock, (shown, kept))
    sessions = Sessions(b"secret", clock, keys.caller_of_id)
    cookie, _ = sessions.open(keys.caller_of(shown))
    access = Access(keys, None, sessions)

    def of(**headers):
        try:
            return asyncio.run(access.caller_of(headers)).subject
        except UnknownCallerError as error:
            return error.reason

    good = {"cookie": f"a=b; warmline_session={cookie}"}
    assert of(**good) == "desk"
    assert of(authorization=f"bearer {shown}") == "desk"
    assert of(**{"x-api-key": shown}) == "desk"
    assert of(**good, authorization="Bearer wl_a_b") == "unknown"
    assert of(**good, authorization="Basic abc") == of(authorization=f"Basic {shown}") == "unknown"
    assert of(**good, **{"x-api-key": ""}) == "unknown"
    assert of(authorization="Bearer a.b.c") == "unknown"
    assert of() == "missing"
    assert of(cookie="warmline_session=;;==") in {"missing", "unknown"}
