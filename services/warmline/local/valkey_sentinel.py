"""A master, its replica and a Sentinel that promotes the replica when the master dies."""

import shutil
import tempfile
from pathlib import Path
from typing import Self

import redis

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.process import ChildProcess
from warmline.local.valkey import ADVICE, READY_TIMEOUT, ValkeyServer
from warmline.local.valkey_options import TlsFiles, ValkeyOptions, listening

DOWN_AFTER_MS = 1000
"""How long a master may be silent before the Sentinel replaces it."""


class SentinelSet:
    """One master, one replica, one Sentinel (a quorum of one: for tests, not for trust).

    Args:
        service: The name under which clients ask the Sentinel for the master.
        password: The password of master and replica.
        own_password: The Sentinel's.
        tls: All three serve TLS only, with these files.
    """

    def __init__(
        self,
        service: str = "warmline",
        *,
        password: str | None = None,
        own_password: str | None = None,
        tls: TlsFiles | None = None,
    ) -> None:
        self.service = service
        self.master = ValkeyServer(ValkeyOptions(password=password, tls=tls))
        self.replica = ValkeyServer(ValkeyOptions(password=password, tls=tls, replica_of=self.master.port))
        self._own_password = own_password
        self._tls = tls
        self.port = free_ports(1)[0]
        self._folder = Path(tempfile.mkdtemp(prefix="warmline-sentinel-"))
        configuration = self._folder / "sentinel.conf"
        configuration.write_text(self._configuration(password))
        command = [str(self.master.binary.path), str(configuration), "--sentinel"]
        self.process = ChildProcess("Sentinel", command, log=self._folder / "log")

    @property
    def address(self) -> tuple[str, int]:
        """Where the Sentinel listens, as `redis.Sentinel` takes it."""
        return LOOPBACK, self.port

    def start(self) -> Self:
        """Start all three and wait until the Sentinel knows the replica, so that a fail-over can happen."""
        self.master.start()
        self.replica.start()
        self.process.start()
        with self._client() as client:

            def knows_replica() -> bool:
                try:
                    return bool(client.execute_command("SENTINEL", "REPLICAS", self.service)) and self.replica_in_sync()
                except redis.ConnectionError:
                    return False

            self.process.wait_until(knows_replica, timeout=READY_TIMEOUT, advice=ADVICE)
        return self

    def _client(self) -> redis.Redis:
        authority = str(self._tls.authority) if self._tls else None
        return redis.Redis(
            LOOPBACK, self.port, password=self._own_password, ssl=self._tls is not None, ssl_ca_certs=authority
        )

    def replica_in_sync(self) -> bool:
        """Whether the replica has the master's data."""
        with redis.Redis.from_url(self.replica.url) as client:
            return bool(client.info("replication").get("master_link_status") == "up")

    def stop(self) -> None:
        """Stop all three and remove their data."""
        self.process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        self.replica.stop()
        self.master.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _configuration(self, password: str | None) -> str:
        lines = [
            f"bind {LOOPBACK}",
            f'dir "{self._folder}"',
            f"sentinel monitor {self.service} {LOOPBACK} {self.master.port} 1",
            f"sentinel down-after-milliseconds {self.service} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {self.service} 5000",
        ]
        lines += listening(self.port, self._tls)
        if password:
            lines.append(f"sentinel auth-pass {self.service} {password}")
        if self._own_password:
            lines.append(f'requirepass "{self._own_password}"')
        return "\n".join(lines) + "\n"
