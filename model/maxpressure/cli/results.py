"""The commands on a folder of results: compare its scenarios, draw its pictures, write a report on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxpressure.base.text import plural, wrapped
from maxpressure.cli.as_json import JSON, about, print_json
from maxpressure.cli.completion import scenario_names
from maxpressure.cli.options import (
    CASE,
    QUIET,
    RESULTS,
    VERBOSE,
    ending,
    exit_codes,
    next_command,
    next_commands,
    out_option,
    stop,
    terminal_width,
)

# ---- describe

DESCRIBE_HELP = """Print what a folder of results holds: outcomes of each scenario.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. For each
scenario and outcome: the mean with its Monte Carlo error, and the median and
5-95 % range of the worlds. Nothing is written.

\b
Examples:
  maxpressure describe outputs/max-pressure-2017
  maxpressure describe outputs/class --json
"""


def describe(results: RESULTS, *, as_json: JSON = False) -> None:
    """Print the outcomes of each scenario."""
    from maxpressure.base.text import from_here
    from maxpressure.results.results import load

    with ending("nothing was changed."):
        found = load(results)
        if as_json:
            print_json("describe", **about(found), outcomes=found.describe(), manifest=found.manifest.plain())
            return
        print(found.text(terminal_width()))
        place = from_here(found.place)
        first = [("compare", place)] if len(found.manifest.names) > 1 else []
        print(next_commands(*first, ("export", place)))


# ---- compare

COMPARE_HELP = """Compare scenarios world by world (common random numbers).

\b
OUT is a folder that `maxpressure run` or `maxpressure batch` wrote. Each of
its scenarios is compared with the first, or with that of --against; with
OTHER, with a scenario of that folder. World w is paired with world w: both
use the same random numbers, so the difference is due to the policy. The four
planned outcomes are always shown, and trade and exports lost over all weeks;
these and the outcomes of --outcome are exploratory.

\b
Examples:
  maxpressure compare outputs/all-scenarios
  maxpressure compare outputs/all-scenarios --against no-campaign
  maxpressure compare outputs/mine --outcome hhi --outcome week_of_act_30
  maxpressure compare outputs/mine outputs/max-pressure-2017
  maxpressure compare outputs/nested --split

\b
Two folders pair if case, seed, draws, evidence, assumptions and program are
the same; engine, workers and date may differ. --split needs several worlds
of each posterior draw, as from run --draws 50 --worlds 1000.

\b
Written to OUT/compare, or to DIR; an earlier comparison there is replaced:
  compare.csv  a row for each scenario and outcome
  compare.md   the table as Markdown, with its notes
  compare.png  the differences with their intervals, and the numbers
"""


def compare(
    out: RESULTS,
    other: Annotated[
        str | None, typer.Argument(metavar="OTHER", help="The folder of the baseline, if another.")
    ] = None,
    *,
    against: Annotated[
        str | None,
        typer.Option(
            help="The baseline; by default the first scenario.",
            metavar="SCENARIO",
            autocompletion=scenario_names,
        ),
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="An outcome besides the four; may be repeated.", metavar="NAME"),
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="Split the variance into parameters and chance.")
    ] = False,
    case: CASE = None,
    write_to: Annotated[Path | None, out_option("OUT/compare", "The folder to write to")] = None,
    quiet: QUIET = False,
    verbose: VERBOSE = False,
    as_json: JSON = False,
) -> None:
    """Compare, write the files, print the table."""
    from maxpressure.base.text import from_here
    from maxpressure.model.case import load_case
    from maxpressure.report.comparison import comparison, comparison_folder
    from maxpressure.results.results import load

    with ending("the folder is as it was before."):
        results = load(out)
        baseline = results if other is None else load(other)
        output = comparison_folder(results, write_to)
        with output.claimed():
            found = comparison(
                results, baseline, load_case(case), outcomes=outcome or (), against=against, split=split
            )
            folder = found.save(output.path)
        if as_json:
            print_json(
                "compare",
                **about(results),
                against=found.found.against,
                left_out=found.found.left_out,
                differences=found.table,
                cautions=found.cautions,
                written=folder,
            )
        elif not quiet:
            print(found.text(terminal_width()))
            if verbose and results.manifest.parameters.fitted:
                print("\n".join(wrapped(found.provenance, terminal_width(), whole=True)))
            print(f"Written to {from_here(str(folder))}")
            print(next_command("report", out))


# ---- plot

PLOT_HELP = """Draw the pictures of a folder of results, each with its numbers beside it.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. Written to
OUT/pictures, or to DIR: for each picture a PNG and a CSV of its numbers.

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
  heat           states by weeks: who had acted by when; recorded acts marked
  attributions   acts by month, by what they were due to
