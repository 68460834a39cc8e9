"""The sections of a report, each a piece of HTML made from results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.errors import InputError
from maxpressure.base.html_text import Html, data_uri, html_table, joined, tag, unbroken
from maxpressure.base.toml_text import toml_text
from maxpressure.model.case import Case
from maxpressure.model.library import edit_of, shown
from maxpressure.report.picture import Picture, Told, csv_bytes
from maxpressure.report.plots import Absent
from maxpressure.report.report_words import READING, limits
from maxpressure.scenario import Scenario

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
