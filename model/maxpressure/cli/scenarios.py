"""The commands on scenarios and cases: what the library holds, what a scenario edits, a new one, is mine right."""

from __future__ import annotations

import math
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import plural, wrapped
from maxpressure.cli.as_json import JSON, print_json
from maxpressure.cli.completion import scenario_names
from maxpressure.cli.options import CASE, ending, exit_codes, next_command, stop, terminal_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from maxpressure.model.case import Case, Situation
    from maxpressure.model.library import Described, Listed

SCENARIOS_HELP = """List the shipped scenarios; show, check or begin one.

\b
A scenario is a short text file that edits the record of 2016-17: it removes a
dated input, moves it, adds one, turns a lever or switches a mechanism off.
What it does not mention stays as recorded.

\b
Examples:
  maxpressure scenarios
  maxpressure scenarios show no-september-test
  maxpressure scenarios new no-august --from no-campaign
  maxpressure scenarios check no-august.toml
"""

SHOW_HELP = """Show a scenario: its question, why it matters, and what it edits.

\b
The edits are printed as TOML, ready to be copied: first against the scenario
that it extends, then, if that one has edits as well, against the record.

\b
Examples:
  maxpressure scenarios show patrons-played-off
  maxpressure scenarios show mine.toml
"""

NEW_HELP = """Begin a scenario: write NAME.toml into the current folder.

\b
The file extends PARENT and edits nothing yet. It lists the keys that are used
most as comments, each with an example and what is allowed; remove the # of
those you want, and of the [table] line above them. An existing file is never
replaced.

\b
Examples:
  maxpressure scenarios new mine
  maxpressure scenarios new mine --from no-campaign
"""

CHECK_HELP = """Check scenario files, and print each of their edits in words.

\b
Every file is checked, also after a wrong one. A wrong one is refused with the
key, what was given, what is allowed and the nearest known word; so is one
that still has the question or the reasons of a new file.

\b
Examples:
  maxpressure scenarios check mine.toml
  maxpressure scenarios check *.toml
"""
NOTHING = "nothing was changed."
SCENARIO = Annotated[
    str,
    typer.Argument(
        metavar="NAME|FILE",
        autocompletion=scenario_names,
        help="The name of a shipped scenario or the path of a file.",
    ),
]

scenarios_app = typer.Typer(
    help=SCENARIOS_HELP,
    epilog=exit_codes(),
    add_completion=False,
    rich_markup_mode=None,
    invoke_without_command=True,
)


@scenarios_app.callback()
def scenarios(context: typer.Context, *, case: CASE = None, as_json: JSON = False) -> None:
    """Without a command, list the library."""
    if context.invoked_subcommand is not None:
        return
    from maxpressure.model.case import load_case
    from maxpressure.model.library import library

    with ending(NOTHING):
        listed = library(load_case(case))
        if as_json:
            fields = ("name", "title", "question", "extends")
            rows = [
                {key: getattr(one.scenario, key) for key in fields} | {"theme": one.theme} for one in listed
            ]
            print_json("scenarios", scenarios=rows)
            return
        print("\n".join(_listed(listed, terminal_width())))


@scenarios_app.command(help=SHOW_HELP, epilog=exit_codes())
def show(scenario: SCENARIO, *, case: CASE = None, as_json: JSON = False) -> None:
    """Print a scenario and what it edits."""
    from maxpressure.model.case import load_case
    from maxpressure.model.library import described

    with ending(NOTHING):
        found = described(load_case(case), scenario)
        if as_json:
            print_json("scenarios show", **_about(found))
            return
        print("\n".join(_shown(found, terminal_width())))


@scenarios_app.command(help=NEW_HELP, epilog=exit_codes())
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The new scenario's name: letters, digits, - and _.")
    ],
    *,
    parent: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PARENT",
            autocompletion=scenario_names,
            help="The scenario to start from, shipped or in this folder; by default the record.",
        ),
    ] = None,
    case: CASE = None,
) -> None:
    """Write a template into the current folder."""
    from maxpressure.model.case import load_case
    from maxpressure.model.library import new_scenario

    with ending(NOTHING, "Choose a folder that can be written to."):
        path = new_scenario(load_case(case), name, parent)
        print(f"Written: {path}. Write your question, your reasons and your edits into it.")
        print(next_command("scenarios", "check", str(path)))


