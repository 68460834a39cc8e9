"""Hazard ratios: what each coefficient does to a state's weekly hazard, in a unit that can be pictured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Floats
from maxpressure.evidence.parameters import Parameters, named_numbers
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.priors import Priors, priors_of
from maxpressure.model.case import Case, case_or_shipped


class Unit(NamedTuple):
    """A parameter, the amount of its input whose effect is shown, and that amount in words."""

    parameter: str
    amount: float
    words: str


UNITS: Final = (
    Unit("beta_shock", 1.0, "a nuclear test, remembered in full"),
    Unit("beta_news", 1.0, "a resolution, remembered in full"),
    Unit("beta_request", 1.0, "a request at full strength, this week, state of mean sensitivity"),
    Unit("beta_campaign", 1.0, "the campaign at its height, state of mean sensitivity"),
    Unit("beta_mandate", 1.0, "a tie wholly forbidden and kept"),
    Unit("beta_incident", 1.0, "an incident on the state's own soil, this week"),
    Unit("beta_mission", 1.0, "a resident mission, on the diplomatic tie"),
    Unit("beta_dependence", 1.0, "one sd more to lose with the tie"),
    Unit("beta_affinity", 1.0, "one sd more affinity with the target"),
    Unit("beta_peer", 1.0, "acts by 10 % of weighted peers, just seen"),
    Unit("beta_own", math.log(2.0), "a first act of its own, later on"),
    Unit("beta_thaw", -1.0, "a summit, remembered in full"),
    Unit("beta_courtship", -1.0, "a visit by the target, this week"),
    Unit("kappa", 1.0, "one sd more leverage: factor on sensitivity"),
    Unit("sigma", 1.0, "one sd of frailty between states"),
    Unit("doubtful", 1.0, "a tie known by a doubtful trade figure alone"),
    Unit("unlisted.trade", 1.0, "an unlisted trade tie, against a listed one"),
    Unit("unlisted.finance", 1.0, "an unlisted finance tie"),
    Unit("unlisted.military", 1.0, "an unlisted military tie"),
    Unit("unlisted.labour", 1.0, "an unlisted labour tie"),
    Unit("unlisted_close", 1.0, "an unlisted tie of a state that is known to be close"),
)
PERCENTS: Final = {"p025": 2.5, "p05": 5.0, "median": 50.0, "p95": 95.0, "p975": 97.5}


def hazard_ratios(parameters: str | Path = "posterior", case: Case | None = None) -> pd.DataFrame:
    """The hazard ratio of each coefficient with its 90 % and 95 % intervals.

    Parameters
    ----------
    parameters : {"posterior", "prior", "map"}, str or Path
        Whose ratios: the posterior's, the priors', those at the mode, or of a file of draws (.parquet).
    case : Case, optional
        The case, by default the shipped one. A case without a posterior of its own has its priors.

    Returns
    -------
    pandas.DataFrame
        A row for each coefficient: ``parameter``; ``change``, the change of its input whose effect is shown;
        ``standing``, ``estimated`` from the record, ``tight`` (a narrow prior beside the record) or ``assumed`` (a draw
        from the prior alone); and ``median``, ``p05`` to ``p95`` and ``p025`` to ``p975`` of the factor on the hazard.

    Raises
    ------
    InputError
        Where there are no such parameters.

    Notes
    -----
    The data do not separate contagion from common shocks, so ``beta_peer`` is assumed. Requests were made, and
    reported, where success was near, so their estimated effect is an upper bound.

    Examples
    --------
    >>> import maxpressure as mp
    >>> ratios = mp.hazard_ratios().set_index("parameter")
    >>> ratios.loc["beta_request", "standing"], ratios.loc["beta_peer", "standing"]
    ('estimated', 'assumed')
    >>> bool(ratios.loc["beta_request", "p025"] > 1.0)
    True
    """
    case = case_or_shipped(case)
    chosen = choose(parameters, place=case.place)
    table = ratios_table(chosen.draws, priors_of(case.place))
    if chosen.parameters.status == "prior":
        table["standing"] = "assumed"
    return table


def ratios_table(draws: Sequence[Parameters], priors: Priors) -> pd.DataFrame:
    """A row for each coefficient: the median hazard ratio with its 90 and 95 % intervals over posterior draws.

    What is assumed is not fitted: its row shows the prior.
    """
    numbers = [dict(named_numbers(draw)) for draw in draws]
    return pd.DataFrame([_row(unit, priors, numbers) for unit in UNITS])


def _row(unit: Unit, priors: Priors, numbers: Sequence[dict[str, float]]) -> dict[str, object]:
    logs: Floats = unit.amount * np.array([one[unit.parameter] for one in numbers])
    ratios = np.exp(np.percentile(logs, sorted(PERCENTS.values()))).tolist()
    found = {
        "parameter": unit.parameter,
        "change": unit.words,
        "standing": priors.by_name[unit.parameter].standing,
    }
    return {**found, **dict(zip(PERCENTS, ratios, strict=True))}
