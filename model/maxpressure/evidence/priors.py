"""The prior of each parameter: its family, density and draws, read from priors.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

import numpy as np
import scipy  # it loads scipy.stats, which takes most of a second, when that is first used
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.numerics import Floats
from maxpressure.base.paths import folder
from maxpressure.base.ranges import STEEPEST
from maxpressure.base.refusal import refusal
from maxpressure.base.ties import TIES
from maxpressure.base.toml import read_toml
from maxpressure.evidence.parameters import DELAYS, limits, parameter_names

LogHazard = Annotated[
    float,
    Field(ge=-STEEPEST, le=STEEPEST, description=f"a number from -{STEEPEST:.0f} to {STEEPEST:.0f}"),
]
Positive = Annotated[float, Field(ge=1e-6, le=STEEPEST, description=f"a number from 1e-6 to {STEEPEST:.0f}")]
OnGrid = Annotated[float, Field(ge=0.0, le=STEEPEST, description=f"a number from 0 to {STEEPEST:.0f}")]
TAIL: Final = 1e-6
"""The share of a prior on either side that may lie beyond what its parameter can be; it is cut off."""


class Family(BaseModel):
    """The prior of one parameter. ``on_log_scale``: it is positive, and sampled as its logarithm."""

    on_log_scale: ClassVar[bool] = False
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    standing: Literal["estimated", "tight", "assumed", "exact"]
    reason: Annotated[str, Field(min_length=10)]


class Normal(Family):
    """Any real number."""

    family: Literal["normal"]
    mean: LogHazard
    sd: Positive

    def law(self) -> Any:
        """The distribution, as SciPy has it."""
        return scipy.stats.norm(self.mean, self.sd)


class LogNormal(Family):
    """A positive number whose logarithm is normal."""

    on_log_scale: ClassVar[bool] = True
    family: Literal["log-normal"]
    median: Positive
    sd: Positive

    def law(self) -> Any:
        """The distribution, as SciPy has it."""
        return scipy.stats.lognorm(self.sd, scale=self.median)


class HalfNormal(Family):
    """The size of a normal number around zero, and sampled as that number."""

    family: Literal["half-normal"]
    sd: Positive

    def law(self) -> Any:
        """The distribution, as SciPy has it."""
        return scipy.stats.halfnorm(scale=self.sd)


class Beta(Family):
    """A share."""

    family: Literal["beta"]
    a: Positive
    b: Positive

    def law(self) -> Any:
        """The distribution, as SciPy has it."""
        return scipy.stats.beta(self.a, self.b)


class Grid(Family):
    """One of a few values, all equally likely."""

    family: Literal["grid"]
    values: Annotated[list[OnGrid], Field(min_length=1, max_length=1000)]


Prior = Normal | LogNormal | HalfNormal | Beta | Grid
FAMILIES: Final[tuple[type[Family], ...]] = get_args(Prior)
_PRIOR: Final[TypeAdapter[Prior]] = TypeAdapter(Annotated[Prior, Field(discriminator="family")])
PRIORS: Final = "priors.toml"
IN_LIKELIHOOD: Final = ("estimated", "tight")
FITTED: Final = ("normal", "log-normal", "half-normal", "grid")
"""Families of the parameters in the likelihood."""
EXACT: Final = ("chi", "psi")
"""Their posterior is a beta distribution in closed form."""


@dataclass(frozen=True, slots=True)
class Priors:
    """The prior of every parameter, by the names of :func:`parameters.parameter_names` and in their order."""

    by_name: Mapping[str, Prior]

    def of(self, *standings: str) -> tuple[str, ...]:
        """The names of the parameters of these standings."""
        return tuple(name for name, prior in self.by_name.items() if prior.standing in standings)

    def estimated(self, *names: str) -> Priors:
        """The priors with these parameters in the likelihood, whatever their standing."""
        found = dict(self.by_name)
        for name in names:
            if found[name].standing not in IN_LIKELIHOOD:
                found[name] = found[name].model_copy(update={"standing": "estimated"})
        return Priors(found)

    def draw(self, names: tuple[str, ...], count: int, rng: np.random.Generator) -> Floats:
        """Draws from the priors of some parameters, (count, names), none beyond what the parameter can be."""
        columns = []
        for name in names:
            prior = self.by_name[name]
            if isinstance(prior, Grid):
                columns.append(rng.choice(prior.values, size=count))
            else:
                drawn = prior.law().rvs(size=count, random_state=rng)
                columns.append(np.clip(drawn, *limits(name)))
        return np.stack(columns, axis=1)

    def centre(self, name: str) -> float:
        """The prior's median; of a grid, its last value."""
        prior = self.by_name[name]
        return float(prior.values[-1] if isinstance(prior, Grid) else prior.law().median())

    def sd(self, name: str) -> float:
        """The prior's standard deviation."""
        prior = self.by_name[name]
        return float(np.std(prior.values) if isinstance(prior, Grid) else prior.law().std())


