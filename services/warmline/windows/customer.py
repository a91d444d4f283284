"""A customer turn into the fold: what it says about moments, effects, mood, and what is unresolved."""

from warmline.windows.effect import settle_effects
from warmline.windows.genesys import hear_sentiment
from warmline.windows.intake import CUE_BITS
from warmline.windows.moments import Touched, hear_customer, open_need
from warmline.windows.mood import keep_point, mood_of, trend_of
from warmline.windows.record import Record
from warmline.windows.rules import Rules
from warmline.windows.state import Fold

UNRESOLVED = CUE_BITS["unresolved"]
OPENING_TURNS = 3  # customer turns in the summary's mood at the start


def hear_turn(fold: Fold, cause: str, record: Record, rules: Rules, touched: Touched) -> None:
    """Take a customer turn in. One whose score is not used only counts."""
    fold.customer_turns += 1
    if record.unused:
        fold.unused_turns += 1
        return
    at, distress = record.at, record.distress
    if fold.fresh or fold.waiting:
        settle_effects(fold, record.valence, touched)
    if fold.pending and fold.answers:
        hear_customer(fold, distress, rules, touched)
    if distress >= rules.distressed:
        open_need(fold, cause, at, distress, touched)
    if fold.distress >= rules.distressed:
        fold.distress_ms += min(at - fold.started_at - fold.times[-1], rules.distress_gap)
    _feel(fold, record, rules)
    if record.cues:
        fold.cues |= record.cues
    if record.cues & UNRESOLVED:
        fold.unresolved = True
    elif record.glad:
        fold.unresolved = False


def _feel(fold: Fold, record: Record, rules: Rules) -> None:
    valence, distress = record.valence, record.distress
    fold.distress = distress
    fold.peak = max(fold.peak, distress)
    if valence < fold.lowest or not fold.scored:
        fold.lowest = valence
    if fold.scored < OPENING_TURNS:
        fold.opening += valence
    fold.scored += 1
    keep_point(fold, record.at, valence, rules)
    fold.mood = mood_of(fold.valences, rules)
    fold.trend = trend_of(fold.valences, rules)
    hear_sentiment(fold, record.sign)
