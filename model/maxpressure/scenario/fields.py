"""The parts of a scenario: first what they are made of, then each section key by key.

A field's description says what is allowed. A refusal quotes it, and so does the manual's table of keys.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from maxpressure.base.ranges import LARGEST_FACTOR, Day, Factor, Listed, Once, Share, refused
from maxpressure.base.text import HIDDEN

Value = TypeVar("Value")


class Section(BaseModel):
    """A part of a scenario: frozen, without unknown keys, strict about types (true is not 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Entries(Mapping[str, Value]):
    """A mapping that stays as it is, so that a scenario is frozen to its leaves, hashable and picklable."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Value]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: str) -> Value:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __repr__(self) -> str:
        return repr(self._entries)


Kept = AfterValidator(Entries)
"""Keeps a mapping as `Entries`."""

Words = Annotated[tuple[str, ...], Listed, Once]
Days = Annotated[int, Field(ge=-1095, le=1095)]
"""The record is no longer; where a date may lie, `check` says for each input."""

UNSEEN: Final = "".join(f"\\p{{{category}}}" for category in sorted(HIDDEN - {"Cs"}))
"""Without lone surrogates, which pydantic refuses in any text."""

Line = Annotated[str, Field(pattern=rf"^[^{UNSEEN}]*$", max_length=200)]
"""One line of text without letters that nobody sees, since titles and names are printed on terminals."""

FilledLine = Annotated[str, Field(pattern=rf"^[^{UNSEEN}]*[^{UNSEEN}\s][^{UNSEEN}]*$", max_length=200)]
Reason = Annotated[str, Field(pattern=r"\S")]

# ---- the sections

A_DATE = "a date without quotes, such as 2017-09-04"
A_FACTOR = f"a number from 0 to {LARGEST_FACTOR:.0f}"
A_SHARE = "a number from 0 to 1"
A_COURSE = '"record", a number from 0 to 1, or a list of { from = date, level = 0..1 } with rising dates'
A_SWITCH = "true or false"


def _a_monday(day: dt.date) -> dt.date:
    if day.weekday() != 0:
        before = day - dt.timedelta(days=day.weekday())
        after = before + dt.timedelta(weeks=1)
        raise refused((), day.isoformat(), f"a Monday, such as {before} or {after}")
    return day


class Dated(Section):
    """A level that holds from its date until the next one's."""

    since: Day = Field(validation_alias="from", description=A_DATE)
    level: Share = Field(description=A_SHARE)


def _rising(steps: tuple[Dated, ...]) -> tuple[Dated, ...]:
    if not steps:
        raise refused((), [], A_COURSE)
    for index in range(1, len(steps)):
        before, step = steps[index - 1], steps[index]
        if step.since <= before.since:
            raise refused((index, "from"), step.since.isoformat(), f"a date after {before.since}")
    return steps


Steps = Annotated[tuple[Dated, ...], Listed, AfterValidator(_rising)]
Course = Literal["record"] | Share | Steps
"""How a level runs: as on the record, at one height throughout, or dated steps (before them the record)."""


MOST_WEEKS: Final = 156
"""A window's longest: three years."""


class Window(Section):
    """The weeks a run covers; the ties stand at its start as the record had left them by then."""

    start: Annotated[Day, AfterValidator(_a_monday)] = Field(
        default=dt.date(2016, 1, 4), description="the date of a Monday without quotes, such as 2017-01-02"
    )
    weeks: int = Field(
        default=104, ge=1, le=MOST_WEEKS, description=f"a whole number of weeks from 1 to {MOST_WEEKS}"
    )

    @property
    def end(self) -> dt.date:
        """The Monday after the last week."""
        return self.start + dt.timedelta(weeks=self.weeks)


class AddedInput(Section):
    """A dated input that the record does not hold.

    `targets` are third states; `magnitude` None means the assumed one of its kind; `forbids` is
    the share of each tie that a Council resolution forbids.
    """

    date: Day = Field(description=A_DATE)
    kind: str = Field(description='a kind of dated input in quotes, such as "nuclear_test"')
    name: FilledLine = Field(description="a name of its own in quotes, one line")
    targets: Words = Field(default=(), description='a list of ISO3 codes, such as ["MEX", "PER"]')
    magnitude: Factor | None = Field(default=None, description=A_FACTOR)
    forbids: Annotated[Mapping[str, Share], Kept] = Field(
        default=Entries({}),
        description="a table of ties with a share from 0 to 1 each, such as { trade = 0.3 }",
    )
    reason: Reason = Field(description="a sentence in quotes that says why")

    @model_validator(mode="after")
    def _only_the_council_forbids(self) -> AddedInput:
        if self.forbids and self.kind != "un_resolution":
            raise refused(("forbids",), dict(self.forbids), 'shares only where kind = "un_resolution"')
        return self


class Campaign(Section):
    """The general intensity of the campaign, multiplied by `scale` from `since` on, or throughout."""

    scale: Factor = Field(default=1.0, description=A_FACTOR)
    since: Day | None = Field(default=None, validation_alias="from", description=A_DATE)


class AddedRequest(Section):
    """A request that the record does not hold, addressed to named third states."""

    date: Day = Field(description=A_DATE)
    states: Words = Field(
        min_length=1, description='a list of at least one ISO3 code, such as ["MEX", "PER"]'
    )
    strength: float = Field(
        default=1.0, gt=0, le=LARGEST_FACTOR, description=f"above 0, at most {LARGEST_FACTOR:.0f}"
    )
    by: Literal["USA", "KOR"] = Field(default="USA", description='"USA" or "KOR"')


class Requests(Section):
    """Which states are asked, how strongly, and when it takes effect.

    `scale`, `spare` and `only` act on every dated input that asks named states; the requests in `add` count
    as written; `lag_weeks` delays them all.
    """

    scale: Factor = Field(default=1.0, description=A_FACTOR)
    spare: Words = Field(default=(), description="a list of ISO3 codes whose requests are dropped")
    only: Words | None = Field(
        default=None, description="a list of ISO3 codes; requests to others are dropped"
    )
    lag_weeks: int = Field(default=0, ge=0, le=4, description="a whole number of weeks from 0 to 4")
    add: Annotated[tuple[AddedRequest, ...], Listed] = Field(
        default=(), description="a list of tables, each with date and states, and perhaps strength and by"
    )

    @model_validator(mode="after")
    def _nobody_both_spared_and_asked(self) -> Requests:
        for state in self.spare:
            if state in (self.only or ()):
                raise refused(("spare",), state, "a state that stands in spare or in only, not in both")
        return self


class Mandates(Section):
    """How much of what the Council forbade it forbids here; at 0 no resolution forbids anything."""

    scale: Factor = Field(default=1.0, description=A_FACTOR)


class PatronCourse(Section):
    """The course of a patron. A patron never follows the rule of the third states.

    `enforcement` is the share of the mandates it enforces, `backfill` the lost trade it may take up, as a
    share of the target's 2016 trade, `trade` the share of its own 2016 trade that it still offers.
    """

    enforcement: Course = Field(default="record", description=A_COURSE)
    backfill: Literal["record"] | Share = Field(
        default="record", description='"record" or a number from 0 to 1'
    )
    trade: Course = Field(default="record", description=A_COURSE)


class Target(Section):
    """What the target does: whom it courts, what shortfall it bears at home, where its tests come from."""

    courtship: Literal["observed", "withdrawn", "courting"] = Field(
        default="observed", description='"observed", "withdrawn" or "courting"'
    )
    buffer: Literal["record"] | Share = Field(
        default="record", description='"record" or a number from 0 to 1'
    )
    tests: Literal["observed", "drawn"] = Field(default="observed", description='"observed" or "drawn"')


class Sender(Section):
    """How the sender answers a shock: campaign added per unit of it."""

    escalation: Factor = Field(default=0.0, description=A_FACTOR)


class Thaw(Section):
    """How much each dated step of engagement weighs."""

    scale: Factor = Field(default=1.0, description=A_FACTOR)


class Restoration(Section):
    """Which ties may be restored: those lost in the run, or any that is less than full."""

    reach: Literal["lost", "any"] = Field(default="lost", description='"lost" or "any"')


class Mechanisms(Section):
    """Terms that are switched on or off one by one, all others staying as they are.

    Five are off by default, since the record does not support them: contagion, own acts, dependence, affinity, frailty.
    Where one is switched on, its weight is drawn from its prior or set by hand.
    """

    contagion: bool = Field(default=False, description=A_SWITCH)
    own_acts: bool = Field(default=False, description=A_SWITCH)
    shocks: bool = Field(default=True, description=A_SWITCH)
    mandates: bool = Field(default=True, description=A_SWITCH)
    news: bool = Field(default=True, description=A_SWITCH)
    requests: bool = Field(default=True, description=A_SWITCH)
    campaign: bool = Field(default=True, description=A_SWITCH)
    incidents: bool = Field(default=True, description=A_SWITCH)
    mission: bool = Field(default=True, description=A_SWITCH)
    dependence: bool = Field(default=False, description=A_SWITCH)
    affinity: bool = Field(default=False, description=A_SWITCH)
    frailty: bool = Field(default=False, description=A_SWITCH)
    thaw: bool = Field(default=True, description=A_SWITCH)
    courtship: bool = Field(default=True, description=A_SWITCH)
    restoration: bool = Field(default=True, description=A_SWITCH)
    attrition: bool = Field(default=True, description=A_SWITCH)
    packages: bool = Field(default=True, description=A_SWITCH)
    depth: bool = Field(default=True, description=A_SWITCH)


class Override(Section):
    """A parameter set by hand, which needs a reason."""

    value: float = Field(description="a finite number")
    reason: Reason = Field(description="a sentence in quotes that says why")
