"""What the model assumes: the numbers of ``calibration/assumptions.toml``, each with its reason, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from maxpressure.base.errors import InputError, Wrong, going_on, settle
from maxpressure.base.paths import folder
from maxpressure.base.ranges import Day, Factor, Listed, Money, Once, Share, Spreads, Weeks, Weight
from maxpressure.base.refusal import refusals
from maxpressure.base.ties import FULL
from maxpressure.base.toml import read_toml
from maxpressure.evidence.schema import KINDS, PROVOCATIONS, Iso3, Kind, Quality

Reason = Annotated[str, Field(min_length=10)]
Words = Annotated[tuple[str, ...], Listed, Once]
Codes = Annotated[tuple[Iso3, ...], Listed, Once]

SIZED: Final[Mapping[str, str]] = {
    **dict.fromkeys(PROVOCATIONS, "shocks"),
    **dict.fromkeys(
        ("us_campaign_diplomacy", "rok_japan_measure", "us_designation", "eu_measure"), "requests"
    ),
    **dict.fromkeys(("thaw", "summit"), "engagement"),
    "target_outreach": "outreach",
    "incident": "incidents",
}
"""The table that says what one input of a kind counts for; the other kinds act through steps or mandates alone."""


class Entry(BaseModel):
    """A frozen table of the file; keys that are not its own are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, strict=True)


class CaseNames(Entry):
    """The target, the patrons that shield it, and the principals that campaign; the last two are no third states."""

    name: str
    target: Iso3
    patrons: Annotated[
        Codes, Field(min_length=1, description="ISO 3166-1 codes of three capital letters, at least one")
    ]
    principals: Codes


class RecordSpan(Entry):
    """The days that the tables cover; ``origin`` is the Monday of week 0.

    What is fitted ends with ``fitted_until``, a Sunday; without it with the acts.
    """

    origin: Day
    fitted_until: Day | None = None
    acts_until: Day
    inputs_until: Day

    @model_validator(mode="after")
    def in_order(self) -> RecordSpan:
        """Weeks begin on Mondays, and the record of inputs reaches at least as far as that of acts."""
        if self.origin.weekday() != 0:
            raise ValueError("an origin that is a Monday")
        if not self.origin < self.acts_until <= self.inputs_until:
            raise ValueError("dates in the order origin, acts_until, inputs_until")
        if self.fitted_until is not None and (
            self.fitted_until.weekday() != 6 or not self.origin < self.fitted_until <= self.acts_until
        ):
            raise ValueError("for fitted_until a Sunday after origin, up to acts_until")
        return self

    @property
    def fitted(self) -> date:
        """The last day of what is fitted."""
        return self.fitted_until or self.acts_until

    @property
    def weeks(self) -> int:
        """The weeks that are fitted, the last perhaps in part."""
        return (self.fitted - self.origin).days // 7 + 1


class StartingLevelRule(Entry):
    """Trade in million USD from which a tie starts full, or modest."""

    full_trade_musd: Money
    modest_trade_musd: Money
    reason: Reason


class Magnitude(Entry):
    """How much one input of a kind counts."""

    magnitude: Factor
    reason: Reason


class Strength(Entry):
    """How much one input addressed to a state counts."""

    strength: Factor
    reason: Reason


class Incidents(Entry):
    """Quarrels with one state; an incident that is itself a recorded act does not count as its own cause."""

    strength: Factor
    recorded_acts: Words = ()
    reason: Reason


class Memory(Entry):
    """Weeks in which a memory fades by a factor e."""

    weeks: Weeks
    reason: Reason


class Memories(Entry):
    """The memories that are fixed, not fitted."""

    request: Memory
    incident: Memory
    outreach: Memory
    engagement: Memory
    news: Memory


class Step(Entry):
    """What a dated input adds to a level from its day on."""

    name: str
    adds: Annotated[float, Field(ge=-1.0, le=1.0)]
    reason: Reason


class Mandate(Entry):
    """The share of each tie that a resolution forbids; trade by its two flows."""

    diplomatic: Share = 0.0
    finance: Share = 0.0
    military: Share = 0.0
    labour: Share = 0.0
    travel: Share = 0.0
    exports: Share = 0.0
    imports: Share = 0.0
    reason: Reason


class Leverage(Entry):
    """Columns of states.csv whose z-scores make the leverage index, and those taken by logarithm."""

    components: Annotated[Words, Field(min_length=1)]
    logarithm: Words
    reason: Reason


