"""Sweep files: which inputs are moved between which values, and why; which outcomes, which policies.

Levers are what a sender or target could set, uncertainties what nobody sets. A point has a number between 0 and 1 for
each input, which :meth:`Input.value` turns into a value between the ends of its range. The dummy is the last input: it
decides only which worlds are simulated, so whatever seems to follow from it is the noise of so few worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from pydantic import BaseModel, Field, ValidationError, model_validator

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.numerics import Floats
from maxpressure.base.paths import folder, user_path
from maxpressure.base.ranges import Share, refused
from maxpressure.base.refusal import refusal
from maxpressure.base.rng import SEED_LIMIT
from maxpressure.base.toml import dotted, read_toml
from maxpressure.evidence.assumptions import Assumptions
from maxpressure.evidence.parameters import TIE_PARAMETERS, Parameters, parameter_names
from maxpressure.evidence.posterior import NAMED, Chosen, choose
from maxpressure.experiments.experiment import put
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.model.case import Case, case_or_shipped
from maxpressure.scenario import Scenario, as_wanted, check
from maxpressure.scenario.fields import Entries, FilledLine, Kept, Line, Reason, Section, Words
from maxpressure.scenario.scenario import merged, plain, validated

SHIPPED: Final = "sweeps"
DUMMY: Final = "dummy"
MEASURED: Final = tuple(
    name for name in OUTCOMES if not name.startswith("week_of_act_") and name != "log_probability"
)
"""Outcomes that every world has; a milestone that was never reached has no mean."""

End = Annotated[float, Field(ge=-1e9, le=1e9)]  # so that the length of a range stays finite


class InputRange(Section):
    """One input: between which values it is moved, what it is, and why between these.

    Either ``low`` and ``high``, evenly between them, or two ``quantiles`` of a parameter's posterior, and the
    posterior between them.
    """

    label: FilledLine = Field(description="a few words for tables and pictures, in quotes")
    low: End | None = Field(default=None, description="a number from -1e9 to 1e9")
    high: End | None = Field(default=None, description="a number above low, at most 1e9")
    quantiles: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="two rising numbers from 0 to 1, such as [0.05, 0.95]"
    )
    whole: bool = Field(default=False, description="true where only whole numbers make sense, or false")
    what: Reason = Field(description="a sentence in quotes that says what is moved, and in which unit")
    why: Reason = Field(description="a sentence in quotes that says why between these values")

    @model_validator(mode="after")
    def _one_rising_range(self) -> InputRange:
        if self.quantiles is not None and (self.low is not None or self.high is not None):
            raise refused(("quantiles",), self.quantiles, "either low and high, or quantiles")
        if self.quantiles is not None and self.whole:
            raise refused(
                ("whole",), self.whole, "false beside quantiles, which are of a number without steps"
            )
        if self.quantiles is None and self.low is None:
            raise refused(("low",), "nothing", "low and high, or quantiles")
        low, high = self.ends
        if not low < high:
            key = "high" if self.quantiles is None else "quantiles"
            raise refused((key,), high, f"a number above {low:g}")
        if self.whole and (low % 1 or high % 1):
            raise refused(("whole",), self.whole, "true only between whole numbers")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Low and high, of the values or of the quantiles."""
        if self.quantiles is not None:
            return self.quantiles[0], self.quantiles[1]
        low = 0.0 if self.low is None else self.low
        return low, low if self.high is None else self.high


class PolicyEntry(Section):
    """A policy: a scenario by its name or path, or the base; with settings of levers, which the base must have."""

    label: FilledLine = Field(description="a few words for tables and pictures, in quotes")
    scenario: Line | None = Field(default=None, description="the name of a scenario in quotes")
    levers: Annotated[Mapping[str, float | bool], Kept] = Field(
        default=Entries({}), description='a table of levers with a number each, such as "campaign.scale" = 0'
    )

    @model_validator(mode="after")
    def _something_of_its_own(self) -> PolicyEntry:
        if self.scenario is None and not self.levers:
            raise refused((), "neither", "a scenario, or a table of levers, or both")
        return self


