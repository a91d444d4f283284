"""The effect of an empathetic turn on the customer's valence.

effect = (v1 + v2) / 2 - v0 - (v0 - v00)

v1, v2: valence of the two customer turns after it; v0: of the last one before it; v0 - v00: the drift before it, 0
where v0 was the customer's first turn. Without v0 or v2 there is no effect. Sums are kept as twice the effect, in
thousandths, so that they stay whole.
"""

from warmline.windows.moments import Touched
from warmline.windows.state import MET, Fold


def settle_effects(fold: Fold, valence: int, touched: Touched) -> None:
    """Take in a customer turn: second turn after some empathetic turns, first after others. Call before it is kept."""
    if fold.waiting:
        twice = fold.waiting_first + valence - 2 * fold.waiting_base
        fold.effects += fold.waiting
        fold.effect_sum += fold.waiting * twice
        _tell_needs(fold, twice, touched)
    fold.waiting = 0
    if fold.fresh and fold.valences:
        last = fold.valences[-1]
        before = fold.valences[-2] if len(fold.valences) > 1 else last
        fold.waiting = fold.fresh
        fold.waiting_base = 2 * last - before
        fold.waiting_first = valence
    fold.fresh = 0


def _tell_needs(fold: Fold, twice: int, touched: Touched) -> None:
    """Give the effect to the moments that those turns met: one customer turn has been kept since they did."""
    for need in reversed(fold.needs):
        if need.outcome == MET:
            if need.effect is not None:
                return
            if need.met_after == fold.scored - 1:
                need.effect = twice
                touched.append(need)