class Affinity(Entry):
    """Columns of states.csv whose weighted z-scores make the affinity index; without any it is 0."""

    weights: dict[str, Weight]
    reason: Reason


class Dependence(Entry):
    """Why each tie's dependence is measured as it is (see :mod:`maxpressure.model.population`)."""

    reason: Reason


class Peers(Entry):
    """Width of the closeness kernel in standard deviations, and blocs too wide to make peers."""

    width: Spreads
    excluded_blocs: Words
    reason: Reason


class Trade(Entry):
    """Trade left on each level, and the qualities of figures that carry money."""

    left: Annotated[tuple[Share, Share, Share, Share], Listed]
    left_reason: Reason
    qualities: Annotated[tuple[Quality, ...], Listed, Once]
    qualities_reason: Reason


class Target(Entry):
    """The fall of revenue that the target bears without courting any state."""

    buffer: Annotated[float, Field(ge=0.0, lt=1.0)]
    buffer_reason: Reason


class Level(Entry):
    """A level that holds from a day on."""

    since: Day = Field(alias="from")
    level: Share
    reason: Reason


class Patron(Entry):
    """A patron's travel tie, its path of enforcement, and the share of 2016 trade that it may take up."""

    travel: Annotated[int, Field(ge=0, le=FULL)]
    travel_reason: Reason
    backfill: Share
    backfill_reason: Reason
    enforcement: Annotated[tuple[Level, ...], Listed, Field(min_length=1)]


class Reference(Entry):
    """The states on which means, standard deviations and row sums stand."""

    states: Annotated[Words, Field(min_length=1)]


class Assumptions(Entry):
    """Everything that the model assumes beside the evidence and the parameters.

    What a case has no inputs of can be left out. `request_table` is the table whose rows count as requests.
    """

    case: CaseNames
    record: RecordSpan
    starting_rungs: StartingLevelRule  # named as in the file, whose digest the posterior carries
    shocks: dict[str, Magnitude] = {}
    requests: dict[str, Strength] = {}
    request_table: Literal["pressure.csv", "requests.csv"] = "pressure.csv"
    engagement: dict[str, Magnitude] = {}
    outreach: dict[str, Strength] = {}
    incidents: Incidents = Incidents(strength=0.0, reason="No quarrel is in the record.")
    memory_weeks: Memories
    campaign: Annotated[tuple[Step, ...], Listed] = ()
    secondary_sanctions: Annotated[tuple[Step, ...], Listed] = ()
    mandates: dict[str, Mandate] = {}
    leverage: Leverage
    affinity: Affinity = Affinity(weights={}, reason="Affinity is measured by no column.")
    dependence: Dependence = Dependence(reason="Measured as for North Korea.")
    peers: Peers
    trade: Trade
    target: Target
    patrons: dict[str, Patron]
    reference: Reference

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of input that can count: those with a size, and those that act through steps or mandates alone."""
        return tuple(kind for kind in KINDS if kind not in SIZED or self.sizes(kind))

    def sizes(self, kind: str) -> bool:
        """Whether the file says what one input of this kind counts for."""
        table = getattr(self, SIZED[kind])
        return kind in table if isinstance(table, dict) else SIZED[kind] in self.model_fields_set


def load_assumptions(path: Path | None = None) -> Assumptions:
    """Read and check an assumptions file; without a path the one that comes with the package."""
    path = folder("calibration") / "assumptions.toml" if path is None else Path(path)
    try:
        assumptions = Assumptions.model_validate(read_toml(path))
    except ValidationError as error:
        for refused in refusals(error, Assumptions, path):
            with going_on():
                raise refused from None
        settle()
    _check_names(path, assumptions)
    return assumptions


def _check_names(path: Path, assumptions: Assumptions) -> None:
    """Check that every patron has a path, and that no reference state is a patron or principal."""
    for patron in assumptions.case.patrons:
        if patron not in assumptions.patrons:
            key, allowed = f"patrons.{patron}", "a table for each patron"
            with going_on():
                raise InputError(file=path, key=key, given=Wrong("is missing"), allowed=allowed)
    others = {assumptions.case.target, *assumptions.case.patrons, *assumptions.case.principals}
    for index, iso3 in enumerate(assumptions.reference.states):
        if iso3 in others:
            key, allowed = f"reference.states[{index}]", "third states only"
            with going_on():
                raise InputError(file=path, key=key, given=iso3, allowed=allowed)
