"""`warmline topics` and `warmline dlq` where the client cannot be made, or nobody answers it."""

import pytest
from click.testing import CliRunner

from warmline.cli import main

COMMANDS = [("topics", "create"), ("dlq", "list", "scoring"), ("dlq", "replay", "scoring")]


def run(*arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize("arguments", COMMANDS)
@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("foo", "Error: WARMLINE_KAFKA_EXTRA: part 1 is not name=value"),
        ("foo=1", 'WARMLINE_KAFKA_BROKERS=desk:9092: No such configuration property: "foo"'),
        ("socket.timeout.ms=1", "WARMLINE_KAFKA_BROKERS=desk:9092: Configuration property"),
    ],
)
def test_wrong_settings_of_the_client_are_told(monkeypatch, arguments, extra, said):
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", "desk:9092")
    monkeypatch.setenv("WARMLINE_KAFKA_EXTRA", extra)
    result = run(*arguments)
    assert result.exit_code == 1
    assert said in result.output


@pytest.mark.parametrize("arguments", [*COMMANDS, ("replay",), ("acl", "kafka", "--apply")])
def test_brokers_that_do_not_answer_are_named_on_one_line(monkeypatch, capfd, arguments):
    monkeypatch.setenv("WARMLINE_KAFKA_BROKERS", "127.0.0.1:1")
    monkeypatch.setattr("warmline.bus.let_in.TIMEOUT_S", 0.5)
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: Kafka at WARMLINE_KAFKA_BROKERS=127.0.0.1:1: ")
    assert len(result.output.splitlines()) == 1
    assert capfd.readouterr().err == "", "the client's own log"


@pytest.mark.parametrize(
    "options",
    [
        ("--partitions", "0"),
        ("--partitions", "-1"),
        ("--partitions", "x"),
        ("--replication", "0"),
        ("--replication", "-2"),
        ("--replication", "99999999999"),
    ],
)
def test_numbers_of_partitions_and_copies_that_cannot_be_are_refused_by_option(options):
    result = run("topics", "create", "--dry-run", *options)
    assert result.exit_code == 2
    assert options[0] in result.output


@pytest.mark.parametrize("options", [("--partitions", "1"), ("--replication", "-1"), ("--replication", "1")])
def test_the_least_numbers_are_taken(options):
    assert run("topics", "create", "--dry-run", *options).exit_code == 0


def test_a_list_of_no_letters_at_most_is_refused():
    assert "--limit" in run("dlq", "list", "scoring", "--limit", "0").output
