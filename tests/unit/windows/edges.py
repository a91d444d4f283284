"""Policies at the edges of what each key allows: what the check lets in, the arithmetic has to bear."""

from random import Random
from typing import Any

import msgspec
from msgspec import Struct, inspect

TINY = 1e-9
"""Above 0, and nothing once it is a whole number of any unit that the arithmetic counts in."""


def at_the_edges(kind: type[Struct], seed: int) -> Any:
    """A policy with most of its keys at an edge of their range, as far as they may stand beside each other."""
    random, policy = Random(seed), kind()
    edges = list(edges_of(kind))
    for path, values in random.sample(edges, len(edges)):
        if random.random() < 0.8:
            policy = _changed(kind, policy, path, random.choice(values))
    return policy


def edges_of(kind: type[Struct], path: tuple[str, ...] = ()) -> Any:
    """Yield the path of each number and list in a policy, with values at the edges of what it allows."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    for each in info.fields:
        here = (*path, each.name)
        if isinstance(each.type, inspect.StructType):
            yield from edges_of(each.type.cls, here)
        elif isinstance(each.type, inspect.FloatType):
            yield here, _floats(each.type)
        elif isinstance(each.type, inspect.IntType):
            yield here, [each.type.ge, each.type.le]
        else:
            assert isinstance(each.type, inspect.VarTupleType), f"{here}: say here what its edges are"
            assert isinstance(each.type.item_type, inspect.LiteralType)
            yield here, [[], *([value] for value in each.type.item_type.values)]


def _floats(info: inspect.FloatType) -> list[float]:
    low = info.gt if info.ge is None else info.ge
    assert low is not None
    assert info.le is not None
    return [low, low + TINY, low + 0.0004, low + 0.001, low + 0.0016, info.le - 0.0004, info.le]


def _changed(kind: type[Struct], policy: Struct, path: tuple[str, ...], value: Any) -> Struct:
    """The policy with one key changed; the same where the check refuses that."""
    tree = within = msgspec.to_builtins(policy)
    for name in path[:-1]:
        within = within[name]
    within[path[-1]] = value
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError:
        return policy
