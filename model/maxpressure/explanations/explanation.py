"""One state explained: what drove its act, when it came, what switching mechanisms off does, what its twins show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, NOT_DISARMAMENT, REQUESTS
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.shown import Shown
from maxpressure.base.text import as_markdown, cells, columns, markdown, percent, wrapped
from maxpressure.base.ties import TIES
from maxpressure.explanations.attribution import (
    BASELINE,
    GROUPS_IN_WORDS,
    LEVELS,
    MECHANISMS,
    Chance,
    SwitchOff,
    chance_of,
    is_on,
    switch_off,
)
from maxpressure.explanations.overview import StateBeside, first_acts, state_beside
from maxpressure.explanations.rerun import SHARES, Conditions
from maxpressure.explanations.twin_run import TwinOfState, twin_of_state
from maxpressure.model.rules import GROUPS
from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import SHOWN, error_of_mean
from maxpressure.scenario.check import check_state

MOST_WORLDS: Final = 500
"""Worlds in which subsets of mechanisms are simulated unless more are asked for."""

TWINS: Final = 50

Section = tuple[str, list[str], pd.DataFrame | None]
"""A heading, the sentences below it, and a table whose cells are words already."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation(Shown):
    """What can be said about one state under one scenario of a result folder.

    Attributes
    ----------
    given : Conditions
        The scenario, its parameters and its results.
    iso3, name : str
        The state.
    chance : Chance
        The probability that it acts by the end, over all worlds that were finished.
    attribution : pandas.DataFrame
        The Shapley attribution of the hazard at the state's first act, a row for each `group` of causes: its `mean`
        share, the Monte Carlo standard error `mcse` of that mean, `p05`, `median` and `p95` over `acts` worlds.
    weeks : tuple of pandas.Timestamp
        5, 50 and 95 % quantiles of the week (Monday) of that act, over the worlds in which it came.
    record : pandas.DataFrame
        The acts on record within the window: `week` (Monday) and `ties`.
    later_than_record : float
        The share of first acts in worlds that came after the first one on record; NaN without one.
    beside : StateBeside or None
        The state under the scenario and under the baseline; None where the scenario has none beside it.
    switches : SwitchOff
        What each mechanism does to the probability.
    twin : TwinOfState
        What twins show about its recorded acts.
    """

    given: Conditions
    iso3: str
    name: str
    chance: Chance
    attribution: pd.DataFrame
    weeks: tuple[pd.Timestamp, ...]
    record: pd.DataFrame
    later_than_record: float
    beside: StateBeside | None
    switches: SwitchOff
    twin: TwinOfState

    def __repr__(self) -> str:
        return f"<Explanation of {self.iso3} under {self.given.name} in {self.given.results.place}>"

    @property
    def title(self) -> str:
        """What is explained."""
        return f"{self.name} ({self.iso3}) under {self.given.name}: {self.given.scenario.title}"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Attribution, switched-off mechanisms and, where there are any, its difference from the baseline and twins."""
        tables = {"attribution": self.attribution, "switch_off": self.switches.table}
        tables |= {} if self.beside is None else {"beside": self.beside.causes}
        return tables if self.twin.acts is None else tables | {"twins": self.twin.acts}

    def text(self, width: int = 100) -> str:
        """The explanation in short, for a terminal, no line longer than ``width`` unless a table is."""
        lines = wrapped(self.title, width, indent="")
        for heading, sentences, table in self._sections():
            lines += ["", heading]
            lines += columns(cells(table)) if table is not None else []
            shown = self.given.in_short(sentences)
            lines += wrapped(shown, width, indent="")
        return "\n".join(lines)

    def markdown(self) -> str:
        """The explanation as a page in Markdown."""
        parts = [f"# {as_markdown(self.title)}\n"]
        for heading, sentences, table in self._sections():
            parts.append(f"## {heading}\n")
            parts += [markdown(table)] if table is not None else []
            parts += [f"{as_markdown(sentence)}\n" for sentence in sentences]
        return "\n".join(parts)

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write page, tables and ``explain.json`` into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another explanation.
        """
        what = {"state": self.iso3, "worlds": self.switches.worlds}
        return self.given.write(folder, what, {"explanation.md": self.markdown()}, self.tables, force=force)

    # ---- its sections

    def _sections(self) -> list[Section]:
        one = self.beside
        beside = [(f"Beside {one.against}", list(one.sentences()), one.table())] if one else []
        return [
            ("When it acts", list(self._when()), None),
            *beside,
            ("What its first act is due to", list(self._attribution_notes()), self._attribution_table()),
            ("What switching a mechanism off does", list(self._switch_notes()), self._switch_table()),
            ("What its twins show", list(self.twin.sentences), None),
            ("How to read this", list(self._cautions()), None),
        ]

    def _when(self) -> Iterator[str]:
        end = self.given.scenario.window.end - pd.Timedelta(days=1)
        acts = round(self.chance.share * self.chance.worlds)
        chance = self.chance
        yield (
            f"It acts by {end:%Y-%m-%d} with probability {_tenths(chance.share)} (± {100 * chance.error:.1f} points, "
            f"{chance.worlds} worlds)."
        )
        if self.weeks:
            low, middle, high = (f"{week:%Y-%m-%d}" for week in self.weeks)
            yield f"Its first act in these {acts} worlds: week of {middle} (median; 5–95 %: {low} to {high})."
        if self.record.empty:
            yield "On record it does not act in these weeks on a tie of the set at risk."
            return
        recorded = "; ".join(f"week of {act.week:%Y-%m-%d}, {act.ties}" for act in self.record.itertuples())
        later = f"; in {percent(self.later_than_record)} of the worlds in which it acts it does so later"
        yield f"On record: {recorded}{later if acts else ''}. ({LEVELS})"

    def _attribution_table(self) -> pd.DataFrame | None:
        """The shares of the hazard at the first act."""
        if not self.attribution["acts"].iloc[0]:
            return None
        off = [group for name, group in MECHANISMS.items() if not is_on(self.given.scenario, name)]
        on = self.attribution[~self.attribution["group"].isin(off)]
        rows = on.sort_values("mean", ascending=False, kind="stable")
        return pd.DataFrame(
            {
                "due to": [GROUPS_IN_WORDS[group] for group in rows["group"]],
                "mean share": [percent(share) for share in rows["mean"]],
                "± points": [f"{100 * error:.1f}" for error in rows["mcse"]],
                "median": [percent(share) for share in rows["median"]],
                "5–95 % of worlds": [
                    f"{percent(low)} to {percent(high)}"
                    for low, high in zip(rows["p05"], rows["p95"], strict=True)
                ],
            }
        )

    def _attribution_notes(self) -> Iterator[str]:
        acts = int(self.attribution["acts"].iloc[0])
        if not acts:
            yield "It acts in no world of which attributions were kept."
            return
        yield (
            f"Shapley attribution of the hazard in the week of its first act, {acts} acts; ± is the Monte Carlo error "
            f"of the mean. {BASELINE}"
        )

    def _switch_table(self) -> pd.DataFrame:
        """What each mechanism does, the one that matters most first."""
        rows = self.switches.table.sort_values("shapley", ascending=False, kind="stable", key=abs)
        return pd.DataFrame(
            {
                "mechanism": [name.replace("_", " ") for name in rows["mechanism"]],
                "P without it": [_tenths(share) for share in rows["switched_off"]],
                "change, points": _points(rows["change"], rows["change_error"]),
                "its part of P, points (Shapley)": _points(rows["shapley"], rows["shapley_error"]),
            }
        )

    def _switch_notes(self) -> Iterator[str]:
        switches, gone = self.switches, self.switches.all_on.share - self.switches.all_off.share
        count = len(switches.table)
        yield (
            f"All {2**count} subsets of {count} mechanisms, each in the same {switches.worlds} worlds with common "
            "random numbers; ± is the paired Monte Carlo error. “Change” switches one off while all others are on. The "
            "Shapley value is the mean of what it adds over every order in which they can be switched on, so a "
            "mechanism that works only beside another shares with it. "
            f"The values add up to {100 * gone:.1f} points: from {_tenths(switches.all_off.share)} "
            f"with all off to {_tenths(switches.all_on.share)} with all on."
        )
        off = [name.replace("_", " ") for name in MECHANISMS if name not in set(switches.table["mechanism"])]
        if off:
            yield f"Off in this scenario: {', '.join(off)}."
        if switches.late is not None and "requests" in set(switches.table["mechanism"]):
            rows = switches.table[switches.table["mechanism"] == "requests"]
            without = float(rows["switched_off"].iloc[0])
            yield (
                f"With requests in effect at once P is {_tenths(switches.all_on.share)}, a week later "
                f"{_tenths(switches.late.share)}, without them {_tenths(without)}."
            )

    def _cautions(self) -> Iterator[str]:
        given = self.given
        yield REQUESTS
        yield CONTAGION
        yield NOT_DISARMAMENT
        yield (
            f"{MODEL_ONLY} An attribution splits one week's hazard with history as it was; a switch-off simulates "
            "whole worlds again, so the two need not agree."
        )
        yield given.provenance
        if not given.same_code:
            yield "The model's code has changed since the folder was written, but its worlds come out the same."


