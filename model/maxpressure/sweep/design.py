"""Where a sweep looks: Morris's paths, Sobol's pairs of samples, a Latin hypercube. Places lie between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from maxpressure.base.errors import InputError

Floats = NDArray[np.float64]

LEVELS: Final = 4
"""Places on each axis that Morris's paths step between."""

INSTALL: Final = (
    "the extra `explore`: pip install 'maxpressure[explore]', or in a checkout `make test` once, "
    "which installs all extras"
)


def problem(names: Sequence[str]) -> dict[str, Any]:
    """The inputs as SALib wants them told: each between 0 and 1."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def paths(names: Sequence[str], count: int, seed: int) -> Floats:
    """``count`` paths that move each input once, by two thirds of its range: (count × (inputs + 1), inputs)."""
    try:
        from SALib.sample import morris
    except ImportError:
        raise not_installed("SALib") from None
    _at_least(count, 2, "paths")
    return np.asarray(morris.sample(problem(names), count, num_levels=LEVELS, seed=seed), dtype=np.float64)


def pairs(names: Sequence[str], count: int, seed: int) -> Floats:
    """Sobol's two samples of ``count`` points and the crossings between them: (count × (inputs + 2), inputs)."""
    try:
        from SALib.sample import sobol
    except ImportError:
        raise not_installed("SALib") from None
    if count < 2 or count & (count - 1):
        raise InputError(
            file="sweep", key="points", given=count, allowed="a power of 2 of 2 or more, such as 512"
        )
    sampled = sobol.sample(problem(names), count, calc_second_order=False, seed=seed)
    return np.asarray(sampled, dtype=np.float64)


def hypercube(inputs: int, count: int, seed: int) -> Floats:
    """``count`` points of which one lies in each of as many slices of every axis, (count, inputs)."""
    _at_least(count, 2, "points")
    return np.asarray(qmc.LatinHypercube(inputs, rng=seed).random(count), dtype=np.float64)


def not_installed(library: str) -> InputError:
    """The refusal of a command whose libraries are not there."""
    return InputError(file="sweep", key="explore", given=f"{library} is not installed", allowed=INSTALL)


def _at_least(count: int, least: int, key: str) -> None:
    if count < least:
        raise InputError(file="sweep", key=key, given=count, allowed=f"a whole number of {least} or more")
