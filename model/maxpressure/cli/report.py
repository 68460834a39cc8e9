"""The command that writes a report on a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxpressure.cli.options import CASE, ending, stop

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
