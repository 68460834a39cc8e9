"""A box that scenario discovery found, as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.report.summary import from_here
from maxpressure.sweep.discovery import TRAINING, Found, Quality
from maxpressure.sweep.files import DUMMY
from maxpressure.sweep.inputs import Input
from maxpressure.sweep.text import amount, wrapped

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
