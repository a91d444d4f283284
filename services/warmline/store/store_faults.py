"""What went wrong between a command and Redis, in one line for whoever called it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from warmline.settings import SettingsError
from warmline.store.connect import FAULTS
from warmline.store.store import StoreUnavailableError


@contextmanager
def store_faults_in_words(then: str = "") -> Iterator[None]:
    """End a command whose client cannot be made or is not answered with what is wrong.

    Args:
        then: What follows from it, in words.

    Raises:
        ClickException: A setting is wrong, or Redis is away or refuses.
    """
    try:
        yield
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except (StoreUnavailableError, *FAULTS) as error:
        follows = f", so {then}" if then else ""
        raise click.ClickException(f"Redis does not answer{follows}: {error}") from error
