"""The ensemble as a model of EMA Workbench, with the levers, uncertainties and outcomes of a sweep file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from maxpressure.base.errors import InputError, nearest, not_installed
from maxpressure.base.numerics import Floats
from maxpressure.model.case import Case, prepare
from maxpressure.scenario import Scenario
from maxpressure.sweep.design import outcomes_of, simulate_each
from maxpressure.sweep.files import (
    LEVER,
    UNCERTAINTY,
    Input,
    PolicyEntry,
    Sweep,
    policy_of,
    read_sweep,
    with_values,
)

if TYPE_CHECKING:
    from maxpressure.sweep.ema_classes import EnsembleModel

WHERE: Final = "ema_model"
COURSE: Final = "named_scenario"
"""The lever whose categories are named scenarios."""

DIRECTIONS: Final = ("lower", "higher")


def ema_model(
    source: str | Path = "levers",
    *,
    scenarios: Sequence[str | Path] | None = None,
    worlds: int | None = None,
    better: Mapping[str, str] | None = None,
    case: Case | None = None,
) -> EnsembleModel:
    """The ensemble as an EMA Workbench model: levers, uncertainties, constants and outcomes of a sweep file.

    Parameters
    ----------
    source : str or Path
        A sweep file, or the name of a shipped one: its base, edits, ranges and outcomes.
    scenarios : sequence of str or Path, optional
        Two scenarios or more. They become the categories of one lever, ``named_scenario``, in place of the file's
        levers; the file's window and edits hold under each.
    worlds : int, optional
        Worlds of each design, by default as the file says.
    better : mapping of str to {"lower", "higher"}, optional
        Outcomes to optimise over, each with the direction that is sought. No outcome is sought by default, since none
        counts as success by itself.
    case : Case, optional
        The case, by default the shipped one.

    Returns
    -------
    EnsembleModel
        An ``ema_workbench.Model``. Its outcomes are the mean of each outcome of the file over the worlds of a design,
        and its Monte Carlo error, ``OUTCOME_mcse``. Its constants are ``seed`` and ``worlds``. Its method
        ``evaluator()`` gives an evaluator that simulates all designs of a call together.

    Raises
    ------
    InputError
        For a faulty file, an unknown scenario, outcome or direction, and where EMA Workbench is not installed.

    Notes
    -----
    World w has the same random numbers and the same posterior draw in every design (common random numbers), so that
    the difference between two designs is due to their inputs. The numbers are those of ``maxpressure sweep`` at the
    same values and of ``maxpressure run``, to the bit.

    References
    ----------
    Kwakkel, J. H. (2017). The Exploratory Modeling Workbench. Environmental Modelling & Software 96, 239-250.

    Examples
    --------
    >>> import maxpressure as mp
    >>> model = mp.ema_model(worlds=2, better={"acts": "higher"})
    >>> [lever.name for lever in model.levers][:2]
    ['campaign.scale', 'requests.scale']
    """
    try:
        from ema_workbench import CategoricalParameter, Constant, ScalarOutcome

        from maxpressure.sweep.ema_classes import EnsembleModel
    except ModuleNotFoundError as missing:
        raise not_installed(missing.name or "ema_workbench", "explore", WHERE) from None
    sweep = read_sweep(source, case=case)
    file = sweep.file
    directions = _directions(better or {}, file.outcomes)
    courses = None if scenarios is None else _courses(sweep, scenarios)
    count = file.worlds if worlds is None else worlds
    if count not in range(2, 10_001):
        raise InputError(file=WHERE, key="worlds", given=worlds, allowed="a whole number from 2 to 10000")
    moved = [
        one for one in sweep.inputs if one.role == UNCERTAINTY or (one.role == LEVER and courses is None)
    ]
    designs = Designs(sweep, courses or {"": sweep.base}, {one.name: one for one in moved})
    model = EnsembleModel("maxpressure", designs.simulated)
    model.uncertainties = [_parameter(one) for one in moved if one.role == UNCERTAINTY]
    model.levers = [_parameter(one) for one in moved if one.role == LEVER]
    if courses is not None:
        model.levers = [CategoricalParameter(COURSE, list(courses))]
    model.constants = [Constant("seed", file.seed), Constant("worlds", count)]
    kinds = {"lower": ScalarOutcome.MINIMIZE, "higher": ScalarOutcome.MAXIMIZE, "": ScalarOutcome.INFO}
    model.outcomes = [
        *(ScalarOutcome(name, kind=kinds[directions.get(name, "")]) for name in file.outcomes),
        *(ScalarOutcome(f"{name}_mcse") for name in file.outcomes),
    ]
    return model


def _directions(better: Mapping[str, str], outcomes: Sequence[str]) -> Mapping[str, str]:
    """The directions as given; raises InputError for an unknown outcome or direction."""
    for name, direction in better.items():
        for given, known in ((name, outcomes), (direction, DIRECTIONS)):
            if given not in known:
                close = nearest(str(given), known)
                allowed = f"one of {', '.join(known)}"
                raise InputError(file=WHERE, key="better", given=given, allowed=allowed, nearest=close)
    return better


def _courses(sweep: Sweep, scenarios: Sequence[str | Path]) -> dict[str, Scenario]:
    """The named scenarios over the weeks of the file and with its edits, by name."""
    found: dict[str, Scenario] = {}
    for source in [scenarios] if isinstance(scenarios, str | Path) else scenarios:
        path = Path(source)
        named = str(path.resolve()) if path.suffix == ".toml" else str(source)
        name = path.stem if path.suffix == ".toml" else named
        found[name] = policy_of(sweep, name, PolicyEntry(label=name, scenario=named)).scenario
    if len(found) < 2:
        allowed = "two scenarios or more, of different names; one alone is the `base` of a sweep file"
        raise InputError(file=WHERE, key="scenarios", given=", ".join(found) or "none", allowed=allowed)
    return found


def _parameter(one: Input) -> Any:
    """An input as the workbench has it."""
    from ema_workbench import IntegerParameter, RealParameter

    from maxpressure.sweep.ema_classes import BetweenQuantiles

    if one.whole:
        return IntegerParameter(one.name, int(one.low), int(one.high))
    if one.drawn is not None:
        return RealParameter.from_dist(one.name, BetweenQuantiles(one)(), pff=False)
    return RealParameter(one.name, one.low, one.high)


class Designs:
    """Simulates designs: values of inputs by their names, beside ``seed`` and ``worlds``."""

    def __init__(self, sweep: Sweep, courses: Mapping[str, Scenario], inputs: Mapping[str, Input]) -> None:
        self.sweep, self.courses, self.inputs = sweep, courses, inputs
        self.like = {name: prepare(sweep.case, scenario) for name, scenario in courses.items()}

    def simulated(self, designs: Sequence[Mapping[str, Any]], workers: int | None) -> list[dict[str, float]]:
        """The mean of each outcome and its Monte Carlo error, for each design."""
        outcomes = self.sweep.file.outcomes
        found = simulate_each(
            lambda _, number: self._at(designs[number]),
            ["designs"],
            len(designs),
            workers=workers,
            progress=False,
        )
        names = [*outcomes, *(f"{name}_mcse" for name in outcomes)]
        return [dict(zip(names, one.ravel().tolist(), strict=True)) for one in found]

    def _at(self, design: Mapping[str, Any]) -> Floats:
        """Means and errors at one design, (2, outcomes)."""
        seed, worlds, course = (design.get(name, "") for name in ("seed", "worlds", COURSE))
        values = {name: value for name, value in design.items() if name not in ("seed", "worlds", COURSE)}
        for name in values:
            if name not in self.inputs:
                close = nearest(name, self.inputs)
                allowed = "an input of the sweep file"
                raise InputError(file=WHERE, key="design", given=name, allowed=allowed, nearest=close)
        moved = [(self.inputs[name], float(value)) for name, value in values.items()]
        case, scenario = with_values(self.sweep, self.courses[course], moved)
        situation = prepare(case, scenario, like=self.like[course])
        found = outcomes_of(self.sweep, situation, 0, int(worlds), int(seed))
        return np.stack([found.mean(axis=1), found.std(axis=1, ddof=1) / np.sqrt(found.shape[1])])
