from importlib.resources import files

import msgspec
import pytest
import yaml
from hypothesis import given, settings, strategies as st

from tests.unit.wellbeing.shift import DAY, MONDAY, STAMPS, abusive, plain, run, thankful
from tests.unit.wellbeing.test_order import shifts
from tests.unit.windows.edges import at_the_edges
from warmline.wellbeing.folding import fold, next_due
from warmline.wellbeing.policy import WellbeingPolicy
from warmline.wellbeing.state import POINT


def test_the_default_file_says_what_the_code_does_without_it():
    section = yaml.safe_load((files("warmline.policy") / "default.yaml").read_text(encoding="utf-8"))["wellbeing"]
    assert msgspec.convert(section, WellbeingPolicy) == WellbeingPolicy()
    assert section == msgspec.json.decode(msgspec.json.encode(WellbeingPolicy())), "a key is missing from the file"


@pytest.mark.parametrize(
    "section",
    [
        {"latenes_s": 1},
        {"lateness_s": -1},
        {"heard": {"hostile_distress": 1.1}},
        {"heard": {"hostile_valence": 0.1}},
        {"rest": {"rest_states": ["lunch"]}},
        {"acute": {"half_life_min": 0}},
        {"acute": {"half_life_min": 10, "rest_half_life_min": 20}},
        {"bands": {"elevated": 60}},
        {"bands": {"hysteresis": 30}},
        {"bands": {"hysteresis": 0.0000001}},
        {"bands": {"elevated": 8.5}},
        {"chronic": {"baseline_min": 0.0000001}},
        {"chronic": {"baseline_min": 0.0000001, "neutral_load": 0.0000001}},
        {"chronic": {"neutral_load": 10}},
        {"chronic": {"baseline_min_days": 29}},
        {"signals": {"pattern_days": 8}},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(section):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, WellbeingPolicy)


def test_strain_at_an_edge_is_not_looked_at_for_every_millisecond_where_it_fades_slower_than_that():
    slow = {"half_life_min": 1440, "rest_half_life_min": 1440, "abusive_turn": 40.0, "positive_contact": 10.0}
    policy, version = msgspec.convert({"acute": slow}, WellbeingPolicy), "v1"
    account = run([abusive("a", MONDAY), thankful("b", MONDAY + 1)], policy).account
    looks = 0
    while account.acute_band and looks < 1000:
        due, _ = next_due(account, policy)
        fold(account, due, policy, version, STAMPS)
        looks += 1
    assert account.acute_band == 0
    assert looks < 50, "the end of a day, a rest, a suggested break, and where the band ends"


@given(shifts(most=20), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_every_policy_that_the_check_lets_in_bears_a_fortnight(events, seed):
    run(events, at_the_edges(WellbeingPolicy, seed), until=MONDAY + 14 * DAY)


def test_days_without_any_load_can_be_held_against_each_other():
    least = {"baseline_min": 0.001, "baseline_min_days": 1}
    policy = msgspec.convert({"chronic": least}, WellbeingPolicy)
    events = [plain(f"c{day}", MONDAY + day * DAY) for day in range(4)]
    account = run([*events, abusive("c", MONDAY + 4 * DAY)], policy, until=MONDAY + 5 * DAY).account
    assert account.chronic_own == 2 * 8 * POINT, "held at the most that one day counts for"
