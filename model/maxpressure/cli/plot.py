"""The command that draws the pictures of a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import CASE, ending

PLOT_HELP = """Draw the pictures of a result folder, each with its numbers beside it.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. Written to
OUT/pictures, or to DIR: for each picture a PNG and a CSV of what it shows.

\b
Of all scenarios together:
  wave           acts week by week, with tests, resolutions and the record
  fan            the same on one pair of axes, each line named at its end
  ties           ties alive by kind, with the record
  trade          trade and exports left, % of 2016
  concentration  the first patron's share of trade, index of partners
Of each scenario:
  map-acts       a tile a state: in how many worlds it acted
  map-rungs      a tile a state: the rungs its ties are left on
  heat           states by weeks: who had acted by when, recorded acts marked
  accounts       acts by month, by what they were due to

\b
Examples:
  maxpressure plot outputs/max-pressure-2017
  maxpressure plot outputs/class --picture map-acts --picture heat
  maxpressure plot outputs/all-scenarios --scenario no-campaign --out slides

\b
What was not kept cannot be drawn; it is said, and the rest is drawn.

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
  130  interrupted: pictures that were finished are there
"""


def plot(
    results: Annotated[str, typer.Argument(metavar="OUT", help="A result folder, or its URL.")],
    *,
    picture: Annotated[
        list[str] | None, typer.Option(help="Only this picture; may be repeated.", metavar="NAME")
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this scenario; may be repeated.", metavar="NAME")
    ] = None,
    case: CASE = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder, in place of OUT/pictures.", metavar="DIR")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no words.")] = False,
) -> None:
    """Draw the pictures, say what was written."""
    from maxpressure.model.case import load_case
    from maxpressure.report.plots import save_pictures
    from maxpressure.results.results import load

    with ending("pictures that were finished are there."):
        saved = save_pictures(
            load(results),
            case=load_case(case),
            names=picture or (),
            scenarios=scenario or (),
            out=out,
            progress=not quiet,
        )
        if quiet:
            return
        print(f"{len(saved.files) // 2} pictures, each with its table: {saved.folder}")
        for one in saved.absent:
            print(f"Not drawn: {one.name}, since {one.why}.")
