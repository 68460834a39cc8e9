"""The section of a report that compares its scenarios with the first, world by world under the same luck."""

from __future__ import annotations

import io
from typing import Final

import matplotlib as mpl
import pandas as pd

from maxpressure.base.html_text import Html, data_uri, html_table, joined, tag, unbroken
from maxpressure.report.comparison import finding, notes, other_weeks, pairs_in_words, sentences
from maxpressure.report.comparison_figure import comparison_figure
from maxpressure.report.comparison_report import Comparison, comparison
from maxpressure.report.picture import Told, csv_bytes
from maxpressure.report.sections import Section, figure_html, saved_as
from maxpressure.report.tables import HEADINGS, heading, row_cells, rows_of, times
from maxpressure.results.pairing import contrasts

KEY, HEADING = "comparison", "What each edit changes"
SIGNS: Final = "Each difference is scenario minus baseline, in the unit below its panel."
FEW: Final = 8
"""So many scenarios are told of in sentences that need not be unfolded."""


def comparison_section(told: Told) -> Section | None:
    """Finding, forest, a sentence for each scenario, the table; None for a single scenario."""
    if len(told.situations) < 2:
        return None
    files = told.results.files
    found = contrasts(files, files)
    if not found.scenarios:
        return Section(key=KEY, heading=HEADING, body=joined(tag("p", line) for line in other_weeks(found)))
    compared = comparison(told.results, told.results, told.case)
    said = tag("ul", *(tag("li", unbroken(line)) for line in sentences(compared.table)))
    if len(found.scenarios) > FEW:
        said = tag("details", tag("summary", "Each scenario in a sentence"), said)
    told_notes = notes(compared.table, told.results, told.results, found)
    how = tag("ul", *(tag("li", line) for line in (*compared.cautions, *told_notes)))
    numbers = [_table(rows, str(outcome)) for outcome, rows in _by_outcome(compared)]
    saved = saved_as("compare", csv_bytes(compared.table))
    body = [
        tag("h3", unbroken(finding(compared.table)), id="forest"),
        figure_html(
            _drawn(compared), _alt(compared), f"{pairs_in_words(compared.table, told.results)} {SIGNS}"
        ),
        said,
        tag("details", tag("summary", "The numbers"), *numbers, saved),
        tag("details", tag("summary", "How to read these differences"), how),
    ]
    return Section(key=KEY, heading=HEADING, body=joined(body))


def _by_outcome(compared: Comparison) -> list[tuple[object, pd.DataFrame]]:
    return list(compared.table.groupby("outcome", observed=True, sort=True))


def _table(rows: pd.DataFrame, outcome: str) -> Html:
    """The numbers of one outcome, a row for each scenario."""
    cells = [(str(row.scenario), *row_cells(row), f"{row.worlds:,}", times(row)) for row in rows_of(rows)]
    columns = ["scenario", *HEADINGS, "worlds", "fewer worlds by"]
    return html_table(pd.DataFrame(cells, columns=columns), heading(outcome))


def _drawn(compared: Comparison) -> str:
    written = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": KEY, "text.parse_math": False}):
        figure = comparison_figure(compared.table, "", "", [])
        figure.savefig(written, format="svg", metadata={"Date": None}, bbox_inches="tight")
    return data_uri("image/svg+xml", written.getvalue())


def _alt(compared: Comparison) -> str:
    outcomes = ", ".join(heading(str(outcome)) for outcome, _ in _by_outcome(compared))
    return f"A line for each scenario, left or right of no difference, for {outcomes}."
