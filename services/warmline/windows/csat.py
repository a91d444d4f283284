"""Predicted CSAT: a sum of a few numbers of the summary, so that anyone can check it with a pencil."""

from msgspec import Struct

from warmline.windows.policy import CsatFormula

LOWEST, HIGHEST = 1.0, 5.0


class CsatFeatures(Struct, frozen=True):
    """What the formula multiplies; names, meanings and ranges as in `CsatFormula`."""

    mood_end: float
    mood_lowest: float
    peak_distress: float
    met_share: float
    empathy_index: float
    turnaround: float
    unresolved: float


def predicted_csat(formula: CsatFormula, features: CsatFeatures) -> float:
    """Return what the customer would answer, 1..5, rounded to hundredths."""
    total = formula.base
    for name in CsatFeatures.__struct_fields__:
        total += getattr(formula, name) * getattr(features, name)
    return round(min(max(total, LOWEST), HIGHEST), 2)
