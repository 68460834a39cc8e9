"""Results as files for other programs: a spreadsheet, R, Stata, a database, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from maxpressure.base.errors import InputError, Remedy, Wrong, check_known
from maxpressure.experiments.folder import EXPORTED, resolved
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.store import RemoteStore
from maxpressure.experiments.swap import new_file
from maxpressure.results import dataset, formats
from maxpressure.results.formats import Exported
from maxpressure.results.meanings import COMPARISON, OUTCOMES, meanings
from maxpressure.results.results import Results
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES

FORMATS: Final = ("csv", "xlsx", "dta", "parquet", "json")
CHOICES: Final = (*TABLES, OUTCOMES, COMPARISON)
"""The tables of a folder that can be exported."""

DEFAULT: Final = ("worlds", "acts", OUTCOMES, COMPARISON)
"""What is exported where no table is named: all but the longest, and the comparison where there is one."""

WORKBOOK: Final = "results.xlsx"
EXPLAINED_BESIDE: Final = ("csv", "dta")
"""The formats in which a table of its own says what the columns mean; the others hold it themselves."""

ALONE: Final[dict[str, Callable[[Path, Exported], None]]] = {
    "csv": formats.write_csv,
    "dta": formats.write_stata,
    "parquet": formats.write_parquet,
    "json": formats.write_json,
}
"""The formats with a file for each table."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written, and the rows of each table."""

    files: tuple[Path, ...]
    rows: dict[str, int]


def export(
    results: Results,
    tables: Sequence[str] = (),
    *,
    kind: str = "csv",
    out: str | Path | None = None,
    force: bool = False,
) -> Written:
    """Write tables of a result folder as files that other programs read.

    Parameters
    ----------
    results : Results
        The results.
    tables : sequence of str, optional
        Some of ``worlds``, ``weeks``, ``acts``, ``tallies``, ``outcomes`` (as :meth:`Results.describe`) and
        ``comparison`` (as :meth:`Results.compare`). By default all but ``weeks`` and ``tallies``.
    kind : {"csv", "xlsx", "dta", "parquet", "json"}
        The format. Excel has one workbook with a sheet for each table, the others a file for each table.
    out : str or Path, optional
        A folder, or, where there is one file, its path with the ending of the format. By default ``export/`` in the
        folder of the results.
    force : bool
        Whether files that are there may be replaced.

    Returns
    -------
    Written
        The files and the rows of each table.

    Raises
    ------
    InputError
        For a table or a format that is none, for more rows than the format holds, and where a file is there already.
    """
    check_kind(kind)
    for name in tables:
        check_known(name, CHOICES, file="export", key="--table")
    several = len(results.manifest.names) > 1
    chosen = tuple(dict.fromkeys(tables)) or tuple(name for name in DEFAULT if several or name != COMPARISON)
    return write([exported(results, name) for name in chosen], kind, _place(results, out), force=force)


def exported(results: Results, name: str) -> Exported:
    """A table of the results, its rows in pieces."""
    if name in (OUTCOMES, COMPARISON):
        frame = results.describe() if name == OUTCOMES else results.compare(*KEY_OUTCOMES, *LOSSES)
    elif name == "tallies":
        frame = results.table(name)
    else:
        columns = TABLES[name].names
        rows = results.files.dataset(name).count_rows()
        pieces = _typed(results, name)
        return Exported(name=name, columns=tuple(meanings(name, columns)), rows=rows, pieces=pieces)
    columns = list(map(str, frame.columns))
    return Exported(name=name, columns=tuple(meanings(name, columns)), rows=len(frame), pieces=[frame])


def _typed(results: Results, name: str) -> Iterator[pd.DataFrame]:
    """The rows of a table, a chunk of worlds at a time, in the types of the whole; of states, those that occur."""
    states: set[str] = set()
    for rows in results.files.pieces(name, ["iso3"]) if name == "acts" else ():
        states |= set(rows["iso3"].unique().to_pylist())
    for rows in results.files.pieces(name, TABLES[name].names):
        frame = rows.unify_dictionaries().to_pandas(date_as_object=False)
        for column in frame.columns:
            frame[column] = dataset.typed(frame[column], TABLES[name].field(column), results.manifest.names)
        if states:
            frame["iso3"] = frame["iso3"].cat.set_categories(sorted(states))
        yield frame


def write(tables: Sequence[Exported], kind: str, out: str | Path, *, force: bool = False) -> Written:
    """Write tables below ``out``, a folder or the path of the only file; all files appear together, or none."""
    place = resolved(out, "export")
    noted = [formats.dictionary(tables)] if kind in EXPLAINED_BESIDE else []
    if place.suffix.casefold() != f".{kind}":
        targets = {place / f"{table.name}.{kind}": [table] for table in (*tables, *noted)}
        if kind == "xlsx":
            targets = {place / WORKBOOK: list(tables)}
    elif kind == "xlsx" or len(tables) == 1:
        targets = {place: list(tables)}
        targets |= {place.with_name(f"{place.stem}-{table.name}.{kind}"): [table] for table in noted}
    else:
        given = Wrong(f"is one file for the tables {', '.join(table.name for table in tables)}")
        raise InputError(file="export", key="--out", given=given, allowed="a folder, or a single --table")
    _check_free(list(targets), force=force)
    with ExitStack() as open_files:
        for path, held in targets.items():
            file = open_files.enter_context(new_file(path))
            if kind == "xlsx":
                formats.write_excel(file, held)
            else:
                ALONE[kind](file, held[0])
    return Written(files=tuple(targets), rows={table.name: table.rows for table in tables})


def check_kind(kind: str) -> None:
    """Raise InputError where there is no such format."""
    check_known(kind, FORMATS, file="export", key="--format")


def _place(results: Results, out: str | Path | None) -> Path:
    if out is not None:
        return Path(out)
    if isinstance(results.files.store, RemoteStore):
        allowed = "a folder of this machine, by --out, since the results are elsewhere"
        raise InputError(file=results.place, key="out", given=Wrong("is missing"), allowed=allowed)
    return results.folder / EXPORTED


def _check_free(files: Sequence[Path], *, force: bool) -> None:
    """Raise InputError where a file is there already, or what is to be a folder is a file."""
    for path in files:
        if path.is_dir():
            raise InputError(file=path, key="out", given=Wrong("is a folder"), allowed="the path of a file")
        if path.exists() and not force:
            allowed = Remedy("Replace it by --force, or take another place by --out")
            raise InputError(file=path, key="out", given=Wrong("is there already"), allowed=allowed)
