"""The section of the policy."""

from importlib.resources import files

import msgspec
import pytest
import yaml

from tests.unit.escalation.scene import PLAIN, Scene, domain_of, policy
from warmline.escalation.policy import EscalationPolicy, Weights
from warmline.escalation.risk import TERMS
from warmline.store.keyed import KeyedDomain


def section() -> dict:
    text = (files("warmline.policy") / "default.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["escalation"]


def names_of(tree: dict) -> dict:
    return {key: names_of(value) if isinstance(value, dict) else None for key, value in tree.items()}


def test_the_default_file_and_the_defaults_in_the_code_are_equal_key_by_key():
    assert msgspec.convert(section(), EscalationPolicy) == EscalationPolicy()
    written, known = names_of(section()), names_of(msgspec.to_builtins(EscalationPolicy()))
    assert written.keys() == known.keys()
    assert written["weights"] == known["weights"]
    assert written["full"] == known["full"]
    assert written["hard_cues"].keys() == known["hard_cues"].keys()


def test_every_term_of_the_risk_has_a_weight_and_every_weight_a_term():
    assert set(TERMS) == set(Weights.__struct_fields__)


@pytest.mark.parametrize(
    "wrong",
    [
        {"open_at": 1.2},
        {"evidence_valence": 0.3},
        {"evidence_max": 0},
        {"weights": {"distress": -0.1}},
        {"weights": {"loudness": 0.1}},
        {"unknown": 1},
        {"close_at": 0.6},
        {"warning_at": 0.9},
        {"evidence_turns": 7},
        {"hard_cues": {"abuse_of_agent": {"severity": "watch"}}},
    ],
)
def test_a_wrong_value_or_name_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, EscalationPolicy)


def test_the_domain_is_a_keyed_domain():
    domain: KeyedDomain = domain_of()
    assert domain.name == "escalation"


def test_each_queue_has_its_own_policy():
    scene = Scene()
    strict = policy(open_at=0.99, warning_at=0.99, critical_at=0.99)
    scene.domain._policy_of = lambda queue: strict if queue == "q" else PLAIN
    scene.fight()
    assert scene.alerts == []
