"""What a sweep found, in words: the finding, tables whose cells are words, and the notes below them.

One set of functions for each kind of result: indices (Morris, Sobol), a box (PRIM) and regret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from maxpressure.base.cautions import CONTAGION, NOT_DISARMAMENT, REQUESTS
from maxpressure.base.numerics import Floats
from maxpressure.base.text import joined, percent, significant
from maxpressure.sweep.analysis import RANKED, TRAINING, Better, Found, Quality, floor_of
from maxpressure.sweep.files import DUMMY, Input, Sweep

OUTCOMES_IN_WORDS: Final = {
    "acts": "acts of breaking off",
    "cuts": "cuts of a tie",
    "states_acted": "states that acted",
    "embassies": "embassies with an ambassador",
    "trade_left": "the share of base-year trade left",
    "exports_left": "the share of base-year exports left",
    "trade_lost": "the share of base-year trade lost over all weeks",
    "exports_lost": "the share of base-year exports lost over all weeks",
    "reproduction": "break-offs that a break-off brings about",
}
PEERS: Final = "peer"


def named(outcome: str) -> str:
    """An outcome in words, where there are better ones than its column's name."""
    return OUTCOMES_IN_WORDS.get(outcome, outcome.replace("_", " "))


def amount(number: float) -> str:
    """A number with three figures, or whole where it is large."""
    return significant(number, 3)


# ---- indices


def ranking(own: pd.DataFrame, inputs: Sequence[Input], outcome: str, method: str) -> str:
    """The finding about one outcome's mean: what moves it most, and how many inputs lie above the dummy.

    Inputs whose intervals reach that of the strongest share the first rank.
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
    seen = f"{int(rows['seen'].sum())} of {len(rows)} inputs lie above the dummy"
    if method == "morris":
        sizes = joined([amount(size) for size in level[ranked]])
        return f"What moves {named(outcome)} most: {names} (by {sizes} across the range); {seen}"
    shares = joined([f"{100 * share:.0f} %" for share in level[ranked]])
    return f"What explains most of the variance of {named(outcome)}: {names} ({shares}); {seen}"


def index_table(own: pd.DataFrame, inputs: Sequence[Input], method: str) -> pd.DataFrame:
    """A row for each input, strongest first, the dummy in its rank."""
    labels = {one.name: one.label for one in inputs}
    rows: Iterator[Any] = iter(own.itertuples())
    return pd.DataFrame(
        [
            {"input": labels[row.input]}
            | _cells(row, method)
            | {"above the dummy": "(the dummy)" if row.input == DUMMY else "yes" if row.seen else "no"}
            for row in rows
        ]
    )


def _cells(row: Any, method: str) -> dict[str, str]:
    if method == "morris":
        star = f"{amount(row.mu_star)} ± {amount(row.mu_star_conf)}"
        return {"mu*": star, "mu": amount(row.mu), "sigma": amount(row.sigma)}
    return {"ST": f"{row.ST:.3f} ± {row.ST_conf:.3f}", "S1": f"{row.S1:.3f} ± {row.S1_conf:.3f}"}


def index_notes(table: pd.DataFrame, sweep: Sweep, outcome: str, method: str) -> list[str]:
    """How to read the table of one outcome's mean, and its limits."""
    own = table[(table["outcome"] == outcome) & (table["statistic"] == "mean")]
    spread = table[(table["outcome"] == outcome) & (table["statistic"] == "sd")]
    labels = {one.name: one.label for one in sweep.inputs}
    strongest = [labels[name] for name in spread[spread["seen"]]["input"].head(3)]
    return [
        *(_morris_notes(own, outcome) if method == "morris" else _sobol_notes(own)),
        (
            "The standard deviation over the worlds of a point is moved most by "
            f"{joined(strongest) if strongest else 'no input: none lies above the dummy'}."
        ),
        *([CONTAGION] if any(PEERS in one.name for one in sweep.inputs) else []),
        (
            "The ranges are judgements of the file; a wider one makes its input matter more. Inputs are moved "
            f"independently, although the posterior correlates coefficients. {REQUESTS}"
        ),
        f"Parameters, {sweep.chosen.parameters.standing}",
    ]


def _morris_notes(own: pd.DataFrame, outcome: str) -> list[str]:
    return [
        (
            f"mu* is the mean change of {named(outcome)}, up or down, as an input crosses its whole range while the "
            "others stay; mu keeps the sign; a sigma as large as mu* means that it depends on the others. ± is half of "
            "a 95 % interval over paths, each of which is simulated in worlds of its own."
        ),
        (
            "The dummy only changes the worlds, once on each path and to others on each; an input is above it where "
            f"its interval lies above {amount(floor_of(own, 'mu_star'))}, the upper end of the dummy's. All other "
            "comparisons use common random numbers, so an input below the dummy may still have an effect: more worlds "
            "at each point lower the dummy."
        ),
    ]


def _sobol_notes(own: pd.DataFrame) -> list[str]:
    alone, half = own["S1_sum"].iloc[0], own["S1_sum_conf"].iloc[0]
    total = own[own["input"] != DUMMY]["ST"].sum()
    missing = f" What is missing from 1, {1 - alone:.2f}, is joint effect and noise." if alone < 1 else ""
    return [
        (
            "S1 is the share of the variance over all points that an input explains alone, ST the share with all its "
            "interactions. ± is half of a 95 % interval over points."
        ),
        (
            f"Without the dummy, S1 add up to {alone:.2f} ± {half:.2f}; the sum is computed anew in each resample of "
            f"the points.{missing} ST add up to {total:.2f}, and an interaction counts for each of its inputs."
        ),
        (
            "The dummy only picks other worlds; an input is above it where its interval lies above "
            f"{floor_of(own, 'ST'):.3f}, the upper end of the dummy's. An estimate below 0 is noise."
        ),
    ]


