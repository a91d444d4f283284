"""A small OIDC issuer over real HTTP: discovery and keys; it rotates, goes away, and signs what it is told to."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from warmline.local.ports import LOOPBACK, free_ports

DISCOVERY = "/.well-known/openid-configuration"
AUDIENCE = "warmline-tests"
ALGORITHM_OF = {"rsa": "RS256", "ec": "ES256"}
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def new_private_key(kind: str) -> PrivateKey:
    """Return a key of a kind: rsa or ec."""
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


class Issuer:
    """An issuer on the loopback.

    Attributes:
        url: Its `iss`, and where it answers.
        keys: The keys that it has now, by their ids, with their kinds.
        asked: How often its keys were asked for.
    """

    def __init__(self) -> None:
        (self._port,) = free_ports(1)
        self.url = f"http://{LOOPBACK}:{self._port}"
        self.keys: dict[str, tuple[str, PrivateKey]] = {}
        self.asked = 0
        self._server: ThreadingHTTPServer | None = None

    def rotate(self, **kinds: str) -> None:
        """Have new keys in place of all: id to kind."""
        self.keys = {name: (kind, new_private_key(kind)) for name, kind in kinds.items()}

    def start(self) -> None:
        """Answer from now on."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(issuer._answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((LOOPBACK, self._port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Be away: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def token(self, key: str | None = None, *, by: PrivateKey | None = None, **claims: Any) -> str:
        """Return a token signed by one of its keys, the first unless told; a claim that is None is left out.

        Args:
            key: The id in the token's head.
            by: Another key to sign with.
            claims: What it says.
        """
        name = key or next(iter(self.keys))
        kind, held = self.keys.get(name, next(iter(self.keys.values())))
        given = {"iss": self.url, "aud": AUDIENCE, "sub": "somebody", "exp": int(time.time()) + 600, **claims}
        given = {claim: value for claim, value in given.items() if value is not None}
        return jwt.encode(given, by or held, ALGORITHM_OF[kind], headers={"kid": name})

    def public_pem(self, key: str) -> bytes:
        """Return a public key as text."""
        return self.keys[key][1].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Return the claims of a good token, for one that is made by hand."""
        return {"iss": self.url, "aud": AUDIENCE, "sub": "somebody", "exp": int(time.time()) + 600, **claims}

    def _answer(self, path: str) -> dict[str, Any]:
        if path == DISCOVERY:
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.asked += 1
        return {"keys": [_jwk(name, kind, key) for name, (kind, key) in self.keys.items()]}


def made_by_hand(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes | None) -> str:
    """Return a token as libraries refuse to make one: signed with a secret under any head, or not at all."""
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in (header, claims)]
    signature = hmac.new(secret, b".".join(parts), "sha256").digest() if secret is not None else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def _jwk(name: str, kind: str, key: PrivateKey) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if kind == "rsa" else jwt.algorithms.ECAlgorithm
    public: Any = key.public_key()
    return {**json.loads(algorithm.to_jwk(public)), "kid": name, "use": "sig"}
