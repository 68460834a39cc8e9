"""The columns of each evidence table: allowed words, units, and a frozen type for each row.

Field names are the tables' own column names. A blank cell is None, "no figure found", and never zero. The description
of a kind of cell is the phrase that a refusal quotes.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from maxpressure.base.ranges import (
    Change,
    Count,
    Day,
    Gap,
    Kilometres,
    Latitude,
    Longitude,
    Millions,
    Money,
    Once,
    Product,
    Score,
    Share,
    Year,
)
from maxpressure.base.ties import Tie

Action = Literal[
    "close_firms", "cut_military", "declare_compliance", "downgrade", "end_military_contract",
    "expel_ambassador", "expel_company_staff", "maintain", "outreach_by_target", "reduce_staff",
    "refuse_accreditation", "restore", "restrict_trade", "send_workers_home", "sever_relations",
    "stop_visas", "stop_worker_visas", "suspend_flights", "suspend_trade", "travel_ban", "upgrade",
]  # fmt: skip
Direction = Literal["down", "up", "none"]
Trigger = Literal[
    "commercial", "incident", "missile_test", "nuclear_test", "other/unknown", "rok_request",
    "un_resolution", "us_request",
]  # fmt: skip
Kind = Literal[
    "nuclear_test", "icbm_test", "irbm_test", "other_missile_test", "un_resolution",
    "us_executive_order", "us_designation", "us_campaign_diplomacy", "rok_japan_measure", "eu_measure",
    "incident", "target_outreach", "thaw", "summit",
]  # fmt: skip
Measure = Literal[
    "arms", "aviation_fuel", "cargo_inspection", "coal", "diplomats_reduce", "financial", "iron",
    "joint_ventures", "labour_new_permits", "labour_repatriation", "luxury", "minerals", "oil_cap",
    "oil_products_cap", "seafood", "secondary_sanctions", "shipping", "sst_listing", "textiles",
    "travel_ban",
]  # fmt: skip
Bloc = Literal[
    "ASEAN", "AU", "Arab League", "CARICOM", "CIS", "CSTO", "EAC", "ECOWAS", "EU", "GCC", "Mercosur",
    "NAM", "NATO", "OAS", "OIC", "PIF", "SAARC", "SADC", "SCO",
]  # fmt: skip
Quality = Literal["A", "B", "C", "D", "Z"]
RecordName = Literal["strict", "broad"]
RECORDS: Final[tuple[RecordName, ...]] = get_args(RecordName)
DEFAULT_RECORD: Final[RecordName] = "strict"
"""The record of every run, fit and check that names none: strict is adjudicated, broad the first code."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
PROVOCATIONS: Final[tuple[Kind, ...]] = (
    "nuclear_test", "icbm_test", "irbm_test", "other_missile_test",
)  # fmt: skip
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
BLOCS: Final[tuple[Bloc, ...]] = get_args(Bloc)


YEAR: Final = "(18|19|20)[0-9][0-9]"
MONTH: Final = "(0[1-9]|1[0-2])"


def _listed(cell: object) -> object:
    """Split a list on its semicolons; a blank cell is the empty list."""
    if cell is None:
        return ()
    return tuple(cell.split(";")) if isinstance(cell, str) else cell


Text = Annotated[str, Field(min_length=1, description="some text, not a blank")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="an ISO 3166-1 code of three capital letters")]
EventId = Annotated[str, Field(pattern="^E[0-9]{3}$", description="E and three digits")]
Level = Annotated[int, Field(ge=0, le=3, description="a level: 0, 1, 2 or 3")]
Flag = Annotated[bool, Field(description="0 or 1")]


WEEK_SLACK: Final = dt.timedelta(days=3)
"""By so much a date known to the week may be off either way (calibration/evidence/README.md)."""


