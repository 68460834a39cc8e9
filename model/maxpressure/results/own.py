"""Outcomes of one's own: one number a world, from a column, a function or a series, checked before it is compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, check_known, nearest
from maxpressure.base.text import joined, plural, visible
from maxpressure.experiments.schema import OUTCOMES, TABLES
from maxpressure.results.dataset import TableFiles

Function = Callable[[pd.DataFrame], Any]
Outcome = str | Function | pd.Series
Floats = NDArray[np.float64]

INDEX: Final = ("scenario", "world")
FINE: Final = ds.field("status") == "fine"
KINDS: Final[Mapping[str, tuple[str, Any]]] = {
    "act": ("acts", ds.field("lead")),
    "cut": ("acts", ds.field("kind") == "act"),
    "restoration": ("acts", ds.field("kind") == "restoration"),
    "attrition": ("acts", ds.field("kind") == "attrition"),
    "week": ("weeks", None),
}
"""What a row of a world is: the table that has it, and which of its rows."""

COUNTED: Final = ("iso3", "tie")
"""Columns of names, of which the different ones are counted."""

MOST_NAMED: Final = 3
"""Worlds that a refusal names one by one."""

KEYED: Final = (
    "a series of numbers with the index (scenario, world), as `results.per_world` and "
    '`results.worlds.set_index(["scenario", "world"])` give'
)
FUNCTION: Final = "a function that takes a world's rows as a data frame and returns one number"


# ---- one number a world


def per_world(files: TableFiles, outcome: str | Function, *, kind: str = "act", fill: float = 0) -> pd.Series:
    """A number for each world that did not fail; see :meth:`maxpressure.results.results.Results.per_world`."""
    if isinstance(fill, bool | str) or not isinstance(fill, int | float | np.number):
        raise _refused("fill", fill, "a number for the worlds without a row")
    check_known(kind, tuple(KINDS), file="results", key="kind")
    if isinstance(outcome, str) and outcome in OUTCOMES:
        return _keyed({name: _column(files, name, outcome) for name in files.manifest.names}, outcome)
    if not isinstance(outcome, str) and not callable(outcome):
        raise _refused("outcome", outcome, f"the name of a column, or {FUNCTION}")
    if kind == "week":
        _check_weeks(files)
    count = _counting(outcome, kind) if isinstance(outcome, str) else _calling(outcome)
    wanted = TABLES[KINDS[kind][0]].names if callable(outcome) else ["world", outcome]
    found = {}
    for scenario in files.manifest.names:
        values = dict.fromkeys(_fine(files, scenario), fill)
        if isinstance(outcome, str) and outcome.startswith("share_"):
            values |= {world: math.nan for world in values if world >= files.manifest.keep_attributions}
        for world, rows in _rows(files, scenario, kind, wanted):
            if world in values:
                values[world] = count(rows, f"world {world} of {scenario}")
        found[scenario] = pd.Series(values)
    return _keyed(found, _name(outcome))


def _column(files: TableFiles, scenario: str, outcome: str) -> pd.Series:
    rows = files.dataset("worlds", scenario).to_table(columns=["world", outcome], filter=FINE)
    return pd.Series(rows[outcome].to_pandas().to_numpy(), index=rows["world"].to_numpy())


def _fine(files: TableFiles, scenario: str) -> list[int]:
    """The worlds of a scenario that did not fail."""
    column = files.dataset("worlds", scenario).to_table(columns=["world"], filter=FINE)["world"]
    worlds: list[int] = column.to_pylist()
    return worlds


def _keyed(found: Mapping[str, pd.Series], name: str) -> pd.Series:
    series: pd.Series = pd.concat(list(found.values()), keys=list(found), names=list(INDEX))
    return series.rename(name)


def _rows(
    files: TableFiles, scenario: str, kind: str, columns: Sequence[str]
) -> Iterator[tuple[int, pd.DataFrame]]:
    """Each world that has a row, with its rows, a chunk of worlds at a time."""
    table, where = KINDS[kind]
    for piece in files.pieces(table, columns, scenario=scenario, where=where):
        for world, rows in files.frame(piece, table).groupby("world", sort=False):
            yield cast(int, world), rows


def _check_weeks(files: TableFiles) -> None:
    kept, worlds = files.manifest.keep_weeks, files.manifest.worlds
    if kept < worlds:
        given = f"the weeks of {kept:,} of {worlds:,} worlds"
        allowed = "results with the weeks of every world: more under [keep] weeks of an experiment file"
        raise InputError(file=files.store.place, key="weeks", given=given, allowed=allowed)


def _counting(column: str, kind: str) -> Callable[[pd.DataFrame, str], float]:
    """What makes one number of a column: a sum, or of names how many different ones."""
    fields = TABLES[KINDS[kind][0]]
    sums = [one.name for one in fields if one.name.startswith("share_")] if kind == "act" else []
    known = [*COUNTED, *sums] if kind != "week" else []
    if column not in known:
        names = f"a column of worlds, {', '.join(known)}, or {FUNCTION}" if known else FUNCTION
        if column in fields.names:
            names += f", such as lambda rows: rows[{column!r}].max()"
        raise _refused("outcome", column, names, nearest(column, [*OUTCOMES, *known]))
    if column in COUNTED:
        return lambda rows, _: int(rows[column].nunique())
    return lambda rows, _: float(rows[column].sum(skipna=False))


def _calling(function: Function) -> Callable[[pd.DataFrame, str], float]:
    name = _name(function)

    def called(rows: pd.DataFrame, where: str) -> float:
        try:
            given = function(rows)
        except Exception as fault:
            words = f"{type(fault).__name__} in {where}: {fault}"
            raise _refused(name, words, FUNCTION) from fault
        return _number(given, name, where)

    return called


def _number(given: Any, name: str, where: str) -> float:
    """The one number that a function returned; a bool is 1 or 0, and a missing value NaN."""
    if given is pd.NA:
        return math.nan
    given = given.item() if isinstance(given, np.generic | np.ndarray) and given.ndim == 0 else given
    if isinstance(given, bool):
        return int(given)
    if isinstance(given, int | float):
        return given
    size = f" of length {len(given)}" if hasattr(given, "__len__") and not isinstance(given, str) else ""
    raise _refused(name, f"a {type(given).__name__}{size} for {where}", FUNCTION)


def _name(outcome: Any) -> str:
    """What an outcome is called in tables."""
    name = outcome if isinstance(outcome, str) else getattr(outcome, "__name__", "")
    return "own outcome" if name in ("", "<lambda>") else visible(str(name), kept="")


# ---- of several scenarios, to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An outcome under its name; ``own`` has a number a world by folder and scenario, None where it is a column."""

    name: str
    own: Mapping[tuple[str, str], pd.Series] | None = None


