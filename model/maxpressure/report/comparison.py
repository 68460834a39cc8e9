"""A comparison of scenarios: what each edit changed, how sure that is, and what limits the conclusion.

`comparison` computes it; a `Comparison` is shown as text, as Markdown, or saved as compare.csv, compare.md and
compare.png. The sentences and notes below serve the report and the classroom page as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.cautions import CONTAGION_CHANGED, INTERVALS, NOT_DISARMAMENT, REQUESTS_DIFFER
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.shown import Sheet, Shown
from maxpressure.base.text import as_markdown, csv_bytes, joined, percent, signed, wrapped
from maxpressure.experiments.folder import OutputFolder
from maxpressure.experiments.manifest import again
from maxpressure.experiments.store import RemoteStore
from maxpressure.model.case import Case, Situation
from maxpressure.model.library import without_effect
from maxpressure.report.differences import (
    HEADINGS,
    heading,
    page_split,
    page_table,
    places_of,
    row_cells,
    rows_of,
    split_lines,
    table_lines,
)
from maxpressure.results.compare import Contrasts, contrasts
from maxpressure.results.results import Results
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES, shown_as
from maxpressure.results.two_folders import compare
from maxpressure.results.weekly import cautions

TABLE, PAGE, PICTURE = "compare.csv", "compare.md", "compare.png"
DEFAULT: Final = "compare"
ENOUGH: Final = (
    "Enough worlds: the half-width of the interval is at most "
    + joined([f"{one.precision:g} {one.unit}" for one in KEY_OUTCOMES.values()])
    + ". Negligible: the whole interval lies within plus or minus the same. These four outcomes are planned."
)
SPLIT_NOTE: Final = (
    "The variance over worlds has two parts: worlds of different posterior draws differ by parameters and chance, "
    "worlds of one draw by chance alone. ± is the jackknife error over draws; a small share may come out below 0."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Shown):
    """A comparison of the scenarios of `results` with one of `baseline`, which may be the same folder."""

    results: Results
    baseline: Results
    found: Contrasts
    table: pd.DataFrame
    cautions: tuple[str, ...]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The table of differences, as compare.csv has it."""
        return {"compare": self.table}

    @property
    def provenance(self) -> str:
        """Where the parameters come from; the page and the picture always state it."""
        return provenance(self.results)

    @property
    def plot(self) -> Any:
        """The forest of an outcome on the caller's axes: ``comparison.plot.differences(ax, outcome="acts")``."""
        from maxpressure.report.plot_differences import ComparisonPlots

        return ComparisonPlots(self.table)

    def text(self, width: int = 100) -> str:
        """The table, a sentence for each scenario, and the notes but for the provenance of what was fitted."""
        head = f"Differences from {self.found.shown_against}, world by world (common random numbers)"
        lines = [head, "", *table_lines(self.table, width), ""]
        if self._split():
            lines += [*split_lines(self.table, width), "", *wrapped(SPLIT_NOTE, width)]
        fitted = self.results.manifest.parameters.fitted
        notes_ = [note for note in self._notes() if not (fitted and note == self.provenance)]
        return "\n".join([*lines, *wrapped([*self._sentences(), *notes_], width, whole=True)])

    def markdown(self) -> str:
        """The same as a page, with a link to the picture."""
        split = [*page_split(self.table), "", SPLIT_NOTE, ""] if self._split() else []
        lines = [f"# {as_markdown(finding(self.table))}", "", *page_table(self.table), "", *split]
        lines += [f"![The differences as a picture]({PICTURE})", ""]
        lines += [*(f"- {as_markdown(line)}" for line in self._sentences()), ""]
        return "\n".join(lines + [text for note in self._notes() for text in (as_markdown(note), "")])

    def sheet(self) -> Sheet:
        """The differences as a table, a sentence for each scenario, and the notes."""
        return Sheet(
            title=finding(self.table),
            head=("outcome", "scenario", *HEADINGS),
            rows=[
                (heading(row.outcome), str(row.scenario), *row_cells(row))
                for row in rows_of(self.table.sort_values("outcome", kind="stable"))
            ],
            notes=[
                *self._sentences(),
                *self._notes(),
                f"From {self.results.place}. Next: .save() writes the table, the page and the picture.",
            ],
            words=2,
        )

    def save(self, folder: str | Path | None = None, *, force: bool = False) -> Path:  # noqa: ARG002 one protocol
        """Write compare.csv, compare.md and compare.png into ``folder``, or into compare/ in the results' folder.

        An earlier comparison there is replaced, with or without ``force``. Raises InputError where anything else is
        there.
        """
        from maxpressure.report.plot_differences import save_comparison

        output = comparison_folder(self.results, folder)
        pairs = pairs_in_words(self.table, self.results)
        _, *others = notes(self.table, self.results, self.baseline, self.found)
        below = [INTERVAL, ENOUGH, *self.cautions, *(note for note in others if note != pairs)]
        with output.new() as partial:
            (partial / TABLE).write_bytes(csv_bytes(self.table, digits=None))
            (partial / PAGE).write_text(self.markdown(), encoding="utf-8")
            save_comparison(partial / PICTURE, self.table, finding(self.table), pairs, below)
        return output.path

    def _split(self) -> bool:
        """Whether the variance is split into parameters and chance."""
        return "difference_share" in self.table

    def _sentences(self) -> Iterator[str]:
        """A sentence for each scenario, and the command for enough worlds."""
        yield from sentences(self.table)
        same = self.results.place == self.baseline.place
        command = more_worlds(self.table, [self.results] if same else [self.results, self.baseline])
        if command:
            yield f"Enough worlds for all of them: {command}"

    def _notes(self) -> Iterator[str]:
        yield from self.cautions
        yield from notes(self.table, self.results, self.baseline, self.found)


