"""The AsyncAPI document as the AsyncAPI project's own parser sees it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = REPOSITORY / "schemas" / "asyncapi.json"
CHECKER = Path(__file__).parent / "asyncapi"
ERROR = 0
INSTALL_S = 240
PARSE_S = 120


@pytest.fixture(scope="module")
def parser():
    """Node and the folder with the parser: installed once into the cache, anew where another version is pinned."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm")
    wanted = (CHECKER / "package.json").read_text(encoding="utf-8")
    version = json.loads(wanted)["dependencies"]["@asyncapi/parser"]
    folder = REPOSITORY / ".warmline" / "asyncapi" / version
    done = folder / "installed"
    if not done.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(wanted, encoding="utf-8")
        arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
        try:
            subprocess.run([npm, *arguments], cwd=folder, check=True, timeout=INSTALL_S, capture_output=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            pytest.skip("npm could not install @asyncapi/parser: is its registry in reach?")
        done.touch()
    return node, folder


@pytest.fixture(scope="module")
def errors(parser, tmp_path_factory):
    """The parser's errors in our document and in a spoilt copy; one process, for loading the parser takes seconds."""
    node, folder = parser
    spoilt = tmp_path_factory.mktemp("asyncapi") / "spoilt.json"
    tree = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    tree["operations"]["scoring.receive.conversation.events"]["action"] = "overhear"
    spoilt.write_text(json.dumps(tree), encoding="utf-8")
    arguments = [node, str(CHECKER / "validate.mjs"), str(folder), str(DOCUMENT), str(spoilt)]
    run = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=PARSE_S)
    assert run.returncode == 0, run.stderr
    found = [json.loads(line) for line in run.stdout.splitlines()]
    return {
        name: [item for item in found if item["document"] == str(path) and item["severity"] == ERROR]
        for name, path in (("ours", DOCUMENT), ("spoilt", spoilt))
    }


def test_the_parser_finds_no_error(errors):
    assert errors["ours"] == []


def test_the_parser_finds_the_error_in_a_spoilt_document(errors):
    assert any("action" in error["at"] for error in errors["spoilt"])
