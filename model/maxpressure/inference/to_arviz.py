"""A posterior as ArviZ takes it: posterior, prior, log likelihood and observed data, as xarray's data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.base.errors import InputError, Wrong, nearest, not_installed
from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.ties import TIES, UNLISTED
from maxpressure.evidence.parameters import (
    TIE_PARAMETERS,
    Parameters,
    from_numbers,
    named_numbers,
    parameter_names,
)
from maxpressure.evidence.posterior import PosteriorDraws, choose
from maxpressure.experiments.manifest import assumptions_digest
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acted, see
from maxpressure.model.case import Case, load_case, under

WHERE: Final = "to_inference_data"
UNITS: Final = {"state-week": ("week", "state"), "state": ("state",)}
"""Of what a log likelihood is given, and the dimensions of that."""

CHAINS: Final = (
    "A chain is an imputation of uncertain dates; its draws are thinned from all walkers of its sampler. R-hat and "
    "effective sample size over these chains compare imputations. Those of the sampler are in these attributes."
)
DATES: Final = {"dates": "The record with its dates as in the table, for every chain."}

Variables = dict[str, tuple[tuple[str, ...], Any]]
"""Dimensions and values of each variable."""


def inference_data(
    posterior: PosteriorDraws, case: Case | None = None, *, unit: str = "state-week", draws: int | None = None
) -> Any:
    """See :meth:`maxpressure.evidence.posterior.PosteriorDraws.to_inference_data`."""
    if unit not in UNITS:
        allowed, close = f"one of {', '.join(UNITS)}", nearest(str(unit), UNITS)
        raise InputError(file=WHERE, key="unit", given=unit, allowed=allowed, nearest=close)
    try:
        import arviz
        import xarray
    except ImportError as missing:
        raise not_installed(missing.name or "arviz", "bayes", WHERE) from None
    case = _fitted_case(posterior, case)
    chains = _thinned(_chains(posterior.imputation), draws)
    likelihood = Likelihood(record_situation(case))
    rows = posterior[list(parameter_names())].to_numpy()[chains]
    prior = [[number for _, number in named_numbers(one)] for one in choose("prior", place=case.place).draws]
    known = _coordinates(likelihood)
    known["imputation"] = ("chain", np.array(posterior.imputation)[chains[:, 0]])

    def dataset(variables: Variables, attributes: Mapping[str, Any], *more: str) -> Any:
        sizes = {
            name: size
            for dims, values in variables.values()
            for name, size in zip(dims, values.shape, strict=True)
        }
        named = {name: known.get(name, np.arange(size)) for name, size in sizes.items()}
        return xarray.Dataset(variables, {**named, **{name: known[name] for name in more}}, attributes)

    groups = {
        "posterior": dataset(_parameters(rows), _about(posterior), "imputation"),
        "prior": dataset(_parameters(np.array(prior)[np.newaxis]), {}),
        "log_likelihood": dataset(_log_likelihood(likelihood, rows, unit), DATES),
        "observed_data": dataset(_observed(likelihood, unit), DATES),
    }
    if getattr(arviz, "InferenceData", xarray.DataTree) is xarray.DataTree:  # from ArviZ 1.0 on
        return xarray.DataTree.from_dict(groups)
    return arviz.InferenceData(**groups)


def _fitted_case(posterior: PosteriorDraws, case: Case | None) -> Case:
    """The case with the record that was fitted; raises InputError for draws that were fitted to other tables."""
    about = posterior.provenance
    found = load_case(record=about.get("record")) if case is None else case
    now = {
        "record": found.record().record,
        "evidence": found.evidence.digest,
        "assumptions": assumptions_digest(found),
    }
    other = [name for name, digest in now.items() if about.get(name, digest) != digest]
    if other:
        raise InputError(
            file=WHERE,
            key="case",
            given=Wrong(f"has other {other[0]} than the draws were fitted to"),
            allowed="the case of the draws: load_posterior(PATH).to_inference_data(load_case(FOLDER, RECORD))",
        )
    return found


def _chains(imputation: tuple[int, ...]) -> Ints:
    """The rows of each chain, (chains, draws): an imputation each, or one chain where these differ in size."""
    numbers, sizes = np.unique(imputation, return_counts=True)
    if len(set(sizes.tolist())) > 1:
        return np.arange(len(imputation))[np.newaxis]
    return np.argsort(imputation, kind="stable").reshape(len(numbers), -1)


def _thinned(chains: Ints, draws: int | None) -> Ints:
    """So many draws of each chain, equally spaced."""
    longest = chains.shape[1]
    if draws is None:
        return chains
    if draws not in range(1, longest + 1):
        allowed = f"a whole number from 1 to {longest}, the draws of a chain"
        raise InputError(file=WHERE, key="draws", given=draws, allowed=allowed)
    return np.asarray(chains[:, np.arange(draws) * longest // draws])


def _about(posterior: PosteriorDraws) -> dict[str, Any]:
    """How the draws were made, and what a chain is."""
    said = {
        name: value for name, value in posterior.provenance.items() if isinstance(value, str | int | float)
    }
    return {**said, "inference_library": "maxpressure", "chains": CHAINS}


def _coordinates(likelihood: Likelihood) -> dict[str, Any]:
    """The names along each dimension; weeks by their Mondays."""
    line = likelihood.situation.timeline
    mondays = pd.DatetimeIndex([line.monday(week) for week in range(line.weeks)])
    return {
        "week": mondays,
        "state": list(likelihood.situation.population.iso3),
        "tie": list(TIES),
        "unlisted_tie": list(UNLISTED),
    }


def _parameters(rows: Floats) -> Variables:
    """Rows of parameters, (chains, draws, numbers), as variables; a number for each tie is one variable."""
    column = {name: index for index, name in enumerate(parameter_names())}
    found: Variables = {}
    for field in Parameters._fields:
        if field in TIE_PARAMETERS:
            ties = TIE_PARAMETERS[field]
            values = rows[..., [column[f"{field}.{tie}"] for tie in ties]]
            found[field] = (("chain", "draw", "tie" if ties == TIES else "unlisted_tie"), values)
        else:
            found[field] = (("chain", "draw"), rows[..., column[field]])
    return found


def _log_likelihood(likelihood: Likelihood, rows: Floats, unit: str) -> Variables:
    """What each draw gives to what a state did, (chains, draws, weeks, states) or without weeks."""
    situation = likelihood.situation
    size = {"week": situation.timeline.weeks, "state": len(situation.population.iso3)}
    found = np.zeros((*rows.shape[:2], *(size[dimension] for dimension in UNITS[unit])))
    for chain, draw in np.ndindex(*rows.shape[:2]):
        by_week = likelihood.by_week(under(situation.scenario, from_numbers(rows[chain, draw].tolist())))
        found[chain, draw] = by_week if unit == "state-week" else by_week.sum(axis=0)
    return {"acts": (("chain", "draw", *UNITS[unit]), found)}


def _observed(likelihood: Likelihood, unit: str) -> Variables:
    """Acts by unit, and the ties that were cut in each week."""
    situation, weeks = likelihood.situation, likelihood.inputs.n_weeks
    acts = acted(likelihood.moves, weeks, len(situation.population.iso3)).astype(np.int64)
    cut = see(situation, likelihood.moves, 0, weeks).fell.astype(np.int64)
    return {
        "acts": (UNITS[unit], acts if unit == "state-week" else acts.sum(axis=0)),
        "cut": (("week", "state", "tie"), cut),
    }
