"""Twins shown: which recorded acts are gone under a scenario, as two tables, in words and as a picture.

The n-th act of a state is gone by a day if by then the state has acted fewer than n times. A single act is spoken of
only where both couplings agree on it, by ``RULE``; the totals are shown under both.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.text import DASH, columns, percent, percent_range, wrapped
from maxpressure.base.ties import TIES
from maxpressure.explanations.twins import COUPLINGS, COUPLINGS_IN_WORDS, THRESHOLD, WEEKLY, TwinActs
from maxpressure.model.case import Situation
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET, as_written, frame, plain
from maxpressure.results.quantiles import quantiles

CLOSE: Final = 0.2
RULE: Final = (
    "The two couplings agree on an act if, both by the record's end and half a year later, they put the share of "
    "twins in which it is gone on the same side of 50 % and less than 20 points apart."
)
LOST_BY_END, LOST_LATER, GAINED = (
    "lost by the record's end",
    "lost half a year later",
    "gained by the record's end",
)

COLUMNS: Final = (
    "iso3", "state", "act", "week", "ties", "coupling", "twins", "gone_by_end", "gone_later", "delay_weeks",
    "agree",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The weeks that count, from the record's origin.

    ``touched`` is the first in which the scenario can affect a state, ``until`` the one after the record's
    last, ``weeks`` the one after the twin's last.
    """

    origin: dt.date
    touched: int
    until: int
    weeks: int

    def monday(self, week: int) -> dt.date:
        """The first day of a week."""
        return self.origin + dt.timedelta(weeks=week)

    def last_day(self, week: int) -> dt.date:
        """The day before a week begins."""
        return self.monday(week) - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedActs:
    """The recorded acts that the scenario can affect, in the order of week and ISO3."""

    state_index: tuple[int, ...]
    number: tuple[int, ...]  # among the acts of its state, from 1
    week: tuple[int, ...]
    ties: tuple[str, ...]


def recorded_acts(situation: Situation, span: Span) -> RecordedActs:
    """The acts from the first week on in which the scenario can matter: earlier ones cannot be lost."""
    index = {iso3: at for at, iso3 in enumerate(situation.population.iso3)}
    before: dict[str, int] = {}
    rows = []
    for act in situation.record.acts:
        before[act.iso3] = before.get(act.iso3, 0) + 1
        if act.week >= span.touched:
            ties = ", ".join(TIES[cut.tie] for cut in act.cuts)
            rows.append((index[act.iso3], before[act.iso3], act.week, ties))
    indices, numbers, weeks, ties_ = zip(*rows, strict=True) if rows else ((), (), (), ())
    return RecordedActs(state_index=indices, number=numbers, week=weeks, ties=ties_)


def act_table(twins: Sequence[TwinActs], situation: Situation, span: Span) -> pd.DataFrame:
    """A row for each recorded act and coupling.

    The n-th act of a state is gone by a day if by then the state has acted fewer than n times. The delay is
    that of the median twin in weeks, below 0 where the act comes earlier, infinite where it does not come.
    """
    acts, population = recorded_acts(situation, span), situation.population
    came = {name: _weeks_of(twins, name, acts, span) for name in COUPLINGS}
    gone = {name: _gone(weeks, span) for name, weeks in came.items()}
    agree = agreed(*(gone[name] for name in COUPLINGS))
    rows = (
        {
            "iso3": population.iso3[index],
            "state": population.names[index],
            "act": acts.number[row],
            "week": span.monday(acts.week[row]).isoformat(),
            "ties": acts.ties[row],
            "coupling": name,
            "twins": len(came[name]),
            "gone_by_end": gone[name][0, row],
            "gone_later": gone[name][1, row],
            "delay_weeks": _delay(came[name][:, row], acts.week[row], span),
            "agree": agree[row],
        }
        for row, index in enumerate(acts.state_index)
        for name in COUPLINGS
    )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _weeks_of(twins: Sequence[TwinActs], coupling: str, acts: RecordedActs, span: Span) -> Ints:
    """The week in which each act came in each twin, that of the end where it did not, (twins, acts)."""
    weeks = [
        [
            twin.acted[index][number - 1] if len(twin.acted[index]) >= number else span.weeks
            for index, number in zip(acts.state_index, acts.number, strict=True)
        ]
        for twin in twins
        if twin.coupling == coupling
    ]
    return np.array(weeks, dtype=np.int64).reshape(len(weeks), len(acts.state_index))


