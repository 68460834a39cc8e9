"""A comparison of scenarios in sentences: what an edit did, how sure that is, and what must be known to read it.

A comparison put into words, and into a folder of its own: a table, a page and a picture.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import lies_there, new_folder
from maxpressure.experiments.manifest import again
from maxpressure.experiments.store import RemoteStore
from maxpressure.model.case import Case
from maxpressure.report.plot_comparison import save_comparison
from maxpressure.report.tables import (
    page_split,
    page_table,
    percent,
    places_of,
    places_of_worlds,
    rows_of,
    signed,
    split_lines,
    table_lines,
)
from maxpressure.results.compare import Contrasts, contrasts
from maxpressure.results.results import Results, compare
from maxpressure.results.statistics import KEY_OUTCOMES, shown_as
from maxpressure.results.weekly import CONTAGION_OFF, UPPER_BOUND, cautions

IN_A_SUMMARY: Final = {"acts": "acts", "trade_left": "trade left"}
"""What the summary of a run says of the differences, and the words for it."""

NOT_THE_WORLD: Final = (
    "Intervals tell how well these worlds settle what the model says; they do not tell how right the model is. "
    "More break-offs are not disarmament, and what a policy costs civilians is outside the model."
)


ENOUGH: Final = (
    "Worlds are enough where that interval reaches at most "
    + ", ".join(f"{one.precision:g} {one.unit}" for one in KEY_OUTCOMES.values())
    + " to either side, and it tells of next to no difference where it lies wholly within as much of nothing; "
    "these four outcomes were fixed in advance."
)


def in_short(results: Results) -> list[str]:
    """For each scenario after the first, how it differs from the first; world w pairs with world w."""
    found = contrasts(results.files, results.files)
    lines = []
    if found.scenarios:
        for scenario, rows in results.compare(*IN_A_SUMMARY).groupby("scenario", observed=True):
            said = "; ".join(_difference(row) for row in rows_of(rows))
            lines.append(f"{scenario} less {found.against}, under the same luck: {said}.")
    return lines + other_weeks(found)


def _difference(row: Any) -> str:
    unit, places = f" {row.unit}" if row.unit != row.outcome else "", places_of_worlds(row)
    return (
        f"{IN_A_SUMMARY[row.outcome]} {row.mean:+.1f}{unit} on average "
        f"(± {row.error:.2f}, the Monte Carlo error of {row.worlds} worlds), "
        f"{signed(row.low, places)} to {signed(row.high, places)} in nine worlds of ten, "
        f"fewer in {100 * row.fewer:.0f} %"
    )


def other_weeks(found: Contrasts) -> list[str]:
    """Which scenarios are not compared since they are lived over other weeks than the baseline."""
    if not found.left_out:
        return []
    return [f"Not compared with {found.against}, being lived over other weeks: {', '.join(found.left_out)}."]


# ---- a sentence for each scenario


def sentences(table: pd.DataFrame) -> Iterator[str]:
    """What each scenario's edit did to the outcomes fixed in advance, how sure that is, and if worlds suffice."""
    planned = table[table["planned"]]
    for scenario, rows in planned.groupby("scenario", observed=True):
        every = rows_of(rows)
        if not every[0].worlds:
            yield f"{scenario}: no world came to its end under both."
            continue
        first, others = every[0], every[1:]
        same = [row for row in others if row.same == 1]
        slight = [row for row in others if row.same != 1 and _slight(row)]
        clear = [row for row in others if _clear(row) and not _slight(row)]
        unclear = [row for row in others if not _clear(row) and not _slight(row)]
        told = [_lead(first)]
        told += [f"also {_joined([f'{_size(row)} ({_range(row)})' for row in clear])}"] if clear else []
        told += [f"the same {_named(same)} in each"] if same else []
        told += [f"next to no difference in {_named(slight)}"] if slight else []
        told += [f"no clear difference in {_named(unclear)}"] if unclear else []
        yield f"{scenario}: {'; '.join(told)}. {_sufficient(every)}"


def _named(rows: list[Any]) -> str:
    return _joined([shown_as(row.outcome).words for row in rows])


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _lead(row: Any) -> str:
    """The first outcome: how far it differs, the interval, n, and in which share of worlds."""
    words = shown_as(row.outcome).words
    if row.same == 1:
        return f"the same {words} as under {row.against} in each of {row.worlds:,} worlds"
    places = _places(row)
    how_sure = f"± {row.error:.{places}f}, 95 % interval {_range(row)}, {row.worlds:,} worlds"
    if _clear(row):
        share = percent(row.fewer if row.mean < 0 else row.more)
        which = "fewer" if row.mean < 0 else "more"
        return f"{_size(row)} than under {row.against} ({how_sure}), {which} in {share} % of worlds"
    which = "next to no" if _slight(row) else "no clear"
    return (
        f"{which} difference in {words} from {row.against} (mean {signed(row.mean, places)} {how_sure}), "
        f"more in {percent(row.more)} %, fewer in {percent(row.fewer)} % of worlds"
    )


