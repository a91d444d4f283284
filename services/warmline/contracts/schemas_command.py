"""`warmline schemas`: write the schemas from the code, and check them against the files and the last release."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from warmline.contracts import schema_files
from warmline.contracts.docstrings import DescriptionError
from warmline.contracts.refusals import UnknownKeywordError
from warmline.contracts.released import ReleaseError, changes_since_release, release, released_version

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("schemas"),
    show_default=True,
    help="Folder of the schemas.",
)


@contextmanager
def faults_in_words() -> Iterator[None]:
    """End the command with a fault's own message and exit code 1."""
    try:
        yield
    except (DescriptionError, ReleaseError, UnknownKeywordError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from error


@click.group(name="schemas")
def command() -> None:
    """JSON Schemas and the AsyncAPI document: what other teams code against."""


@command.command()
@out_option
def generate(out: Path) -> None:
    """Write every schema and the AsyncAPI document."""
    with faults_in_words():
        changed = schema_files.write(out)
    click.echo(f"{out}: {len(changed)} of the files written anew" + "".join(f"\n  {name}" for name in changed))


@command.command()
@out_option
def check(out: Path) -> None:
    """Compare the files with the code; exit code 1 and the first difference of each where they differ."""
    with faults_in_words():
        found = schema_files.differences(out)
    if found:
        lines = "\n".join(f"  {out / line}" for line in found)
        raise click.ClickException(f"not as generated:\n{lines}\n`warmline schemas generate` writes them anew.")
    click.echo(f"{out}: as generated")


@command.command()
@out_option
def compat(out: Path) -> None:
    """Compare the code with the last release; exit code 1 where a change would break readers or senders."""
    with faults_in_words():
        held = released_version(out)
        findings = changes_since_release(out)
    if findings:
        lines = "\n".join(f"  {finding}" for finding in findings)
        raise click.ClickException(
            f"breaking since {held}:\n{lines}\n"
            "To keep everybody working, add a new optional field and leave the old one. To release it on purpose, "
            "tell the readers and senders, then run `warmline schemas release VERSION` with the next breaking version."
        )
    click.echo(f"nothing breaks readers or senders of {held}")


@command.command(name="release")
@click.argument("version")
@out_option
def release_command(version: str, out: Path) -> None:
    """Make the contracts as they are the released ones, as VERSION."""
    with faults_in_words():
        findings = release(out, version)
    click.echo(f"released {version}" + "".join(f"\n  breaking: {finding}" for finding in findings))
