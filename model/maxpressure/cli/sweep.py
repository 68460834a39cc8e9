"""The commands that move many inputs at once: which matter, where an outcome lies, which policy is regretted.

What `maxpressure sweep` and its commands say of themselves.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from maxpressure.cli.options import CASE, WIDEST, ending

if TYPE_CHECKING:
    from maxpressure.sweep.files import Sweep
    from maxpressure.sweep.run import Swept


FOLDER_AND_CODES = """
\b
Points of the very same run that are there already are not lived again; those
of another run are refused, unless --force replaces them.

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed; or the extra is not installed
  130  interrupted: the folder is as it was before
"""

SWEEP_HELP = """Move many levers and uncertainties at once (extra: explore).

\b
A sweep file says which inputs are moved between which values and why, which
outcomes are watched and which policies are compared; `levers` is shipped.
Write your own from scenarios/sweeps/levers.toml. The commands need
  pip install 'maxpressure[explore]'

\b
  maxpressure sweep morris    a first ranking of the inputs
  maxpressure sweep sobol     how much of the variance each has to do with
  maxpressure sweep prim      where in their ranges an outcome comes about
  maxpressure sweep regret    which policy is how far from the best, where
"""

MORRIS_HELP = f"""Rank inputs by what crossing their range does (Morris).

\b
Each of 40 paths moves every input once from a random place, and each point is
the mean of 20 worlds. Each path has two sets of worlds of its own, and a dummy
input changes the one for the other: what seems to follow from it is luck, and
an input is said to stand out where its interval lies above the dummy's. All
other inputs are moved while the worlds stay.
The shipped file: 640 points, half a minute of computing.

\b
Examples:
  maxpressure sweep morris
  maxpressure sweep morris --outcome trade_left
  maxpressure sweep morris mine.toml --paths 100 --out outputs/mine

\b
Written to outputs/sweep-morris-NAME below the current folder, or to DIR:
  indices.csv      mu, mu*, sigma of every outcome's mean and sd
  tornado.png      the mean of the outcome shown
  points.parquet   the points, with each outcome in each world
  sweep.json       file, seed, parameters, evidence and versions
{FOLDER_AND_CODES}"""

SOBOL_HELP = f"""Split an outcome's variance among the inputs (Sobol).

\b
S1 is the share that an input accounts for alone, ST with all that it does
together with others; both with 95 % intervals, beside a dummy input that only
picks other worlds.
The shipped file: 512 x (15 + 2) = 8,704 points of 20 worlds, two minutes of
computing.

\b
Examples:
  maxpressure sweep sobol
  maxpressure sweep sobol --points 128
  maxpressure sweep sobol mine.toml --outcome trade_left --replicates 50

\b
Written to outputs/sweep-sobol-NAME below the current folder, or to DIR:
  indices.csv      S1 and ST of every outcome's mean and sd
  tornado.png      the mean of the outcome shown
  points.parquet   the points, with each outcome in each world
  sweep.json       file, seed, parameters, evidence and versions
{FOLDER_AND_CODES}"""

PRIM_HELP = f"""Find where in their ranges the inputs bring an outcome about (PRIM).

\b
Of points spread evenly over the ranges (a Latin hypercube), those are looked
for in which the outcome's mean over the worlds is below, or above, a limit.
The box found on six points of ten is judged on the others: coverage is the
share of such points that it holds, density the share of its points that are
such. Halves of the points show how steady it is.
The shipped file: 2,000 points of 20 worlds, 40 seconds of computing.

\b
Examples:
  maxpressure sweep prim --outcome acts --below 30
  maxpressure sweep prim --outcome trade_left --below 0.5
  maxpressure sweep prim --outcome acts --below 30 --over uncertainties --out outputs/base

\b
Written to outputs/sweep-prim-NAME below the current folder, or to DIR:
  box.csv          what the box leaves of each range, and how good it is
  box.png          the same as a picture
  points.parquet   the points, with each outcome in each world
  sweep.json       file, seed, parameters, evidence and versions
{FOLDER_AND_CODES}"""

REGRET_HELP = f"""Compare policies over uncertain worlds by their regret.

\b
Every policy of the file is lived in the same worlds, which differ in the
uncertainties and in luck. Regret is how far its outcome is from that of the
best policy of the table in the same world. You must say which outcome, and
whether lower or higher is better: no outcome counts as success by itself.
More break-offs are not disarmament, and civilian cost is outside the model.
The shipped file: 8 policies in 200 worlds, each the mean of 100 replicates,
a minute of computing.

\b
Examples:
  maxpressure sweep regret --outcome acts --better lower --for "the target"
  maxpressure sweep regret --outcome acts --better higher --for "the sender"
  maxpressure sweep regret mine.toml --outcome trade_left --better higher

\b
Written to outputs/sweep-regret-NAME below the current folder, or to DIR:
  regret.csv       a row for each policy: regret and how often it is near the best
  regrets.csv      a row for each world, a column for each policy
  regret.png       the same as a matrix
  points.parquet   the worlds, with each outcome in each replicate
  sweep.json       file, seed, parameters, evidence and versions
{FOLDER_AND_CODES}"""


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
    from maxpressure.sweep.files import read_sweep

    return read_sweep(file, case=load_case(case))


def _tell(found: Swept, *, quiet: bool) -> None:
    """Print what was found, unless told not to."""
    if quiet:
        return
    if found.reused:
        print("These points were lived before:\n")
    lines: Callable[[int], list[str]] = found.told
    print("\n".join(lines(min(shutil.get_terminal_size().columns, WIDEST))))
