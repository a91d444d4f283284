"""Read a policy file, lay it over the default, lay each queue's overrides over that, and check the whole."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from warmline.plain_yaml import PlainYamlError, load_plain_yaml
from warmline.policy.model import Policy, PolicyFile

VERSION_DIGITS = 12
OVERRIDABLE = frozenset({"windows", "escalation", "assist"})
"""Sections that a queue may override; scoring and wellbeing do not belong to one queue."""

Tree = dict[str, Any]


class PolicyError(ValueError):
    """The policy is wrong; the message names the file, the key and what is wrong with its value."""


def default_text() -> str:
    """Return the default policy, comments and all."""
    return (files("warmline.policy") / "default.yaml").read_text(encoding="utf-8")


def load_policy(path: Path | None) -> Policy:
    """Return the policy of a file laid over the default; None is the default itself.

    Raises:
        PolicyError: The file cannot be read, is not YAML, or holds a wrong key or value, which is named.
    """
    default = _tree(default_text().encode(), "the default policy")
    if path is None:
        return _build(default, "the default policy")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
    return _build(_overlay(default, _tree(content, str(path))), str(path))


def _tree(content: bytes, source: str) -> Tree:
    try:
        tree = load_plain_yaml(content)
    except PlainYamlError as error:
        raise PolicyError(f"{source}: {error}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise PolicyError(f"{source}: a policy is a mapping of sections, not {type(tree).__name__}")
    return tree


def _build(tree: Tree, source: str) -> Policy:
    content = msgspec.json.encode(tree, order="deterministic")
    version = hashlib.sha256(content).hexdigest()[:VERSION_DIGITS]
    base = {name: section for name, section in tree.items() if name != "queues"}
    queues = {} if tree.get("queues") is None else tree["queues"]
    if not isinstance(queues, dict):
        raise PolicyError(f"{source}: `queues` is a mapping of queue names, not {type(queues).__name__}")
    checked: dict[str, PolicyFile] = {}
    for queue, overrides in queues.items():
        where = f"{source}: queues.{queue}"
        if not isinstance(overrides, dict):
            raise PolicyError(f"{where}: a queue's overrides are a mapping, not {type(overrides).__name__}")
        for section in overrides.keys() - OVERRIDABLE:
            raise PolicyError(f"{where}.{section}: a queue overrides only {' and '.join(sorted(OVERRIDABLE))}")
        checked[queue] = _check(_overlay(base, overrides), where)
    return Policy(version, _check(base, source), checked)


def _check(tree: Tree, source: str) -> PolicyFile:
    try:
        return msgspec.convert(tree, PolicyFile)
    except msgspec.ValidationError as error:
        raise PolicyError(f"{source}: {str(error).replace('`$.', '`')}") from error


def _overlay(below: Tree, above: Tree) -> Tree:
    """Return `below` with every value that `above` names replaced, mapping by mapping; lists replace as a whole."""
    merged = dict(below)
    for key, value in above.items():
        held = merged.get(key)
        merged[key] = _overlay(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return merged
