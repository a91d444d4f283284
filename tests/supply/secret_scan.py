"""Looks for secrets in everything that was ever committed, by gitleaks with its own rules and .gitleaks.toml.

    make secrets

Fails (1) on a finding, which is shown without the secret itself. Where gitleaks cannot be built that is said, and not
counted as a pass. A secret that was committed is out: revoke it; then allow the finding in .gitleaks.toml, with a word
on that.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".gitleaks.toml"
SCAN_S = 900
FOUND = 1


def scan(repository: Path, config: Path = CONFIG) -> tuple[int, str]:
    """Return gitleaks' exit code and what it told; LackingError where it can't be had."""
    gitleaks = require_tool("gitleaks")
    command = [str(gitleaks), "git", "--config", str(config), "--redact", "--verbose", "--no-banner", "--no-color"]
    done = subprocess.run(
        [*command, "--exit-code", str(FOUND), "."],
        cwd=repository,
        check=False,
        capture_output=True,
        text=True,
        timeout=SCAN_S,
    )
    return done.returncode, done.stdout + done.stderr


def commits(repository: Path) -> int:
    """Return how many commits there are to look at: a shallow clone has but a part."""
    counted = subprocess.run(
        ["git", "rev-list", "--all", "--count"], cwd=repository, check=True, capture_output=True, text=True
    )
    return int(counted.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan a repository; return the exit code."""
    parser = argparse.ArgumentParser(prog="make secrets", description=__doc__.partition("\n")[0])
    parser.add_argument("repository", nargs="?", type=Path, default=ROOT)
    given = parser.parse_args(arguments)
    try:
        code, told = scan(given.repository)
    except LackingError as reason:
        print(f"secrets: NOT SCANNED: {reason}")
        return 0
    except subprocess.TimeoutExpired:
        print(f"secrets: NOT SCANNED: no end after {SCAN_S} s")
        return 0
    print("\n".join(f"secrets: {line}" for line in told.strip().splitlines()))
    print(f"secrets: {commits(given.repository)} commits looked at: {'none found' if code == 0 else 'FAILED'}")
    return code


if __name__ == "__main__":
    sys.exit(main())
