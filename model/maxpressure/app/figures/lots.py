"""The worlds of a setting, simulated and summed up: what all answers about many worlds are taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.app.figures.basis import WORLDS, Basis
from maxpressure.app.figures.levers import Setting
from maxpressure.app.figures.outcomes import OUTCOMES, first_acts
from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk, Keep, Simulated
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import Output
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import OUTCOMES as OUTCOME_NAMES
from maxpressure.model.case import Situation, prepare
from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES
from maxpressure.results.weekly import busiest_of

COMPARED: Final = (*KEY_OUTCOMES, *LOSSES, "hhi", "first_patron_share")
"""Columns of ``worlds`` that are compared in pairs."""

ACTS_TOTAL: Final = 4
"""The column of the cumulative acts among the whole numbers of a week."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lot:
    """The worlds of one setting, summed up. W worlds, T weeks, N states.

    Attributes
    ----------
    basis : Basis
        What they were simulated from.
    setting : Setting
        What was asked.
    situation : Situation
        The setting laid out.
    levels : dict of arrays (5, T)
        The quantiles of each weekly outcome at each week's end.
    busiest : array (5,)
        The quantiles of the most acts that a world sees within any four weeks.
    ends : dict of arrays (W,)
        The outcomes that are compared, a number a world.
    first : array (W, N)
        The week of each state's first act, from the window's first week on; -1 without one.
    counted : array (W, T)
        Acts counted up.
    weekly : dict of arrays (W, T)
        The outcomes themselves, of a preview only: more worlds of the setting go on from there.
    """

    basis: Basis
    setting: Setting
    situation: Situation
    levels: Mapping[str, NDArray[Any]]
    busiest: NDArray[np.float64]
    ends: Mapping[str, Floats]
    first: NDArray[np.int32]
    counted: NDArray[np.int32]
    weekly: Mapping[str, NDArray[Any]]

    @property
    def worlds(self) -> int:
        """How many worlds were simulated."""
        return len(self.counted)


def laid_out(basis: Basis, setting: Setting) -> Situation:
    """The situation of a setting; raises InputError for a setting that contradicts itself."""
    return prepare(basis.case, setting.scenario(basis.case), like=basis.record)


def run(basis: Basis, situation: Situation, worlds: int, *, attributions: bool, first: int = 0) -> Simulated:
    """The first so many worlds of a situation, or from one on; world w uses posterior draw w mod D, as in a run."""
    ensemble = Ensemble(situation, basis.draws[:worlds])
    return ensemble.simulate(first, worlds - first, seed=basis.seed, attributions=attributions)


def simulate(basis: Basis, setting: Setting, worlds: int = WORLDS, *, begun: Lot | None = None) -> Lot:
    """Simulate the worlds of a setting, the same as those of `maxpressure run`, and sum them up.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.
    setting : Setting
        A shipped scenario with its levers; see :func:`maxpressure.app.figures.levers.setting_of_link`.
    worlds : int, optional
        How many; fewer are the first of the 300.
    begun : Lot, optional
        A preview of the same setting, whose worlds are not simulated again.

    Returns
    -------
    Lot

    Raises
    ------
    InputError
        Where the levers contradict their scenario.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> from maxpressure.app.figures.levers import setting_of_link
    >>> basis = load_basis()
    >>> lot = simulate(basis, setting_of_link(basis.case, "campaign=0"), worlds=20)
    >>> lot.worlds, lot.levels["acts"].shape
    (20, (5, 104))
    """
    situation = laid_out(basis, setting) if begun is None else begun.situation
    done = 0 if begun is None else begun.worlds
    simulated = run(basis, situation, worlds, attributions=False, first=done)
    output = simulated.output
    first = first_acts(simulated, situation)
    counted, ends = output.week_ints[:, :, ACTS_TOTAL].copy(), _ends(output)
    weekly = {key: one.weekly(output, first) for key, one in OUTCOMES.items()}
    if begun is not None:
        first, counted = _joined(begun.first, first), _joined(begun.counted, counted)
        ends = {name: _joined(begun.ends[name], column) for name, column in ends.items()}
        weekly = {key: _joined(begun.weekly[key], rows) for key, rows in weekly.items()}
    return Lot(
        basis=basis,
        setting=setting,
        situation=situation,
        levels={key: quantiles(rows) for key, rows in weekly.items()},
        busiest=busiest_of(counted),
        ends=ends,
        first=first,
        counted=counted,
        weekly={key: rows.copy() for key, rows in weekly.items()} if worlds < WORLDS else {},
    )


def _joined(begun: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """The numbers of the worlds that were there, then those of the others."""
    return np.concatenate((begun, more))


def _ends(output: Output) -> dict[str, Floats]:
    """The compared outcomes of each world, as the columns of the table of worlds have them."""
    return {name: _column(output, OUTCOME_NAMES.index(name)) for name in COMPARED}


def _column(output: Output, index: int) -> Floats:
    whole = output.world_ints.shape[1]
    column = output.world_ints[:, index] if index < whole else output.world_floats[:, index - whole]
    return column.astype(np.float64)


def rows(basis: Basis, situation: Situation, simulated: Simulated, worlds: int) -> dict[str, pa.RecordBatch]:
    """The rows that a run of these worlds writes."""
    chunk = Chunk(situation.scenario.name, 0, worlds)
    return batches(chunk, len(basis.draws), situation, simulated, Keep(weeks=0))
