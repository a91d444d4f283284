"""The image, built for real and run confined: not root, nothing writable but a scratch folder, no capabilities.

Building takes minutes, so it is asked for: `make image-test`, or WARMLINE_TEST_IMAGE=build; it may also name an image
that is on the engine already. Needs a Docker engine; `tests/docker/start_engine.sh` starts one.
"""

import csv
import json
import os
import re

import pytest
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from tests.docker.build_warmline_image import build
from tests.parts.docker_engine import engine, has_image
from tests.parts.obtain import LackingError
from tests.supply.locks import LOCKS, read_lock
from warmline.gateway.keys import new_key, write_keys
from warmline.local.ports import free_ports
from warmline.local.waiting import wait_until
from warmline.services import DOORS, SERVICES

ASKED = "WARMLINE_TEST_IMAGE"
ENGINE_TIMEOUT_S = 120
SIZE_MOST = 700_000_000  # bytes; 145 MB of them are the base
SCRATCH = "/".join(("", "tmp"))  # the container's own
CONFINED = {
    "read_only": True,
    "tmpfs": {SCRATCH: "size=256m"},  # as in the chart: scoring unpacks its language model there
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "mem_limit": "1g",
    "network_mode": "host",
}


@pytest.fixture(scope="module")
def client():
    try:
        with engine(ENGINE_TIMEOUT_S) as client:
            yield client
    except LackingError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def image(client):
    asked = os.environ.get(ASKED)
    if not asked:
        pytest.skip(f"building the image takes minutes: `make image-test`, or {ASKED}=build")
    if asked != "build":
        assert has_image(client, asked), f"{ASKED}: the engine has no {asked}"
        return asked
    try:
        return build(revision="under-test")
    except LackingError as reason:
        pytest.skip(str(reason))


def run(client, image, command, **options):
    """Run to the end and return what was said; the engine's error where it fails."""
    return client.containers.run(image, command, remove=True, stderr=True, **{**CONFINED, **options}).decode()


def test_every_service_is_in_the_one_image(client, image):
    assert "Usage: warmline" in run(client, image, ["--help"])
    told = run(client, image, ["run", "--help"])
    assert set(SERVICES) | set(DOORS) <= set(re.findall(r"[a-z]+", told))


def test_nothing_in_it_reports_home(client, image):
    """ONNX Runtime counts its uses for its maker unless told not to, and complains where it cannot keep an id."""
    told = run(client, image, ["-c", "import onnxruntime; print('imported')"], entrypoint=["python3"])
    assert told.strip() == "imported"


def test_the_page_of_the_gateway_and_the_exporter_of_traces_are_inside(client, image):
    found = (
        "from importlib.resources import files; from importlib.util import find_spec\n"
        "print(files('warmline').joinpath('console/static/index.html').is_file(), "
        "find_spec('opentelemetry.exporter.otlp.proto.http') is not None)"
    )
    assert run(client, image, ["-c", found], entrypoint=["python3"]).strip() == "True True"


def test_it_holds_the_locked_versions_and_nothing_else(client, image):
    bom = json.loads(run(client, image, ["cat /usr/share/doc/warmline/sbom.cdx.json; echo"], entrypoint=["sh", "-c"]))
    inside = {(canonicalize_name(part["name"]), part["version"]) for part in bom["components"]}
    python = run(client, image, ["-c", "import sys; print(*sys.version_info[:3], sep='.')"], entrypoint=["python3"])
    environment = {**default_environment(), "python_full_version": python.strip()}
    environment["python_version"] = python.rpartition(".")[0]
    locked = {(pin.name, pin.version) for pin in read_lock(LOCKS / "runtime.txt") if pin.wanted(environment)}
    assert {(name, version) for name, version in inside if name not in {"warmline", "pip", "setuptools"}} == locked


def test_it_runs_as_nobody_in_particular_and_cannot_write(client, image):
    python = {"entrypoint": ["python3", "-c"]}
    assert run(client, image, ["import os; print(os.getuid(), os.getgid())"], **python).strip() == "10001 10001"
    wrote = "import pathlib\ntry: pathlib.Path('/opt/warmline/x').write_text('x')\nexcept OSError as e: print(e.errno)"
    assert run(client, image, [wrote], **python).strip() in {"13", "30"}
    assert client.images.get(image).attrs["Config"]["User"] == "10001:10001"


def test_it_is_slim_and_has_neither_torch_nor_pip_nor_a_compiler(client, image):
    found = "import importlib.util as u, shutil\nprint([m for m in ('torch','pip','setuptools') if u.find_spec(m)], "
    told = run(client, image, [found + "shutil.which('gcc'))"], entrypoint=["/opt/warmline/bin/python3", "-c"])
    assert told.strip() == "[] None"
    assert client.images.get(image).attrs["Size"] < SIZE_MOST


def test_it_says_what_it_is_and_what_is_inside_under_which_licences(client, image):
    labels = client.images.get(image).labels
    assert labels["org.opencontainers.image.version"]
    assert labels["org.opencontainers.image.revision"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    shell = {"entrypoint": ["sh", "-c"]}  # the engine's log drops a last line that does not end
    bom = json.loads(run(client, image, ["cat /usr/share/doc/warmline/sbom.cdx.json; echo"], **shell))
    assert bom["bomFormat"] == "CycloneDX"
    parts = {part["name"].lower() for part in bom["components"]}
    assert {"confluent-kafka", "faust-streaming", "onnxruntime", "redis", "msgspec"} <= parts
    licences = run(client, image, ["cat /usr/share/doc/warmline/licences.csv"], **shell)
    assert len(licences.splitlines()) >= len(parts) - 2
    unknown = [row["Name"] for row in csv.DictReader(licences.splitlines()) if row["License"] == "UNKNOWN"]
    assert unknown == []


def test_a_service_in_it_works_is_healthy_and_stops_within_its_deadline(
    client, image, kafka, redis_url, unique, tmp_path
):
    prefix = unique("image") + "."
    keys = tmp_path / "keys.json"
    write_keys(keys, [new_key("desk", ["read"], "")[1]])
    keys.chmod(0o644)  # the container is another user
    environment = {
        "WARMLINE_KAFKA_BROKERS": kafka.bootstrap,
        "WARMLINE_REDIS_URL": redis_url,
        "WARMLINE_TOPIC_PREFIX": prefix,
        "WARMLINE_DRAIN_S": "10",
    }
    assert "created" in run(client, image, ["topics", "create", "--partitions", "2"], environment=environment)
    for service in ("scoring", "windows", "gateway"):
        port, door = free_ports(2)
        container = client.containers.run(
            image,
            ["run", service],
            detach=True,
            environment={
                **environment,
                "WARMLINE_HTTP_PORT": str(port),
                "WARMLINE_GATEWAY_LISTEN": f"127.0.0.1:{door}",
                "WARMLINE_GATEWAY_KEYS_FILE": "/etc/warmline/keys.json",
            },
            volumes={str(keys): {"bind": "/etc/warmline/keys.json", "mode": "ro"}},
            name=unique(service),
            **CONFINED,
        )
        try:
            wait_until(lambda: health(container) == "healthy", timeout=120, what=f"{service} to be healthy")  # noqa: B023
            container.stop(timeout=20)
            container.reload()
            assert container.attrs["State"]["ExitCode"] == 0, container.logs().decode()[-2000:]
            assert '"stopped"' in container.logs().decode()
        finally:
            container.remove(force=True)


def health(container):
    container.reload()
    return container.attrs["State"]["Health"]["Status"]
