"""How a command ends that could not do what it was asked to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from maxpressure.base.errors import InputError

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


@contextmanager
def ending(interrupted: str, unfinished: str = "", needs: str = "") -> Iterator[None]:
    """End with the exit code that fits what went wrong; the words say what is left of the work.

    A package that is missing is named in the words of ``needs``, if there are any.
    """
    try:
        yield
    except ImportError as missing:
        if not needs:
            raise
        stop(needs.format(missing.name), 2)
    except InputError as refusal:
        stop(str(refusal), 2)
    except KeyboardInterrupt:
        stop(f"Interrupted: {interrupted}", INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as fault:
        stop(f"Could not finish: {fault}{unfinished}", 1)
