"""Whoever asks is told of each function that is compiled, and of none that is read from the cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from maxpressure.engine.compiling import compiled, compiling

COUNTED = """
import numpy as np
from maxpressure.engine.compiling import compiling
from maxpressure.engine.record import tally_weeks
told = []
with compiling(told.append):
    tally_weeks(np.zeros((1, 1, 15), np.int32), np.zeros(1, np.int64), 1, np.zeros((1, 1, 1), np.int32))
print(told)
"""


def test_only_within_the_block_and_in_order() -> None:
    told: list[int] = []
    with compiling(told.append):
        compiled(1)
        compiled(2)
    compiled(3)
    assert told == [1, 2]


def test_two_blocks_are_told_alike() -> None:
    first: list[int] = []
    second: list[int] = []
    with compiling(first.append), compiling(second.append):
        compiled(7)
    assert first == second == [7]


@pytest.mark.slow
def test_a_kernel_is_told_when_it_is_compiled_and_not_when_it_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAXPRESSURE_CACHE", str(tmp_path))
    said = [
        subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["[1]\n", "[]\n"]