def _clear(row: Any) -> bool:
    """Whether the interval of the mean leaves no doubt which way it goes."""
    return bool(row.ci_low > 0 or row.ci_high < 0)


def _slight(row: Any) -> bool:
    """Whether the whole interval is nearer to nothing than the precision that was asked for."""
    precision = shown_as(row.outcome).precision or 0.0
    return bool(-precision < row.ci_low and row.ci_high < precision)


def _size(row: Any) -> str:
    shown = shown_as(row.outcome)
    return f"{abs(row.mean):.{_places(row)}f} {shown.rise if row.mean > 0 else shown.fall}"


def _places(row: Any) -> int:
    """A tenth is enough in a sentence, unless the error, or the end that is nearer to nothing, is less."""
    rough = row.error >= 0.05 and min(abs(row.ci_low), abs(row.ci_high)) >= 0.05
    return min(places_of(row), 1 if rough else 2)


def _range(row: Any) -> str:
    """The interval; of a difference that is clear, in sizes without a sign, the smaller first."""
    places = _places(row)
    if _clear(row):
        return " to ".join(f"{size:.{places}f}" for size in sorted((abs(row.ci_low), abs(row.ci_high))))
    return f"{signed(row.ci_low, places)} to {signed(row.ci_high, places)}"


def _sufficient(rows: list[Any]) -> str:
    short = [row for row in rows if not pd.isna(row.enough) and not row.enough]
    if any(pd.isna(row.enough) for row in rows):
        return "One world or draw gives no interval."
    if not short:
        return "The worlds are enough."
    which = _joined([f"{row.needed:,} for {shown_as(row.outcome).words}" for row in short])
    each = f", {short[0].worlds / short[0].draws:.3g} of each draw" if _nested(short[0]) else ""
    return f"The worlds are too few: about {which} are needed{each}."


def _nested(row: Any) -> bool:
    """Whether there are several draws and several worlds of each."""
    return bool(1 < row.draws < row.worlds)


def more_worlds(table: pd.DataFrame, folders: list[Results]) -> str:
    """The commands that bring every key outcome to its precision; empty where it has it."""
    short = [row for row in rows_of(table) if not pd.isna(row.enough) and not row.enough]
    if not short:
        return ""
    most = max(short, key=lambda row: row.needed)
    draws = round(most.needed * most.draws / most.worlds) if _nested(most) else None
    commands = (
        again(results.manifest, results.place, worlds=most.needed, draws=draws) for results in folders
    )
    return " && ".join(dict.fromkeys(commands))


def finding(table: pd.DataFrame) -> str:
    """The largest difference in the first outcome that has a clear one, in one sentence for a title."""
    rows = rows_of(table)
    scenarios, against = list(dict.fromkeys(row.scenario for row in rows)), rows[0].against
    who = scenarios[0] if len(scenarios) == 1 else f"{len(scenarios)} scenarios"
    for outcome in table["outcome"].cat.categories:
        clear = [row for row in rows if row.outcome == outcome and _clear(row) and not _slight(row)]
        if clear:
            most = max(clear, key=lambda row: abs(row.mean))
            how = f"{_size(most)} than under {against} (95 % interval {_range(most)})"
            return f"{who}: {how}" if len(scenarios) == 1 else f"Of {who} {most.scenario} differs most: {how}"
    little = all(row.same == 1 or _slight(row) for row in rows if row.planned)
    return f"{who}: {'next to no' if little else 'no clear'} difference from {against}"


# ---- what must be known


def pairs_in_words(table: pd.DataFrame, results: Results) -> str:
    """How many worlds were compared, of how many draws, under which parameters."""
    rows = table.drop_duplicates("scenario")
    return (
        f"{results.manifest.case}: {_span(rows['worlds'])} pairs of worlds a scenario under the same luck, of "
        f"{_span(rows['draws'])} parameter draws ({results.manifest.parameters.status}), seed {results.manifest.seed}."
    )


def notes(table: pd.DataFrame, results: Results, baseline: Results, found: Contrasts) -> Iterator[str]:
    """How to read the table, which worlds it rests on, and what it does not say."""
    yield (
        f"Differences are scenario minus {found.against}, world by world under the same luck. ± is the Monte Carlo "
        f"standard error of the mean, from which its 95 % interval follows by Student's t. {ENOUGH}"
    )
    if not table["planned"].all():
        yield (
            "Exploratory outcomes were not fixed in advance: among many some differ by luck, so look for them "
            "again in worlds of another seed."
        )
    yield pairs_in_words(table, results)
    yield from not_paired(table, results, baseline)
    yield from other_weeks(found)
    yield NOT_THE_WORLD
    yield f"Parameters, {results.manifest.parameters.standing}"


