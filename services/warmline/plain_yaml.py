"""YAML as people write it for us: mappings, lists and plain values. What is easily misread is refused, by line."""

import math
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

INTEGER = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
TIMESTAMP = "tag:yaml.org,2002:timestamp"
TEXT = "tag:yaml.org,2002:str"
LARGEST = 2**63 - 1
QUOTE_IT = "put it in quotes where it is meant as text"


class PlainYamlError(ValueError):
    """The text is not plain YAML; the message names the line and says what to do, and holds no value of the file."""


def load_plain_yaml(content: bytes) -> Any:
    """Return what a YAML file says; None where it is empty. Keys are strings: a whole number is one as it is written.

    Args:
        content: The file, in UTF-8.

    Raises:
        PlainYamlError: It is not UTF-8, not YAML or nested too deeply; a key is given twice or is no text; or it has an
            anchor, an alias, a tag, or a number beyond what is counted with here.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlainYamlError(f"line {line}: not UTF-8; save the file as UTF-8") from error
    try:
        return yaml.load(text, _Loader)  # noqa: S506 # a SafeLoader
    except ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise PlainYamlError(f"line {line}: not YAML: a character that no text file has; take it out") from error
    except yaml.MarkedYAMLError as error:
        raise PlainYamlError(_words(error)) from error
    except RecursionError as error:
        raise PlainYamlError("nested too deeply to be meant; take out the brackets or indents") from error


class _Loader(yaml.SafeLoader):
    """The safe loader, without what a file read once by people has no use for."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        where: Any = event.start_mark  # the stubs do not know whose mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            problem = f"anchors (&) and aliases (*) are not taken: write the value out; {QUOTE_IT}"
            raise ComposerError(None, None, problem, where)
        if getattr(event, "tag", None) is not None:
            raise ComposerError(None, None, f"tags (!) are not taken; {QUOTE_IT}", where)
        composed: yaml.Node | None = super().compose_node(parent, index)
        return composed

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 # as there
        found: dict[Hashable, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in lines:
                problem = f"`{key}` is given twice, first in line {lines[key]}; keep one of them"
                raise ConstructorError(None, None, problem, key_node.start_mark)
            lines[key] = line
            found[key] = self.construct_object(value_node, deep=deep)
        return found

    def _key(self, node: yaml.Node) -> str:
        if node.tag == INTEGER:  # as written: 007 is a name, and not 7
            return str(node.value)
        if node.tag not in {TEXT, TIMESTAMP}:
            shown = f"`{node.value}`" if isinstance(node, yaml.ScalarNode) else "a list or mapping"
            problem = f"{shown} as a key is no text; {QUOTE_IT}"
            raise ConstructorError(None, None, problem, node.start_mark)
        return str(self.construct_object(node))

    def integer(self, node: yaml.ScalarNode) -> int:
        """Return a whole number that other programs can read as well."""
        try:
            value = int(self.construct_yaml_int(node))
        except ValueError:
            value = LARGEST + 1
        if not -LARGEST <= value <= LARGEST:
            problem = f"a whole number beyond 64 bits, or none; {QUOTE_IT}"
            raise ConstructorError(None, None, problem, node.start_mark)
        return value

    def number(self, node: yaml.ScalarNode) -> float:
        """Return a number; infinity and what is none would pass every check of a range."""
        try:
            value = float(self.construct_yaml_float(node))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ConstructorError(None, None, f"not a finite number; {QUOTE_IT}", node.start_mark)
        return value

    def words(self, node: yaml.ScalarNode) -> str:
        """Return a text that can be written out again. A date is one: as it is written, and not another form of it."""
        value = str(node.value)
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            problem = "half of a character (an escape \\ud800 to \\udfff); write the character itself"
            raise ConstructorError(None, None, problem, node.start_mark)
        return value


_Loader.add_constructor(INTEGER, _Loader.integer)
_Loader.add_constructor(FLOAT, _Loader.number)
_Loader.add_constructor(TEXT, _Loader.words)
_Loader.add_constructor(TIMESTAMP, _Loader.words)


def _words(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}: " if mark else ""
    if isinstance(error, ConstructorError | ComposerError) and error.context is None:
        return f"{where}{error.problem}"
    problem = error.problem or "it cannot be read"
    if "tag handle" in problem:  # it would quote the value
        problem = f"tags (!) are not taken; {QUOTE_IT}"
    return f"{where}not YAML: {problem}"