class Row(BaseModel):
    """A row of a table: frozen, with exactly the table's columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventRow(Row):
    """A dated change, or a refusal to change, in a state's tie to the target.

    Some acts became visible only later: calibration/evidence/README.md says which.

    Attributes
    ----------
    event_id
        E and three digits.
    date, date_precision
        The day; known to the day, to the week (3 days either way), to the month (then it stands on the 15th) or to an
        interval, whose bounds are in events_coding.csv.
    iso3, state
        The state's code and name.
    tie, action
        The kind of tie, and what was done.
    level_before, level_after
        Levels from 0 (none) to 3 (full). The rows of a state's tie form a chain.
    direction
        down, up, or none for a refusal, a declaration or a visit.
    trigger
        The one reason that the row names.
    us_contact_before
        Whether a contact with the United States was published within the 60 days before.
    source_title, source_publisher, source_date, source_url
        Where the row comes from.
    confidence, note
        high, medium or low; remarks.
    """

    event_id: EventId
    date: Day
    date_precision: Literal["day", "week", "month", "interval"]
    iso3: Iso3
    state: Text
    tie: Tie
    action: Action
    level_before: Level
    level_after: Level
    direction: Direction
    trigger: Trigger
    us_contact_before: Literal["yes", "no", "unknown"]
    source_title: Text
    source_publisher: Text
    source_date: Day | None
    source_url: Text
    confidence: Literal["high", "medium", "low"]
    note: Text

    @property
    def bounds(self) -> tuple[dt.date, dt.date]:
        """The days between which the event lies."""
        if self.date_precision == "week":
            return self.date - WEEK_SLACK, self.date + WEEK_SLACK
        if self.date_precision == "month":
            _, days = monthrange(self.date.year, self.date.month)
            return self.date.replace(day=1), self.date.replace(day=days)
        return self.date, self.date


class CodedEvent(EventRow):
    """An event as adjudicated: its day is that of the step.

    Attributes
    ----------
    earliest, latest
        The bounds of the day that the sources allow; blank where the event is no step.
    visible
        The first day on which others can have known of it, if it was found.
    """

    earliest: Day | None
    latest: Day | None
    visible: Day | None

    @property
    def bounds(self) -> tuple[dt.date, dt.date]:
        """The days between which the event lies, by its sources."""
        return self.earliest or self.date, self.latest or self.date


class PressureRow(Row):
    """A dated input: a test, a resolution, a request, a visit.

    Attributes
    ----------
    date, kind, name
        The day, the kind of input, and the name by which scenarios and assumptions refer to it.
    what
        The input in a sentence.
    measures
        What it forbids or threatens, separated by semicolons.
    targets
        The codes of the states that it named; blank for a call upon all states or on no state in particular.
    source_title, source_publisher, source_date, source_url
        Where the row comes from.
    confidence
        high or medium.
    """

    date: Day
    kind: Kind
    name: Text
    what: Text
    measures: Annotated[
        tuple[Measure, ...], BeforeValidator(_listed), Once,
        Field(description="known measures, each once, separated by semicolons"),
    ]  # fmt: skip
    targets: Annotated[
        tuple[Iso3, ...], BeforeValidator(_listed), Once,
        Field(description="ISO3 codes, each once, separated by semicolons"),
    ]  # fmt: skip
    source_title: Text
    source_publisher: Text
    source_date: Day | None
    source_url: Text
    confidence: Literal["high", "medium"]


class StateRow(Row):
    """A state as it stood at the end of 2016; states_sources.csv says where each column comes from.

    A column with a default may be missing from the table of a case that has nothing to say there.

    Units are in the names: `musd` millions and `busd` thousands of millions of current US dollars, `m` millions of
    inhabitants, `km` kilometres. A flag is 0 or 1. Shares and the agreement in UN votes run from 0 to 1.

    Attributes
    ----------
    iso3, name, region
        ISO 3166-1 code, English name, UN M49 region.
    relations, relations_conf, relations_since
        Flag: diplomatic relations with the target; how sources agree on it; since which year.
    target_embassy_in_state, state_embassy_in_target
        Flags: a resident mission on either side.
    target_trade_musd, target_exports_to_state_musd, target_imports_from_state_musd, trade_year
        The target's trade with the state, its exports and imports, and the year that the figures are of.
    target_trade_quality, target_trade_clean_musd, target_trade_share_of_state
        A to D or Z (README, caution 7); the trade where it is A, B or Z; the share of the state's own trade.
    military_tie, military_tie_source
        0 none known, 1 older or alleged, 2 described by the UN panel in 2015-17; where it is described.
    target_workers, target_workers_host, target_workers_source
        Workers of the target in the state; flag: a known host; the source.
    ideal_point, ideal_distance_to_us, unga_agreement_target
        Ideal point in UN votes, its distance to that of the United States, agreement with the target (0 to 1).
    us_trade_share, china_trade_share, rok_trade_share
        Shares of the state's trade with the United States, China and South Korea.
    us_ally_core, us_aid_musd, us_troops
        Flag: a treaty ally; US aid; US troops.
    gdp_busd, population_m
        Gross domestic product and inhabitants.
    communist_legacy, nam_member, eu_member
        Flags: a communist past, the Non-Aligned Movement, the European Union.
    distance_to_target_km, capital_lat, capital_lon
        The capital's distance to Pyongyang, and its coordinates in degrees.
    un1718_report_2270_submitted
        Flag: a report on resolution 2270 was submitted to the UN committee.
    """

    iso3: Iso3
    name: Text
    region: Text
    relations: Flag
    relations_conf: Literal["high", "single_list", "conflict"] | None = None
    relations_since: Year | None = None
    target_embassy_in_state: Flag
    state_embassy_in_target: Flag | None = None
    target_trade_musd: Money | None = None
    target_exports_to_state_musd: Money | None = None
    target_imports_from_state_musd: Money | None = None
    trade_year: Year | None = None
    target_trade_quality: Quality | None = None
    target_trade_clean_musd: Money | None = None
    target_trade_share_of_state: Share | None = None
    military_tie: Annotated[int, Field(ge=0, le=2, description="0, 1 or 2")] = 0
    military_tie_source: Text | None = None
    target_workers: Count | None = None
    target_workers_host: Flag | None = None
    target_workers_source: Text | None = None
    ideal_point: Score | None
    ideal_distance_to_us: Gap | None = None
    unga_agreement_target: Share | None = None
    us_trade_share: Share | None = None
    china_trade_share: Share | None = None
    rok_trade_share: Share | None = None
    us_ally_core: Flag | None = None
    us_aid_musd: Money | None = None
    us_troops: Count | None = None
    gdp_busd: Product | None = None
    population_m: Millions | None = None
    communist_legacy: Flag | None = None
    nam_member: Flag | None = None
    eu_member: Flag | None = None
    distance_to_target_km: Kilometres | None = None
    capital_lat: Latitude | None = None
    capital_lon: Longitude | None = None
    un1718_report_2270_submitted: Flag | None = None


class SourceRow(Row):
    """Where one column of states.csv comes from.

    Attributes
    ----------
    column
        The column's name.
    source_dataset, version_or_year, url_or_repo, licence
        The data set, its version or year, its address and its licence.
    how_derived
        What was done to it.
    share_of_states_covered
        The share of states with a value.
    """

    column: Text
    source_dataset: Text
    version_or_year: Text | None
    url_or_repo: Text | None
    licence: Text
    how_derived: Text | None
    share_of_states_covered: Share


class BlocRow(Row):
    """A state's membership of a bloc. NAM and OIC are too wide for their members to count as peers.

    Attributes
    ----------
    iso3, bloc
        The state's code, and the bloc's short name.
    """

    iso3: Iso3
    bloc: Bloc


class NeighbourRow(Row):
    """Two states that lie close to each other.

    Attributes
    ----------
    iso3_a, iso3_b
        Their codes.
    contiguity_type
        1 where they touch by land or river; 2 to 5 where at most 12, 24, 150 or 400 miles of sea lie between.
    """

    iso3_a: Iso3
    iso3_b: Iso3
    contiguity_type: Annotated[int, Field(ge=1, le=5, description="a contiguity type from 1 to 5")]


class TradeTotalRow(Row):
    """The target's trade in a period.

    Attributes
    ----------
    period
        A year, a month (YYYY-MM), or two months separated by two dots.
    reporter, flow
        Who counted, and what.
    value_musd
        Millions of US dollars; for the flow patron_share a share from 0 to 1.
    change_on_year
        The relative change on the same period a year earlier.
    source_title, source_publisher, source_url
        Where the row comes from.
    """

    period: Annotated[
        str,
        Field(
            pattern=rf"^{YEAR}(-{MONTH}(\.\.{YEAR}-{MONTH})?)?$",
            description="a year, a month (YYYY-MM) or two months separated by ..",
        ),
    ]
    reporter: Text
    flow: Literal[
        "total", "patron_total", "patron_share", "target_exports", "target_imports", "patron_exports",
        "patron_imports",
    ]  # fmt: skip
    value_musd: Money
    change_on_year: Change | None
    source_title: Text
    source_publisher: Text
    source_url: Text | None
