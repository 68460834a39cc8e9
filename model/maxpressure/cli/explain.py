"""The commands that explain: why a state acts, what happened in a world, and what another policy had changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxpressure.base.errors import InputError, Wrong
from maxpressure.cli.as_json import JSON, about, print_json
from maxpressure.cli.completion import scenario_names, state_names
from maxpressure.cli.options import (
    CASE,
    FORCE,
    PARAMETERS,
    QUIET,
    RECORD,
    RESULTS,
    SEED,
    VERBOSE,
    WORKERS,
    ending,
    next_command,
    out_option,
    terminal_width,
)

if TYPE_CHECKING:
    from maxpressure.explanations.rerun import Conditions

# ---- explain

EXPLAIN_HELP = """Explain a scenario, one state, or one world of a folder of results.

The first scenario of a folder is the baseline. The last, or the one of
--scenario, is explained beside it.

\b
Alone: which states act more or less often than under the baseline, and what
acts are due to.

\b
With --state: when the state acts and what its acts are due to; how its
probability changes when each mechanism that is on is switched off (all
subsets of seven are simulated again with the same random numbers); and its
twins.

\b
With --world: what happened week by week and why, the end beside the record,
who was exposed to whom, and which acts vanish when one is deleted.

\b
Examples:
  maxpressure run
  maxpressure explain outputs/max-pressure-2017 --state ESP
  maxpressure explain outputs/max-pressure-2017 --world 7
  maxpressure run max-pressure-2017 no-september-test --out outputs/september
  maxpressure explain outputs/september
  maxpressure explain outputs/september --state MEX
  maxpressure explain outputs/september --scenario max-pressure-2017 --state MEX

\b
With --state or --world, worlds are simulated again from the folder's seed and
draws, and must equal its rows to the last bit. Results of another version of
the model are refused.

\b
Written to explain/SCENARIO/states, explain/SCENARIO/ESP or
explain/SCENARIO/world-7 within the folder of results, or to DIR:
  explanation.md   all that is printed      story.md       all that is printed
  attribution.csv  shares of the hazard     story.csv      the same as a table
  switch_off.csv   a row for a mechanism    outcomes.csv   how it ended
  beside.csv       causes less baseline's   beside.csv     acts that differ
  twins.csv        its recorded acts        cascade.csv    a row for each act
  explain.json     what was explained, and  exposures.csv  act to later act
                   with which seed          cascade.png    the acts as a tree
  overview.md, states.csv, causes.csv, states.png, causes.png: the scenario
All describe the model. The data do not separate contagion from common
shocks, and what is attributed to requests is an upper bound.
"""


def explain(
    folder: RESULTS,
    *,
    state: Annotated[
        str | None,
        typer.Option(
            help="Explain this state, by its code or its English name.",
            metavar="STATE",
            autocompletion=state_names,
        ),
    ] = None,
    world: Annotated[
        int | None, typer.Option(help="The story of this world, by its number from 0.", metavar="W")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="Which scenario of the folder; by default its last.",
            metavar="NAME",
            autocompletion=scenario_names,
        ),
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option(help="With --state: worlds for each subset; by default all, at most 500.", min=1),
    ] = None,
    twins: Annotated[
        int | None, typer.Option(help="With --state: how many twins; by default 50.", min=0)
    ] = None,
    workers: WORKERS = None,
    parameters: Annotated[
        str | None,
        typer.Option(help="The file of draws that the run used, if it used one.", metavar="SET"),
    ] = None,
    case: CASE = None,
    out: Annotated[Path | None, out_option("OUT/explain", "The folder to write to")] = None,
    quiet: QUIET = False,
    verbose: VERBOSE = False,
    as_json: JSON = False,
) -> None:
    """Explain a scenario, a state or a world, write it, print it."""
    from maxpressure.base.text import from_here, wrapped
    from maxpressure.explanations.rerun import conditions, explanation_folder
    from maxpressure.model.case import load_case
    from maxpressure.results.results import load
    from maxpressure.scenario.check import check_state

    with ending("what was there is as it was before. Run the same command again."):
        options = {"worlds": worlds, "twins": twins, "workers": workers}
        _check(state, world, options)
        given = conditions(load(folder), scenario, case=load_case(case), parameters=parameters)
        if state is not None:
            state = check_state(state, given.case.vocabulary(), file="explain", key="state")
        what = state or (f"world-{world}" if world is not None else "states")
        output = explanation_folder(out or given.own_folder(what))
        target = output.path
        with output.claimed():
            if state is not None:
                page, shown = "explanation.md", _state(given, state, options, target, progress=not quiet)
            elif world is not None:
                page, shown = "story.md", _world(given, world, target, progress=not quiet)
            else:
                page, shown = "overview.md", _scenario(given, target)
        if as_json:
            tables = {name: table for one in shown for name, table in one.tables.items()}
            print_json(
                "explain",
                **about(given.results),
                scenario=given.name,
                state=state,
                world=world,
                tables=tables,
                text=[one.text() for one in shown],
                written=target,
            )
        elif not quiet:
            lines = [line for one in shown for line in (one.text(terminal_width()), "")]
            if verbose and given.results.manifest.parameters.fitted:
                lines += [*wrapped(given.provenance, terminal_width(), indent=""), ""]
            if state is None and world is None:
                lines += [_next_state(given, shown[0].foremost), ""]
            print("\n".join([*lines, f"Written to {from_here(str(target))}. Next: read {page}"]))


def _check(state: str | None, world: int | None, of_states: Mapping[str, int | None]) -> None:
    """Refuse a state and a world at once, and options without effect."""
    if state is not None and world is not None:
        allowed = (
            "--state ESP to explain a state, --world W for the story of a world, such as 7, or neither "
            "to explain the scenario"
        )
        given = Wrong("are both there")
        raise InputError(file="explain", key="--state and --world", given=given, allowed=allowed)
    for name, number in of_states.items():
        if state is None and number is not None:
            given = Wrong(f"has no meaning {'beside --world' if world is not None else 'without --state'}")
            raise InputError(file="explain", key=f"--{name}", given=given, allowed=f"--{name} beside --state")


def _state(
    given: Conditions,
    state: str,
    options: Mapping[str, int | None],
    folder: Path,
    *,
    progress: bool,
) -> list[Any]:
    """Explain a state and write its folder; returns what is to be shown."""
    from maxpressure.explanations.explanation import explanation_of

    chosen: dict[str, Any] = {name: number for name, number in options.items() if number is not None}
    found = explanation_of(given, state, progress=progress, **chosen)
    found.save(folder, force=True)
    return [found]


def _scenario(given: Conditions, folder: Path) -> list[Any]:
    """Write the overview of a scenario into its folder; returns what is to be shown."""
    from maxpressure.explanations.overview import overview_of

    found = overview_of(given)
    found.save(folder, force=True)
    return [found]


def _next_state(given: Conditions, state: str) -> str:
    return next_command("explain", given.results.place, "--scenario", given.name, "--state", state)


def _world(given: Conditions, number: int, folder: Path, *, progress: bool) -> list[Any]:
    """Write the story and cascade of a world into its folder; returns what is to be shown."""
    from maxpressure.explanations.cascades import cascade_of
    from maxpressure.explanations.rerun import Noting
    from maxpressure.explanations.story import story_of

    world = given.simulated_again(number, Noting)
    found, cascade = story_of(given, world), cascade_of(given, world, progress=progress)
    found.save(folder, force=True, cascade=cascade)
    return [found, cascade]


# ---- twin

TWIN_HELP = """Simulate counterfactual twins of the record under another policy.

