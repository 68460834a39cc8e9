"""The commands that move many inputs at once: which matter, where an outcome comes about, which policy is regretted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from maxpressure.cli.options import (
    CASE,
    FORCE,
    QUIET,
    RECORD,
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

PRIM_HELP = """Find where in the input ranges an outcome comes about (PRIM).

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


INDICES = "indices.csv      {} of every outcome's mean and sd"
TORNADO = "tornado.png      the mean of the outcome shown"
OUTCOME = Annotated[
    str | None, typer.Option(help="The outcome shown; by default the file's first.", metavar="NAME")
]

sweep_app = typer.Typer(help=SWEEP_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def _shared(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A sweep file, or the name of a shipped one.")
    ] = "levers",
    *,
    worlds: Annotated[
        int | None, typer.Option(help="Worlds at each point; by default as the file says.", min=2)
    ] = None,
    workers: WORKERS = None,
    case: CASE = None,
    record: RECORD = None,
    out: Annotated[Path | None, out_option("outputs/sweep-METHOD-NAME")] = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """What every method takes."""


def _method(text: str, *files: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a command for a method: the function below states its own options, :func:`_shared` the others."""

    def added(own: Callable[..., None]) -> Callable[..., None]:
        (file, *others), ours = (
            inspect.signature(one, eval_str=True).parameters.values() for one in (_shared, own)
        )

        def command(**given: Any) -> None:
            _run(own.__name__, **given)

        taken = [file, *ours, *others]
        vars(command)["__signature__"] = inspect.Signature(taken)
        command.__annotations__ = {one.name: one.annotation for one in taken}
        written = [
            f"Written to outputs/sweep-{own.__name__}-NAME below the current folder, or to DIR:",
            *(f"  {file}" for file in files),
            "  points.parquet   the points, with each outcome in each world",
            "  sweep.json       file, seed, parameters, evidence and versions",
            "Points of the same run are kept; those of another run are refused without",
            "--force.",
        ]
        codes = exit_codes("the folder is as it was before", two=", or the extra is missing")
        sweep_app.command(own.__name__, help="\n".join([text, "\b", *written]), epilog=codes)(command)
        return own

    return added


@_method(MORRIS_HELP, INDICES.format("mu, mu*, sigma"), TORNADO)
def morris(
    *,
    outcome: OUTCOME = None,
    paths: Annotated[int, typer.Option(help="Paths through the ranges.", min=2)] = 40,
) -> None:
    """Rank inputs by the effect of crossing their range."""


@_method(SOBOL_HELP, INDICES.format("S1 and ST"), TORNADO)
def sobol(
    *,
    outcome: OUTCOME = None,
    points: Annotated[int, typer.Option(help="Points in each sample: a power of 2.", min=2)] = 512,
) -> None:
    """Split an outcome's variance among the inputs."""


@_method(
    PRIM_HELP,
    "box.csv          the range of each input in the box, and how good the box is",
    "box.png          the same as a picture",
)
def prim(
    *,
    outcome: OUTCOME = None,
    below: Annotated[float | None, typer.Option(help="Look for points below this.", metavar="LIMIT")] = None,
    above: Annotated[float | None, typer.Option(help="Look for points above this.", metavar="LIMIT")] = None,
    over: Annotated[
        Literal["all", "uncertainties"],
        typer.Option(help="Move all inputs, or only the uncertainties, with levers as in the base."),
    ] = "all",
    points: Annotated[int, typer.Option(help="Points in all.", min=100)] = 2000,
) -> None:
    """Find where in the ranges of the inputs an outcome comes about."""


@_method(
    REGRET_HELP,
    "regret.csv       a row for each policy: regret, how often near the best",
    "regrets.csv      a row for each point, a column for each policy",
    "regret.png       the same as a matrix",
)
def regret(
    *,
    outcome: Annotated[
        str | None, typer.Option(help="The outcome to compare; required.", metavar="NAME")
    ] = None,
    better: Annotated[
        str | None, typer.Option(help="lower or higher, whichever you call better; required.", metavar="WAY")
    ] = None,
    whom: Annotated[str, typer.Option("--for", help="For whom it is better, in words.", metavar="WHOM")] = "",
    points: Annotated[int, typer.Option(help="Points at which the policies are compared.", min=10)] = 200,
) -> None:
    """Compare policies under uncertainty by their regret."""


def _run(method: str, *, file: str, case: Path | None, record: str | None, quiet: bool, **how: Any) -> None:
    """Make the sweep of a file, and print its results unless `quiet`."""
    with ending("the folder is as it was before. Run the same command again."):
        from maxpressure import sweep
        from maxpressure.model.case import load_case
        from maxpressure.sweep.files import read_sweep

        make: Callable[..., Swept] = getattr(sweep, method)
        found = make(read_sweep(file, case=load_case(case, record)), progress=not quiet, **how)
        if quiet:
            return
        if found.reused:
            print("The same points are there already:\n")
        print(found.text(terminal_width()))
