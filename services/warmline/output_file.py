"""A file that a command writes: there whole or not at all, and never the file it reads."""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from os import W_OK, access
from os.path import realpath
from pathlib import Path
from typing import BinaryIO

import click


@contextmanager
def output_file(path: Path, inputs: Iterable[Path] = ()) -> Iterator[BinaryIO]:
    """Open a file to write; it takes its place when the block ends well, and an older one stays until then.

    A special file (a device, a pipe) is written directly: there is nothing beside which a new one could be made.

    Args:
        path: The file.
        inputs: What the command reads; none of it may be written over.

    Raises:
        click.ClickException: It is one of the inputs, or cannot be written; the message names it.
    """
    with _told(path):
        special = path.exists() and not path.is_file()
    if special:
        with _told(path), path.open("wb") as directly:
            yield directly
        return
    with _told(path):
        target = Path(realpath(path))  # what a link points to is replaced, not the link
        _check(path, inputs)
        beside = target.parent / f".{secrets.token_hex(8)}.part"
        written = beside.open("xb")
    try:
        with _told(path), written:
            yield written
        with _told(path):
            if target.exists():
                shutil.copymode(target, beside)
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _check(path: Path, inputs: Iterable[Path]) -> None:
    if not path.exists():
        return
    if any(source.exists() and path.samefile(source) for source in inputs):
        raise click.ClickException(f"{path} is read by this command: write to another file")
    if not access(path, W_OK):
        raise click.ClickException(f"{path}: it may not be written to")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system refuses into a message; a reader that has gone away is no fault of the file."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror or error}") from error
