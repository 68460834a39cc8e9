"""The command line. It loads what a command needs only when that command runs, so that help comes at once."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

import maxpressure
from maxpressure.errors import InputError

WIDEST = 120
INTERRUPTED = 130

RUN_HELP = """Simulate scenarios in many worlds and compare them with the record.

\b
Without a SCENARIO it is the record itself, max-pressure-2017. World number
w has the same luck in every scenario, so what differs is the policy's doing.

\b
Examples:
  maxpressure run
  maxpressure run no-september-test --worlds 500
  maxpressure run max-pressure-2017 no-campaign no-un-mandates --out outputs/why
  maxpressure run my-scenario.toml --seed 7

\b
Written to outputs/NAME below the current folder, or to DIR, once all is done:
  wave.png         the acts week by week against the record
  worlds.parquet   a row for each world: what came of it
  weeks.parquet    a row for each world and week
  acts.parquet     a row for each tie that moved, with what the act was due to
  manifest.json    scenarios, seed, parameters, evidence and versions
NAME is that of the scenario; several are joined by +, and past 100 letters
it is the first and how many more. Results of the very same run are kept and
shown again; those of another run are refused, unless --force replaces them.
No other folder is ever replaced.

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
  130  interrupted: the folder is as it was before
"""
"""A \\b keeps the lines of a paragraph as they are."""

app = typer.Typer(
    help="Who breaks off which tie with an isolated state under a maximum-pressure campaign, when, and why.",
    no_args_is_help=True,
    invoke_without_command=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def main(
    *, version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False
) -> None:
    """Answer what concerns the program and no command of it."""
    if version:
        print(f"maxpressure {maxpressure.__version__}")
        raise typer.Exit


@app.command(help=RUN_HELP)
def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Names of shipped scenarios or paths of scenario files."),
    ] = None,
    *,
    worlds: Annotated[int, typer.Option(help="How many worlds to simulate of each scenario.")] = 200,
    seed: Annotated[int, typer.Option(help="The number from which all luck follows.")] = 2017,
    engine: Annotated[
        Literal["world"], typer.Option(help="What simulates: world, the Mesa model, state by state.")
    ] = "world",
    out: Annotated[
        Path | None, typer.Option(help="The folder for the results, in place of outputs/NAME.", metavar="DIR")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace results of another run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")] = False,
) -> None:
    """Simulate scenarios, write their folder, print the table."""
    from maxpressure.job import run as run_job
    from maxpressure.situation import load_case
    from maxpressure.summary import summary

    try:
        case = load_case()
        results = run_job(
            scenarios or ["max-pressure-2017"],
            worlds=worlds,
            seed=seed,
            engine=engine,
            out=out,
            case=case,
            force=force,
            progress=not quiet,
        )
        if quiet:
            return
        if results.reused:
            print(f"The same run is there already, from {results.manifest.started:%Y-%m-%d %H:%M} UTC:\n")
        width = min(shutil.get_terminal_size().columns, WIDEST)
        print("\n".join(summary(results, case, width)))
    except InputError as refusal:
        _stop(str(refusal), 2)
    except KeyboardInterrupt:
        _stop("Interrupted: the results folder is as it was before.", INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as fault:
        _stop(f"Could not finish: {fault}", 1)


def _stop(message: str, code: int) -> None:
    print(message, file=sys.stderr)
    raise typer.Exit(code)
