"""`warmline policy`: print the default policy, or check a file before it goes live."""

from pathlib import Path

import click

from warmline.policy.load import PolicyError, default_text, load_policy


@click.group(name="policy")
def command() -> None:
    """The thresholds of all services, in one file."""


@command.command()
def show() -> None:
    """Print the default policy with its comments: the start of your own."""
    click.echo(default_text(), nl=False)


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check(file: Path) -> None:
    """Check FILE; a wrong key or value is named and the exit code is 1."""
    try:
        policy = load_policy(file)
    except PolicyError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{file}: right; version {policy.version}")
