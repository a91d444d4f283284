"""Calls of the Kafka client that may block for minutes, and take no time-out."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Answer = TypeVar("Answer")

BEAT_S = 0.25


def beside(call: Callable[[], Answer], beat: Callable[[], None]) -> Answer:
    """Return what a call answers; it runs on a thread of its own while this one goes on beating.

    Where `beat` raises, the call is left alone; its thread keeps nobody from ending.

    Args:
        call: May block.
        beat: Says that the caller is alive, and raises where it shall wait no longer.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 # it is the caller's
            answer.set_exception(error)

    threading.Thread(target=run, name="beside the loop", daemon=True).start()
    while True:
        if wait([answer], BEAT_S).done:
            return answer.result()
        beat()
