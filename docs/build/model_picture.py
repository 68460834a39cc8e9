"""Draw the diagram of the model: what comes in, the hazard of each state, and what follows each week.

    make diagram

The causes of the hazard are those of an act's attribution; the sentence on each is written here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from maxpressure.results.states import GROUP_WORDS

PICTURE: Final = Path(__file__).parents[1] / "pictures" / "model.png"
INK, SHADE, PALE, QUIET = "#1f2937", "#0072B2", "#eef4fa", "#555555"

INPUTS: Final = (
    (
        "The record",
        "nuclear and missile tests, resolutions, requests,\nvisits, incidents, talks: each with its date",
    ),
    (
        "The states",
        "every third state at the end of 2016: its ties,\ntrade and missions, its links to the sender",
    ),
    ("The scenario", "the edits: without a test, other requests,\nanother China, a term switched on"),
    ("The posterior", "one draw of all parameters for each world,\nfitted to 2016 and 2017"),
    ("Random numbers", "keyed by state and act,\nthe same in every scenario"),
)
SIGNS: Final = {
    "baseline": ("+", "kind of tie, resident mission"),
    "shock": ("+", "tests, remembered and fading"),
    "incident": ("+", "a quarrel with this state"),
    "mandate": ("+", "what the Council forbids, and its news"),
    "campaign": ("+", "pressure on all, by sensitivity"),
    "request": ("+", "pressure on the states named"),
    "engagement": ("−", "talks, visits by the target"),
    "peers": ("(+)", "off by default"),
    "own acts": ("(+)", "off by default"),
}
"""The sign of each cause of the hazard, and what it is."""

WEEK: Final = (
    ("1  Inputs of the week", "what happens from Monday to Sunday"),
    ("2  Hazard of every state", "from last week's world, so no state is first"),
    ("3  Acts", "a state acts when its cumulated hazard\npasses a random threshold"),
    ("4  Cuts", "one or several ties fall by a level or more;\nlost levels may be restored"),
    (
        "5  Trade settles",
        "mandates, leaks, enforcement by China,\nbackfill; the target courts if switched on",
    ),
)


def box(axes: Axes, left: float, top: float, size: tuple[float, float], words: Sequence[str]) -> None:
    """A box with a heading and what it means, from its upper left corner."""
    width, height = size
    shape = FancyBboxPatch(
        (left, top - height), width, height, boxstyle="round,pad=0,rounding_size=.08", fc=PALE, ec=SHADE, lw=1
    )
    axes.add_patch(shape)
    head, meaning = words
    axes.text(left + 0.12, top - 0.13, head, va="top", weight="bold", color=INK, fontsize=9)
    axes.text(left + 0.12, top - 0.36, meaning, va="top", color=QUIET, fontsize=8, linespacing=1.25)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A straight arrow."""
    style = {"arrowstyle": "-|>", "color": SHADE, "lw": 1.6}
    axes.annotate("", end, start, arrowprops=style)


def drawn() -> Figure:
    """The diagram, in three columns from left to right."""
    figure = Figure(figsize=(10.8, 6.0))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 10.8), ylim=(0, 6.0))
    axes.set_axis_off()
    for left, head in ((0.2, "What comes in"), (3.95, "The hazard"), (7.25, "Each of 104 weeks")):
        axes.text(left, 5.75, head, va="center", fontsize=13, weight="bold", color=INK)
    for number, words in enumerate(INPUTS):
        box(axes, 0.2, 5.45 - number * 0.96, (3.2, 0.82), words)
    for number, words in enumerate(WEEK):
        box(axes, 7.25, 5.45 - number * 0.96, (2.78, 0.82), words)
        if number:
            arrow(axes, (8.64, 5.45 - number * 0.96 + 0.16), (8.64, 5.45 - number * 0.96 - 0.01))
    axes.plot((10.05, 10.35, 10.35), (1.2, 1.2, 5.04), color=SHADE, lw=1.6)
    arrow(axes, (10.36, 5.04), (10.03, 5.04))
    axes.text(10.53, 3.12, "next week", rotation=90, va="center", ha="center", fontsize=8, color=SHADE)
    axes.add_patch(
        FancyBboxPatch(
            (3.95, 0.79), 2.75, 4.66, boxstyle="round,pad=0,rounding_size=.08", fc="white", ec=SHADE, lw=1
        )
    )
    axes.text(4.07, 5.32, "of each tie of each state, each week:", va="top", fontsize=8, color=QUIET)
    axes.text(4.07, 5.1, "log hazard = a sum of", va="top", fontsize=9, weight="bold", color=INK)
    for number, (cause, (sign, meaning)) in enumerate(SIGNS.items()):
        top = 4.78 - number * 0.44
        off = sign.startswith("(")
        axes.text(
            4.3, top, sign, va="top", ha="center", fontsize=9, weight="bold", color=QUIET if off else SHADE
        )
        axes.text(4.55, top, GROUP_WORDS[cause], va="top", fontsize=9, color=QUIET if off else INK)
        axes.text(4.55, top - 0.185, meaning, va="top", fontsize=7.5, color=QUIET)
    arrow(axes, (3.42, 3.1), (3.93, 3.1))
    arrow(axes, (6.72, 4.08), (7.23, 4.08))
    axes.text(
        0.2,
        0.36,
        "What comes out: for each world its acts, the cause of each act, ties and trade week by week.  "
        "For each pair of scenarios: the difference, world by world.",
        va="center",
        fontsize=9,
        color=INK,
    )
    return figure


def main() -> int:
    """Write the picture."""
    drawn().savefig(PICTURE, dpi=150, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
