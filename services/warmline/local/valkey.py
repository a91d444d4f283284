"""A local Redis or Valkey server that can be killed and restarted on its data."""

import shutil
import tempfile
from pathlib import Path
from typing import Self

import redis

from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.process import ChildProcess
from warmline.local.valkey_binary import ValkeyUnavailableError, require_valkey
from warmline.local.valkey_options import ValkeyOptions, configuration

READY_TIMEOUT = 20.0
"""Seconds; a start takes a tenth of one, reading back a large append-only file more."""

ADVICE = "Look at the log for the setting that it refuses, or for a port that was taken in between."

IN_MEMORY = ValkeyOptions()
"""No file, no password: the default."""


class ValkeyServer:
    """One server on the loopback address.

    Args:
        options: How it runs; by default in memory only, without a password.
        data_dir: Where to keep data and log; without it a temporary folder that goes with `stop()`.
        port: A fixed port; by default a free one. It stays the same over restarts.
    """

    def __init__(
        self, options: ValkeyOptions = IN_MEMORY, data_dir: Path | None = None, *, port: int | None = None
    ) -> None:
        self.options = options
        self.binary = require_valkey()
        if options.tls and not self.binary.has_tls:
            raise ValkeyUnavailableError(f"{self.binary.kind} has no TLS: install redis-server")
        self.port = port or free_ports(1)[0]
        self._keep = data_dir is not None
        self._folder = data_dir or Path(tempfile.mkdtemp(prefix="warmline-valkey-"))
        configuration_file = self._folder / "valkey.conf"
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration_file.write_text(configuration(options, self.port, self._folder))
        command = [str(self.binary.path), str(configuration_file)]
        self.process = ChildProcess(self.kind, command, log=self._folder / "log")

    @property
    def kind(self) -> str:
        """What this is, for people."""
        return self.binary.kind

    @property
    def url(self) -> str:
        """The address for `redis.from_url`, with the password and the certificate authority where there are any."""
        password = f":{self.options.password}@" if self.options.password else ""
        if tls := self.options.tls:
            return f"rediss://{password}{LOOPBACK}:{self.port}/0?ssl_ca_certs={tls.authority}"
        return f"redis://{password}{LOOPBACK}:{self.port}/0"

    def start(self) -> Self:
        """Start, and wait until it serves (after reading back its data).

        Raises:
            StartFailedError: It did not come up; the message has the end of the log.
        """
        self.process.start()
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=None)

        def answers() -> bool:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError):
                return False

        with client:
            self.process.wait_until(answers, timeout=READY_TIMEOUT, advice=ADVICE)
        return self

    def stop(self) -> None:
        """Stop the server, and remove its data unless a folder was given."""
        if self._keep:
            self.process.stop()
        else:
            self.process.kill()
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a power cut would, and leave its files as they are."""
        self.process.kill()

    def restart(self) -> Self:
        """Start a killed server again on its port and its data."""
        return self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()
