"""Five kills at random moments; `make kills` makes sixty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from batches import TESTS, environment


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the script forks")
def test_after_a_kill_the_same_command_leaves_what_it_leaves_undisturbed(tmp_path: Path) -> None:
    command = [sys.executable, str(TESTS / "kills.py"), "--kills", "5", "--seed", "1"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kills: 5 equal, 0 leftovers" in done.stdout
