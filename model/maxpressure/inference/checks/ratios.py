"""Hazard ratios: what each coefficient does to a state's weekly hazard, in a unit that can be pictured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Floats
from maxpressure.evidence.parameters import Parameters, named_numbers
from maxpressure.evidence.priors import Priors


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
PERCENTS: Final = (2.5, 5.0, 50.0, 95.0, 97.5)


def ratios_table(draws: Sequence[Parameters], priors: Priors) -> pd.DataFrame:
    """A row for each coefficient: the median hazard ratio with its 90 and 95 % intervals over posterior draws.

    What is assumed is not fitted: its row shows the prior.
    """
    numbers = [dict(named_numbers(draw)) for draw in draws]
    return pd.DataFrame([_row(unit, priors, numbers) for unit in UNITS])


def _row(unit: Unit, priors: Priors, numbers: Sequence[dict[str, float]]) -> dict[str, object]:
    logs: Floats = unit.amount * np.array([one[unit.parameter] for one in numbers])
    lowest, low, middle, high, highest = np.exp(np.percentile(logs, PERCENTS)).tolist()
    return {
        "for": unit.words,
        "parameter": unit.parameter,
        "standing": priors.by_name[unit.parameter].standing,
        "hazard ratio": middle,
        "90 %: from": low,
        "90 %: to": high,
        "95 %: from": lowest,
        "95 %: to": highest,
    }
