"""`warmline adapt`: vendors' payloads as delivered in, canonical events out, one JSON object a line."""

import os
import sys
import time
from pathlib import Path

import click
import msgspec

from warmline.adapters.adapted import Adapted, AdapterError
from warmline.adapters.adapter_settings import AdapterSettings, AdapterSettingsError, load_adapter_settings
from warmline.adapters.moments import utc_ms
from warmline.adapters.pseudonyms import Pseudonyms
from warmline.adapters.registry import VENDORS, Adapting
from warmline.contracts.conversation import ConversationEnded, ConversationStarted
from warmline.contracts.events import CONVERSATION_ENDED, CONVERSATION_STARTED, CONVERSATION_TURN
from warmline.contracts.turn import Turn
from warmline.settings import SettingsError, load_settings

TYPE_NAMES = {
    Turn: CONVERSATION_TURN,
    ConversationStarted: CONVERSATION_STARTED,
    ConversationEnded: CONVERSATION_ENDED,
}


@click.command(name="adapt")
@click.argument("vendor", type=click.Choice(VENDORS))
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
)
@click.option("--settings", "settings_file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="YAML.")
@click.option("--conversation", help="The conversation of all turns, where the payloads name none.")
@click.option("--received-at", metavar="TIME", help="ISO 8601: when it was delivered; else when the file was written.")
@click.option("--partials", is_flag=True, help="Print partial results, too, with final false.")
def command(
    vendor: str,
    files: tuple[Path, ...],
    settings_file: Path | None,
    conversation: str | None,
    received_at: str | None,
    *,
    partials: bool,
) -> None:
    """Turn what VENDOR delivered into canonical events on stdout.

    FILE holds a payload as delivered: JSON, JSON lines or a form body; - is stdin. The files belong together: a start
    that one tells serves the others, and a turn that two hold is printed once. What becomes no event, and what had to
    be assumed, is reported on stderr with its path. The exit code is 1 where a payload is broken, after all others.
    With the gateway's WARMLINE_GATEWAY_PSEUDONYM_KEY people have the ids that the gateway gives them.
    """
    if conversation is not None and not conversation.strip():
        raise click.BadParameter(
            "an id is expected; leave the option out for ids of the payloads", param_hint="--conversation"
        )
    adapting = Adapting(
        vendor, _settings(settings_file), pseudonyms=_pseudonyms(), conversation=conversation, partials=partials
    )
    at = utc_ms(received_at)
    if received_at is not None and at is None:
        raise click.BadParameter("an ISO 8601 time is expected", param_hint="--received-at")
    read = [(file, *_read(file, at)) for file in files]
    for _, body, received_ms in read:
        adapting.learn(body, "", received_ms=received_ms)
    broken = 0
    for file, body, received_ms in read:
        try:
            adapted = adapting.adapt(body, "", received_ms=received_ms, source_name=file.name)
        except AdapterError as error:
            click.echo(f"{file}: {error}", err=True)
            broken += 1
            continue
        _print(file, adapted)
        broken += adapted.broken_deliveries
    if broken:
        raise SystemExit(1)


def _settings(file: Path | None) -> AdapterSettings:
    if file is None:
        return AdapterSettings()
    try:
        return load_adapter_settings(file)
    except (AdapterSettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _pseudonyms() -> Pseudonyms:
    try:
        return Pseudonyms.of_secret(load_settings(os.environ).gateway_pseudonym_key.reveal())
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _read(file: Path, at: int | None) -> tuple[bytes, int]:
    """Return a file and when it was delivered, ms UTC: as told, else when it was written; of stdin, now."""
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(), time.time_ns() // 1_000_000 if at is None else at
        return file.read_bytes(), file.stat().st_mtime_ns // 1_000_000 if at is None else at
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error


def _print(file: Path, adapted: Adapted) -> None:
    for event in adapted.events:
        line = msgspec.json.encode({"type": TYPE_NAMES[type(event)], **msgspec.to_builtins(event)})
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
    for item in adapted.unmapped:
        click.echo(f"{file}: {item.path}: {item.reason}", err=True)
