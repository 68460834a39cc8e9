"""The report on a result folder: one HTML file that needs no other file and no network, and the same as a PDF.

The page is ``report.html.j2``, filled by Jinja2 with autoescape: whatever comes from a user's file is text there and
never markup. Each function below returns what one section of the template shows.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import jinja2
import matplotlib as mpl
import pandas as pd
import pyarrow.dataset as ds
from markupsafe import Markup

from maxpressure.base import cautions as known
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.text import cells, csv_bytes, joined
from maxpressure.base.ties import TIES
from maxpressure.base.toml import toml_text
from maxpressure.evidence.headline import load_headline, sensitivity_to_record
from maxpressure.experiments.executors import counted
from maxpressure.experiments.folder import REPORTS, check_own, resolved
from maxpressure.experiments.swap import new_file
from maxpressure.model.case import Case
from maxpressure.model.library import described, edit_of
from maxpressure.report import first_page
from maxpressure.report.comparison import (
    Comparison,
    comparison,
    notes,
    other_weeks,
    pairs_in_words,
    sentences,
)
from maxpressure.report.comparison import finding as difference
from maxpressure.report.differences import HEADINGS, heading, row_cells, rows_of, times
from maxpressure.report.pdf import write_pdf
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_differences import comparison_figure
from maxpressure.report.plots import OF_ALL, OF_PAIRS, OF_STATES, Absent, picture_of, with_case
from maxpressure.results.beside import Beside, beside
from maxpressure.results.compare import Contrasts, contrasts
from maxpressure.results.results import Results
from maxpressure.scenario import Scenario

DIGEST_SHOWN: Final = 16
FEW: Final = 8
"""Up to so many scenarios have their sentences unfolded."""

Content = dict[str, Any]


def limits(status: str, patrons: Sequence[str], *, ships: bool) -> tuple[str, ...]:
    """What may not be concluded, by the parameters' ``status``, from worlds with these patrons.

    ``ships`` is the case that comes with the model, whose checks are published.
    """
    path = f"{joined(patrons)} {'follows' if len(patrons) == 1 else 'follow'} the path that a scenario sets."
    unseen = "The fit to weeks that the calibration did not use is in calibration/README.md."
    records = [f"By record: {one}" for one in sensitivity_to_record(load_headline())] if ships else []
    return (
        known.NO_FORECAST,
        known.NOT_DISARMAMENT,
        known.FITS.get(status, known.UNKNOWN_FIT),
        *([unseen] if ships else []),
        known.CONTAGION,
        known.REQUESTS,
        *records,
        known.ASSUMED,
        f"{path} The model does not ask whether anybody could have moved them to it.",
        "The probability of an act over many worlds does not explain one state’s act. For that use maxpressure twin.",
    )


# ---- the page and its files


def report_page(
    source: CaseResults, scenario: str | None = None, *, paper: bool = False, progress: bool = False
) -> str:
    """The report on these results as one page of HTML, or on ``paper`` with the tables of numbers in an annex.

    It begins with the ``scenario``, by default the last, beside the first, which is the baseline.
    """
    return _rendered(_content(source, scenario, progress=progress), paper=paper)


def _content(source: CaseResults, scenario: str | None, *, progress: bool) -> Content:
    """What every section of the template shows."""
    asked = beside(source.results, scenario)
    several = len(source.situations) > 1
    compared = _compared(source) if several else None
    table = compared.table if isinstance(compared, Comparison) else None
    weekly, of_states = _pictures(source, asked, progress=progress)
    headings = {
        "scenarios": "The questions and the edits" if several else "The question and the edit",
        "comparison": "What each edit changes",
        "states": "State by state",
        "weeks": "Week by week",
        "reading": "How to read it",
        "limits": "What may not be concluded",
        "provenance": "Where it comes from",
    }
    span = source.case.assumptions.record
    patrons = [source.case.evidence.state(iso3).name for iso3 in source.case.assumptions.case.patrons]
    status = source.results.manifest.parameters.status
    own = source.situations[asked.scenario].scenario
    against = source.situations[asked.against].scenario if asked.against else None
    drawn = first_page.picture(source, asked)
    return {
        "title": first_page.title(own, against),
        "summary": {
            "headline": first_page.headline(source, asked, table),
            "question": own.question or own.title,
            "changed": data_table(first_page.changed(source, asked, table)),
            "where": list(first_page.where(source, asked)),
            "limits": first_page.LIMITS,
            "notes": list(first_page.notes(source, asked)),
            "figure": _figure(drawn) if drawn else None,
        },
        "headings": {key: words for key, words in headings.items() if key != "comparison" or compared},
        "scenarios": [_scenario(one.scenario, source.case) for one in source.situations.values()],
        "asked": asked.scenario,
        "comparison": _comparison(source, compared) if compared else None,
        "weekly": weekly,
        "of_states": of_states,
        "ties": joined(TIES),
        "record": (
            f"What states did from {span.origin} to {span.acts_until}, as coded in the evidence of the case. Each row "
            "has its source."
        ),
        "limits": limits(status, patrons, ships=source.case.ships),
        "provenance": data_table(pd.DataFrame(_provenance(source), columns=["what", "value"]), numbers=False),
    }


def _rendered(content: Content, *, paper: bool) -> str:
    """The page on screen, or on paper."""
    return _environment().get_template("report.html.j2").render(content, paper=paper)


SIGN: Final = b'<meta name="generator" content="maxpressure">'
"""By this a report is known as one."""


def save_report(
    results: Results,
    *,
    case: Case | None = None,
    scenario: str | None = None,
    out: str | Path | None = None,
    pdf: bool = False,
    progress: bool = True,
) -> tuple[Path, str]:
    """Write report.html, and report.pdf beside it; returns the path, and the program that made the PDF, if any.

    It begins with the ``scenario``, by default the last, beside the first, which is the baseline.

    Raises InputError where the results are in no folder of this machine and no file is named, and NoPdfError where
    nothing on this machine makes a PDF; the HTML is kept then.
    """
    path = resolved(results.folder / REPORTS[0] if out is None else out, "report")
    paper = path.with_suffix(".pdf") if path.name else path
    if path.suffix not in (".html", ".htm") or path.is_dir():
        allowed = "a file that ends in .html; --pdf writes the PDF beside it"
        given = Wrong("is a folder" if path.is_dir() else "has another ending")
        raise InputError(file=path, key="out", given=given, allowed=allowed)
    if not path.parent.is_dir():
        given = Wrong("lies in a folder that is not there")
        raise InputError(file=path, key="out", given=given, allowed="a file in an existing folder")
    if out is not None:
        check_own(path, SIGN, paper if pdf else path)
    with new_file(path) as partial:
        content = _content(with_case(results, case), scenario, progress=progress)
        partial.write_text(_rendered(content, paper=False), encoding="utf-8")
    if not pdf:
        return path, ""
    with new_file(paper) as partial:
        return path, write_pdf(_rendered(content, paper=True), partial)


@cache
def _environment() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    made = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    made.filters["unbroken"] = unbroken
    return made


def unbroken(text: str) -> Markup:
    """Text in which words with hyphens, such as names of scenarios, and percentages are kept on one line."""
    parts = re.split(r"(\w+(?:-\w+)+)", text.replace(" %", "\N{NO-BREAK SPACE}%"))
    whole = Markup('<span class="whole">{}</span>')
    return Markup("").join(whole.format(part) if index % 2 else part for index, part in enumerate(parts))


def data_table(table: pd.DataFrame, caption: str = "", *, numbers: bool = True) -> Content:
    """A table for the page: the first column names its rows; with ``numbers``, columns of numbers stand right."""
    columns, *rows = cells(table)
    numeric = [
        bool(index and rows and numbers and all(_is_number(row[index]) for row in rows))
        for index in range(len(columns))
    ]
    return {"caption": caption, "columns": columns, "numeric": numeric, "rows": rows}


def _is_number(cell: str) -> bool:
    """Whether a cell holds a number, with a sign, an interval or a unit, or the dash for none."""
    return cell[:1].isdigit() or (cell != "" and cell[0] in "+−-—±<>")


def _data_uri(kind: str, content: bytes) -> str:
    """A file's content as an address, so that the page needs no other file."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _csv(name: str, table: pd.DataFrame) -> Content:
    return {"name": name, "source": _data_uri("text/csv", csv_bytes(table))}


