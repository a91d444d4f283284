"""The commands of the chart's UPGRADING.md, run as they stand against stand-ins of the tools."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.chart import CHART
from warmline.bus.topics_command import new_topics


def command_of(beginning):
    """Return the block of UPGRADING.md that begins so."""
    blocks = (CHART / "UPGRADING.md").read_text("utf-8").split("\n\n")
    (found,) = [block for block in blocks if block.strip().startswith(beginning)]
    return found


def test_the_command_for_topics_that_are_there_gives_each_the_segment_that_is_declared(tmp_path):
    tool = tmp_path / "kafka-configs.sh"
    tool.write_text('#!/bin/sh\necho "$@"\n')
    tool.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "WARMLINE_TOPIC_PREFIX": "desk.",
        "KAFKA": "kafka:9092",
    }
    script = command_of("warmline topics create --dry-run")
    done = subprocess.run(
        ["sh", "-eu"], input=script, env=environment, check=True, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.splitlines() == [
        "--bootstrap-server kafka:9092 --command-config admin.properties --alter --entity-type topics "
        f"--entity-name {topic.topic} --add-config segment.ms={topic.config['segment.ms']}"
        for topic in new_topics("desk.", 12, 3)
    ]
