"""The examples in the package's docstrings run, and leave nothing behind."""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import maxpressure

PACKAGE = Path(maxpressure.__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
EXTRAS = {"arviz_stats", "distributed", "ema_workbench", "emcee", "fsspec", "SALib"}

NEEDED = {"maxpressure.sweep.run": ("SALib", "ema_workbench"), "maxpressure.sweep.ema": ("ema_workbench",)}
"""Extras that a module imports only when they are used."""


def with_examples() -> list[str]:
    """The modules in whose text a prompt stands."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
    names = [".".join((PACKAGE.name, *path.relative_to(PACKAGE).with_suffix("").parts)) for path in paths]
    return [name.removesuffix(".__init__") for name in names]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The docstrings with examples, with their first lines; those of a constant too, which doctest would not find."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str) and ">>> " in text:
                yield node.lineno - 1, text


@pytest.mark.parametrize("name", with_examples())
def test_the_examples_of_a_module_are_true(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for extra in NEEDED.get(name, ()):
        pytest.importorskip(extra)
        monkeypatch.setattr("maxpressure.sweep.analysis.BOX_RESAMPLES", 1)  # of which no example speaks
    try:
        module = import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name not in EXTRAS:
            raise
        pytest.skip(f"{missing.name} is not installed")
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for number, text in strings(Path(module.__file__ or "")):
        example = doctest.DocTestParser().get_doctest(text, dict(vars(module)), name, module.__file__, number)
        runner.run(example)
    assert runner.failures == 0, capsys.readouterr().out
    assert runner.tries > 0
    assert list(tmp_path.iterdir()) == []
