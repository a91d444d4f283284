"""`warmline acl`: the least rights of every role, as Kafka and Redis take them; and whether they are there."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

import click
import yaml
from confluent_kafka import KafkaException

from warmline.access.check import missing_at_kafka, try_store
from warmline.access.kafka_grants import as_binding, as_command, as_kafka_user, grant
from warmline.access.kafka_rights import kafka_rights
from warmline.access.redis_rights import redis_user
from warmline.access.roles import Role, roles
from warmline.access.users import named, passwords_in, redis_named, strimzi_named
from warmline.bus.kafka_faults import fault_in_words, kafka_faults_in_words
from warmline.bus.let_in import let_in
from warmline.settings import Settings, SettingsError, load_settings
from warmline.store.store import StoreUnavailableError

USER = "warmline-{role}"


@click.group(name="acl")
def command() -> None:
    """Least-privilege rights, made from the declared topics and keys."""


@command.command()
@click.option("--role", "only", multiple=True, help="Only these roles.")
@click.option("--user", default=USER, show_default=True, help="Name of each role's user.")
@click.option("--form", type=click.Choice(["commands", "strimzi"]), default="commands", show_default=True)
@click.option("--apply", "do_apply", is_flag=True, help="Grant them, as the user that WARMLINE_KAFKA_ names.")
def kafka(only: tuple[str, ...], user: str, form: str, do_apply: bool) -> None:  # noqa: FBT001 # click passes options so
    """Print (or grant) the Kafka ACLs of each role. Topic prefix: WARMLINE_TOPIC_PREFIX."""
    settings = _settings()
    wanted = _chosen(only)
    if do_apply:
        bindings = [
            as_binding(right, f"User:{named(user, role)}")
            for role in wanted
            for right in kafka_rights(role, settings.topic_prefix)
        ]
        with kafka_faults_in_words(settings):
            grant(let_in(settings), bindings)
        click.echo(f"{len(bindings)} rights granted")
        return
    if form == "strimzi":
        users = [as_kafka_user(strimzi_named(user, r), kafka_rights(r, settings.topic_prefix)) for r in wanted]
        click.echo(yaml.safe_dump_all(users, sort_keys=False), nl=False)
        return
    click.echo("\n".join(kafka_script(wanted, user, settings.topic_prefix)))


@command.command()
@click.option("--role", "only", multiple=True, help="Only these roles.")
@click.option("--user", default=USER, show_default=True, help="Name of each role's user.")
@click.option(
    "--passwords", type=click.File("rb"), help="YAML of role to password; only their SHA-256 is printed. - is stdin."
)
def redis(only: tuple[str, ...], user: str, passwords: BinaryIO | None) -> None:
    """Print the users of a Redis or Valkey ACL file. Key prefix: WARMLINE_REDIS_PREFIX."""
    settings = _settings()
    known = {} if passwords is None else passwords_in(passwords)
    click.echo("\n".join(redis_users(_chosen(only), user, settings.redis_prefix, known)))


@command.command()
@click.argument("role", metavar="ROLE")
def check(role: str) -> None:
    """Say which rights of ROLE this process's users lack; exit code 1 where any."""
    settings = _settings()
    (wanted,) = _chosen((role,))
    faults = []
    with kafka_faults_in_words(settings):  # of a wrong setting; what a server says is one fault among others
        try:
            faults += [f"Kafka: missing: {right}" for right in missing_at_kafka(settings, wanted)]
        except KafkaException as error:
            faults.append(fault_in_words(settings, error))
        try:
            try_store(settings, wanted)
        except StoreUnavailableError as error:
            faults.append(str(error))
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo(f"{role}: every right is there")


def kafka_script(wanted: Iterable[Role], user: str, prefix: str) -> Iterator[str]:
    """Yield the lines of a script that grants with Kafka's own tool."""
    yield "#!/bin/sh"
    yield "# Made by `warmline acl kafka`. Grants each of Warmline's users what it needs and nothing else:"
    yield "#     PATH=/opt/kafka/bin:$PATH acls.sh --bootstrap-server HOST:9092 --command-config admin.properties"
    yield "set -eu"
    for role in wanted:
        name = named(user, role)
        yield f"\n# {role.name}: {role.about}"
        yield from (as_command(right, f"User:{name}") for right in kafka_rights(role, prefix))


def redis_users(wanted: Iterable[Role], user: str, prefix: str, passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of an ACL file (which takes no comments)."""
    for role in wanted:
        line = redis_user(redis_named(user, role), role, prefix, passwords.get(role.name))
        if line is not None:
            yield line


def _settings() -> Settings:
    try:
        return load_settings(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


def _chosen(only: Iterable[str]) -> list[Role]:
    known = roles()
    unknown = [name for name in only if name not in known]
    if unknown:
        raise click.ClickException(f"no role {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in only or known]
