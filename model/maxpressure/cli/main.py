"""The command line. It loads what a command needs only when that command runs, so that help comes at once."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from maxpressure.base.paths import VERSION
from maxpressure.cli.app import APP_HELP, serve_page
from maxpressure.cli.calibrate import CALIBRATE_HELP, VALIDATE_HELP, calibrate, validate
from maxpressure.cli.explain import EXPLAIN_HELP, TWIN_HELP, explain, twin
from maxpressure.cli.options import CASE, WIDEST, ending, stop
from maxpressure.cli.results import COMPARE_HELP, PLOT_HELP, REPORT_HELP, compare, plot, report
from maxpressure.cli.scenarios import SCENARIOS_HELP, case_app, scenarios_app
from maxpressure.cli.sweep import sweep_app
from maxpressure.cli.tiles import TILES_HELP, tiles

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
  maxpressure run max-pressure-2017 no-campaign --draws 50 --worlds 1000

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

DRAWS = Annotated[
    int | None,
    typer.Option(help="Take so many draws of the set, equally spaced, each for as many worlds.", min=1),
]

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
        print(f"maxpressure {VERSION}")
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
        Literal["ensemble", "world"],
        typer.Option(
            help="What simulates: ensemble, compiled; or world, the Mesa model. Both give the same bits."
        ),
    ] = "ensemble",
    workers: Annotated[
        int | None, typer.Option(help="Worlds side by side; by default one a core.", min=1)
    ] = None,
    parameters: Annotated[
        str, typer.Option(help="posterior: a draw a world; map: its mode; or a file.", metavar="SET")
    ] = "posterior",
    draws: DRAWS = None,
    case: CASE = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder for the results, in place of outputs/NAME.", metavar="DIR")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace results of another run.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no table.")] = False,
) -> None:
    """Simulate scenarios, write their folder, print the table."""
    from maxpressure.api import run as run_job
    from maxpressure.model.case import load_case
    from maxpressure.report.summary import summary

    with ending("the results folder is as it was before."):
        told = load_case(case)
        results = run_job(
            scenarios or [told.default],
            worlds=worlds,
            seed=seed,
            engine=engine,
            workers=workers,
            parameters=parameters,
            draws=draws,
            out=out,
            case=told,
            force=force,
            progress=not quiet,
        )
        if quiet:
            return
        if results.reused:
            print(f"The same run is there already, from {results.manifest.started:%Y-%m-%d %H:%M} UTC:\n")
        width = min(shutil.get_terminal_size().columns, WIDEST)
        print("\n".join(summary(results, told, width)))


BATCH_HELP = """Live an experiment into a folder that never loses what is finished.

\b
EXPERIMENT is a TOML file, or the name of a shipped one (all-scenarios, class).
Run the same command again and only what is missing is done; ask for more
worlds and those that are there are kept.

\b
Examples:
  maxpressure batch class
  maxpressure batch all-scenarios --worlds 2000 --workers 2
  maxpressure batch mine.toml --out outputs/mine
  maxpressure batch mine.toml --scheduler tcp://10.0.0.5:8786 --out s3://bucket/mine

\b
Exit codes:
  0    done
  1    done, but some worlds failed; the command that reruns them is printed
  2    bad input, named with what is allowed
  130  interrupted: what is finished is kept, the same command goes on
"""


@app.command(help=BATCH_HELP)
def batch(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A shipped experiment or a file.")],
    *,
    worlds: Annotated[int | None, typer.Option(help="How many worlds of each scenario.", min=1)] = None,
    draws: DRAWS = None,
    case: CASE = None,
    workers: Annotated[
        int | None, typer.Option(help="Chunks side by side; by default one a core.", min=1)
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of a Dask scheduler to run on.", metavar="ADDRESS")
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="The folder, or a URL that fsspec opens.", metavar="DIR")
    ] = None,
    rerun_failed: Annotated[bool, typer.Option("--rerun-failed", help="Live failed worlds again.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Live chunks with damaged parts again.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no words.")] = False,
) -> None:
    """Live an experiment, chunk by chunk."""
    from maxpressure.experiments.batch import run_batch
    from maxpressure.experiments.experiment import read_experiment
    from maxpressure.model.case import load_case

    with ending(
        "what is finished is kept; the same command goes on.",
        ". What is finished is kept; the same command goes on.",
    ):
        done = run_batch(
            read_experiment(experiment, worlds=worlds, draws=draws, case=load_case(case)),
            out or str(Path("outputs", Path(experiment).stem)),
            workers=workers,
            scheduler=scheduler,
            progress=not quiet,
            rerun_failed=rerun_failed,
            repair=repair,
        )
        if not quiet:
            print(f"{done.simulated} worlds lived, {done.kept} were there already: {done.place}")
        if done.failed:
            for name, numbers in done.failed.items():
                print(
                    f"{len(numbers)} worlds of {name} failed, the first number {numbers[0]}", file=sys.stderr
                )
            again = [word for word in sys.argv[1:] if word != "--rerun-failed"]
            stop(f"Rerun just those: {shlex.join(['maxpressure', *again, '--rerun-failed'])}", 1)


for _help, _command in (
    (COMPARE_HELP, compare),
    (PLOT_HELP, plot),
    (EXPLAIN_HELP, explain),
    (TWIN_HELP, twin),
    (REPORT_HELP, report),
    (CALIBRATE_HELP, calibrate),
    (VALIDATE_HELP, validate),
):
    app.command(help=_help)(_command)
app.command(help=TILES_HELP, hidden=True)(tiles)  # for those who change the map
app.command(name="app", help=APP_HELP)(serve_page)
app.add_typer(scenarios_app, name="scenarios", help=SCENARIOS_HELP)
app.add_typer(sweep_app, name="sweep")
app.add_typer(case_app, name="case")