def _tenths(share: float) -> str:
    """A probability in tenths of a per cent, so that differences of those shown are the differences stated."""
    return f"{100 * share:.1f} %"


def _points(shares: pd.Series, errors: pd.Series) -> list[str]:
    """Differences of probabilities in points, with their errors."""
    points = [round(100 * share, 1) + 0.0 for share in shares]
    return [f"{one:+.1f} ± {100 * error:.1f}" for one, error in zip(points, errors, strict=True)]


def explanation_of(
    given: Conditions,
    state: str,
    *,
    worlds: int = MOST_WORLDS,
    twins: int = TWINS,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation:
    """One state under conditions that were prepared already; see :func:`maxpressure.explain`."""
    state = check_state(state, given.case.vocabulary(), file="explain", key="state")
    for key, number, least in (("worlds", worlds, 1), ("twins", twins, 0)):
        if number < least:
            allowed = f"a whole number of {least} or more"
            raise InputError(file="explain", key=key, given=number, allowed=allowed)
    numbers, draws, population = given.finished(), len(given.draws), given.situation.population
    switches = switch_off(
        given, state, worlds=min(worlds, _leading(given, numbers)), workers=workers, progress=progress
    )
    first, record = first_acts(given, state), recorded(given, state)
    acted = np.isin(numbers, first["world"].to_numpy()).astype(np.float64)
    weeks = quantiles(first["week"].to_numpy(), SHOWN) if len(first) else ()
    return Explanation(
        given=given,
        iso3=state,
        name=population.names[population.iso3.index(state)],
        chance=chance_of(acted, numbers % draws),
        attribution=_attribution_of(first, draws),
        weeks=tuple(_monday(given, week) for week in weeks),
        record=record,
        later_than_record=_later(first, record, given),
        beside=state_beside(given, state),
        switches=switches,
        twin=twin_of_state(given, state, twins=twins, workers=workers, progress=progress),
    )


def _leading(given: Conditions, numbers: NDArray[np.int64]) -> int:
    """How many worlds from the first on were finished without a gap."""
    leading = int((numbers == np.arange(len(numbers))).sum())
    if leading == 0:
        file, allowed = given.results.place, "a folder in which the first world was finished"
        raise InputError(
            file=file, key="worlds", given=Wrong("are not there: none is finished"), allowed=allowed
        )
    return leading


def _attribution_of(first: pd.DataFrame, draws: int) -> pd.DataFrame:
    """The groups' shares at the first act: their mean, its Monte Carlo error, and how they spread over worlds."""
    kept = first.dropna(subset=[SHARES[0]])
    number = kept["world"].to_numpy().astype(np.int64) % draws
    rows = [
        {"group": group, **_spread(kept[share].to_numpy(dtype=np.float64), number), "acts": len(kept)}
        for group, share in zip(GROUPS, SHARES, strict=True)
    ]
    return pd.DataFrame(rows)


def _spread(shares: NDArray[np.float64], draws: NDArray[np.int64]) -> dict[str, float]:
    low, middle, high = quantiles(shares, SHOWN) if len(shares) else (np.nan,) * len(SHOWN)
    mean = float(shares.mean()) if len(shares) else np.nan
    return {"mean": mean, "mcse": error_of_mean(shares, draws), "p05": low, "median": middle, "p95": high}


def recorded(given: Conditions, iso3: str) -> pd.DataFrame:
    """The state's acts on record within the window: the Monday of the week, and what was cut."""
    line = given.situation.timeline
    rows = [
        (
            _monday(given, act.week),
            ", ".join(f"{TIES[cut.tie]} {cut.level_before} → {cut.level_after}" for cut in act.cuts),
        )
        for act in given.situation.record.acts
        if act.iso3 == iso3 and line.first <= act.week < line.weeks
    ]
    return pd.DataFrame(rows, columns=["week", "ties"])


def _later(first: pd.DataFrame, record: pd.DataFrame, given: Conditions) -> float:
    """The share of worlds with an act in which the first came after the record's first."""
    if record.empty or first.empty:
        return float("nan")
    weeks = [_monday(given, week) for week in first["week"]]
    return float(np.mean([week > record["week"].iloc[0] for week in weeks]))


def _monday(given: Conditions, week: float) -> pd.Timestamp:
    return pd.Timestamp(given.situation.timeline.monday(int(week)))
