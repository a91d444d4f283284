"""A call that runs beside the loop is answered once, whenever its answer comes."""

import threading
from concurrent.futures import Future

import pytest
from confluent_kafka import TopicPartition

from warmline.bus import beside as module
from warmline.bus.beside import beside
from warmline.bus.committer import Committer


def test_an_answer_that_comes_just_as_a_wait_ends_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = threading.Event()

    class Late(Future[None]):
        def result(self, timeout: float | None = None) -> None:
            try:
                return super().result(timeout)
            except TimeoutError:
                waited.set()
                super().result()  # and now it is there
                raise

    class Slow:
        def commit(self, **_options: object) -> None:
            waited.wait(2 * module.BEAT_S)

    monkeypatch.setattr(module, "Future", Late)
    assert Committer(Slow(), lambda: None).commit([TopicPartition("t", 0, 1)])  # type: ignore[arg-type] # a fake


def test_a_time_out_of_the_call_itself_is_raised() -> None:
    def late() -> None:
        raise TimeoutError("of the call")

    with pytest.raises(TimeoutError, match="of the call"):
        beside(late, lambda: None)
