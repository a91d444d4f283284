"""Prints the runtime dependencies that pyproject.toml declares, one a line, for a layer of their own."""

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path(sys.argv[1]).read_text("utf-8"))["project"]
print("\n".join(project["dependencies"]))  # noqa: T201 # a command
