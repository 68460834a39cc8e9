"""What moves an outcome, in words: the table for a terminal, what it shows, and what it does not.

A box that scenario discovery found, as a table and in words.

A table of regret in words, with what must be said wherever one stands.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.cautions import CONTAGION
from maxpressure.base.text import from_here, percent
from maxpressure.sweep.analysis import RANKED, TRAINING, Better, Found, Quality, floor_of
from maxpressure.sweep.files import DUMMY, Input, Sweep

NAMED: Final = {
    "acts": "acts of breaking off",
    "cuts": "cuts of a tie",
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


Floats = NDArray[np.float64]

SHARED: Final = 0.5
"""A restriction that fewer of the boxes on halves of the points share is called unsteady."""


def restrictions(box: Found, inputs: Sequence[Input]) -> list[tuple[Input, float, float]]:
    """The inputs that the box restricts, with the ends of what it leaves of their ranges."""
    found = []
    for one in inputs:
        if one.name in box.limits:
            low, high = box.limits[one.name]
            first, last = one.value(0.0), one.value(1.0)
            low, high = max(low, first), min(high, last)
            if one.whole:
                low, high = float(np.ceil(low)), float(np.floor(high))
            found.append((one, low, high))
    return found


def box_table(box: Found, inputs: Sequence[Input], limit: str) -> pd.DataFrame:
    """A row for each input: what the box leaves of its range, and how steadily; then the box's quality."""
    held = {one.name: (low, high) for one, low, high in restrictions(box, inputs)}
    rows = []
    for one in inputs:
        first, last = one.value(0.0), one.value(1.0)
        low, high = held.get(one.name, (first, last))
        rows.append(
            {
                "looked_for": limit,
                "input": one.name,
                "role": one.role,
                "range_low": first,
                "range_high": last,
                "restricted": one.name in held,
                "box_low": low,
                "box_high": high,
                "steadiness": box.stability[one.name],
            }
        )
    table = pd.DataFrame(rows)
    for name, quality in (("training", box.training), ("held_out", box.held_out)):
        for of in ("coverage", "density"):
            low, high = quality.interval(of)
            table[f"{name}_{of}"] = getattr(quality, of)
            table[f"{name}_{of}_from"], table[f"{name}_{of}_to"] = low, high
        table[f"{name}_points"], table[f"{name}_inside"] = quality.points, quality.inside
    return table


def box_finding(box: Found, limit: str) -> str:
    """The finding in one sentence."""
    quality = box.held_out
    if not box.limits:
        return f"No box holds {limit} better than the whole ranges do"
    number = len(box.limits)
    marking = "1 input marks" if number == 1 else f"{number} inputs mark"
    return (
        f"{marking} off {limit}: of held-out points, {100 * quality.density:.0f} % of "
        f"those in the box are such, and {100 * quality.coverage:.0f} % of all such lie in it"
    )


def box_lines(
    box: Found, inputs: Sequence[Input], limit: str, numbers: Floats, notes: str, place: Path, width: int
) -> list[str]:
    """The box, how good it is on both halves of the points, and what it is about."""
    held = restrictions(box, inputs)
    wide = max((len(one.label) for one, _, _ in held), default=0)
    lines = [*wrapped([f"{box_finding(box, limit)}."], width), ""]
    for one, low, high in held:
        first, last = one.value(0.0), one.value(1.0)
        span = f"{amount(low)} to {amount(high)}"
        whole = f"of {amount(first)} to {amount(last)}"
        steady = f"in {100 * box.stability[one.name]:.0f} % of boxes on halves"
        lines.append(f"  {one.label.ljust(wide)}  {span:<18} {whole:<18} {one.role:<12} {steady}")
    lines += ["", f"{'':<28}{'coverage':>24}{'density':>24}"]
    for name, quality in (("found on", box.training), ("held out", box.held_out)):
        head = f"{name} {quality.points} points"
        lines.append(f"{head:<28}{_share(quality, 'coverage'):>24}{_share(quality, 'density'):>24}")
    every = (box.training.wanted + box.held_out.wanted) / (box.training.points + box.held_out.points)
    unsteady = [one.label for one, _, _ in held if box.stability[one.name] < SHARED]
    left_out = [
        one.label for one in inputs if one.name not in box.limits and box.stability[one.name] >= SHARED
    ]
    told = [
        (
            f"Over all points {100 * every:.0f} % are such; the outcome runs from "
            f"{amount(float(numbers.min()))} to {amount(float(numbers.max()))}. Coverage: the share of such "
            "points that lie in the box. Density: the share of the box's points that are such. In brackets "
            f"95 % intervals (Wilson). The box was found on {100 * TRAINING:.0f} % of the points; only the "
            "others test it."
        ),
    ]
    if unsteady:
        told.append(f"Unsteady, restricted in fewer than half of the boxes on halves: {', '.join(unsteady)}.")
    if left_out:
        told.append(f"Not in the box, but in at least half of those on halves: {', '.join(left_out)}.")
    if DUMMY in box.limits:
        told.append("The dummy is in the box: luck is taken for a cause, so live more replicates or points.")
    told += [
        (
            "The box says where within the file's ranges such points lie under the model's rule, points "
            "being spread evenly over the ranges. It is no probability of anything, and another limit "
            "gives another box."
        ),
        f"{notes}. Written to {from_here(str(place))}: box.csv, box.png, points.parquet, sweep.json",
    ]
    return [*lines, "", *wrapped(told, width)]


