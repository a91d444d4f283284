"""Publishes the demo's story at its pace, on a thread of its own."""

import threading
import time
from collections.abc import Sequence

from confluent_kafka import Producer

from warmline.bus.config import producer_config
from warmline.local.demo_story import Story
from warmline.recordings.pace import paced
from warmline.recordings.publish import InputPublisher
from warmline.recordings.recorded import Recorded
from warmline.settings import Settings

STOP_S = 2.0


class ReplayError(RuntimeError):
    """The broker did not take what was published."""


class _StoppedError(Exception):
    """It is not to go on."""


class Replay:
    """Publishes a story.

    Attributes:
        story: The story.
        speed: Times real speed.
        published: Events published so far.

    Args:
        settings: Where Kafka is.
        story: The story, dated.
        speed: Times real speed.
    """

    def __init__(self, settings: Settings, story: Story, speed: float) -> None:
        self.story = story
        self.speed = speed
        self.published = 0
        # The demo asks the broker's process itself whether it lives; the client's lines would tear the view.
        producer = Producer({**producer_config(settings), "log_level": 0})
        self._publisher = InputPublisher(producer, settings.topic_prefix)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replay", daemon=True)

    @property
    def done(self) -> bool:
        """Whether everything is published."""
        return not self._thread.is_alive() and self.published == len(self.story.events)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, if it has not; what a silent broker has not acknowledged by then is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def check(self) -> None:
        """Raise where the broker did not take something.

        Raises:
            ReplayError: With the reason.
        """
        if self._publisher.failed:
            raise ReplayError(
                f"the broker did not take {self._publisher.failed} events of the samples: "
                f"{self._publisher.first_failure}"
            )

    def send(self, events: Sequence[Recorded]) -> None:
        """Publish more, at once, and await the acknowledgements.

        Raises:
            ReplayError: The broker did not take something.
        """
        for event in events:
            self._publisher.send(event)
        if not self._publisher.flush():
            raise ReplayError("the broker does not acknowledge the end of the shift")
        self.check()

    def _run(self) -> None:
        try:
            for event in paced(self.story.events, self.speed, time.monotonic, self._wait):
                self._publisher.send(event)
                self.published += 1
        except _StoppedError:
            return
        self._publisher.flush()

    def _wait(self, seconds: float) -> None:
        self._publisher.wait(0)
        if self._stop.wait(seconds):
            raise _StoppedError
