"""What a replay of the record makes of the target's trade, beside what customs and statisticians counted.

Each figure is a ratio to the 2016 of its own reporter (:mod:`maxpressure.evidence.customs`), the model's to its own
2016; a share counts by the points that it gained. Months are set against the mean month of 2016 and not against the
same months, since some of 2016 were far from its mean: in its last December coal was hurried over the border.

Enforcement and backfill in ``calibration/assumptions.toml`` were set from figures of 2017 alone; 2018 is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.evidence.customs import BASE, SHARE, base_of, ratio_of, span_of, years_of
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Priors
from maxpressure.evidence.schema import TradeTotalRow
from maxpressure.inference.likelihood import record_situation
from maxpressure.model import economy
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import recorded_history
from maxpressure.model.world import World
from maxpressure.report.plot_style import COLOURS, LETTERS
from maxpressure.scenario.fields import MOST_WEEKS

BOUNDS: Final = {"known": 0.10, "test": 0.20}
"""How far the model's ratio to 2016 may lie from the record's, as a share of it, by the use of the figure."""
BOUND_OF_SHARE: Final = 0.02
"""How far a share of trade may lie from the record's, in what it gained since 2016."""

ERROR: Final = "enforcement_error"
DRAWS: Final = 20_000

DRAWN: Final = {
    "total": "all trade (KOTRA)",
    "patron_imports": "China's purchases (its customs)",
    "patron_exports": "China's sales (its customs)",
}
"""The flows in the picture, and what they are called there."""


def replayed_trade(case: Case, parameters: Parameters) -> pd.DataFrame:
    """The target's trade on each day from 2016 to 2018 as the record is replayed.

    In million USD at yearly rates, a column for each flow of ``trade_totals.csv`` but for the share. After
    the last recorded act levels stay as they are, and only the inputs go on.
    """
    window = {"start": case.assumptions.record.origin, "weeks": MOST_WEEKS}
    situation = record_situation(case, window=window)
    history = recorded_history(situation.record)
    weeks = World(situation, parameters, seed=0, history=history).run().recorder.weeks
    of_first = _of_first_patron(situation, parameters.enforcement_error)
    rates = pd.DataFrame(
        {
            "total": [week.trade_kusd for week in weeks],
            "target_exports": [week.exports_kusd for week in weeks],
            "target_imports": [week.trade_kusd - week.exports_kusd for week in weeks],
            "patron_total": [week.first_patron_share * week.trade_kusd for week in weeks],
            "patron_imports": [buys for buys, _ in of_first],
            "patron_exports": [sells for _, sells in of_first],
        }
    )
    days = pd.date_range(situation.timeline.monday(0), periods=7 * len(rates), name="day")
    return rates.loc[np.repeat(rates.index, 7)].set_axis(days) / 1000.0


def _of_first_patron(situation: Situation, error: float) -> list[tuple[int, int]]:
    """What the first patron buys and sells each week on its path, before it takes up what others lost."""
    line, patron = situation.timeline, situation.population.patrons[0]
    terms = zip(
        line.offered[:, 0].tolist(),
        line.forbidden_exports.tolist(),
        line.forbidden_imports.tolist(),
        map(economy.misjudged, line.enforcement[:, 0].tolist(), (error * line.held[:, 0]).tolist()),
        strict=True,
    )
    flows = [economy.offered_flows(patron.exports, patron.imports, *of_week) for of_week in terms]
    return [(buys, sells) for buys, sells, _ in flows]


def trade_table(case: Case, trade: pd.DataFrame) -> pd.DataFrame:
    """The record's figures after 2016 beside those of the model's ``trade`` (:func:`replayed_trade`).

    ``record`` and ``model`` are million USD of the period, or a share; the ratios are to 2016, at yearly rates.
    ``use`` is whether the figure was known when the path was set, or is a test. ``gap`` is the model's ratio
    over the record's, less one; of a share it is the difference in points gained since 2016. ``verdict`` is
    ``met`` where the gap is at most the bound (:data:`BOUNDS`, :data:`BOUND_OF_SHARE`), else ``missed``.
    """
    rows = case.evidence.trade_totals
    table = pd.DataFrame([_compared(row, rows, trade) for row in rows if row.period != BASE])
    relative = table["use"].map(BOUNDS)
    table["bound"] = relative.where(table["flow"] != SHARE, BOUND_OF_SHARE)
    table["verdict"] = np.where(table["gap"].abs() <= table["bound"], "met", "missed")
    return table


