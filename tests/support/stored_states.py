"""States as services keep them in Redis, halfway through some conversations: written once, read by every later version.

    python -m tests.support.stored_states

writes them anew, with the layouts of all that is kept. To be done when the layouts have only grown, so that the next
change is held against these too; done for another reason, it says that a rolling upgrade need not read what is there.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, inspect, msgpack

from tests.support.scripted import Script
from warmline.backtest.run import Backtest, Service
from warmline.models.context import Kept
from warmline.policy.load import load_policy
from warmline.scoring.state import ScoringState, note
from warmline.store.outbox import Entry, Outcome, encode_outbox
from warmline.windows.state import Fold, Need

FOLDER = Path(__file__).parents[1] / "contract" / "stored_states"
LAYOUTS = FOLDER / "layouts.json"
STATES = FOLDER / "states.json"
OUTBOX, SCORING = "outbox", "scoring"
EVENTS = Script(conversations=12, seed=3, repeats=0).events()
HALFWAY = len(EVENTS) // 2

OPTIONAL = " ="
"""At the end of a field that has a default: a state may lack it."""


def services(backtest: Backtest) -> dict[str, Service[Any]]:
    """Return the stateful services of a backtest by name."""
    found = (backtest._windows, backtest._escalation, backtest._wellbeing, backtest._assist)
    return {each.domain.name: each for each in found}


def new_backtest() -> Backtest:
    """Return one that has seen nothing."""
    return Backtest(load_policy(None))


def layouts() -> dict[str, list[str]]:
    """Return, of every struct that is kept, its fields in the order in which they stand in its array."""
    roots = [each.domain.state_type for each in services(new_backtest()).values()]
    return {_name(kept): layout_of(kept) for kept in _within([*roots, ScoringState, Entry, Fold, Need])}


def layout_of(kept: type[Struct]) -> list[str]:
    """Return a struct's fields, each as `name: type`, with OPTIONAL where it may be missing."""
    assert kept.__struct_config__.array_like, f"{kept.__name__} is kept by its fields' names"
    info = inspect.type_info(kept)
    assert isinstance(info, inspect.StructType)
    return [f"{each.name}: {_described(each.type)}{'' if each.required else OPTIONAL}" for each in info.fields]


def written_now() -> dict[str, dict[str, str]]:
    """Return what this version keeps halfway: service to key to bytes in hex."""
    backtest = new_backtest()
    emits = list(backtest.run_so_far(EVENTS[:HALFWAY]))
    found = {
        name: {key: msgpack.encode(state).hex() for key, state in each.run.states.items()}
        for name, each in services(backtest).items()
    }
    turn = Kept(1, "t1", customer=False, gist=b"\1" * 64, words=b"\2\3", caring="agent-1")
    scoring = ScoringState("warmline-minilm", (turn,), edges=("start-1",))
    note(scoring, "t1")
    found[SCORING] = {"talk": msgpack.encode(scoring).hex()}
    outcomes = [
        Outcome(each.topic, each.key, each.type, each.id, each.time_ms, 7, b"{}", (("traceparent", b"00"),))
        for each in emits[:2]
    ]
    found[OUTBOX] = {"talk": encode_outbox([Entry("cause", "conversation.scores", 3, 5, outcomes)]).hex()}
    return found


def _within(roots: list[type[Struct]]) -> list[type[Struct]]:
    """Return the structs and those that their fields hold, each once."""
    found: dict[type[Struct], None] = {}
    for root in roots:
        found.update(dict.fromkeys(_structs(inspect.type_info(root), set())))
    return [*found]


def _structs(info: Any, seen: set[type]) -> Iterator[type[Struct]]:
    if isinstance(info, inspect.StructType):
        if info.cls in seen:
            return
        seen.add(info.cls)
        yield info.cls
    for each in _parts(info):
        yield from _structs(each, seen)


def _parts(info: Any) -> list[Any]:
    if isinstance(info, inspect.StructType):
        return [each.type for each in info.fields]
    single = [getattr(info, name) for name in ("item_type", "key_type", "value_type") if hasattr(info, name)]
    return [*single, *getattr(info, "types", ()), *getattr(info, "item_types", ())]


def _described(info: Any) -> str:
    """Name a type in the same words under every version of Python; a literal by what its values are."""
    if isinstance(info, inspect.StructType):
        return _name(info.cls)
    if isinstance(info, inspect.LiteralType):
        return "/".join(sorted({type(each).__name__ for each in info.values}))
    inner = [_described(each) for each in _parts(info)]
    name = type(info).__name__.removesuffix("Type").lower()
    return " | ".join(sorted(inner)) if name == "union" else name + (f"[{', '.join(inner)}]" if inner else "")


def _name(kept: type[Struct]) -> str:
    _, package, *_ = kept.__module__.split(".")
    return f"{package}.{kept.__name__}"


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    LAYOUTS.write_text(json.dumps(layouts(), indent=1) + "\n")
    STATES.write_text(json.dumps(written_now(), indent=1) + "\n")


if __name__ == "__main__":
    main()
