"""The inputs of a sweep: what a number between 0 and 1 means for each, and what a point changes in the case.

A point is a number between 0 and 1 for each input. The dummy is the last input: it decides nothing but which
worlds are lived, so whatever seems to follow from it is the noise of so few worlds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.ties import TIES
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.parameters import Parameters, parameter_names
from maxpressure.evidence.posterior import NAMED, Chosen, choose
from maxpressure.experiments.experiment_file import put
from maxpressure.model.case import Case, load_case
from maxpressure.scenario import Scenario, check
from maxpressure.scenario.errors import dotted
from maxpressure.scenario.scenario import merged, plain, validated
from maxpressure.sweep.files import DUMMY, InputRange, PolicyEntry, SweepFile, found_sweep, parsed_sweep

Floats = NDArray[np.float64]

LEVER, UNCERTAINTY = "lever", "uncertainty"
SWEPT: Final = ("shocks", "requests", "engagement", "outreach", "incidents", "memory_weeks", "mandates")
"""Tables of the assumptions whose numbers may be moved: they shape dated inputs, and no state."""

ASSUMED: Final = "assumptions."


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A lever, an uncertainty or the dummy; ``drawn`` holds a parameter's posterior draws in rising order."""

    name: str
    role: str
    label: str
    low: float
    high: float
    whole: bool = False
    drawn: Floats | None = None

    def value(self, place: float) -> float:
        """The input's value at a place between 0 and 1."""
        if self.whole:
            values = round(self.high - self.low) + 1
            return self.low + min(int(place * values), values - 1)
        level = self.low + place * (self.high - self.low)
        return level if self.drawn is None else float(np.quantile(self.drawn, level))

    def reached(self, place: float) -> float:
        """How far across its range the input stands: the place, or where its whole number lies between the ends."""
        return (self.value(place) - self.low) / (self.high - self.low) if self.whole else place


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named scenario, or the base with some levers set."""

    name: str
    label: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A sweep file, read and checked against the case."""

    path: Path
    text: str
    file: SweepFile
    case: Case
    base: Scenario
    chosen: Chosen
    inputs: tuple[Input, ...]
    policies: tuple[Policy, ...]

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.path.stem

    def of(self, *roles: str) -> tuple[Input, ...]:
        """The inputs that play these parts, and the dummy."""
        return tuple(one for one in self.inputs if one.role in (*roles, DUMMY))


def read_sweep(source: str | Path = "levers", *, case: Case | None = None) -> Sweep:
    """The sweep in a file, or the shipped one of this name, its inputs tried at both ends of their ranges.

    Raises InputError naming the file, the key, what was given, what is allowed and the nearest known word.
    """
    path = found_sweep(source)
    given = parsed_sweep(path)
    case = load_case() if case is None else case
    base = _beside(case, path, given.base).but(name=path.stem, **given.edits)
    check(base, case.vocabulary(), f"{path}: edits")
    named = given.parameters in NAMED
    chosen = choose(given.parameters if named else path.parent / given.parameters, place=case.place)
    inputs = [_input(case, path, LEVER, name, one, chosen) for name, one in given.levers.items()]
    inputs += [
        _input(case, path, UNCERTAINTY, name, one, chosen) for name, one in given.uncertainties.items()
    ]
    luck = Input(name=DUMMY, role=DUMMY, label="dummy (luck alone)", low=0.0, high=1.0)
    sweep = Sweep(
        path=path,
        text=path.read_text(encoding="utf-8-sig"),
        file=given,
        case=case,
        base=base,
        chosen=chosen,
        inputs=(*inputs, luck),
        policies=(),
    )
    for one in inputs:
        _try(sweep, one)
    return replace(sweep, policies=tuple(_policy(sweep, name, one) for name, one in given.policies.items()))


def _beside(case: Case, path: Path, name: str) -> Scenario:
    """A scenario by its name, or by its path as seen from the sweep file."""
    return case.scenario(path.parent / name if name.endswith(".toml") else name)


def _input(case: Case, path: Path, role: str, name: str, one: InputRange, chosen: Chosen) -> Input:
    """The input with what it needs to turn a place into a value."""
    section = "levers" if role == LEVER else "uncertainties"
    key = dotted((section, name))
    if name.startswith(ASSUMED):
        known = assumed_numbers(case.assumptions)
        if name not in known:
            allowed, close = "the name of an assumed number that shapes dated inputs", nearest(name, known)
            raise InputError(file=path, key=key, given=name, allowed=allowed, nearest=close)
    low, high = one.ends
    common: dict[str, Any] = {"name": name, "role": role, "label": one.label, "low": low, "high": high}
    if one.quantiles is None:
        return Input(**common, whole=one.whole)
    number = name.removeprefix("parameters.")
    if number == name or number not in parameter_names():
        given, allowed = name, "quantiles for a parameter only, such as parameters.beta_shock"
        close = nearest(name, [f"parameters.{known}" for known in parameter_names()])
        raise InputError(file=path, key=f"{key}.quantiles", given=given, allowed=allowed, nearest=close)
    if len(chosen.draws) < 2:
        allowed = 'low and high, or parameters = "posterior"'
        raise InputError(file=path, key=f"{key}.quantiles", given="one set of parameters", allowed=allowed)
    return Input(**common, drawn=np.sort([number_of(draw, number) for draw in chosen.draws]))


