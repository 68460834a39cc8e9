"""The command that checks a folder of tables: another case, ready to be run or not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxpressure.base.errors import InputError
from maxpressure.cli.options import stop

CASE_HELP = """Another case than North Korea 2016-2017: a folder of the same tables."""

CHECK_HELP = """Check the folder of a case, and say what is in it.

\b
DIR holds evidence/ (the seven tables) and assumptions.toml, and may hold
scenarios/, priors.toml, and what `maxpressure calibrate --case DIR` writes.
Every table, assumption, prior, draw and scenario is read; the record is lived
through once. The first that is wrong is refused with its file, line and column.

\b
Examples:
  maxpressure case check mine
  maxpressure run --case mine
  maxpressure calibrate --case mine

\b
Exit codes: 0 ready to be run, 2 bad input, named with what is allowed
"""

case_app = typer.Typer(help=CASE_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@case_app.callback()
def case() -> None:
    """Answer for cases; without this, a single command would take the group's place."""


@case_app.command(help=CHECK_HELP)
def check(place: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the case.")]) -> None:
    """Read all of a case, say what is in it."""
    from maxpressure.cli.case_check import checked

    try:
        print("\n".join(checked(place)))
    except InputError as refusal:
        stop(str(refusal), 2)
