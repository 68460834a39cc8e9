"""The sections of a report, each a piece of HTML made from results.

What a report says of any results: how to read it, and what may not be concluded from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.errors import InputError
from maxpressure.base.html_text import Html, data_uri, html_table, joined, tag, unbroken
from maxpressure.base.toml import toml_text
from maxpressure.model.case import Case
from maxpressure.model.library import edit_of, shown
from maxpressure.report.picture import Picture, Told, csv_bytes
from maxpressure.report.plots import Absent
from maxpressure.results.weekly import NOT_SEPARATED
from maxpressure.scenario import Scenario

READING: Final = {
    "World": (
        "One simulated history of the states of the case, week by week. World number w has the same luck in every "
        "scenario, so what differs between scenarios in world w is the doing of the edit and not of luck."
    ),
    "Scenario": "The record of tests, resolutions, requests and the rest, with an edit.",
    "Act": "All that one third state cuts of its ties with the target in one week.",
    "Tie and level": (
        "Diplomatic, trade, finance, military, labour, travel; each stands on level 3 (full), 2 (reduced), "
        "1 (residual) or 0 (none). An act lowers at least one tie by at least one level."
    ),
    "Third state": "Any state but the target, its patrons and the principals of the campaign.",
    "Median and band": (
        "Half of the worlds have more than the median and half less; nine worlds in ten lie in the wide band, half "
        "of them in the narrow one. A band holds luck and, under a posterior, what is not known of the parameters."
    ),
    "± and intervals": (
        "They are Monte Carlo errors: how far a mean over so many worlds may be from that over endlessly many. More "
        "worlds make them small; they say nothing of whether the model is right. A ± is one standard error."
    ),
    "Account": (
        "What the hazard at an act was due to, split among its causes in that week with the history held fixed. A "
        "run without a cause may lose more or less than its share."
    ),
}
"""Words of this report and what they mean."""

FITTED: Final = (
    "The parameters were fitted to the record that is drawn beside the worlds, "
    "so agreement with it is no test."
)
UNFITTED: Final = {
    "prior": (
        "The parameters were drawn from priors and fitted to nothing. That worlds are unlike the record says little "
        "against the rule, and likeness says little for it."
    ),
    "borrowed": (
        "The parameters were fitted to the record of another case. Whether the states of this one weigh things alike "
        "is not known."
    ),
}
"""What the standing of the parameters forbids to conclude, where it is not that they have seen the record."""

UNKNOWN: Final = (
    "The parameters come from a file whose maker alone knows whether they have seen the record that is drawn beside "
    "the worlds."
)

OF_ANY: Final = (
    f"As to contagion, {NOT_SEPARATED}.",
    "Requests were made, and made public, where success was near, so their effect is an upper bound.",
    "Thaw, restoration, attrition, courtship and backfill are assumed: the record holds next to nothing on them.",
)


def limits(status: str, patrons: Sequence[str], *, ships: bool) -> tuple[str, ...]:
    """What may not be concluded, by the parameters' ``status``, from worlds with these patrons.

    ``ships`` is the case that comes with the model, whose checks are published.
    """
    follow = "follows" if len(patrons) == 1 else "follow"
    path = f"{' and '.join(patrons)} {follow} the path that a scenario sets."
    unseen = "How the rule does on weeks that it has not seen is in calibration/README.md."
    return (
        "This report tells what follows from a rule and an edited past. It is not a forecast.",
        "More break-offs are not disarmament, and what the pressure cost civilians is outside the model.",
        FITTED if status in ("posterior", "map") else UNFITTED.get(status, UNKNOWN),
        *([unseen] if ships else []),
        *OF_ANY,
        f"{path} Whether anybody could have been moved to it is not asked.",
        "How likely an act is over many worlds says little of one state. Of a state’s own act ask maxpressure twin.",
    )


STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem 1.2rem 4rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1, h2, h3 { text-wrap: balance; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1.2rem 0 .4rem; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 2.8rem 0 .6rem; padding-top: .6rem; border-top: 2px solid #1a1a1a; }
h3 { font-size: 1.1rem; line-height: 1.35; margin: 2rem 0 .4rem; }
p, ul, ol, dl { max-width: 46rem; }
a { color: #005a8e; }
.quiet, figcaption, caption { color: #555; font-size: .88rem; line-height: 1.45; }
.lead { font-size: 1.1rem; }
nav ol { columns: 2; padding-left: 1.3rem; }
figure { margin: 0 0 .6rem; }
img { display: block; width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; }
th, td { padding: .25rem .7rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #e2e2e2; }
thead th { border-bottom: 1.5px solid #555; }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
tbody th { font-weight: 600; }
.long tbody th { min-width: 9rem; }
.scroll { overflow-x: auto; max-width: 100%; }
details { margin: .4rem 0 1rem; }
summary { cursor: pointer; color: #005a8e; }
details.scenario { border-bottom: 1px solid #e2e2e2; margin: 0; padding: .35rem 0; }
details.scenario summary { color: inherit; }
pre { overflow-x: auto; background: #f5f5f5; padding: .6rem .8rem; font-size: .82rem; line-height: 1.4; }
dt { font-weight: 600; margin-top: .6rem; }
dd { margin: 0; }
.whole { white-space: nowrap; }
.long { overflow-wrap: anywhere; }
@media (max-width: 45rem) {
  body { padding: .6rem .8rem 3rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; }
  nav ol { columns: 1; }
  figure .scroll img { width: 46rem; max-width: none; }
  figure .scroll::before { content: "Swipe the picture to see all of it."; color: #555; font-size: .8rem;
    position: sticky; left: 0; }
}
@page { size: A4; margin: 16mm 14mm; @bottom-right { content: counter(page); font-size: 8pt; color: #555; } }
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  h1, h2, h3, summary, caption { break-after: avoid; break-inside: avoid; }
  h2#comparison, h2#weeks, h2#states, h2#reading { break-before: page; border-top: 0; }
  tbody th { white-space: nowrap; }
  .long tbody th { white-space: normal; }
  figure, tr, details.scenario > p { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: 7pt; line-height: 1.3; }
  th, td { padding: 1pt 6pt 1pt 0; }
  td.number { white-space: normal; }
  img { max-height: 205mm; width: auto; max-width: 100%; }
  pre { font-size: 7pt; line-height: 1.25; padding: 3pt 5pt; }
  .scroll { overflow: visible; }
  pre { white-space: pre-wrap; }
  .screen { display: none; }
  a { color: inherit; text-decoration: none; }
}
"""
"""Light and plain, for a wide screen, a phone and paper."""


