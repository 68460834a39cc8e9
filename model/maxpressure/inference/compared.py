"""Forecasts of one span laid side by side: scores, simulated totals, and the first one's gain over each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from maxpressure.base.numerics import Floats, Ints
from maxpressure.inference.forecast import (
    Forecast,
    Measured,
    Scores,
    interval,
    paired,
    paired_listed,
    resampled,
    scores_of,
    summed,
)
from maxpressure.inference.moves import Seen
from maxpressure.results.quantiles import crps


class Prediction(NamedTuple):
    """A forecast, each week one week ahead; ``counts`` (worlds, W) are cuts a week simulated from the span's start."""

    forecast: Forecast
    counts: Ints


class Totals(NamedTuple):
    """Cuts of a span in simulated worlds: median, 95 % interval, CRPS of the total and mean CRPS of a week."""

    median: float
    low: float
    high: float
    crps: float
    crps_week: float


class Gains(NamedTuple):
    """How much better one prediction is than another, each with its 95 % interval.

    ``ties`` and ``listed`` are log scores of ties in weeks, intervals over states. ``joint`` is the weeks' joint log
    score, ``total`` the CRPS of the total, ``week`` the mean CRPS of the weeks: intervals over weeks.
    """

    ties: Measured
    listed: Measured
    joint: Measured
    total: Measured
    week: Measured


UNKNOWN: Final = Measured(math.nan, math.nan, math.nan)
NO_GAINS: Final = Gains(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
"""The first prediction's own, on itself."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Predictions of one span by name: the scores of each, its totals, and the first one's gains over the others."""

    scores: tuple[Scores, ...]
    totals: Mapping[str, Totals]
    gains: Mapping[str, Gains]

    def rows(self) -> list[dict[str, Any]]:
        """All numbers of each prediction, with all digits."""
        return [_flat(one, self.totals[one.name], self.gains.get(one.name, NO_GAINS)) for one in self.scores]


def _flat(scores: Scores, totals: Totals, gains: Gains) -> dict[str, Any]:
    row: dict[str, Any] = {"forecast": scores.name, "cells": scores.cells, "cuts": scores.cuts}
    row |= {"expected": scores.expected, "log_score": scores.log_score}
    row |= {"log_score_per_cell": scores.log_score_per_cell, **_three("rules_gain", gains.ties)}
    row |= {"listed_log_score": scores.listed, **_three("listed_gain", gains.listed)}
    row |= {"joint_score": scores.joint, **_three("joint_gain", gains.joint)}
    row |= {"total_median": totals.median, "total_low": totals.low, "total_high": totals.high}
    row |= {"crps_total": totals.crps, **_three("crps_total_gain", gains.total)}
    row |= {"crps_week": totals.crps_week, **_three("crps_week_gain", gains.week)}
    return row | _three("auc", scores.auc) | _three("brier", scores.brier)


def _three(name: str, measured: Measured) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), measured, strict=True))


def compare(predictions: Mapping[str, Prediction], seen: Seen) -> Comparison:
    """Score predictions on what was seen; gains are those of the first."""
    names, cuts = list(predictions), weekly_cuts(seen)
    rule = predictions[names[0]]
    again = {name: _crps_again(one.counts, cuts) for name, one in predictions.items()}
    return Comparison(
        scores=tuple(scores_of(name, one.forecast, seen) for name, one in predictions.items()),
        totals={name: totals_of(one.counts, cuts) for name, one in predictions.items()},
        gains={
            name: _gains(rule, predictions[name], seen, again[name] - again[names[0]]) for name in names[1:]
        },
    )


def weekly_cuts(seen: Seen) -> Ints:
    """The cuts of each week, (W,)."""
    return np.asarray(seen.fell.sum(axis=(1, 2)))


def totals_of(counts: Ints, cuts: Ints) -> Totals:
    """Simulated cuts a week against those that came."""
    total = counts.sum(axis=1)
    low, median, high = np.quantile(total, [0.025, 0.5, 0.975], method="inverted_cdf").tolist()
    return Totals(median, low, high, _crps_of_total(counts, cuts), float(crps(counts, cuts).mean()))


def _gains(one: Prediction, other: Prediction, seen: Seen, total_again: Floats) -> Gains:
    """The gains of one prediction over another; that of the total in every resample is given."""
    cuts = weekly_cuts(seen)
    total = _crps_of_total(other.counts, cuts) - _crps_of_total(one.counts, cuts)
    week = (crps(other.counts, cuts) - crps(one.counts, cuts)) / len(cuts)
    return Gains(
        ties=paired(one.forecast, other.forecast, seen),
        listed=paired_listed(one.forecast, other.forecast, seen),
        joint=summed(one.forecast.weeks - other.forecast.weeks),
        total=Measured(total, *interval(total_again)),
        week=summed(week),
    )


def _crps_of_total(counts: Ints, cuts: Ints) -> float:
    return float(crps(counts.sum(axis=1), cuts.sum()))


def _crps_again(counts: Ints, cuts: Ints) -> Floats:
    """The CRPS of the total in every resample of the weeks, whose total adds up the weeks that it drew."""
    times = np.apply_along_axis(np.bincount, 1, resampled(len(cuts)), minlength=len(cuts)).T.astype(float)
    return crps(counts @ times, cuts @ times)
