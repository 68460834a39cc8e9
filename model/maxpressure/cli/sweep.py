"""The commands that move many inputs at once: which matter, where an outcome comes about, which policy is regretted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from maxpressure.cli.options import (
    CASE,
    FORCE,
    QUIET,
    WORKERS,
    ending,
    exit_codes,
    out_option,
    terminal_width,
)

if TYPE_CHECKING:
    from maxpressure.sweep.run import Swept

SWEEP_HELP = """Move many levers and uncertainties at once (extra: explore).

\b
A sweep file states which inputs are moved between which values and why, which
outcomes are watched and which policies are compared; `levers` is shipped.
Write your own from scenarios/sweeps/levers.toml. The commands need
  pip install 'maxpressure[explore]'

\b
  maxpressure sweep morris    a first ranking of the inputs
  maxpressure sweep sobol     each input's share of the variance
  maxpressure sweep prim      where in the ranges an outcome comes about
  maxpressure sweep regret    how far each policy is from the best
"""

MORRIS_HELP = """Rank inputs by the effect of crossing their range (Morris).

\b
Each of 40 paths moves every input once from a random start; each point is the
mean of 20 worlds. A dummy input only changes the random numbers; an input
stands out where its interval lies above the dummy's.
The shipped file: 640 points, half a minute of computing.

\b
Examples:
  maxpressure sweep morris
  maxpressure sweep morris --outcome trade_left
  maxpressure sweep morris mine.toml --paths 100 --out outputs/mine
"""

SOBOL_HELP = """Split an outcome's variance among the inputs (Sobol).

\b
S1 is the share of an input alone, ST its share with all interactions; both
with 95 % intervals, beside a dummy input that only changes the worlds.
The shipped file: 512 x (15 + 2) = 8,704 points of 20 worlds, two minutes.

\b
Examples:
  maxpressure sweep sobol
  maxpressure sweep sobol --points 128
  maxpressure sweep sobol mine.toml --outcome trade_left --worlds 50
"""

PRIM_HELP = """Find where in the ranges of the inputs an outcome comes about (PRIM).

\b
The points are a Latin hypercube. PRIM looks for a box of inputs in which the
outcome's mean over the worlds is below, or above, a limit. The box is found
on six points of ten and judged on the others: coverage is the share of such
points within it, density the share of its points that are such.
The shipped file: 2,000 points of 20 worlds, 40 seconds of computing.

\b
Examples:
  maxpressure sweep prim --outcome acts --below 30
  maxpressure sweep prim --outcome trade_left --below 0.5
  maxpressure sweep prim --outcome acts --below 30 --over uncertainties --out outputs/base
"""

REGRET_HELP = """Compare policies under uncertainty by their regret.

\b
Every policy of the file is simulated at the same points, which differ in the
uncertainties and the random numbers. Regret is the distance of its outcome to
that of the best policy at the same point. You must say which outcome, and
whether lower or higher is better: no outcome counts as success by itself.
More break-offs are not disarmament, and civilian cost is outside the model.
The shipped file: 8 policies at 200 points, each the mean of 100 worlds.

\b
Examples:
  maxpressure sweep regret --outcome acts --better lower --for "the target"
  maxpressure sweep regret --outcome acts --better higher --for "the sender"
  maxpressure sweep regret mine.toml --outcome trade_left --better higher
"""


def _with_files(text: str, method: str, *files: str) -> str:
    """A help text with the files that the method writes, and those that all write."""
    listed = [*files, "points.parquet   the points, with each outcome in each world"]
    listed.append("sweep.json       file, seed, parameters, evidence and versions")
    block = "\n".join(f"  {line}" for line in listed)
    return (
        f"{text}\n\b\nWritten to outputs/sweep-{method}-NAME below the current folder, or to DIR:\n{block}\n"
        "Points of the same run are kept; those of another run are refused without --force.\n"
    )


INDICES = "indices.csv      {} of every outcome's mean and sd"
TORNADO = "tornado.png      the mean of the outcome shown"
CODES = exit_codes("the folder is as it was before", two="; or the extra is missing")

FILE = Annotated[str, typer.Argument(metavar="FILE", help="A sweep file, or the name of a shipped one.")]
OUTCOME = Annotated[
    str | None, typer.Option(help="The outcome shown; by default the file's first.", metavar="NAME")
]
WORLDS = Annotated[int | None, typer.Option(help="Worlds at each point; by default as the file says.", min=2)]
OUT = Annotated[Path | None, out_option("outputs/sweep-METHOD-NAME")]

sweep_app = typer.Typer(help=SWEEP_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@sweep_app.command(
    help=_with_files(MORRIS_HELP, "morris", INDICES.format("mu, mu*, sigma"), TORNADO), epilog=CODES
)
def morris(
    file: FILE = "levers",
    *,
    outcome: OUTCOME = None,
    paths: Annotated[int, typer.Option(help="Paths through the ranges.", min=2)] = 40,
    worlds: WORLDS = None,
    workers: WORKERS = None,
    case: CASE = None,
    out: OUT = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Rank inputs by the effect of crossing their range."""
    how = {"worlds": worlds, "workers": workers, "out": out, "force": force}
    _run("morris", file, case, quiet=quiet, outcome=outcome, paths=paths, **how)