@scenarios_app.command(help=CHECK_HELP, epilog=exit_codes())
def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            autocompletion=scenario_names,
            help="Paths of scenario files, or names of shipped ones.",
        ),
    ],
    *,
    case: CASE = None,
    as_json: JSON = False,
) -> None:
    """Print of each file that it is right, or why it is not."""
    from maxpressure.model.case import load_case, prepare
    from maxpressure.model.edits import edits_in_words
    from maxpressure.model.library import described, without_effect
    from maxpressure.scenario.check import check_written

    with ending(NOTHING):
        loaded, wrong, answers = load_case(case), 0, []
        for file in files:
            try:
                found = described(loaded, file)
                check_written(found.scenario, file)
                idle = without_effect(loaded, prepare(loaded, found.scenario))
            except InputError as refusal:
                print(refusal.typed(), file=sys.stderr)
                wrong += 1
                answers.append({"file": file, "fine": False, "refusal": refusal.typed()})
            else:
                edits = edits_in_words(loaded, found)
                answers.append({**_about(found), "file": file, "fine": True, "says": edits, "idle": idle})
                if not as_json:
                    print("\n".join(_checked(file, found, edits, idle, terminal_width())))
        if as_json:
            print_json("scenarios check", files=answers)
        if wrong:
            stop(
                f"{wrong} of {plural(len(files), 'file')} cannot be used; correct what is named above and check again.",
                2,
            )


# ---- what is printed


def _listed(shelves: Sequence[Listed], width: int) -> Iterator[str]:
    """Names and questions by theme; side by side where the terminal is wide enough."""
    names = max(len(one.scenario.name) for one in shelves) + 4
    beside = width >= 2 * names
    theme = ""
    for one in shelves:
        if one.theme != theme:
            yield from ([""] if theme else [])
            theme = one.theme
            yield from textwrap.wrap(theme, width)
        name, indent = f"  {one.scenario.name}", names if beside else 6
        lines = textwrap.wrap(
            one.scenario.question or one.scenario.title, width - indent, break_on_hyphens=False
        )
        first = name.ljust(indent) + lines.pop(0) if beside else name
        yield from (first, *(" " * indent + line for line in lines))
    yield ""
    count = f"{len(shelves)} scenario{'s' if len(shelves) != 1 else ''}"
    next_step = f"{count}. What one edits: maxpressure scenarios show NAME. Run it: maxpressure run NAME."
    yield from textwrap.wrap(next_step, width, break_on_hyphens=False)


def _shown(found: Described, width: int) -> Iterator[str]:
    """Title, question and why, wrapped; then the edits as TOML."""
    from maxpressure.base.toml import toml_text

    one = found.scenario
    yield f"{one.name}: {one.title}" if one.title != one.name else one.name
    for text in (one.question, one.why):
        if text.strip():
            yield from ("", *textwrap.wrap(text, width, break_on_hyphens=False))
    against = found.parent.name if found.parent else "the record"
    yield ""
    if not found.edit:
        yield f"It edits nothing: it is {against} under its own name."
    else:
        yield f"# what it edits, against {against}"
        yield toml_text(found.edit).strip("\n")
    if found.parent is not None and found.edits != found.edit:
        yield from ("", f"# all that it edits, against the record (by way of {', '.join(found.lineage)})")
        yield toml_text(found.edits).strip("\n")


def _checked(file: str, found: Described, edits: Sequence[str], idle: str, width: int) -> Iterator[str]:
    """That a file is right, each of its edits in a line, and a warning where they have no effect."""
    extends = f" It extends {found.parent.name}." if found.parent else ""
    nothing = "" if edits else " It edits nothing."
    yield from wrapped(f"{file}: OK.{extends}{nothing}", width, whole=True)
    yield from wrapped(edits, width, first="  ", indent="    ", whole=True)
    yield from wrapped(idle, width, whole=True)


def _about(found: Described) -> dict[str, Any]:
    """A scenario as JSON has it."""
    one = found.scenario
    about = {"name": one.name, "title": one.title, "question": one.question, "why": one.why}
    extends = found.parent.name if found.parent else None
    return {**about, "extends": extends, "edits": found.edit, "edits_of_the_record": found.edits}


# ---- a case

CASE_HELP = """Another case than North Korea 2016-2017: a folder of the same tables."""

CASE_CHECK_HELP = """Check the folder of a case, and print what is in it.

\b
DIR holds evidence/ (its tables) and assumptions.toml, and may hold
scenarios/, priors.toml, and what `maxpressure calibrate --case DIR` writes.
Every table, assumption, prior, draw and scenario is read, and the record is
simulated once. Each fault of the tables and assumptions is named with its
file, line and column; the rest is read when there is none.

\b
Examples:
  maxpressure case check mine
  maxpressure run --case mine
  maxpressure calibrate --case mine
"""

CASE_NEW_HELP = """Begin a case: write its files into DIR.

\b
DIR gets the states of the world with their own figures of 2016, their blocs
and neighbours, empty tables of events and inputs, assumptions.toml with what
each key means, and a README of the next steps. Ties to the target are to be
filled in. DIR must be new or empty.

\b
Examples:
  maxpressure case new qatar --target QAT --patron TUR --principal SAU
  maxpressure case new cuba --target CUB
  maxpressure case check cuba
"""

