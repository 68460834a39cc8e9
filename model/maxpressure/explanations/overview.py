"""A scenario beside the baseline: which states act more or less often, and what acts are due to; and one such state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, NO_FORECAST, NOT_DISARMAMENT, REQUESTS
from maxpressure.base.shown import Shown
from maxpressure.base.text import (
    as_markdown,
    cells,
    columns,
    markdown,
    percent,
    plural,
    signed,
    wrapped,
)
from maxpressure.explanations.rerun import SHARES, Conditions
from maxpressure.report.maps import most_changed, states_changed
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_causes import ATTRIBUTION_DIFFERS, causes_in_words, in_play
from maxpressure.report.plots import Absent, picture_of
from maxpressure.results.beside import cause_differences, clear, state_differences
from maxpressure.results.states import GROUP_WORDS

LISTED: Final = 12
"""States in the table of a terminal or a page."""

PICTURES: Final = {
    "states.png": ("map-difference", "map-acts", "The states on a map"),
    "causes.png": ("attribution-difference", "attributions", "What acts are due to"),
}
"""The files of the pictures: which is drawn beside a baseline, which without one, and what it is of."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overview(Shown):
    """A scenario of a result folder beside the baseline: state by state, and cause by cause.

    Attributes
    ----------
    given : Conditions
        The scenario, its parameters and its results.
    against : str or None
        The baseline, which is the first scenario of the folder; None where the scenario is the baseline itself, or
        covers other weeks.
    states : pandas.DataFrame
        A row for each third state: `iso3`, `name`; `baseline`, `scenario` (shares of worlds in which it acts by the
        end); `difference`, its Monte Carlo error `mcse` and 95 % interval, `ci_low` to `ci_high`; `more`, `fewer`
        (shares of worlds in which it acts under one of them alone); `worlds`. Without a baseline nothing is taken off.
    causes : pandas.DataFrame
        A row for each `group` of causes, and one for all: acts of a mean world that are due to it (Shapley), with the
        same columns.
    """

    given: Conditions
    against: str | None
    states: pd.DataFrame
    causes: pd.DataFrame

    def __repr__(self) -> str:
        beside = f" beside {self.against}" if self.against else ""
        return f"<Overview of {self.given.name}{beside} in {self.given.results.place}>"

    @property
    def title(self) -> str:
        """What is explained."""
        beside = f" beside {self.against}" if self.against else ""
        return f"{self.given.name}{beside}: {self.given.scenario.title}"

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of states and of causes."""
        return {"states": self.states, "causes": self.causes}

    def text(self, width: int = 100) -> str:
        """The overview in short, for a terminal; only a table may have longer lines than ``width``."""
        lines = wrapped(self.title, width, indent="")
        for heading, sentences, table in self._sections():
            shown = self.given.in_short(sentences)
            lines += ["", heading, *wrapped(shown, width, indent="")]
            lines += columns(cells(table), width) if len(table) else []
        return "\n".join(lines)

    def markdown(self) -> str:
        """The overview as a page in Markdown."""
        parts = [f"# {as_markdown(self.title)}\n"]
        for heading, sentences, table in self._sections():
            parts += [f"## {heading}\n", *(f"{as_markdown(sentence)}\n" for sentence in sentences)]
            parts += [markdown(table)] if len(table) else []
        drawn = [f"![{alt}]({name})\n" for name, (_, _, alt) in PICTURES.items() if name in self.pictures()]
        return "\n".join([*parts, *drawn])

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write page, tables, pictures and ``explain.json`` into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another explanation.
        """
        what = {"states": "all", "against": self.against}
        pages = {"overview.md": self.markdown()}
        return self.given.write(folder, what, pages, self.tables, self.pictures(), force=force)

    def pictures(self) -> Mapping[str, Any]:
        """What draws each picture, by the name of its file; those that cannot be drawn are left out."""
        given = self.given
        source = CaseResults(results=given.results, case=given.case, situations={given.name: given.situation})
        wanted = {name: both[0] if self.against else both[1] for name, both in PICTURES.items()}
        drawn = {name: picture_of(source, kind, given.name) for name, kind in wanted.items()}
        return {name: partial(_draw, one) for name, one in drawn.items() if not isinstance(one, Absent)}

    def _sections(self) -> list[tuple[str, list[str], pd.DataFrame]]:
        against = self.against
        states = "Which states act" if against is None else "Which states act less or more often"
        table = self._likeliest() if against is None else most_changed(self.states, LISTED)
        due = self._due() if against is None else causes_in_words(self.causes)
        if not self.causes["worlds"].iloc[0]:
            due = pd.DataFrame()
        return [
            (states, list(self._about_states()), table),
            ("What acts are due to", list(self._about_causes()), due),
            ("How to read this", list(self._cautions()), pd.DataFrame()),
        ]

    def _likeliest(self) -> pd.DataFrame:
        most = self.states.nlargest(LISTED, "scenario")
        return pd.DataFrame(
            {
                "state": most["name"],
                "acts in": [f"{100 * share:.1f} % of worlds" for share in most["scenario"]],
                "95 % interval": [
                    f"{100 * low:.1f} to {100 * high:.1f} %"
                    for low, high in zip(most["ci_low"], most["ci_high"], strict=True)
                ],
            }
        )

    def _due(self) -> pd.DataFrame:
        shown = in_play(self.causes)
        return pd.DataFrame(
            {
                "due to": [GROUP_WORDS.get(group, group) for group in shown["group"]],
                "acts of a world": [f"{one:.2f}" for one in shown["scenario"]],
                "95 % interval": [
                    f"{low:.2f} to {high:.2f}"
                    for low, high in zip(shown["ci_low"], shown["ci_high"], strict=True)
                ],
            }
        )

    def _about_states(self) -> Iterator[str]:
        end = self.given.scenario.window.end - pd.Timedelta(days=1)
        worlds = int(self.states["worlds"].iloc[0])
        if self.against is None:
            yield (
                f"By {end:%Y-%m-%d} a third state acts in {percent(self.states['scenario'].mean())} of worlds on "
                f"average ({plural(worlds, 'world')}). Most likely to act:"
            )
            return
        same = int(((self.states["more"] == 0.0) & (self.states["fewer"] == 0.0)).sum())
        yield (
            f"By {end:%Y-%m-%d} {states_changed(self.states, self.against)} (95 % interval on one side of zero). "
            f"{same} of {len(self.states)} states act or do not act alike in every one of {plural(worlds, 'pair')} of "
            "worlds. Of so many states some differ by chance."
        )
        sure = int(clear(self.states).sum())
        if sure > LISTED:
            yield f"The {LISTED} that differ most, of {sure}; states.csv has all:"

    def _about_causes(self) -> Iterator[str]:
        worlds = int(self.causes["worlds"].iloc[0])
        if not worlds:
            yield "No attribution was kept of any act."
            return
        yield f"Acts of a mean world by what they are due to (Shapley attribution, {plural(worlds, 'world')})."

    def _cautions(self) -> Iterator[str]:
        yield ATTRIBUTION_DIFFERS if self.against else MODEL_ONLY
        yield REQUESTS
        yield CONTAGION
        yield f"{NO_FORECAST} {NOT_DISARMAMENT}"
        yield self.given.provenance

    @property
    def foremost(self) -> str:
        """The state that differs most from the baseline, or without one acts most often."""
        order = self.states["difference"].abs().sort_values(ascending=False, kind="stable").index
        return str(self.states["iso3"].loc[order[0]])