UNEDITED: Final = "The record, edited in nothing."
DIGEST_SHOWN: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page under a heading of its own; `key` is its address within the page."""

    key: str
    heading: str
    body: Html

    def html(self) -> Html:
        """The section with its heading."""
        return tag("section", tag("h2", self.heading, id=self.key), self.body)


# ---- the questions


def scenarios_section(told: Told) -> Section:
    """The question of each scenario, why it is asked, and what it edits."""
    several = len(told.situations) > 1
    parts = [
        _of_scenario(situation.scenario, told.case, unfolded=not several)
        for situation in told.situations.values()
    ]
    count = f"{len(parts)} scenarios, in the order in which they were run; the first is what others are compared with."
    lead = [tag("p", count)] if several else []
    heading = "The questions, and what each scenario edits" if several else "The question, and what is edited"
    return Section(key="scenarios", heading=heading, body=joined([*lead, *parts]))


def _of_scenario(scenario: Scenario, case: Case, *, unfolded: bool) -> Html:
    parent, edit = _edit(scenario, case)
    edited = (
        [tag("p", f"Edits against {parent}:"), tag("pre", tag("code", toml_text(edit)))]
        if edit
        else [tag("p", UNEDITED if parent == "the record" else f"The same as {parent}.")]
    )
    window = scenario.window
    last = window.end - dt.timedelta(days=1)
    weeks = f"{window.weeks} weeks, {window.start} to {last}."
    return tag(
        "details",
        tag("summary", tag("strong", scenario.name), f": {scenario.question or scenario.title}"),
        tag("p", tag("em", scenario.title), f". {weeks}"),
        *(tag("p", paragraph) for paragraph in scenario.why.strip().split("\n\n") if paragraph),
        *edited,
        class_="scenario",
        open=unfolded,
    )


def _edit(scenario: Scenario, case: Case) -> tuple[str, Mapping[str, object]]:
    """The name of a scenario's parent and what differs from it.

    A folder holds each scenario with all that it extends merged in, so the parent is known only of those that
    ship as they were run; all others are told against the record.
    """
    try:
        shipped = shown(case, scenario.name)
    except InputError:
        return "the record", edit_of(scenario, case.record())
    if shipped.parent is None or shipped.scenario.text() != scenario.text():
        return "the record", edit_of(scenario, case.record())
    return shipped.parent.name, edit_of(scenario, shipped.parent)


# ---- pictures


def picture_html(picture: Picture | Absent) -> Html:
    """A picture under its finding, with how to read it, a short table, and all its numbers to be saved."""
    if isinstance(picture, Absent):
        return tag("p", f"Not drawn: {picture.name}, since {picture.why}.", class_="quiet")
    drawn = data_uri("image/svg+xml", picture.file("svg", words=False))
    saved = saved_as(picture.name, csv_bytes(picture.table))
    return joined(
        [
            tag("h3", unbroken(picture.title), id=picture.name),
            figure_html(drawn, picture.alt, f"{picture.under} {picture.notes}"),
            tag("details", tag("summary", "The numbers"), html_table(picture.shown), saved),
        ]
    )


def figure_html(source: str, alt: str, caption: str) -> Html:
    """A picture that can be moved sideways where it is wider than the page, and the words below it."""
    image = tag("div", tag("img", src=source, alt=alt), class_="scroll")
    return tag("figure", image, tag("figcaption", caption))


def saved_as(name: str, table: bytes) -> Html:
    """A link by which a reader saves a table that is in the page."""
    link = tag("a", f"all numbers, as {name}.csv", href=data_uri("text/csv", table), download=f"{name}.csv")
    return tag("p", link, class_="screen")


# ---- words


def reading_section(told: Told) -> Section:
    """What the words mean."""
    span = told.case.assumptions.record
    record = (
        f"What states did from {span.origin} to {span.acts_until}, as coded in the evidence of the case, each row "
        "with its source."
    )
    words = {**READING, "Record": record}
    pairs = [part for word, meant in words.items() for part in (tag("dt", word), tag("dd", meant))]
    return Section(key="reading", heading="How to read it", body=tag("dl", *pairs))


def limits_section(told: Told) -> Section:
    """What may not be concluded."""
    patrons = [told.case.evidence.state(iso3).name for iso3 in told.case.assumptions.case.patrons]
    listed = limits(told.results.manifest.parameters.status, patrons, ships=told.case.ships)
    return Section(
        key="limits",
        heading="What may not be concluded",
        body=tag("ul", *(tag("li", limit) for limit in listed)),
    )


# ---- where it comes from


def provenance_section(told: Told) -> Section:
    """What is needed to make the results again."""
    table = pd.DataFrame(list(_provenance(told)), columns=["what", "value"])
    body = [
        tag(
            "p",
            "The same command with the same versions gives the same numbers, to the bit, on any number of workers.",
        ),
        tag("div", html_table(table, numbers=False), class_="long"),
    ]
    return Section(key="provenance", heading="Where it comes from", body=joined(body))


def _provenance(told: Told) -> Iterator[tuple[str, str]]:
    manifest, files = told.results.manifest, told.results.files
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
    for name, digest in (
        ("evidence", manifest.evidence),
        ("assumptions", manifest.assumptions),
        ("program", manifest.code),
        ("draws", manifest.draws_digest),
    ):
        if digest:
            yield f"digest of the {name}", digest[:DIGEST_SHOWN]
