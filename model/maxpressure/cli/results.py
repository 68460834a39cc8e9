"""The command that compares scenarios world by world."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import CASE, WIDEST, ending

COMPARE_HELP = """Compare scenarios world by world under the same luck.

\b
OUT is a folder that `maxpressure run` or `maxpressure batch` wrote. Each of
its scenarios is compared with the first, or with the one named by --against;
with OTHER, with a scenario of that folder. World w pairs with world w, so
the difference is the policy's doing. The four outcomes fixed in advance are
always shown, others named by --outcome are exploratory.

\b
Examples:
  maxpressure compare outputs/all-scenarios
  maxpressure compare outputs/all-scenarios --against no-campaign
  maxpressure compare outputs/mine --outcome hhi --outcome week_of_act_30
  maxpressure compare outputs/mine outputs/max-pressure-2017
  maxpressure compare outputs/nested --split

\b
Two folders pair if case, seed, draws, evidence, assumptions and program are
the same; when, by which engine and on how many workers they were made does
not matter. --split tells parameters from chance and needs several worlds of
each parameter draw, as by run --draws 50 --worlds 1000.

\b
Written to OUT/compare, or to DIR; an earlier comparison there is replaced:
  compare.csv  a row for each scenario and outcome
  compare.md   the table as Markdown, with its notes
  compare.png  the differences with their intervals, and the numbers

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk
  2    bad input, named with what is allowed
  130  interrupted: the folder is as it was before
"""


def compare(
    out: Annotated[str, typer.Argument(metavar="OUT", help="A folder of results, or a URL.")],
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The folder with the baseline, if another.")
    ] = None,
    *,
    against: Annotated[
        str | None, typer.Option(help="The baseline; by default the first scenario.", metavar="SCENARIO")
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="An outcome besides the four; may be repeated.", metavar="NAME"),
    ] = None,
    split: Annotated[bool, typer.Option("--split", help="Tell parameters from chance.")] = False,
    case: CASE = None,
    write_to: Annotated[
        Path | None,
        typer.Option("--out", help="The folder to write to, in place of OUT/compare.", metavar="DIR"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Write the files and no words.")] = False,
) -> None:
    """Compare, write the files, print the table."""
    from maxpressure.model.case import load_case
    from maxpressure.report.comparison_report import comparison
    from maxpressure.report.summary import from_here
    from maxpressure.results.results import load

    with ending("the folder is as it was before."):
        results = load(out)
        baseline = results if other is None else load(other)
        found = comparison(
            results, baseline, load_case(case), outcomes=outcome or (), against=against, split=split
        )
        place = found.write(write_to)
        if not quiet:
            print("\n".join(found.lines(min(shutil.get_terminal_size().columns, WIDEST))))
            print(f"Written to {from_here(str(place))}")
