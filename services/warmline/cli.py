"""The `warmline` command. Each subcommand lives beside what it runs and is imported only when it is called."""

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "acl": "warmline.access.acl_command",
    "adapt": "warmline.adapters.command",
    "assist": "warmline.backtest.assist_command",
    "backtest": "warmline.backtest.command",
    "demo": "warmline.local.command",
    "dlq": "warmline.bus.dlq_command",
    "evaluate": "warmline.evaluation.command",
    "keys": "warmline.gateway.keys_command",
    "policy": "warmline.policy.command",
    "replay": "warmline.recordings.replay_command",
    "run": "warmline.run_command",
    "schemas": "warmline.contracts.schemas_command",
    "score": "warmline.models.score_command",
    "state": "warmline.store.state_command",
    "topics": "warmline.bus.topics_command",
    "train": "warmline.training.train_command",
}
"""Subcommand to the module that defines it as a click command named `command`."""


class LazyCommands(click.Group):
    """A group that imports a subcommand's module only when it is asked for, so that `warmline score` needs no Kafka."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what the machine refuses it (a full disk, a folder that is missing) is told in a line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly
        except OSError as error:
            raise click.ClickException(str(error)) from error

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of all subcommands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand, or None where there is no such name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = import_module(module).command
        return command


@click.command(cls=LazyCommands)
@click.version_option(package_name="warmline")
def main() -> None:
    """Customer feeling, agent empathy, escalation risk and agent strain, as open real-time events."""
