"""Compiled code is kept from run to run, and never outlives the rule that it was compiled from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import maxpressure

ROOT = Path(maxpressure.__file__).parents[2]
RECORDED = """import json
from numba.core import event
import maxpressure.engine.jit
with event.install_recorder("numba:compile") as seen:
    {body}
    print(json.dumps([len(seen.buffer), found]))
"""
FIVE_WORLDS = """
    from maxpressure.engine.engines import CompiledEngine
    from maxpressure.engine.chunks import Chunk, Keep
    from maxpressure.evidence.parameters import load_parameters
    from maxpressure.model.case import load_case, prepare
    case = load_case()
    situations = {"short": prepare(case, case.scenario("max-pressure-2017"))}
    engine = CompiledEngine(situations, [load_parameters().values], 7, Keep())
    found = engine.simulate(Chunk("short", 0, 5)).output.world_ints.tolist()
"""
WORN_ROUTE = """
    import numpy as np
    from maxpressure.engine.decide import add_wear
    from maxpressure.engine.state import ROUTE, Now
    from maxpressure.evidence.parameters import load_parameters
    route = np.zeros(1, ROUTE)
    now = Now(7, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, False, (-1, -1))
    add_wear(load_parameters().values, route[0], 1, 0.5, now)
    found = float(route[0]["strain"])
"""


def copy(target: Path) -> Path:
    """The package with its tables and scenarios, to be edited at will."""
    for name in ("scenarios", "calibration"):
        shutil.copytree(ROOT / name, target / name)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "model" / "maxpressure", target / "model" / "maxpressure", ignore=unwanted)
    return target / "model"


def ran(body: str, sources: Path, cache: Path | None) -> tuple[int, Any]:
    """How often a new process compiled, and what it found; without a cache folder it uses the user's."""
    chosen = {} if cache is None else {"MAXPRESSURE_CACHE": str(cache)}
    program = [sys.executable, "-c", RECORDED.format(body=body.strip())]
    environment = os.environ | {"PYTHONPATH": str(sources)} | chosen
    done = subprocess.run(program, env=environment, cwd=sources, capture_output=True, text=True, check=True)
    compiled, found = json.loads(done.stdout)
    return compiled, found


def files(cache: Path) -> dict[str, int]:
    """The files of a cache with the moment at which each was written."""
    return {
        path.relative_to(cache).as_posix(): path.stat().st_mtime_ns
        for path in cache.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_a_second_run_compiles_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """The first run uses the cache that all tests share, so that the engine is compiled once for all of them."""
    from maxpressure.engine.cache import cache_folder

    sources, cache = Path(maxpressure.__file__).parents[1], tmp_path / "cache"
    _, first = ran(FIVE_WORLDS, sources, None)
    shutil.copytree(cache_folder(), cache / cache_folder().name)
    kept = files(cache)
    assert any(name.endswith(".nbc") for name in kept)
    again, second = ran(FIVE_WORLDS, sources, cache)
    assert again == 0
    assert second == first
    assert files(cache) == kept


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="the package is edited in its checkout")
def test_an_edited_rule_is_compiled_again(tmp_path: Path) -> None:
    """Numba's cache would not see it: the kernel that calls the rule stands in another file."""
    sources, cache = copy(tmp_path), tmp_path / "cache"
    compiled, before = ran(WORN_ROUTE, sources, cache)
    kept = files(cache)
    assert compiled > 0
    assert ran(WORN_ROUTE, sources, cache) == (0, before)

    rules = sources / "maxpressure" / "model" / "rules.py"
    text = rules.read_text(encoding="utf-8")
    rule = "    return p.attrition * lost\n"
    assert text.count(rule) == 1
    rules.write_text(text.replace(rule, "    return 50.0 * p.attrition * lost\n"), encoding="utf-8")
    compiled, after = ran(WORN_ROUTE, sources, cache)
    assert compiled > 0
    assert after == pytest.approx(50.0 * before, rel=1e-12)
    assert kept.items() <= files(cache).items()


def test_the_cache_lies_where_the_environment_says_under_the_digest_of_the_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.base.paths import code_digest
    from maxpressure.engine.cache import KERNELS, cache_folder

    monkeypatch.setenv("MAXPRESSURE_CACHE", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here" / code_digest(KERNELS)[:16]
    assert cache_folder().is_dir()


def test_the_digest_of_the_kernels_covers_every_module_that_compiles_and_the_rules_they_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.base import paths
    from maxpressure.engine.cache import KERNELS

    package = copy(tmp_path) / "maxpressure"
    monkeypatch.setattr(paths, "PACKAGE", package)
    whole = paths.code_digest(KERNELS)
    compiling = [path for path in package.rglob("*.py") if "\n@kernel" in path.read_text(encoding="utf-8")]
    assert len(compiling) > 5
    rules = [
        package / f"{name}.py"
        for name in (
            "model/rules",
            "model/economy",
            "base/rng",
            "base/numerics",
            "engine/arrays",
            "base/ties",
        )
    ]
    for path in (*compiling, *rules, package / "report" / "plots.py"):
        before = path.read_bytes()
        path.write_bytes(before + b"\n# edited\n")
        assert (paths.code_digest(KERNELS) == whole) == (path.stem == "plots")
        path.write_bytes(before)


def test_where_no_cache_can_be_kept_a_temporary_folder_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.engine.cache import cache_folder

    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MAXPRESSURE_CACHE", str(tmp_path / "file"))
    folder = cache_folder()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    folder.rmdir()


HEAVY = {"distributed", "fsspec", "matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy"}


@pytest.mark.parametrize("arguments", [["--help"], ["batch", "--help"], ["--version"]])
def test_help_loads_nothing_that_computes(arguments: list[str]) -> None:
    program = "import sys\nfrom maxpressure.cli.main import app\ntry: app()\nfinally: print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(Path(maxpressure.__file__).parents[1])}
    command = [sys.executable, "-c", program, *arguments]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    loaded = shown.splitlines()[-1].split()
    assert "maxpressure.cli.main" in loaded
    assert HEAVY.isdisjoint(loaded)
