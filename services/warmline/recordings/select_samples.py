"""Choose the sample conversations: `python -m warmline.recordings.select_samples FOLDER`.

FOLDER holds labelled conversations as conversations_*.jsonl. The same folder and seed give the same samples.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import msgspec

from warmline.contracts.agent_state import Activity, AgentState
from warmline.contracts.events import AGENT_STATE
from warmline.contracts.turn import Turn
from warmline.recordings import codebook, samples
from warmline.recordings.gold import Labelled, read_gold

MINUTE_MS = 60_000
TURNS = range(12, 25)
LONGEST_S = 30 * 60  # an e-mail thread takes days, and a demo minutes
DOMAINS = ("banking", "healthcare", "retail", "telecom", "travel")  # few, so that each agent has several contacts

KINDS: tuple[tuple[str, int, Callable[[Labelled], bool]], ...] = (
    ("abuse", 5, lambda talk: "abuse_of_agent" in cues_of(talk)),
    ("vulnerable", 5, lambda talk: "vulnerable" in cues_of(talk)),
    ("bot", 6, lambda talk: talk.agent_kind != "human"),
    ("turnaround", 8, lambda talk: talk.outcome.deescalated),
    ("escalation", 7, lambda talk: talk.outcome.escalated and not talk.outcome.deescalated),
    ("calm", 9, lambda talk: not talk.outcome.escalated and all((turn.val or 0) >= 0 for turn in talk.turns)),
)
"""Kinds of conversation, how many of each, and how to tell; the rare ones choose first."""


class _Candidate(NamedTuple):
    line: bytes
    labels: Labelled
    domain: str
    channel: str


def cues_of(talk: Labelled) -> set[str]:
    """Return all cues of a conversation."""
    return {cue for turn in talk.turns for cue in turn.cues}


def select(folder: Path, seed: int) -> list[bytes]:
    """Return the lines of the chosen conversations, in a shuffled order.

    Raises:
        click.ClickException: There are not enough of a kind.
    """
    pool: list[_Candidate] = []
    for file in sorted(folder.glob("conversations_*.jsonl")):
        gold = read_gold(file)
        for line in file.read_bytes().splitlines():
            talk = msgspec.json.decode(line)
            short = talk["turns"][-1]["t"] <= LONGEST_S and len(talk["turns"]) in TURNS
            if short and talk["domain"] in DOMAINS:
                pool.append(_Candidate(line, gold[talk["id"]], talk["domain"], talk["channel"]))
    dice = random.Random(seed)  # noqa: S311 # no secret hangs on it
    dice.shuffle(pool)
    chosen: list[bytes] = []
    used: Counter[str] = Counter()  # so that no domain or channel is forgotten
    for kind, wanted, is_kind in KINDS:
        found = [talk for talk in pool if is_kind(talk.labels)]
        if len(found) < wanted:
            raise click.ClickException(f"{folder}: {len(found)} conversations of kind {kind}, {wanted} wanted")
        for _ in range(wanted):
            talk = min(found, key=lambda talk: used[talk.domain] + used[talk.channel] / 2)
            used.update((talk.domain, talk.channel))
            found.remove(talk)
            pool.remove(talk)
            chosen.append(talk.line)
    dice.shuffle(chosen)
    return chosen


def agent_states(lines: list[bytes]) -> Iterator[AgentState]:
    """Yield an hour of states for the agents of the conversations: the last of each team goes without a break."""
    turns = [event for line in lines for event in codebook.events_of(msgspec.json.decode(line))]
    agents = {(turn.participant_id, turn.queue) for turn in turns if isinstance(turn, Turn) and turn.role == "agent"}
    day: list[tuple[int, Activity]] = [(0, "available"), (10, "break"), (20, "available"), (60, "offline")]
    for agent, team in sorted(agents, key=str):
        number = int(agent.rpartition("-")[2])
        for minute, state in day:
            if state != "break" or number < codebook.AGENTS_A_DOMAIN:
                late = number * 5 if 0 < minute < 60 else 0  # colleagues do not all rest at once
                at = codebook.BASE_MS + (minute + late) * MINUTE_MS
                yield AgentState(agent_id=agent, state=state, at=at, team=team)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--seed", default=7, show_default=True, help="Another seed chooses others.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=samples.FOLDER, help="Where to.")
def main(folder: Path, seed: int, out: Path) -> None:
    """Write the samples chosen from FOLDER."""
    lines = select(folder, seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / samples.CONVERSATIONS.name).write_bytes(b"".join(line + b"\n" for line in lines))
    states = [{"type": AGENT_STATE, **msgspec.to_builtins(state)} for state in agent_states(lines)]
    (out / samples.AGENT_STATES.name).write_bytes(b"".join(msgspec.json.encode(state) + b"\n" for state in states))
    click.echo(f"{len(lines)} conversations, {len(states)} agent states in {out}")


if __name__ == "__main__":
    main()
