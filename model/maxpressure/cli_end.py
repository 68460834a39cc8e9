"""How a command ends that could not do what it was asked to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

CASE = Annotated[
    Path | None,
    typer.Option("--case", help="The folder of another case than North Korea 2016-2017.", metavar="DIR"),
]
WIDEST = 120
"""Characters to which a table on the terminal is spread."""
INTERRUPTED = 130


def stop(message: str, code: int) -> None:
    """Say why, and end with this exit code."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)
