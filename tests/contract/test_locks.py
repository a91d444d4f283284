"""The locks hold what pyproject.toml asks for, for every Python and platform, each file by its hash."""

import tomllib
from importlib import metadata
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.supply.locks import LOCKS, read_lock

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
PINS = {path.stem: list(read_lock(path)) for path in LOCKS.glob("*.txt")}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "os_name": "posix",
        "platform_machine": machine,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for python, (system, machine) in product(PYTHONS, PLATFORMS)
]


def group(name):
    for each in PROJECT["dependency-groups"][name]:
        yield from group(each["include-group"]) if isinstance(each, dict) else [each]


ASKED = {
    "runtime": [*PROJECT["project"]["dependencies"], *EXTRAS["otlp"]],
    "development": [
        *PROJECT["project"]["dependencies"],
        *(each for extra in ("local", "otlp", "dev") for each in EXTRAS[extra]),
        *group("build"),
    ],
    "image": list(group("image")),
    "tools": list(group("tools")),
}
"""What is locked where. The extra `train` is not: what torch needs differs by machine, and nothing of it is shipped."""


def test_every_lock_is_known_and_nothing_that_is_installed_goes_unlocked():
    assert set(PINS) == set(ASKED)
    assert set(EXTRAS) == {"local", "otlp", "dev", "train"}
    backend = {Requirement(each).name for each in PROJECT["build-system"]["requires"]}
    assert backend <= {Requirement(each).name for each in group("build")}


@pytest.mark.parametrize("lock", ASKED)
def test_every_requirement_is_met_by_one_locked_version_on_every_python_and_platform(lock):
    """`make lock` mends it."""
    for line in ASKED[lock]:
        wanted = Requirement(line)
        for environment in ENVIRONMENTS:
            if wanted.marker and not wanted.marker.evaluate(environment):
                continue
            pins = [each for each in PINS[lock] if each.name == canonicalize_name(wanted.name)]
            versions = [each.version for each in pins if each.wanted(environment)]
            assert len(versions) == 1, f"{line}: {versions} in locks/{lock}.txt; run `make lock`"
            assert wanted.specifier.contains(versions[0], prereleases=True), f"{line}: {versions}; run `make lock`"


@pytest.mark.parametrize("lock", ASKED)
def test_nothing_is_locked_that_nobody_asks_for_any_more(lock):
    asked = {canonicalize_name(Requirement(line).name) for line in ASKED[lock]}
    ours = {each.name for each in PINS[lock] if any("pyproject.toml" in cause for cause in each.causes)}
    assert ours <= asked, "run `make lock`"
    for pin in PINS[lock]:
        causes = {canonicalize_name(cause.split(" ")[0].split("[")[0]) for cause in pin.causes}
        assert pin.name in asked or causes & {each.name for each in PINS[lock]}, f"{pin.name}; run `make lock`"


@pytest.mark.parametrize("lock", ASKED)
def test_every_file_is_known_by_its_hash(lock):
    assert PINS[lock]
    assert [each.name for each in PINS[lock] if not each.hashes] == []


def test_the_image_has_the_versions_that_are_tested():
    tested = {(each.name, each.version) for each in PINS["development"]}
    assert {(each.name, each.version) for each in PINS["runtime"]} <= tested


def test_what_the_locked_packages_themselves_need_is_locked_as_well():
    """By what is installed here, as far as it is what is locked: from pyproject.toml along every requirement."""
    locked = {each.name: each.version for each in PINS["development"] if each.wanted(here())}
    open_requirements = [(Requirement(line), "warmline") for line in ASKED["development"]]
    seen = set()
    while open_requirements:
        wanted, cause = open_requirements.pop()
        name = canonicalize_name(wanted.name)
        assert name in locked, f"{cause} needs {wanted}; run `make lock`"
        assert wanted.specifier.contains(locked[name], prereleases=True), f"{cause} needs {wanted}; run `make lock`"
        extras = {"", *wanted.extras}
        if (name, frozenset(extras)) in seen or not is_installed(name, locked[name]):
            continue
        seen.add((name, frozenset(extras)))
        for line in metadata.requires(name) or []:
            inner = Requirement(line)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                open_requirements.append((inner, name))
    assert len(seen) > len(ASKED["development"]) / 2, "what is installed is not what is locked: run `make setup`"


def here():
    return {**default_environment(), "extra": ""}


def is_installed(name, version):
    try:
        return metadata.version(name) == version
    except metadata.PackageNotFoundError:
        return False


def test_a_lock_that_make_lock_did_not_write_is_refused(tmp_path):
    text = (LOCKS / "tools.txt").read_text("utf-8")
    for wrong in ("\nsix>=1.0\n", "\n-r more.txt\n", "\nsix @ https://example.com/six.whl\n"):
        (tmp_path / "tools.txt").write_text(text + wrong)
        with pytest.raises(ValueError, match=wrong.strip()[:6]):
            list(read_lock(tmp_path / "tools.txt"))


def test_a_hash_of_a_weaker_kind_does_not_count(tmp_path):
    text = (LOCKS / "tools.txt").read_text("utf-8")
    (tmp_path / "tools.txt").write_text(text.replace("--hash=sha256:", "--hash=md5:"))
    with pytest.raises(ValueError, match="md5"):
        list(read_lock(tmp_path / "tools.txt"))