Of each scenario beside the first, the baseline:
  map-difference          a tile a state: how much more or less often it acts
  attribution-difference  acts by what they are due to, less the baseline's

\b
Examples:
  maxpressure plot outputs/max-pressure-2017
  maxpressure plot outputs/class --picture map-acts --picture heat
  maxpressure plot outputs/all-scenarios --scenario no-campaign --out slides

\b
A picture whose data were not kept is named with the reason; the others are
drawn.
"""


def plot(
    results: RESULTS,
    *,
    picture: Annotated[
        list[str] | None, typer.Option(help="Only this picture; may be repeated.", metavar="NAME")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this scenario; may be repeated.",
            metavar="NAME",
            autocompletion=scenario_names,
        ),
    ] = None,
    case: CASE = None,
    out: Annotated[Path | None, out_option("OUT/pictures", "The folder to write to")] = None,
    quiet: QUIET = False,
) -> None:
    """Draw the pictures, say what was written."""
    from maxpressure.model.case import load_case
    from maxpressure.report.plots import save_pictures
    from maxpressure.results.results import load

    with ending("the finished pictures are kept. Run the same command again."):
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
        print(f"{plural(len(saved.files) // 2, 'picture')}, each with its table: {saved.folder}")
        for one in saved.absent:
            print(f"Not drawn: {one.name}, since {one.why}.")
        print(next_command("report", results))


# ---- report

REPORT_HELP = """Write a report on a folder of results: one HTML file, complete in itself.

\b
OUT is a folder that maxpressure run or batch wrote, or its URL. The report
needs no network and can be sent as it is. It begins with a summary of one
scenario, by default the last, beside the first, which is the baseline. Then
come the questions and edits, each picture with its table, how to read them,
what may not be concluded, and how to make the results again. Written to
OUT/report.html, or to FILE.

\b
--pdf also writes a PDF beside it, made by WeasyPrint if it is installed
(pip install 'maxpressure[report]'), else by Chromium, Chrome, Edge or Brave.

\b
Examples:
  maxpressure report outputs/max-pressure-2017
  maxpressure report outputs/class --pdf
  maxpressure report outputs/class --scenario no-campaign
  maxpressure report outputs/class --out class.html
"""
REPORT_EXITS = exit_codes(
    "no half-written file is left",
    one="failed for another reason, or nothing can make a PDF: the HTML is there",
)


def report(
    results: RESULTS,
    *,
    scenario: Annotated[
        str | None, typer.Option(help="The scenario to begin with; by default the last.", metavar="NAME")
    ] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="A PDF beside the HTML.")] = False,
    case: CASE = None,
    out: Annotated[Path | None, out_option("OUT/report.html", "The file", "FILE")] = None,
    quiet: QUIET = False,
) -> None:
    """Write the report, say where it is."""
    from maxpressure.model.case import load_case
    from maxpressure.report.html import save_report
    from maxpressure.report.pdf import NoPdfError
    from maxpressure.results.results import load

    with ending("no half-written file is left. Run the same command again."):
        try:
            file, made_by = save_report(
                load(results), case=load_case(case), scenario=scenario, out=out, pdf=pdf, progress=not quiet
            )
        except NoPdfError as fault:
            stop(f"{fault}. The HTML is there.", 1)
        if not quiet:
            print(f"Report: {file}. Next: open it in a browser.")
            if made_by:
                print(f"PDF, by {made_by}: {file.with_suffix('.pdf')}")
