"""What a user waits for: help, the first run with nothing compiled, and the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import medians, seconds

RUN = ("run", "--engine", "ensemble", "--quiet", "--force")


def waits(worlds: int, repeats: int, *, empty: bool) -> dict[str, float]:
    """Seconds of whole processes; all but the first run are medians.

    The first run begins with an empty cache for compiled code, unless the user's own is good enough.
    """
    with TemporaryDirectory() as place:
        cache = {"MAXPRESSURE_CACHE": str(Path(place) / "cache")} if empty else {}
        run = [*RUN, "--worlds", str(worlds), "--out", str(Path(place) / "out")]
        first = seconds(lambda: command(run, cache))
        again = medians(
            {
                "second run": lambda: command(run, cache),
                "help": lambda: command(["--help"], cache),
                "python": lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
            },
            repeats,
        )
    return {"first run": first, **again}


def command(words: list[str], environment: dict[str, str]) -> None:
    """Give ``maxpressure`` a command in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "maxpressure", *words],
        check=True,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
