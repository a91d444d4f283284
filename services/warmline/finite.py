"""Numbers of the command line that are numbers."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range that also refuses nan, which lies within every range to click, and infinity."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number to go by", param, ctx)
        return number
