"""`warmline state`: what the store holds of a conversation or an agent, in words."""

import os
import time
from importlib import import_module
from typing import Any

import click
import msgspec

from warmline.settings import load_settings
from warmline.store.connect import connect
from warmline.store.keys import Keys
from warmline.store.outbox import decode_outbox
from warmline.store.store_faults import store_faults_in_words

DOMAINS = {
    "scoring": ("warmline.scoring.domain", "ScoringDomain"),
    "windows": ("warmline.windows.domain", "WindowsDomain"),
    "escalation": ("warmline.escalation.domain", "EscalationDomain"),
    "wellbeing": ("warmline.wellbeing.domain", "WellbeingDomain"),
    "assist": ("warmline.assist.domain", "AssistDomain"),
}
"""Service with state to the module and name of its domain, whose `state_type` says what the bytes are."""


@click.group(name="state")
def command() -> None:
    """What the store holds."""


@command.command()
@click.argument("key", metavar="CONVERSATION|AGENT")
@click.option("--service", type=click.Choice(sorted(DOMAINS)), help="Only what this service holds.")
def show(key: str, service: str | None) -> None:
    """Print what is held of a CONVERSATION (or AGENT): version, time to live, due time, outbox, state."""
    _check(key)
    found = False
    with store_faults_in_words():
        settings = load_settings(os.environ)
        client: Any = connect(settings)
        for name in [service] if service else sorted(DOMAINS):
            keys = Keys(settings.redis_prefix, name, settings.store_buckets)
            bucket = keys.bucket(key)
            held = client.hgetall(keys.state(bucket, key))
            ttl_ms = client.pttl(keys.state(bucket, key))
            due = client.zscore(keys.due(bucket), key)
            if held:
                found = True
                try:
                    _print(name, held, ttl_ms, due)
                except (msgspec.MsgspecError, KeyError, ValueError) as error:
                    raise click.ClickException(
                        f"{name}: what is held of {key!r} cannot be read: damaged, or of another version"
                    ) from error
    if not found:
        raise click.ClickException(f"nothing is held of {key!r}: never seen, or its time to live has passed")


@command.command()
@click.argument("key", metavar="CONVERSATION|AGENT")
@click.confirmation_option(prompt="What the store holds of it goes for good. Go on?")
def erase(key: str) -> None:
    """Take out of the store whatever is held of a CONVERSATION (or AGENT), before its time to live ends it.

    Records on Kafka stay until their retention has passed. What still comes of it begins a new state. See
    docs/privacy.md, also for the rights that it takes.
    """
    _check(key)
    with store_faults_in_words("something may be held still"):
        settings = load_settings(os.environ)
        client: Any = connect(settings)
        gone = {
            name: _erase(client, Keys(settings.redis_prefix, name, settings.store_buckets), key) for name in DOMAINS
        }
    told = ", ".join(sorted(name for name, count in gone.items() if count))
    click.echo(f"erased from {told}" if told else f"nothing was held of {key!r}")


def _check(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError as error:  # bytes of the command line that are no UTF-8
        raise click.BadParameter("is not UTF-8", param_hint="CONVERSATION|AGENT") from error


def _erase(client: Any, keys: Keys, key: str) -> int:
    """Delete a key's state, ring and due time; the state last, so that a call that broke off can be made again."""
    bucket = keys.bucket(key)
    return int(client.zrem(keys.due(bucket), key)) + int(
        client.delete(keys.ring(bucket, key)) + client.delete(keys.state(bucket, key))
    )


def _print(service: str, held: dict[bytes, bytes], ttl_ms: int, due: float | None) -> None:
    module, domain = DOMAINS[service]
    state = msgspec.msgpack.decode(held[b"state"], type=getattr(import_module(module), domain).state_type)
    waiting = [
        {
            "cause": entry.cause,
            "place": f"{entry.topic}/{entry.partition}/{entry.offset}",
            "ids": [o.id for o in entry.outcomes],
        }
        for entry in decode_outbox(held.get(b"outbox", b""))
    ]
    shown = {
        "service": service,
        "version": int(held[b"v"]),
        "expires_in_s": ttl_ms // 1000,
        "due": None if due is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due / 1000)),
        "outbox": waiting,
        "now": msgspec.Raw(held[b"now"]) if b"now" in held else None,
        "state": {name: getattr(state, name) for name in state.__struct_fields__},
    }
    click.echo(msgspec.json.format(msgspec.json.encode(shown, enc_hook=_by_name), indent=2).decode())


def _by_name(value: object) -> object:
    return repr(value)
