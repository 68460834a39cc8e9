"""A result folder opened: its manifest at once, its tables as pandas, column by column when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import pandas as pd
import pyarrow as pa

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.ties import TIES
from maxpressure.experiments.manifest import A_FOLDER, MANIFEST, Manifest, assumptions_digest, parsed_manifest
from maxpressure.experiments.schema import STATUSES, TABLES, TALLIED
from maxpressure.experiments.store import RemoteStore, open_store, receipts
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.recorder import CHANGES
from maxpressure.results import dataset
from maxpressure.results.compare import compared
from maxpressure.results.dataset import TableFiles, in_order
from maxpressure.results.quantiles import weekly_bands
from maxpressure.results.statistics import described

CATEGORIES: Final = {"tie": TIES, "kind": CHANGES, "status": STATUSES, "outcome": TALLIED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results in a folder. `reused` says that a run found them there and had nothing to do."""

    files: TableFiles
    reused: bool = False

    def __repr__(self) -> str:
        return f"<Results of {', '.join(self.manifest.names)} in {self.place}>"

    @property
    def manifest(self) -> Manifest:
        """What was run."""
        return self.files.manifest

    @property
    def place(self) -> str:
        """The folder or URL where they are."""
        return self.files.store.place

    @property
    def folder(self) -> Path:
        """The folder where they are; raises InputError where that is no folder of this machine."""
        if isinstance(self.files.store, RemoteStore):
            allowed = "results in a folder of this machine; `place` is where these are"
            raise InputError(file="results", key="folder", given=self.place, allowed=allowed)
        return self.files.store.root

    @property
    def worlds(self) -> pd.DataFrame:
        """A row for each world: what came of it."""
        return self.table("worlds")

    @property
    def weeks(self) -> pd.DataFrame:
        """A row for each week of the worlds whose weeks were kept: how things stood when it had ended."""
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
            named = case.assumptions.case.name
            allowed = "the evidence and assumptions that the results were made with"
            given = f"{named}, with evidence or assumptions that have changed since"
            if named != self.manifest.case:
                allowed = f"{self.manifest.case}, which was run: name its folder by --case DIR"
                given = named
            raise InputError(file=self.place, key="case", given=given, allowed=allowed)
        return {entry.name: prepare(case, entry.scenario()) for entry in self.manifest.scenarios}

    def table(
        self, name: str, columns: Sequence[str] | None = None, scenario: str | None = None
    ) -> pd.DataFrame:
        """One table, or only some of its columns, or a single scenario's rows; names are categories.

        Rows stand in the order of the manifest's scenarios, then of world, week and state. Raises InputError
        for a name that is no table, column or scenario, and where a file is not the one that was written.
        """
        _known(name, list(TABLES), key="table")
        for column in columns or ():
            _known(column, TABLES[name].names, key=f"a column of {name}")
        if scenario is not None:
            _known(scenario, self.manifest.names, key="scenario")
        wanted = TABLES[name].names if columns is None else list(columns)
        if name == "tallies":
            arrow = self.files.tallies(scenario=scenario).select(wanted)
        else:
            arrow = self.files.dataset(name, scenario).to_table(columns=wanted)
        frame = cast(pd.DataFrame, arrow.unify_dictionaries().to_pandas(date_as_object=False))
        for column in wanted:
            frame[column] = self._typed(frame[column], TABLES[name].field(column))
        return frame

    def query(self, sql: str) -> pd.DataFrame:
        """What an SQL query over the tables worlds, weeks, acts and tallies gives, by DuckDB.

        Nothing else can be read and nothing written. Raises InputError for what cannot be answered.
        """
        tables = {name: self.files.dataset(name) for name in dataset.named(sql)}
        if "tallies" in tables:
            tables["tallies"] = self.files.tallies()
        return dataset.answer(sql, tables)

    def bands(self, outcome: str = "acts_total") -> pd.DataFrame:
        """Quantiles and mean of a weekly outcome over all worlds that did not fail, from the tallies.

        Columns: scenario, week, date (its Monday), p05, p25, p50, p75, p95, mean, worlds. A quantile is the
        smallest value that at least this share of worlds does not exceed. Counts are exact; money, in thousand
        USD, is rounded down to whole millions before. Weeks of a scenario without finished worlds are absent.
        """
        _known(outcome, TALLIED, key="a tallied outcome")
        starts = {entry.name: entry.scenario().window.start for entry in self.manifest.scenarios}
        bands = weekly_bands(self.files.tallies(outcome=outcome), starts)
        bands["scenario"] = pd.Categorical(bands["scenario"], categories=list(self.manifest.names))
        return bands

    def describe(self) -> pd.DataFrame:
        """Each scenario's outcomes over its worlds, with the Monte Carlo error of their means.

        Columns: scenario, outcome, worlds, failed, blank, mean, error, p05, median, p95.
        """
        return described(self.files)

    def compare(self, *outcomes: str, against: str | None = None, split: bool = False) -> pd.DataFrame:
        """How each scenario differs from one of them, `against` (the first), world by world under the same luck.

        A row for each scenario and outcome (the four of `maxpressure.results.statistics` where none
        is named), in the `unit` of the outcome; a difference is scenario minus baseline. `planned` marks the key
        outcomes, fixed in advance; all others are exploratory. Over pairs of `worlds`, of as many parameter
        `draws`: the `mean` difference, its Monte Carlo standard `error` and 95 % interval `ci_low` to `ci_high`;
        the 5, 50 and 95 % quantiles of worlds `low`, `median`, `high`; the shares of worlds in which the scenario
        has `more`, the `same`, `fewer`; `fewer_worlds_by`, how many times more worlds independent runs would need;
        `needed`, the worlds of each scenario, as many of each draw as here, that bring the interval's half-width down
        to the outcome's precision, and whether there are `enough`. Beside them stand pairs with a `failed` world,
        worlds `unpaired` for want of a partner, and pairs `blank` since a world never reached the milestone: they
        are in no mean.

        Scenarios over other weeks than the baseline's are left out. With ``split`` the variance of the difference,
        of the scenario and of the baseline come in two parts, parameters and chance, each with its error. Raises
        InputError for a name that is none, where no two scenarios can be compared, and where a split needs other
        draws.
        """
        return compared(self.files, self.files, outcomes, against=against, apart=split)

    def check(self) -> None:
        """Raise InputError where any table's file is not, byte for byte, the one that was written."""
        self.files.check()

    def _typed(self, column: pd.Series, field: pa.Field) -> pd.Series:
        """The column in the type it has in every folder, whether or not a cell is blank or a name occurs."""
        if pa.types.is_dictionary(field.type):
            known = self.manifest.names if field.name == "scenario" else CATEGORIES.get(field.name)
            found = sorted(column.cat.remove_unused_categories().cat.categories) if known is None else known
            return column.cat.set_categories(list(found))
        if field.nullable and pa.types.is_integer(field.type):
            return column.astype("Int32")
        return column.astype("boolean") if pa.types.is_boolean(field.type) else column


