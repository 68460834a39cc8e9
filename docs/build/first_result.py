"""Draw the picture of the first result with a number at each part that docs/how-to/first-result.md explains.

    make first-result

It reads outputs/max-pressure-2017, which `make run` writes, or another folder of that scenario.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import matplotlib.dates as mdates
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from maxpressure import load
from maxpressure.model.case import load_case
from maxpressure.report.plot_wave import wave_figure, wave_of
from maxpressure.results.results import Results

ROOT: Final = Path(__file__).parents[2]
PICTURE: Final = ROOT / "docs" / "pictures" / "first-result.png"
RED: Final = "#B3261E"

WEEKS: Final = {"median": 40, "half": 62, "most": 75}
"""The weeks at which the median and the two bands are numbered."""


def numbered(results: Results) -> Figure:
    """The wave of a folder with one scenario, with its parts numbered."""
    case = load_case()
    shown = wave_of(results, results.situations(case), case)
    figure = wave_figure(shown)
    figure.set_dpi(110)
    FigureCanvasAgg(figure)
    axes, names, marks = (
        next(part for part in figure.axes if part.get_label() == label)
        for label in ("wave", "names", "marks")
    )
    (band,) = shown.found.values()
    _, _, p50, p75, p95 = band.levels

    def number(
        which: int, xy: tuple[float, float], offset: tuple[float, float] = (0, 0), **where: object
    ) -> Annotation:
        style = {"boxstyle": "circle,pad=.3", "fc": RED, "ec": "white"}
        arrow = {"arrowstyle": "-", "color": RED} if any(offset) else None
        return axes.annotate(
            str(which), xy, offset, textcoords="offset points", color="white", weight="bold", fontsize=10,
            ha="center", va="center", bbox=style, arrowprops=arrow, annotation_clip=False, zorder=9, **where,
        )  # fmt: skip

    def at(week: int, height: float) -> tuple[float, float]:
        return float(mdates.date2num(band.days[week])), float(height)

    number(1, (-0.03, 1 - 0.42 / figure.get_figheight()), xycoords=("axes fraction", "figure fraction"))
    last = len(shown.record.counts) - 30
    number(2, at(last, shown.record.counts[last]), (0, -34))
    number(3, at(WEEKS["median"], p50[WEEKS["median"]]), (-24, 46))
    number(4, at(WEEKS["half"], (p50[WEEKS["half"]] + p75[WEEKS["half"]]) / 2), (-30, 52))
    number(5, at(WEEKS["most"], (p75[WEEKS["most"]] + p95[WEEKS["most"]]) / 2), (-34, 44))
    number(6, (-0.128, 0.78), xycoords=marks.transAxes)
    number(7, (1.19, float(p95[-1]) + 5), xycoords=("axes fraction", "data"))
    number(8, (-0.06, 0.5), xycoords=names.transAxes)
    return figure


def main() -> int:
    """Write the picture."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", nargs="?", default=str(ROOT / "outputs" / "max-pressure-2017"))
    numbered(load(reader.parse_args().folder)).savefig(PICTURE, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
