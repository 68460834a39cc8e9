"""What moves an outcome, in words: the table for a terminal, what it shows, and what it does not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from maxpressure.report.summary import from_here
from maxpressure.results.weekly import CONTAGION
from maxpressure.sweep.analysis import RANKED, floor_of
from maxpressure.sweep.files import DUMMY
from maxpressure.sweep.inputs import Input, Sweep

NAMED: Final = {
    "acts": "acts of breaking off",
    "drops": "cuts of a tie",
    "states_acted": "states that acted",
    "embassies": "embassies with an ambassador",
    "trade_left": "the share of base-year trade left",
    "exports_left": "the share of base-year exports left",
    "reproduction": "break-offs that a break-off brings about",
}
PEERS: Final = "peer"
NO_BREAK: Final = "\u00a0"


def named(outcome: str) -> str:
    """An outcome in words, where there are better ones than its column's name."""
    return NAMED.get(outcome, outcome.replace("_", " "))


def amount(number: float) -> str:
    """A number with three figures, or whole where it is large."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def ranking(own: pd.DataFrame, inputs: Sequence[Input], outcome: str, method: str) -> str:
    """The finding about one outcome's mean: what moves it most, and how many inputs stand out from luck.

    Inputs whose intervals reach that of the strongest share the first place.
    """
    labels = {one.name: one.label for one in inputs}
    ranked = RANKED[method]
    rows = own[own["input"] != DUMMY].sort_values(ranked, ascending=False, kind="stable")
    first = rows.iloc[0]
    if not first[ranked] > 0.0:
        return f"Nothing moves {named(outcome)}"
    reach = rows[ranked] + rows[f"{ranked}_conf"] >= first[ranked] - first[f"{ranked}_conf"]
    level = rows[reach & (rows["seen"] | (rows["input"] == first["input"]))]
    names = joined([labels[name] for name in level["input"]])
    seen = f"{int(rows['seen'].sum())} of {len(rows)} inputs stand out from luck"
    if method == "morris":
        sizes = joined([amount(size) for size in level[ranked]])
        return f"What moves {named(outcome)} most: {names} (by {sizes} across the range); {seen}"
    shares = joined([f"{100 * share:.0f} %" for share in level[ranked]])
    return f"What has most to do with {named(outcome)}: {names} ({shares} of the variance); {seen}"


def joined(words: Sequence[str]) -> str:
    """Words in a row, with an "and" before the last."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def index_lines(
    table: pd.DataFrame, sweep: Sweep, outcome: str, ranked: str, notes: str, place: Path, width: int
) -> list[str]:
    """The table of one outcome's mean, what it shows and how to read it."""
    method = next(name for name, column in RANKED.items() if column == ranked)
    own = table[(table["outcome"] == outcome) & (table["statistic"] == "mean")]
    spread = table[(table["outcome"] == outcome) & (table["statistic"] == "sd")]
    lines = [
        *wrapped([f"{ranking(own, sweep.inputs, outcome, method)}."], width),
        "",
        *_index_table(own, sweep.inputs, method),
        "",
    ]
    told = _morris_notes(own, outcome) if method == "morris" else _sobol_notes(own)
    labels = {one.name: one.label for one in sweep.inputs}
    strongest = [labels[name] for name in spread[spread["seen"]]["input"].head(3)]
    told.append(
        "How far the worlds of a point lie apart (their standard deviation) is moved most by "
        f"{', '.join(strongest)}."
        if strongest
        else "How far the worlds of a point lie apart is moved by no input more than by luck."
    )
    if any(PEERS in one.name for one in sweep.inputs):
        told.append(CONTAGION)
    told += [
        (
            "The ranges are judgements of the file; a wider one makes its input matter more. Inputs are "
            "moved independently, though the posterior ties coefficients together. What requests do is an "
            "upper bound."
        ),
        f"Parameters, {sweep.chosen.parameters.standing}",
        (
            f"{notes}. Written to {from_here(str(place))}: indices.csv (every outcome, mean and sd), "
            "points.parquet, sweep.json, tornado.png"
        ),
    ]
    return [*lines, *wrapped(told, width)]


def _index_table(own: pd.DataFrame, inputs: Sequence[Input], method: str) -> list[str]:
    """A line for each input, strongest first, the dummy in its place."""
    labels = {one.name: one.label for one in inputs}
    wide = max(len(label) for label in labels.values())
    heads = (("mu*", 22), ("mu", 12), ("sigma", 12)) if method == "morris" else (("ST", 18), ("S1", 18))
    lines = ["input".ljust(wide) + "".join(f"{head:>{room}}" for head, room in heads) + "  above luck"]
    rows: Iterator[Any] = iter(own.itertuples())
    return lines + [labels[row.input].ljust(wide) + _cells(row, method) + _mark(row) for row in rows]


def _cells(row: Any, method: str) -> str:
    if method == "morris":
        star = f"{amount(row.mu_star)} ± {amount(row.mu_star_conf)}"
        return f"{star:>22}{amount(row.mu):>12}{amount(row.sigma):>12}"
    pairs = ((row.ST, row.ST_conf), (row.S1, row.S1_conf))
    return "".join(f"{f'{value:.3f} ± {half:.3f}':>18}" for value, half in pairs)


def _mark(row: Any) -> str:
    if row.input == DUMMY:
        return "  the floor"
    return "  yes" if row.seen else "  no"


def _morris_notes(own: pd.DataFrame, outcome: str) -> list[str]:
    return [
        (
            f"mu* is the mean change of {named(outcome)}, up or down, as an input crosses its whole range "
            "while the others stay; mu keeps the sign; a sigma as large as mu* says that it depends on the "
            "others. ± is half of a 95 % interval over paths, each of which is lived in worlds of its own."
        ),
        (
            "The dummy only changes the worlds, once on each path and to others on each; an input is above "
            f"luck where its interval lies above {amount(floor_of(own, 'mu_star'))}, the upper end of the "
            "dummy's. All other comparisons are made in the same worlds, so an input below that floor may "
            "still do something: more replicates lower the floor."
        ),
    ]


def _sobol_notes(own: pd.DataFrame) -> list[str]:
    alone, half = own["S1_sum"].iloc[0], own["S1_sum_conf"].iloc[0]
    total = own[own["input"] != DUMMY]["ST"].sum()
    missing = f" What is missing from 1, {1 - alone:.2f}, is joint effect and noise." if alone < 1 else ""
    return [
        (
            "S1 is the share of the variance over all points that an input accounts for alone, ST with all "
            "that it does together with others. ± is half of a 95 % interval over points."
        ),
        (
            f"Without the dummy, S1 add up to {alone:.2f} ± {half:.2f}, the sum being taken anew in each "
            f"resample of the points.{missing} ST add up to {total:.2f}, and what is done together counts in "
            "them for each."
        ),
        (
            "The dummy only picks other worlds; an input is above luck where its interval lies above "
            f"{floor_of(own, 'ST'):.3f}, the upper end of the dummy's. An estimate below nothing is noise."
        ),
    ]


def wrapped(told: Sequence[str], width: int) -> list[str]:
    """Notes as lines of this width at most, further lines of a note set in; no line begins with a per cent sign."""
    lines = []
    for note in told:
        lines += textwrap.wrap(unparted(note), width, subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace(NO_BREAK, " ") for line in lines]


def unparted(note: str) -> str:
    """The note with numbers bound to their per cent signs."""
    return note.replace(" %", f"{NO_BREAK}%")
