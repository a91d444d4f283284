"""Builds deploy/Dockerfile for real, on a base made on this machine where no registry is in reach.

    python -m tests.docker.build_warmline_image

The base is Debian's smallest system with Python, by debootstrap; it is given this machine's certificate authorities, so
that the build reaches the same package index.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.parts.docker_engine import engine, has_image
from tests.parts.obtain import LackingError

ROOT = Path(__file__).parents[2]
BASE_REPOSITORY, BASE_TAG = "warmline-test/base", "bookworm-1"
IMAGE = "warmline-test/warmline:0.1.0"
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
LEFT_OUT = re.compile(r"^(var/cache/apt|var/lib/apt/lists|usr/share/(doc|man|locale))/.+")
ENGINE_TIMEOUT_S = 300
BUILD_TIMEOUT_S = 1500  # three minutes on a quiet machine, most of it packages


def ensure_base() -> str:
    """Have a base on the engine, made if need be; LackingError where that can't be."""
    name = f"{BASE_REPOSITORY}:{BASE_TAG}"
    with engine(ENGINE_TIMEOUT_S) as client:
        if has_image(client, name):
            return name
        if shutil.which("debootstrap") is None or os.geteuid() != 0:
            raise LackingError("no base image, and no debootstrap (as root) to make one with")
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run(
                ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", folder],
                check=False,
                capture_output=True,
                text=True,
                timeout=BUILD_TIMEOUT_S,
            )
            if made.returncode:
                raise LackingError(f"debootstrap: {made.stdout.strip().splitlines()[-1]}")
            import_folder(client, Path(folder))
    return name


def import_folder(client: object, folder: Path) -> None:
    """Make the base of a file system's folder."""
    shutil.copy(AUTHORITIES, folder / AUTHORITIES.relative_to("/"))
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(folder, ".", filter=lambda each: None if LEFT_OUT.match(each.name.removeprefix("./")) else each)
        file.flush()
        changes = ["ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 'CMD ["bash"]']
        client.api.import_image_from_file(  # type: ignore[attr-defined]
            file.name, repository=BASE_REPOSITORY, tag=BASE_TAG, changes=changes
        )


def context_files() -> Iterator[Path]:
    """Yield what the image is built from: the same as .dockerignore lets through."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "deploy/Dockerfile"):
        yield ROOT / name
    for folder in ("services", "deploy/docker", "locks"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def build(version: str = "0.1.0", revision: str = "unknown") -> str:
    """Build the image on the local base, and return its name; LackingError where no engine or base is."""
    base = ensure_base()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path in context_files():
            archive.add(path, str(path.relative_to(ROOT)))
    context.seek(0)
    arguments = {"BASE": base, "VERSION": version, "REVISION": revision}
    if index := os.environ.get("PIP_INDEX_URL"):
        arguments["PIP_INDEX_URL"] = index
    with engine(BUILD_TIMEOUT_S) as client:
        steps = client.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile="deploy/Dockerfile",
            tag=IMAGE,
            buildargs=arguments,
            network_mode="host",
            rm=True,
            decode=True,
        )
        told = []
        for step in steps:
            told.append(step.get("stream", ""))
            if "error" in step:
                raise RuntimeError("".join(told)[-3000:] + step["error"])
    return IMAGE


if __name__ == "__main__":
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
        print(build(revision=head.stdout.strip() or "unknown"))  # noqa: T201  a command
    except LackingError as reason:
        sys.exit(f"no image: {reason}")