# ---- the questions


def _scenario(scenario: Scenario, case: Case) -> Content:
    """The question of a scenario, why it is asked, and what it edits."""
    parent, edit = _edit(scenario, case)
    window = scenario.window
    last = window.end - dt.timedelta(days=1)
    return {
        "name": scenario.name,
        "title": scenario.title,
        "question": scenario.question or scenario.title,
        "weeks": f"{window.weeks} weeks, {window.start} to {last}.",
        "why": [paragraph for paragraph in scenario.why.strip().split("\n\n") if paragraph],
        "parent": parent,
        "edit": toml_text(edit) if edit else "",
    }


def _edit(scenario: Scenario, case: Case) -> tuple[str, Mapping[str, object]]:
    """The name of a scenario's parent and what differs from it.

    A folder holds each scenario with all that it extends merged in, so the parent is known only of those that
    ship as they were run; all others are compared with the record.
    """
    try:
        shipped = described(case, scenario.name)
    except InputError:
        return "the record", edit_of(scenario, case.record())
    if shipped.parent is None or shipped.scenario.text() != scenario.text():
        return "the record", edit_of(scenario, case.record())
    return shipped.parent.name, edit_of(scenario, shipped.parent)


# ---- the comparison with the first scenario, world by world


def _compared(source: CaseResults) -> Comparison | Contrasts:
    """The scenarios compared with the first, or only what cannot be compared with it."""
    files = source.results.files
    found = contrasts(files, files)
    if not found.scenarios:
        return found
    return comparison(source.results, source.results, source.case, situations=source.situations)


