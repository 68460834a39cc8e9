"""The command that lives the world that happened again under another policy."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import CASE, WIDEST, ending

TWIN_HELP = """Live the world that happened again under another policy.

\b
A twin has the luck that brought the record, as far as the record tells it,
and lives under a SCENARIO from January 2016 to half a year past the record.
Luck is carried over in two ways that the record cannot tell apart; both are
shown, and a single act is spoken of only where they agree.

\b
Examples:
  maxpressure twin no-september-test
  maxpressure twin no-september-test --state MEX --state ESP
  maxpressure twin mine.toml --worlds 1000 --out outputs/mine

\b
Written to outputs/twin-NAME below the current folder, or to DIR:
  twins.csv    a row for each recorded act and construction of luck
  totals.csv   acts lost and gained
  twin.png     how often each act is gone
  twin.json    scenario, seed, parameters, evidence and versions
Twins of the very same run are kept and shown again; those of another run are
refused, unless --force replaces them.

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
  130  interrupted: the folder is as it was before
"""


def twin(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="The name of a shipped scenario or the path of a file.")
    ],
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(help="Tell of this state alone, by its ISO3 code; may be repeated.", metavar="ISO3"),
    ] = None,
    worlds: Annotated[int, typer.Option(help="How many twins to live.")] = 200,
    seed: Annotated[int, typer.Option(help="The number from which all luck follows.")] = 2017,
    workers: Annotated[
        int | None, typer.Option(help="Processes side by side; by default one a core.", min=1)
    ] = None,
    parameters: Annotated[
        str, typer.Option(help="posterior: a draw a twin; map: its mode; or a file.", metavar="SET")
    ] = "posterior",
    case: CASE = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder for the results, in place of outputs/twin-NAME.", metavar="DIR"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace twins of another run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")] = False,
) -> None:
    """Live twins, write their folder, print what may be said."""
    from maxpressure.explanations.twin_run import check_states
    from maxpressure.explanations.twin_run import twin as live_twins
    from maxpressure.model.case import load_case

    with ending("the folder is as it was before."):
        told = load_case(case)
        chosen = check_states(told, state or [])
        found = live_twins(
            scenario,
            worlds=worlds,
            seed=seed,
            parameters=parameters,
            case=told,
            workers=workers,
            out=out,
            force=force,
            progress=not quiet,
        )
        if quiet:
            return
        if found.reused:
            print("The same twins are there already:\n")
        print("\n".join(found.lines(chosen, min(shutil.get_terminal_size().columns, WIDEST))))
