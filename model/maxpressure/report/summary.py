"""The results of a run in lines for a terminal: the finding, a table against the record, how to read it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.cautions import FITS, NOT_SEPARATED, TRADE_BANDS
from maxpressure.base.text import columns, from_here, plural, signed, wrapped
from maxpressure.base.ties import TIES
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.schema import DEFAULT_RECORD
from maxpressure.model.case import Case, Situation
from maxpressure.model.library import without_effect
from maxpressure.model.rules import GROUPS
from maxpressure.report.comparison import enough_worlds, other_weeks
from maxpressure.report.comparison import finding as largest
from maxpressure.report.differences import rows_of
from maxpressure.results.compare import contrasts
from maxpressure.results.quantiles import quantiles
from maxpressure.results.recorded import record_as_world
from maxpressure.results.results import Results
from maxpressure.results.states import ATTRIBUTED, GROUP_WORDS, SHARES
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES
from maxpressure.results.weekly import bands, busiest, cautions, finding, recorded

FINE: Final = ds.field("status") == "fine"

MOST_BESIDE: Final = 6
"""Up to so many scenarios are columns; more are rows."""
TRADE_LEFT: Final = "trade left, % of"
"""The first words of the line of trade; the base year follows."""

MIDDLE: Final = "median (5–95 %)"
CERTAIN: Final = "(95 % interval)"
IN_A_SUMMARY: Final = {
    "acts": "acts",
    "trade_left": "trade left, points",
    "trade_lost": "trade lost, points",
}
"""The outcomes whose differences stand in the summary of a run, and the words for them."""

DEFINED: Final = (
    "An act is a state's decision in one week; a cut is one tie that is lowered in an act. In brackets are 90 % of the "
    f"worlds. Trade is what the model computes, at the yearly rate of the last week. {TRADE_BANDS}"
)

PAIRED: Final = "Differences are from the first scenario, world by world (common random numbers)."

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
        Line(words="trade lost, all weeks, %", columns=("trade_lost",), percent=True, recorded=False),
        Line(words="exports lost, all weeks, %", columns=("exports_lost",), percent=True, recorded=False),
        Line(words=share, columns=("first_patron_share",), percent=True, recorded=False),
    ]


def summary(results: Results, case: Case, width: int, *, verbose: bool = False) -> list[str]:
    """The headline, the table, and how to read it, no line longer than `width` unless a column of the table is.

    ``verbose`` adds where the numbers come from, which the manifest has as well.
    """
    situations = results.situations(case)
    found = bands(results, situations)
    record = recorded(situations.values(), case.assumptions.record.acts_until)
    differences = differences_of(results)
    headline = finding(found, record) if differences is None else largest(differences)
    notes = _reading(results, situations, case, differences)
    if len(found) == 1 and len(situations) == 1:
        notes.insert(0, busiest(next(iter(found.values())), record))
    lines = [
        *wrapped(f"{headline}.", width, indent=""),
        "",
        *comparison(results, situations, case, width, differences),
        "",
        *wrapped(DEFINED if differences is None else f"{DEFINED} {PAIRED}", width, indent=""),
        "",
        *wrapped([note for note in notes if note], width),
    ]
    return [*lines, "", *wrapped(_sources(results, situations, case), width)] if verbose else lines


# ---- the table


def comparison(
    results: Results,
    situations: Mapping[str, Situation],
    case: Case,
    width: int,
    differences: pd.DataFrame | None = None,
) -> list[str]:
    """Each scenario beside the record, or for many scenarios below it, with the main numbers alone.

    Beside the record, a scenario has its mean differences from the first below its numbers.

    The record is repeated before a scenario that codes it differently. Where worlds go on after the record's last
    day, the record has dashes, since the spans differ.
    """
    until = case.assumptions.record.acts_until
    patron = next(iter(situations.values())).population.patrons[0].name
    rows = table_lines(patron, case.base_year)
    many = len(situations) > MOST_BESIDE
    words = ["", "", *(row.words for row in rows)]
    below = {} if many or differences is None else _differing(differences)
    if below:
        words += ["mean difference", *(f"  {word}" for word in IN_A_SUMMARY.values())]
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
        shown += [[*coded, *[""] * (len(words) - len(coded))]] if coded != record else []
        fine = results.files.dataset("worlds", name).to_table(columns=needed, filter=FINE).to_pandas()
        column = [name, MIDDLE, *(row.spread(fine) for row in rows)]
        shown.append([*column, *below.get(name, [""] * (len(words) - len(column)))])
        record = coded
    return (_below if many else _beside)(words, shown, width)


def differences_of(results: Results) -> pd.DataFrame | None:
    """How each scenario differs from the first in the outcomes of the table, or None where none can be compared."""
    if not contrasts(results.files, results.files).scenarios:
        return None
    table = results.compare(*KEY_OUTCOMES, *LOSSES)
    return table if (table["worlds"] > 0).any() else None


def _differing(differences: pd.DataFrame) -> dict[str, list[str]]:
    """Under each scenario, the mean of each difference with its 95 % interval."""
    shown: dict[str, list[str]] = {}
    for scenario, rows in differences.groupby("scenario", observed=True):
        by_outcome = {row.outcome: row for row in rows_of(rows)}
        shown[str(scenario)] = [CERTAIN, *(_mean(by_outcome[outcome]) for outcome in IN_A_SUMMARY)]
    return shown


def _mean(row: Any) -> str:
    if math.isnan(row.ci_low):
        return signed(row.mean, 1)
    ends = [signed(end, 1).removeprefix("+") for end in (row.ci_low, row.ci_high)]
    return f"{signed(row.mean, 1)} ({ends[0]} to {ends[1]})"


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


def _reading(
    results: Results,
    situations: Mapping[str, Situation],
    case: Case,
    differences: pd.DataFrame | None,
) -> list[str]:
    """At most three notes, of a single scenario two: how sure the numbers are, and what limits them."""
    idle = [without_effect(case, one) for one in situations.values()]
    limits = [*_failures(results), *idle, *cautions(situations)]
    used = results.manifest.parameters
    fit = FITS[used.status] if used.fitted else f"Parameters, {used.standing}"
    if len(situations) == 1:
        return [" ".join([_causes(results), *filter(None, limits)]), fit]
    weeks = other_weeks(contrasts(results.files, results.files))
    weeks += [] if used.fitted else [fit]
    sure = [] if differences is None else [enough_worlds(differences)]
    return [" ".join(filter(None, part)) for part in (sure, limits, weeks)]


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
        f"Simulated in {plural(results.manifest.worlds, 'world')} of each scenario, seed {results.manifest.seed}, by "
        + ", ".join(f"{name} {version}" for name, version in results.manifest.versions.items())
        + ".",
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
