"""`python -m deploy.generate [--check]`: write every generated file, or name those that differ."""

import sys
from pathlib import Path

from deploy.generate.files import generated
from deploy.generate.renders import renders

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Write, or with --check only compare."""
    wanted = {**generated(ROOT)}
    if "--check" not in sys.argv[1:]:
        write(wanted)
        wanted = {}
    # The renders read what was just written.
    wanted |= renders(ROOT)
    if "--check" not in sys.argv[1:]:
        write(wanted)
        return
    different = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    if different:
        names = ", ".join(str(path.relative_to(ROOT)) for path in different)
        sys.exit(f"not as generated: {names}; run `make generated`")


def write(wanted: dict[Path, str]) -> None:
    """Write those that differ."""
    for path, text in wanted.items():
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")  # noqa: T201 # a command


if __name__ == "__main__":
    main()
