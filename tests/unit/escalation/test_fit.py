"""Fitting the weights of the risk."""

from msgspec import structs

from tests.unit.escalation.scene import PLAIN, Scene
from warmline.backtest.quality import Gold, quality
from warmline.escalation.policy import Weights
from warmline.escalation.risk import TERMS
from warmline.training.escalation_examples import Case, rows_of
from warmline.training.fit_escalation import alerts_of, fit, gold_of


def case(name: str, *, angry: bool) -> Case:
    scene = Scene()
    for number in range(6):
        hurt = angry and number >= 2
        scene.customer(0.9 if hurt else 0.1, *(("churn_threat",) if hurt else ()), *(("time_pressure",)))
        scene.agent()
    turns = [window.heard.spoken_at for window in scene.windows]
    return Case(
        conversation_id=name,
        group=name,
        gold=Gold(escalated=angry, escalate_from=4 if angry else None, spoken_at=tuple(turns)),
        windows=tuple(scene.windows),
        positions=tuple(range(len(turns))),
    )


CASES = [case(f"c{number}", angry=number % 2 == 0) for number in range(6)]


def test_terms_that_tell_get_weight_and_terms_that_do_not_get_none():
    weights = fit(CASES, PLAIN).weights
    assert weights.churn_threat > 0.1
    assert weights.time_pressure == 0.0
    assert weights.legal_or_public_threat == 0.0
    assert isinstance(weights, Weights)


def test_turns_just_before_the_labelled_one_count_neither_way():
    rows, right = rows_of(CASES[0], PLAIN)
    assert rows.shape == (len(right), len(TERMS))
    assert right.tolist() == [False, False, True, True, True, True, True]


def test_the_fitted_policy_tells_the_cases_apart():
    fitted = fit(CASES, PLAIN)
    alerts = [alert for one in CASES for alert in renamed(one, fitted)]
    found = quality(alerts, gold_of(CASES))
    assert (found.precision, found.recall) == (1.0, 1.0)


def renamed(one: Case, fitted):
    return [structs.replace(alert, conversation_id=one.conversation_id) for alert in alerts_of([one], fitted)]
