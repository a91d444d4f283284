"""The section of the policy."""

from importlib.resources import files
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings, strategies as st

from tests.unit.windows.edges import at_the_edges
from tests.unit.windows.scene import NEVER, STAMPS, START, Scene, checked, customer, policy
from tests.unit.windows.test_arrival_order import events, tell
from warmline.windows.policy import CsatFormula, WindowsPolicy


def section() -> dict[str, Any]:
    text = (files("warmline.policy") / "default.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)["windows"]
    return loaded


def test_the_defaults_in_code_are_those_of_the_file():
    assert msgspec.convert(section(), WindowsPolicy) == WindowsPolicy()


def test_the_file_names_every_key():
    assert section().keys() == set(WindowsPolicy.__struct_fields__)
    assert section()["csat"].keys() == set(CsatFormula.__struct_fields__)


def test_every_key_of_the_file_has_a_comment_right_above():
    text = (files("warmline.policy") / "default.yaml").read_text(encoding="utf-8")
    lines = text.split("\nwindows:\n")[1].split("\n# ----")[0].splitlines()
    keys = [number for number, line in enumerate(lines) if line.strip() and not line.strip().startswith("#")]
    assert len(keys) == len(section()) + len(section()["csat"])
    assert [lines[number] for number in keys if not lines[number - 1].strip().startswith("#")] == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"calm_distress": 0.5}, "calm_distress < moment_distress"),
        ({"calm_distress": 0.4999}, "by a thousandth"),
        ({"moment_distress": 0.0004, "calm_distress": 0.0}, "moment_distress"),
        ({"trend_step": 0.0004}, "trend_step"),
        ({"trend_fast_step": 0.2503}, "by a thousandth"),
        ({"trend_fast_step": 0.2}, "trend_step < trend_fast_step"),
        ({"trend_min_turns": 7}, "trend_min_turns <= trend_turns"),
        ({"quiet_timeout_s": 86_400}, "ttl_s > quiet_timeout_s"),
        ({"missed_after_s": 86_400}, "ttl_s > "),
        ({"lateness_s": -1}, "lateness_s"),
        ({"mood_turns": 0}, "mood_turns"),
        ({"mood": 1}, "mood"),
    ],
)
def test_a_wrong_value_is_refused_and_named(changed, named):
    with pytest.raises(msgspec.ValidationError, match=named):
        msgspec.convert(section() | changed, WindowsPolicy)


@given(events(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_every_policy_that_the_check_lets_in_bears_a_conversation(told, seed):
    run, _ = tell(told, at_the_edges(WindowsPolicy, seed))
    checked(run.fire(START + NEVER, STAMPS))


def test_a_turn_without_distress_opens_no_moment_however_low_the_threshold():
    scene = Scene(policy(moment_distress=0.001, calm_distress=0.0))
    assert scene.tell(customer(0), customer(5, 0.0, 0.0)).moments_pending == 0
    assert scene.tell(customer(9, 0.0, 0.001)).moments_pending == 1