def measured(
    outcomes: Sequence[Outcome],
    folders: Mapping[str, tuple[TableFiles, Sequence[str]]],
    *,
    kind: str,
    fill: float,
) -> list[Measured]:
    """The outcomes under names of their own, each checked: numbers for every world of the scenarios that are compared.

    ``folders`` has by place the folder and its scenarios. Raises InputError for what is no outcome.
    """
    found: dict[str, Measured] = {}
    for outcome in outcomes:
        if isinstance(outcome, str):
            if outcome not in OUTCOMES:
                allowed = f"one of {', '.join(OUTCOMES)}; a function or a series, for an outcome of your own"
                raise _refused("outcome", outcome, allowed, nearest(outcome, OUTCOMES))
            found[outcome] = Measured(name=outcome)
            continue
        one = _own(outcome, folders, kind, fill)
        if one.name in OUTCOMES or one.name in found:
            allowed = (
                "a name that no column of worlds and no other outcome has: .rename(...), or a named function"
            )
            raise _refused("outcome", one.name, allowed)
        found[one.name] = one
    return list(found.values())


def _own(
    outcome: Function | pd.Series,
    folders: Mapping[str, tuple[TableFiles, Sequence[str]]],
    kind: str,
    fill: float,
) -> Measured:
    if isinstance(outcome, pd.Series):
        if len(folders) > 1:
            allowed = "a function, which is evaluated in both folders; a series belongs to one"
            raise _refused("outcome", "a series for two folders", allowed)
        name = _name("" if outcome.name is None else str(outcome.name))
        series = {place: _as_keyed(outcome, name) for place in folders}
    elif callable(outcome):
        name = _name(outcome)
        series = {
            place: per_world(files, outcome, kind=kind, fill=fill) for place, (files, _) in folders.items()
        }
    else:
        raise _refused("outcome", outcome, f"the name of a column, {FUNCTION}, or {KEYED}")
    own = {}
    for place, (files, scenarios) in folders.items():
        _check_known(series[place], files, name)
        for scenario in scenarios:
            own[place, scenario] = _checked(series[place], files, scenario, name)
    return Measured(name=name, own=own)


