"""The Python on pages for users of other programs runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import maxpressure

PAGES = Path(maxpressure.__file__).parents[2] / "docs" / "how-to"

pytestmark = [
    pytest.mark.docs,
    pytest.mark.skipif(not PAGES.is_dir(), reason="the manual lies in the checkout"),
]


@pytest.mark.parametrize(("page", "needs"), [("event-history.md", "statsmodels")])
def test_the_python_of_a_page_runs(
    page: str, needs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(needs)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(
        r"^```python\n(.*?)^```", (PAGES / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert blocks
    exec(compile("\n".join(blocks), page, "exec"), {})  # our own page
