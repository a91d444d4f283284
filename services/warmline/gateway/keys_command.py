"""`warmline keys`: make, list and revoke the gateway's API keys."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from warmline.gateway.callers import SCOPES, Scope
from warmline.gateway.keys import Key, KeyFileError, new_key, read_keys, write_keys
from warmline.settings import SettingsError, load_settings

DAY_S = 86_400
MOST_DAYS = 36_500
LONGEST_NAME = 200  # what a key file takes
LONGEST_AGENT_ID = 256  # what an event takes


@click.group(name="keys")
def command() -> None:
    """API keys of the gateway; the file is WARMLINE_GATEWAY_KEYS_FILE."""


@command.command()
@click.option("--name", required=True, help="Whose it is; pseudonymous where it is a person's.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="May be repeated.")
@click.option("--agent", "agent_id", help="The agent that it stands for; with scope agent:self.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="Good for so many days; else until it is revoked.")
def create(name: str, scopes: tuple[Scope, ...], agent_id: str | None, days: int | None) -> None:
    """Make a key and print it, this once: the file keeps only its digest."""
    if ("agent:self" in scopes) != (agent_id is not None):
        raise click.UsageError("--agent goes with --scope agent:self, and the other way round")
    _check_words("--name", name, LONGEST_NAME)
    if agent_id is not None:
        _check_words("--agent", agent_id, LONGEST_AGENT_ID)
    path, pepper = _place()
    shown, kept = new_key(name, scopes, pepper, agent_id, int(time.time()) + days * DAY_S if days else None)
    with _alone(path):
        keys = _read(path) if _is_there(path) else ()
        _write(path, [*keys, kept])
    try:
        click.echo(shown)
        sys.stdout.flush()
    except OSError as error:
        with _alone(path):
            _write(path, [key for key in _read(path) if key.id != kept.id])
        raise click.ClickException(f"the key could not be printed, so it was not kept: {error.strerror}") from error
    click.echo(f"key {kept.id} of {name} is in {path}; it is not shown again", err=True)


@command.command(name="list")
def list_command() -> None:
    """List the keys: id, owner, scopes, expiry. No secret is in the file, so none can be shown."""
    path, _ = _place()
    for key in _read(path):
        until = "until revoked" if key.expires_at_s is None else f"until {_day(key.expires_at_s)}"
        agent = f"  agent {key.agent_id}" if key.agent_id else ""
        click.echo(f"{key.id}  {key.name}  {','.join(key.scopes)}  {until}{agent}")


@command.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Take the key with this KEY_ID out of the file; running gateways notice within two seconds."""
    path, _ = _place()
    with _alone(path):
        keys = _read(path)
        left = [key for key in keys if key.id != key_id]
        if len(left) == len(keys):
            raise click.ClickException(f"{path} holds no key {key_id}")
        _write(path, left)
    click.echo(f"{key_id}: revoked")


def _place() -> tuple[Path, str]:
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    if not settings.gateway_keys_file:
        raise click.ClickException("WARMLINE_GATEWAY_KEYS_FILE is not set")
    return Path(settings.gateway_keys_file), settings.gateway_key_pepper.reveal()


def _check_words(option: str, value: str, longest: int) -> None:
    if not value.strip():
        raise click.BadParameter("is empty", param_hint=option)
    if len(value) > longest:
        raise click.BadParameter(f"has {len(value)} characters; at most {longest} are taken", param_hint=option)
    if not value.isprintable():  # one key is one line of the list; and what is no text cannot be stored
        raise click.BadParameter("holds a line break or another character that cannot be shown", param_hint=option)


def _day(at_s: int) -> str:
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(at_s))
    except (OverflowError, ValueError, OSError):  # each of them, by the size of the number
        return f"second {at_s}, which is beyond the calendar"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {error.strerror}") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let no other command read or write meanwhile: what one had read before another wrote would undo that.

    What is locked is a file beside it, which stays: the file itself is another one after each command.
    """
    if not path.parent.is_dir():
        raise click.ClickException(f"{path}: cannot be written: there is no folder {path.parent}; make it first")
    beside = path.with_name(f"{path.name}.lock")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise click.ClickException(f"{beside}: cannot be locked: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, keys: Sequence[Key]) -> None:
    try:
        write_keys(path, keys)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from error


def _read(path: Path) -> tuple[Key, ...]:
    try:
        return read_keys(path)
    except KeyFileError as error:
        raise click.ClickException(str(error)) from error
