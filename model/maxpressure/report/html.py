"""A report on a result folder: one file of HTML that needs no other file and no network, and as a PDF.

The section of a report that compares its scenarios with the first, world by world under the same luck.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib as mpl
import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.base.html_text import Html, data_uri, html_table, joined, tag, unbroken
from maxpressure.experiments.executors import counted
from maxpressure.experiments.folder import REPORTS, new_file
from maxpressure.model.case import Case
from maxpressure.report.comparison import (
    Comparison,
    comparison,
    notes,
    other_weeks,
    pairs_in_words,
    sentences,
)
from maxpressure.report.comparison import finding as difference
from maxpressure.report.pdf import write_pdf
from maxpressure.report.picture import Told, csv_bytes
from maxpressure.report.plot_comparison import comparison_figure
from maxpressure.report.plots import OF_STATES, made, told_of
from maxpressure.report.sections import (
    STYLE,
    Section,
    figure_html,
    limits_section,
    picture_html,
    provenance_section,
    reading_section,
    saved_as,
    scenarios_section,
)
from maxpressure.report.tables import HEADINGS, heading, row_cells, rows_of, times
from maxpressure.results.compare import contrasts
from maxpressure.results.results import Results
from maxpressure.results.weekly import bands, cautions, finding, recorded, worlds_in_words

SAFE: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser may load for a report: nothing but what is in it."""

WEEKLY: Final = ("fan", "ties", "trade", "concentration")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The sections of a report under its title."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]

    def page(self) -> str:
        """The report as one page of HTML."""
        head = tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", http_equiv="Content-Security-Policy", content=SAFE),
            tag("title", self.title),
            tag("style", Html(STYLE)),
        )
        entries = [tag("li", tag("a", one.heading, href=f"#{one.key}")) for one in self.sections]
        contents = tag("nav", tag("h2", "Contents", id="contents"), tag("ol", *entries))
        lead = [
            tag("p", unbroken(line), class_="lead" if place == 0 else "")
            for place, line in enumerate(self.lead)
        ]
        top = tag("header", tag("h1", self.title), *lead)
        body = tag("body", top, contents, tag("main", *(one.html() for one in self.sections)))
        return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def report_of(told: Told, *, progress: bool = False) -> Report:
    """The report on what is told."""
    compared = comparison_section(told)
    return Report(
        title=_title(told),
        lead=tuple(_lead(told)),
        sections=(
            scenarios_section(told),
            *([compared] if compared is not None else []),
            *_pictures(told, progress=progress),
            reading_section(told),
            limits_section(told),
            provenance_section(told),
        ),
    )


def save_report(
    results: Results,
    *,
    case: Case | None = None,
    out: str | Path | None = None,
    pdf: bool = False,
    progress: bool = True,
) -> tuple[Path, str]:
    """Write report.html, and report.pdf beside it; returns where, and what made the PDF, if anything.

    Raises InputError where the results are in no folder of this machine and no file is named, and NoPdfError where
    there is nothing that makes a PDF; the HTML is kept then.
    """
    place = results.folder / REPORTS[0] if out is None else Path(out)
    if place.suffix not in (".html", ".htm"):
        allowed = "a file that ends in .html; --pdf writes the PDF beside it"
        raise InputError(file=place, key="out", given=place.name, allowed=allowed)
    if not place.parent.is_dir():
        raise InputError(
            file=place, key="out", given=str(place.parent), allowed="a file in a folder that is there"
        )
    page = report_of(told_of(results, case), progress=progress).page()
    with new_file(place) as partial:
        partial.write_text(page, encoding="utf-8")
    if not pdf:
        return place, ""
    with new_file(place.with_suffix(".pdf")) as partial:
        return place, write_pdf(on_paper(page), partial)


def on_paper(page: str) -> str:
    """A report's page with all of it unfolded, and without what only a screen can save."""
    unfolded = re.sub(r"<details(?![^>]* open)", "<details open", page)
    return re.sub(r'<p class="screen">.*?</p>', "", unfolded)


def _title(told: Told) -> str:
    first, *others = (situation.scenario for situation in told.situations.values())
    if not others:
        return first.title
    return f"{first.title}, and {len(others)} other scenario{'s' if len(others) > 1 else ''}"


def _lead(told: Told) -> Iterator[str]:
    """What was found and what was run, in a few sentences."""
    found = bands(told.results, told.situations)
    record = recorded(told.situations.values(), told.case.assumptions.record.acts_until)
    yield f"{finding(found, record)}."
    manifest = told.results.manifest
    each = " of each scenario, under the same luck" if len(told.situations) > 1 else ""
    yield (
        f"{manifest.case}. {worlds_in_words(found)}{each}; seed {manifest.seed}. "
        f"Parameters, {manifest.parameters.standing}"
    )
    unfinished = manifest.worlds * len(manifest.names) - told.results.files.worlds
    if unfinished:
        yield f"Unfinished: {unfinished:,} worlds are still to be lived. Run the batch again for the rest."
    yield from cautions(told.situations)


def _pictures(told: Told, *, progress: bool) -> Iterator[Section]:
    """The pictures of all scenarios week by week, then those of the first one's states."""
    first = next(iter(told.situations))
    alone = Told(results=told.results, case=told.case, situations={first: told.situations[first]})
    single = len(told.situations) == 1
    weekly = [name for name in WEEKLY if not (single and name == "fan")]
    wanted: list[tuple[Told, str, str | None]] = [(alone, "wave", None)]
    wanted += [(told, name, None) for name in weekly]
    wanted += [(alone, name, first) for name in (*OF_STATES, "attributions")]
    drawn = {
        name: picture_html(made(whose, name, scenario))
        for whose, name, scenario in counted(wanted, unit="pictures", progress=progress)
    }
    by_week = joined(drawn[name] for name in ("wave", *weekly))
    yield Section(key="weeks", heading="Week by week", body=by_week)
    more = (
        [tag("p", f"These are of {first}, the first scenario. maxpressure plot draws those of the others.")]
        if not single
        else []
    )
    of_states = [drawn[name] for name in (*OF_STATES, "attributions")]
    yield Section(key="states", heading="State by state", body=joined([*more, *of_states]))


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
        tag("h3", unbroken(difference(compared.table)), id="forest"),
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