def not_paired(table: pd.DataFrame, results: Results, baseline: Results) -> Iterator[str]:
    """Which worlds are in no number, or not in all."""
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


SPLIT_NOTE: Final = (
    "The variance over worlds has two parts: worlds of different parameter draws differ by parameters and chance, "
    "worlds of one draw by chance alone. ± is the jackknife error over draws; a small share may come out below 0."
)


TABLE, PAGE, PICTURE = "compare.csv", "compare.md", "compare.png"
DEFAULT: Final = "compare"
COMPARED: Final = frozenset({TABLE, PAGE, PICTURE})
INTERVALS: Final = "The interval is that of the mean, by its Monte Carlo standard error and Student's t."


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A comparison of the scenarios of `results` with one of `baseline`, which may be the same folder."""

    results: Results
    baseline: Results
    found: Contrasts
    table: pd.DataFrame
    cautions: tuple[str, ...]

    @property
    def split(self) -> bool:
        """Whether parameters and chance are told apart."""
        return "difference_share" in self.table

    def lines(self, width: int) -> list[str]:
        """All that there is to say, for a terminal."""
        head = f"Differences from {self.found.against}, world by world under the same luck"
        lines = [head, "", *table_lines(self.table, width), ""]
        if self.split:
            lines += [*split_lines(self.table, width), ""]
        for note in (*self._told(), *self._notes()):
            lines += textwrap.wrap(
                note, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
            )
        return lines

    def page(self) -> str:
        """The same as Markdown."""
        apart = [*page_split(self.table), "", SPLIT_NOTE, ""] if self.split else []
        told = [f"- {line}" for line in self._told()]
        lines = [f"# {finding(self.table)}", "", *page_table(self.table), "", *apart]
        lines += [f"![The differences as a picture]({PICTURE})", "", *told, ""]
        lines += [paragraph for note in self._notes() for paragraph in (note, "")]
        return "\n".join(lines)

    def write(self, out: Path | None = None) -> Path:
        """Write compare.csv, compare.md and compare.png into ``out``, or into compare/ in the results' folder.

        Raises InputError where anything but an earlier comparison is there.
        """
        place = Path(os.path.realpath(self._beside() if out is None else out))
        pairs = pairs_in_words(self.table, self.results)
        earlier = lies_there(place, COMPARED, TABLE)
        _, *others = notes(self.table, self.results, self.baseline, self.found)
        told = [INTERVALS, ENOUGH, *self.cautions, *(note for note in others if note != pairs)]
        with new_folder(place, replacing=earlier) as folder:
            self.table.to_csv(folder / TABLE, index=False, lineterminator="\n")
            (folder / PAGE).write_text(self.page(), encoding="utf-8")
            save_comparison(folder / PICTURE, self.table, finding(self.table), pairs, told)
        return place

    def _beside(self) -> Path:
        if isinstance(self.results.files.store, RemoteStore):
            allowed = "a folder of this machine, by --out, for what is made of results elsewhere"
            raise InputError(file=self.results.place, key="out", given="nothing", allowed=allowed)
        return self.results.folder / DEFAULT

    def _told(self) -> Iterator[str]:
        """A sentence for each scenario, and how to have enough worlds for all."""
        yield from sentences(self.table)
        folders = list(dict.fromkeys([self.results.place, self.baseline.place]))
        results = [self.results, self.baseline][: len(folders)]
        command = more_worlds(self.table, results)
        if command:
            yield f"Enough worlds for all of them: {command}"

    def _notes(self) -> Iterator[str]:
        if self.split:
            yield SPLIT_NOTE
        yield from self.cautions
        yield from notes(self.table, self.results, self.baseline, self.found)


def comparison(
    results: Results,
    baseline: Results,
    case: Case,
    *,
    outcomes: Sequence[str] = (),
    against: str | None = None,
    split: bool = False,
) -> Comparison:
    """Compare; the four key outcomes always come first, whatever others are named."""
    wanted = (*KEY_OUTCOMES, *outcomes)
    if results is baseline:
        table = results.compare(*wanted, against=against, split=split)
    else:
        table = compare(results, baseline, *wanted, against=against, split=split)
    found = contrasts(results.files, baseline.files, against)
    return Comparison(
        results=results,
        baseline=baseline,
        found=found,
        table=table,
        cautions=tuple(_cautions(results, baseline, found, case)),
    )


def _cautions(results: Results, baseline: Results, found: Contrasts, case: Case) -> list[str]:
    """What must be said beside these scenarios; all of it where the case has changed since they were run."""
    try:
        theirs = baseline.situations(case)[found.against]
        ours = results.situations(case)
    except InputError:
        return [CONTAGION_OFF, UPPER_BOUND]
    return cautions({f"baseline {found.against}": theirs} | {name: ours[name] for name in found.scenarios})
