"""All dashboards, by the name of their file."""

from deploy.generate.dashboards import experience, operations, wellbeing
from deploy.generate.dashboards.frame import as_json


def boards() -> dict[str, str]:
    """Return file name to content."""
    made = {"operations": operations.build(), "experience": experience.build(), "wellbeing": wellbeing.build()}
    return {f"warmline-{name}.json": as_json(built) for name, built in made.items()}
