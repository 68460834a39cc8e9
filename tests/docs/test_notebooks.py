"""The notebooks run from start to end, offline, through the public names alone, and are stored without outputs."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import maxpressure
from notebooks import executed

FOLDER = Path(maxpressure.__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

pytestmark = [
    pytest.mark.docs,
    pytest.mark.skipif(not NOTEBOOKS, reason="the notebooks lie in the checkout"),
]


def read(path: Path) -> Any:
    return pytest.importorskip("nbformat").read(path, as_version=4)


def code_of(notebook: Any) -> str:
    return "\n".join(cell["source"] for cell in notebook.cells if cell["cell_type"] == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_alone(path: Path) -> None:
    tree = ast.parse(code_of(read(path)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("maxpressure.")
        if isinstance(node, ast.Import):
            assert not [name.name for name in node.names if name.name.startswith("maxpressure.")]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "mp":
            assert node.attr in maxpressure.__all__


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_start_to_end_without_a_network(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    cells = executed(read(path), tmp_path, monkeypatch, timeout=300)
    assert any(cell["outputs"] for cell in cells if cell["cell_type"] == "code")
