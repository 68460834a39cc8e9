"""What all commands share: their options, the exit codes in their help, and how a command ends that failed."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from typer.core import TyperGroup

from maxpressure.base.errors import InputError, nearest

NARROWEST, WIDEST = 40, 120
"""Characters in a line of what is printed, at least and at most, whatever the terminal says."""
INTERRUPTED, TERMINATED = 130, 143


# ---- options


def out_option(default: str, what: str = "The folder for the results", metavar: str = "DIR") -> Any:
    """The option ``--out``, with the default of the command."""
    return typer.Option("--out", help=f"{what}; by default {default}.", metavar=metavar)


CASE = Annotated[
    Path | None,
    typer.Option("--case", help="The folder of another case than North Korea 2016-2017.", metavar="DIR"),
]
RECORD = Annotated[
    Literal["strict", "broad"] | None,
    typer.Option(
        "--record",
        help="The record in place of each scenario's own: strict has the adjudicated breaks, broad the first code.",
    ),
]
SEED = Annotated[int, typer.Option("--seed", help="The seed of all random numbers.")]
WORKERS = Annotated[
    int | None, typer.Option("--workers", help="Processes at once; by default one a core.", min=1)
]
PARAMETERS = Annotated[
    str,
    typer.Option(
        "--parameters", help="posterior: its draws; map: the posterior mode; or a file.", metavar="SET"
    ),
]
DRAWS = Annotated[
    int | None,
    typer.Option("--draws", help="Use this many posterior draws, each for as many worlds.", min=1),
]
FORCE = Annotated[
    bool, typer.Option("--force", help="Replace the results of another run, and what was made from them.")
]
QUIET = Annotated[bool, typer.Option("--quiet", help="Print no progress bar and no results.")]
VERBOSE = Annotated[bool, typer.Option("--verbose", help="Print also where the numbers come from.")]
RESULTS = Annotated[str, typer.Argument(metavar="OUT", help="A folder of results, or its URL.")]


# ---- the end of a help page and of a command


def exit_codes(interrupted: str = "", *, one: str = "", two: str = "") -> str:
    """The epilogue of a help page: what each exit code means; `interrupted` says what is left then."""
    codes = {
        0: "done",
        1: one or "failed for a reason other than the input, such as a full disk",
        2: f"bad input{two}; the message says what is allowed",
        INTERRUPTED: f"interrupted: {interrupted}" if interrupted else "",
        TERMINATED: "the same, ended by SIGTERM, as by the time limit of a cluster" if interrupted else "",
    }
    lines = [f"  {code:<4} {meaning}" for code, meaning in codes.items() if meaning]
    return "\b\n" + "\n".join(["Exit codes:", *lines])


def terminal_width() -> int:
    """Characters in a line of what is printed."""
    return min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)


def next_command(*words: str) -> str:
    """The last line of an answer: the command that a reader may want next."""
    return next_commands(words)


def next_commands(*commands: tuple[str, ...]) -> str:
    """The last lines of an answer: the commands that a reader may want next, one below the other."""
    first, *others = (shlex.join(["maxpressure", *words]) for words in commands)
    return "\n".join([f"Next: {first}", *(f"      {command}" for command in others)])


def stop(message: str, code: int) -> None:
    """Print why on the error stream, and end with this exit code."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


class Commands(TyperGroup):
    """The group of all commands, which refuses the word of an option in a sentence as it refuses any other input."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the context."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as fault:
            refused = _refused_word(fault)
            if refused is None:
                raise
            stop(str(refused), 2)


ONE_OF: Final = " is not one of "
"""By which Typer's own message begins the words that an option may have."""


def _refused_word(fault: typer.BadParameter) -> InputError | None:
    """The refusal of an option's or argument's word that pydantic refused; None where another check did."""
    errors = getattr(fault.__cause__, "errors", None)
    if errors is None or fault.param is None:
        return None
    from maxpressure.base.refusal import PHRASES, PREAMBLE

    found = errors()[0]
    said, words = PREAMBLE.sub("", found["msg"]), list[str]()
    if ONE_OF in said:
        words = said.partition(ONE_OF)[2].rstrip(".").replace("'", "").split(", ")
    phrase = PHRASES.get(found["type"], said).format(**found.get("ctx", {}))
    return InputError(
        file=(fault.ctx and fault.ctx.info_name) or "maxpressure",
        key=max(fault.param.opts, key=len),
        given=found["input"],
        allowed=f"one of {', '.join(words)}" if words else phrase,
        nearest=nearest(found["input"], words),
    )


RETRY: Final = "Free space or choose another folder with --out, then run the same command again."


@contextmanager
def ending(interrupted: str, failed: str = RETRY, needs: str = "") -> Iterator[None]:
    """End with the exit code that fits the failure, and say what can be done next.

    `interrupted` says what is left after Ctrl+C, `failed` what to do after an error of the system, and `needs`
    which extra to install where a package ({}) is missing.
    """
    try:
        yield
    except ImportError as missing:
        if not needs:
            raise
        stop(needs.format(missing.name), 2)
    except InputError as refusal:
        stop(refusal.typed(), 2)
    except KeyboardInterrupt:
        stop(f"Interrupted: {interrupted}", INTERRUPTED)
    except OSError as fault:
        stop(f"Could not finish: {fault}. {failed}", 1)
