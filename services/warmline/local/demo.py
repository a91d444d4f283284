"""The demo: everything on this machine, the samples told fast, watched live, summed up at the end.

1. Start a broker, a store, the topics and the services.
2. Publish the samples' conversations at several times real speed, and show what comes of them.
3. Wait until each conversation has its summary, and no service has anything left to do.
4. End the agents' shift, so that wellbeing counts the last contacts too, and wait until it has spoken.
5. Print the summary.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from threading import Event

from warmline.contracts.topics import (
    AGENT_WELLBEING,
    CONVERSATION_SUMMARIES,
    CONVERSATION_WINDOWS,
    ESCALATION_ALERTS,
)
from warmline.local.broker import Choice
from warmline.local.demo_lag import Lags
from warmline.local.demo_parts import Running, running
from warmline.local.demo_replay import Replay
from warmline.local.demo_story import Story
from warmline.local.demo_watch import Watch
from warmline.local.follow import Follower
from warmline.local.summary import left_out, lines_of_run
from warmline.local.view_stage import Show
from warmline.policy.load import load_policy
from warmline.services import SERVICES
from warmline.wiring import wall_ms

OUTPUTS = (CONVERSATION_WINDOWS, CONVERSATION_SUMMARIES, ESCALATION_ALERTS, AGENT_WELLBEING)
STALLED_S = 90.0  # without any news: a busy laptop pauses for a few seconds, a dead flow for ever
QUIET_S = 6.0  # wellbeing notices within two or three seconds that its partitions are read to their end
KEEP_LOOK_S = 1.0


@dataclass(frozen=True)
class Options:
    """How the demo runs.

    Attributes:
        broker: Which broker.
        speed: Times real speed; None takes the one that tells the story in a good minute.
        keep: Stay until Ctrl-C when it is done.
    """

    broker: Choice = "auto"
    speed: float | None = None
    keep: bool = False


def run_demo(story: Story, options: Options, show: Show) -> None:
    """Run the demo to its end.

    Raises:
        NotInTimeError: Not everything came out.
        StartFailedError: Something did not come up, or ended by itself.
        ReplayError: The broker did not take the samples.
        KafkaException: The broker does not answer.
    """
    with running(options.broker, show) as parts, ExitStack() as watching:
        lateness_s = load_policy(None).wellbeing.lateness_s
        follower = Follower(parts.settings, OUTPUTS)
        watching.callback(follower.close)
        lags = Lags(parts.settings, SERVICES)
        watching.callback(lags.close)
        speed = options.speed or story.speed
        replay = Replay(parts.settings, story.dated(wall_ms(), speed, lateness_s), speed)
        watching.callback(replay.stop)
        watch = Watch(parts, follower, replay, show)
        watching.callback(show.close)
        show.watch()
        replay.start()
        _tell(watch, replay, lags, lateness_s)
        figures = lines_of_run(watch.board, replay.story.gold())
        show.lines(["", f"Done, on {parts.broker.kind}.", *figures, *left_out(parts.lost())])
        if options.keep:
            _keep(parts, show)


def _tell(watch: Watch, replay: Replay, lags: Lags, lateness_s: int) -> None:
    board, wanted = watch.board, replay.story.conversations

    def all_summed_up() -> bool:
        return wanted <= board.over

    def nothing_left() -> bool:
        return not any(lags.all().values())

    watch.until(lambda: replay.done, "conversations run")
    watch.until(all_summed_up, "the last turns are on their way", STALLED_S)
    watch.until(nothing_left, "the last alerts are on their way", STALLED_S)
    replay.send(replay.story.shift_end(lateness_s))
    watch.until(nothing_left, "the agents' shift ends", STALLED_S)
    watch.until(lambda: watch.quiet_s > QUIET_S, "the agents' shift ends")


def _keep(parts: Running, show: Show) -> None:
    show.lines(["", "Everything stays until Ctrl-C:", *(f"  {line}" for line in parts.addresses())])
    pause = Event()
    try:
        while not pause.wait(KEEP_LOOK_S):
            parts.check()
    except KeyboardInterrupt:
        show.lines(["stopping"])
