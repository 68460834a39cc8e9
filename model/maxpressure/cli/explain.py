"""The command that explains one state, or tells one world, of a result folder.

The command that lives the world that happened again under another policy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxpressure.base.errors import InputError
from maxpressure.cli.options import CASE, WIDEST, ending

if TYPE_CHECKING:
    from maxpressure.explanations.rerun import Conditions


EXPLAIN_HELP = """Explain one state, or tell the story of one world, of results in a folder.

\b
With --state: when the state acts and what its act is due to, how its
probability moves when each of seven mechanisms is switched off (all 128
subsets of them are lived again under the same luck), and what its twins say.

\b
With --world: what happened in that world week by week and why, how it ended
beside the record, who was exposed to whom, and which acts vanish when one is
deleted under the same luck.

\b
Examples:
  maxpressure run
  maxpressure explain outputs/max-pressure-2017 --state ESP
  maxpressure explain outputs/max-pressure-2017 --world 7
  maxpressure run max-pressure-2017 no-september-test --out outputs/september
  maxpressure explain outputs/september --scenario no-september-test --state MEX

\b
Every world is lived again from the folder's seed and draws and must come out
as its rows say, to the last bit; results of another model are refused.

\b
Written to explain/SCENARIO/ESP or explain/SCENARIO/world-7 within the folder
of results, or to DIR:
  explanation.md   all that is printed       story.md        all that is printed
  account.csv      shares of the hazard      cascade.csv     a row for each act
  switch_off.csv   a row for each mechanism  exposures.csv   act to later act
  twins.csv        its recorded acts         cascade.png     the acts as a tree
  explain.json     what was explained, under which seed and draws
Account and switch-off say what the model does. The data do not separate
contagion from common shocks, and what is put down to requests is an upper
bound.

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
  130  interrupted: what was there is as it was before
"""


def explain(
    folder: Annotated[str, typer.Argument(metavar="OUT", help="A folder of results, or its URL.")],
    *,
    state: Annotated[
        str | None, typer.Option(help="Explain this state, by its ISO3 code.", metavar="ISO3")
    ] = None,
    world: Annotated[
        int | None, typer.Option(help="Tell this world, by its number from 0.", metavar="R")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="Which scenario of the folder; by default its first.", metavar="NAME")
    ] = None,
    worlds: Annotated[
        int | None,
        typer.Option(
            help="With --state: worlds in which each subset is lived; by default all, at most 500.", min=1
        ),
    ] = None,
    twins: Annotated[
        int | None,
        typer.Option(
            help="With --state: twins to live where there is something to ask; by default 50.", min=0
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="With --state: worlds side by side; by default one a core.", min=1)
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(help="What the run was given, if it was a file of draws.", metavar="SET"),
    ] = None,
    case: CASE = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder for what is written, in place of OUT/explain.", metavar="DIR"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no words.")] = False,
) -> None:
    """Explain a state or tell a world, write it, print it."""
    from maxpressure.explanations.explanation import own_folder
    from maxpressure.explanations.rerun import conditions
    from maxpressure.model.case import load_case
    from maxpressure.report.summary import from_here
    from maxpressure.results.results import load

    width = min(shutil.get_terminal_size().columns, WIDEST)
    with ending("what was there is as it was before."):
        options = {"worlds": worlds, "twins": twins, "workers": workers}
        _check(state, world, options)
        given = conditions(load(folder), scenario, case=load_case(case), parameters=parameters)
        place = Path(os.path.realpath(out or own_folder(given, state or f"world-{world}")))
        if state is not None:
            said = _state(given, state, options, place, width, progress=not quiet)
        else:
            said = _world(given, world or 0, place, width, progress=not quiet)
        if not quiet:
            print("\n".join([*said, "", f"Written to {from_here(str(place))}"]))


def _check(state: str | None, world: int | None, of_states: Mapping[str, int | None]) -> None:
    """Refuse anything but one state or one world, and options that would tell nothing."""
    if (state is None) == (world is None):
        given = "neither" if state is None else "both"
        allowed = "--state ISO3 to explain a state, such as ESP, or --world R to tell a world, such as 7"
        raise InputError(file="explain", key="--state, --world", given=given, allowed=allowed)
    for name, number in of_states.items():
        if world is not None and number is not None:
            raise InputError(file="explain", key=f"--{name}", given=number, allowed="nothing beside --world")


def _state(
    given: Conditions,
    state: str,
    options: Mapping[str, int | None],
    place: Path,
    width: int,
    *,
    progress: bool,
) -> list[str]:
    """Explain a state and leave its folder; the lines to print."""
    from maxpressure.explanations.explanation import explanation_of, write_state

    chosen: dict[str, Any] = {name: number for name, number in options.items() if number is not None}
    found = explanation_of(given, state, progress=progress, **chosen)
    write_state(found, place)
    return found.lines(width)


def _world(given: Conditions, number: int, place: Path, width: int, *, progress: bool) -> list[str]:
    """Tell a world and leave its folder; the lines to print."""
    from maxpressure.explanations.cascades import cascade_of
    from maxpressure.explanations.explanation import write_world
    from maxpressure.explanations.rerun import Noting
    from maxpressure.explanations.story import story_of

    world = given.relived(number, Noting)
    told, found = story_of(given, world), cascade_of(given, world, progress=progress)
    write_world(told, found, place)
    return [*told.lines(width), "", *found.lines(width)]


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
    from maxpressure.explanations.twin_run import twin as simulate_twins
    from maxpressure.model.case import load_case

    with ending("the folder is as it was before."):
        told = load_case(case)
        chosen = check_states(told, state or [])
        found = simulate_twins(
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
