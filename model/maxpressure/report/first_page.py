"""The first page of a report: what was asked, what changed and by how much, where, and what that does not say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from maxpressure.base import cautions as known
from maxpressure.base.text import day_text, joined, signed
from maxpressure.model.library import without_effect
from maxpressure.report.comparison import finding as difference
from maxpressure.report.differences import places_of, rows_of
from maxpressure.report.maps import states_changed
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_causes import difference_in_words
from maxpressure.report.plots import Absent, picture_of
from maxpressure.results.beside import ALL, Beside, clear
from maxpressure.results.states import GROUP_WORDS
from maxpressure.results.statistics import (
    KEY_OUTCOMES,
    LOSSES,
    described,
    missing_worlds,
    shown_as,
)
from maxpressure.results.weekly import bands, cautions, finding, recorded, worlds_in_words
from maxpressure.scenario import Scenario

NAMED: Final = 5
"""States that a sentence names."""

LEAST: Final = 0.05
"""Acts of a mean world below which a sentence names no cause."""

OUTCOMES: Final = (*KEY_OUTCOMES, *LOSSES)

Means = dict[tuple[str, str], dict[Any, Any]]
"""What is known of an outcome, by scenario and outcome."""


def title(scenario: Scenario, baseline: Scenario | None) -> str:
    """What the report is on."""
    return scenario.title if baseline is None else f"{scenario.title} beside “{baseline.title}”"


def headline(source: CaseResults, asked: Beside, compared: pd.DataFrame | None) -> str:
    """What was found, in one sentence."""
    if compared is not None and asked.against is not None:
        own = compared[compared["scenario"] == asked.scenario]
        if own["worlds"].iloc[0]:
            return f"{difference(own)}."
    shown = {asked.scenario: source.situations[asked.scenario]}
    record = recorded(shown.values(), source.case.assumptions.record.acts_until)
    return f"{finding(bands(source.results, shown), record)}."


def changed(source: CaseResults, asked: Beside, compared: pd.DataFrame | None) -> pd.DataFrame:
    """The main outcomes: both means and their difference with its interval, or without a baseline the mean."""
    about = described(source.results.files, OUTCOMES).to_dict("records")
    means: Means = {(str(row["scenario"]), str(row["outcome"])): row for row in about}
    if compared is None or asked.against is None:
        return _alone(means, asked.scenario)
    rows = []
    for row in rows_of(compared[compared["scenario"] == asked.scenario]):
        if row.outcome not in OUTCOMES:
            continue
        shown, places = shown_as(row.outcome), places_of(row)
        unit = " %" if shown.scale == 100.0 else ""
        both = (shown.scale * means[name, row.outcome]["mean"] for name in (asked.against, asked.scenario))
        before, after = (f"{one:.1f}{unit}" for one in both)
        rows.append(
            {
                "mean over worlds": shown.words,
                asked.against: before,
                asked.scenario: after,
                "difference": signed(row.mean, places),
                "95 % interval": f"{signed(row.ci_low, places)} to {signed(row.ci_high, places)}",
            }
        )
    return pd.DataFrame(rows)


def _alone(means: Means, scenario: str) -> pd.DataFrame:
    rows = []
    for outcome in OUTCOMES:
        shown, row = shown_as(outcome), means[scenario, outcome]
        unit = " %" if shown.scale == 100.0 else ""
        mean, low, high, p05, p95 = (
            shown.scale * row[name] for name in ("mean", "ci_low", "ci_high", "p05", "p95")
        )
        rows.append(
            {
                "over worlds": shown.words,
                "mean": f"{mean:.1f}{unit}",
                "95 % interval of the mean": f"{low:.1f} to {high:.1f}{unit}",
                "90 % of worlds": f"{p05:.0f} to {p95:.0f}{unit}",
            }
        )
    return pd.DataFrame(rows)


def where(source: CaseResults, asked: Beside) -> Iterator[str]:
    """Which states act less or more often, and which causes bring fewer or more acts."""
    states = source.state_differences(asked.scenario)
    if states.empty:
        return
    sure = states[clear(states)]
    most: list[Any] = list(sure.loc[sure["difference"].abs().nlargest(NAMED).index].itertuples(index=False))
    named = joined(
        [f"{row.name} ({100 * row.baseline:.0f} to {100 * row.scenario:.0f} % of worlds)" for row in most]
    )
    yield f"Which states: {states_changed(states, str(asked.against))}." + (
        f" Most: {named}." if named else ""
    )
    causes = source.cause_differences(asked.scenario)
    if not causes["worlds"].iloc[0]:
        return
    worth = clear(causes) & (causes["difference"].abs() >= LEAST)
    parts = causes[(causes["group"] != ALL) & worth]
    largest: list[Any] = list(
        parts.loc[parts["difference"].abs().nlargest(NAMED).index].itertuples(index=False)
    )
    if largest:
        listed = ", ".join(f"{GROUP_WORDS[row.group]} {difference_in_words(row, 1)}" for row in largest)
        yield f"Due to what, acts of a mean world with 95 % intervals: {listed}."


LIMITS: Final = (
    known.NO_FORECAST,
    known.NOT_DISARMAMENT,
    known.INTERVALS,
    known.CONTAGION,
    known.REQUESTS,
)
"""What the results do not say, for the first page; the section on limits has all."""


def notes(source: CaseResults, asked: Beside) -> Iterator[str]:
    """On which worlds it is based, what is missing, and what limits a comparison of these scenarios."""
    shown: Mapping[str, Any] = {
        name: source.situations[name] for name in dict.fromkeys(filter(None, (asked.against, asked.scenario)))
    }
    yield from filter(None, (without_effect(source.case, one) for one in shown.values()))
    manifest, found = source.results.manifest, bands(source.results, source.situations)
    window = source.situations[asked.scenario].scenario.window
    each = " of each scenario, with common random numbers" if len(source.situations) > 1 else ""
    yield (
        f"{manifest.case}, {day_text(window.start)} to {day_text(window.end - pd.Timedelta(days=1))}. "
        f"{worlds_in_words(found)}{each}; seed {manifest.seed}. Parameters, {manifest.parameters.standing}"
    )
    yield from missing_worlds(source.results.files)
    if asked.why and asked.scenario != manifest.names[0]:
        yield f"{asked.scenario} stands alone, since {asked.why}."
    others = [name for name in source.situations if name not in shown]
    if others:
        yield f"The sections below also show {joined(others) if len(others) <= NAMED else f'{len(others)} others'}."
    yield from cautions(shown)


def picture(source: CaseResults, asked: Beside) -> Picture | None:
    """The difference on a map, or without a baseline the share of worlds in which each state acts."""
    name = "map-difference" if asked.against else "map-acts"
    found = picture_of(source, name, asked.scenario)
    return None if isinstance(found, Absent) else found
