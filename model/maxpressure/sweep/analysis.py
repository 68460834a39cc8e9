"""The statistics of sweeps: indices of inputs, a box of inputs, and the regret of policies.

*Indices* (Morris 1991; Sobol, Saltelli et al. 2010) measure how strongly each input moves an outcome, for the mean over
the worlds of a point and for their standard deviation. An input is marked as seen where its interval lies wholly above
the upper end of the dummy's.

*Scenario discovery* (PRIM: Friedman and Fisher 1999; Bryant and Lempert 2010), run by the EMA Workbench behind
:func:`discover` alone, finds a box of inputs on some points and tests it on others.

*Regret* (Savage 1951) is how much worse a policy is at a point than the best policy of the table. Better is what the
asker says it is: the outcomes are counts and shares, and none of them is a success by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from maxpressure.base.errors import InputError, not_installed
from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import error_of_mean
from maxpressure.sweep.design import problem
from maxpressure.sweep.files import DUMMY

Floats = NDArray[np.float64]

STATISTICS: Final = ("mean", "sd")
RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95
HALF: Final = float(norm.ppf(0.5 + CONFIDENCE / 2))
"""Half of a 95 % interval in standard errors."""

MORRIS: Final = ("mu", "mu_star", "mu_star_conf", "sigma")
SOBOL: Final = ("S1", "S1_conf", "ST", "ST_conf", "S1_sum", "S1_sum_conf")
RANKED: Final = {"morris": "mu_star", "sobol": "ST"}
"""By which number a method ranks inputs; its interval is that number ± the one called _conf."""

Analysis = Callable[[Floats], Mapping[str, Any]]


def morris_indices(
    names: Sequence[str], reached: Floats, simulated: Floats, outcomes: Sequence[str], seed: int
) -> pd.DataFrame:
    """Effects of moving each input across its whole range, in units of the outcome.

    ``reached`` is how far across its range each input stands at each point, (points, inputs), in the order of
    :func:`design.paths`; ``simulated`` is (points, outcomes, worlds). ``mu`` is the mean effect, ``mu_star`` the
    mean of its absolute value with half its 95 % interval over resampled paths in ``mu_star_conf``, ``sigma`` how
    the effect varies with where the other inputs stand.
    """

    def analysed(numbers: Floats) -> Mapping[str, Any]:
        effects = _effects(reached, numbers)
        again = np.random.default_rng(seed).integers(0, effects.shape[1], (RESAMPLES, effects.shape[1]))
        sizes = np.abs(effects)
        return {
            "mu": effects.mean(axis=1),
            "mu_star": sizes.mean(axis=1),
            "mu_star_conf": HALF * sizes[:, again].mean(axis=2).std(axis=1, ddof=1),
            "sigma": effects.std(axis=1, ddof=1),
        }

    return _table(names, simulated, outcomes, analysed, MORRIS, RANKED["morris"])


def _effects(reached: Floats, numbers: Floats) -> Floats:
    """The change of the numbers as each input is moved on each path, by the share of its range, (inputs, paths).

    The step is the one that was made: of whole numbers it may be more or less than two thirds of the range.
    """
    inputs = reached.shape[1]
    steps = np.diff(reached.reshape(-1, inputs + 1, inputs), axis=1)
    moved = np.abs(steps).argmax(axis=2)
    made = np.take_along_axis(steps, moved[:, :, np.newaxis], axis=2)[:, :, 0]
    effects = np.empty((len(steps), inputs))
    np.put_along_axis(effects, moved, np.diff(numbers.reshape(-1, inputs + 1), axis=1) / made, axis=1)
    return effects.T


def sobol_indices(
    names: Sequence[str], simulated: Floats, outcomes: Sequence[str], seed: int
) -> pd.DataFrame:
    """Shares of an outcome's variance: (first order) by an input alone and (total) together with all others.

    ``simulated`` is (points, outcomes, worlds), points in the order of :func:`design.pairs`. ``S1`` is the share
    that knowing the input would take away, ``ST`` the share left when all others are known; half their 95 %
    intervals in ``S1_conf`` and ``ST_conf``. ``S1_sum`` adds up ``S1`` of all inputs but the dummy, and
    ``S1_sum_conf`` is half of its 95 % interval: the sum is taken anew in each resample of the points, the same for
    all inputs, so that errors which inputs share are neither lost nor counted twice.
    """
    try:
        from SALib.analyze import sobol
    except ImportError:
        raise not_installed("SALib", "explore", "sweep") from None

    def analysed(numbers: Floats) -> Mapping[str, Any]:
        found: Mapping[str, Any] = sobol.analyze(
            problem(names),
            numbers,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=CONFIDENCE,
            keep_resamples=True,
            seed=seed + 1,  # SALib takes a seed of 0 for none
        )
        own = np.array([name != DUMMY for name in names])
        sums = found["S1_conf_all"][:, own].sum(axis=1)
        whole = {"S1_sum": found["S1"][own].sum(), "S1_sum_conf": HALF * sums.std(ddof=1)}
        return dict(found) | {name: np.full(len(names), value) for name, value in whole.items()}

    return _table(names, simulated, outcomes, analysed, SOBOL, RANKED["sobol"])


def _table(
    names: Sequence[str],
    simulated: Floats,
    outcomes: Sequence[str],
    analysed: Analysis,
    columns: Sequence[str],
    ranked: str,
) -> pd.DataFrame:
    """A row for each outcome, statistic and input, the strongest first; an outcome that never varies has blanks."""
    tables = []
    for index, outcome in enumerate(outcomes):
        each = {"mean": simulated[:, index].mean(axis=1), "sd": simulated[:, index].std(axis=1, ddof=1)}
        for statistic in STATISTICS:
            numbers = each[statistic]
            varies = bool(numbers.max() > numbers.min())
            found: Mapping[str, Any] = analysed(numbers) if varies else {}
            table = pd.DataFrame(
                {
                    column: np.asarray(found.get(column, [np.nan] * len(names)), dtype=float)
                    for column in columns
                }
            )
            for at, (name, value) in enumerate(
                (("outcome", outcome), ("statistic", statistic), ("input", list(names)))
            ):
                table.insert(at, name, value)
            table["seen"] = _seen(table, ranked)
            tables.append(table.sort_values(ranked, ascending=False, kind="stable"))
    return pd.concat(tables, ignore_index=True)


def _seen(table: pd.DataFrame, ranked: str) -> pd.Series:
    """Whether an input's interval lies above the upper end of the dummy's."""
    low, high = table[ranked] - table[f"{ranked}_conf"], table[ranked] + table[f"{ranked}_conf"]
    floor = high[table["input"] == DUMMY]
    return (low > floor.iloc[0]) if len(floor) else low > 0.0


def floor_of(table: pd.DataFrame, ranked: str) -> float:
    """The upper end of the dummy's interval in a table of one outcome and statistic."""
    dummy = table[table["input"] == DUMMY].iloc[0]
    return float(dummy[ranked] + dummy[f"{ranked}_conf"])


