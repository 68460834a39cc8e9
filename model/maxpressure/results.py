"""A result folder opened: its manifest and its tables as pandas, read column by column when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from maxpressure.errors import InputError, nearest
from maxpressure.manifest import Manifest, assumptions_digest, check_tables, read_manifest, table
from maxpressure.result_tables import CHANGES, TABLES
from maxpressure.situation import Case, Situation, prepare
from maxpressure.ties import TIES

CATEGORIES: Final = {"tie": TIES, "kind": CHANGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results in a folder. `reused` says that a run found them there and had nothing to do."""

    folder: Path
    manifest: Manifest
    reused: bool = False

    @property
    def worlds(self) -> pd.DataFrame:
        """A row for each world: what came of it."""
        return self.table("worlds")

    @property
    def weeks(self) -> pd.DataFrame:
        """A row for each world and week: how things stood when the week had ended."""
        return self.table("weeks")

    @property
    def acts(self) -> pd.DataFrame:
        """A row for each tie that moved; the ties of one act share its week, state and account."""
        return self.table("acts")

    def situations(self, case: Case) -> dict[str, Situation]:
        """What the worlds of each scenario were told, by its name, laid out again from the case.

        Raises InputError where the case is no longer the one that was run.
        """
        now = case.evidence.digest, assumptions_digest(case)
        if now != (self.manifest.evidence, self.manifest.assumptions):
            allowed = "the evidence and assumptions that the results were made with"
            given = "evidence or assumptions that have changed since"
            raise InputError(file=self.folder, key="case", given=given, allowed=allowed)
        return {entry.name: prepare(case, entry.scenario()) for entry in self.manifest.scenarios}

    def table(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One table, or only some of its columns; names are categories in their natural order.

        Rows stand in the order of scenario, draw, replicate, week, state. Raises InputError for a name that
        is no table or no column.
        """
        _known(name, list(TABLES), key="table")
        for column in columns or ():
            _known(column, TABLES[name].names, key=f"a column of {name}")
        wanted = None if columns is None else list(columns)
        arrow = pq.read_table(table(self.folder, name), columns=wanted)
        frame = cast(pd.DataFrame, arrow.to_pandas(date_as_object=False))
        for field in TABLES[name]:
            if field.name in frame:
                frame[field.name] = self._typed(frame[field.name], field)
        return frame

    def _typed(self, column: pd.Series, field: pa.Field) -> pd.Series:
        """The column in the type it has in every folder, whether or not a cell is blank or a name occurs."""
        if pa.types.is_dictionary(field.type):
            known = self.manifest.names if field.name == "scenario" else CATEGORIES.get(field.name)
            return column.cat.set_categories(sorted(column.cat.categories) if known is None else list(known))
        if field.nullable and pa.types.is_integer(field.type):
            return column.astype("Int32")
        return column.astype("boolean") if pa.types.is_boolean(field.type) else column


def load(folder: str | Path) -> Results:
    """Open a result folder.

    Raises InputError where it is none, where another version of the format wrote it, or where a table is not
    the one that was written.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    check_tables(folder, manifest)
    return Results(folder=folder, manifest=manifest)


def _known(word: str, words: Sequence[str], *, key: str) -> None:
    if word not in words:
        allowed = f"one of {', '.join(words)}"
        raise InputError(file="results", key=key, given=word, allowed=allowed, nearest=nearest(word, words))
