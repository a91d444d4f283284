import json
import re

import msgspec
import pytest

from tests.unit.wellbeing.shift import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    POLICY,
    STAMPS,
    abusive,
    calm_day,
    goes,
    hard_morning,
    hostile,
    plain,
    run,
    told,
)
from warmline.contracts.times import Times
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.store.keyed import Stamps
from warmline.store.memory import MemoryRun
from warmline.wellbeing.domain import WellbeingDomain

END = MONDAY + 40 * MINUTE  # of the hard morning


def test_a_calm_day_raises_nothing():
    assert run(calm_day(), until=MONDAY + DAY).signals == []


def test_a_calm_month_raises_nothing():
    days = [event for number in range(30) for event in calm_day(MONDAY + number * DAY, contacts=10)]
    assert run(days, until=MONDAY + 31 * DAY).signals == []


def test_a_hard_morning_raises_band_by_band_and_suggests_a_break():
    assert told(run(hard_morning()).signals) == [
        ("raised", "elevated"),
        ("raised", "high"),
        ("break_suggested", "high"),
        ("raised", "severe"),
    ]


def test_a_break_eases_band_by_band_with_no_further_event():
    signals = run([*hard_morning(), goes("break", END)], until=MONDAY + 6 * HOUR).signals
    assert told(signals)[4:] == [("eased", "high"), ("eased", "elevated"), ("eased", "calm")]
    assert [signal.since for signal in signals[4:]] == [signal.as_of for signal in signals[4:]]


def test_a_signal_tells_its_reasons_strongest_first():
    signal = run(hard_morning()).signals[1]
    amounts = [abs(because.points) for because in signal.because]
    assert amounts == sorted(amounts, reverse=True)
    assert signal.because[0].factor == "hostile_turns"
    assert sum(because.points for because in signal.because) == pytest.approx(signal.acute, abs=1.1)


def test_evidence_is_the_hard_conversations_of_the_day_newest_last_and_ten_at_most():
    yesterday = [hostile("yesterday", MONDAY - 26 * HOUR)]
    contacts = [turn for n in range(14) for turn in (hostile(f"c{n}", MONDAY + n * MINUTE), plain(f"p{n}", MONDAY))]
    again = [abusive("c3", MONDAY + 15 * MINUTE), *(abusive("c3", MONDAY + 15 * MINUTE + n) for n in range(1, 4))]
    signals = run([*yesterday, *contacts, *again]).signals
    assert signals[-1].evidence == ("c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c3")
    early = run([*yesterday, *(abusive("c", MONDAY + n) for n in range(4))]).signals
    assert early[0].evidence == ("c",), "without yesterday's"


def test_no_second_break_is_suggested_within_the_cooldown():
    suggested = [s.as_of for s in run(hard_morning(contacts=12)).signals if s.kind == "break_suggested"]
    assert len(suggested) == 2
    assert suggested[1] - suggested[0] == 60 * MINUTE


def test_no_break_is_suggested_in_a_break():
    chat = [abusive("c", MONDAY + n * MINUTE) for n in range(10)]
    assert "break_suggested" in {kind for kind, _ in told(run(chat).signals)}
    assert "break_suggested" not in {kind for kind, _ in told(run([goes("break", MONDAY - MINUTE), *chat]).signals)}


def test_elevated_strain_suggests_a_break_once_none_was_taken_for_two_hours():
    start = [plain("c", MONDAY)]
    keeping = [plain(f"k{n}", MONDAY + n * 15 * MINUTE) for n in range(1, 7)]
    late = [hostile("h", MONDAY + 100 * MINUTE + n * 30_000) for n in range(14)]
    signals = run([*start, *keeping, *late], until=MONDAY + 125 * MINUTE).signals
    assert told(signals) == [("raised", "elevated"), ("break_suggested", "elevated")]
    assert signals[1].as_of == MONDAY + 120 * MINUTE, "by time alone, between two events"


def test_a_band_is_not_left_at_its_edge():
    signals = run([*hard_morning(contacts=1), goes("training", MONDAY + 10 * MINUTE)], until=MONDAY + 3 * HOUR).signals
    assert told(signals) == [("raised", "elevated"), ("eased", "calm")]
    assert signals[0].acute >= 30
    assert signals[1].acute == 21


def test_three_high_days_in_a_week_make_a_pattern_and_no_second_one_within_the_week():
    days = [event for number in range(6) for event in hard_morning(MONDAY + number * DAY)]
    patterns = [signal for signal in run(days).signals if signal.kind == "pattern"]
    assert [(signal.as_of - MONDAY) // DAY for signal in patterns] == [2]


def test_strain_that_is_high_over_the_end_of_a_day_makes_the_day_after_it_one_of_the_three():
    day_end = MONDAY + 19 * HOUR
    shift = run([*hard_morning(MONDAY - DAY), *hard_morning(day_end - 25 * MINUTE, contacts=4)], until=day_end + HOUR)
    assert [day.high for day in shift.account.days] == [True] * 3
    assert [signal.as_of for signal in shift.signals if signal.kind == "pattern"] == [day_end]


def test_three_high_days_in_more_than_a_week_make_none():
    days = [event for number in (0, 4, 8) for event in hard_morning(MONDAY + number * DAY)]
    assert [signal for signal in run(days).signals if signal.kind == "pattern"] == []


def test_every_signal_has_its_own_id_and_keeps_it_in_another_run():
    events = [event for number in range(6) for event in hard_morning(MONDAY + number * DAY)]
    first, again = run(events, until=MONDAY + 20 * DAY).signals, run(events, until=MONDAY + 20 * DAY).signals
    assert first == again
    assert len({signal.signal_id for signal in first}) == len(first) > 20


def test_a_signal_carries_the_times_of_the_turn_that_caused_it():
    memory = MemoryRun(WellbeingDomain(POLICY, "v1"))
    at = MONDAY
    emits = [emit for n in range(4) for emit in memory.apply(abusive("c", at + n), Stamps(None, 7))]
    emits += memory.fire(at + 10 * MINUTE, Stamps(None, 9))
    assert emits[0].event.times == Times(spoken=at + 3, received=at + 4, scored=at + 5, windowed=at + 6, published=9)
    assert emits[0].id == emits[0].event.signal_id
    assert (emits[0].topic, emits[0].key, emits[0].type) == ("agent.wellbeing", "ana", "agent.wellbeing")


def test_every_signal_keeps_to_its_contract():
    days = [event for number in range(12) for event in hard_morning(MONDAY + number * DAY)]
    for signal in run(days, until=MONDAY + 60 * DAY).signals:
        assert msgspec.json.decode(msgspec.json.encode(signal), type=WellbeingSignal) == signal


def test_nothing_acoustic_and_nothing_that_ranks_is_in_a_signal():
    said = json.dumps(msgspec.to_builtins(run(hard_morning()).signals)).lower()
    assert not re.search(r"pitch|loud|pace|typing|rank|score\b|percentile|team", said)


def test_a_window_and_a_state_are_all_that_concerns_wellbeing():
    domain = WellbeingDomain(POLICY, "v1")
    assert domain.key_of(Times(spoken=1)) is None
    with pytest.raises(TypeError):
        domain.cause_of(Times(spoken=1))
    assert domain.apply(None, Times(spoken=1), STAMPS).verdict == "ignored"
