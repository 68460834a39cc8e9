"""The risk table of the record: a row for each state, tie and week, for event-history programs.

R, Stata and statsmodels can fit the hazard again from it. Its states, ties, levels, inputs and acts are those that the
likelihood replays (:class:`maxpressure.inference.likelihood.Likelihood`), and its log hazards come from
:mod:`maxpressure.model.rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Bools, Floats, Ints
from maxpressure.base.ties import TIES
from maxpressure.engine.arrays import IN_WEEK, INDEX, KIND, TIE
from maxpressure.engine.precompute import INCIDENT, OUTREACH, REQUEST
from maxpressure.engine.replay import RISE
from maxpressure.evidence.parameters import Parameters, ParameterSet, named_numbers
from maxpressure.evidence.posterior import choose
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acted, attention, exposure, see
from maxpressure.model import rules
from maxpressure.model.case import Case, case_or_shipped, under

COLUMNS: Final = {
    "week": "weeks from the record's origin, 0 the first",
    "date": "the Monday on which the week begins",
    "iso3": "the state",
    "tie": "the kind of tie",
    "level": "the tie's level before the week, 0 (none) to 3 (full)",
    "at_risk": "1 where the state keeps the tie, so that it may be cut",
    "cut": "1 where the tie was cut this week: the outcome",
    "act": "1 where the state cut any tie this week",
    "risen": "1 where the tie was restored this week",
    "level_after": "the tie's level after the week",
    "shock": "remembered nuclear and missile tests",
    "news": "remembered Council resolutions",
    "thaw": "engagement, 0 to 1",
    "campaign": "intensity of the general campaign",
    "request": "remembered requests to this state",
    "incident": "remembered incidents on this state's soil",
    "courtship": "remembered visits by the target",
    "sensitivity": "factor on campaign and request by the state's leverage; its mean is 1",
    "leverage": "what the principal sender can give or withhold, mean z-score",
    "mission": "1 on the diplomatic tie of a state with a resident mission",
    "forbidden": "share of the tie that the Council has forbidden",
    "outstanding": "share of the tie that is forbidden and still kept",
    "doubtful": "1 where the tie is known by a doubtful trade figure alone",
    "unlisted": "1 where no table lists the tie",
    "close": "1 on an unlisted tie of a state known to be close to the target",
    "dependence": "what the state would lose with the tie, z-score (off by default)",
    "affinity": "affinity with the target, z-score (off by default)",
    "own_acts": "the state's own earlier acts (off by default)",
    "exposure": "earlier acts of peers, per 10 % of weighted peers, memory of 4 weeks (off by default)",
    "log_common": "part of the log hazard that the state's ties share",
    "log_tie": "part of the log hazard of this tie; missing where it is not at risk",
    "hazard": "weekly hazard of the tie at the parameters",
    "log_likelihood": "log probability of the week at the parameters; the sum over rows is the likelihood",
}
"""The columns and what each holds."""


def person_weeks(
    case: Case | None = None,
    record: str | None = None,
    risk_set: str | None = None,
    parameters: Parameters | ParameterSet | None = None,
) -> pd.DataFrame:
    """The state-tie-week risk table on which the likelihood is computed: at-risk flag, covariates, outcome.

    Parameters
    ----------
    case : Case, optional
        The case, by default the shipped one.
    record : {"strict", "broad"}, optional
        How events were coded, by default as in the fit.
    risk_set : {"with-unlisted", "ex-ante", "override"}, optional
        Which ties can be cut, by default as in the fit: all, listed or not. ``ex-ante`` takes listed ties alone,
        ``override`` puts the level before a tie's first event in place of the rule's.
    parameters : Parameters or ParameterSet, optional
        Parameters at which ``shock``, ``sensitivity`` and the last four columns are computed, by default the mode of
        the case's posterior.

    Returns
    -------
    pandas.DataFrame
        A row for each week, state (ISO3 order) and tie (order of :data:`TIES`), also where the tie is not at risk.
        ``attrs`` holds record, risk set and parameters, and ``attrs["columns"]`` says what each column holds.

    Raises
    ------
    InputError
        For an unknown record or risk set.

    Notes
    -----
    The hazard of tie k of state i in week t is λ_ikt = exp(log_common + log_tie). The state acts with probability
    1 − exp(−Σ_k λ_ikt). In a week without an act the log likelihood of a row is −λ. In a week with an act, the row of
    the state's first cut holds log P(act) + log P(these ties | act) + log P(depth | ties), and its other rows hold 0.
    The data do not separate contagion from common shocks; ``exposure`` is there for tests of that.

    References
    ----------
    Allison, P. D. (1982). Discrete-time methods for the analysis of event histories. Sociological Methodology 13,
    61-98.

    Examples
    --------
    >>> import maxpressure as mp
    >>> table = mp.person_weeks()
    >>> int(table["cut"].sum()), int(table.groupby(["week", "iso3"])["act"].first().sum())
    (47, 43)
    """
    case = case_or_shipped(case)
    edits = {"record": record, "risk_set": risk_set}
    situation = record_situation(case, **{key: value for key, value in edits.items() if value is not None})
    chosen = choose(place=case.place).parameters if parameters is None else parameters
    given = chosen if isinstance(chosen, Parameters) else chosen.values  # noqa: PD011  # no column of a table
    likelihood, p = Likelihood(situation), under(situation.scenario, given)
    columns = _columns(likelihood, p)
    shape = (situation.timeline.weeks, len(situation.population.iso3), len(TIES))
    table = pd.DataFrame({name: np.broadcast_to(columns[name], shape).ravel() for name in COLUMNS})
    table.attrs |= {
        "record": situation.scenario.record,
        "risk_set": situation.scenario.risk_set,
        "parameters": dict(named_numbers(p)),
        "columns": COLUMNS,
    }
    return table


def _columns(likelihood: Likelihood, p: Parameters) -> Mapping[str, Any]:
    """The columns, each of a shape that spreads over weeks, states and ties, (T, N, 6)."""
    situation, inputs, replayed = likelihood.situation, likelihood.inputs, likelihood.replayed
    by_week = likelihood.by_week(p)  # it replays the record under the parameters
    weeks, states = inputs.weeks, inputs.states
    seen = see(situation, likelihood.moves, 0, len(weeks))
    forbidden = inputs.forbidden[weeks["epoch"]]
    acts = acted(likelihood.moves, len(weeks), len(states))
    of_week = {name: weeks[name] for name in ("news", "thaw", "campaign")}
    of_week["shock"] = np.array([rules.felt(p, replayed.shocks, week) for week in range(len(weeks))])
    addressed = {
        name: inputs.signals[signal]
        for name, signal in (("request", REQUEST), ("incident", INCIDENT), ("courtship", OUTREACH))
    }
    own_acts = np.cumsum(acts, axis=0) - acts
    log_common = _log_common(likelihood, p, of_week, addressed, own_acts)
    log_tie = _log_tie(p, replayed.bases, forbidden, seen.levels)
    hazard = np.exp(log_common[..., np.newaxis] + log_tie)
    mondays = pd.DatetimeIndex([situation.timeline.monday(week) for week in range(len(weeks))])
    by_state = {name: states[name] for name in ("leverage", "affinity")}
    by_tie = {name: states[name] for name in ("mission", "dependence", "doubtful", "unlisted")}
    return {
        "week": _each_week(np.arange(len(weeks))),
        "date": _each_week(mondays.to_numpy()),
        "iso3": np.array(situation.population.iso3, dtype=object)[:, np.newaxis],
        "tie": np.array(TIES, dtype=object),
        "level": seen.levels,
        "at_risk": seen.standing.astype(np.int8),
        "cut": seen.fell.astype(np.int8),
        "act": acts.astype(np.int8)[..., np.newaxis],
        "risen": _risen(likelihood.moves, seen.levels.shape).astype(np.int8),
        "level_after": np.concatenate([seen.levels[1:], replayed.levels[np.newaxis]]),
        **{name: _each_week(column) for name, column in of_week.items()},
        **{name: column[..., np.newaxis] for name, column in addressed.items()},
        "sensitivity": replayed.sensitive[:, np.newaxis].copy(),
        **{name: column[:, np.newaxis] for name, column in by_state.items()},
        **by_tie,
        "close": states["close"][:, np.newaxis] * states["unlisted"],
        "forbidden": forbidden[:, np.newaxis],
        "outstanding": _outstanding(forbidden, seen.levels),
        "own_acts": own_acts.astype(np.int64)[..., np.newaxis],
        "exposure": exposure(attention(situation), acts)[..., np.newaxis],
        "log_common": log_common[..., np.newaxis],
        "log_tie": np.where(seen.standing, log_tie, np.nan),
        "hazard": hazard,
        "log_likelihood": _shared_out(by_week, hazard, seen.fell),
    }


def _each_week(column: Any) -> Any:
    """A number for each week, for all states and ties alike."""
    return column[:, np.newaxis, np.newaxis]


def _log_common(
    likelihood: Likelihood, p: Parameters, of_week: Mapping[str, Floats], addressed: Mapping[str, Floats],
    own_acts: Floats,
) -> Floats:  # fmt: skip
    """The part of the log hazard that a state's ties share, (T, N), without contagion, which is off."""
    replayed, found = likelihood.replayed, np.zeros(own_acts.shape)
    for week in range(len(found)):
        climate = rules.climate(p, *(of_week[name][week] for name in ("shock", "thaw", "news")))
        for state in range(len(found[week])):
            request, incident, courtship = (signal[week, state] for signal in addressed.values())
            said = rules.addressed(
                p, replayed.sensitive[state], of_week["campaign"][week], request, incident, courtship
            )
            carried = rules.momentum(p, 0.0, own_acts[week, state])
            found[week, state] = rules.log_common(replayed.standing[state] + said, climate, carried, 0.0)
    return found