def _gone(came: Ints, span: Span) -> Floats:
    """The share of twins in which each act is gone by the record's end and by the twin's, (2, acts)."""
    return np.stack([(came >= span.until).mean(axis=0), (came >= span.weeks).mean(axis=0)])


def _delay(came: Ints, recorded: int, span: Span) -> float:
    """The median delay in weeks."""
    middle = int(quantiles(came, (50,))[0])
    return float("inf") if middle >= span.weeks else float(middle - recorded)


def agreed(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether two sets of probabilities (horizons, acts) agree act by act, by the RULE."""
    agreeing: NDArray[np.bool_] = (((one > 0.5) == (other > 0.5)) & (np.abs(one - other) < CLOSE)).all(axis=0)
    return agreeing


def total_table(twins: Sequence[TwinActs], situation: Situation, span: Span) -> pd.DataFrame:
    """Acts lost and gained, a row for each quantity and coupling: mean, its error, 5–95 % of twins.

    What a state does beyond the number of its recorded acts is gained; past the record's end there is none
    to compare with.
    """
    acts, population = recorded_acts(situation, span), situation.population
    recorded = np.zeros(len(population.iso3), dtype=np.int64)
    for act in situation.record.acts:
        recorded[population.iso3.index(act.iso3)] += 1
    rows = []
    for name in COUPLINGS:
        came = _weeks_of(twins, name, acts, span)
        done = [[sum(week < span.until for week in weeks) for weeks in twin.acted]
                for twin in twins if twin.coupling == name]  # fmt: skip
        counts = {
            LOST_BY_END: (came >= span.until).sum(axis=1),
            LOST_LATER: (came >= span.weeks).sum(axis=1),
            GAINED: np.maximum(np.array(done) - recorded, 0).sum(axis=1),
        }
        for quantity, count in counts.items():
            of = "" if quantity == GAINED else len(acts.state_index)
            rows.append({"quantity": quantity, "of": of, "coupling": name, **_spread(count)})
    return pd.DataFrame(rows)


def _spread(counts: Ints) -> dict[str, Any]:
    low, high = quantiles(counts, (5, 95)).tolist()
    size = len(counts)
    error = float(counts.std(ddof=1)) / size**0.5 if size > 1 else float("nan")
    return {"twins": size, "mean": float(counts.mean()), "mcse": error, "p05": low, "p95": high}


WIDE, LEFT, RIGHT, BETWEEN = 11.0, 3.3, 0.3, 0.3
ABOVE, ROW, BELOW = 1.45, 0.225, 1.35
"""Inches."""

DASHED: Final = (0, (2, 2))
SIGNS: Final = {THRESHOLD: "o", WEEKLY: "D"}


@as_written
def save_twins(path: Path, acts: pd.DataFrame, span: Span, title: str, notes: str) -> None:
    """Draw the table of acts into a PNG: a line from one coupling's probability to the other's."""
    order = acts.groupby(["week", "iso3"])["gone_by_end"].mean().sort_values(kind="stable").index
    named = acts.drop_duplicates(["week", "iso3"]).set_index(["week", "iso3"], drop=False)
    high = ABOVE + ROW * (len(order) + 1) + BELOW
    figure = Figure(figsize=(WIDE, high), dpi=150)
    across = (WIDE - LEFT - RIGHT - BETWEEN) / 2
    for column, (value, until) in enumerate((("gone_by_end", span.until), ("gone_later", span.weeks))):
        left = (LEFT + column * (across + BETWEEN)) / WIDE
        axes = figure.add_axes((left, BELOW / high, across / WIDE, 1 - (ABOVE + BELOW) / high))
        day = span.last_day(until)
        axes.set_title(f"gone by {day.day} {day:%B %Y}", fontsize=LETTERS + 1, loc="left")
        if len(order):
            wide = acts.pivot_table(index=["week", "iso3"], columns="coupling", values=value)
            _draw_pairs(axes, wide.loc[order], named["agree"].loc[order].tolist())
        axes.set_yticks(range(len(order)), [_label(named.loc[key]) for key in order] if not column else [])
        _scale(axes, len(order))
    signs = [
        Line2D([], [], color=colour, marker=SIGNS[name], linestyle="", label=COUPLINGS_IN_WORDS[name])
        for name, colour in zip(COUPLINGS, COLOURS, strict=False)
    ]
    signs.append(Line2D([], [], color=QUIET, linestyle=DASHED, linewidth=1.1, label="they disagree"))
    none = "" if len(order) else "The scenario affects no recorded act. "
    frame(figure, title, f"{RULE} {none}{notes}", signs, letters=(90, 150), corner=(LEFT, 0.72))
    FigureCanvasAgg(figure).print_png(path)


def _label(row: pd.Series) -> str:
    day = dt.date.fromisoformat(row["week"])
    return f"{row['state']}, {day.day} {day:%b %Y}" + (f" (act {row['act']})" if row["act"] > 1 else "")


def _draw_pairs(axes: Axes, chances: pd.DataFrame, agree: Sequence[bool]) -> None:
    """Both couplings on one line for each act; a broken line where they disagree."""
    for height, (one, other, agreeing) in enumerate(
        zip(chances[COUPLINGS[0]], chances[COUPLINGS[1]], agree, strict=True)
    ):
        style = "-" if agreeing else DASHED
        axes.plot([one, other], [height, height], color=QUIET, linewidth=1.1, linestyle=style, zorder=1)
    for name, colour in zip(COUPLINGS, COLOURS, strict=False):
        axes.scatter(chances[name], range(len(chances)), 22, color=colour, marker=SIGNS[name], zorder=2)


def _scale(axes: Axes, rows: int) -> None:
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.8, max(rows, 1) - 0.2)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axes.axvline(0.5, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    plain(axes, grid="x")
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("share of twins", fontsize=LETTERS)


# ---- in words

UNSETTLED: Final = "depending on a choice that data cannot settle"
"""Ends each bound that the two couplings give, since the record does not tell them apart."""

ACTS_HEAD: Final = (
    "Share of twins in which each act is gone. A range runs from one coupling to the other. * marks acts on which they "
    "agree; everywhere else the share lies somewhere in the range, " + UNSETTLED + "."
)


def twin_lines(
    acts: pd.DataFrame, totals: pd.DataFrame, span: Span, states: Sequence[str], width: int
) -> Iterator[str]:
    """The totals, the acts of the states named (or of all), and what may be concluded about each.

    Where no state is named, a sentence stands only for acts on which the couplings agree, and one for all others.
    """
    yield from _total_lines(totals, span, width)
    shown = acts[acts["iso3"].isin(states)] if states else acts
    if not len(shown):
        none = "The scenario can affect none of the recorded acts asked about."
        yield from ("", *wrapped(none, width, indent="")) if len(acts) else ()
        return
    yield from ("", *wrapped(ACTS_HEAD, width, indent=""), "", *_act_lines(shown, span, width), "")
    concluded = shown if states else shown[shown["agree"]]
    sentences = [sentence(pair, span) for _, pair in concluded.groupby(["week", "iso3"])]
    others = shown.drop(concluded.index)
    if len(others):
        count, disagree = len(shown) // len(COUPLINGS), len(others) // len(COUPLINGS)
        low, high = others.groupby("coupling")["gone_by_end"].sum().agg(["min", "max"])
        sentences.append(
            f"For {disagree} of {count} acts the two couplings disagree. Of these {disagree}, between {low:.1f} and "
            f"{high:.1f} are lost by {span.last_day(span.until)} in the mean twin, {UNSETTLED}."
        )
    yield from wrapped(sentences, width)


def _total_lines(totals: pd.DataFrame, span: Span, width: int) -> Iterator[str]:
    """A line for each quantity: mean, Monte Carlo error and 5–95 % of twins, under both couplings."""
    of, first = totals["of"].iloc[0], span.monday(span.touched)
    end, later = span.last_day(span.until), span.last_day(span.weeks)
    named = {LOST_BY_END: f"lost by {end}", LOST_LATER: f"still lost by {later}", GAINED: f"gained by {end}"}
    yield from wrapped(
        f"Of the {of} acts recorded from {first} on: mean number of twins ± Monte Carlo error (5–95 % of twins)",
        width,
        indent="",
    )
    rows = [("acts", *(f"{coupling} coupling" for coupling in COUPLINGS))]
    for quantity, both in totals.groupby("quantity", sort=False):
        rows.append((named[str(quantity)], *map(_total, both.itertuples())))
    yield from columns(rows)


def _total(row: Any) -> str:
    error = DASH if math.isnan(row.mcse) else f"{row.mcse:.1f}"
    return f"{row.mean:.1f} ± {error} ({row.p05:.0f}–{row.p95:.0f})"


def _act_lines(acts: pd.DataFrame, span: Span, width: int) -> Iterator[str]:
    """A line for each act: how often it is gone by both days, and its delay; ties below the state where long."""
    heads = (
        "act of the week of",
        f"by {span.last_day(span.until)}",
        f"by {span.last_day(span.weeks)}",
        "weeks later",
    )
    rows, below = [heads], [""]
    pairs = [_both(pair) for _, pair in acts.groupby(["week", "iso3"])]
    numbers = [
        (
            percent_range(one.gone_by_end, other.gone_by_end),
            percent_range(one.gone_later, other.gone_later),
            _weeks(one.delay_weeks, other.delay_weeks),
        )
        for one, other in pairs
    ]
    room = width - sum(max(map(len, column)) + 2 for column in zip(heads[1:], *numbers, strict=True))
    for (one, _), row in zip(pairs, numbers, strict=True):
        state, mark = f"{one.week} {one.state}", " *" if one.agree else ""
        whole = f"{state}: {one.ties}{mark}"
        rows.append((whole if len(whole) <= room else f"{state}:{mark}", *row))
        below.append("" if len(whole) <= room else f"{'':{len(one.week) + 1}}{one.ties}")
    for line, ties in zip(columns(rows), below, strict=True):
        yield from (line, ties) if ties else (line,)


def shown_acts(acts: pd.DataFrame) -> pd.DataFrame:
    """The table of acts with a row for each act, its cells as words: ranges between the couplings."""
    rows = []
    for _, pair in acts.groupby(["week", "iso3"]):
        one, other = _both(pair)
        rows.append(
            {
                "act of the week of": f"{one.week} {one.state}: {one.ties}",
                "gone by the record's end": percent_range(one.gone_by_end, other.gone_by_end),
                "gone half a year later": percent_range(one.gone_later, other.gone_later),
                "median delay, weeks": _weeks(one.delay_weeks, other.delay_weeks),
                "couplings": "agree" if one.agree else "disagree",
            }
        )
    return pd.DataFrame(rows)


def _both(pair: pd.DataFrame) -> list[Any]:
    """The rows of one act under the threshold and the weekly coupling."""
    return list(pair.itertuples())


def _weeks(one: float, other: float) -> str:
    """The median delays under both couplings as a range."""
    low, high = ("never" if delay == float("inf") else f"{delay:.0f}" for delay in sorted((one, other)))
    return low if low == high else f"{low} to {high}"


def sentence(pair: pd.DataFrame, span: Span) -> str:
    """The conclusion about one act: a probability; where the couplings disagree, the bound that both give."""
    one, other = _both(pair)
    act, end, later = (
        f"{one.state}, week of {one.week} ({one.ties})",
        span.last_day(span.until),
        span.last_day(span.weeks),
    )
    shares = (one.gone_by_end, other.gone_by_end), (one.gone_later, other.gone_later)
    if one.agree:
        by_end, by_later = (percent_range(*both) for both in shares)
        return f"{act}: gone by {end} in {by_end} of twins, by {later} in {by_later}."
    by_end, by_later = (bound(*both) for both in shares)
    return f"{act}: gone by {end} in {by_end} of twins, by {later} in {by_later}, {UNSETTLED}."


def bound(one: float, other: float) -> str:
    """Two shares as a bound in words: "between 0 and 49 %"."""
    low, high = (percent(share, unit=False) for share in sorted((one, other)))
    return f"{low} %" if low == high else f"between {low} and {high} %"
