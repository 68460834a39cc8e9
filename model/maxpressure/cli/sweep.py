"""The commands that move many inputs at once: which matter, where an outcome lies, which policy is regretted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maxpressure.cli.options import CASE, WIDEST, ending
from maxpressure.cli.sweep_help import MORRIS_HELP, PRIM_HELP, REGRET_HELP, SOBOL_HELP, SWEEP_HELP

if TYPE_CHECKING:
    from maxpressure.sweep.inputs import Sweep
    from maxpressure.sweep.run import Swept

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A sweep file, or the name of a shipped one."),
]
Outcome = Annotated[
    str | None, typer.Option(help="The outcome shown; by default the file's first.", metavar="NAME")
]
Replicates = Annotated[
    int | None, typer.Option(help="Worlds at each point; by default as the file says.", min=2)
]
Workers = Annotated[int | None, typer.Option(help="Points side by side; by default one a core.", min=1)]
Out = Annotated[Path | None, typer.Option(help="The folder for the results.", metavar="DIR")]
Force = Annotated[bool, typer.Option("--force", help="Replace a sweep of another run.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")]

sweep_app = typer.Typer(help=SWEEP_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@sweep_app.command(help=MORRIS_HELP)
def morris(
    file: File = "levers",
    *,
    outcome: Outcome = None,
    paths: Annotated[int, typer.Option(help="Paths through the ranges.", min=2)] = 40,
    replicates: Replicates = None,
    workers: Workers = None,
    case: CASE = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Rank inputs by what crossing their range does."""
    with ending("the folder is as it was before."):
        from maxpressure import sweep

        how = {
            "replicates": replicates,
            "workers": workers,
            "out": out,
            "force": force,
            "progress": not quiet,
        }
        _tell(sweep.morris(_read(file, case), outcome=outcome, paths=paths, **how), quiet=quiet)


@sweep_app.command(help=SOBOL_HELP)
def sobol(
    file: File = "levers",
    *,
    outcome: Outcome = None,
    points: Annotated[int, typer.Option(help="Points in each sample: a power of 2.", min=2)] = 512,
    replicates: Replicates = None,
    workers: Workers = None,
    case: CASE = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Split an outcome's variance among the inputs."""
    with ending("the folder is as it was before."):
        from maxpressure import sweep

        how = {
            "replicates": replicates,
            "workers": workers,
            "out": out,
            "force": force,
            "progress": not quiet,
        }
        _tell(sweep.sobol(_read(file, case), outcome=outcome, points=points, **how), quiet=quiet)


@sweep_app.command(help=PRIM_HELP)
def prim(
    file: File = "levers",
    *,
    outcome: Outcome = None,
    below: Annotated[float | None, typer.Option(help="Look for points below this.", metavar="LIMIT")] = None,
    above: Annotated[float | None, typer.Option(help="Look for points above this.", metavar="LIMIT")] = None,
    over: Annotated[
        Literal["all", "uncertainties"],
        typer.Option(help="Move all inputs, or the uncertainties while levers stay as in the base."),
    ] = "all",
    points: Annotated[int, typer.Option(help="Points in all.", min=100)] = 2000,
    replicates: Replicates = None,
    workers: Workers = None,
    case: CASE = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Find where in their ranges the inputs bring an outcome about."""
    with ending("the folder is as it was before."):
        from maxpressure import sweep

        how = {
            "replicates": replicates,
            "workers": workers,
            "out": out,
            "force": force,
            "progress": not quiet,
        }
        found = sweep.prim(
            _read(file, case), outcome=outcome, below=below, above=above, over=over, points=points, **how
        )
        _tell(found, quiet=quiet)


@sweep_app.command(help=REGRET_HELP)
def regret(
    file: File = "levers",
    *,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome by which to compare; needed.", metavar="NAME")
    ] = None,
    better: Annotated[
        str | None, typer.Option(help="lower or higher: which you call better; needed.", metavar="WAY")
    ] = None,
    whom: Annotated[str, typer.Option("--for", help="For whom it is better, in words.", metavar="WHOM")] = "",
    points: Annotated[int, typer.Option(help="Worlds.", min=10)] = 200,
    replicates: Replicates = None,
    workers: Workers = None,
    case: CASE = None,
    out: Out = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Compare policies over uncertain worlds by their regret."""
    with ending("the folder is as it was before."):
        from maxpressure import sweep

        how = {
            "replicates": replicates,
            "workers": workers,
            "out": out,
            "force": force,
            "progress": not quiet,
        }
        found = sweep.regret(
            _read(file, case), outcome=outcome, better=better, whom=whom, points=points, **how
        )
        _tell(found, quiet=quiet)


def _read(file: str, case: Path | None) -> Sweep:
    """The sweep in a file, of a case."""
    from maxpressure.model.case import load_case
    from maxpressure.sweep.inputs import read_sweep

    return read_sweep(file, case=load_case(case))


def _tell(found: Swept, *, quiet: bool) -> None:
    """Print what was found, unless told not to."""
    if quiet:
        return
    if found.reused:
        print("These points were lived before:\n")
    lines: Callable[[int], list[str]] = found.told
    print("\n".join(lines(min(shutil.get_terminal_size().columns, WIDEST))))
