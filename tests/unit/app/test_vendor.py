"""The libraries that ship with the page and its tests are those that their tables name."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from maxpressure.app.assets import FOLDER

AXE = Path(__file__).parents[2] / "browser" / "axe"


@pytest.mark.parametrize("folder", [FOLDER / "vendor", AXE], ids=["page", "tests"])
def test_vendored_files_have_the_sums_of_their_table(folder: Path) -> None:
    table = (folder / "README.md").read_text(encoding="utf-8")
    sums = dict(re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE))
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.js")}
    assert list(folder.glob("*LICENSE")), "a library without its licence"