Wanted = NDArray[np.bool_]

TRAINING: Final = 0.6
"""The share of points on which the box is found."""

PEELED: Final = 0.05
"""The share of points that each step takes off the box, and the smallest share that a box may hold."""

TOLERATED: Final = 0.02
"""A restriction is dropped where the score falls by no more than this without it."""

BOX_RESAMPLES: Final = 20
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
    """The box with the best balance of coverage and density of wanted points.

    ``points`` has a column for each input. Of PRIM's ever smaller boxes that with the highest score on the training
    points is taken; then restrictions that cost next to nothing are left out. Raises InputError where hardly any
    point is wanted, or nearly all are.
    """
    if min(int(wanted.sum()), int((~wanted).sum())) < FEWEST:
        given, allowed = (
            f"{int(wanted.sum())} of {len(wanted)} points",
            f"at least {FEWEST} that are, and as many not",
        )
        raise InputError(file="discover", key="wanted", given=given, allowed=allowed)
    random = np.random.default_rng(seed)
    order = random.permutation(len(points))
    cut = round(TRAINING * len(points))
    training, held_out = np.sort(order[:cut]), np.sort(order[cut:])
    limits = _box(points.iloc[training], wanted[training])
    counts = dict.fromkeys(points.columns, 0)
    for _ in range(BOX_RESAMPLES):
        half = np.sort(random.choice(training, len(training) // 2, replace=False))
        for name in _box(points.iloc[half], wanted[half]):
            counts[name] += 1
    return Found(
        limits=limits,
        training=_quality(points.iloc[training], wanted[training], limits),
        held_out=_quality(points.iloc[held_out], wanted[held_out], limits),
        stability={name: count / BOX_RESAMPLES for name, count in counts.items()},
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
        points=len(points), wanted=int(wanted.sum()), inside=int(held.sum()), hits=int((held & wanted).sum())
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
        warnings.simplefilter(
            "ignore"
        )  # warnings of the workbench about optional libraries and a later pandas
        try:
            from ema_workbench.analysis import prim
        except ImportError:
            raise not_installed("ema_workbench", "explore", "sweep") from None
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


Better = Literal["lower", "higher"]

NEAR: Final = 0.1
"""A policy is near the best where it misses the best policy's outcome by at most this share of it."""

ENDS: Final = (2.5, 97.5)


def regrets(outcomes: Floats, better: Better) -> Floats:
    """How far each policy is from the best one at each point, never negative; (policies, points) both."""
    if better == "higher":
        return np.asarray(outcomes.max(axis=0) - outcomes)
    return np.asarray(outcomes - outcomes.min(axis=0))


def regret_table(names: Sequence[str], simulated: Floats, better: Better, seed: int) -> pd.DataFrame:
    """A row for each policy, the smallest 90th percentile of regret first.

    ``simulated`` is (policies, points, worlds). `regret_median`, `regret_p90` and `regret_max` are over points, the
    interval `p90_from` to `p90_to` from 1000 resamples of the points. `near_best` is the share of points at which
    the policy is within 10 % of the best, with Wilson's interval; `best` at how many it is the best or level with
    it. `mcse` is the Monte Carlo standard error of the regret at one point, the median over points.
    """
    outcomes = simulated.mean(axis=2)
    far = regrets(outcomes, better)
    best = outcomes.max(axis=0) if better == "higher" else outcomes.min(axis=0)
    near = far <= NEAR * np.abs(best)
    points = far.shape[1]
    again = np.random.default_rng(seed).integers(0, points, (RESAMPLES, points))
    rows = []
    for row, name in enumerate(names):
        middle, high = quantiles(far[row], (50, 90))
        ends = np.percentile(quantiles(far[row][again], (90,), axis=1)[:, 0], ENDS)
        share = binomtest(int(near[row].sum()), points).proportion_ci(method="wilson")
        rows.append(
            {
                "policy": name,
                "points": points,
                "outcome_median": float(quantiles(outcomes[row], (50,))[0]),
                "regret_median": float(middle),
                "regret_p90": float(high),
                "p90_from": float(ends[0]),
                "p90_to": float(ends[1]),
                "regret_max": float(far[row].max()),
                "near_best": float(near[row].mean()),
                "near_from": float(share.low),
                "near_to": float(share.high),
                "best": int((far[row] == 0.0).sum()),
                "mcse": _error(simulated, outcomes, row, better),
            }
        )
    return pd.DataFrame(rows).sort_values("regret_p90", kind="stable", ignore_index=True)


def _error(simulated: Floats, outcomes: Floats, policy: int, better: Better) -> float:
    """The median over points of the standard error of the difference from the best, world by world."""
    best = outcomes.argmax(axis=0) if better == "higher" else outcomes.argmin(axis=0)
    gaps = simulated[policy] - simulated[best, np.arange(simulated.shape[1])]
    alike = np.zeros(simulated.shape[2])
    return float(quantiles(np.array([error_of_mean(gap, alike) for gap in gaps]), (50,))[0])
