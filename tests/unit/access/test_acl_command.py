"""`warmline acl`: rights for users as they were named, passwords as they were meant, and every mistake told."""

import hashlib
import shlex
import subprocess

import pytest
from click.testing import CliRunner

from warmline.cli import main

SHA_OF_NOTHING = hashlib.sha256(b"").hexdigest()


def acl(*arguments, given=None):
    result = CliRunner().invoke(main, ["acl", *arguments], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("passwords", "said"),
    [
        ("scoring: ''\n", "scoring: the password is empty"),
        ("scoring:\n", "scoring: the password is empty"),
        ("scoring: ' '\n", "scoring: the password is empty"),
        ("scorning: abc\n", "there is no role scorning; there are scoring"),
        ("scoring: 0123456\n", "scoring: the password is no text as it stands there; put it in quotes"),
        ("scoring: [abc]\n", "scoring: the password is no text"),
        ("scoring: {abc: abc}\n", "scoring: the password is no text"),
        ("scoring: yes\n", "scoring: the password is no text"),
        ("scoring: hidden-1\nscoring: hidden-2\n", "line 2: `scoring` is given twice"),
        ("scoring: *hidden\n", "line 1: anchors (&) and aliases (*) are not taken"),
        ("scoring: !hidden!x y\n", "line 1: not YAML: tags (!) are not taken"),
        ("scoring: a: hidden\n", "line 1: not YAML"),
        ("- hidden\n", "holds no lines `ROLE: PASSWORD`"),
        ("3\n", "holds no lines `ROLE: PASSWORD`"),
        ("", "holds no lines `ROLE: PASSWORD`"),
        ("scoring: hidden\n".encode("utf-16"), "not UTF-8"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_passwords_that_are_not_what_was_meant_are_refused_and_never_shown(passwords, said):
    result = acl("redis", "--passwords", "-", given=passwords)
    assert result.exit_code == 2
    assert said in result.output
    assert "--passwords" in result.output
    assert "hidden" not in result.output
    assert SHA_OF_NOTHING not in result.output


def test_a_password_is_printed_as_its_digest_and_who_has_none_cannot_log_in():
    result = acl(
        "redis", "--role", "scoring", "--role", "windows", "--passwords", "-", given="scoring: correct-horse\n"
    )
    first, second = result.output.splitlines()
    assert f"user warmline-scoring on resetpass #{hashlib.sha256(b'correct-horse').hexdigest()} " in first
    assert "user warmline-windows on resetpass " in second


@pytest.mark.parametrize("user", ["{foo}", "{", "{}", "{role!r}", "{role.name}"])
@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_only_the_role_is_put_in_and_other_braces_stay_as_they_are(kind, user):
    result = acl(kind, "--role", "scoring", "--user", user + "-{role}")
    assert result.exit_code == 0
    assert f"{user}-scoring" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kafka", "--user", ""), "is empty"),
        (("redis", "--user", " "), "is empty"),
        (("redis", "--user", "a b"), "has a space in it, which Redis does not take"),
        (("redis", "--user", "a\nuser b on nopass ~* +@all"), "is no name"),
        (("kafka", "--user", "a\nb"), "is no name"),
        (("kafka", "--user", "x" * 300), "is no name"),
        (("kafka", "--form", "strimzi", "--user", "A b"), "Kubernetes takes small letters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_name_that_cannot_stand_where_it_would_is_refused(arguments, said):
    result = acl(*arguments)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("user", ["CN=warm line,O=Acme", '"; touch made; "', "$(touch made)", "`touch made`", "it's"])
def test_a_name_reaches_kafka_s_tool_from_the_script_as_it_is(tmp_path, user):
    tool = tmp_path / "kafka-acls.sh"
    tool.write_text('#!/bin/sh\nprintf "%s\\n" "$3"\n')
    tool.chmod(0o755)
    script = acl("kafka", "--role", "scoring", "--user", user).output
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.splitlines()) <= {f"User:{user}", "--allow-principal"}
    assert f"User:{user}" in [shlex.split(line)[4] for line in script.splitlines() if line.startswith("kafka-acls")]
    assert not (tmp_path / "made").exists()


def test_a_prefix_with_shell_characters_is_quoted_too(monkeypatch):
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", "$(id).")
    script = acl("kafka", "--role", "scoring").output
    lines = [shlex.split(line) for line in script.splitlines() if line.startswith("kafka-acls")]
    assert "$(id).conversation.events" in lines[0]
    assert "'$(id).conversation.events'" in script


@pytest.mark.parametrize("arguments", [("kafka", "--apply"), ("check", "scoring")])
@pytest.mark.parametrize(
    ("extra", "said"),
    [("foo", "WARMLINE_KAFKA_EXTRA: part 1 is not name=value"), ("foo=1", "No such configuration property")],
)
def test_wrong_settings_of_the_client_are_told(monkeypatch, arguments, extra, said):
    monkeypatch.setenv("WARMLINE_KAFKA_EXTRA", extra)
    monkeypatch.setenv("WARMLINE_REDIS_URL", "redis://127.0.0.1:1/0")
    result = acl(*arguments)
    assert result.exit_code == 1
    assert said in result.output


def test_an_address_that_is_no_redis_is_told(monkeypatch):
    monkeypatch.setenv("WARMLINE_KAFKA_EXTRA", "foo=1")
    monkeypatch.setenv("WARMLINE_REDIS_URL", "foo")
    result = acl("check", "scoring")
    assert result.exit_code == 1
    assert "Error: WARMLINE_REDIS_URL: " in result.output


def test_brokers_that_do_not_answer_are_named(monkeypatch):
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", "127.0.0.1:1")
    monkeypatch.setattr("warmline.access.kafka_grants.TIMEOUT_S", 1.0)
    result = acl("kafka", "--role", "scoring", "--apply")
    assert result.exit_code == 1
    assert "Kafka at WARMLINE_KAFKA_BROKERS=127.0.0.1:1: " in result.output
