"""The Python that a page shows runs as a reader would run it: saved as a script, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import maxpressure

ROOT = Path(__file__).parents[2]
PAGES = (
    "how-to/coming-from.md",
    "how-to/mesa.md",
    "how-to/event-history.md",
    "how-to/bayesian.md",
    "how-to/ema.md",
    "how-to/page.md",
    "how-to/paper.md",
    "how-to/pictures.md",
)

pytestmark = pytest.mark.docs


def scripts(page: str) -> list[str]:
    """The scripts of a page: a block that begins with an import begins one, other blocks go on with it."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found: list[str] = []
    for block in re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if block.startswith(("import ", "from ")):
            found.append(block)
        else:
            found[-1] += block
    return found


@pytest.mark.parametrize("page", PAGES)
def test_the_scripts_of_a_page_run(page: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(maxpressure.__file__).parents[1])}
    written = scripts(page)
    assert written
    for number, script in enumerate(written):
        path = tmp_path / f"script{number}.py"
        path.write_text(script, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, path.name],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{page}, script {number}:\n{done.stderr}"
        assert done.stdout