def comparison_folder(results: Results, path: str | Path | None = None) -> OutputFolder:
    """The folder of a comparison, by default compare/ in the folder of the results."""
    if path is None and isinstance(results.files.store, RemoteStore):
        allowed = "a folder of this machine, by --out, since the results are elsewhere"
        raise InputError(file=results.place, key="out", given=Wrong("is missing"), allowed=allowed)
    place = results.folder / DEFAULT if path is None else path
    return OutputFolder(place, mark=TABLE, files={PAGE, PICTURE}, contents="comparisons")


def comparison(
    results: Results,
    baseline: Results,
    case: Case,
    *,
    outcomes: Sequence[str] = (),
    against: str | None = None,
    split: bool = False,
    situations: Mapping[str, Situation] | None = None,
) -> Comparison:
    """Compare; the four planned outcomes and the losses of trade always come first, whatever others are named.

    ``situations`` are those of ``results`` where they are prepared already.
    """
    table = compare(results, baseline, *KEY_OUTCOMES, *LOSSES, *outcomes, against=against, split=split)
    found = contrasts(results.files, baseline.files, against)
    known = tuple(_cautions(results, baseline, found, case, situations))
    return Comparison(results=results, baseline=baseline, found=found, table=table, cautions=known)


def _cautions(
    results: Results,
    baseline: Results,
    found: Contrasts,
    case: Case,
    situations: Mapping[str, Situation] | None,
) -> list[str]:
    """The cautions on these scenarios; where the case has changed since they ran, those on contagion and requests."""
    try:
        ours = results.situations(case) if situations is None else situations
        theirs = ours if results is baseline else baseline.situations(case)
    except InputError:
        return [CONTAGION_CHANGED, REQUESTS_DIFFER]
    compared = {f"baseline {found.against}": theirs[found.against]} | {
        name: ours[name] for name in found.scenarios
    }
    idle = (without_effect(case, one) for one in compared.values())
    return [*filter(None, idle), *cautions(compared)]


# ---- in short, for the summary of a run


def enough_worlds(table: pd.DataFrame) -> str:
    """Whether the worlds are enough for all planned outcomes of all scenarios, or how many are needed."""
    rows = [row for row in rows_of(table) if row.planned]
    if any(pd.isna(row.enough) for row in rows):
        return "One world or draw gives no interval."
    short = _short(rows)
    if not short:
        return "Enough worlds: every interval of the four planned outcomes is as narrow as planned."
    most = max(short, key=lambda row: row.needed)
    return (
        f"Too few worlds for intervals as narrow as planned: {most.needed:,} are needed, most of all for "
        f"{shown_as(most.outcome).words} under {most.scenario}. Run the same command with --worlds {most.needed}."
    )


def other_weeks(found: Contrasts) -> list[str]:
    """The scenarios that are not compared because they cover other weeks than the baseline."""
    if not found.left_out:
        return []
    return [
        f"Not compared with {found.against}, because they cover other weeks: {', '.join(found.left_out)}."
    ]


