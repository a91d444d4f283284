"""Draws the dashboards into this folder: all services run here, the samples are told, Prometheus looks.

`make dashboards`. Needs what the demo needs, and Prometheus on the path (Debian's package). With `--keep FILE` the
answers of Prometheus are kept, with `--from FILE` the pictures are drawn from them again.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

from docs.dashboards.page import parts_of, picture
from tests.support.dashboard_lint import panels_of
from tests.support.dashboard_queries import Look, legend
from tests.support.watched_world import WatchedWorld
from warmline.local.broker import Choice, open_broker
from warmline.local.demo_story import load_story
from warmline.local.valkey import ValkeyServer
from warmline.local.valkey_options import ValkeyOptions

FOLDER = Path(__file__).parent
BOARDS = FOLDER.parents[1] / "deploy" / "grafana" / "dashboards"
TELLING_S = 180.0
TEAMS = 3  # of the samples' fifteen agents: five each, the smallest group that is shown
RATE_INTERVAL_S = 20
STEP_S = 2.0
MOST_BYTES = 400_000


def main() -> None:
    """Draw every dashboard."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keep", type=Path)
    options.add_argument("--from", dest="kept", type=Path)
    options.add_argument("--broker", choices=get_args(Choice), default="auto")
    given = options.parse_args()
    answers = json.loads(given.kept.read_text("utf-8")) if given.kept else ask(given.broker)
    if given.keep:
        given.keep.write_text(json.dumps(answers), "utf-8")
    for path in sorted(BOARDS.glob("*.json")):
        board = json.loads(path.read_text("utf-8"))
        parts = list(parts_of(board))
        for number, part in enumerate(parts, 1):
            name = path.stem.removeprefix("warmline-") + (f"-{number}" if len(parts) > 1 else "")
            title = board["title"] + (f" ({number} of {len(parts)})" if len(parts) > 1 else "")
            told = {panel["id"]: answers[path.stem].get(str(panel["id"]), []) for panel in part}
            made = FOLDER / f"{name}.png"
            picture(made, title, part, told)
            size = made.stat().st_size
            print(f"{made.name}: {size / 1024:.0f} KB")  # noqa: T201 # a command
            if size > MOST_BYTES:
                sys.exit(f"{made.name} is too large for a repository")


def ask(choice: Choice) -> dict[str, dict[str, list[tuple[str, list[tuple[float, float]]]]]]:
    """Run everything and return, by dashboard and panel, each series' name and its course since the beginning."""
    if shutil.which("prometheus") is None:
        sys.exit("needs Prometheus on the path (Debian: apt-get install prometheus)")
    story = load_story(None)
    told_in_s = story.speed * 60.0 / TELLING_S
    limited = ValkeyOptions(settings=(("maxmemory", "256mb"),))
    with (
        tempfile.TemporaryDirectory(prefix="warmline-boards-") as folder,
        open_broker(choice) as broker,
        ValkeyServer(limited) as store,
        WatchedWorld(
            broker.bootstrap,
            broker.consumer_settings,
            store.url,
            Path(folder),
            prefix="",
            story=story,
            teams=TEAMS,
        ) as world,
    ):
        print("telling the samples")  # noqa: T201
        world.tell(told_in_s)
        look = Look(world.began_s, time.time(), STEP_S, RATE_INTERVAL_S)
        return {
            path.stem: {
                str(panel["id"]): [
                    (legend(target, labels), [(at - world.began_s, value) for at, value in values])
                    for target in panel["targets"]
                    for labels, values in look.ask(world.prometheus, target)
                ]
                for panel in panels_of(json.loads(path.read_text("utf-8")))
            }
            for path in sorted(BOARDS.glob("*.json"))
        }


if __name__ == "__main__":
    main()