class SweepFile(Section):
    """The keys of a sweep file."""

    title: FilledLine = Field(description="one line of text in quotes")
    question: FilledLine = Field(description="one line of text in quotes")
    why: str = Field(default="", description="text in quotes")
    base: FilledLine = Field(default="max-pressure-2017", description="the name of a scenario in quotes")
    edits: dict[str, Any] = Field(
        default_factory=dict,
        description="keys of a scenario, which hold at every point and under every policy that does not set them",
    )
    parameters: Line = Field(default="posterior", description='"posterior", "map" or the path of a file')
    worlds: int = Field(default=20, ge=2, le=10_000, description="a whole number from 2 to 10000")
    regret_worlds: int = Field(default=100, ge=2, le=10_000, description="a whole number from 2 to 10000")
    seed: int = Field(default=2017, ge=0, lt=SEED_LIMIT, description="a whole number from 0 to 2^63 - 1")
    outcomes: Words = Field(
        min_length=1, description=f"a list of outcomes, each one of {', '.join(MEASURED)}"
    )
    levers: Annotated[Mapping[str, InputRange], Kept] = Field(
        default=Entries({}), description="a table for each lever"
    )
    uncertainties: Annotated[Mapping[str, InputRange], Kept] = Field(
        default=Entries({}), description="a table for each uncertainty"
    )
    policies: Annotated[Mapping[str, PolicyEntry], Kept] = Field(
        default=Entries({}), description="a table for each policy"
    )

    @model_validator(mode="after")
    def _inputs_of_their_own(self) -> SweepFile:
        for name in self.uncertainties:
            if name in self.levers:
                raise refused(("uncertainties", name), name, "a lever or an uncertainty, not both")
        for role in ("levers", "uncertainties"):
            if DUMMY in getattr(self, role):
                raise refused((role, DUMMY), DUMMY, "another name: the dummy is added by the program")
        if not self.levers and not self.uncertainties:
            raise refused((), "no input", "at least one lever or uncertainty")
        return self


def shipped_sweeps() -> dict[str, Path]:
    """The sweeps that come with the package, by name."""
    return {path.stem: path for path in sorted((folder("scenarios") / SHIPPED).glob("*.toml"))}


def found_sweep(source: str | Path) -> Path:
    """The file of a shipped sweep by its name, or at a path."""
    shipped = shipped_sweeps()
    if str(source) in shipped:
        return shipped[str(source)]
    path = user_path(source, file="sweep", key="file")
    if path.is_file():
        return path
    given, allowed = Wrong("is not there"), f"a file, or one of the shipped sweeps {', '.join(shipped)}"
    close = nearest(str(source), shipped)
    raise InputError(file=str(source), key="file", given=given, allowed=allowed, nearest=close)


