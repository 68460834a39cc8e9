"""The tables of a result folder: its manifest at once, a table as pandas, column by column, when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from maxpressure.base.errors import InputError, Wrong, check_known
from maxpressure.base.shown import Shown
from maxpressure.experiments.manifest import Manifest, assumptions_digest
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.store import RemoteStore
from maxpressure.model.case import Case, Situation, prepare_all
from maxpressure.results.dataset import TableFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTables(Shown):
    """What :class:`maxpressure.results.results.Results` reads from its folder."""

    files: TableFiles

    @property
    def manifest(self) -> Manifest:
        """What was run: scenarios, worlds, seed, parameters, evidence and versions."""
        return self.files.manifest

    @property
    def place(self) -> str:
        """The folder or URL where they are."""
        return self.files.store.place

    @property
    def folder(self) -> Path:
        """The folder where they are.

        Raises
        ------
        InputError
            Where they are not in a folder of this machine.
        """
        if isinstance(self.files.store, RemoteStore):
            allowed = "results in a folder of this machine; `place` is where these are"
            raise InputError(file="results", key="folder", given=self.place, allowed=allowed)
        return self.files.store.root

    @property
    def worlds(self) -> pd.DataFrame:
        """A row for each world with its outcomes, such as ``acts`` and ``trade_left``."""
        return self.table("worlds")

    @property
    def weeks(self) -> pd.DataFrame:
        """A row for each week, as it ended, of the worlds whose weeks were kept."""
        return self.table("weeks")

    @property
    def acts(self) -> pd.DataFrame:
        """A row for each tie that moved; the ties of one act share its week, state and attribution."""
        return self.table("acts")

    # ---- tables

    def table(
        self, name: str, columns: Sequence[str] | None = None, scenario: str | None = None
    ) -> pd.DataFrame:
        """One table, or some of its columns, or one scenario's rows.

        Parameters
        ----------
        name : {"worlds", "weeks", "acts", "tallies"}
            The table.
        columns : sequence of str, optional
            The columns to read, in the order wanted; all by default.
        scenario : str, optional
            The scenario whose rows to read; all by default.

        Returns
        -------
        DataFrame
            Rows in the order of the manifest's scenarios, then of world, week and state. Names are categories.

        Raises
        ------
        InputError
            For a name that is no table, column or scenario, and where a file is not the one that was written.
        """
        check_known(name, list(TABLES), file="results", key="table")
        for column in columns or ():
            check_known(column, TABLES[name].names, file="results", key=f"a column of {name}")
        if scenario is not None:
            check_known(scenario, self.manifest.names, file="results", key="scenario")
        wanted = TABLES[name].names if columns is None else list(columns)
        if name == "tallies":
            arrow = self.files.tallies(scenario=scenario).select(wanted)
        else:
            arrow = self.files.dataset(name, scenario).to_table(columns=wanted)
        return self.files.frame(arrow, name)

    def query(self, sql: str) -> pd.DataFrame:
        """What an SQL query over the tables gives, by DuckDB. It reads nothing else and writes nothing.

        It may take 60 seconds, 2 GiB of memory for its work and as much for its answer, and 10 GB of disk for what
        does not fit meanwhile. One query runs at a time. Single values of any size are within the limit on Linux
        alone.

        Parameters
        ----------
        sql : str
            One query over ``worlds``, ``weeks``, ``acts`` and ``tallies``.

        Returns
        -------
        DataFrame
            The rows, in the order that the query asks for.

        Raises
        ------
        InputError
            With DuckDB's own message, for what is no query or cannot be answered; and for a query that takes too long
            or too much memory.
        """
        from maxpressure.results.query import answer, named

        tables = {name: self.files.dataset(name) for name in named(sql)}
        if "tallies" in tables:
            tables["tallies"] = self.files.tallies()
        return answer(sql, tables)

    def situations(self, case: Case) -> dict[str, Situation]:
        """The inputs of each scenario's worlds, prepared again from the case.

        Parameters
        ----------
        case : Case
            The case that was run, as :func:`maxpressure.load_case` returns it.

        Returns
        -------
        dict[str, Situation]
            By the scenario's name.

        Raises
        ------
        InputError
            Where the evidence or the assumptions have changed since.
        """
        now = case.evidence.digest, assumptions_digest(case)
        if now != (self.manifest.evidence, self.manifest.assumptions):
            named = case.assumptions.case.name
            allowed = "the evidence and assumptions that the results were made with"
            given = Wrong(f"was run on {named}, whose evidence or assumptions have changed since")
            if named != self.manifest.case:
                allowed = f"{self.manifest.case}, which was run: name its folder by --case DIR"
                given = Wrong(f"was run on {self.manifest.case}, not on {named}")
            raise InputError(file=self.place, key="folder", given=given, allowed=allowed)
        return prepare_all(case, [entry.scenario() for entry in self.manifest.scenarios])

    # ---- files

    def digests(self) -> dict[str, str]:
        """A digest of each table's rows, equal for equal results.

        It does not depend on how the worlds were cut into chunks, run, interrupted or merged, nor on the engine. Under
        one version of Arrow two folders hold the same results if, and only if, their digests are equal.

        Returns
        -------
        dict[str, str]
            The SHA-256 of the canonical form of ``worlds``, ``weeks``, ``acts`` and ``tallies``.
        """
        return self.files.digests()

    def check(self) -> None:
        """Check every file of every table.

        Raises
        ------
        InputError
            Where one is not, byte for byte, the file that was written.
        """
        self.files.check()
