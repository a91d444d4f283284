from importlib.resources import files

import msgspec
import pytest
import yaml

from warmline.wellbeing.policy import WellbeingPolicy


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
        {"chronic": {"neutral_load": 10}},
        {"chronic": {"baseline_min_days": 29}},
        {"signals": {"pattern_days": 8}},
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(section):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, WellbeingPolicy)
