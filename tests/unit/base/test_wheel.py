"""The wheel: what a user's installation holds, and that it works far from any checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import maxpressure

ROOT = Path(maxpressure.__file__).parents[2]
FOLDERS = {"scenarios", "calibration"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="a wheel is built from its checkout"),
]


def called(*command: str | Path, folder: Path) -> str:
    """What a command prints; it must go well."""
    clean = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network by the environment's own hatchling."""
    folder = tmp_path_factory.mktemp("wheel")
    called(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel; its dependencies are read from where they lie."""
    folder = tmp_path_factory.mktemp("environment")
    called(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    called(*pip, wheel, folder=folder)
    packages = called(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder)
    (Path(packages.strip()) / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def test_the_wheel_holds_the_package_its_scenarios_and_tables_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = {Path(name) for name in opened.namelist()}
    package = ROOT / "model" / "maxpressure"
    ours = {path.relative_to(package.parent) for path in package.rglob("*") if path.is_file()}
    ours = {path for path in ours if "__pycache__" not in path.parts}
    assert ours <= held
    others = {path.parts[:3] for path in held - ours if not path.parts[0].endswith(".dist-info")}
    assert others == {("maxpressure", "_folders", name) for name in FOLDERS}


def test_installed_far_from_a_checkout_it_runs_beside_files_of_the_same_names(
    installed: Path, tmp_path: Path
) -> None:
    """By the Mesa model: to compile the other engine at a new place would take a minute, for the same worlds."""
    (tmp_path / "model.py").write_text("raise ImportError('a stranger was imported')", encoding="utf-8")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "calibration").mkdir()
    where = "import maxpressure; print(maxpressure.__file__)"
    assert called(installed, "-c", where, folder=tmp_path).startswith(str(installed.parents[1]))

    command = installed.with_name("maxpressure")
    called(command, "run", "--worlds", "5", "--engine", "world", "--workers", "1", "--quiet", folder=tmp_path)
    (manifest,) = tmp_path.rglob("manifest.json")
    assert {"wave.png", "acts.parquet"} <= {path.name for path in manifest.parent.iterdir()}

    called(installed, "-m", "maxpressure", "scenarios", "new", "mine", folder=tmp_path)
    mine = tmp_path / "mine.toml"
    written = mine.read_text(encoding="utf-8").replace("What is asked here?", "Who acts?")
    mine.write_text(written.replace("Why the question matters", "Because"), encoding="utf-8")
    called(command, "scenarios", "check", "mine.toml", folder=tmp_path)
