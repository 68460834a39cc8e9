"""The commands on the library of scenarios: what is there, what each edits, a new one, is mine right.

The command that checks a folder of tables: another case, ready to be run or not.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxpressure.base.errors import InputError
from maxpressure.cli.options import CASE, WIDEST, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from maxpressure.model.library import Shelved, Shown


SCENARIOS_HELP = """List the scenarios that ship; show, check or begin one.

\b
A scenario is a short text file that edits the record of 2016-17: it takes a
dated input away, moves it, adds one, turns a lever or switches a mechanism
off. What it does not mention stays as recorded.

\b
Examples:
  maxpressure scenarios
  maxpressure scenarios show no-september-test
  maxpressure scenarios new no-august --from no-campaign
  maxpressure scenarios check no-august.toml

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
"""

SHOW_HELP = """Show a scenario: its question, why it matters, and what it edits.

\b
What it edits is printed as TOML, ready to be copied: first against the
scenario that it extends, then, where that one edits something as well,
all of it against the record.

\b
Examples:
  maxpressure scenarios show patrons-played-off
  maxpressure scenarios show mine.toml

\b
Exit codes: 0 done, 2 bad input, named with what is allowed
"""

NEW_HELP = """Begin a scenario: write NAME.toml into the current folder.

\b
The file extends PARENT and edits nothing yet. The keys that are used most
stand in it as comments, each with an example and what is allowed; take the
# away where you want one. A file that is there is never replaced.

\b
Examples:
  maxpressure scenarios new mine
  maxpressure scenarios new mine --from no-campaign

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
"""

CHECK_HELP = """Check scenario files, and say what each edits.

\b
Every file is checked, whatever is wrong with another. A wrong one is refused
with the key, what was given, what is allowed and the nearest known word.

\b
Examples:
  maxpressure scenarios check mine.toml
  maxpressure scenarios check *.toml

\b
Exit codes: 0 all are right, 2 at least one is not
"""

scenarios_app = typer.Typer(add_completion=False, rich_markup_mode=None, invoke_without_command=True)


@scenarios_app.callback()
def scenarios(context: typer.Context, *, case: CASE = None) -> None:
    """Without a command, list the library."""
    if context.invoked_subcommand is not None:
        return
    from maxpressure.model.case import load_case
    from maxpressure.model.library import library

    try:
        print("\n".join(_listed(library(load_case(case)), _width())))
    except InputError as refusal:
        stop(str(refusal), 2)


@scenarios_app.command(help=SHOW_HELP)
def show(
    scenario: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="The name of a shipped scenario or the path of a file.")
    ],
    *,
    case: CASE = None,
) -> None:
    """Print a scenario and what it edits."""
    from maxpressure.model.case import load_case
    from maxpressure.model.library import shown

    try:
        print("\n".join(_told(shown(load_case(case), scenario), _width())))
    except InputError as refusal:
        stop(str(refusal), 2)


@scenarios_app.command(help=NEW_HELP)
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
            help="The scenario to start from, shipped or beside it; else the record.",
        ),
    ] = None,
    case: CASE = None,
) -> None:
    """Write a template into the current folder."""
    from maxpressure.model.case import load_case
    from maxpressure.model.library import new_scenario

    try:
        path = new_scenario(load_case(case), name, parent)
    except InputError as refusal:
        stop(str(refusal), 2)
    except OSError as fault:
        stop(f"Could not write: {fault}", 1)
    else:
        print(f"Written: {path}. Next: maxpressure scenarios check {path}")


@scenarios_app.command(help=CHECK_HELP)
def check(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Paths of scenario files, or names of shipped ones."),
    ],
    *,
    case: CASE = None,
) -> None:
    """Say of each file that it is right, or why it is not."""
    from maxpressure.model.case import load_case
    from maxpressure.model.library import shown

    try:
        told, wrong = load_case(case), 0
    except InputError as refusal:
        stop(str(refusal), 2)
    for file in files:
        try:
            found = shown(told, file)
        except InputError as refusal:
            print(refusal, file=sys.stderr)
            wrong += 1
        else:
            print(textwrap.fill(f"{file}: OK. {_summary(found)}", _width(), subsequent_indent="  ",
                                break_on_hyphens=False, break_long_words=False))  # fmt: skip
    if wrong:
        raise typer.Exit(2)


# ---- words


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)


def _listed(shelves: Sequence[Shelved], width: int) -> Iterator[str]:
    """Names with their questions under the themes; beside one another where the terminal is wide enough."""
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
    told = f"{count}. What one edits: maxpressure scenarios show NAME. Live it: maxpressure run NAME."
    yield from textwrap.wrap(told, width, break_on_hyphens=False)


def _told(found: Shown, width: int) -> Iterator[str]:
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


def _summary(found: Shown) -> str:
    from maxpressure.model.library import edited_keys

    extends = f"Extends {found.parent.name}. " if found.parent else ""
    edits = "; ".join(edited_keys(found.edit))
    return extends + (f"What it edits: {edits}." if edits else "It edits nothing.")


CASE_HELP = """Another case than North Korea 2016-2017: a folder of the same tables."""

CASE_CHECK_HELP = """Check the folder of a case, and say what is in it.

\b
DIR holds evidence/ (the seven tables) and assumptions.toml, and may hold
scenarios/, priors.toml, and what `maxpressure calibrate --case DIR` writes.
Every table, assumption, prior, draw and scenario is read; the record is lived
through once. The first that is wrong is refused with its file, line and column.

\b
Examples:
  maxpressure case check mine
  maxpressure run --case mine
  maxpressure calibrate --case mine

\b
Exit codes: 0 ready to be run, 2 bad input, named with what is allowed
"""

case_app = typer.Typer(help=CASE_HELP, no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@case_app.callback()
def case() -> None:
    """Answer for cases; without this, a single command would take the group's place."""


@case_app.command("check", help=CASE_CHECK_HELP)
def check_case(place: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the case.")]) -> None:
    """Read all of a case, say what is in it."""
    from maxpressure.cli.case_check import checked

    try:
        print("\n".join(checked(place)))
    except InputError as refusal:
        stop(str(refusal), 2)
