"""The posterior that runs draw from: a Parquet file with a row for each draw and its provenance.

Also which parameters a run uses: the posterior's draws by default, its mode, the priors, or a file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from maxpressure.base.cautions import FITTED
from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.hooks import Hook
from maxpressure.base.paths import folder, user_path
from maxpressure.base.ranges import is_whole
from maxpressure.base.reading import reading
from maxpressure.base.text import hidden
from maxpressure.base.toml import SEEN
from maxpressure.evidence.parameters import (
    Parameters,
    ParameterSet,
    check_parameter,
    from_numbers,
    load_parameters,
    named_numbers,
    parameter_names,
)
from maxpressure.evidence.priors import PRIORS, priors_of

POSTERIOR: Final = "posterior.parquet"
KIND: Final = "maxpressure posterior"
IMPUTATION: Final = "imputation"
PROVENANCE: Final = b"maxpressure"
STATUS: Final = "posterior"
NAMED: Final = ("posterior", "prior", "map", "dprk-posterior")
"""Words for parameters; all others are paths."""

MODE: Final = "map.toml"
GOLDEN: Final = (math.sqrt(5.0) - 1.0) / 2.0
MOST_DRAWS: Final = 100_000
PRIOR_DRAWS, PRIOR_SEED = 2000, 2017


class Chosen(NamedTuple):
    """The parameters of a run: one set, and the draws that its worlds take in turn."""

    parameters: ParameterSet
    draws: tuple[Parameters, ...]


def choose(
    source: str | Path | ParameterSet = "posterior", draws: int | None = None, place: Path | None = None
) -> Chosen:
    """The parameters of a run of the case in the folder ``place``, or of the one that ships.

    ``posterior`` is the case's own, or its priors where it has none; ``prior`` these; ``map`` its mode;
    ``dprk-posterior`` the one that ships, borrowed by another case; or the path of a parameter file (.toml) or of
    draws (.parquet). With ``draws`` so many of its draws, equally spaced. Raises InputError for what is none of
    these, or holds a number that the rule cannot use, and for more draws than there are.
    """
    chosen = _chosen(source, folder("calibration").resolve() if place is None else place)
    if draws is None or draws == len(chosen.draws):
        return Chosen(chosen.parameters, spread(chosen.draws))
    taken, source = thinned(chosen.draws, draws), f"{draws}, equally spaced, of {chosen.parameters.source}"
    return Chosen(chosen.parameters._replace(source=source), spread(taken))


def thinned(draws: Sequence[Parameters], count: int) -> tuple[Parameters, ...]:
    """So many of the draws, equally spaced and in their order, which keeps the balance of imputations."""
    if not (is_whole(count) and 1 <= count <= len(draws)):
        allowed = f"a whole number from 1 to {len(draws)}, the draws that there are"
        raise InputError(file="parameters", key="draws", given=count, allowed=allowed)
    return tuple(draws[index * len(draws) // count] for index in range(count))


def spread(draws: Sequence[Parameters]) -> tuple[Parameters, ...]:
    """The draws in an order of which every beginning is spread evenly over all of them.

    A file lists them imputation by imputation, and a run of few worlds takes the first: it would see one imputation
    alone. Each is followed by the one a golden section further on, round and round.
    """
    step = round(len(draws) * GOLDEN)
    while math.gcd(step, len(draws)) > 1:
        step += 1
    return tuple(draws[index * step % len(draws)] for index in range(len(draws)))


def _chosen(source: str | Path | ParameterSet, case: Path) -> Chosen:
    if isinstance(source, ParameterSet):
        return _alone(source)
    if str(source) in NAMED:
        return _named(str(source), case)
    path = user_path(source, file="parameters", key="name")
    if not path.suffix and not path.exists():
        allowed = f"one of {', '.join(NAMED)}, or the path of a file (.toml or .parquet)"
        close = nearest(str(source), NAMED)
        raise InputError(file="parameters", key="name", given=str(source), allowed=allowed, nearest=close)
    return _drawn(path) if path.suffix == ".parquet" else _alone(load_parameters(path))


def _named(name: str, case: Path) -> Chosen:
    ours = folder("calibration").resolve()
    if name == "map":
        return _alone(load_parameters(case / MODE))
    if name == "prior":
        return _of_priors(case)
    if name == "dprk-posterior" and case != ours:
        borrowed = _drawn(ours / POSTERIOR)
        source = f"{len(borrowed.draws)} draws of the posterior of another case, North Korea 2016-2017"
        return borrowed._replace(parameters=borrowed.parameters._replace(status="borrowed", source=source))
    own = (ours if name == "dprk-posterior" else case) / POSTERIOR
    if not own.is_file() and case != ours:
        return _of_priors(case, "The case has no posterior of its own. ")
    return _drawn(own)


def _alone(one: ParameterSet) -> Chosen:
    """A set that every world takes."""
    return Chosen(one, (one.values,))  # noqa: PD011  # no column of a table


def _drawn(path: Path) -> Chosen:
    """Draws with the mode as the one set that stands for them, or where no mode lies beside them the first."""
    draws, provenance = read_draws(path)
    source = f"{len(draws)} draws of {path.name}: {provenance.get('method', 'unknown')}. {FITTED}"
    mode = path.with_name(MODE)
    one = load_parameters(mode).values if mode.is_file() else draws[0]  # noqa: PD011
    return Chosen(ParameterSet(one, STATUS, source), draws)


def _of_priors(case: Path, why: str = "") -> Chosen:
    """Draws from the priors of a case, or from ours where it has none, with their centres as the one set."""
    priors = priors_of(case)
    names = parameter_names()
    rows = priors.draw(names, PRIOR_DRAWS, np.random.default_rng(PRIOR_SEED))
    middle = from_numbers([priors.centre(name) for name in names])
    whose = "the case's own priors" if (case / PRIORS).is_file() else "the priors that ship with the model"
    source = f"{PRIOR_DRAWS} draws from {whose}. {why}Nothing was fitted to a record."
    return Chosen(ParameterSet(middle, "prior", source), tuple(from_numbers(row) for row in rows.tolist()))


def write_draws(
    path: Path, rows: NDArray[np.float64], imputation: Sequence[int], provenance: Mapping[str, Any]
) -> None:
    """Write draws, a row each in the order of :func:`parameters.parameter_names`, with their provenance."""
    columns = {name: rows[:, index] for index, name in enumerate(parameter_names())}
    table = pa.table({IMPUTATION: pa.array(imputation, pa.int16()), **columns})
    written = json.dumps({"kind": KIND, **provenance}, sort_keys=True)
    pq.write_table(table.replace_schema_metadata({PROVENANCE: written.encode()}), path, compression="zstd")


def read_draws(path: Path) -> tuple[tuple[Parameters, ...], dict[str, Any]]:
    """Draws and their provenance; raises InputError where the file is none of ours or holds no number."""
    names = list(parameter_names())
    with reading(path, allowed="draws written by `maxpressure calibrate`"), pq.ParquetFile(path) as file:
        provenance = _provenance(path, file.schema_arrow)
        _check_columns(path, file)
        table = file.read(columns=names)
    rows = np.column_stack([table[name].to_numpy() for name in names]).astype(np.float64)
    for line, index in np.argwhere(~np.isfinite(rows)).tolist():
        key = f"row {line}, column {names[index]}"
        raise InputError(file=path, key=key, given=rows[line, index].item(), allowed="a finite number")
    for name, low, high in zip(parameter_names(), rows.min(axis=0), rows.max(axis=0), strict=True):
        check_parameter(name, low.item(), file=path)
        check_parameter(name, high.item(), file=path)
    return tuple(from_numbers(row) for row in rows.tolist()), provenance


TO_INFERENCE_DATA: Final = Hook("load_posterior().to_inference_data()")


class PosteriorDraws(pd.DataFrame):
    """The draws of a posterior as a data frame, which ArviZ can take; what pandas makes of it is a plain data frame.

    Attributes
    ----------
    imputation : tuple of int
        For each draw the number of the imputation of dates that it was drawn under.
    provenance : dict
        How the draws were made: method, seed, convergence, digests of evidence, assumptions and priors.
    """

    _metadata = ("imputation", "provenance")
    imputation: tuple[int, ...]
    provenance: dict[str, Any]

    def to_inference_data(
        self, case: Any = None, *, unit: str = "state-week", draws: int | None = None
    ) -> Any:
        """Posterior, prior, log likelihood and observed data as ArviZ takes them.

        Parameters
        ----------
        case : Case, optional
            The case that the draws were fitted to, by default the shipped one with the record that was fitted.
        unit : {"state-week", "state"}
            Of what the log likelihood is given: what a state did in a week, or in all weeks. A unit is what
            ``arviz.loo`` leaves out.
        draws : int, optional
            Draws of each chain to keep, equally spaced; all by default. With all 2,000 the log likelihood of
            state-weeks takes 320 MB, and ``arviz.loo`` several times as much.

        Returns
        -------
        arviz.InferenceData or xarray.DataTree
            The first under ArviZ below 1.0, the second from 1.0 on. Dimensions are ``chain``, ``draw``, ``week``,
            ``state``, ``tie`` (``alpha``, ``psi``) and ``unlisted_tie`` (``unlisted``).

        Raises
        ------
        InputError
            Where ArviZ is not installed, where the draws were fitted to other evidence or assumptions than the
            case's, and for an unknown unit or too many draws.

        Notes
        -----
        A chain is an imputation of uncertain dates, and its draws are thinned from all walkers of its sampler. R-hat
        and effective sample size over these chains compare imputations; those of the sampler are in the attributes of
        the posterior. The log likelihood is that of the record with its dates as in the table, for every chain.

        Examples
        --------
        >>> import maxpressure as mp
        >>> data = mp.load_posterior().to_inference_data(unit="state")  # doctest: +SKIP
        >>> import arviz  # doctest: +SKIP
        >>> arviz.plot_forest(data, var_names=["beta_shock", "beta_request"])  # doctest: +SKIP
        """
        return TO_INFERENCE_DATA(self, case, unit=unit, draws=draws)


def load_posterior(path: str | Path | None = None) -> PosteriorDraws:
    """The posterior draws of a file, or those that ship with the package.

    Parameters
    ----------
    path : str or Path, optional
        A file that ``maxpressure calibrate`` wrote. Without it, the posterior of North Korea 2016-2017.

    Returns
    -------
    PosteriorDraws
        A pandas data frame with a row for each draw and a column for each single parameter (``alpha.trade``,
        ``beta_shock``, …), in the units of :class:`Parameters`. Its method ``to_inference_data`` gives it to ArviZ.

    Raises
    ------
    InputError
        Where the file is missing, was not written by this package, or holds a cell that is no finite number.

    Examples
    --------
    >>> import maxpressure as mp
    >>> draws = mp.load_posterior()
    >>> bool((draws["beta_request"] >= 0.0).all())
    True
    """
    path = folder("calibration") / POSTERIOR if path is None else Path(path)
    draws, provenance = read_draws(path)
    found = PosteriorDraws([dict(named_numbers(draw)) for draw in draws])
    found.imputation, found.provenance = _imputation(path, len(draws)), provenance
    return found


def _imputation(path: Path, draws: int) -> tuple[int, ...]:
    """The imputation of each draw; 0 throughout where the file does not say it."""
    with reading(path, allowed="draws written by `maxpressure calibrate`"), pq.ParquetFile(path) as file:
        said = [field.type for field in file.schema_arrow if field.name == IMPUTATION]
        if len(said) != 1 or not pa.types.is_integer(said[0]):
            return (0,) * draws
        return tuple(file.read(columns=[IMPUTATION])[IMPUTATION].fill_null(0).to_pylist())


def _check_columns(path: Path, file: pq.ParquetFile) -> None:
    """Refuse a file without a column of numbers for each parameter, or without rows, or with too many."""
    schema, rows = file.schema_arrow, file.metadata.num_rows
    for name in parameter_names():
        found = [field.type for field in schema if field.name == name]
        numbers = [one for one in found if pa.types.is_floating(one) or pa.types.is_integer(one)]
        if len(found) != 1 or not numbers:
            given = Wrong(f"is there as {' and '.join(map(str, found))}" if found else "is missing")
            raise InputError(
                file=path, key=name, given=given, allowed="one column of numbers for each parameter"
            )
    if not 1 <= rows <= MOST_DRAWS:
        raise InputError(
            file=path, key="file", given=Wrong(f"has {rows} rows"), allowed=f"1 to {MOST_DRAWS} draws"
        )


def _provenance(path: Path, schema: pa.Schema) -> dict[str, Any]:
    """What a file says about itself: a table of JSON that begins with our kind."""
    try:
        found = json.loads((schema.metadata or {}).get(PROVENANCE, b"{}"))
    except (ValueError, RecursionError):
        found = {}
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise InputError(file=path, key="kind", given=Wrong("is another program's file"), allowed=KIND)
    method = found.get("method", "")
    if not isinstance(method, str) or hidden(method):
        raise InputError(file=path, key="method", given=method, allowed=SEEN)
    return found
