"""`make audit` tells a known vulnerability from a sound package, and both from a service that did not answer.

The real pip-audit, asked to look at a server of ours that answers as the OSV service does.
"""

import datetime as dt
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.supply import audit

TOOLS = Path(__file__).parents[2] / ".venv-tools" / "bin" / "pip-audit"
FAULT = {
    "id": "PYSEC-0000-1",
    "aliases": ["CVE-0000-0001"],
    "summary": "made up",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "click"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9.9"}]}],
        }
    ],
}
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def pip_audit(monkeypatch):
    if not TOOLS.exists():
        pytest.skip("pip-audit is not installed: `make audit` does it")
    monkeypatch.setattr(audit, "PIP_AUDIT", TOOLS)


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "small.txt"
    path.write_text("".join(f"{name} \\\n    --hash=sha256:{'0' * 64}\n" for name in ("click==8.3.3", "six==1.17.0")))
    return path


@contextmanager
def service(faults):
    """Answer as OSV does: faults by package."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = faults.get(asked["package"]["name"], [])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


def run(lock, url, *more):
    return audit.main([str(lock), "--service", "osv", "--osv-url", url, *more])


def test_a_known_vulnerability_fails_and_is_named_with_what_mends_it(lock, capsys):
    with service({"click": [FAULT]}) as url:
        assert run(lock, url) == 1
    told = capsys.readouterr().out
    assert "2 of 2 packages looked up, 1 vulnerabilities" in told
    assert "click 8.3.3: PYSEC-0000-1 CVE-0000-0001, mended in 9.9.9" in told


def test_sound_packages_pass(lock, capsys):
    with service({}) as url:
        assert run(lock, url) == 0
    assert "2 of 2 packages looked up, 0 vulnerabilities" in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_no_pass_and_says_so(lock, capsys):
    with service({}) as url:
        pass
    assert run(lock, url) == 0
    told = capsys.readouterr().out
    assert "NOT AUDITED" in told
    assert "looked up" not in told


def test_a_package_that_the_service_does_not_know_is_no_pass_either(capsys, monkeypatch, lock):
    answers = [
        {"name": name, "skip_reason": f"Dependency not found and could not be audited: {name} (1.0)"} for name in "ab"
    ]
    monkeypatch.setattr(audit, "ask", lambda lock, options: answers)
    assert audit.main([str(lock)]) == 0
    told = capsys.readouterr().out
    assert "0 of 2 packages looked up" in told
    assert "NOT AUDITED: 2 packages: Dependency not found and could not be audited" in told


@pytest.mark.parametrize(("days", "code"), [(1, 0), (0, 1)])
def test_one_that_was_looked_at_passes_until_its_day(lock, tmp_path, days, code):
    until = dt.datetime.now(dt.UTC).date() + days * DAY
    accepted = tmp_path / "accepted.toml"
    accepted.write_text(f'[[accepted]]\nid = "CVE-0000-0001"\npackage = "click"\nreason = "made up"\nuntil = {until}\n')
    with service({"click": [FAULT]}) as url:
        assert run(lock, url, "--accepted", str(accepted)) == code


@pytest.mark.parametrize("gone", ["reason", "until"])
def test_none_is_accepted_without_a_reason_and_a_day(lock, tmp_path, capsys, gone):
    entry = {"id": '"X-1"', "package": '"click"', "reason": '"because"', "until": "2030-01-01"}
    del entry[gone]
    accepted = tmp_path / "accepted.toml"
    accepted.write_text("[[accepted]]\n" + "".join(f"{name} = {value}\n" for name, value in entry.items()))
    assert audit.main([str(lock), "--accepted", str(accepted)]) == 2
    assert "entry 1 needs" in capsys.readouterr().out


def test_the_list_of_the_repository_can_be_read():
    audit.read_accepted(audit.ACCEPTED)
