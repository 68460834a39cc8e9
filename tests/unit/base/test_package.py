"""What holds for the package as a whole: its version, its cheap import, its two locks."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import maxpressure

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.lock", "requirements-dev.lock")
HEAVY = {"matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "scipy"}


def pins(lock: str) -> set[str]:
    """The lines `name==version ; marker` of a lock, without its hashes and remarks."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {line.removesuffix("\\").strip() for line in lines if re.match(r"[a-z0-9]", line)}


def test_the_package_and_its_project_file_give_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert maxpressure.__version__ == project["version"]


def test_importing_the_package_loads_no_heavy_library() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, maxpressure; print(*sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    assert "maxpressure" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_every_package_of_the_core_lock_is_pinned_alike_in_the_full_one() -> None:
    """By version and hash; an extra may need on every platform what the core needs on one."""
    core, full = (pinned(lock) for lock in LOCKS)
    assert {"mesa", "hatchling", "editables"} <= core.keys()
    for name, versions in core.items():
        assert versions <= full[name]


def pinned(lock: str) -> dict[str, set[str]]:
    """The versions of each package in a lock, whatever platform each is for."""
    found: dict[str, set[str]] = {}
    for pin in pins(lock):
        name, _, version = pin.partition(" ")[0].partition("==")
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_by_version_and_hash_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert all(re.match(r"[a-z0-9._-]+==[^ ]+", pin) for pin in pins(lock))
    assert len(re.findall(r"\\\n    --hash=sha256:[0-9a-f]{64}", text)) >= len(pins(lock))


def test_every_name_on_the_contents_page_can_be_loaded() -> None:
    for name in maxpressure.__all__:
        assert getattr(maxpressure, name) is not None
    assert not hasattr(maxpressure, "nothing_of_ours")
