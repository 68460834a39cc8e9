"""Which heavy libraries each command loads: those it uses. Loading them is most of what a person waits for.

Of help texts :mod:`unit.engine.test_compiled` asks the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import maxpressure

NEVER = {
    "distributed", "duckdb", "fsspec", "joblib", "matplotlib.pyplot", "mesa", "networkx", "scipy.optimize",
    "scipy.stats", "starlette", "uvicorn",
}  # fmt: skip
ENGINE, DRAWN, SPECIAL = {"numba"}, {"matplotlib"}, {"scipy.special"}
HEAVY = NEVER | ENGINE | DRAWN | SPECIAL
PROGRAM = "import sys\nfrom maxpressure.cli.main import app\ntry: app()\nfinally: print(*sys.modules)"


def loaded(place: Path, *arguments: str) -> set[str]:
    """The heavy libraries that a command loads."""
    environment = os.environ | {"PYTHONPATH": str(Path(maxpressure.__file__).parents[1])}
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, check=True)
    return HEAVY & set(done.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results of one scenario and of two."""
    return tmp_path_factory.mktemp("start")


RUN = ("run", "max-pressure-2017", "no-campaign", "--worlds", "3", "--out", "two")


def test_a_run_loads_the_engine_and_what_draws_and_again_neither(place: Path) -> None:
    assert loaded(place, *RUN) == ENGINE | DRAWN | SPECIAL
    assert loaded(place, *RUN) == SPECIAL
    alone = ("run", "max-pressure-2017", "--worlds", "2", "--out", "one", "--quiet")
    assert loaded(place, *alone) == ENGINE | DRAWN
    assert loaded(place, *alone) == set()


@pytest.mark.parametrize(
    ("arguments", "libraries"),
    [
        (("compare", "two"), DRAWN | SPECIAL),
        (("plot", "two", "--picture", "wave", "--picture", "fan"), DRAWN),
        (("report", "two"), DRAWN | SPECIAL),
    ],
)
def test_what_shows_results_loads_no_engine(
    place: Path, arguments: tuple[str, ...], libraries: set[str]
) -> None:
    if not (place / "two").is_dir():
        loaded(place, *RUN)
    assert loaded(place, *arguments) == libraries
