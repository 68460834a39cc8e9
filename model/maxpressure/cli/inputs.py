"""The command that lists the dated inputs, by which a scenario refers to what it edits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from maxpressure.base.text import plural, wrapped
from maxpressure.cli.as_json import JSON, print_json
from maxpressure.cli.completion import input_names, kind_names
from maxpressure.cli.options import CASE, ending, next_command, terminal_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from maxpressure.model.listed_inputs import ListedInput

INPUTS_HELP = """List the dated inputs: tests, resolutions, requests, visits.

\b
Each has its date, kind, the word by which a scenario refers to it (its name,
or for a request its id), what was asked, the states it named and the shipped
scenarios that edit it. A kind is meant by one of its words: test is every
kind of test.

\b
Examples:
  maxpressure inputs
  maxpressure inputs --kind test --kind resolution
  maxpressure inputs --kind request --json
  maxpressure inputs "UNSCR 2375" Q119
"""


def inputs(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", autocompletion=input_names, help="Only these, by name or id; by default all."
        ),
    ] = None,
    *,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this kind, such as test, request or resolution; may be repeated.",
            metavar="KIND",
            autocompletion=kind_names,
        ),
    ] = None,
    case: CASE = None,
    as_json: JSON = False,
) -> None:
    """Print the inputs by date."""
    from maxpressure.model.case import load_case
    from maxpressure.model.listed_inputs import listed_inputs

    with ending("nothing was changed."):
        found = listed_inputs(load_case(case), tuple(kind or ()), tuple(names or ()))
        if as_json:
            print_json("inputs", inputs=[asdict(one) for one in found])
            return
        print("\n".join(_lines(found, terminal_width())))
        print(f'\n{plural(len(found), "input")}. Write one into a scenario: without = ["{found[0].id}"]')
        print(next_command("scenarios", "new", "mine"))


def _lines(found: Sequence[ListedInput], width: int) -> Iterator[str]:
    """A line for each input; below it the states and the scenarios that edit it."""
    for one in found:
        named = "" if one.id == one.name else f": {one.name}"
        states = f" [{', '.join(one.states)}]" if one.states else ""
        yield from wrapped(f"{one.date}  {one.kind}  {one.id}{named}{states}", width, indent=" " * 12)
        if one.edited_by:
            yield from wrapped(
                f"edited by {', '.join(one.edited_by)}", width, first=" " * 12, indent=" " * 14
            )
