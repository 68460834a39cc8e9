"""A comparison put into words, and into a folder of its own: a table, a page and a picture."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.experiments.folder import lies_there, new_folder
from maxpressure.experiments.store import RemoteStore
from maxpressure.model.case import Case
from maxpressure.report.comparison import (
    ENOUGH,
    SPLIT_NOTE,
    finding,
    more_worlds,
    notes,
    pairs_in_words,
    sentences,
)
from maxpressure.report.comparison_figure import save_comparison
from maxpressure.report.tables import page_split, page_table, split_lines, table_lines
from maxpressure.results.key_outcomes import KEY_OUTCOMES
from maxpressure.results.pairing import Contrasts, contrasts
from maxpressure.results.results import Results, compare
from maxpressure.results.weekly import CONTAGION_OFF, UPPER_BOUND, cautions

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
