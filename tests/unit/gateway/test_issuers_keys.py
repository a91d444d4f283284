"""An issuer's keys: whose they are, what they are for, how long they are good, and that nobody waits for them."""

import asyncio
import json

import pytest

from tests.unit.gateway.test_credentials import AUDIENCE, ISSUER, ask, clock, issuer, tokens_of
from warmline.gateway.callers import Caller
from warmline.gateway.jwks import Jwks
from warmline.gateway.oidc import OidcRules, Tokens

__all__ = ["clock", "issuer"]  # fixtures

KEPT_S = 600.0  # docs/api.md: kept for ten minutes


def changed(issuer, clock, change):
    """Return what reads tokens where each document of the issuer comes changed."""

    def fetch(url):
        document = json.loads(issuer.fetch(url))
        change(document)
        return json.dumps(document).encode()

    return Tokens(OidcRules(issuer=ISSUER, audience=AUDIENCE, algorithms=("RS256",)), Jwks(ISSUER, "", clock, fetch))


def test_a_discovery_document_of_another_issuer_gives_no_keys(issuer, clock):
    """Who can have one answered at our issuer's address would else name keys of its own."""

    def of_another(document):
        if "issuer" in document:
            document["issuer"] = "https://another.example"

    assert ask(changed(issuer, clock, of_another), issuer.token()) == ["unavailable"]


@pytest.mark.parametrize(("use", "good"), [("enc", False), ("sig", True), (None, True)])
def test_a_key_that_is_for_something_else_than_signing_signs_nothing(issuer, clock, use, good):
    def used(document):
        for key in document.get("keys", ()):
            del key["use"]
            if use is not None:
                key["use"] = use

    (found,) = ask(changed(issuer, clock, used), issuer.token())
    assert isinstance(found, Caller) if good else found == "wrong_token"


def test_a_withdrawn_key_is_good_for_ten_minutes_at_most(issuer, clock):
    tokens, token = tokens_of(issuer, clock), issuer.token()
    assert isinstance(ask(tokens, token)[0], Caller)
    issuer.keys = {}
    clock.now += KEPT_S + 1
    assert ask(tokens, token) == ["wrong_token"]


def test_nobody_with_a_known_key_waits_for_an_issuer_that_was_away_and_now_hangs(issuer, clock):
    """Its keys are older than they are kept, and still the only ones that anybody can be known by."""
    tokens, token = tokens_of(issuer, clock), issuer.token()

    async def serve():
        await tokens.caller_of(token)
        issuer.away = True
        clock.now += KEPT_S + 1
        await tokens.caller_of(token)  # asks, and finds that it is away
        issuer.away = False
        issuer.answers.clear()
        clock.now += KEPT_S
        try:
            return await asyncio.wait_for(tokens.caller_of(token), 5)
        finally:
            issuer.answers.set()

    assert isinstance(asyncio.run(serve()), Caller)
