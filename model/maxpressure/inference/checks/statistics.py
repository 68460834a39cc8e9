"""Statistics of a sequence of acts, by which a simulated sequence is compared with the record.

Each takes a sequence and its setting. It is NaN where it has no meaning, as when too few states acted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from scipy import stats

from maxpressure.base.numerics import Bools, Floats, Ints
from maxpressure.base.ties import TIES
from maxpressure.inference.moves import Acts, first_weeks, mix_by_quarter

FIRST: Final = 10
"""Acts that begin a sequence, against the later ones."""

SOON: Final = 4
"""Weeks within which an act follows a peer's."""

LIKELY, UNLIKELY = 0.5, 0.1
"""The risk above which a state that kept still surprises, and that below which one that acted does."""


class Setting(NamedTuple):
    """What a sequence is read against. T weeks, N states, Q quarters.

    ``top_peers`` (N, N) marks for each state the five whose acts it notices most. ``first_week`` and ``risk``
    (N) are, over the worlds, the mean week of a state's first act (T if it never acted) and the share of worlds
    in which it acted; ``mix`` (Q, 6) the mean number of ties that fell by quarter.
    """

    weeks: int
    leverage: Floats
    affinity: Floats
    region: Ints
    top_peers: Bools
    tests: Ints  # the weeks of nuclear tests
    quarter: Ints  # (T,)
    first_week: Floats
    risk: Floats
    mix: Floats


class Statistic(NamedTuple):
    """One of the checks of METHODS 3k, by its number there."""

    check: int
    name: str
    of: Callable[[Acts, Setting], float]


def _weekly(acts: Acts, setting: Setting) -> Ints:
    return np.bincount(acts.week, minlength=setting.weeks)


def _by_state(acts: Acts) -> Ints:
    """How often each state acted that did."""
    return np.unique(acts.state_index, return_counts=True)[1]


def total(acts: Acts, _: Setting) -> float:
    """(1) Acts in all."""
    return float(len(acts.week))