def load(folder: str | Path) -> Results:
    """Open the result folder at a path, or at a URL that fsspec reaches; its tables are read when asked for.

    Raises InputError where there is none and where another version of the format wrote it.
    """
    store = open_store(folder)
    content = store.get(MANIFEST)
    if content is None:
        raise InputError(file=store.place, key=MANIFEST, given="nothing there", allowed=A_FOLDER)
    manifest = parsed_manifest(content, f"{store.place}/{MANIFEST}")
    found = () if manifest.tables else in_order(manifest, receipts(store), store.place)
    return Results(files=TableFiles(store, manifest, found))


def compare(
    results: Results, baseline: Results, *outcomes: str, against: str | None = None, split: bool = False
) -> pd.DataFrame:
    """The scenarios of one folder against a scenario of another, as `Results.compare` does within one.

    `against` is by default the first of `baseline`. The worlds that both have are compared. Raises InputError
    where the folders cannot be paired: other case, seed, draws, evidence, assumptions or program, or one name for
    two texts.
    """
    return compared(results.files, baseline.files, outcomes, against=against, apart=split)


def _known(word: str, words: Sequence[str], *, key: str) -> None:
    if word not in words:
        allowed = f"one of {', '.join(words)}"
        raise InputError(file="results", key=key, given=word, allowed=allowed, nearest=nearest(word, words))
