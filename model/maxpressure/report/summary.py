"""The results of a run in lines for a terminal: a table against the record, the finding, the sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.cautions import NOT_SEPARATED, TRADE_BANDS
from maxpressure.base.text import columns, from_here, plural, wrapped
from maxpressure.base.ties import TIES
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import DEFAULT_RECORD
from maxpressure.model.case import Case, Situation
from maxpressure.model.library import without_effect
from maxpressure.model.rules import GROUPS
from maxpressure.report.comparison import in_short
from maxpressure.results.quantiles import quantiles
from maxpressure.results.recorded import record_as_world
from maxpressure.results.results import Results
from maxpressure.results.states import ATTRIBUTED, GROUP_WORDS, SHARES
from maxpressure.results.weekly import bands, busiest, cautions, finding, recorded

FINE: Final = ds.field("status") == "fine"

MOST_BESIDE: Final = 6
"""Up to so many scenarios are columns; more are rows."""
TRADE_LEFT: Final = "trade left, % of"
"""The first words of the line of trade; the base year follows."""

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
    """A line of the table: columns of ``worlds`` to be summed, and whether the record has such a number."""

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
    """The lines of the table; trade left is computed by the model and is not in the record."""
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
        Line(words="trade lost over all weeks, %", columns=("trade_lost",), percent=True, recorded=False),
        Line(words="exports lost over all weeks, %", columns=("exports_lost",), percent=True, recorded=False),
        Line(words=share, columns=("first_patron_share",), percent=True, recorded=False),
    ]


def summary(results: Results, case: Case, width: int) -> list[str]:
    """All lines, none longer than `width` unless a single column of the table is."""
    situations = results.situations(case)
    table = comparison(results, situations, case, width)
    return [
        *table,
        "",
        *wrapped([*_findings(results, situations, case), *_sources(results, situations, case)], width),
    ]


# ---- the table


def comparison(results: Results, situations: Mapping[str, Situation], case: Case, width: int) -> list[str]:
    """Each scenario beside the record, or for many scenarios below it, with the main numbers alone.

    The record is repeated before a scenario that codes it differently. Where worlds go on after the record's last
    day, the record has dashes, since the spans differ.
    """
    until = case.assumptions.record.acts_until
    patron = next(iter(situations.values())).population.patrons[0].name
    rows = table_lines(patron, case.base_year)
    shown: list[list[str]] = []
    record: list[str] = []
    needed = sorted({column for row in rows for column in row.columns})
    for name, situation in situations.items():
        simulated = record_as_world(situation)
        known = situation.timeline.monday(situation.timeline.weeks) <= until + dt.timedelta(days=1)
        label = (
            "record" if situation.scenario.record == DEFAULT_RECORD else f"{situation.scenario.record} record"
        )
        coded = [label, "", *(row.once(simulated) if known else "—" for row in rows)]
        shown += [coded] if coded != record else []
        fine = results.files.dataset("worlds", name).to_table(columns=needed, filter=FINE).to_pandas()
        shown.append([name, "median (5–95 %)", *(row.spread(fine) for row in rows)])
        record = coded
    arranged = _below if len(situations) > MOST_BESIDE else _beside
    return arranged(["", "", *(row.words for row in rows)], shown, width)


def _beside(words: Sequence[str], scenarios: Sequence[Sequence[str]], width: int) -> list[str]:
    """Columns beside the words as far as they fit; the others below, beside the words again."""
    start = [word.ljust(max(map(len, words))) for word in words]
    blocks = [start]
    for column in scenarios:
        wide = max(map(len, column)) + 2
        if blocks[-1] is not start and len(blocks[-1][0]) + wide > width:
            blocks.append(start)
        blocks[-1] = [line + cell.rjust(wide) for line, cell in zip(blocks[-1], column, strict=True)]
    return [line.rstrip() for index, block in enumerate(blocks) for line in ([""] * bool(index) + block)]


def _below(words: Sequence[str], scenarios: Sequence[Sequence[str]], width: int) -> list[str]:
    """A line for each scenario, with as many of the main numbers as fit, the most important first."""
    lines = [next(i for i, word in enumerate(words) if word.startswith(begins)) for begins in MAIN]
    rows = [(own[0], *(own[line] for line in lines)) for own in scenarios]
    return ["Median world (5–95 %):", *columns([("", *MAIN.values()), *rows], width)]


# ---- the words below it


def _findings(results: Results, situations: Mapping[str, Situation], case: Case) -> list[str]:
    """What the numbers show: the finding, and for one scenario the height of the wave and the causes of acts."""
    found = bands(results, situations)
    record = recorded(situations.values(), case.assumptions.record.acts_until)
    idle = (without_effect(case, one) for one in situations.values())
    notes = [*idle, f"{finding(found, record)}."]
    if len(found) == 1:
        notes += [busiest(next(iter(found.values())), record), _causes(results)]
    return [
        note for note in (*notes, *_differences(results), *_failures(results), *cautions(situations)) if note
    ]


def _differences(results: Results) -> list[str]:
    """How each scenario differs from the first, or for many scenarios the command that shows it."""
    if len(results.manifest.names) > MOST_BESIDE:
        command = f"maxpressure compare {from_here(results.place)}"
        return [f"Differences from {results.manifest.names[0]} (common random numbers): {command}"]
    return in_short(results)


def _causes(results: Results) -> str:
    """The mean attribution of the acts whose attributions were kept, largest share first."""
    total, acts = np.zeros(len(SHARES)), 0
    for rows in results.files.pieces("acts", SHARES, where=ATTRIBUTED):
        total += [np.sum(rows[share].to_numpy()) for share in SHARES]
        acts += len(rows)
    if not acts:
        return "No attribution was kept of any act."
    mean = pd.Series(100 * total / acts, [GROUP_WORDS[group.replace("_", " ")] for group in GROUPS])
    listed = ", ".join(
        f"{name} {share:.0f} %" for name, share in mean.sort_values(ascending=False).items() if round(share)
    )
    caution = f" ({NOT_SEPARATED})" if total[GROUPS.index("peers")] else ""
    return f"Mean attribution of the hazard at simulated acts: {listed}{caution}."


def _failures(results: Results) -> list[str]:
    """How many worlds failed, if any did, and the most frequent message."""
    messages = results.files.dataset("worlds").to_table(columns=["message"], filter=~FINE)
    if not len(messages):
        return []
    often = messages["message"].to_pandas().value_counts()
    return [f"Left out: {len(messages):,} worlds that failed, most often with “{often.index[0]}”."]


def _sources(results: Results, situations: Mapping[str, Situation], case: Case) -> list[str]:
    """What a reader of the table must know: what is left out, where trade and parameters come from."""
    first = next(iter(situations.values()))
    outside = len(first.record.outside)
    left_out = f": left out, {plural(outside, 'cut')} of ties coded as none at the start" if outside else ""
    counted = _trade_on_record(case.evidence)
    return [
        f"Record: {first.scenario.record}{left_out}.",
        f"Trade: with all partners, at the yearly rate of the last week, as the model computes it.{counted}",
        TRADE_BANDS,
        f"Parameters, {results.manifest.parameters.standing}",
        f"Written to {from_here(results.place)}: " + ", ".join(sorted(results.files.store.entries())),
    ]


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
