"""What the machine or a setting refuses the command is told in one line, never as a traceback."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from warmline.local.ports import LOOPBACK

NOWHERE = {"WARMLINE_KAFKA_BROKERS": f"{LOOPBACK}:1", "WARMLINE_REDIS_URL": f"redis://{LOOPBACK}:1"}


def warmline(*asked: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own: a service takes the signals and the collector over."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    command = Path(sys.executable).with_name("warmline")
    environment = kept | settings
    return subprocess.run([command, *asked], env=environment, capture_output=True, text=True, timeout=60, check=False)


def assert_told(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    for word in words:
        assert word in line


def test_a_file_that_cannot_be_written_is_named():
    assert_told(warmline("schemas", "generate", "--out", "/proc/warmline"), "/proc/warmline")


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"WARMLINE_KAFKA_EXTRA": "foo=bar"}, "foo"),
        ({"WARMLINE_KAFKA_EXTRA": "foo"}, "WARMLINE_KAFKA_EXTRA"),
        (
            {"WARMLINE_KAFKA_SECURITY_PROTOCOL": "SSL", "WARMLINE_KAFKA_SSL_CA_FILE": "/nope"},
            "WARMLINE_KAFKA_SSL_CA_FILE: there is no file /nope",
        ),
        ({"WARMLINE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "WARMLINE_KAFKA_SASL_MECHANISM"),
        ({"WARMLINE_REDIS_URL": "redis://host:abc"}, "WARMLINE_REDIS_URL"),
        ({"WARMLINE_KAFKA_BROKERS": ""}, "WARMLINE_KAFKA_BROKERS"),
    ],
)
def test_a_service_that_its_settings_keep_from_starting_says_which(wrong, word):
    assert_told(warmline("run", "windows", **(NOWHERE | wrong)), word)


def test_a_model_folder_without_a_model_keeps_scoring_from_starting():
    assert_told(warmline("run", "scoring", WARMLINE_MODEL_FOLDER="/nope", **NOWHERE), "/nope/model.json")


def test_a_port_that_is_taken_is_named():
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_told(warmline("run", "windows", WARMLINE_HTTP_PORT=port), "WARMLINE_HTTP_PORT", f"{LOOPBACK}:{port}")


@pytest.mark.parametrize("speed", ["nan", "inf", "-1"])
@pytest.mark.parametrize("command", ["demo", "replay"])
def test_a_speed_that_is_no_number_is_refused(command, speed):
    done = warmline(command, "--speed", speed)
    assert done.returncode == 2
    assert "--speed" in done.stderr
