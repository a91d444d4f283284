"""The venv of the peers that cannot share ours."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.rig import ROOT, BenchError

FOLDER = ROOT / ".warmline" / "bench-venv"
REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"
INSTALL_S = 600.0


def peer_python() -> Path:
    """Return the Python of the peers' venv; make it where it is missing or its requirements have changed.

    Raises:
        BenchError: It could not be made; the message is the installer's last line.
    """
    python = FOLDER / "bin" / "python"
    stamp = FOLDER / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)])
    stamp.write_text(wanted, encoding="utf-8")
    return python


def version_of(python: Path, package: str) -> str:
    """Return the installed version of a package."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{command[-1]}: not installed within {INSTALL_S:.0f} s") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise BenchError(lines[-1])
