"""The command that compares scenarios world by world.

The command that draws the pictures of a result folder.

The command that writes a report on a result folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import CASE, WIDEST, ending, stop

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
    from maxpressure.report.comparison import comparison
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
  map-levels     a tile a state: the levels its ties are left on
  heat           states by weeks: who had acted by when, recorded acts marked
  attributions   acts by month, by what they were due to

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


REPORT_HELP = """Write a report on a result folder: one file that explains itself.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. The report is
one page of HTML with its pictures and numbers in it; it needs no network and
can be sent as it is. It holds the questions and the edits, the pictures each
with its table, how to read them, what may not be concluded, and what is
needed to make the results again. Written to OUT/report.html, or to FILE.

\b
With --pdf also as a PDF beside it, made by WeasyPrint if it is installed
(pip install 'maxpressure[report]'), else by Chromium, Chrome, Edge or Brave.

\b
Examples:
  maxpressure report outputs/max-pressure-2017
  maxpressure report outputs/class --pdf
  maxpressure report outputs/class --out class.html

\b
Exit codes:
  0    done
  1    something broke that is not your input, such as a full disk; or there
       is nothing that makes a PDF: the HTML is there, and it is said what
       to install
  2    bad input, named with what is allowed
  130  interrupted: no half-written file is left
"""


def report(
    results: Annotated[str, typer.Argument(metavar="OUT", help="A result folder, or its URL.")],
    *,
    pdf: Annotated[bool, typer.Option("--pdf", help="A PDF beside the HTML.")] = False,
    case: CASE = None,
    out: Annotated[
        Path | None, typer.Option(help="The file, in place of OUT/report.html.", metavar="FILE")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar and no words.")] = False,
) -> None:
    """Write the report, say where it is."""
    from maxpressure.model.case import load_case
    from maxpressure.report.html import save_report
    from maxpressure.report.pdf import NoPdfError
    from maxpressure.results.results import load

    with ending("no half-written file is left."):
        try:
            place, made_by = save_report(
                load(results), case=load_case(case), out=out, pdf=pdf, progress=not quiet
            )
        except NoPdfError as fault:
            stop(f"{fault}. The HTML is there.", 1)
        if not quiet:
            print(f"Report: {place}")
            if made_by:
                print(f"PDF, by {made_by}: {place.with_suffix('.pdf')}")