def parsed_sweep(path: Path) -> SweepFile:
    """The file's keys, each of its kind; raises InputError naming the first that is not."""
    try:
        given = SweepFile.model_validate(read_toml(path))
    except ValidationError as error:
        raise refusal(error, SweepFile, str(path)) from None
    for index, name in enumerate(given.outcomes):
        if name not in MEASURED:
            allowed, close = f"one of {', '.join(MEASURED)}", nearest(name, MEASURED)
            raise InputError(file=path, key=f"outcomes[{index}]", given=name, allowed=allowed, nearest=close)
    return given


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

    def value(self, at: float) -> float:
        """The input's value at a number between 0 and 1."""
        if self.whole:
            values = round(self.high - self.low) + 1
            return self.low + min(int(at * values), values - 1)
        level = self.low + at * (self.high - self.low)
        return level if self.drawn is None else float(np.quantile(self.drawn, level))

    def reached(self, at: float) -> float:
        """How far across its range the input is: the number itself, or where its whole number lies between the ends."""
        return (self.value(at) - self.low) / (self.high - self.low) if self.whole else at


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
    case = case_or_shipped(case)
    base = _beside(case, path, given.base).but(name=path.stem, **given.edits)
    check(base, case.vocabulary(), f"{path}: edits")
    named = given.parameters in NAMED
    chosen = choose(given.parameters if named else path.parent / given.parameters, place=case.place)
    inputs = [_input(case, path, LEVER, name, one, chosen) for name, one in given.levers.items()]
    inputs += [
        _input(case, path, UNCERTAINTY, name, one, chosen) for name, one in given.uncertainties.items()
    ]
    dummy = Input(name=DUMMY, role=DUMMY, label="dummy (other random numbers)", low=0.0, high=1.0)
    sweep = Sweep(
        path=path,
        text=path.read_text(encoding="utf-8-sig"),
        file=given,
        case=case,
        base=base,
        chosen=chosen,
        inputs=(*inputs, dummy),
        policies=(),
    )
    for one in inputs:
        _try(sweep, one)
    return replace(sweep, policies=tuple(policy_of(sweep, name, one) for name, one in given.policies.items()))


def _beside(case: Case, path: Path, name: str) -> Scenario:
    """A scenario by its name, or by its path as seen from the sweep file."""
    return case.scenario(path.parent / name if name.endswith(".toml") else name)


def _input(case: Case, path: Path, role: str, name: str, one: InputRange, chosen: Chosen) -> Input:
    """The input with what it needs to turn a number between 0 and 1 into a value."""
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
        raise InputError(
            file=path, key=f"{key}.quantiles", given=Wrong("has one set of parameters"), allowed=allowed
        )
    return Input(**common, drawn=np.sort([number_of(draw, number) for draw in chosen.draws]))


def number_of(parameters: Parameters, name: str) -> float:
    """A single number by the name under which it can be overridden."""
    field, _, tie = name.partition(".")
    value = getattr(parameters, field)
    return float(value[TIE_PARAMETERS[field].index(tie)] if tie else value)


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


def policy_of(sweep: Sweep, name: str, one: PolicyEntry) -> Policy:
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
    moved = dotted(("levers" if one.role == LEVER else "uncertainties", one.name))
    if not one.whole and not isinstance(as_wanted(one.name, 1.0), float):
        allowed = "true, since the key holds whole numbers or a switch"
        raise InputError(file=sweep.path, key=f"{moved}.whole", given=False, allowed=allowed)
    for end, at in (("low", 0.0), ("high", 1.0)):
        try:
            _, scenario = changed(sweep, sweep.base, (one,), (at,))
            check(scenario, sweep.case.vocabulary())
        except InputError as fault:
            key, given, allowed = moved if fault.nearest else f"{moved}.{end}", fault.given, fault.allowed
            close = fault.nearest
            raise InputError(file=sweep.path, key=key, given=given, allowed=allowed, nearest=close) from None


def changed(
    sweep: Sweep, scenario: Scenario, inputs: Sequence[Input], point: Sequence[float]
) -> tuple[Case, Scenario]:
    """The case and the scenario at a point: each input at its number; the dummy changes neither."""
    moved = [(one, one.value(at)) for one, at in zip(inputs, point, strict=True) if one.role != DUMMY]
    return with_values(sweep, scenario, moved)


def with_values(
    sweep: Sweep, scenario: Scenario, moved: Iterable[tuple[Input, float]]
) -> tuple[Case, Scenario]:
    """The case and the scenario with inputs at these values."""
    changes: dict[str, Any] = {}
    assumptions = sweep.case.assumptions
    for one, value in moved:
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
        try:
            return type(part).model_validate(
                {**dict(part), first: _replaced(getattr(part, first), rest, value)}
            )
        except ValidationError as error:
            raise refusal(error, type(part), "assumptions") from None
    return {**part, first: _replaced(part[first], rest, value)}
