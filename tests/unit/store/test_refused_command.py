"""What Redis refuses inside a script is named by its command, though older servers tell only the line."""

from importlib.resources import files

import pytest

from warmline.store.redis_calls import REFUSED_INSIDE, refused_command

SCRIPT = (files("warmline.store") / "compare_and_set.lua").read_text(encoding="utf-8")
OF_REDIS_7_0 = "The user executing the script can't run this command or subcommand script: 8a13, on @user_script:{}."


@pytest.mark.parametrize("command", ["HGET", "HSET", "PEXPIRE", "ZREM", "ZADD", "PTTL"])
def test_the_line_is_looked_up_in_the_script(command):
    lines = [number for number, line in enumerate(SCRIPT.splitlines(), 1) if f"redis.call('{command}'" in line]
    assert lines
    for line in lines:
        reason = OF_REDIS_7_0.format(line)
        assert REFUSED_INSIDE.search(reason)
        assert refused_command(SCRIPT, reason) == f"{command.lower()} (inside a script)"


def test_a_call_over_two_lines_is_found_from_its_second_one():
    second = next(n for n, line in enumerate(SCRIPT.splitlines(), 1) if line.strip().startswith("'now', ARGV"))
    assert refused_command(SCRIPT, OF_REDIS_7_0.format(second)) == "hset (inside a script)"


def test_an_answer_without_a_line_is_still_told():
    assert refused_command(SCRIPT, "ACL failure in script") == "a command inside a script"
