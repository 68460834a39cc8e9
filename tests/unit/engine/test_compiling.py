"""A callback is called for each function that is compiled, and for none that is read from the cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maxpressure.engine.compiling import on_compiled, report_compiled

COUNTED = """
import numpy as np
from maxpressure.engine.compiling import on_compiled
from maxpressure.engine.record import tally_weeks
counts = []
with on_compiled(counts.append):
    tally_weeks(np.zeros((1, 1, 15), np.int32), np.zeros(1, np.int64), 1, np.zeros((1, 1, 1), np.int32))
print(counts)
"""


def test_only_within_the_block_and_in_order() -> None:
    counts: list[int] = []
    with on_compiled(counts.append):
        report_compiled(1)
        report_compiled(2)
    report_compiled(3)
    assert counts == [1, 2]


def test_two_blocks_get_the_same_count() -> None:
    first: list[int] = []
    second: list[int] = []
    with on_compiled(first.append), on_compiled(second.append):
        report_compiled(7)
    assert first == second == [7]


@pytest.mark.slow
def test_a_kernel_counts_when_it_is_compiled_and_not_when_it_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAXPRESSURE_CACHE", str(tmp_path))
    printed = [
        subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert printed == ["[1]\n", "[]\n"]
