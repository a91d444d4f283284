"""A server started by us: it logs to a file, and it never outlives the Python process that started it."""

import atexit
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic

# Runs beside each server and waits on a pipe whose other end is ours. A line means "it is over, go"; end of file means
# that we died without a word (SIGKILL, crash), and the server's process group dies too. Chosen over PR_SET_PDEATHSIG,
# which fires when the *thread* that forked ends, needs a preexec_fn (unsafe beside threads), and is Linux only.
WATCHDOG = 'read -r _ || kill -s KILL -- -"$1"'

PROBE_INTERVAL = 0.1
"""Seconds between two questions to a starting server; the wait ends at once if the server exits."""


class StartFailedError(RuntimeError):
    """A local server did not come up; the message holds the end of its log and what to do."""


class ChildProcess:
    """One server process: started in its own group, watched, stopped at exit at the latest.

    Args:
        name: What to call it in messages, for example `Kafka broker 1`.
        command: The program and its arguments.
        log: The file that receives its output; a restart appends.
        environment: Variables to add to ours.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._command = [*command]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of a started server."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not started")
        return self._process.pid

    def start(self) -> None:
        """Start the process and its watchdog."""
        if self.running:
            raise RuntimeError(f"{self.name} is already running")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches us alone: we decide the order in which things stop
            )
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "watchdog", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self.kill)

    def wait_until(self, ready: Callable[[], bool], *, timeout: float, advice: str) -> None:
        """Ask `ready` until it says yes.

        Args:
            ready: Asks the server itself, for example by a ping; false while it cannot answer.
            timeout: Seconds after which to give up.
            advice: What the reader of the error can do.

        Raises:
            StartFailedError: The process exited or was not ready in time.
        """
        deadline = monotonic() + timeout
        while not ready():
            if not self.running:
                raise StartFailedError(self._report(f"{self.name} exited while starting", advice))
            if monotonic() > deadline:
                raise StartFailedError(self._report(f"{self.name} was not ready after {timeout:.0f} s", advice))
            self.wait(PROBE_INTERVAL)

    def wait(self, timeout: float) -> bool:
        """Wait for the process to end, and say whether it has."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def signal(self, number: int) -> None:
        """Send a signal to the process if it is alive: SIGTERM to ask it to end, SIGSTOP to freeze it."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, grace: float = 10.0) -> bool:
        """Ask the process to end, kill it if it has not after `grace` seconds, and say whether it ended in order."""
        self.signal(signal.SIGTERM)
        in_order = self.wait(grace)
        self.kill()
        return in_order

    def kill(self) -> None:
        """End the process and its children at once (SIGKILL), and dismiss the watchdog."""
        if self._process is not None:
            if self.running:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._watchdog is not None:
            self._watchdog.communicate(b"over\n")
            self._watchdog = None
        atexit.unregister(self.kill)

    def log_tail(self, lines: int = 25) -> str:
        """Return the last lines of the log."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _report(self, what: str, advice: str) -> str:
        return f"{what}. The end of {self.log}:\n{self.log_tail()}\n{advice}"