# ---- a box

SHARED: Final = 0.5
"""A restriction that fewer of the boxes on halves of the points share is called unstable."""


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
    """A row for each input: what the box leaves of its range, and how stable that is; then the box's quality."""
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
                "stability": box.stability[one.name],
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
    bound = "1 input bounds" if number == 1 else f"{number} inputs bound"
    return (
        f"{bound} {limit}: of held-out points, {100 * quality.density:.0f} % of those in the box are such, and "
        f"{100 * quality.coverage:.0f} % of all such lie in it"
    )


def box_shown(box: Found, inputs: Sequence[Input]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The restricted inputs, and the quality of the box on both parts of the points."""
    held = [
        {
            "input": one.label,
            "box": f"{amount(low)} to {amount(high)}",
            "range": f"{amount(one.value(0.0))} to {amount(one.value(1.0))}",
            "role": one.role,
            "in boxes on halves": f"{100 * box.stability[one.name]:.0f} %",
        }
        for one, low, high in restrictions(box, inputs)
    ]
    quality = [
        {
            "points": f"{name} {of.points}",
            "coverage": _share(of, "coverage"),
            "density": _share(of, "density"),
        }
        for name, of in (("found on", box.training), ("held out", box.held_out))
    ]
    return pd.DataFrame(held), pd.DataFrame(quality)


def box_notes(box: Found, inputs: Sequence[Input], numbers: Floats) -> list[str]:
    """How to read the box, and its limits."""
    every = (box.training.wanted + box.held_out.wanted) / (box.training.points + box.held_out.points)
    shared = {one.name: box.stability[one.name] >= SHARED for one in inputs}
    unstable = [one.label for one in inputs if one.name in box.limits and not shared[one.name]]
    left_out = [one.label for one in inputs if one.name not in box.limits and shared[one.name]]
    reading = (
        f"Over all points {100 * every:.0f} % are such; the outcome runs from {amount(float(numbers.min()))} to "
        f"{amount(float(numbers.max()))}. Coverage: the share of such points that lie in the box. Density: the share "
        "of the box's points that are such. In brackets 95 % intervals (Wilson). The box was found on "
        f"{100 * TRAINING:.0f} % of the points; only the others test it."
    )
    notes = [reading]
    if unstable:
        notes.append(
            f"Unstable, restricted in fewer than half of the boxes on halves: {', '.join(unstable)}."
        )
    if left_out:
        notes.append(f"Not in the box, but in at least half of those on halves: {', '.join(left_out)}.")
    if DUMMY in box.limits:
        notes.append("The dummy is in the box: noise is taken for an effect. Simulate more worlds or points.")
    notes.append(
        "The box shows where within the file's ranges such points lie under the model's rule, points being spread "
        "evenly over the ranges. It is no probability of anything, and another limit gives another box."
    )
    return notes


def _share(quality: Quality, of: str) -> str:
    low, high = quality.interval(of)
    return f"{100 * getattr(quality, of):.0f} % ({100 * low:.0f}–{100 * high:.0f})"


# ---- regret

DIRECTIONS: Final[Mapping[Better, str]] = {"lower": "less", "higher": "more"}


def regret_cautions(outcome: str, better: Better, whom: str) -> list[str]:
    """For whom which direction is better, and what the table leaves out."""
    return [
        (
            f"For {whom or 'the asker'}, {DIRECTIONS[better]} counts as better ({named(outcome)}): that is a choice of "
            "whoever asks, not of the model."
        ),
        NOT_DISARMAMENT,
        REQUESTS,
    ]


def regret_finding(table: pd.DataFrame, labels: Mapping[str, str], outcome: str, better: Better) -> str:
    """The policy with the least regret at the 90th percentile, with those that its interval does not separate."""
    first = table.iloc[0]
    if not table["regret_max"].any():
        return f"No policy differs from another in {named(outcome)}, at any of {first['points']} points"
    level = table[table["p90_from"] <= first["p90_to"]]
    names = joined([f"“{labels[name]}”" for name in level["policy"]])
    has, it = ("has", "it is") if len(level) == 1 else ("have", "they are")
    high = joined([amount(number) for number in level["regret_p90"]])
    near = joined([percent(share) for share in level["near_best"]])
    return (
        f"Where {DIRECTIONS[better]} counts as better ({named(outcome)}), {names} {has} the least regret at the "
        f"90th percentile ({high}); {it} within 10 % of the best in {near} of {first['points']} points"
    )


def regret_shown(table: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """A row for each policy, with 95 % intervals in brackets."""
    rows: Iterator[Any] = iter(table.itertuples())
    return pd.DataFrame(
        [
            {
                "policy": labels[str(row.policy)],
                "regret: median": amount(row.regret_median),
                "90th percentile": f"{amount(row.regret_p90)} ({amount(row.p90_from)}–{amount(row.p90_to)})",
                "most": amount(row.regret_max),
                "within 10 % of best": f"{percent(row.near_best)} ({100 * row.near_from:.0f}–{100 * row.near_to:.0f})",
                "outcome": amount(row.outcome_median),
            }
            for row in rows
        ]
    )


def regret_reading(table: pd.DataFrame, outcome: str) -> str:
    """How to read the table of regret."""
    return (
        f"Regret is the distance of a policy's outcome ({named(outcome)}) from that of the best policy of this table "
        "at the same point; the last column is the median outcome. A policy that is not in the table has no regret. In "
        "brackets 95 % intervals over points. The regret at one point has a Monte Carlo error of up to "
        f"{amount(float(table['mcse'].max()))} (the median point, the policy where it is largest), which makes small "
        "regrets look larger than they are."
    )
