"""Sweeps: which inputs move an outcome, where a box of them brings it about, which policy is regretted least.

``morris`` and ``sobol`` rank inputs, ``prim`` finds a box, ``regret`` compares policies over uncertain worlds. Each
lives its points, writes a folder and returns what it found::

    from maxpressure import sweep
    sweep.morris("levers").table

How the points of a sweep are lived or found again, and what a sweep hands back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, nearest
from maxpressure.results.quantiles import quantiles
from maxpressure.sweep import design
from maxpressure.sweep.analysis import (
    FEWEST,
    RANKED,
    Better,
    Found,
    discover,
    morris_indices,
    regret_table,
    regrets,
    sobol_indices,
)
from maxpressure.sweep.design import Sets, base_policy, luck_of_paths, luck_sets, simulate_points
from maxpressure.sweep.figures import save_box, save_regret, save_tornado
from maxpressure.sweep.files import UNCERTAINTY, Input, Policy, Sweep, read_sweep
from maxpressure.sweep.folder import (
    ABOUT,
    POINTS,
    about_points,
    earlier_points,
    place_of,
    points_table,
    read_points,
    write_sweep,
    write_table,
)
from maxpressure.sweep.text import (
    amount,
    box_lines,
    box_table,
    index_lines,
    named,
    regret_lines,
    regret_notes,
)

__all__ = ["Swept", "morris", "prim", "read_sweep", "regret", "sobol"]


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep found: ``table`` as it was written, ``told`` as lines for a terminal of a given width."""

    place: Path
    sweep: Sweep
    table: pd.DataFrame
    told: Callable[[int], list[str]]
    reused: bool
    box: Found | None = None

    @property
    def points(self) -> pd.DataFrame:
        """A row for each policy and point: the inputs' values, and mean and sd of each outcome over its worlds."""
        return read_points(self.place / POINTS, self.sweep.file.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How points are lived and where they land."""

    replicates: int | None = None
    workers: int | None = None
    out: str | Path | None = None
    force: bool = False
    progress: bool = True


def simulated_points(
    sweep: Sweep,
    method: str,
    policies: Sequence[Policy],
    inputs: Sequence[Input],
    places: Floats,
    sets: Sets,
    files: frozenset[str],
    how: How,
) -> tuple[Path, dict[str, Any], Floats, bool]:
    """Where the results go, what is run, the outcomes at its points, and whether they were there already."""
    usual = sweep.file.regret_replicates if method == "regret" else sweep.file.replicates
    replicates = usual if how.replicates is None else how.replicates
    if replicates < 2:
        raise InputError(
            file="sweep", key="replicates", given=replicates, allowed="a whole number of 2 or more"
        )
    place = place_of(sweep, method, how.out)
    about = about_points(sweep, method, policies, inputs, places, sets, replicates)
    earlier = earlier_points(place, about, files, force=how.force)
    if earlier is not None:
        return place, about, earlier, True
    simulated = simulate_points(
        sweep,
        policies,
        inputs,
        places,
        sets,
        replicates=replicates,
        workers=how.workers,
        progress=how.progress,
    )
    return place, about, simulated, False


Source = str | Path | Sweep

PATHS: Final = 40
PAIRS: Final = 512
CUBE: Final = 2000
WORLDS: Final = 200
INDICES, BOX, REGRET, REGRETS = "indices.csv", "box.csv", "regret.csv", "regrets.csv"
TORNADO, BOX_PICTURE, MATRIX = "tornado.png", "box.png", "regret.png"


def morris(source: Source = "levers", *, outcome: str | None = None, paths: int = PATHS, **how: Any) -> Swept:
    """Morris's effects of each input on every outcome, over so many paths through the ranges.

    ``outcome`` is the one that table and picture show. Further keywords: ``replicates``, ``workers``, ``out``,
    ``force``, ``progress``. Raises InputError for what cannot be run or written.
    """
    sweep = _read(source)
    names = [one.name for one in sweep.inputs]
    places = design.paths(names, paths, sweep.file.seed)

    reached = np.array(
        [[one.reached(at) for one, at in zip(sweep.inputs, row, strict=True)] for row in places]
    )

    def analysed(simulated: Floats) -> pd.DataFrame:
        return morris_indices(names, reached, simulated, sweep.file.outcomes, sweep.file.seed)

    sets = luck_of_paths(sweep.inputs, places)
    return _ranked(sweep, "morris", places, sets, analysed, _shown(sweep, outcome), How(**how))


def sobol(source: Source = "levers", *, outcome: str | None = None, points: int = PAIRS, **how: Any) -> Swept:
    """Sobol's shares of each outcome's variance, from two samples of ``points`` points and the crossings between.

    Keywords as for :func:`morris`.
    """
    sweep = _read(source)
    names = [one.name for one in sweep.inputs]
    places = design.pairs(names, points, sweep.file.seed)

    def analysed(simulated: Floats) -> pd.DataFrame:
        return sobol_indices(names, simulated, sweep.file.outcomes, sweep.file.seed)

    sets = luck_sets(sweep.inputs, places)
    return _ranked(sweep, "sobol", places, sets, analysed, _shown(sweep, outcome), How(**how))


def _ranked(
    sweep: Sweep,
    method: Literal["morris", "sobol"],
    places: Floats,
    sets: Sets,
    analysed: Callable[[Floats], pd.DataFrame],
    outcome: str,
    how: How,
) -> Swept:
    """Live the points, rank the inputs, write the folder."""
    policy = base_policy(sweep)
    files = frozenset({ABOUT, POINTS, INDICES, TORNADO})
    place, about, simulated, reused = simulated_points(
        sweep, method, [policy], sweep.inputs, places, sets, files, how
    )
    table = analysed(simulated[0])
    own = table[(table["outcome"] == outcome) & (table["statistic"] == "mean")]
    notes = f"{len(places):,} points, {simulated.shape[3]} worlds each, seed {sweep.file.seed}"
    made = {
        INDICES: write_table(table),
        TORNADO: lambda path: save_tornado(path, own, sweep.inputs, outcome, method, notes),
    }
    write_sweep(
        place, about, points_table([policy], sweep.inputs, places, simulated, sweep.file.outcomes), made
    )

    def told(width: int) -> list[str]:
        return index_lines(table, sweep, outcome, RANKED[method], notes, place, width)

    return Swept(place=place, sweep=sweep, table=table, told=told, reused=reused)


def prim(
    source: Source = "levers",
    *,
    outcome: str | None = None,
    below: float | None = None,
    above: float | None = None,
    over: Literal["all", "uncertainties"] = "all",
    points: int = CUBE,
    **how: Any,
) -> Swept:
    """The box of inputs in which an outcome's mean over a point's worlds lies below, or above, a limit.

    ``over`` moves all inputs, or the uncertainties alone while the levers stay as in the base. Keywords as for
    :func:`morris`. Raises InputError also where hardly any point is on one side of the limit.
    """
    sweep = _read(source)
    shown = _shown(sweep, outcome)
    if (below is None) == (above is None):
        given = "both" if below is not None else "neither"
        raise InputError(file="sweep prim", key="below, above", given=given, allowed="one of the two")
    inputs = sweep.inputs if over == "all" else sweep.of(UNCERTAINTY)
    places = design.hypercube(len(inputs), points, sweep.file.seed)
    policy, settings = base_policy(sweep), How(**how)
    files = frozenset({ABOUT, POINTS, BOX, BOX_PICTURE})
    sets = luck_sets(inputs, places)
    place, about, simulated, reused = simulated_points(
        sweep, "prim", [policy], inputs, places, sets, files, settings
    )
    numbers = simulated[0, :, sweep.file.outcomes.index(shown)].mean(axis=1)
    wanted = numbers < below if below is not None else numbers > above
    way = f"below {below:g}" if below is not None else f"above {above:g}"
    whole = points_table([policy], inputs, places, simulated, sweep.file.outcomes)
    if not reused:
        write_sweep(place, about, whole, {})  # they serve another limit as well, should this one be refused
    _parted(sweep, shown, way, numbers, wanted)
    limit = f"{named(shown)} {way}"
    box = discover(whole.select([one.name for one in inputs]).to_pandas(), wanted, seed=sweep.file.seed)
    table = box_table(box, inputs, limit)
    notes = f"{points:,} points, {simulated.shape[3]} worlds each, seed {sweep.file.seed}"
    made = {
        BOX: write_table(table),
        BOX_PICTURE: lambda path: save_box(path, box, inputs, limit, notes),
    }
    write_sweep(place, about | {"limit": limit}, whole, made)

    def told(width: int) -> list[str]:
        return box_lines(box, inputs, limit, numbers, notes, place, width)

    return Swept(place=place, sweep=sweep, table=table, told=told, reused=reused, box=box)


def regret(
    source: Source = "levers",
    *,
    outcome: str | None = None,
    better: str | None = None,
    whom: str = "",
    points: int = WORLDS,
    **how: Any,
) -> Swept:
    """How far each policy of the file is from the best of them, in worlds that differ in the uncertainties.

    ``outcome`` and ``better`` (lower or higher) must be given, since no outcome counts as success by itself;
    ``whom`` says for whom it is better. Keywords as for :func:`morris`.
    """
    sweep = _read(source)
    shown, direction = _wanted(sweep, outcome, better)
    if len(sweep.policies) < 2:
        given, allowed = f"{len(sweep.policies)} policies", "at least two tables [policies.NAME]"
        raise InputError(file=sweep.path, key="policies", given=given, allowed=allowed)
    inputs = sweep.of(UNCERTAINTY)
    places = design.hypercube(len(inputs), points, sweep.file.seed)
    files = frozenset({ABOUT, POINTS, REGRET, REGRETS, MATRIX})
    place, about, simulated, reused = simulated_points(
        sweep, "regret", sweep.policies, inputs, places, luck_sets(inputs, places), files, How(**how)
    )
    own = simulated[:, :, sweep.file.outcomes.index(shown)]
    labels = {policy.name: policy.label for policy in sweep.policies}
    table = regret_table(list(labels), own, direction, sweep.file.seed)
    means = own.mean(axis=2)
    wide = pd.DataFrame(regrets(means, direction).T, columns=list(labels))
    wide.insert(0, "point", range(points))
    notes = f"{points:,} worlds, each the mean of {own.shape[2]} replicates, seed {sweep.file.seed}"
    cautions = regret_notes(shown, direction, whom)
    made = {
        REGRET: write_table(table),
        REGRETS: write_table(wide),
        MATRIX: lambda path: save_regret(
            path, table, wide, labels, shown, direction, f"{notes}. {' '.join(cautions)}"
        ),
    }
    whole = points_table(sweep.policies, inputs, places, simulated, sweep.file.outcomes)
    write_sweep(place, about | {"outcome": shown, "better": direction, "for": whom}, whole, made)

    def told(width: int) -> list[str]:
        return regret_lines(table, labels, shown, direction, notes, cautions, place, width)

    return Swept(place=place, sweep=sweep, table=table, told=told, reused=reused)


def _read(source: Source) -> Sweep:
    return source if isinstance(source, Sweep) else read_sweep(source)


def _shown(sweep: Sweep, outcome: str | None) -> str:
    """The outcome that is asked about, by default the file's first."""
    if outcome is None:
        return sweep.file.outcomes[0]
    if outcome not in sweep.file.outcomes:
        allowed = f"an outcome of {sweep.path.name}: {', '.join(sweep.file.outcomes)}"
        close = nearest(outcome, sweep.file.outcomes)
        raise InputError(file="sweep", key="outcome", given=outcome, allowed=allowed, nearest=close)
    return outcome


def _parted(sweep: Sweep, outcome: str, way: str, numbers: Floats, wanted: NDArray[np.bool_]) -> None:
    """Raise InputError, with the outcomes that there are, where hardly any point is wanted or nearly all are."""
    if min(int(wanted.sum()), int((~wanted).sum())) < FEWEST:
        low, middle, high = (amount(float(one)) for one in quantiles(numbers, (5, 50, 95)))
        allowed = (
            f"a limit with at least {FEWEST} points on either side: over these points {outcome} has the median "
            f"{middle}, nine in ten lie from {low} to {high}, all from {amount(float(numbers.min()))} to "
            f"{amount(float(numbers.max()))}; the points are kept, so another limit takes a moment"
        )
        given = f"{outcome} {way}, which holds at {int(wanted.sum())} of {len(wanted)} points"
        raise InputError(file=sweep.path, key="limit", given=given, allowed=allowed)


def _wanted(sweep: Sweep, outcome: str | None, better: str | None) -> tuple[str, Better]:
    """The outcome and the direction that the asker calls better; neither is guessed."""
    reason = "no outcome counts as success by itself: more break-offs are not disarmament"
    if outcome is None:
        allowed = f"--outcome with one of {', '.join(sweep.file.outcomes)} ({reason})"
        raise InputError(file="sweep regret", key="outcome", given="nothing", allowed=allowed)
    way: Better | None = "lower" if better == "lower" else "higher" if better == "higher" else None
    if way is None:
        allowed = f"--better lower or --better higher, as you judge it ({reason})"
        given = "nothing" if better is None else better
        raise InputError(file="sweep regret", key="better", given=given, allowed=allowed)
    return _shown(sweep, outcome), way