def _share(quality: Quality, of: str) -> str:
    low, high = quality.interval(of)
    return f"{100 * getattr(quality, of):.0f} % ({100 * low:.0f}–{100 * high:.0f})"


WAYS: Final[Mapping[Better, str]] = {"lower": "less", "higher": "more"}


def regret_notes(outcome: str, better: Better, whom: str) -> list[str]:
    """For whom which way is better, and what the table leaves out."""
    asker = whom or "the asker"
    return [
        (
            f"For {asker}, {WAYS[better]} counts as better ({named(outcome)}): that is a choice of whoever "
            "asks, not of the model."
        ),
        "More break-offs are not disarmament, and civilian cost is outside the model.",
        "What requests do is an upper bound.",
    ]


def regret_finding(table: pd.DataFrame, labels: Mapping[str, str], outcome: str, better: Better) -> str:
    """Which policy is regretted least where it goes ill, with those that its interval does not part from it."""
    first = table.iloc[0]
    level = table[table["p90_from"] <= first["p90_to"]]
    names = joined([f"“{labels[name]}”" for name in level["policy"]])
    has, it = ("has", "it is") if len(level) == 1 else ("have", "they are")
    high = joined([amount(number) for number in level["regret_p90"]])
    near = joined([percent(share) for share in level["near_best"]])
    return (
        f"Where {WAYS[better]} counts as better ({named(outcome)}), {names} {has} the least regret at the "
        f"90th percentile ({high}); {it} within 10 % of the best in {near} of {first['worlds']} worlds"
    )


def regret_lines(
    table: pd.DataFrame,
    labels: Mapping[str, str],
    outcome: str,
    better: Better,
    notes: str,
    cautions: Sequence[str],
    place: Path,
    width: int,
) -> list[str]:
    """The table of regret, what it shows and how to read it."""
    wide = max(len(label) for label in labels.values())
    lines = [*wrapped([f"{regret_finding(table, labels, outcome, better)}."], width), ""]
    heads = (
        f"{'regret: median':>16}{'90th percentile':>26}{'most':>8}{'within 10 % of best':>24}{'outcome':>10}"
    )
    lines.append("policy".ljust(wide) + heads)
    for row in _rows(table):
        high = f"{amount(row.regret_p90)} ({amount(row.p90_from)}–{amount(row.p90_to)})"
        near = f"{percent(row.near_best)} ({100 * row.near_from:.0f}–{100 * row.near_to:.0f})"
        cells = f"{amount(row.regret_p50):>16}{high:>26}{amount(row.regret_max):>8}"
        cells += f"{near:>24}{amount(row.outcome_p50):>10}"
        lines.append(labels[str(row.policy)].ljust(wide) + cells)
    told = [
        *cautions,
        (
            f"Regret is the distance of a policy's outcome ({named(outcome)}) from that of the best policy "
            "of this table in the same world; the last column is the median outcome. A policy that is not "
            "in the table is not regretted. In brackets 95 % intervals over worlds. One world's regret has "
            f"a Monte Carlo error of up to {amount(float(table['error'].max()))} (the median world, the "
            "policy where it is largest), which makes small regrets look larger than they are."
        ),
        (
            f"{notes}. Written to {from_here(str(place))}: regret.csv, regrets.csv (world by world), "
            "regret.png, points.parquet, sweep.json"
        ),
    ]
    return [*lines, "", *wrapped(told, width)]


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each cell by its column's name."""
    return iter(table.itertuples())
