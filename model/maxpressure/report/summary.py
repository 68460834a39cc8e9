"""What came of a run, in lines for a terminal: a table against the record, what it shows and rests on."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.ties import TIES
from maxpressure.evidence.evidence import Evidence
from maxpressure.model.case import Case, Situation
from maxpressure.model.rules import GROUPS
from maxpressure.report.comparison import in_short
from maxpressure.results.quantiles import quantiles
from maxpressure.results.recorded_world import record_as_world
from maxpressure.results.results import Results
from maxpressure.results.states import ATTRIBUTIONED, SHARES
from maxpressure.results.weekly import NOT_SEPARATED, bands, busiest, cautions, finding, recorded

FINE: Final = ds.field("status") == "fine"


MOST_BESIDE: Final = 6
"""Scenarios that stand beside one another; more stand below one another."""
TRADE_LEFT: Final = "trade left, % of"
"""How the line of trade begins; the base year follows."""

MAIN: Final = {
    "acts of breaking off": "acts",
    TRADE_LEFT: "trade left, %",
    "embassies with an ambassador": "embassies",
    "ties lower at the end": "ties lower",
    "states that acted": "states",
}
"""The lines of the table that are shown for many scenarios, and how they are headed there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: columns of ``worlds`` to be added up, and whether the record has such a number."""

    words: str
    columns: tuple[str, ...]
    percent: bool = False
    recorded: bool = True

    def of(self, worlds: pd.DataFrame) -> pd.Series:
        """The number in each world."""
        return worlds[list(self.columns)].sum(axis="columns") * (100 if self.percent else 1)

    def spread(self, worlds: pd.DataFrame) -> str:
        """The median world and the 5–95 % range, or a dash where there is no world."""
        if worlds.empty:
            return "—"
        low, middle, high = quantiles(self.of(worlds).to_numpy(dtype=float), (5, 50, 95))
        return f"{middle:,.0f} ({low:,.0f}–{high:,.0f})"

    def once(self, world: pd.DataFrame) -> str:
        """The number in a single world, or a dash where the record has none."""
        return f"{self.of(world).iloc[0]:,.0f}" if self.recorded else "—"


def table_lines(first_patron: str, base_year: int) -> list[Line]:
    """The lines of the table; what is left of trade is the model's reckoning and not in the record."""
    cut = tuple(f"cut_{tie}" for tie in TIES)
    share = f"{first_patron}'s share of trade, %"
    return [
        Line(words="acts of breaking off", columns=("acts",)),
        Line(words="states that acted", columns=("states_acted",)),
        Line(words="cuts of a tie", columns=("cuts",)),
        Line(words="ties lower at the end", columns=cut),
        *(Line(words=f"  {tie}", columns=(f"cut_{tie}",)) for tie in TIES),
        Line(words="embassies with an ambassador", columns=("embassies",)),
        Line(words=f"{TRADE_LEFT} {base_year}", columns=("trade_left",), percent=True, recorded=False),
        Line(
            words=f"exports left, % of {base_year}", columns=("exports_left",), percent=True, recorded=False
        ),
        Line(words=share, columns=("first_patron_share",), percent=True, recorded=False),
    ]


def summary(results: Results, case: Case, width: int) -> list[str]:
    """All lines, no longer than `width` unless a single column of the table is."""
    situations = results.situations(case)
    lines = [*comparison(results, situations, case, width), ""]
    for note in (*_shows(results, situations, case), *_rests_on(results, situations, case)):
        lines += textwrap.wrap(note, width, subsequent_indent="  ", break_on_hyphens=False)
    return lines


# ---- the table


def comparison(results: Results, situations: Mapping[str, Situation], case: Case, width: int) -> list[str]:
    """Each scenario beside the record, or below it where there are many, in the main numbers alone.

    The record stands anew before a scenario that codes it differently.

    Where worlds go on after the record's last day, the record has dashes: the spans differ.
    """
    until = case.assumptions.record.acts_until
    patron = next(iter(situations.values())).population.patrons[0].name
    rows = table_lines(patron, case.base_year)
    columns: list[list[str]] = []
    record: list[str] = []
    needed = sorted({column for row in rows for column in row.columns})
    for name, situation in situations.items():
        simulated = record_as_world(situation)
        known = situation.timeline.monday(situation.timeline.weeks) <= until + dt.timedelta(days=1)
        coded = ["record", "", *(row.once(simulated) if known else "—" for row in rows)]
        columns += [coded] if coded != record else []
        fine = results.files.dataset("worlds", name).to_table(columns=needed, filter=FINE).to_pandas()
        columns.append([name, "median (5–95 %)", *(row.spread(fine) for row in rows)])
        record = coded
    if len(situations) > MOST_BESIDE:
        return _below(["", "", *(row.words for row in rows)], columns, width)
    return _beside(["", "", *(row.words for row in rows)], columns, width)


