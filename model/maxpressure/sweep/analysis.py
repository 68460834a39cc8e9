"""How strongly each input moves an outcome: Morris's effects and Sobol's shares, beside those of the dummy.

Each is computed for the mean over a point's worlds and for their standard deviation. An input counts as seen
where its interval lies wholly above the upper end of the dummy's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from maxpressure.sweep.design import not_installed, problem
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
    names: Sequence[str], reached: Floats, lived: Floats, outcomes: Sequence[str], seed: int
) -> pd.DataFrame:
    """Effects of moving each input across its whole range, in units of the outcome.

    ``reached`` is how far across its range each input stands at each point, (points, inputs), in the order of
    :func:`design.paths`; ``lived`` is (points, outcomes, replicates). ``mu`` is the mean effect, ``mu_star`` the
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

    return _table(names, lived, outcomes, analysed, MORRIS, RANKED["morris"])


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


def sobol_indices(names: Sequence[str], lived: Floats, outcomes: Sequence[str], seed: int) -> pd.DataFrame:
    """Shares of an outcome's variance over all points: by an input alone, and by it in any company.

    ``lived`` is (points, outcomes, replicates), points in the order of :func:`design.pairs`. ``S1`` is the share
    that knowing the input would take away, ``ST`` the share left when all others are known; half their 95 %
    intervals in ``S1_conf`` and ``ST_conf``. ``S1_sum`` adds up ``S1`` of all inputs but the dummy, and
    ``S1_sum_conf`` is half of its 95 % interval: the sum is taken anew in each resample of the points, the same for
    all inputs, so that errors which inputs share are neither lost nor counted twice.
    """
    try:
        from SALib.analyze import sobol
    except ImportError:
        raise not_installed("SALib") from None

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

    return _table(names, lived, outcomes, analysed, SOBOL, RANKED["sobol"])


def _table(
    names: Sequence[str],
    lived: Floats,
    outcomes: Sequence[str],
    analysed: Analysis,
    columns: Sequence[str],
    ranked: str,
) -> pd.DataFrame:
    """A row for each outcome, statistic and input, the strongest first; an outcome that never varies has blanks."""
    tables = []
    for place, outcome in enumerate(outcomes):
        each = {"mean": lived[:, place].mean(axis=1), "sd": lived[:, place].std(axis=1, ddof=1)}
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
            for number, column in enumerate(("outcome", "statistic", "input")):
                table.insert(number, column, (outcome, statistic, list(names))[number])
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
