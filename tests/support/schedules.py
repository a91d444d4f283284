"""Drives a world through a schedule of crashes, stalled owners and store faults, to its end."""

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.support.tally import Mark
from tests.support.world import STEPS, Owner, World

MOST_STEPS = 20_000

Schedule = Sequence[tuple[str, int]]

schedules = st.lists(
    st.tuples(st.sampled_from(["run", "crash", "stall", "wake"]), st.integers(0, 3 * len(STEPS))), max_size=25
)
"""run n steps; crash: a new owner starts from the committed offset, and where n is odd it fires what is due before it
reads anything; stall: the same, but the old owner is kept; wake: a stalled owner goes on for n steps."""


@st.composite
def logs(draw: st.DrawFn, keys: int = 3, most: int = 40) -> list[Mark]:
    """Marks of a few keys with rising times, and duplicates of some of them."""
    marks: list[Mark] = []
    at = 1_000_000
    for number in range(draw(st.integers(1, most))):
        at += draw(st.sampled_from([10, 400, 1_500]))
        if marks and draw(st.integers(0, 4)) == 0:
            marks.append(draw(st.sampled_from(marks)))
            continue
        key = f"k{draw(st.integers(0, keys - 1))}"
        marks.append(Mark(key, f"{key}:{number}", at, draw(st.integers(1, 9))))
    return marks


def run_schedule(world: World, schedule: Schedule, batch: int) -> None:
    """Follow the schedule, then let everybody who still lives finish."""
    owner = Owner(world, batch)
    stalled: list[Owner] = []
    for action, count in schedule:
        if action == "run":
            for _ in range(count):
                owner.step()
        elif action == "crash":
            owner = Owner(world, batch, fires_first=count % 2 == 1)
        elif action == "stall":
            stalled.append(owner)
            owner = Owner(world, batch, fires_first=count % 2 == 1)
        elif stalled:
            for _ in range(count):
                stalled[-1].step()
    for _ in range(MOST_STEPS):
        if owner.idle():
            return
        owner.step()
    raise AssertionError("the owner never came to rest")