def _beside(words: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """Columns beside the words as far as they fit; the others below, beside the words again."""
    start = [word.ljust(max(map(len, words))) for word in words]
    blocks = [start]
    for column in columns:
        wide = max(map(len, column)) + 2
        if blocks[-1] is not start and len(blocks[-1][0]) + wide > width:
            blocks.append(start)
        blocks[-1] = [line + cell.rjust(wide) for line, cell in zip(blocks[-1], column, strict=True)]
    return [line.rstrip() for place, block in enumerate(blocks) for line in ([""] * bool(place) + block)]


def _below(words: Sequence[str], columns: Sequence[Sequence[str]], width: int) -> list[str]:
    """A line for each column, with as many of the main numbers as fit, in the order in which they matter."""
    lines = [name.ljust(max(len(column[0]) for column in columns)) for name in ("", *(c[0] for c in columns))]
    for begins, head in MAIN.items():
        place = next(place for place, word in enumerate(words) if word.startswith(begins))
        cells = [head, *(column[place] for column in columns)]
        wide = max(map(len, cells)) + 2
        if len(lines[0]) + wide > width:
            break
        lines = [line + cell.rjust(wide) for line, cell in zip(lines, cells, strict=True)]
    return ["Median world (5–95 %):", *(line.rstrip() for line in lines)]


# ---- the words below it


def _shows(results: Results, situations: Mapping[str, Situation], case: Case) -> list[str]:
    """What the numbers say: the finding, and for one scenario the wave's height and what lay behind acts."""
    found = bands(results, situations)
    record = recorded(situations.values(), case.assumptions.record.acts_until)
    shown = [f"{finding(found, record)}."]
    if len(found) == 1:
        shown += [busiest(next(iter(found.values())), record), _behind(results)]
    return [
        note for note in (*shown, *_differences(results), *_failures(results), *cautions(situations)) if note
    ]


def _differences(results: Results) -> list[str]:
    """How each scenario differs from the first, or for many where that is told."""
    if len(results.manifest.names) > MOST_BESIDE:
        told = f"maxpressure compare {from_here(results.place)}"
        return [f"How each differs from {results.manifest.names[0]} under the same luck: {told}"]
    return in_short(results)


def _behind(results: Results) -> str:
    """The mean account of the acts whose accounts were kept, largest share first."""
    total, acts = np.zeros(len(SHARES)), 0
    for rows in results.files.pieces("acts", SHARES, where=ATTRIBUTIONED):
        total += [np.sum(rows[share].to_numpy()) for share in SHARES]
        acts += len(rows)
    if not acts:
        return "There is no act of which an account was kept."
    mean = pd.Series(100 * total / acts, [group.replace("_", " ") for group in GROUPS])
    listed = ", ".join(
        f"{name} {share:.0f} %" for name, share in mean.sort_values(ascending=False).items() if round(share)
    )
    return (
        f"What the hazard at simulated acts was due to, on average: {listed} (“who” is what the state is; "
        f"{NOT_SEPARATED})."
    )


def _failures(results: Results) -> list[str]:
    """How many worlds failed, if any did, and what went wrong most often."""
    messages = results.files.dataset("worlds").to_table(columns=["message"], filter=~FINE)
    if not len(messages):
        return []
    often = messages["message"].to_pandas().value_counts()
    return [f"Left out: {len(messages):,} worlds that failed, most often with “{often.index[0]}”."]


def _rests_on(results: Results, situations: Mapping[str, Situation], case: Case) -> list[str]:
    """What must be known to read the table: what is left out, where trade and parameters come from."""
    first = next(iter(situations.values()))
    until, outside = case.assumptions.record.acts_until, len(first.record.outside)
    return [
        f"Record: acts to {until}; {outside} more drops, of ties coded as none at the start, left out.",
        "Trade: with all partners, at the yearly rate of the last week, as the model reckons it."
        + _trade_on_record(case.evidence),
        f"Parameters, {results.manifest.parameters.standing}",
        f"Written to {from_here(results.place)}: "
        + ", ".join(sorted({name.partition("/")[0] for name in results.files.store.names()})),
    ]


def from_here(place: str) -> str:
    """The folder as seen from the current one, where it lies below it."""
    here = Path.cwd()
    return str(Path(place).relative_to(here)) if Path(place).is_relative_to(here) else place


def _trade_on_record(evidence: Evidence) -> str:
    """The yearly totals of the reporter that gives them for most years, as shares of the first."""
    totals: dict[str, dict[str, float]] = {}
    for row in evidence.trade_totals:
        if row.flow == "total" and len(row.period) == len("2016"):
            totals.setdefault(row.reporter, {})[row.period] = row.value_musd
    if not totals:
        return ""
    reporter, years = max(totals.items(), key=lambda entry: len(entry[1]))
    (start, base), *later = sorted(years.items())
    shares = ", ".join(f"{100 * total / base:.0f} % in {year}" for year, total in later)
    return f" {reporter} counted {shares} of what it was in {start}." if shares else ""
