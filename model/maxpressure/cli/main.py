"""The program `maxpressure`: its commands to run an experiment and to serve the page, and all others gathered.

It loads what a command needs only when that command runs, so that help comes at once.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from maxpressure.base.errors import InputError
from maxpressure.base.paths import VERSION
from maxpressure.base.text import hidden, plural
from maxpressure.cli.as_json import JSON, about, print_json
from maxpressure.cli.calibrate import CALIBRATE_EXITS, CALIBRATE_HELP, VALIDATE_HELP, calibrate, validate
from maxpressure.cli.completion import experiment_names, scenario_names
from maxpressure.cli.explain import EXPLAIN_HELP, TWIN_HELP, explain, twin
from maxpressure.cli.export import EXPORT_HELP, export
from maxpressure.cli.inputs import INPUTS_HELP, inputs
from maxpressure.cli.options import (
    CASE,
    DRAWS,
    FORCE,
    PARAMETERS,
    QUIET,
    RECORD,
    SEED,
    VERBOSE,
    WORKERS,
    Commands,
    ending,
    exit_codes,
    next_command,
    next_commands,
    out_option,
    stop,
    terminal_width,
)
from maxpressure.cli.results import (
    COMPARE_HELP,
    DESCRIBE_HELP,
    PLOT_HELP,
    REPORT_EXITS,
    REPORT_HELP,
    compare,
    describe,
    plot,
    report,
)
from maxpressure.cli.scenarios import EVIDENCE_HELP, case_app, evidence, scenarios_app
from maxpressure.cli.signals import interruptible
from maxpressure.cli.sweep import sweep_app
from maxpressure.cli.terminal import steady

if TYPE_CHECKING:
    from maxpressure.results.results import Results


class Program(typer.Typer):
    """The commands, on terminals of every kind."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Run the command of the arguments and exit."""
        with interruptible(), steady():
            for word in filter(hidden, given[0] if given else sys.argv[1:]):
                allowed = "text in the terminal's encoding, without control characters"
                refused = InputError(file="maxpressure", key="argument", given=word, allowed=allowed)
                print(refused.typed(), file=sys.stderr)
                raise SystemExit(2)
            return super().__call__(*given, **named)


app = Program(
    cls=Commands,
    help="Who breaks off which tie with an isolated state under a maximum-pressure campaign, when, and why.",
    no_args_is_help=True,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def main(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print versions and folders, and stop.")] = False,
) -> None:
    """Answer what concerns the program and no command of it."""
    if version:
        print("\n".join(_versions()))
        raise typer.Exit


def _versions() -> Iterator[str]:
    """The versions of the programs that shape results, and the folders that are read."""
    import platform
    from importlib.metadata import version

    from maxpressure.base.paths import folder
    from maxpressure.engine.cache import cache_folder

    yield f"maxpressure {VERSION}"
    yield f"Python {platform.python_version()}"
    yield from (f"{name} {version(name)}" for name in ("Mesa", "NumPy", "Numba"))
    yield from (f"{name}: {folder(name)}" for name in ("scenarios", "calibration"))
    yield f"compiled code: {cache_folder()}"


# ---- run

# In a help text, \b keeps the lines of a paragraph as they are.
RUN_HELP = """Simulate scenarios in many worlds and compare them with the record.

\b
Without a SCENARIO, the record itself is run: max-pressure-2017. World w uses
the same random numbers in every scenario, so the difference between two
scenarios is due to the policy.

\b
Examples:
  maxpressure run
  maxpressure run no-september-test --worlds 500
  maxpressure run max-pressure-2017 no-campaign no-un-mandates --out outputs/why
  maxpressure run my-scenario.toml --seed 7
  maxpressure run --record strict
  maxpressure run max-pressure-2017 no-campaign --draws 50 --worlds 1000

\b
Written to outputs/NAME below the current folder, or to DIR, at the end:
  wave.png         acts week by week, with the record
  worlds.parquet   a row for each world: its outcomes
  weeks.parquet    a row for each world and week
  acts.parquet     a row for each cut, with the attribution of its act
  manifest.json    scenarios, seed, parameters, evidence and versions
NAME is the scenario, or several joined by +. In a folder of the same run,
only the worlds that are missing are simulated: with more --worlds it grows,
with fewer it stays. One of another run is refused without --force.
"""


@app.command(help=RUN_HELP, epilog=exit_codes("the results folder is as it was before"))
def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO",
            autocompletion=scenario_names,
            help="Names of shipped scenarios or paths of scenario files.",
        ),
    ] = None,
    *,
    worlds: Annotated[int, typer.Option(help="How many worlds of each scenario.")] = 1600,
    seed: SEED = 2017,
    engine: Annotated[
        Literal["ensemble", "world"],
        typer.Option(
            help="ensemble is compiled and quick; world is the Mesa model. The results are the same."
        ),
    ] = "ensemble",
    workers: WORKERS = None,
    parameters: PARAMETERS = "posterior",
    draws: DRAWS = None,
    case: CASE = None,
    record: RECORD = None,
    out: Annotated[Path | None, out_option("outputs/NAME")] = None,
    force: FORCE = False,
    quiet: QUIET = False,
    verbose: VERBOSE = False,
    as_json: JSON = False,
) -> None:
    """Simulate scenarios, write their folder, print the table."""
    from maxpressure.api import run as run_scenarios
    from maxpressure.base.text import from_here
    from maxpressure.model.case import load_case
    from maxpressure.report.summary import differences_of, summary
    from maxpressure.results.weekly import cautions

    with ending("the results folder is as it was before. Run the same command again."):
        loaded = load_case(case, record)
        results = run_scenarios(
            scenarios or [loaded.default],
            worlds=worlds,
            seed=seed,
            engine=engine,
            workers=workers,
            parameters=parameters,
            draws=draws,
            out=out,
            case=loaded,
            force=force,
            progress=not quiet,
        )
        if as_json:
            print_json(
                "run",
                **about(results),
                reused=results.reused,
                kept=results.kept,
                outcomes=results.describe(),
                differences=differences_of(results),
                cautions=cautions(results.situations(loaded)),
            )
            return
        if quiet:
            return
        print("".join(_there_already(results, worlds)), end="")
        print("\n".join(summary(results, loaded, terminal_width(), verbose=verbose)))
        place = from_here(results.place)
        first = ("compare", place) if len(results.manifest.names) > 1 else ("explain", place, "--world", "0")
        print(f"\nThe picture is {place}/wave.png.")
        print(next_commands(first, ("report", place)))