def load_priors(path: Path | None = None) -> Priors:
    """Read a file of priors (ours, if none is given); raises InputError naming what is wrong and where."""
    path = folder("calibration") / PRIORS if path is None else Path(path)
    given = dict(_flat(read_toml(path)))
    names = parameter_names()
    for name in given:
        if name not in names:
            allowed, close = "the name of a parameter", nearest(name, names)
            raise InputError(file=path, key=name, given=name, allowed=allowed, nearest=close)
    priors = {name: _prior(path, name, given.get(name)) for name in names}
    for name, prior in priors.items():
        _check_use(path, name, prior)
        _check_support(path, name, prior)
    return Priors(priors)


def priors_of(case: Path) -> Priors:
    """The priors of the case in a folder, or ours where it has none of its own."""
    own = case / PRIORS
    return load_priors(own if own.is_file() else None)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Tables under a tie's name get a dotted name; all others keep their own."""
    for name, entry in table.items():
        if isinstance(entry, dict) and set(entry) <= set(TIES):
            yield from ((f"{name}.{tie}", inner) for tie, inner in entry.items())
        else:
            yield name, entry


def _prior(path: Path, name: str, given: Any) -> Prior:
    try:
        return _PRIOR.validate_python(given)
    except ValidationError as error:
        named = given.get("family") if isinstance(given, dict) else None
        family = next(
            (one for one in FAMILIES if get_args(one.model_fields["family"].annotation) == (named,)), Family
        )
        raise refusal(error, family, path, within=tuple(name.split("."))) from None


def _check_use(path: Path, name: str, prior: Prior) -> None:
    """Refuse a family or a standing for which the posterior of this parameter cannot be computed."""
    families: tuple[str, ...] = ("beta",)
    standings: tuple[str, ...] = ("exact", "assumed")
    if name.partition(".")[0] not in EXACT:
        families, standings = FITTED, (*IN_LIKELIHOOD, "assumed")
        families += () if prior.standing in IN_LIKELIHOOD else ("beta",)
    for key, given, known in (("family", prior.family, families), ("standing", prior.standing, standings)):
        if given not in known:
            allowed = f"one of {', '.join(known)} for this parameter"
            raise InputError(file=path, key=f"{name}.{key}", given=given, allowed=allowed)


def _check_support(path: Path, name: str, prior: Prior) -> None:
    """Refuse a prior that gives values its parameter cannot take, but for the last bit of its tails."""
    ends = prior.values if isinstance(prior, Grid) else prior.law().ppf([TAIL, 1.0 - TAIL]).tolist()
    lowest, highest = limits(name)
    whole = name in DELAYS
    for end in ends:
        broken = whole and (not isinstance(prior, Grid) or end % 1 != 0)
        if broken or not lowest <= end <= highest:
            given = Wrong(f"is {prior.family}, which gives {end:.3g}")
            allowed = f"a {'grid of whole' if whole else 'prior of'} numbers from {lowest:g} to {highest:g}"
            raise InputError(file=path, key=f"{name}.family", given=given, allowed=allowed)


def column(name: str) -> int:
    """The index of a parameter in a row of numbers (:func:`maxpressure.engine.arrays.parameter_row`)."""
    return parameter_names().index(name)