def with_band(table: pd.DataFrame, case: Case, parameters: Parameters, priors: Priors) -> pd.DataFrame:
    """The table with the 90 % band of the model's ratio by the prior of ``enforcement_error``, and where it holds.

    Trade falls as the error rises, so that two replays, at the prior's 5 and 95 %, give the band; of a share, which
    need not fall, they and the middle give a range. ``inside`` is whether it holds the record's ratio. Where the prior
    has no spread the table stays as it is.
    """
    drawn = priors.draw((ERROR,), DRAWS, np.random.default_rng(0))
    ends = np.percentile(drawn, [5, 95])
    if ends[0] == ends[1]:
        return table
    ends_of = [replayed_trade(case, parameters._replace(enforcement_error=end)) for end in ends.tolist()]
    replays = np.stack([table["model_ratio"], *(trade_table(case, one)["model_ratio"] for one in ends_of)])
    low, high = replays.min(axis=0), replays.max(axis=0)
    inside = (low <= table["record_ratio"]) & (table["record_ratio"] <= high)
    return table.assign(low=low, high=high, inside=np.where(inside, "yes", "no"))


def verdict_in_words(table: pd.DataFrame) -> str:
    """The rule of the bounds, and how many figures of each use met theirs."""
    counted = [
        f"{(own['verdict'] == 'met').sum()} of {len(own)} {words} met"
        for use, words in (("known", "known figures"), ("test", "tests"))
        for own in (table[table["use"] == use],)
    ]
    error = (
        f"The band holds 90 % of the assumed error of what patrons stop while their last step holds; in it are "
        f"{(table.loc[table['use'] == 'test', 'inside'] == 'yes').sum()} of the tests"
        if "low" in table
        else "The model's numbers come from one replay: they have no interval, and hold no error of the patrons' paths"
    )
    return (
        f"A figure is met where the gap is at most {BOUNDS['known']:.2f} for one that was known, {BOUNDS['test']:.2f} "
        f"for a test, and {BOUND_OF_SHARE:.2f} for a share of trade: the bounds that the yearly totals had from the "
        f"start, now for every row. {'; '.join(counted)}. {error}."
    )


def _compared(row: TradeTotalRow, rows: Sequence[TradeTotalRow], trade: pd.DataFrame) -> dict[str, object]:
    now, then = _mean(trade, row.period), _mean(trade, BASE)
    is_share = row.flow == SHARE
    span = 1.0 if is_share else years_of(row.period)
    ratio, simulated = ratio_of(row, rows), now[row.flow] / then[row.flow]
    gained = row.value_musd - base_of(row, rows)
    return {
        "period": row.period,
        "reporter": row.reporter,
        "flow": row.flow,
        "use": "test" if row.period.startswith("2018") else "known",
        "record": row.value_musd,
        "model": now[row.flow] * span,
        "record_ratio": ratio,
        "model_ratio": simulated,
        "gap": now[row.flow] - then[row.flow] - gained if is_share else simulated / ratio - 1.0,
    }


def _mean(trade: pd.DataFrame, period: str) -> pd.Series:
    """The mean yearly rates of a period, with China's share."""
    first, last = span_of(period)
    mean = trade.loc[str(first) : str(last)].mean()
    mean[SHARE] = mean["patron_total"] / mean["total"]
    return mean


def draw_trade(axes: Axes, trade: pd.DataFrame, table: pd.DataFrame) -> Axes:
    """The model's trade day by day as lines, the record's figures as bars over their months, in % of 2016."""
    for (flow, name), colour in zip(DRAWN.items(), COLOURS, strict=True):
        model = 100.0 * trade[flow] / _mean(trade, BASE)[flow]
        axes.plot(mdates.date2num(model.index), model, color=colour, linewidth=1.2, label=name)
        for row in table[table["flow"] == flow].itertuples():
            ends = mdates.date2num(span_of(str(row.period)))
            level = 100.0 * float(str(row.record_ratio))
            axes.plot(ends, [level, level], color=colour, linewidth=4.0, alpha=0.5, solid_capstyle="butt")
    axes.xaxis.set_major_locator(mdates.AutoDateLocator())
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%b %Y"))
    axes.set_ylim(0.0, None)
    axes.set_ylabel("% of the yearly rate of 2016", fontsize=LETTERS)
    axes.legend(fontsize=LETTERS, frameon=False)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