def _there_already(results: Results, worlds: int) -> Iterator[str]:
    """What of the run was in its folder, in a line and a blank one."""
    kept = plural(results.kept, "world")
    when = f"{results.manifest.started:%Y-%m-%d %H:%M} UTC"
    if results.reused and worlds < results.kept:
        yield f"The folder holds {kept} of this run, more than the {worlds:,} asked for; all of them are shown.\n\n"
    elif results.reused:
        yield f"The same run is there already, from {when}:\n\n"
    elif results.kept:
        yield f"{kept} of each scenario were there already; {worlds - results.kept:,} were added.\n\n"


# ---- batch

BATCH_HELP = """Run an experiment that can be interrupted, resumed and extended.

\b
EXPERIMENT is a TOML file or a shipped one: all-scenarios, class. The same
command again does only what is missing; with more worlds, those that are
there are kept.

\b
Examples:
  maxpressure batch class
  maxpressure batch all-scenarios --worlds 2000 --workers 2
  maxpressure batch mine.toml --out outputs/mine
  maxpressure batch mine.toml --scheduler tcp://10.0.0.5:8786 --out s3://bucket/mine
"""
KEPT = "what is finished is kept; the same command goes on"


@app.command(
    help=BATCH_HELP,
    epilog=exit_codes(KEPT, one="some worlds failed; the command that runs them again is printed"),
)
def batch(
    experiment: Annotated[
        str,
        typer.Argument(
            metavar="EXPERIMENT", autocompletion=experiment_names, help="A shipped experiment or a file."
        ),
    ],
    *,
    worlds: Annotated[int | None, typer.Option(help="How many worlds of each scenario.", min=1)] = None,
    draws: DRAWS = None,
    case: CASE = None,
    record: RECORD = None,
    workers: WORKERS = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The address of a Dask scheduler to run on.", metavar="ADDRESS")
    ] = None,
    out: Annotated[str | None, out_option("outputs/EXPERIMENT", "The folder, or a URL for fsspec")] = None,
    rerun_failed: Annotated[
        bool, typer.Option("--rerun-failed", help="Run the failed worlds again.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Run the chunks with damaged files again.")
    ] = False,
    quiet: QUIET = False,
) -> None:
    """Run an experiment, chunk by chunk."""
    from maxpressure.experiments.batch import run_batch
    from maxpressure.experiments.experiment import read_experiment
    from maxpressure.model.case import load_case

    with ending(f"{KEPT}.", f"{KEPT.capitalize()}."):
        done = run_batch(
            read_experiment(experiment, worlds=worlds, draws=draws, case=load_case(case, record)),
            out or str(Path("outputs", Path(experiment).stem)),
            workers=workers,
            scheduler=scheduler,
            progress=not quiet,
            rerun_failed=rerun_failed,
            repair=repair,
        )
        if not quiet:
            print(f"{plural(done.simulated, 'world')} simulated, {done.kept} there already: {done.place}")
        if done.failed:
            for name, numbers in done.failed.items():
                print(
                    f"{plural(len(numbers), 'world')} of {name} failed, the first number {numbers[0]}",
                    file=sys.stderr,
                )
            again = [word for word in sys.argv[1:] if word != "--rerun-failed"]
            stop(f"Rerun just those: {shlex.join(['maxpressure', *again, '--rerun-failed'])}", 1)
        if not quiet:
            print(next_command("report", str(done.place)))


# ---- app