@sweep_app.command(help=_with_files(SOBOL_HELP, "sobol", INDICES.format("S1 and ST"), TORNADO), epilog=CODES)
def sobol(
    file: FILE = "levers",
    *,
    outcome: OUTCOME = None,
    points: Annotated[int, typer.Option(help="Points in each sample: a power of 2.", min=2)] = 512,
    worlds: WORLDS = None,
    workers: WORKERS = None,
    case: CASE = None,
    out: OUT = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Split an outcome's variance among the inputs."""
    how = {"worlds": worlds, "workers": workers, "out": out, "force": force}
    _run("sobol", file, case, quiet=quiet, outcome=outcome, points=points, **how)


@sweep_app.command(
    help=_with_files(
        PRIM_HELP,
        "prim",
        "box.csv          the range of each input in the box, and how good the box is",
        "box.png          the same as a picture",
    ),
    epilog=CODES,
)
def prim(
    file: FILE = "levers",
    *,
    outcome: OUTCOME = None,
    below: Annotated[float | None, typer.Option(help="Look for points below this.", metavar="LIMIT")] = None,
    above: Annotated[float | None, typer.Option(help="Look for points above this.", metavar="LIMIT")] = None,
    over: Annotated[
        Literal["all", "uncertainties"],
        typer.Option(help="Move all inputs, or only the uncertainties, with levers as in the base."),
    ] = "all",
    points: Annotated[int, typer.Option(help="Points in all.", min=100)] = 2000,
    worlds: WORLDS = None,
    workers: WORKERS = None,
    case: CASE = None,
    out: OUT = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Find where in the ranges of the inputs an outcome comes about."""
    how = {"worlds": worlds, "workers": workers, "out": out, "force": force}
    asked = {"outcome": outcome, "below": below, "above": above, "over": over, "points": points}
    _run("prim", file, case, quiet=quiet, **asked, **how)


@sweep_app.command(
    help=_with_files(
        REGRET_HELP,
        "regret",
        "regret.csv       a row for each policy: regret, and how often it is near the best",
        "regrets.csv      a row for each point, a column for each policy",
        "regret.png       the same as a matrix",
    ),
    epilog=CODES,
)
def regret(
    file: FILE = "levers",
    *,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome to compare; required.", metavar="NAME")
    ] = None,
    better: Annotated[
        str | None, typer.Option(help="lower or higher, whichever you call better; required.", metavar="WAY")
    ] = None,
    whom: Annotated[str, typer.Option("--for", help="For whom it is better, in words.", metavar="WHOM")] = "",
    points: Annotated[int, typer.Option(help="Points at which the policies are compared.", min=10)] = 200,
    worlds: WORLDS = None,
    workers: WORKERS = None,
    case: CASE = None,
    out: OUT = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Compare policies under uncertainty by their regret."""
    how = {"worlds": worlds, "workers": workers, "out": out, "force": force}
    asked = {"outcome": outcome, "better": better, "whom": whom, "points": points}
    _run("regret", file, case, quiet=quiet, **asked, **how)


def _run(method: str, file: str, case: Path | None, *, quiet: bool, **how: Any) -> None:
    """Make the sweep of a file, and print its results unless `quiet`."""
    with ending("the folder is as it was before. Run the same command again."):
        from maxpressure import sweep
        from maxpressure.model.case import load_case
        from maxpressure.sweep.files import read_sweep

        make: Callable[..., Swept] = getattr(sweep, method)
        found = make(read_sweep(file, case=load_case(case)), progress=not quiet, **how)
        if quiet:
            return
        if found.reused:
            print("The same points are there already:\n")
        print(found.text(terminal_width()))