\b
A twin keeps the random numbers behind the record, as far as the record shows
them, and runs a SCENARIO from January 2016 to half a year past the record.
Two couplings carry the random numbers over, threshold and weekly; the record
does not distinguish them. Both are shown, and a conclusion about a single
act is drawn only where they agree.

\b
Examples:
  maxpressure twin no-september-test
  maxpressure twin no-september-test --state MEX --state ESP
  maxpressure twin mine.toml --worlds 1000 --out outputs/mine

\b
Written to outputs/twin-NAME below the current folder, or to DIR:
  twins.csv    a row for each recorded act and coupling
  totals.csv   acts lost and gained
  twin.png     how often each act is gone
  twin.json    scenario, seed, parameters, evidence and versions
A folder of the same run is kept and shown again; one of another run is
refused without --force.
"""


def twin(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            autocompletion=scenario_names,
            help="The name of a shipped scenario or the path of a file.",
        ),
    ],
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="Only acts of this state, by code or English name; may be repeated.",
            metavar="STATE",
            autocompletion=state_names,
        ),
    ] = None,
    worlds: Annotated[int, typer.Option(help="How many twins to simulate.")] = 200,
    seed: SEED = 2017,
    workers: WORKERS = None,
    parameters: PARAMETERS = "posterior",
    case: CASE = None,
    record: RECORD = None,
    out: Annotated[Path | None, out_option("outputs/twin-NAME")] = None,
    force: FORCE = False,
    quiet: QUIET = False,
    as_json: JSON = False,
) -> None:
    """Simulate twins, write their folder, print the table."""
    from maxpressure.base.text import from_here
    from maxpressure.explanations.twin_run import check_states
    from maxpressure.explanations.twin_run import twin as simulate_twins
    from maxpressure.model.case import load_case

    with ending("the folder is as it was before. Run the same command again."):
        loaded = load_case(case, record)
        chosen = check_states(loaded, state or [])
        found = simulate_twins(
            scenario,
            worlds=worlds,
            seed=seed,
            parameters=parameters,
            case=loaded,
            workers=workers,
            out=out,
            force=force,
            progress=not quiet,
        )
        if as_json:
            print_json(
                "twin",
                about=found.about,
                states=chosen,
                tables=found.tables,
                text=found.text(states=chosen),
                written=found.folder,
            )
            return
        if quiet:
            return
        if found.reused:
            print("The same twins are there already:\n")
        print(found.text(terminal_width(), states=chosen))
        print(f"Next: look at {from_here(found.folder / 'twin.png')}")
