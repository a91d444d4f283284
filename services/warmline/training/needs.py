"""Says which extra is missing where training is asked for without it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def needs_extra() -> Iterator[None]:
    """Turn the failed import of an optional package into advice."""
    try:
        yield
    except ModuleNotFoundError as fault:
        raise click.ClickException(f"{fault.name} is not installed: pip install 'warmline[train]'") from fault