def _draw(picture: Picture, path: Path) -> None:
    path.write_bytes(picture.file("png"))


def overview_of(given: Conditions) -> Overview:
    """The scenario beside the baseline, from the rows of the folder: no world is simulated again."""
    against, results = given.against, given.results
    return Overview(
        given=given,
        against=against,
        states=state_differences(results, given.name, against, given.situation),
        causes=cause_differences(results, given.name, against),
    )


# ---- one state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateBeside:
    """One state under a scenario and under the baseline.

    `state` is its row of the table of states and `causes` the table of causes of its first act; `delays` are the weeks
    by which its first act comes later than under the baseline, in the worlds in which it acts under both.
    """

    scenario: str
    against: str
    state: pd.Series[Any]
    causes: pd.DataFrame
    delays: tuple[int, ...]

    def sentences(self) -> Iterator[str]:
        """Both probabilities, their difference with its interval, and whether the act comes later."""
        row, worlds = self.state, int(self.state["worlds"])
        yield (
            f"It acts with probability {100 * row['scenario']:.1f} % under {self.scenario} and "
            f"{100 * row['baseline']:.1f} % under {self.against}: {signed(100 * row['difference'], 1)} points (95 % "
            f"interval {signed(100 * row['ci_low'], 1)} to {signed(100 * row['ci_high'], 1)}, {plural(worlds, 'pair')} "
            f"of worlds). It acts under {self.against} alone in {percent(row['fewer'])} of worlds, under "
            f"{self.scenario} alone in {percent(row['more'])}."
        )
        if self.delays:
            later = sum(delay > 0 for delay in self.delays)
            earlier = sum(delay < 0 for delay in self.delays)
            yield (
                f"In the {plural(len(self.delays), 'world')} in which it acts under both, its first act comes later in "
                f"{later}, earlier in {earlier} and in the same week in {len(self.delays) - later - earlier}; median "
                f"delay {np.median(self.delays):+.0f} weeks.".replace("+0 weeks", "0 weeks")
            )
        if self.causes["worlds"].iloc[0]:
            yield (
                "The table divides both probabilities among the causes of the first act, in points. "
                f"{ATTRIBUTION_DIFFERS}"
            )

    def table(self) -> pd.DataFrame | None:
        """Both probabilities by what the first act is due to, in points; None where it never acts."""
        if not self.causes["worlds"].iloc[0] or not self.causes[["baseline", "scenario"]].to_numpy().any():
            return None
        return causes_in_words(self.causes, 100.0)


def state_beside(given: Conditions, iso3: str) -> StateBeside | None:
    """A state under the scenario and under the baseline; None where the scenario has none beside it."""
    against = given.against
    if against is None:
        return None
    states = state_differences(given.results, given.name, against, given.situation)
    one, other = (first_acts(given, iso3, name).set_index("world")["week"] for name in (given.name, against))
    delays = (one - other).dropna().astype(int)
    return StateBeside(
        scenario=given.name,
        against=against,
        state=states[states["iso3"] == iso3].iloc[0],
        causes=cause_differences(given.results, given.name, against, state=iso3),
        delays=tuple(delays.tolist()),
    )


def first_acts(given: Conditions, iso3: str, scenario: str | None = None) -> pd.DataFrame:
    """The state's first act in each world: `world`, `week` and the shares of its attribution, NaN where not kept."""
    where = (ds.field("iso3") == iso3) & ds.field("lead")
    wanted = ["world", "week", *SHARES]
    pieces = given.results.files.pieces("acts", wanted, scenario=scenario or given.name, where=where)
    tables = [piece.to_pandas() for piece in pieces]
    every = pd.concat(tables) if tables else pd.DataFrame(columns=wanted, dtype=np.float64)
    return every.sort_values(["world", "week"], kind="stable").drop_duplicates("world").reset_index(drop=True)
