"""What is measured is what is served: the rule beside the model counts as well."""

import numpy as np

from tests.unit.models.test_scorer_with_a_fake_encoder import MANIFEST, CountingEncoder, TellingContext
from warmline.evaluation.hearing import hear
from warmline.models.layout import COLUMNS, CUE
from warmline.training.data import Example
from warmline.training.lessons import lessons_of


def test_the_rule_on_self_harm_is_measured_as_it_is_served_on_customers_alone():
    said = [
        ("customer", "i want to kill myself"),
        ("customer", "where is my parcel"),
        ("agent", "i want to kill myself"),
    ]
    examples = [Example(source="authored", group="g", role=role, text=text) for role, text in said]
    heard = hear(CountingEncoder(), TellingContext(), MANIFEST, lessons_of(examples))  # type: ignore[arg-type] # tells as much
    vulnerable = heard.probabilities[:, COLUMNS[CUE.name].start + CUE.labels.index("vulnerable")]
    assert list(vulnerable > 0.9) == [True, False, False]
    assert np.isfinite(heard.probabilities).all()
