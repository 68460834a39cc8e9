"""What was simulated, to take away: a ZIP of tables, of the scenario files, and of what it takes to repeat them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa

from maxpressure.app.figures.lots import Lot, rows, run
from maxpressure.app.figures.outcomes import OUTCOMES
from maxpressure.app.figures.pairs import compared
from maxpressure.app.figures.worlds import FIRST, SECOND, outcomes, to_be_said
from maxpressure.base.text import csv_bytes
from maxpressure.results.quantiles import LEVELS

SAME_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that equal questions have equal bytes."""


def archive(first: Lot, second: Lot | None = None) -> bytes:
    """The tables of one or two settings as a ZIP; the worlds are simulated again with the attribution of each act.

    Parameters
    ----------
    first, second : Lot
        The worlds of settings A and, where there is a second, B.

    Returns
    -------
    bytes
        For each setting ``A-worlds.csv``, ``A-acts.csv`` and ``A.toml``, as `maxpressure run` has them; ``bands.csv``,
        the quantiles of each outcome by each day; of two settings ``compare.csv``; ``README.txt``.

    Raises
    ------
    InputError
        Where two settings cover other weeks.

    Examples
    --------
    >>> import io, zipfile
    >>> from maxpressure.app.figures.basis import load_basis
    >>> from maxpressure.app.figures.levers import UNMOVED
    >>> from maxpressure.app.figures.lots import simulate
    >>> packed = archive(simulate(load_basis(), UNMOVED, worlds=2))
    >>> zipfile.ZipFile(io.BytesIO(packed)).namelist()
    ['A-worlds.csv', 'A-acts.csv', 'A.toml', 'bands.csv', 'README.txt']
    """
    lots = {FIRST: first} | ({} if second is None else {SECOND: second})
    files: dict[str, bytes | str] = {}
    for name, lot in lots.items():
        files |= {f"{name}-{table}.csv": _csv(batch) for table, batch in written(lot).items()}
        files[f"{name}.toml"] = lot.situation.scenario.text()
    files["bands.csv"] = csv_bytes(pd.DataFrame(_bands(lots)), digits=None)
    if second is not None:
        files["compare.csv"] = csv_bytes(compared(first, second), digits=None)
    files["README.txt"] = _readme(lots)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        for name, content in files.items():
            folder.writestr(zipfile.ZipInfo(name, SAME_DAY), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def written(lot: Lot) -> dict[str, pa.RecordBatch]:
    """The tables that a run of these worlds writes: worlds, and acts with their attribution."""
    simulated = run(lot.basis, lot.situation, lot.worlds, attributions=True)
    every = rows(lot.basis, lot.situation, simulated, lot.worlds)
    return {name: every[name] for name in ("worlds", "acts")}


def _csv(batch: pa.RecordBatch) -> bytes:
    plain = pa.table({
        name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    })  # fmt: skip
    return csv_bytes(plain.to_pandas(types_mapper=pd.ArrowDtype), digits=None)


def _bands(lots: Mapping[str, Lot]) -> Iterator[dict[str, object]]:
    """The quantiles of each outcome before each day: a row for each setting, outcome and day."""
    for name, lot in lots.items():
        line, found = lot.situation.timeline, outcomes(lot)
        days = [line.monday(week).isoformat() for week in range(line.first, line.weeks + 1)]
        for key in OUTCOMES:
            for day, levels in zip(days, zip(*found[key]["levels"], strict=True), strict=True):
                yield {"setting": name, "outcome": key, "by": day} | dict(zip(LEVELS, levels, strict=True))


def _readme(lots: Mapping[str, Lot]) -> str:
    basis = lots[FIRST].basis
    names = "\n".join(f"{name}: {lot.situation.scenario.title}" for name, lot in lots.items())
    commands = "\n".join(
        f"    maxpressure run {name}.toml --worlds {lot.worlds} --seed {basis.seed}"
        for name, lot in lots.items()
    )
    notes = "\n\n".join(to_be_said(lots))
    return (
        f"maxpressure, {basis.case.assumptions.case.name}\n\n{names}\n\nThe same worlds again:\n{commands}\n\n"
        f"Parameters, {basis.parameters.status}: {basis.parameters.source}\n\n{notes}\n"
    )
