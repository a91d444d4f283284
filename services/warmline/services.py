"""The services by name. Each is imported only when it is run: scoring alone loads the model, wellbeing alone Faust."""

from importlib import import_module

from warmline.wiring import Parts

SERVICES = {
    "scoring": "warmline.scoring.service",
    "windows": "warmline.windows.service",
    "escalation": "warmline.escalation.service",
    "wellbeing": "warmline.wellbeing.service",
    "assist": "warmline.assist.service",
}
"""Service name, which is also its consumer group, to the module whose `run` runs it until `parts.stop` is set."""

DOORS = {"gateway": "warmline.gateway.service"}
"""The same for what has no consumer group, and so no dead letters, and is no part of the flow."""


def run_service(name: str, parts: Parts) -> None:
    """Run one service until it is told to stop."""
    import_module({**SERVICES, **DOORS}[name]).run(parts)