# ---- a sentence for each scenario


def sentences(table: pd.DataFrame) -> Iterator[str]:
    """What each scenario's edit did to the planned outcomes, how sure that is, and whether the worlds suffice."""
    planned = table[table["planned"]]
    for scenario, rows in planned.groupby("scenario", observed=True):
        every = rows_of(rows)
        if not every[0].worlds:
            yield f"{scenario}: no world was completed under both."
            continue
        first, others = every[0], every[1:]
        same = [row for row in others if row.same == 1]
        slight = [row for row in others if row.same != 1 and _slight(row)]
        clear = [row for row in others if _clear(row) and not _slight(row)]
        unclear = [row for row in others if not _clear(row) and not _slight(row)]
        parts = [_first(first)]
        parts += [f"also {joined([f'{_size(row)} ({_range(row)})' for row in clear])}"] if clear else []
        parts += [f"the same {_named(same)} in every world"] if same else []
        parts += [f"negligible difference in {_named(slight)}"] if slight else []
        parts += [f"no clear difference in {_named(unclear)}"] if unclear else []
        yield f"{scenario}: {'; '.join(parts)}. {_sufficient(every)}"


def _named(rows: list[Any]) -> str:
    return joined([shown_as(row.outcome).words for row in rows])


def _first(row: Any) -> str:
    """The first outcome: the mean difference, the interval, n, and in which share of worlds."""
    words = shown_as(row.outcome).words
    if row.same == 1:
        return f"the same {words} as under {row.against} in each of {row.worlds:,} worlds"
    places = _places(row)
    error = "" if pd.isna(row.mcse) else f" ± {row.mcse:.{places}f}, 95 % interval {_range(row)}"
    how_sure = f"{error}, {row.worlds:,} worlds"
    if _clear(row):
        share, which = (row.fewer, "fewer") if row.mean < 0 else (row.more, "more")
        return f"{_size(row)} than under {row.against} ({how_sure.strip()}), {which} in {percent(share)} of worlds"
    which = "negligible" if _slight(row) else "no clear"
    return (
        f"{which} difference in {words} from {row.against} (mean {signed(row.mean, places)}{how_sure}), "
        f"more in {percent(row.more)}, fewer in {percent(row.fewer)} of worlds"
    )


def _clear(row: Any) -> bool:
    """Whether the whole interval of the mean lies on one side of zero."""
    return bool(row.ci_low > 0 or row.ci_high < 0)


def _slight(row: Any) -> bool:
    """Whether the whole interval lies within the outcome's precision around zero."""
    precision = shown_as(row.outcome).precision or 0.0
    return bool(-precision < row.ci_low and row.ci_high < precision)


def _size(row: Any) -> str:
    shown = shown_as(row.outcome)
    return f"{abs(row.mean):.{_places(row)}f} {shown.rise if row.mean > 0 else shown.fall}"


def _places(row: Any) -> int:
    """One decimal place in a sentence, unless the error, or the end nearer to zero, is smaller than that."""
    rough = row.mcse >= 0.05 and min(abs(row.ci_low), abs(row.ci_high)) >= 0.05
    return min(places_of(row), 1 if rough else 2)


def _range(row: Any) -> str:
    """The interval; of a clear difference in sizes without a sign, the smaller first."""
    places = _places(row)
    if _clear(row):
        return " to ".join(f"{size:.{places}f}" for size in sorted((abs(row.ci_low), abs(row.ci_high))))
    return f"{signed(row.ci_low, places)} to {signed(row.ci_high, places)}"


def _short(table: list[Any]) -> list[Any]:
    """The rows whose worlds are too few for their precision."""
    return [row for row in table if not pd.isna(row.enough) and not row.enough]


def _sufficient(rows: list[Any]) -> str:
    if any(pd.isna(row.enough) for row in rows):
        return "One world or draw gives no interval."
    short = _short(rows)
    if not short:
        return "Enough worlds."
    which = joined([f"{row.needed:,} for {shown_as(row.outcome).words}" for row in short])
    each = f", {short[0].worlds / short[0].draws:.3g} of each draw" if _nested(short[0]) else ""
    return f"Too few worlds: about {which} are needed{each}."