def _comparison(source: CaseResults, compared: Comparison | Contrasts) -> Content:
    """Finding, forest, a sentence for each scenario, the tables, how to read them."""
    if isinstance(compared, Contrasts):
        return {"not_compared": other_weeks(compared)}
    outcomes = list(compared.table.groupby("outcome", observed=True, sort=True))
    listed = ", ".join(heading(str(outcome)) for outcome, _ in outcomes)
    return {
        "not_compared": [],
        "finding": difference(compared.table),
        "figure": {
            "source": _forest(compared),
            "alt": f"A line for each scenario, left or right of no difference, for {listed}.",
            "caption": (
                f"{pairs_in_words(compared.table, source.results)} Each difference is scenario minus baseline, in the "
                "unit below its panel."
            ),
        },
        "sentences": list(sentences(compared.table)),
        "folded": len(compared.found.scenarios) > FEW,
        "tables": [_differences(rows, str(outcome)) for outcome, rows in outcomes],
        "file": _csv("compare", compared.table),
        "notes": [
            *compared.cautions,
            *notes(compared.table, source.results, source.results, compared.found),
        ],
    }


def _differences(rows: pd.DataFrame, outcome: str) -> Content:
    """The differences in one outcome, a row for each scenario."""
    cells = [(str(row.scenario), *row_cells(row), f"{row.worlds:,}", times(row)) for row in rows_of(rows)]
    columns = ["scenario", *HEADINGS, "worlds", "fewer worlds by"]
    return data_table(pd.DataFrame(cells, columns=columns), heading(outcome))


def _forest(compared: Comparison) -> str:
    written = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "comparison", "text.parse_math": False}):
        figure = comparison_figure(compared.table, "", "", [])
        figure.savefig(written, format="svg", metadata={"Date": None})
    return _data_uri("image/svg+xml", written.getvalue())


# ---- pictures


def _pictures(source: CaseResults, asked: Beside, *, progress: bool) -> tuple[list[Content], list[Content]]:
    """The pictures of all scenarios week by week, and for each scenario those of its states.

    The scenario that is asked for comes first and the baseline second; the others are folded.
    """
    alone = replace(source, situations={asked.scenario: source.situations[asked.scenario]})
    weekly = [name for name in OF_ALL if name != "fan" or len(source.situations) > 1]
    order = list(dict.fromkeys(filter(None, (asked.scenario, asked.against, *source.situations))))
    shown = order[: 2 if asked.against else 1]
    wanted = [(alone if name == "wave" else source, name, "") for name in weekly]
    of_states: list[Content] = []
    for name in order:
        pairs = OF_PAIRS if beside(source.results, name).against else ()
        kinds = [*pairs, *(OF_STATES if name in shown or len(order) <= FEW or not pairs else ())]
        of_states.append({"scenario": name, "folded": name not in shown, "pictures": len(kinds)})
        wanted += [(source, kind, name) for kind in kinds]
    drawn = iter(
        [
            _picture(picture_of(whose, name, scenario))
            for whose, name, scenario in counted(wanted, unit="pictures", progress=progress)
        ]
    )
    first = list(islice(drawn, len(weekly)))
    return first, [one | {"pictures": list(islice(drawn, one["pictures"]))} for one in of_states]


def _picture(one: Picture | Absent) -> Content:
    """A picture under its finding, with how to read it, a short table, and all its numbers to be saved."""
    if isinstance(one, Absent):
        return {"name": one.name, "absent": one.why}
    return {
        "name": one.name,
        "absent": "",
        "title": one.title,
        **_figure(one),
        "table": data_table(one.excerpt),
        "file": _csv(one.name, one.table),
    }


def _figure(one: Picture) -> Content:
    return {
        "source": _data_uri("image/svg+xml", one.file("svg", words=False)),
        "alt": one.alt,
        "caption": f"{one.subtitle} {one.notes}",
    }


# ---- where it comes from


def _provenance(source: CaseResults) -> Iterator[tuple[str, str]]:
    manifest, files = source.results.manifest, source.results.files
    worlds, asked = files.worlds, manifest.worlds * len(manifest.names)
    failed = files.dataset("worlds").count_rows(filter=ds.field("status") == "failed")
    yield "case", manifest.case
    yield "worlds of each scenario", f"{manifest.worlds:,}"
    yield "finished", f"{worlds:,} of {asked:,}" + (f", {failed:,} of them failed" if failed else "")
    yield "seed", str(manifest.seed)
    yield "parameters", manifest.parameters.standing
    yield "parameter draws", f"{manifest.draws:,}"
    yield "engine", manifest.engine
    yield "command", manifest.command
    yield "started", f"{manifest.started:%Y-%m-%d %H:%M} UTC"
    yield "ended", f"{manifest.ended:%Y-%m-%d %H:%M} UTC"
    yield "versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    digests = (manifest.evidence, manifest.assumptions, manifest.code, manifest.draws_digest)
    for name, digest in zip(("evidence", "assumptions", "program", "draws"), digests, strict=True):
        if digest:
            yield f"digest of the {name}", digest[:DIGEST_SHOWN]
