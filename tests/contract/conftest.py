"""The tools that contracts are held to, and a copy of them to spoil.

A test that needs a tool that cannot be obtained is skipped with the reason.
"""

import shutil
from pathlib import Path

import pytest

from tests.parts.go_tools import require_tool
from tests.parts.kubernetes_schemas import require_schemas
from tests.parts.obtain import LackingError


@pytest.fixture(scope="module")
def helm():
    try:
        return require_tool("helm")
    except LackingError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def kubeconform():
    try:
        return [require_tool("kubeconform"), "-strict", "-summary", "-schema-location", require_schemas()]
    except LackingError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def schemas(tmp_path):
    """The folder of the contracts, to be changed."""
    folder = tmp_path / "schemas"
    shutil.copytree(Path(__file__).parents[2] / "schemas", folder)
    return folder