APP_HELP = """Serve the classroom page on this machine.

\b
The page shows many worlds of one or two settings, one world week by week on a
map, what if an input had not come, and a game. It needs no network.
Thirty visitors can use it at once, each with their own settings.

\b
Without --host only this machine can open the page. With an address that
others can reach, it asks for a token, which the printed links carry. The
teacher's desk has a token of its own.

\b
With --export the page is saved into a folder instead, with the answers that a
course needs: index.html and its folders for any web space or learning
platform, and page.html, the same in one file to be opened by a double click.
It takes some minutes; other settings are refused there, with the nearest.

\b
Examples:
  maxpressure app
  maxpressure app --port 8900
  maxpressure app --host 0.0.0.0
  maxpressure app --host 192.168.1.20 --token spring2026
  maxpressure app --export outputs/page

\b
Needs the extra app: pip install 'maxpressure[app]'
"""
NEEDS_APP = (
    "The page needs the package {}, of the extra app: pip install 'maxpressure[app]', or in a checkout `make test` "
    "once, which installs all extras."
)


@app.command(name="app", help=APP_HELP, epilog=exit_codes(two=", or the port is taken"))
def serve_page(
    *,
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8765,
    host: Annotated[str, typer.Option(help="The address to listen on.", metavar="ADDRESS")] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(help="What visitors must enter: at least eight letters and digits.", metavar="WORD"),
    ] = None,
    teacher_token: Annotated[
        str | None,
        typer.Option(help="What the teacher's desk asks for; without it, a random one.", metavar="WORD"),
    ] = None,
    ahead: Annotated[
        bool,
        typer.Option(
            "--ahead/--no-ahead",
            help="Compute what a class is going to look at while nobody waits, and keep it for the next start.",
        ),
    ] = True,
    export: Annotated[
        Path | None, typer.Option(help="Save the page into this folder, and do not serve it.", metavar="DIR")
    ] = None,
    force: FORCE = False,
    quiet: QUIET = False,
) -> None:
    """Serve until interrupted, or save the page."""
    if export is not None:
        save_page(export, force=force, quiet=quiet)
        return
    began = time.monotonic()
    with ending("the page is stopped.", "Choose another address with --host and --port.", NEEDS_APP):
        with suppress(KeyboardInterrupt):
            from maxpressure.app.server import address, serve

            site = address(host, port, token, teacher_token)

            def ready(answers: int) -> None:
                for link in site.links:
                    print(f"Open {link}", flush=True)
                for link in site.desks:
                    print(f"Teacher's desk: {link}", flush=True)
                if site.beyond:
                    print("Others can reach this page with these links; it is not encrypted.", flush=True)
                if ahead:
                    print(
                        f"{plural(answers, 'answer')} computed ahead and kept; more while nobody waits.",
                        flush=True,
                    )
                took = time.monotonic() - began
                print(f"Ready after {took:.1f} s; stop with Ctrl+C.", flush=True)

            print("Starting …", flush=True)
            serve(site, ready, ahead=ahead)
        print("Stopped.")


def save_page(place: Path, *, force: bool, quiet: bool) -> None:
    """Save the page with its answers into a folder, and say what is there."""
    from maxpressure.base.text import from_here

    with ending("the folder is as it was before. Run the same command again.", needs=NEEDS_APP):
        from maxpressure.app.export import ALONE, PAGE
        from maxpressure.app.export import export as save
        from maxpressure.app.figures.basis import load_basis
        from maxpressure.app.saved import saved

        done = save(saved(load_basis()), place, force=force, progress=not quiet)
        if quiet:
            return
        if done.kept:
            print("The same page is there already.")
        print(f"{done.answers} answers in {from_here(done.folder)}")
        print(f"  {PAGE}  for a web space, with all that is beside it: {done.spread / 1e6:.1f} MB")
        print(f"  {ALONE}   the same in one file, for a double click: {done.alone / 1e6:.1f} MB")


# ---- the commands of the other files

CODES = exit_codes("the folder is as it was before")
app.command(help=DESCRIBE_HELP, epilog=exit_codes())(describe)
app.command(help=COMPARE_HELP, epilog=CODES)(compare)
app.command(help=PLOT_HELP, epilog=exit_codes("the finished pictures are kept"))(plot)
app.command(help=EXPORT_HELP, epilog=exit_codes("no half-written file is left"))(export)
app.command(help=EXPLAIN_HELP, epilog=CODES)(explain)
app.command(help=TWIN_HELP, epilog=CODES)(twin)
app.command(help=REPORT_HELP, epilog=REPORT_EXITS)(report)
app.command(help=CALIBRATE_HELP, epilog=CALIBRATE_EXITS)(calibrate)
app.command(help=VALIDATE_HELP, epilog=exit_codes("nothing was written"))(validate)
app.command(help=EVIDENCE_HELP, epilog=exit_codes("nothing was written"))(evidence)
app.command(help=INPUTS_HELP, epilog=exit_codes())(inputs)
app.add_typer(scenarios_app, name="scenarios")
app.add_typer(sweep_app, name="sweep")
app.add_typer(case_app, name="case")
