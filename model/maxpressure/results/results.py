"""The results in a folder: what they show, their statistics by week and outcome, and their scenarios compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.errors import check_known
from maxpressure.base.hooks import Hook
from maxpressure.base.shown import Sheet
from maxpressure.base.text import columns as lines_of
from maxpressure.base.text import from_here, plural, significant, wrapped
from maxpressure.experiments.finished import receipts
from maxpressure.experiments.manifest import read_manifest
from maxpressure.experiments.schema import TALLIED
from maxpressure.experiments.store import open_store
from maxpressure.model.case import Case, case_or_shipped
from maxpressure.results.bands import weekly_bands, with_interval
from maxpressure.results.compare import compared
from maxpressure.results.dataset import TableFiles
from maxpressure.results.folder_tables import FolderTables
from maxpressure.results.own import Function, Outcome, per_world
from maxpressure.results.recorded import observed
from maxpressure.results.statistics import KEY_OUTCOMES, described, missing_worlds

PLOT: Final = Hook("results.plot")
"""Gives the pictures of results, which the room above draws."""

NEXT: Final = (
    "The tables are .worlds, .weeks and .acts; .describe(), .bands(), .compare(), .per_world(function) and "
    ".query(sql) summarise them; .observed() is the record, .plot draws."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results(FolderTables):
    """The results in a folder, as :func:`maxpressure.run` and :func:`maxpressure.load` return them.

    Opening reads the manifest alone. A table is read, and its files checked against the SHA-256 that was written, when
    it is first asked for.

    Parameters
    ----------
    files : TableFiles
        Where the tables are.
    reused : bool
        Whether a run found these results in its folder and had nothing to do.
    kept : int
        Worlds of each scenario that the run found in its folder and did not simulate again.

    Notes
    -----
    The columns of the tables, with their units, are listed in ``maxpressure.experiments.schema.MEANINGS`` and in the
    manual's page on tables.

    Examples
    --------
    >>> import tempfile
    >>> import maxpressure as mp
    >>> folder = tempfile.TemporaryDirectory()
    >>> scenarios = ["max-pressure-2017", "no-campaign"]
    >>> results = mp.run(scenarios, worlds=4, out=f"{folder.name}/two", progress=False)
    >>> results.manifest.names
    ('max-pressure-2017', 'no-campaign')
    >>> results.table("worlds", ["scenario", "world", "acts"]).shape
    (8, 3)
    >>> results.query("SELECT scenario, count(*) AS worlds FROM worlds GROUP BY ALL ORDER BY ALL")
                scenario  worlds
    0  max-pressure-2017       4
    1        no-campaign       4
    >>> list(results.bands("embassies").columns)
    ['scenario', 'week', 'date', 'mean', 'mcse', 'ci_low', 'ci_high', 'p05', 'p25', 'median', 'p75', 'p95', 'worlds']
    >>> results.compare("hhi")[["scenario", "against", "outcome", "planned", "worlds"]]
          scenario            against outcome  planned  worlds
    0  no-campaign  max-pressure-2017     hhi    False       4
    >>> sorted(results.digests())
    ['acts', 'tallies', 'weeks', 'worlds']
    >>> folder.cleanup()
    """

    reused: bool = False
    kept: int = 0
    _bands: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"<Results of {', '.join(self.manifest.names)} in {self.place}>"

    @property
    def plot(self) -> Any:
        """The pictures of these results, each drawn on axes by a method: ``results.plot.trade(ax)``.

        ``dir(results.plot)`` lists them, and ``results.plot()`` draws the wave. See
        :class:`maxpressure.report.result_plots.ResultPlots`.
        """
        return PLOT(self)

    # ---- as text

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """``outcomes``: the key outcomes of each scenario, as in :meth:`describe`."""
        return {"outcomes": described(self.files, tuple(KEY_OUTCOMES))}

    def text(self, width: int = 100) -> str:
        """The key outcomes of each scenario and what can be done next."""
        numbers = ("mean", "mcse", "p05", "median", "p95")
        rows: list[list[str]] = [["", "outcome", "mean", "error", "5 %", "median", "95 %"]]
        for row in self.tables["outcomes"].to_dict("records"):
            outcome = KEY_OUTCOMES[row["outcome"]]
            shown = (significant(outcome.scale * row[name], 3) for name in numbers)
            rows.append([row["scenario"], outcome.words, *shown])
        notes = [*missing_worlds(self.files), f"In {from_here(self.place)}. {NEXT}"]
        return "\n".join([self._head(), "", *lines_of(rows, width), "", *wrapped(notes, width, whole=True)])

    def sheet(self) -> Sheet:
        """The key outcomes of each scenario with their intervals, where they are, and what can be done next."""
        rows = []
        for row in self.tables["outcomes"].to_dict("records"):
            outcome = KEY_OUTCOMES[row["outcome"]]
            mean, low, high, p05, median, p95 = (
                significant(outcome.scale * row[name], 3)
                for name in ("mean", "ci_low", "ci_high", "p05", "median", "p95")
            )
            unit = f" ({outcome.unit})" if outcome.scale != 1 else ""
            rows.append(
                (row["scenario"], outcome.words + unit, mean, f"{low} to {high}", median, f"{p05} to {p95}")
            )
        return Sheet(
            title=self._head(),
            head=("scenario", "outcome", "mean", "95 % interval of the mean", "median", "90 % of worlds"),
            rows=rows,
            notes=[*missing_worlds(self.files), f"In {from_here(self.place)}. {NEXT}"],
            words=2,
        )

    def _head(self) -> str:
        manifest = self.manifest
        worlds = plural(manifest.worlds, "world")
        return f"{plural(len(manifest.names), 'scenario')} in {worlds} each, seed {manifest.seed}"

    # ---- tables

    def to_xarray(self, *columns: str, table: str = "weeks") -> Any:
        """Outcomes as an xarray data set with dimensions ``scenario``, ``world`` and ``week``.

        Parameters
        ----------
        *columns : str
            The outcomes, as columns of the table; all by default.
        table : {"weeks", "worlds"}
            Weekly outcomes, or outcomes of whole worlds without the dimension ``week``.

        Returns
        -------
        xarray.Dataset
            A variable for each outcome, with ``long_name`` and ``units`` as attributes. Coordinates are also the
            posterior ``draw`` of a world and the ``date`` of a week. What was not kept, or failed, is NaN.

        Raises
        ------
        InputError
            For another table or column, and where xarray is not installed.
        """
        from maxpressure.results.to_xarray import dataset as as_dataset

        return as_dataset(self.table, self.manifest, table, columns)

    def bands(self, outcome: str = "acts_total", *, interval: bool = True) -> pd.DataFrame:
        """Quantiles and mean of a weekly outcome over all worlds that did not fail.

        Parameters
        ----------
        outcome : str
            ``acts_total``, ``embassies``, ``trade_kusd``, ``exports_kusd``, or ``ties_`` and a tie.
        interval : bool
            Whether to work out the interval of each mean, which pictures do without.

        Returns
        -------
        DataFrame
            ``scenario``, ``week``, ``date`` (the week's Monday), ``mean``, ``mcse`` (its Monte Carlo standard error),
            ``ci_low`` and ``ci_high`` (its 95 % interval), ``p05``, ``p25``, ``median``, ``p75``, ``p95`` and
            ``worlds``. A quantile is the smallest value that at least this share of worlds does not exceed. Counts are
            exact; money, in thousand USD a year, is rounded down to whole millions first. Error and interval are
            blank where several worlds share a posterior draw, since tallies do not say which.

        Raises
        ------
        InputError
            For an outcome that is not among the tallies.
        """
        check_known(outcome, TALLIED, file="results", key="a tallied outcome")
        if outcome not in self._bands:
            starts = {entry.name: entry.scenario().window.start for entry in self.manifest.scenarios}
            apart = self.manifest.draws == 1 or self.manifest.worlds <= self.manifest.draws
            bands = weekly_bands(self.files.tallies(outcome=outcome), starts, independent=apart)
            bands["scenario"] = pd.Categorical(bands["scenario"], categories=list(self.manifest.names))
            self._bands[outcome] = bands
        return with_interval(self._bands[outcome]) if interval else self._bands[outcome].copy()

    def observed(self, outcome: str = "acts_total", *, case: Case | None = None) -> pd.DataFrame:
        """The record in the weeks of each scenario, in the shape of :meth:`bands`, or of ``acts``.

        Scenarios may code the record differently and cover other weeks, so each has rows of its own.

        Parameters
        ----------
        outcome : str
            ``acts_total``, ``embassies``, or ``ties_`` and a tie; or ``acts``.
        case : Case, optional
            The case that was run, by default the shipped one.

        Returns
        -------
        DataFrame
            ``scenario``, ``week``, ``date`` (the week's Monday) and ``observed``, at the end of each week up to the
            last day that the record covers. Of ``acts`` a row for each tie that moved: ``scenario``, ``week``,
            ``date``, ``iso3``, ``kind``, ``tie``, ``level_before`` and ``level_after``.

        Raises
        ------
        InputError
            For an outcome that no record has by weeks, and where the case is not the one that was run.

        Examples
        --------
        >>> import tempfile
        >>> import maxpressure as mp
        >>> folder = tempfile.TemporaryDirectory()
        >>> results = mp.run("max-pressure-2017", worlds=4, out=f"{folder.name}/a", progress=False)
        >>> table = results.bands().merge(results.observed())
        >>> [str(name) for name in table.columns[-2:]], len(table)
        (['worlds', 'observed'], 104)
        >>> acts = results.observed("acts")
        >>> acts = acts[acts["kind"] == "act"].drop_duplicates(["iso3", "week"])
        >>> len(acts) == int(table["observed"].iloc[-1])
        True
        >>> folder.cleanup()
        """
        case = case_or_shipped(case)
        return observed(self.situations(case), case.assumptions.record.acts_until, outcome)

    def describe(self) -> pd.DataFrame:
        """Each scenario's outcomes over its worlds, with the Monte Carlo error of their means.

        Returns
        -------
        DataFrame
            A row for each ``scenario`` and ``outcome``, in the unit of its column in ``worlds``: how many ``worlds``
            there are, how many ``failed``, how many are ``blank`` since they never reached a milestone, the ``mean``
            over the others, ``mcse`` (its Monte Carlo standard error), ``ci_low`` and ``ci_high`` (its 95 %
            interval), and the quantiles ``p05``, ``median`` and ``p95``.
        """
        return described(self.files)

    def per_world(self, outcome: str | Function, *, kind: str = "act", fill: float = 0) -> pd.Series:
        """One number for each world that did not fail, also for those without a row: a groupby would lose them.

        Parameters
        ----------
        outcome : str or function
            A column of ``worlds``, as it is; ``iso3`` or ``tie``, of which the different ones are counted; a column
            ``share_…``, which is added up over acts; or a function that takes a world's rows and returns one number.
        kind : {"act", "cut", "restoration", "attrition", "week"}
            What a row is. An act is a state's decision in one week, with the tie with which it began; a cut is one tie
            that it lowered. Rows of weeks are those of ``weeks``.
        fill : float
            The number of a world without a row.

        Returns
        -------
        Series
            By ``scenario`` and ``world``. A share is NaN in worlds whose attributions were not kept.

        Raises
        ------
        InputError
            For what is no such column, and for a function that raises or returns anything but a number.

        Examples
        --------
        >>> import tempfile
        >>> import maxpressure as mp
        >>> folder = tempfile.TemporaryDirectory()
        >>> results = mp.run("max-pressure-2017", worlds=4, out=f"{folder.name}/a", progress=False)
        >>> acts = results.per_world(len)
        >>> bool((acts.droplevel("scenario") == results.worlds.set_index("world")["acts"]).all())
        True
        >>> def spain(acts):
        ...     return (acts["iso3"] == "ESP").sum()
        >>> len(results.per_world(spain))
        4
        >>> folder.cleanup()
        """
        return per_world(self.files, outcome, kind=kind, fill=fill)

    def compare(
        self,
        *outcomes: Outcome,
        against: str | None = None,
        split: bool = False,
        kind: str = "act",
        fill: float = 0,
        precision: float | None = None,
    ) -> pd.DataFrame:
        """How each scenario differs from one of them, world by world (common random numbers).

        Parameters
        ----------
        *outcomes : str, function or Series
            Columns of ``worlds``; the four planned key outcomes by default. An outcome of your own is a function as
            for :meth:`per_world`, or a series of numbers with the index (``scenario``, ``world``).
        against : str, optional
            The scenario to compare with, by default the first. Scenarios over other weeks are left out.
        split : bool
            Whether to split the variance of the difference into parameters and chance.
        kind, fill
            As for :meth:`per_world`, where an outcome is a function.
        precision : float, optional
            The half-width of the interval that is wanted for outcomes that were not planned. By default that of an
            outcome of your own is a tenth of its standard deviation over the baseline's worlds.

        Returns
        -------
        DataFrame
            A row for each ``scenario`` and ``outcome``; a difference is scenario minus baseline, in ``unit``.

            - ``planned``: whether the outcome was planned; all others are exploratory.
            - ``worlds``, ``draws``: pairs of worlds, and the posterior draws they use.
            - ``mean``, ``mcse``, ``ci_low``, ``ci_high``: mean difference, its Monte Carlo standard error and 95 %
              interval.
            - ``p05``, ``median``, ``p95``: 5, 50 and 95 % quantiles over pairs.
            - ``more``, ``same``, ``fewer``: shares of pairs in which the scenario has more, the same or fewer.
            - ``fewer_worlds_by``: how many times more worlds independent runs would need.
            - ``precision``: the half-width that is wanted; ``needed``, ``enough``: worlds of each scenario that bring
              it about, and whether there are as many.
            - ``failed``, ``blank``, ``unpaired``: pairs with a failed world, pairs in which a world never reached the
              milestone, and worlds without a partner. They are in no mean.

            With ``split`` the variances of difference, scenario and baseline in two parts, each with its error.

        Raises
        ------
        InputError
            For a name that is none, for an outcome of your own without a finite number for every world, where no two
            scenarios can be compared, and where a split needs other draws.

        Examples
        --------
        >>> import tempfile
        >>> import maxpressure as mp
        >>> folder = tempfile.TemporaryDirectory()
        >>> both = ["max-pressure-2017", "no-september-test"]
        >>> results = mp.run(both, worlds=4, out=f"{folder.name}/a", progress=False)
        >>> def military(cuts):
        ...     return (cuts["tie"] == "military").sum()
        >>> results.compare(military, kind="cut")[["scenario", "outcome", "planned", "worlds"]]
                    scenario   outcome  planned  worlds
        0  no-september-test  military    False       4
        >>> folder.cleanup()
        """
        return compared(
            self.files,
            self.files,
            outcomes,
            against=against,
            apart=split,
            kind=kind,
            fill=fill,
            precision=precision,
        )


def load(folder: str | Path | Results) -> Results:
    """Open a result folder; its tables are read when asked for.

    Parameters
    ----------
    folder : str, Path or Results
        A folder that a run, a batch or a merge wrote, or a URL that fsspec reaches. Results are returned as they are.

    Returns
    -------
    Results
        The results.

    Raises
    ------
    InputError
        Where there are none, and where another version of the format wrote them.

    Examples
    --------
    >>> import tempfile
    >>> import maxpressure as mp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = mp.run("no-campaign", worlds=2, out=f"{folder}/calm", progress=False)
    ...     mp.load(f"{folder}/calm").worlds["world"].tolist()
    [0, 1]
    """
    if isinstance(folder, Results):
        return folder
    store = open_store(folder)
    manifest = read_manifest(store)
    found = () if manifest.tables else receipts(store, manifest)
    return Results(files=TableFiles(store, manifest, found))
