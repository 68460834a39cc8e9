"""Scenario discovery: a box of inputs in which the points that one looks for lie close together.

PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010), run by the EMA Workbench behind :func:`discover` alone.
A box is found on some points and judged on others. It says where in the ranges such points lie and nothing more.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from maxpressure.base.errors import InputError
from maxpressure.sweep.design import not_installed

Wanted = NDArray[np.bool_]

TRAINING: Final = 0.6
"""The share of points on which the box is found."""

PEELED: Final = 0.05
"""The share of points that each step takes off the box, and the smallest share that a box may hold."""

TOLERATED: Final = 0.02
"""A restriction is dropped where the score falls by no more than this without it."""

RESAMPLES: Final = 20
FEWEST: Final = 20
"""Wanted points, and points not wanted, below which no box is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How good a box is on some points: ``wanted`` of ``points`` are looked for, ``hits`` of ``inside`` are."""

    points: int
    wanted: int
    inside: int
    hits: int

    @property
    def coverage(self) -> float:
        """The share of what is wanted that lies in the box."""
        return self.hits / self.wanted if self.wanted else float("nan")

    @property
    def density(self) -> float:
        """The share of the box that is wanted."""
        return self.hits / self.inside if self.inside else float("nan")

    @property
    def score(self) -> float:
        """The harmonic mean of coverage and density."""
        return 2 * self.hits / (self.wanted + self.inside) if self.wanted + self.inside else 0.0

    def interval(self, of: str) -> tuple[float, float]:
        """Wilson's 95 % interval of the coverage or the density over so many points."""
        total = self.wanted if of == "coverage" else self.inside
        if not total:
            return float("nan"), float("nan")
        found = binomtest(self.hits, total).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A box: for each input that it restricts, from where to where (infinite where it is open).

    ``training`` are the points on which it was found, ``held_out`` those it had not seen. ``stability`` is the
    share of boxes found on halves of the training points that restrict each input.
    """

    limits: Mapping[str, tuple[float, float]]
    training: Quality
    held_out: Quality
    stability: Mapping[str, float]

    def holds(self, points: pd.DataFrame) -> Wanted:
        """Which points lie in the box."""
        return inside(points, self.limits)


def discover(points: pd.DataFrame, wanted: Wanted, *, seed: int) -> Found:
    """The box in which wanted points are at once most completely and most purely held.

    ``points`` has a column for each input. Of PRIM's ever smaller
    boxes that with the highest score on the training points is taken; then restrictions that cost next to nothing
    are dropped. Raises InputError where hardly any point is wanted, or nearly all are.
    """
    if min(int(wanted.sum()), int((~wanted).sum())) < FEWEST:
        given, allowed = (
            f"{int(wanted.sum())} of {len(wanted)} points",
            f"at least {FEWEST} that are, and as many not",
        )
        raise InputError(file="discover", key="wanted", given=given, allowed=allowed)
    luck = np.random.default_rng(seed)
    order = luck.permutation(len(points))
    cut = round(TRAINING * len(points))
    training, held_out = np.sort(order[:cut]), np.sort(order[cut:])
    limits = _box(points.iloc[training], wanted[training])
    counts = dict.fromkeys(points.columns, 0)
    for _ in range(RESAMPLES):
        half = np.sort(luck.choice(training, len(training) // 2, replace=False))
        for name in _box(points.iloc[half], wanted[half]):
            counts[name] += 1
    return Found(
        limits=limits,
        training=_quality(points.iloc[training], wanted[training], limits),
        held_out=_quality(points.iloc[held_out], wanted[held_out], limits),
        stability={name: count / RESAMPLES for name, count in counts.items()},
    )


def inside(points: pd.DataFrame, limits: Mapping[str, tuple[float, float]]) -> Wanted:
    """Which points lie within the limits, ends included."""
    held = np.ones(len(points), dtype=np.bool_)
    for name, (low, high) in limits.items():
        column = points[name].to_numpy()
        held &= (low <= column) & (column <= high)
    return held


def _quality(points: pd.DataFrame, wanted: Wanted, limits: Mapping[str, tuple[float, float]]) -> Quality:
    held = inside(points, limits)
    return Quality(
        points=len(points),
        wanted=int(wanted.sum()),
        inside=int(held.sum()),
        hits=int((held & wanted).sum()),
    )


def _box(points: pd.DataFrame, wanted: Wanted) -> dict[str, tuple[float, float]]:
    """The limits of the box with the highest score, in the order of the inputs, without idle restrictions."""

    def score(limits: Mapping[str, tuple[float, float]]) -> float:
        return _quality(points, wanted, limits).score

    limits = max(_peeled(points, wanted), key=score)
    while limits:
        without = {name: {key: limits[key] for key in limits if key != name} for name in limits}
        idle = max(limits, key=lambda name: score(without[name]))
        if score(limits) - score(without[idle]) > TOLERATED:
            break
        limits = without[idle]
    return limits


def _peeled(points: pd.DataFrame, wanted: Wanted) -> Iterator[dict[str, tuple[float, float]]]:
    """PRIM's boxes from the whole space inwards, each by what it restricts.

    Whole numbers go in as floats: the workbench writes halves into their columns, which pandas 3 refuses.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the workbench says of optional libraries and of pandas to come
        try:
            from ema_workbench.analysis import prim
        except ImportError:
            raise not_installed("ema_workbench") from None
        search: Any = prim.Prim(
            points.reset_index(drop=True).astype(np.float64),
            wanted,
            threshold=0.0,
            peel_alpha=PEELED,
            mass_min=PEELED,
        )
        boxes = search.find_box().box_lims
    whole = boxes[0]
    for box in boxes:
        limits = {}
        for name in points.columns:
            low, high = box[name]
            first, last = whole[name]
            if low > first or high < last:
                limits[name] = (
                    float(low) if low > first else -np.inf,
                    float(high) if high < last else np.inf,
                )
        yield limits