EVIDENCE_HELP = """Count the record: acts, agreement of its coders, answers to requests.

\b
Printed are acts, cuts and states under both records, strict and broad, to
the end of what is fitted and of the table; how far two coders and the
adjudicator agree; and how requests were answered, by strength and sender.

\b
Examples:
  maxpressure evidence
  maxpressure evidence --out counts
  maxpressure evidence --case mine

\b
Written to DIR, only with --out:
  result.md  what is printed
  NAME.csv   each table: counts, breaks, agreement, strength, sender
"""


def evidence(
    *,
    case: CASE = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the tables.", metavar="DIR")] = None,
) -> None:
    """Count the evidence of a case, print the tables, write them if a folder is named."""
    from maxpressure.evidence.counts import count_evidence
    from maxpressure.model.case import load_case

    with ending(NOTHING):
        loaded = load_case(case)
        found = count_evidence(loaded.evidence, loaded.assumptions)
        if out is not None:
            found.save(out)
        print(found.text(terminal_width()))


case_app = typer.Typer(help=CASE_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@case_app.command("check", help=CASE_CHECK_HELP, epilog=exit_codes())
def check_case(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the case.")],
) -> None:
    """Read all of a case, print what is in it."""
    from maxpressure.base.paths import user_path
    from maxpressure.model.case import load_case, prepare, refusals_of

    with ending(NOTHING):
        if not user_path(folder, file="case", key="folder").is_dir():
            given = Wrong("is a file" if folder.exists() else "is not there")
            raise InputError(file=folder, key="case", given=given, allowed="the folder of a case")
        faults = refusals_of(folder)
        if faults:
            print("\n".join(fault.typed() for fault in faults), file=sys.stderr)
            stop(f"{plural(len(faults), 'fault')} named above; correct them and check again.", 2)
        found = load_case(folder)
        situation = prepare(found, found.record())
        lines = [*_contents(found, situation), *_parameters(found, situation), *_scenarios(found)]
        print("\n".join([*lines, next_command("run", "--case", str(folder))]))


@case_app.command("new", help=CASE_NEW_HELP, epilog=exit_codes())
def begin_case(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to write.")],
    *,
    target: Annotated[str, typer.Option("--target", help="The isolated state.", metavar="ISO3")],
    patron: Annotated[
        list[str] | None,
        typer.Option("--patron", help="A state that shields it; may be repeated.", metavar="ISO3"),
    ] = None,
    principal: Annotated[
        list[str] | None,
        typer.Option("--principal", help="A state that campaigns; may be repeated.", metavar="ISO3"),
    ] = None,
) -> None:
    """Write a folder to be filled in."""
    from maxpressure.model.new_case import new_case

    with ending(NOTHING, "Choose a folder that can be written to."):
        path = new_case(folder, target, patron or [], principal or [])
        print(f"Written: {path}. {next_command('case', 'check', str(path))}")


def _contents(found: Case, situation: Situation) -> Iterator[str]:
    named, span, record = found.assumptions.case, found.assumptions.record, situation.record
    population = situation.population
    standing = int((population.listed_start > 0).sum())
    cuts = sum(len(act.cuts) for act in record.acts)
    yield f"{named.name}: {named.target}, shielded by {', '.join(named.patrons) or 'nobody'}."
    yield f"States: {len(population.iso3)} third states with {standing} ties; {', '.join(named.principals)} campaign."
    yield f"Record: {len(record.acts)} acts ({cuts} ties lowered) from {span.origin} to {span.fitted}."
    yield (
        f"        {len(record.outside)} cuts of ties that stood on no level, {len(record.sub_level)} steps below a "
        f"level, {len(record.statements)} statements."
    )
    yield f"Inputs: {len(found.evidence.pressure)} dated, to {span.inputs_until}."


def _parameters(found: Case, situation: Situation) -> Iterator[str]:
    """What a run would use; raises InputError where the record is impossible under it."""
    from maxpressure.evidence.posterior import choose
    from maxpressure.model.history import recorded_history
    from maxpressure.model.world import World

    chosen = choose(place=found.place)
    yield f"Parameters, {chosen.parameters.standing}"
    one, history = chosen.parameters.values, recorded_history(situation.record)
    fit = World(situation, one, seed=0, history=history, record=False).run().log_probability
    if not math.isfinite(fit):
        allowed = "acts that the rule can have brought about with these parameters"
        raise InputError(file=found.place, key="record", given=Wrong("is impossible"), allowed=allowed)
    yield f"        log probability of the record under their middle: {fit:.1f}"


def _scenarios(found: Case) -> Iterator[str]:
    from maxpressure.scenario import RECORD

    names = [found.scenario(name).name for name in found.scenarios]
    yield f"Scenarios: {', '.join([RECORD, *names])}."
