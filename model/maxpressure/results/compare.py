"""Scenarios compared world by world with common random numbers: how far they differ, and how precisely that is known.

Every difference is scenario minus baseline within a pair of worlds, in the unit of its outcome. World w uses the same
random numbers and posterior draw in every scenario, so the difference between two scenarios in world w is due to the
policy. This also holds across folders with the same seed, draws, evidence and program; when, by which engine, on how
many workers and with which other scenarios they were made does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, Remedy, Wrong, check_known
from maxpressure.experiments.manifest import again
from maxpressure.results.dataset import TableFiles
from maxpressure.results.own import Measured, Outcome, measured
from maxpressure.results.quantiles import quantiles
from maxpressure.results.statistics import (
    KEY_OUTCOMES,
    SHOWN,
    KeyOutcome,
    Split,
    error_of_mean,
    half_width,
    independent,
    mean_of,
    shown_as,
    split,
)
from maxpressure.scenario.fields import Window

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

REMEDY: Final = Remedy(
    "Take folders of one case, seed, set of draws, evidence, assumptions and version of the program, or run the "
    "scenarios again, together in one folder"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """The scenarios that are compared with one baseline, and those left out because their weeks differ."""

    against: str
    scenarios: tuple[str, ...]
    left_out: tuple[str, ...]
    window: Window
    rules: tuple[str, str] | None = None
    """The classes of states that were run, of the scenarios and of the baseline, where these are two rules."""

    @property
    def shown(self) -> dict[str, str]:
        """What each scenario is called in tables: where two rules are compared, with its rule."""
        return {
            name: name if self.rules is None else f"{name} with {self.rules[0]}" for name in self.scenarios
        }

    @property
    def shown_against(self) -> str:
        """What the baseline is called in tables."""
        return self.against if self.rules is None else f"{self.against} with {self.rules[1]}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """The pairs of worlds of two scenarios: the row of each in its scenario's table, and its posterior draw.

    In `failed` pairs a world failed, and `unpaired` worlds have no partner; neither is among the rows. `fewest` is the
    smallest number of pairs that any posterior draw has, failed pairs included.
    """

    rows: Ints
    rows_against: Ints
    draws: Ints
    failed: int
    unpaired: int
    fewest: int


def contrasts(files: TableFiles, baseline: TableFiles, against: str | None = None) -> Contrasts:
    """What of ``files`` is compared with the scenario ``against`` of ``baseline``, which is its first by default.

    The two may be the same folder. Raises InputError where they cannot be paired, with the reason.
    """
    if files is not baseline:
        check_pairable(files, baseline)
    names = baseline.manifest.names
    against = names[0] if against is None else against
    check_known(against, names, file=baseline.store.place, key="against")
    rules = (files.manifest.state_class, baseline.manifest.state_class)
    apart = rules[0] != rules[1]
    others = tuple(name for name in files.manifest.names if apart or name != against)
    if not others and files is not baseline:
        others = (against,)
    windows = {one.name: one.scenario().window for one in files.manifest.scenarios}
    window = next(one.scenario().window for one in baseline.manifest.scenarios if one.name == against)
    fitting = tuple(name for name in others if windows[name] == window)
    return Contrasts(
        against=against,
        scenarios=fitting,
        left_out=tuple(name for name in others if name not in fitting),
        window=window,
        rules=rules if apart else None,
    )


def check_pairable(files: TableFiles, baseline: TableFiles) -> None:
    """Raise InputError where the worlds of two folders differ in random numbers, parameters, program or a name's text.

    Another class of states is no hindrance: it is a rule of one's own, run in the same worlds.
    """
    ours, theirs = files.manifest, baseline.manifest
    differences = theirs.as_paired().differences(ours.as_paired())
    if differences:
        given = Wrong(f"cannot be paired with {baseline.store.place}: {differences}")
        raise InputError(file=files.store.place, key="folder", given=given, allowed=REMEDY)
    texts = {scenario.name: scenario.text for scenario in theirs.scenarios}
    for scenario in ours.scenarios:
        if texts.get(scenario.name, scenario.text) != scenario.text:
            given = Wrong(f"has another text than in {baseline.store.place}")
            allowed = "one text for one name; give the edited scenario a name of its own and run it again"
            raise InputError(file=files.store.place, key=scenario.name, given=given, allowed=allowed)


def pairs(files: TableFiles, scenario: str, baseline: TableFiles, against: str) -> Pairs:
    """The pairs of two scenarios' worlds, by their numbers."""
    ours, theirs = _keys(files, scenario), _keys(baseline, against)
    worlds, rows, rows_against = np.intersect1d(ours[0], theirs[0], assume_unique=True, return_indices=True)
    draws = ours[1][rows]
    fine = ours[2][rows] & theirs[2][rows_against]
    return Pairs(
        rows=rows[fine],
        rows_against=rows_against[fine],
        draws=draws[fine],
        failed=int((~fine).sum()),
        unpaired=len(ours[0]) + len(theirs[0]) - 2 * len(worlds),
        fewest=int(np.unique(draws, return_counts=True)[1].min(initial=len(draws))),
    )


