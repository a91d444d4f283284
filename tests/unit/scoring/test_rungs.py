"""By which rung turns were heard, in the metrics."""

from prometheus_client import CollectorRegistry

from tests.unit.models.test_scorer_with_a_fake_encoder import make
from warmline.contracts.turn import Turn
from warmline.scoring.service import Ear
from warmline.telemetry.metrics import Metrics


def turns(*said: str, role: str = "customer") -> list[Turn]:
    return [
        Turn(conversation_id="c", turn_id=f"{role}-{n}", role=role, participant_id="p", text=text, spoken_at=n)
        for n, text in enumerate(said)
    ]


class Heard:
    def __init__(self, cache_size: int = 10) -> None:
        self.registry = CollectorRegistry()
        self.ear = Ear(make(cache_size)[0], Metrics(self.registry))

    @property
    def rungs(self) -> list[float | None]:
        return [
            self.registry.get_sample_value("warmline_score_rung_total", {"rung": rung}) for rung in ("encoder", "cache")
        ]


def test_a_text_that_is_new_is_heard_by_the_encoder_and_then_by_the_cache():
    heard = Heard()
    heard.ear.hear(turns("hello", "where is my parcel"))
    assert heard.rungs == [2, 0]
    heard.ear.hear(turns("hello", "hello", "no"))
    assert heard.rungs == [3, 2]


def test_a_text_said_twice_in_a_batch_goes_through_the_encoder_once():
    heard = Heard()
    heard.ear.hear(turns("ok", "ok", "ok"))
    assert heard.rungs == [1, 2]


def test_turns_without_words_and_the_systems_lines_are_on_no_rung():
    heard = Heard()
    heard.ear.hear([*turns("  ", "..."), *turns("you are number three in the queue", role="system")])
    assert heard.rungs == [0, 0]


def test_without_a_cache_everything_is_the_encoders():
    heard = Heard(cache_size=0)
    heard.ear.hear(turns("ok"))
    heard.ear.hear(turns("ok"))
    assert heard.rungs == [2, 0]


def test_the_systems_line_is_not_heard_even_where_a_customer_says_the_same():
    heard = Heard()
    told = heard.ear.hear([*turns("please hold"), *turns("please hold", role="system")])
    assert [each.text is not None for each in told] == [True, False]
    assert heard.rungs == [1, 0]