def _nested(row: Any) -> bool:
    """Whether there are several draws and several worlds of each."""
    return bool(1 < row.draws < row.worlds)


def more_worlds(table: pd.DataFrame, folders: list[Results]) -> str:
    """The commands that bring every planned outcome to its precision; empty where it has it.

    A folder that holds enough worlds already is left as it is.
    """
    short = _short(rows_of(table))
    if not short:
        return ""
    most = max(short, key=lambda row: row.needed)
    draws = round(most.needed * most.draws / most.worlds) if _nested(most) else None
    commands = [
        again(one.manifest, one.place, worlds=most.needed, draws=draws)
        for one in folders
        if one.manifest.worlds < most.needed
    ]
    return " && ".join(dict.fromkeys(commands))


def finding(table: pd.DataFrame) -> str:
    """The largest difference in the first outcome that has a clear one, in one sentence for a title."""
    rows = rows_of(table)
    scenarios, against = list(dict.fromkeys(row.scenario for row in rows)), rows[0].against
    which = scenarios[0] if len(scenarios) == 1 else f"{len(scenarios)} scenarios"
    for outcome in table["outcome"].cat.categories:
        clear = [row for row in rows if row.outcome == outcome and _clear(row) and not _slight(row)]
        if clear:
            most = max(clear, key=lambda row: abs(row.mean))
            how = f"{_size(most)} than under {against} (95 % interval {_range(most)})"
            return (
                f"{which}: {how}"
                if len(scenarios) == 1
                else f"Of {which} {most.scenario} differs most: {how}"
            )
    little = all(row.same == 1 or _slight(row) for row in rows if row.planned)
    return f"{which}: {'negligible' if little else 'no clear'} difference from {against}"


# ---- notes

INTERVAL: Final = "± is the Monte Carlo standard error of the mean; its 95 % interval is by Student's t."


def pairs_in_words(table: pd.DataFrame, results: Results) -> str:
    """How many worlds were compared, of how many draws, under which parameters."""
    rows = table.drop_duplicates("scenario")
    manifest = results.manifest
    return (
        f"{manifest.case}: {_span(rows['worlds'])} pairs of worlds a scenario with common random numbers; parameter "
        f"draws: {_span(rows['draws'])} ({manifest.parameters.status}); seed {manifest.seed}."
    )


def notes(table: pd.DataFrame, results: Results, baseline: Results, found: Contrasts) -> Iterator[str]:
    """How to read the table, on which worlds it is based, and its limits."""
    yield (
        f"Differences are scenario minus {found.shown_against}, world by world with common random numbers. {INTERVAL} "
        f"{ENOUGH}"
    )
    if not table["planned"].all():
        yield (
            "Exploratory outcomes were not planned. Among many outcomes some differ by chance: check them again in "
            "worlds of another seed."
        )
    if found.rules is not None:
        ours, theirs = found.rules
        yield (
            f"Two rules are compared in the same worlds: states are of the class {ours} in {results.place}, of the "
            f"class {theirs} in {baseline.place}. A rule of your own is a hypothesis that has not been fitted."
        )
    yield pairs_in_words(table, results)
    yield from _not_paired(table, results, baseline)
    yield from other_weeks(found)
    yield f"{INTERVALS} {NOT_DISARMAMENT}"
    yield provenance(results)


def provenance(results: Results) -> str:
    """Where the parameters of the results come from."""
    return f"Parameters, {results.manifest.parameters.standing}"


def _not_paired(table: pd.DataFrame, results: Results, baseline: Results) -> Iterator[str]:
    """The worlds that are in no number, or not in all."""
    rows = table.drop_duplicates("scenario")
    if rows["failed"].any():
        yield f"Left out: {_span(rows['failed'])} pairs a scenario in which a world failed."
    if rows["unpaired"].any():
        counts = f"{results.manifest.worlds:,} worlds asked for in {results.place}"
        counts += f", {baseline.manifest.worlds:,} in {baseline.place}" if baseline is not results else ""
        yield f"Only worlds that both have are compared; {_span(rows['unpaired'])} have no partner ({counts})."
    blank = table[table["blank"] > 0]
    if len(blank):
        yield (
            "A world that never reaches a milestone is in no mean and counts as later than all others; "
            "— is an endless delay: "
            + ", ".join(f"{row.blank:,} pairs for {row.outcome} ({row.scenario})" for row in rows_of(blank))
            + "."
        )


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