def number_of(parameters: Parameters, name: str) -> float:
    """A single number by the name under which it can be overridden."""
    field, _, tie = name.partition(".")
    value = getattr(parameters, field)
    return float(value[TIES.index(tie)] if tie else value)


def assumed_numbers(assumptions: Assumptions) -> dict[str, tuple[str, ...]]:
    """The numbers that may be moved, each by its dotted name, and the way that leads to it."""
    return {
        ASSUMED + ".".join(way): way
        for table in SWEPT
        for way in _ways(getattr(assumptions, table), (table,))
    }


def _ways(part: Any, above: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    if isinstance(part, BaseModel):
        part = {name: getattr(part, name) for name in type(part).model_fields}
    if isinstance(part, Mapping):
        return [way for name, inner in part.items() for way in _ways(inner, (*above, name))]
    return [above] if isinstance(part, float) else []


def _policy(sweep: Sweep, name: str, one: PolicyEntry) -> Policy:
    """The policy's scenario or the base, with the policy's levers; it sets nothing that is uncertain.

    The file's edits hold under a scenario too, its own keys before theirs. Raises InputError where the result is
    no scenario.
    """
    case, path, base, given = sweep.case, sweep.path, sweep.base, sweep.file
    key = dotted(("policies", name))
    scenario = base
    if one.scenario is not None:
        named = _beside(case, path, one.scenario)
        edits = named.edits()
        for uncertain in given.uncertainties:
            section, _, rest = uncertain.partition(".")
            if section in edits and (not rest or rest in edits[section]):
                allowed = (
                    f"a scenario that leaves {uncertain} alone: worlds differ in it, whatever the policy"
                )
                raise InputError(file=path, key=f"{key}.scenario", given=one.scenario, allowed=allowed)
        window = {"start": base.window.start, "weeks": base.window.weeks}
        scenario = validated(merged(given.edits, plain(named)), f"{path}: {key}").but(window=window)
        check(scenario, case.vocabulary(), f"{path}: {key}, with [edits]")
    changes: dict[str, Any] = {}
    for lever, value in one.levers.items():
        at = dotted(("policies", name, "levers", lever))
        if lever not in given.levers:
            close = nearest(lever, given.levers)
            raise InputError(file=path, key=at, given=lever, allowed="a lever of this file", nearest=close)
        low, high = given.levers[lever].ends
        if not low <= value <= high:
            raise InputError(file=path, key=at, given=value, allowed=f"{low:g} to {high:g}, as [levers] says")
        put(changes, lever, value, reason=f"policy {name}", file=path)
    return Policy(name=name, label=one.label, scenario=scenario.but(name=name, **changes))


def _try(sweep: Sweep, one: Input) -> None:
    """The input at both ends; raises InputError under the file's own key where the model cannot take it."""
    section = "levers" if one.role == LEVER else "uncertainties"
    for end, place in (("low", 0.0), ("high", 1.0)):
        try:
            _, scenario = changed(sweep, sweep.base, (one,), (place,))
            check(scenario, sweep.case.vocabulary())
        except InputError as fault:
            key = dotted((section, one.name)) if fault.nearest else f"{dotted((section, one.name))}.{end}"
            raise InputError(
                file=sweep.path, key=key, given=fault.given, allowed=fault.allowed, nearest=fault.nearest
            ) from None


def changed(
    sweep: Sweep, scenario: Scenario, inputs: Sequence[Input], places: Sequence[float]
) -> tuple[Case, Scenario]:
    """The case and the scenario at a point: each input at its place; the dummy changes neither."""
    changes: dict[str, Any] = {}
    assumptions = sweep.case.assumptions
    for one, place in zip(inputs, places, strict=True):
        if one.role == DUMMY:
            continue
        value = one.value(place)
        if one.name.startswith(ASSUMED):
            way = one.name.removeprefix(ASSUMED)
            assumptions = _replaced(assumptions, assumed_numbers(assumptions)[ASSUMED + way], value)
        else:
            number = round(value) if one.whole else value
            put(changes, one.name, number, reason=f"swept by {sweep.name}", file=sweep.path)
    case = Case(sweep.case.evidence, assumptions)
    return case, scenario.but(**changes) if changes else scenario


def _replaced(part: Any, way: Sequence[str], value: float) -> Any:
    """The assumptions, or a part of them, with one number replaced and all else shared."""
    if not way:
        return value
    first, *rest = way
    if isinstance(part, BaseModel):
        return part.model_copy(update={first: _replaced(getattr(part, first), rest, value)})
    return {**part, first: _replaced(part[first], rest, value)}