def _as_keyed(given: pd.Series, name: str) -> pd.Series:
    """The series with scenario before world, as numbers."""
    if sorted(map(str, given.index.names)) != sorted(INDEX):
        levels = ", ".join(str(level) for level in given.index.names)
        raise _refused(name, f"a series with the index ({levels})", KEYED)
    if given.dtype.kind not in "iufb":
        raise _refused(name, f"a series of the type {given.dtype}", KEYED)
    series = given if given.index.names[0] == INDEX[0] else given.swaplevel()
    twice = series.index[series.index.duplicated()]
    if len(twice):
        scenario, world = twice[0]
        raise _refused(name, f"world {world} of {scenario} more than once", "one number for each world")
    return pd.Series(series.to_numpy(dtype=np.float64, na_value=np.nan), index=series.index, name=name)


def _check_known(series: pd.Series, files: TableFiles, name: str) -> None:
    """Raise InputError for a world that the folder does not have."""
    for scenario in series.index.unique("scenario"):
        if scenario not in files.manifest.names:
            allowed = f"the scenarios {', '.join(files.manifest.names)}"
            raise _refused(name, scenario, allowed, nearest(str(scenario), files.manifest.names))
        there = files.dataset("worlds", scenario).to_table(columns=["world"])["world"].to_numpy()
        others = series.loc[scenario].index.difference(pd.Index(there))
        if len(others):
            given = f"{_listed(list(others))} of {scenario}"
            raise _refused(
                name, given, f"worlds of the results, {plural(len(there), 'world')} from {min(there)}"
            )


def _checked(series: pd.Series, files: TableFiles, scenario: str, name: str) -> pd.Series:
    """The numbers of a scenario by world: finite for every world that did not fail."""
    fine = pd.Index(_fine(files, scenario))
    own = (
        series.loc[scenario] if scenario in series.index.unique("scenario") else series.iloc[:0].droplevel(0)
    )
    missing = fine.difference(own.index)
    if len(missing):
        given = f"no number for {_listed(list(missing))} of {scenario}"
        allowed = (
            "a number for every world that did not fail; `results.per_world` gives 0 to worlds without a row"
        )
        raise _refused(name, given, allowed)
    values = own.loc[fine]
    for bad, words in ((values.isna(), "blank"), (np.isinf(values), "infinite")):
        if bad.any():
            given = f"{words} for {_listed(list(values.index[bad]))} of {scenario}"
            allowed = (
                "a finite number for every world, such as 0 or the last week where it never came: `fill`"
            )
            raise _refused(name, given, allowed)
    return own


def _listed(worlds: Sequence[Any]) -> str:
    """Worlds in words, the first few by their numbers."""
    if len(worlds) == 1:
        return f"world {worlds[0]}"
    shown = [str(world) for world in worlds[:MOST_NAMED]]
    more = len(worlds) - len(shown)
    return f"worlds {joined([*shown, f'{more:,} more'] if more else shown)}"


def _refused(key: str, given: object, allowed: str, close: str = "") -> InputError:
    return InputError(file="results", key=key, given=given, allowed=allowed, nearest=close)
