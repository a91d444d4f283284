"""A throw-away certificate authority and a server certificate for localhost, made with the openssl command."""

import subprocess
from pathlib import Path

from warmline.local.valkey_options import TlsFiles

SUBJECT_ALTERNATIVES = "subjectAltName=DNS:localhost,IP:127.0.0.1"


def make_certificates(folder: Path, *addresses: str) -> TlsFiles:
    """Return the files of a fresh authority and of a certificate that it signed, for more IP addresses if given."""
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    certificate, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    extensions = folder / "extensions"
    extensions.write_text(",".join([SUBJECT_ALTERNATIVES, *(f"IP:{address}" for address in addresses)]))
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority",
        "-keyout", authority_key, "-out", authority)  # fmt: skip
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", request)
    run("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial",
        "-days", "2", "-extfile", extensions, "-out", certificate)  # fmt: skip
    return TlsFiles(authority=authority, certificate=certificate, key=key)


def make_client_certificate(folder: Path, authority: TlsFiles, name: str) -> TlsFiles:
    """Return a client's certificate, signed by an authority that `make_certificates` made."""
    certificate, key, request = (folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
    authority_key = authority.authority.with_suffix(".key")
    run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
    run("x509", "-req", "-in", request, "-CA", authority.authority, "-CAkey", authority_key, "-CAcreateserial",
        "-days", "2", "-out", certificate)  # fmt: skip
    return TlsFiles(authority=authority.authority, certificate=certificate, key=key)


def run(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