def _keys(files: TableFiles, scenario: str) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Number and draw of each world of a scenario, and whether it came to its end."""
    table = files.dataset("worlds", scenario).to_table(columns=["world", "draw", "status"])
    world, draw = (table[name].to_numpy().astype(np.int64) for name in ("world", "draw"))
    return world, draw, table["status"].cast(pa.string()).to_numpy() == "fine"


def outcome_of(files: TableFiles, scenario: str, outcome: str) -> Floats:
    """One outcome of each world of a scenario, in the order of its rows; a blank is NaN."""
    column = files.dataset("worlds", scenario).to_table(columns=[outcome])[outcome]
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


SMALL: Final = 0.1
"""Of the standard deviation over the baseline's worlds: the precision of an outcome of one's own."""

RANKS: Final = ("p05", "median", "p95", "more", "same", "fewer")
COLUMNS: Final = (
    *("scenario", "against", "outcome", "planned", "unit", "worlds", "draws", "mean", "mcse"),
    *("ci_low", "ci_high", *RANKS, "fewer_worlds_by", "precision", "needed", "enough"),
    *("failed", "blank", "unpaired"),
)
NESTED: Final = (50, 20)
"""Draws and worlds of each that are proposed for a split."""

DECIMALS: Final = 10
"""Decimals to which differences are rounded, so that a constant one does not vary by its last bits."""

Row = dict[str, Any]


def compared(
    files: TableFiles,
    baseline: TableFiles,
    outcomes: Sequence[Outcome] = (),
    *,
    against: str | None = None,
    apart: bool = False,
    kind: str = "act",
    fill: float = 0,
    precision: float | None = None,
) -> pd.DataFrame:
    """A row for each scenario and outcome; see :meth:`maxpressure.results.results.Results.compare` for the columns."""
    _check_precision(precision)
    found = contrasts(files, baseline, against)
    if not found.scenarios:
        alone = f"holds one scenario, {found.against}"
        weeks = f"holds no scenario besides {found.against} from {found.window.start} for {found.window.weeks} weeks"
        same = " over the same weeks" if found.left_out else ""
        allowed = Remedy(f"Compare needs two: run it again with a second{same}")
        given = Wrong(weeks if found.left_out else alone)
        raise InputError(file=files.store.place, key="folder", given=given, allowed=allowed)
    folders = {files.store.place: (files, found.scenarios)}
    if files is baseline:
        folders = {files.store.place: (files, (*found.scenarios, found.against))}
    else:
        folders[baseline.store.place] = (baseline, (found.against,))
    wanted = measured(outcomes or tuple(KEY_OUTCOMES), folders, kind=kind, fill=fill)
    rows = []
    for scenario in found.scenarios:
        matched = pairs(files, scenario, baseline, found.against)
        if apart:
            _check_nested(files, matched)
        names = {"scenario": found.shown[scenario], "against": found.shown_against}
        for one in wanted:
            ours = _values(files, scenario, one)[matched.rows]
            theirs = _values(baseline, found.against, one)[matched.rows_against]
            close = _tenth(theirs) if precision is None and one.own is not None else precision
            row = row_of(one.name, ours, theirs, matched, apart=apart, precision=close)
            rows.append(names | {"outcome": one.name} | row)
    table = pd.DataFrame(rows)
    categories = {
        "scenario": list(found.shown.values()),
        "against": [found.shown_against],
        "outcome": [one.name for one in wanted],
    }
    for name, known in categories.items():
        table[name] = pd.Categorical(table[name], categories=list(known))
    table = table.astype({"precision": "float64", "needed": "Int64", "enough": "boolean"})
    return table[[*COLUMNS, *table.columns.drop(list(COLUMNS))]]


def _values(files: TableFiles, scenario: str, outcome: Measured) -> Floats:
    """An outcome of each world of a scenario, in the order of its rows; a blank is NaN, as for a world that failed."""
    if outcome.own is None:
        return outcome_of(files, scenario, outcome.name)
    worlds = files.dataset("worlds", scenario).to_table(columns=["world"])["world"].to_numpy()
    own: Floats = outcome.own[files.store.place, scenario].reindex(worlds).to_numpy(dtype=np.float64)
    return own


def _tenth(theirs: Floats) -> float | None:
    """The precision of an outcome of one's own where none is given; None where the baseline's worlds do not differ."""
    spread = float(theirs.std(ddof=1)) if len(theirs) > 1 else 0.0
    return SMALL * spread if spread > 0 else None


def _check_precision(given: Any) -> None:
    if given is None:
        return
    if isinstance(given, bool) or not isinstance(given, int | float | np.number) or not 0 < given < math.inf:
        allowed = "a number above 0, the half-width wanted for the 95 % interval, in the outcome's unit"
        raise InputError(file="results", key="precision", given=given, allowed=allowed)


def _check_nested(files: TableFiles, matched: Pairs) -> None:
    """Raise InputError where chance and parameters cannot be separated, with the command that makes it possible."""
    if len(np.unique(matched.draws)) > 1 and matched.fewest > 1:
        return
    draws, each = NESTED
    place = f"{files.store.place}-{draws}x{each}"
    command = again(files.manifest, files.store.place, worlds=draws * each, draws=draws, out=place)
    single = len(np.unique(matched.draws)) < 2
    given = Wrong("needs several draws" if single else "needs several worlds of each draw")
    allowed = Remedy(f"This makes several worlds of each of several draws: {command}")
    raise InputError(file=files.store.place, key="split", given=given, allowed=allowed)


def row_of(
    outcome: str,
    ours: Floats,
    theirs: Floats,
    matched: Pairs,
    *,
    apart: bool,
    precision: float | None = None,
) -> Row:
    """One line of the table, from an outcome of the pairs of worlds; NaN is a blank.

    ``precision`` is that of an outcome that was not planned.
    """
    shown = shown_as(outcome)
    if shown.precision is None:
        shown = replace(shown, precision=precision)
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    one, other, draws = shown.scale * ours[both], shown.scale * theirs[both], matched.draws[both]
    row = {
        "planned": outcome in KEY_OUTCOMES,
        "unit": shown.unit,
        "worlds": len(ours),
        **_means(one, other, draws, shown),
        **_ranks(shown.scale * ours, shown.scale * theirs),
        "failed": matched.failed,
        "blank": int((~both).sum()),
        "unpaired": matched.unpaired,
    }
    for part, numbers in (
        (("difference", _less(one, other)), ("scenario", one), ("against", other)) if apart else ()
    ):
        found = split(numbers, draws) if len(numbers) else Split(*[math.nan] * len(Split._fields))
        row |= {f"{part}_{name}": number for name, number in found._asdict().items()}
    return row


def _less(one: Floats, other: Floats) -> Floats:
    difference: Floats = np.round(one - other, DECIMALS)
    return difference


def _means(one: Floats, other: Floats, draws: NDArray[np.int64], shown: KeyOutcome) -> Row:
    """The mean difference with its error and interval, and how many worlds it needs.

    Worlds of one draw are alike, so with several draws the independent units are the draws, else the worlds. Two runs
    with independent random numbers would have the sum of both squared errors in place of the difference's.
    """
    mean = mean_of(_less(one, other), draws)
    error, units = mean["mcse"], independent(draws)
    apart = error_of_mean(one, draws) ** 2 + error_of_mean(other, draws) ** 2
    least = needed(error * math.sqrt(units), shown.precision)
    return {
        "draws": len(np.unique(draws)),
        **mean,
        "fewer_worlds_by": _ratio(apart, error**2),
        "precision": shown.precision,
        "needed": None if least is None else math.ceil(least * len(draws) / units),
        "enough": None if least is None else units >= least,
    }


def _ratio(apart: float, together: float) -> float:
    if together > 0 or math.isnan(together):
        return apart / together
    return math.inf if apart > 0 else math.nan


def needed(spread: float, precision: float | None) -> int | None:
    """The fewest units, of this standard deviation, whose 95 % interval has at most this half-width."""
    if precision is None or math.isnan(spread):
        return None
    units = max(2, math.ceil((half_width(spread, 10**9) / precision) ** 2))
    while half_width(spread / math.sqrt(units), units) > precision:
        units += 1
    return units


def _ranks(ours: Floats, theirs: Floats) -> Row:
    """Quantiles of the differences, and in which share of worlds the scenario has more, the same or fewer.

    A milestone that a world never reached counts as later than all others, so a difference may be infinite; a quantile
    that falls on such a one is blank. Where neither world reached it they are the same.
    """
    with np.errstate(invalid="ignore"):
        differences = _less(np.nan_to_num(ours, nan=math.inf), np.nan_to_num(theirs, nan=math.inf))
    differences = np.where(np.isnan(differences), 0.0, differences)
    if not len(differences):
        return dict.fromkeys(RANKS, math.nan)
    marks = quantiles(differences, SHOWN)
    low, middle, high = (float(mark) if math.isfinite(mark) else math.nan for mark in marks)
    shares = ((differences > 0).mean(), (differences == 0).mean(), (differences < 0).mean())
    return dict(zip(RANKS, (low, middle, high, *map(float, shares)), strict=True))
