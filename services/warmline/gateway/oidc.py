"""OIDC bearer tokens: signature by the issuer's own key, issuer, audience, expiry; algorithms pinned."""

from typing import Any

import jwt
from msgspec import Struct

from warmline.gateway.callers import Caller, UnknownCallerError
from warmline.gateway.jwks import Jwks, KeysUnavailableError

LEEWAY_S = 30  # two machines' clocks differ
LONGEST_TOKEN = 8192
ASYMMETRIC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""What may be pinned. Symmetric algorithms would make the issuer's public key a signing key; `none` signs nothing."""


class OidcRules(Struct, frozen=True, kw_only=True):
    """What a token has to say.

    Attributes:
        issuer: Its `iss`.
        audience: One of its `aud`.
        algorithms: The only algorithms taken.
        scope_claim: Claim with the scopes, as a list or separated by spaces.
        agent_claim: Claim with the agent's id.
        groups_claim: Claim with the groups.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    scope_claim: str = "scope"
    agent_claim: str = "agent_id"
    groups_claim: str = "groups"


class Tokens:
    """Reads the tokens of one issuer."""

    def __init__(self, rules: OidcRules, jwks: Jwks) -> None:
        self._rules = rules
        self._jwks = jwks

    async def caller_of(self, token: str) -> Caller:
        """Return whom a token stands for.

        Raises:
            UnknownCallerError: It is no good, expired, or cannot be checked now.
        """
        claims = await self._claims(token)
        rules = self._rules
        agent = claims.get(rules.agent_claim)
        return Caller(
            subject=str(claims["sub"])[:256],
            scopes=frozenset(_words(claims.get(rules.scope_claim))),
            agent_id=agent if isinstance(agent, str) and agent else None,
            groups=frozenset(_words(claims.get(rules.groups_claim))),
            expires_at_s=int(claims["exp"]) + LEEWAY_S,
        )

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise UnknownCallerError("wrong_token")
        rules = self._rules
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in rules.algorithms or not isinstance(key_id, str | None):
                raise UnknownCallerError("wrong_token")
            key = await self._jwks.key_of(key_id)
            if key is None:
                raise UnknownCallerError("wrong_token")
            return jwt.decode(
                token,
                key.key,
                algorithms=[algorithm],
                audience=rules.audience,
                issuer=rules.issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except KeysUnavailableError as error:
            raise UnknownCallerError("unavailable") from error
        except jwt.ExpiredSignatureError as error:
            raise UnknownCallerError("expired") from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise UnknownCallerError("wrong_token") from error


def _words(claim: object) -> list[str]:
    if isinstance(claim, str):
        return claim.split()
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []
