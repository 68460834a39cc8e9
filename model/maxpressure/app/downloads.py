"""What a visitor takes away: the tables of both settings, their comparison and their scenario files, in one archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import csv

from maxpressure.app.jobs import waited_for
from maxpressure.app.many_worlds import SEED, Lot, bands, compared, tables, to_be_said
from maxpressure.app.room import Room
from maxpressure.base.errors import InputError
from maxpressure.results.quantiles import PERCENTS


def packed_in_turn(room: Room, visitor: str, lots: Mapping[str, Lot]) -> bytes:
    """The archive, made in the line of quick work; raises InputError where that is full or the work was called off."""
    job = room.quick.put(visitor, lambda: archive(room, lots), of=len(lots) + 1)
    packed = waited_for(job)
    if packed is None:
        allowed = "one piece of work of a visitor at a time; ask for the tables again"
        raise InputError(file="page", key="tables", given="called off", allowed=allowed)
    return packed


def archive(room: Room, lots: Mapping[str, Lot]) -> Iterator[bytes | None]:
    """A ZIP with worlds.csv and acts.csv of each setting, bands.csv, compare.csv, scenario files and a page to read.

    The worlds are lived again with their acts, a setting a piece, so that the archive takes its turns in a line.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, lot in lots.items():
            for table, rows in tables(room.case, room.draws, lot.setting, lot.worlds).items():
                folder.writestr(f"{name}-{table}.csv", _csv(rows))
            folder.writestr(f"{name}.toml", scenario_file(lot))
            yield None
        folder.writestr("bands.csv", _bands(lots).to_csv(index=False, lineterminator="\n"))
        if len(lots) == 2:
            ours, theirs = lots.values()
            folder.writestr("compare.csv", compared(ours, theirs).to_csv(index=False, lineterminator="\n"))
        folder.writestr("README.txt", _readme(room, lots))
    yield written.getvalue()


def scenario_file(lot: Lot) -> str:
    """The setting as a scenario file that `maxpressure run` takes."""
    return lot.situation.scenario.text()


def _csv(rows: pa.RecordBatch) -> bytes:
    plain = pa.table({
        name: column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for name, column in zip(rows.schema.names, rows.columns, strict=True)
    })  # fmt: skip
    sink = io.BytesIO()
    csv.write_csv(plain, sink)
    return sink.getvalue()


def _bands(lots: Mapping[str, Lot]) -> pd.DataFrame:
    """The quantiles of the acts counted up by each day, a row for each setting and day."""
    rows = [
        {"setting": name, "by": day.isoformat()}
        | {f"p{percent:02d}": level for percent, level in zip(PERCENTS, levels, strict=True)}
        for name, band in bands(lots).items()
        for day, levels in zip(band.days, band.levels.T.tolist(), strict=True)
    ]
    return pd.DataFrame(rows)


def _readme(room: Room, lots: Mapping[str, Lot]) -> str:
    names = "\n".join(f"{name}: {lot.situation.scenario.title}" for name, lot in lots.items())
    commands = "\n".join(
        f"    maxpressure run {name}.toml --worlds {lot.worlds} --seed {SEED}" for name, lot in lots.items()
    )
    said = "\n\n".join(to_be_said(lots))
    return (
        f"maxpressure, {room.case.assumptions.case.name}\n\n{names}\n\nThe same worlds again:\n{commands}\n\n"
        f"Parameters, {room.parameters.status}: {room.parameters.source}\n\n{said}\n"
    )
