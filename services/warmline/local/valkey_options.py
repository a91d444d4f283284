"""The settings of a local Redis or Valkey server."""

from dataclasses import dataclass
from pathlib import Path

from warmline.local.ports import LOOPBACK


@dataclass(frozen=True)
class TlsFiles:
    """Certificate files in PEM: the server's own, its key, and the authority that clients check it against."""

    certificate: Path
    key: Path
    authority: Path


@dataclass(frozen=True)
class ValkeyOptions:
    """How a local server runs.

    Attributes:
        append_only: Write every change to a file before answering, so that a SIGKILL loses nothing.
        password: The default user's password.
        acl_users: More users, each as in a Redis ACL line: `reader on >secret ~* +@read`.
        tls: Serve TLS only, with these files.
        cluster: Run as a node of a Cluster (see `valkey_cluster`).
        replica_of: The port of the local master that this server follows.
        settings: Any other directives.
    """

    append_only: bool = False
    password: str | None = None
    acl_users: tuple[str, ...] = ()
    tls: TlsFiles | None = None
    cluster: bool = False
    replica_of: int | None = None
    settings: tuple[tuple[str, str], ...] = ()


def listening(port: int, tls: TlsFiles | None) -> list[str]:
    """Return the directives by which a server or a sentinel listens at a port, and speaks with others."""
    if tls is None:
        return [f"port {port}"]
    return [
        "port 0",
        f"tls-port {port}",
        f'tls-cert-file "{tls.certificate}"',
        f'tls-key-file "{tls.key}"',
        f'tls-ca-cert-file "{tls.authority}"',
        "tls-auth-clients no",
        "tls-replication yes",
    ]


def configuration(options: ValkeyOptions, port: int, folder: Path) -> str:
    """Return the content of the server's configuration file."""
    lines = [
        f"bind {LOOPBACK}",
        f'dir "{folder}"',
        # Warmline's rule: memory that runs out is an error to see, not data that silently goes.
        "maxmemory-policy noeviction",
        'save ""',
        f"appendonly {'yes' if options.append_only else 'no'}",
        # Flushed to the disk each second, but written to the file before each answer: a killed process loses nothing.
        "appendfsync everysec",
    ]
    lines += listening(port, options.tls)
    if options.password:
        lines += [f'requirepass "{options.password}"', f'masterauth "{options.password}"']
    if options.cluster:
        # A fail-over in seconds; every slot must not be served for the others to go on.
        lines += ["cluster-enabled yes", "cluster-node-timeout 2000", "cluster-require-full-coverage no"]
    if options.replica_of:
        lines += [f"replicaof {LOOPBACK} {options.replica_of}", "repl-diskless-sync-delay 0"]
    lines += [f"user {user}" for user in options.acl_users]
    lines += [f"{name} {value}" for name, value in options.settings]
    return "\n".join(lines) + "\n"
