"""Sweep files: which inputs are moved between which values, and why; which outcomes, which policies.

In the words of XLRM: levers are what a sender or target could set, uncertainties what nobody sets, the
relationship is the model's rule, measures are the outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError, model_validator

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.paths import folder
from maxpressure.base.toml import read_toml
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.scenario.entries import Entries, FilledLine, Kept, Line, Reason, Section, Words, refused
from maxpressure.scenario.errors import refusal

SHIPPED: Final = "sweeps"
DUMMY: Final = "dummy"
MEASURED: Final = tuple(
    name for name in OUTCOMES if not name.startswith("week_of_act_") and name != "log_probability"
)
"""Outcomes that every world has; a milestone that was never reached has no mean."""

Quantile = Annotated[float, Field(ge=0, le=1)]


class InputRange(Section):
    """One input: between which values it is moved, what it is, and why between these.

    Either ``low`` and ``high``, evenly between them, or two ``quantiles`` of a parameter's posterior, and the
    posterior between them.
    """

    label: FilledLine = Field(description="a few words for tables and pictures, in quotes")
    low: float | None = Field(default=None, description="a number")
    high: float | None = Field(default=None, description="a number above low")
    quantiles: Annotated[list[Quantile], Field(min_length=2, max_length=2)] | None = Field(
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
    levers: Annotated[Mapping[str, float], Kept] = Field(
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
    replicates: int = Field(default=20, ge=2, le=10_000, description="a whole number from 2 to 10000")
    regret_replicates: int = Field(default=100, ge=2, le=10_000, description="a whole number from 2 to 10000")
    seed: int = Field(default=2017, ge=0, description="a whole number of 0 or more")
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
    path = Path(source).expanduser()
    if path.is_file():
        return path
    given, allowed = "no such file", f"a file, or one of the shipped sweeps {', '.join(shipped)}"
    close = nearest(str(source), shipped)
    raise InputError(file=str(source), key="file", given=given, allowed=allowed, nearest=close)


def parsed_sweep(path: Path) -> SweepFile:
    """The file's keys, each of its kind; raises InputError naming the first that is not."""
    try:
        given = SweepFile.model_validate(read_toml(path))
    except ValidationError as error:
        raise refusal(error, SweepFile, str(path)) from None
    for place, name in enumerate(given.outcomes):
        if name not in MEASURED:
            allowed, close = f"one of {', '.join(MEASURED)}", nearest(name, MEASURED)
            raise InputError(file=path, key=f"outcomes[{place}]", given=name, allowed=allowed, nearest=close)
    return given
