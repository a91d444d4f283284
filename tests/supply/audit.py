"""Looks the locked packages up among the known vulnerabilities, by pip-audit.

    make audit
    make audit ARGS='--service osv'                 # where the package index tells none
    make audit ARGS='--service osv --osv-url URL'   # a mirror's

Fails (1) on a vulnerability that is not on the list of those looked at, and (2) where that list is wrong. What could
not be looked up is never counted as sound: it is said, with the reason, and does not fail by itself.
"""

import argparse
import datetime as dt
import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCKS = Path(__file__).parents[2] / "locks"
ACCEPTED = LOCKS / "accepted-vulnerabilities.toml"
PIP_AUDIT = Path(sys.executable).with_name("pip-audit")
ANSWER_S = 15
"""Longest silence of the service for one package."""
LOCK_S = 300
"""Longest time for one lock; some hundred packages take ten seconds."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A vulnerability that somebody looked at.

    Attributes:
        id: Its id, or one of its other names.
        package: Where it is.
        reason: Why it does not matter here, or cannot be mended yet.
        until: The day from which it fails again, so that somebody looks anew.
    """

    id: str
    package: str
    reason: str
    until: dt.date


class NotAuditedError(Exception):
    """The service did not answer; the message is its reason."""


def read_accepted(path: Path) -> list[Accepted]:
    """Read the list; ValueError names the entry that lacks its reason or day."""
    entries = tomllib.loads(path.read_text("utf-8")).get("accepted", [])
    found = []
    for number, entry in enumerate(entries, 1):
        complete = {"id", "package", "reason", "until"} == set(entry) and all(entry.values())
        if not complete or type(entry["until"]) is not dt.date:
            raise ValueError(f"{path.name}: entry {number} needs id, package, reason and until (a day)")
        found.append(Accepted(**entry))
    return found


def ask(lock: Path, options: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return pip-audit's word on each package of a lock; NotAuditedError where it has none."""
    command = [str(PIP_AUDIT), "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", str(ANSWER_S), *options]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=LOCK_S)
    except subprocess.TimeoutExpired:
        raise NotAuditedError(f"no end after {LOCK_S} s") from None
    except FileNotFoundError:
        raise NotAuditedError("pip-audit is not installed") from None
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except ValueError:
        lines = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        raise NotAuditedError(lines[-1]) from None


def judge(answers: Iterable[Mapping[str, Any]], accepted: Iterable[Accepted], today: dt.date) -> Iterator[str]:
    """Yield a line for each vulnerability that counts."""
    live = {(each.id, each.package): each for each in accepted if each.until > today}
    for answer in answers:
        for fault in answer.get("vulns", ()):
            names = [fault["id"], *fault.get("aliases", ())]
            if not any((name, answer["name"]) in live for name in names):
                mended = ", ".join(fault.get("fix_versions", ())) or "no version yet"
                yield f"{answer['name']} {answer['version']}: {' '.join(names)}, mended in {mended}"


def not_looked_up(answers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield one line a reason for the packages that the service knows nothing of: that is no pass."""
    # A reason ends with the package that it is about.
    reasons = Counter(str(each["skip_reason"]).partition(": ")[0] for each in answers if "skip_reason" in each)
    for reason, packages in reasons.items():
        yield f"{packages} packages: {reason}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit every lock; return the exit code."""
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__.partition("\n")[0])
    parser.add_argument("locks", nargs="*", type=Path, default=sorted(LOCKS.glob("*.txt")))
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    parser.add_argument("--service", choices=("pypi", "osv"), default="pypi")
    parser.add_argument("--osv-url")
    given = parser.parse_args(arguments)
    try:
        accepted = read_accepted(given.accepted)
    except ValueError as error:
        print(f"audit: {error}")
        return 2
    options = ["--vulnerability-service", given.service, *(["--osv-url", given.osv_url] if given.osv_url else [])]
    today = dt.datetime.now(dt.UTC).date()
    faults = 0
    for lock in given.locks:
        try:
            answers = ask(lock, options)
        except NotAuditedError as reason:
            print(f"audit: {lock.name}: NOT AUDITED: {reason}")
            continue
        found = list(judge(answers, accepted, today))
        faults += len(found)
        looked_up = sum("skip_reason" not in each for each in answers)
        print(f"audit: {lock.name}: {looked_up} of {len(answers)} packages looked up, {len(found)} vulnerabilities")
        for line in found:
            print(f"audit: {lock.name}: {line}")
        for line in not_looked_up(answers):
            print(f"audit: {lock.name}: NOT AUDITED: {line}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