def half_way(acts: Acts, _: Setting) -> float:
    """(1) The week by the end of which half of all acts had happened."""
    return float(acts.week[(len(acts.week) - 1) // 2]) if len(acts.week) else np.nan


def busiest(acts: Acts, setting: Setting) -> float:
    """(2) The most acts in one week."""
    return float(_weekly(acts, setting).max())


def quiet(acts: Acts, setting: Setting) -> float:
    """(3) Weeks without an act."""
    return float((_weekly(acts, setting) == 0).sum())


def autocorrelation(lag: int) -> Callable[[Acts, Setting], float]:
    """(4) The correlation of a week's number of acts with that of some weeks before."""

    def of(acts: Acts, setting: Setting) -> float:
        away = _weekly(acts, setting) - len(acts.week) / setting.weeks
        return float(away[lag:] @ away[:-lag] / (away @ away)) if len(acts.week) else np.nan

    return of


def actors(acts: Acts, _: Setting) -> float:
    """(5) States that acted."""
    return float(len(_by_state(acts)))


def share_acting(times: int) -> Callable[[Acts, Setting], float]:
    """(5) Of the states that acted, the share that did so exactly this often."""

    def of(acts: Acts, _: Setting) -> float:
        return float((_by_state(acts) == times).mean()) if len(acts.week) else np.nan

    return of


def most_by_one(acts: Acts, _: Setting) -> float:
    """(5) The most acts by one state."""
    return float(_by_state(acts).max(initial=0))


def _first_less_later(acts: Acts, of_states: Floats) -> float:
    if len(acts.week) <= FIRST:
        return np.nan
    return float(of_states[acts.state_index[:FIRST]].mean() - of_states[acts.state_index[FIRST:]].mean())


def leverage_gap(acts: Acts, setting: Setting) -> float:
    """(6) Mean leverage of those who made the first ten acts, minus that of the later ones."""
    return _first_less_later(acts, setting.leverage)


def affinity_gap(acts: Acts, setting: Setting) -> float:
    """(6) Mean affinity of those who made the first ten acts, minus that of the later ones."""
    return _first_less_later(acts, setting.affinity)


def region_gap(acts: Acts, setting: Setting) -> float:
    """(6) The share of acts by which the regions of the first ten and of the later ones differ, from 0 to 1."""
    if len(acts.week) <= FIRST:
        return np.nan
    regions = int(setting.region.max()) + 1
    counts = [
        np.bincount(setting.region[places], minlength=regions)
        for places in (acts.state_index[:FIRST], acts.state_index[FIRST:])
    ]
    return float(0.5 * np.abs(counts[0] / counts[0].sum() - counts[1] / counts[1].sum()).sum())


def order(acts: Acts, setting: Setting) -> float:
    """(7) Spearman's correlation, among states that acted, of the week of the first act with its mean over worlds."""
    first = first_weeks(acts, len(setting.risk), setting.weeks)
    acted = first < setting.weeks
    if acted.sum() < 3 or np.ptp(first[acted]) == 0.0:
        return np.nan
    return float(stats.spearmanr(first[acted], setting.first_week[acted]).statistic)


def concordance(acts: Acts, setting: Setting) -> float:
    """(7) The C-index: of pairs of which one acted before the other, or alone, the share ranked so by the mean week."""
    first = first_weeks(acts, len(setting.risk), setting.weeks)
    earlier = first[:, np.newaxis] < first
    if not earlier.any():
        return np.nan
    expected = setting.first_week[:, np.newaxis] - setting.first_week
    return float(((expected < 0.0)[earlier] + 0.5 * (expected == 0.0)[earlier]).mean())


def since_test(acts: Acts, setting: Setting) -> float:
    """(8) Mean number of weeks from the latest nuclear test to an act; acts before the first test do not count."""
    before = np.searchsorted(setting.tests, acts.week, side="right")
    after_any = before > 0
    if not after_any.any():
        return np.nan
    return float((acts.week[after_any] - setting.tests[before[after_any] - 1]).mean())


def tie_share(tie: int) -> Callable[[Acts, Setting], float]:
    """(9) The share of fallen ties that are of this kind."""

    def of(acts: Acts, _: Setting) -> float:
        return float(acts.ties[:, tie].sum() / acts.ties.sum()) if len(acts.week) else np.nan

    return of


def mix_gap(acts: Acts, setting: Setting) -> float:
    """(9) How far the kinds of ties that fell by quarter are from the worlds' mean, as a share of all that fell."""
    away = np.abs(mix_by_quarter(acts, setting.quarter) - setting.mix).sum()
    return float(away / acts.ties.sum()) if len(acts.week) else np.nan


def packages(acts: Acts, _: Setting) -> float:
    """(10) Acts that touched more than one tie."""
    return float((acts.ties.sum(axis=1) > 1).sum())


def clustering(acts: Acts, setting: Setting) -> float:
    """(11) The share of acts one to four weeks after an act of one of the state's five closest peers."""
    if not len(acts.week):
        return np.nan
    lag = acts.week[:, np.newaxis] - acts.week
    followed = (lag >= 1) & (lag <= SOON) & setting.top_peers[np.ix_(acts.state_index, acts.state_index)]
    return float(followed.any(axis=1).mean())


def unmoved(acts: Acts, setting: Setting) -> float:
    """(12) States that did not act though more than half of the worlds had them act."""
    return float(len(surprises(acts, setting)[0]))


def unforeseen(acts: Acts, setting: Setting) -> float:
    """(12) States that acted though fewer than a tenth of the worlds had them act."""
    return float(len(surprises(acts, setting)[1]))


def surprises(acts: Acts, setting: Setting) -> tuple[Ints, Ints]:
    """The places of states that did not act against the odds, and of those that acted against them."""
    acted = np.zeros(len(setting.risk), dtype=bool)
    acted[acts.state_index] = True
    return np.flatnonzero(~acted & (setting.risk > LIKELY)), np.flatnonzero(acted & (setting.risk < UNLIKELY))


STATISTICS: Final = (
    Statistic(1, "acts in all", total),
    Statistic(1, "week by which half had happened", half_way),
    Statistic(2, "acts in the busiest week", busiest),
    Statistic(3, "quiet weeks", quiet),
    Statistic(4, "autocorrelation at 1 week", autocorrelation(1)),
    Statistic(4, "autocorrelation at 4 weeks", autocorrelation(4)),
    Statistic(5, "states that acted", actors),
    Statistic(5, "share of them acting once", share_acting(1)),
    Statistic(5, "share of them acting twice", share_acting(2)),
    Statistic(5, "most acts by one state", most_by_one),
    Statistic(6, "leverage, first ten minus later", leverage_gap),
    Statistic(6, "affinity, first ten minus later", affinity_gap),
    Statistic(6, "regions, first ten against later", region_gap),
    Statistic(7, "order, Spearman", order),
    Statistic(7, "order, C-index", concordance),
    Statistic(8, "weeks since a nuclear test", since_test),
    *(Statistic(9, f"share of ties: {name}", tie_share(tie)) for tie, name in enumerate(TIES)),
    Statistic(9, "ties by quarter, distance from mean", mix_gap),
    Statistic(10, "acts on several ties", packages),
    Statistic(11, "acts soon after a close peer's", clustering),
    Statistic(12, "likely states that did not act", unmoved),
    Statistic(12, "unlikely states that acted", unforeseen),
)