def _log_tie(p: Parameters, bases: Floats, forbidden: Floats, levels: Ints) -> Floats:
    """The part of the log hazard of each tie, (T, N, 6)."""
    found = np.zeros(levels.shape)
    for (week, state, tie), level in np.ndenumerate(levels):
        found[week, state, tie] = rules.log_tie(
            p, float(bases[state, tie]), float(forbidden[week, tie]), int(level)
        )
    return found


def _outstanding(forbidden: Floats, levels: Ints) -> Floats:
    """The share of each tie that is forbidden and kept, (T, N, 6); 0 of a tie that is gone."""
    found = np.zeros(levels.shape)
    for (week, state, tie), level in np.ndenumerate(levels):
        if level:
            found[week, state, tie] = rules.outstanding(float(forbidden[week, tie]), int(level))
    return found


def _risen(moves: Ints, shape: tuple[int, ...]) -> Bools:
    """Where a tie was restored, (T, N, 6)."""
    found = np.zeros(shape, dtype=np.bool_)
    rises = moves[moves[:, KIND] == RISE]
    found[rises[:, IN_WEEK], rises[:, INDEX], rises[:, TIE]] = True
    return found


def _shared_out(by_week: Floats, hazard: Floats, fell: Bools) -> Floats:
    """The log probabilities of states' weeks, (T, N), as numbers of ties that add up to them."""
    found, acting = -hazard, fell.any(axis=2)
    found[acting] = 0.0
    week, state = np.nonzero(acting)
    found[week, state, fell.argmax(axis=2)[acting]] = by_week[acting]
    return found
