"""Sweeps: which inputs move an outcome, where a box of them brings it about, which policy has the least regret.

``morris`` and ``sobol`` rank inputs, ``prim`` finds a box, ``regret`` compares policies at uncertain points. Each
simulates its points, or reads them where the very same run is there, writes a folder and returns a :class:`Swept`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.numerics import Floats
from maxpressure.results.quantiles import quantiles
from maxpressure.sweep import design, text
from maxpressure.sweep.analysis import (
    FEWEST,
    Better,
    discover,
    morris_indices,
    regret_table,
    regrets,
    sobol_indices,
)
from maxpressure.sweep.design import Sets, base_policy, world_sets, world_sets_of_paths
from maxpressure.sweep.figures import save_box, save_regret, save_tornado
from maxpressure.sweep.files import UNCERTAINTY, Sweep, read_sweep
from maxpressure.sweep.swept import How, Swept, points_table, simulated

__all__ = ["Swept", "morris", "prim", "read_sweep", "regret", "sobol"]

Source = str | Path | Sweep

PATHS: Final = 40
PAIRS: Final = 512
CUBE: Final = 2000
POINTS: Final = 200


def morris(source: Source = "levers", *, outcome: str | None = None, paths: int = PATHS, **how: Any) -> Swept:
    """Rank inputs by the effect of crossing their range (Morris's elementary effects).

    Parameters
    ----------
    source
        A sweep file, the name of a shipped one, or a :class:`Sweep`.
    outcome
        The outcome that table and picture show; by default the file's first. All outcomes are written.
    paths
        Paths through the ranges; each moves every input once.
    **how
        ``worlds`` at each point (by default as the file says), ``workers`` (threads; by default one a core), ``out``
        (the folder; by default ``outputs/sweep-METHOD-NAME``), ``force`` (replace results of another run) and
        ``progress`` (a progress bar).

    Returns
    -------
    Swept
        ``table`` has a row for each outcome, statistic (mean or sd over the worlds of a point) and input: `mu`,
        `mu_star`, `mu_star_conf` (half of a 95 % interval), `sigma`, in units of the outcome, and `seen` (whether the
        interval lies above the dummy's).

    Raises
    ------
    InputError
        For a faulty file, a folder that holds anything else, and where SALib is not installed.

    References
    ----------
    Morris, M. D. (1991). Factorial sampling plans for preliminary computational experiments. Technometrics 33(2).

    Examples
    --------
    >>> from maxpressure import sweep
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep.morris("levers", paths=2, worlds=2, out=f"{folder}/morris", progress=False)
    >>> len(found.table) == 2 * len(found.sweep.file.outcomes) * len(found.sweep.inputs)
    True
    """
    sweep = _read(source)
    names = [one.name for one in sweep.inputs]
    points = design.paths(names, paths, sweep.file.seed)
    reached = np.array(
        [[one.reached(at) for one, at in zip(sweep.inputs, row, strict=True)] for row in points]
    )
    sets = world_sets_of_paths(sweep.inputs, points)
    return _ranked(
        sweep,
        "morris",
        points,
        sets,
        lambda outcomes: morris_indices(names, reached, outcomes, sweep.file.outcomes, sweep.file.seed),
        _shown(sweep, outcome),
        How(**how),
    )


def sobol(source: Source = "levers", *, outcome: str | None = None, points: int = PAIRS, **how: Any) -> Swept:
    """Split the variance of each outcome among the inputs (Sobol's indices).

    Parameters
    ----------
    source, outcome, **how
        As for :func:`morris`.
    points
        Points in each of the two samples, a power of 2; with the crossings points × (inputs + 2) are simulated.

    Returns
    -------
    Swept
        ``table`` has a row for each outcome, statistic and input: `S1` (the share that the input explains alone), `ST`
        (with its interactions), `S1_conf` and `ST_conf` (halves of 95 % intervals), `S1_sum` and `S1_sum_conf` (of all
        inputs but the dummy), `seen`.

    Raises
    ------
    InputError
        As :func:`morris`, and for a number of points that is no power of 2.

    References
    ----------
    Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics
    Communications 181(2).

    Examples
    --------
    >>> from maxpressure import sweep
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep.sobol("levers", points=2, worlds=2, out=f"{folder}/sobol", progress=False)
    >>> {"S1", "ST", "seen"} <= set(found.table.columns)
    True
    """
    sweep = _read(source)
    names = [one.name for one in sweep.inputs]
    sampled = design.pairs(names, points, sweep.file.seed)
    return _ranked(
        sweep,
        "sobol",
        sampled,
        world_sets(sweep.inputs, sampled),
        lambda outcomes: sobol_indices(names, outcomes, sweep.file.outcomes, sweep.file.seed),
        _shown(sweep, outcome),
        How(**how),
    )


def _ranked(
    sweep: Sweep,
    method: Literal["morris", "sobol"],
    points: Floats,
    sets: Sets,
    analysed: Callable[[Floats], pd.DataFrame],
    outcome: str,
    how: How,
) -> Swept:
    """Simulate the points, rank the inputs, write the folder."""
    with simulated(sweep, method, [base_policy(sweep)], sweep.inputs, points, sets, how) as done:
        table = analysed(done.outcomes[0])
        own = table[(table["outcome"] == outcome) & (table["statistic"] == "mean")]

        def tornado(path: Path) -> None:
            save_tornado(path, own, sweep.inputs, outcome, method, done.notes)

        made = {"indices": table}
        done.write(made, {"tornado.png": tornado})
        finding = text.ranking(own, sweep.inputs, outcome, method)
        shown = text.index_table(own, sweep.inputs, method)
        return done.found(finding, [shown], text.index_notes(table, sweep, outcome, method), made)


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
    """Find a box of inputs in which an outcome's mean over the worlds of a point is below, or above, a limit.

    Parameters
    ----------
    source, outcome, **how
        As for :func:`morris`.
    below, above
        The limit; exactly one of the two.
    over
        Move all inputs, or the uncertainties alone while the levers stay as in the base.
    points
        Points of the Latin hypercube. The box is found on 60 % of them and tested on the others.

    Returns
    -------
    Swept
        ``box`` is the box; ``table`` has a row for each input: its range, what the box leaves of it and the stability
        of that, and coverage and density of the box with 95 % intervals.

    Raises
    ------
    InputError
        As :func:`morris`; for both limits or none, and where hardly any point is on one side of the limit.

    References
    ----------
    Friedman, J. H. and Fisher, N. I. (1999). Bump hunting in high-dimensional data. Statistics and Computing 9.
    Bryant, B. P. and Lempert, R. J. (2010). Thinking inside the box. Technological Forecasting and Social Change 77.

    Examples
    --------
    >>> from maxpressure import sweep
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep.prim("levers", below=40, points=100, worlds=2, out=f"{folder}/prim", progress=False)
    >>> found.box.training.points, found.box.held_out.points
    (60, 40)
    """
    sweep = _read(source)
    shown = _shown(sweep, outcome)
    if (below is None) == (above is None):
        given = Wrong("are both there" if below is not None else "are missing")
        raise InputError(file="sweep prim", key="below and above", given=given, allowed="one of the two")
    for key, bound in (("below", below), ("above", above)):
        if bound is not None and not math.isfinite(bound):
            raise InputError(file="sweep prim", key=key, given=bound, allowed="a finite number")
    inputs = sweep.inputs if over == "all" else sweep.of(UNCERTAINTY)
    cube = design.hypercube(len(inputs), points, sweep.file.seed)
    with simulated(
        sweep, "prim", [base_policy(sweep)], inputs, cube, world_sets(inputs, cube), How(**how)
    ) as done:
        numbers = done.outcomes[0, :, sweep.file.outcomes.index(shown)].mean(axis=1)
        wanted = numbers < below if below is not None else numbers > above
        side = f"below {below:g}" if below is not None else f"above {above:g}"
        if not done.reused:
            done.write({}, {})  # they serve another limit as well, should this one be refused
        _check_split(sweep, shown, side, numbers, wanted)
        limit = f"{text.named(shown)} {side}"
        values = points_table(done.design, done.outcomes).select([one.name for one in inputs])
        box = discover(values.to_pandas(), wanted, seed=sweep.file.seed)
        made = {"box": text.box_table(box, inputs, limit)}
        done.write(
            made, {"box.png": lambda path: save_box(path, box, inputs, limit, done.notes)}, limit=limit
        )
        notes = text.box_notes(box, inputs, numbers)
        return done.found(text.box_finding(box, limit), text.box_shown(box, inputs), notes, made, box)


def regret(
    source: Source = "levers",
    *,
    outcome: str | None = None,
    better: str | None = None,
    whom: str = "",
    points: int = POINTS,
    **how: Any,
) -> Swept:
    """Compare the policies of a sweep file by their regret at points that differ in the uncertainties.

    Parameters
    ----------
    source, **how
        As for :func:`morris`.
    outcome, better
        The outcome, and ``"lower"`` or ``"higher"``: both are needed, since no outcome counts as success by itself.
    whom
        For whom that direction is better, in words.
    points
        Points of the Latin hypercube over the uncertainties.

    Returns
    -------
    Swept
        ``table`` has a row for each policy, the smallest 90th percentile of regret first, as
        :func:`maxpressure.sweep.analysis.regret_table` describes; ``tables["regrets"]`` a row for each point.

    Raises
    ------
    InputError
        As :func:`morris`; for a missing outcome or direction, and for fewer than two policies.

    References
    ----------
    Savage, L. J. (1951). The theory of statistical decision. Journal of the American Statistical Association 46.

    Examples
    --------
    >>> from maxpressure import sweep
    >>> import tempfile
    >>> how = {"outcome": "acts", "better": "lower", "points": 2, "worlds": 2, "progress": False}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = sweep.regret("levers", out=f"{folder}/regret", **how)
    >>> len(found.table) == len(found.sweep.policies)
    True
    """
    sweep = _read(source)
    shown, direction = _wanted(sweep, outcome, better)
    if len(sweep.policies) < 2:
        given = Wrong("is missing" if not sweep.policies else "has a single table")
        allowed = "at least two tables [policies.NAME]"
        raise InputError(file=sweep.path, key="policies", given=given, allowed=allowed)
    inputs = sweep.of(UNCERTAINTY)
    cube = design.hypercube(len(inputs), points, sweep.file.seed)
    with simulated(
        sweep, "regret", sweep.policies, inputs, cube, world_sets(inputs, cube), How(**how)
    ) as done:
        own = done.outcomes[:, :, sweep.file.outcomes.index(shown)]
        labels = {policy.name: policy.label for policy in sweep.policies}
        table = regret_table(list(labels), own, direction, sweep.file.seed)
        wide = pd.DataFrame(regrets(own.mean(axis=2), direction).T, columns=list(labels))
        wide.insert(0, "point", range(points))
        cautions = text.regret_cautions(shown, direction, whom)

        def matrix(path: Path) -> None:
            notes = f"{done.notes}. {' '.join(cautions)}"
            save_regret(path, table, wide, labels, shown, direction, notes)

        made = {"regret": table, "regrets": wide}
        done.write(made, {"regret.png": matrix}, outcome=shown, better=direction, **{"for": whom})
        finding = text.regret_finding(table, labels, shown, direction)
        notes = [*cautions, text.regret_reading(table, shown)]
        return done.found(finding, [text.regret_shown(table, labels)], notes, made)


# ---- what was asked


def _read(source: Source) -> Sweep:
    return source if isinstance(source, Sweep) else read_sweep(source)


def _shown(sweep: Sweep, outcome: str | None) -> str:
    """The outcome asked about, by default the file's first."""
    if outcome is None:
        return sweep.file.outcomes[0]
    if outcome not in sweep.file.outcomes:
        allowed = f"an outcome of {sweep.path.name}: {', '.join(sweep.file.outcomes)}"
        close = nearest(outcome, sweep.file.outcomes)
        raise InputError(file="sweep", key="outcome", given=outcome, allowed=allowed, nearest=close)
    return outcome


def _check_split(sweep: Sweep, outcome: str, side: str, numbers: Floats, wanted: NDArray[np.bool_]) -> None:
    """Raise InputError, with the outcomes that occur, where hardly any point is wanted or nearly all are."""
    if min(int(wanted.sum()), int((~wanted).sum())) < FEWEST:
        low, middle, high = (text.amount(float(one)) for one in quantiles(numbers, (5, 50, 95)))
        allowed = (
            f"a limit with at least {FEWEST} points on either side: over these points {outcome} has the median "
            f"{middle}, 90 % lie from {low} to {high}, all from {text.amount(float(numbers.min()))} to "
            f"{text.amount(float(numbers.max()))}; the points are kept, so another limit takes a moment"
        )
        given = Wrong(f"is wrong: {outcome} {side} holds at {int(wanted.sum())} of {len(wanted)} points")
        raise InputError(file=sweep.path, key="limit", given=given, allowed=allowed)


def _wanted(sweep: Sweep, outcome: str | None, better: str | None) -> tuple[str, Better]:
    """The outcome and the direction that the asker calls better; neither is guessed."""
    reason = "no outcome counts as success by itself: more break-offs are not disarmament"
    if outcome is None:
        allowed = f"--outcome with one of {', '.join(sweep.file.outcomes)} ({reason})"
        raise InputError(file="sweep regret", key="outcome", given=Wrong("is missing"), allowed=allowed)
    if better not in ("lower", "higher"):
        allowed = f"--better lower or --better higher, as you judge it ({reason})"
        given = Wrong("is missing") if better is None else better
        raise InputError(file="sweep regret", key="better", given=given, allowed=allowed)
    return _shown(sweep, outcome), "lower" if better == "lower" else "higher"
