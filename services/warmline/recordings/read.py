"""Read a recording of any format we know: a file or a folder of files, to events in the order in which they stand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click
import msgspec

from warmline.adapters.pseudonyms import WITHOUT_KEY, Pseudonyms
from warmline.byte_order import IS_UTF_16, UTF_8_MARK, UTF_16_MARKS
from warmline.contracts.faults import in_words
from warmline.recordings import canonical, codebook, it_helpdesk, telecom, telecom_clients
from warmline.recordings.recorded import Recorded
from warmline.recordings.travel import Travel

__all__ = ["BadLine", "Recorded", "RecordingError", "files_of", "read_recording"]


class Format(Protocol):
    """What the module of a format offers."""

    @property
    def matches(self) -> Callable[[dict[str, Any]], bool]:
        """Tell whether an object is of this format."""
        ...

    @property
    def events_of(self) -> Callable[[dict[str, Any]], list[Recorded]]:
        """Return an object's events."""
        ...


SUFFIXES = (".json", ".jsonl", ".ndjson")
"""What is read of a folder; licences and tables may lie beside the recordings."""


@dataclass(frozen=True)
class BadLine:
    """A piece of a recording that could not be read.

    Attributes:
        file: Where.
        line: Line number, from 1: the line itself, or where the object begins or breaks.
        what: What is wrong.
    """

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class RecordingError(ValueError):
    """The recording cannot be read, or not all of it and `strict` was asked for."""


def formats(pseudonyms: Pseudonyms) -> tuple[Format, ...]:
    """Return the formats that hold a whole conversation in one object; the first that `matches` reads it."""
    return codebook, Travel(pseudonyms), it_helpdesk, telecom, telecom_clients


def to_stderr(bad: BadLine) -> None:
    """Report a bad line where a person sees it."""
    click.echo(str(bad), err=True)


def read_recording(
    path: Path,
    *,
    strict: bool = False,
    report: Callable[[BadLine], None] = to_stderr,
    pseudonyms: Pseudonyms = WITHOUT_KEY,
) -> Iterator[Recorded]:
    """Yield the events of a recording in the order of its files and lines; `order.arrival_order` merges them by time.

    Args:
        path: A file, or a folder of .json, .jsonl and .ndjson files, which are read sorted by name.
        strict: Stop at the first bad line.
        report: Called with every bad line, which is passed over.
        pseudonyms: What stands for callers whose number is in the recording.

    Raises:
        RecordingError: A bad line, where strict; or a folder without recordings.
        OSError: A file cannot be opened or read.
    """
    known = formats(pseudonyms)
    for file in files_of(path):
        for line, item in _objects(file):
            bad = BadLine(file, line, item) if isinstance(item, str) else None
            events: list[Recorded] = []
            if not isinstance(item, str):
                try:
                    events = _events_of(item, known)
                except ValueError as error:
                    bad = BadLine(file, line, in_words(error))
            if bad is not None:
                if strict:
                    raise RecordingError(str(bad))
                report(bad)
            yield from events


def files_of(path: Path) -> list[Path]:
    """Return the files of a recording: itself, or those of the folder, sorted.

    Raises:
        RecordingError: A folder without recordings.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise RecordingError(f"{path}: no {', '.join(SUFFIXES)} file in this folder")
    return files


def _objects(file: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield the JSON objects of a file with their line, or what is wrong in place of an object."""
    if file.suffix == ".json":
        whole = file.read_bytes().removeprefix(UTF_8_MARK)
        item = _decode(whole)
        first, _, rest = whole.lstrip().partition(b"\n")
        if not isinstance(item, str) or not rest.strip() or isinstance(_decode(first), str):
            yield 1, item
            return  # one object over many lines; else the name is .json but these are JSON lines
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(UTF_8_MARK).strip()
            if text:
                yield number, _decode(text)
            if number == 1 and line.startswith(UTF_16_MARKS):
                return  # one message is enough: no line of it can be read


def _decode(text: bytes) -> dict[str, Any] | str:
    """Return the object, or what is wrong."""
    if text.startswith(UTF_16_MARKS):
        return f"the file {IS_UTF_16}"
    try:
        item = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"not JSON: {error}"
    return item if isinstance(item, dict) else f"an object is expected here, not {type(item).__name__}"


def _events_of(item: dict[str, Any], known: Sequence[Format]) -> list[Recorded]:
    for form in known:
        if form.matches(item):
            return form.events_of(item)
    return [canonical.event_of(item)]
