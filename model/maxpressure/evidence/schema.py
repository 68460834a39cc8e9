"""What one row of each evidence table may hold: the known words, the units, and a frozen type for each table.

Field names are the tables' own column names. A blank cell is None, "no figure found", and never zero. The
description carried by each kind of cell is the phrase a reader sees when a cell is refused.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

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
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
PROVOCATIONS: Final[tuple[Kind, ...]] = (
    "nuclear_test", "icbm_test", "irbm_test", "other_missile_test",
)  # fmt: skip
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
BLOCS: Final[tuple[Bloc, ...]] = get_args(Bloc)


YEAR: Final = r"(18|19|20)\d\d"
MONTH: Final = "(0[1-9]|1[0-2])"


def _day(cell: object) -> object:
    """Refuse the other spellings of a date that pydantic would take, such as seconds since 1970."""
    if isinstance(cell, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
        raise ValueError("not YYYY-MM-DD")
    return cell


def _flag(cell: object) -> object:
    """Refuse the other spellings of true and false that pydantic would take, such as "on" and "n"."""
    if isinstance(cell, str) and cell not in ("0", "1"):
        raise ValueError("not 0 or 1")
    return cell


def _listed(cell: object) -> object:
    """Split a list on its semicolons; a blank cell is the empty list."""
    if cell is None:
        return ()
    return tuple(cell.split(";")) if isinstance(cell, str) else cell


def _each_once(words: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(words)) < len(words):
        raise ValueError("a word twice")
    return words


Text = Annotated[str, Field(min_length=1, description="some text, not a blank")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="an ISO 3166-1 code of three capital letters")]
Day = Annotated[date, BeforeValidator(_day), Field(description="a day as YYYY-MM-DD")]
Year = Annotated[int, Field(ge=1800, le=2100, description="a year from 1800 to 2100")]
Level = Annotated[int, Field(ge=0, le=3, description="a level: 0, 1, 2 or 3")]
Flag = Annotated[bool, BeforeValidator(_flag), Field(description="0 or 1")]
Count = Annotated[int, Field(ge=0, description="a whole number, zero or more")]
Finite = Annotated[float, Field(allow_inf_nan=False, description="a finite number")]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False, description="a finite number, zero or more")]
Share = Annotated[float, Field(ge=0, le=1, description="a share from 0 to 1")]
Change = Annotated[
    float, Field(ge=-1, allow_inf_nan=False, description="a relative change, -1 (all lost) or more")
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees from -90 to 90")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees from -180 to 180")]


class Row(BaseModel):
    """A row of a table: frozen, with exactly the table's columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventRow(Row):
    """A dated change, or a refusal to change, in a state's tie to the target.

    The date is known to the day, to the week (3 days either way) or to the month (then it stands on the
    15th). Some acts became visible only later: the README says which.
    """

    event_id: Annotated[str, Field(pattern=r"^E\d{3}$", description="E and three digits")]
    date: Day
    date_precision: Literal["day", "week", "month"]
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


class PressureRow(Row):
    """A dated input: a test, a resolution, a request, a visit.

    `measures` are what it forbids or threatens, `targets` the states that it named; a call upon all states,
    or on no state in particular, names none.
    """

    date: Day
    kind: Kind
    name: Text
    what: Text
    measures: Annotated[
        tuple[Measure, ...], BeforeValidator(_listed), AfterValidator(_each_once),
        Field(description="known measures, each once, parted by semicolons"),
    ]  # fmt: skip
    targets: Annotated[
        tuple[Iso3, ...], BeforeValidator(_listed), AfterValidator(_each_once),
        Field(description="ISO3 codes, each once, parted by semicolons"),
    ]  # fmt: skip
    source_title: Text
    source_publisher: Text
    source_date: Day | None
    source_url: Text
    confidence: Literal["high", "medium"]


class StateRow(Row):
    """A state as it stood at the end of 2016; states_sources.csv says where each column comes from.

    Units are in the names: `musd` millions and `busd` thousands of millions of current US dollars, `m`
    millions of people, `km` kilometres; shares and the agreement in UN votes run from 0 to 1.
    """

    iso3: Iso3
    name: Text
    region: Text
    dprk_relations_2016: Flag
    dprk_relations_conf: Literal["high", "single_list", "conflict"]
    dprk_relations_since: Year | None
    dprk_embassy_in_state_2016: Flag
    state_embassy_in_pyongyang_2016: Flag | None
    dprk_trade_2016_musd: Amount | None
    dprk_exports_to_state_2016_musd: Amount | None
    dprk_imports_from_state_2016_musd: Amount | None
    trade_year: Year | None
    dprk_trade_quality: Literal["A", "B", "C", "D", "Z"] | None
    dprk_trade_clean_2016_musd: Amount | None
    dprk_trade_share_of_state: Share | None
    military_tie_2016: Annotated[int, Field(ge=0, le=2, description="0, 1 or 2")]
    military_tie_source: Text | None
    dprk_workers_2016: Count | None
    dprk_workers_host: Flag | None
    dprk_workers_source: Text | None
    ideal_point_2016: Finite | None
    ideal_distance_to_us_2016: Amount | None
    unga_agreement_dprk_2016: Share | None
    us_trade_share_2016: Share | None
    china_trade_share_2016: Share | None
    rok_trade_share_2016: Share | None
    us_ally_core: Flag | None
    us_aid_2016_musd: Amount | None
    us_troops_2016: Count | None
    gdp_2016_busd: Amount | None
    population_2016_m: Amount
    communist_legacy: Flag | None
    nam_member: Flag
    eu_member_2016: Flag
    distance_to_pyongyang_km: Amount
    capital_lat: Latitude
    capital_lon: Longitude
    un1718_report_2270_submitted: Flag | None


class SourceRow(Row):
    """Where one column of states.csv comes from, its licence, and the share of states that it covers."""

    column: Text
    source_dataset: Text
    version_or_year: Text | None
    url_or_repo: Text | None
    licence: Text
    how_derived: Text | None
    share_of_states_covered: Share


class BlocRow(Row):
    """A state's membership of a bloc; NAM and OIC are too wide for their members to count as peers."""

    iso3: Iso3
    bloc: Bloc


class NeighbourRow(Row):
    """Two states that touch (type 1, land or river) or lie within 12, 24, 150, 400 miles by sea (2 to 5)."""

    iso3_a: Iso3
    iso3_b: Iso3
    contiguity_type: Annotated[int, Field(ge=1, le=5, description="a contiguity type from 1 to 5")]


class TradeTotalRow(Row):
    """What the target's trade came to in a period.

    `value_musd` is in millions of US dollars, but a share for the flow china_share; `change_on_year` is
    relative to the same period a year earlier.
    """

    period: Annotated[
        str,
        Field(
            pattern=rf"^{YEAR}(-{MONTH}(\.\.{YEAR}-{MONTH})?)?$",
            description="a year, a month (YYYY-MM) or two months parted by ..",
        ),
    ]
    reporter: Text
    flow: Literal[
        "total", "china_total", "china_share", "dprk_exports", "dprk_imports", "china_exports_to_dprk",
        "china_imports_from_dprk",
    ]  # fmt: skip
    value_musd: Amount
    change_on_year: Change | None
    source_title: Text
    source_publisher: Text
    source_url: Text | None
