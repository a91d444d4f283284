"""`make secrets` finds what should never have been committed, taken out again or not, and does not repeat it."""

import subprocess

import pytest

from tests.parts.go_tools import require_tool
from tests.parts.obtain import LackingError
from tests.supply import secret_scan
from warmline.gateway.keys import new_key

# Put together here, so that this file holds none.
PLANTED = {
    "a private key": "-----BEGIN RSA PRIVATE "
    + "KEY-----\n"
    + "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi" * 4
    + "\n-----END RSA PRIVATE "
    + "KEY-----",
    "a cloud key": "aws_access_key_id = " + "AKIA" + "2E4A5F3B6D7C6EQZ",
    "a password in a setting": "api_key = '" + "9f8b2c1d7e6a5f4b3c2d1e0f" + "8a7b6c5d'",
}


@pytest.fixture
def repository(tmp_path):
    try:
        require_tool("gitleaks")
    except LackingError as reason:
        pytest.skip(str(reason))
    git(tmp_path, "init", "--quiet")
    return tmp_path


def git(folder, *arguments):
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def commit(folder, text):
    (folder / "settings.txt").write_text(text)
    git(folder, "add", "settings.txt")
    git(folder, "commit", "--quiet", "--message", "settings")


@pytest.mark.parametrize("kind", PLANTED)
def test_a_secret_that_was_committed_fails_even_when_it_was_taken_out_again(repository, kind, capsys):
    commit(repository, PLANTED[kind])
    commit(repository, "nothing any more")
    assert secret_scan.main([str(repository)]) == 1
    told = capsys.readouterr().out
    assert "settings.txt" in told
    assert "FAILED" in told
    assert PLANTED[kind][-30:-8] not in told, "what is found is not shown"


def test_one_of_our_own_api_keys_is_known_by_its_form(repository, capsys):
    shown, _ = new_key("desk", ["read"], "")
    commit(repository, f"call it with {shown}")
    assert secret_scan.main([str(repository)]) == 1
    told = capsys.readouterr().out
    assert "warmline-api-key" in told
    assert shown not in told


def test_a_history_without_secrets_passes(repository, capsys):
    commit(repository, "WARMLINE_KAFKA_SASL_PASSWORD comes from a file that is not here")
    assert secret_scan.main([str(repository)]) == 0
    assert "1 commits looked at: none found" in capsys.readouterr().out
