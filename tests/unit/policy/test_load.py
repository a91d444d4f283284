"""The policy file: laid over the default, checked as a whole, and every mistake named."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from warmline.cli import main
from warmline.policy.load import PolicyError, default_text, load_policy


def write(folder: Path, text: str) -> Path:
    file = folder / "policy.yaml"
    file.write_text(text)
    return file


def test_the_default_is_right_and_complete_and_says_the_same_as_the_structs() -> None:
    policy = load_policy(None)
    assert policy.windows("any queue") == policy.windows(None)
    assert len(policy.version) == 12


def test_what_a_file_leaves_out_keeps_its_default(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, "scoring:\n  future_tolerance_s: 10\n"))
    assert policy.scoring.future_tolerance_s == 10
    assert policy.scoring.asr_confidence_min == load_policy(None).scoring.asr_confidence_min


def test_a_queue_overrides_only_what_it_names(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, "queues:\n  billing:\n    windows:\n      quiet_timeout_s: 77\n"))
    assert policy.windows("billing").quiet_timeout_s == 77
    assert policy.windows("billing").lateness_s == policy.windows("sales").lateness_s
    assert policy.windows("sales").quiet_timeout_s == load_policy(None).windows(None).quiet_timeout_s


def test_equal_contents_have_equal_versions_and_others_not(tmp_path: Path) -> None:
    assert load_policy(write(tmp_path, default_text())).version == load_policy(None).version
    assert load_policy(write(tmp_path, "scoring: {future_tolerance_s: 10}")).version != load_policy(None).version


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("scoring: {future_tolerance: 10}", "future_tolerance"),
        ("scoring: {future_tolerance_s: soon}", "scoring.future_tolerance_s"),
        ("scoring: {asr_confidence_min: 3}", "scoring.asr_confidence_min"),
        ("weather: {}", "weather"),
        ("queues: {billing: {scoring: {}}}", "queues.billing.scoring"),
        ("queues: {billing: {windows: {quiet: 1}}}", "queues.billing"),
        ("queues: [billing]", "queues"),
        ("- a", "mapping"),
        ("a: b: c", "not YAML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    assert named in str(caught.value)
    assert str(file) in str(caught.value)


def test_the_command_checks_a_file_before_it_goes_live(tmp_path: Path) -> None:
    right = CliRunner().invoke(main, ["policy", "check", str(write(tmp_path, "scoring: {}"))])
    assert right.exit_code == 0
    assert "right; version" in right.output
    wrong = CliRunner().invoke(main, ["policy", "check", str(write(tmp_path, "scoring: {x: 1}"))])
    assert wrong.exit_code == 1
    assert "`x`" in wrong.output
