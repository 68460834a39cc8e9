"""A case begun: a folder with the states that ship, empty tables of events and inputs, and assumptions to fill in."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Final

from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.paths import folder, user_path

COMMAND: Final = "case new"
EMPTY: Final = ("events.csv", "pressure.csv", "trade_totals.csv")
COPIED: Final = ("blocs.csv", "neighbours.csv")
DISTANCE: Final = "distance_to_target_km"
NONE_KNOWN: Final = {
    "relations": "0",
    "relations_conf": "single_list",
    "target_embassy_in_state": "0",
    "military_tie": "0",
}
"""Columns about the target that may not be blank, with what they hold until something is known."""

ABOUT_THE_TARGET: Final = (
    *NONE_KNOWN, "relations_since", "state_embassy_in_target", "target_trade_musd",
    "target_exports_to_state_musd", "target_imports_from_state_musd", "trade_year", "target_trade_quality",
    "target_trade_clean_musd", "target_trade_share_of_state", "military_tie_source", "target_workers",
    "target_workers_host", "target_workers_source", "unga_agreement_target", "un1718_report_2270_submitted",
)  # fmt: skip
"""Columns whose figures are of North Korea; the others are of the states themselves."""

EARTH_KM: Final = 6371.0


def new_case(place: str | Path, target: str, patrons: Sequence[str], principals: Sequence[str]) -> Path:
    """Write the files of a new case into a folder that is new or empty; returns its path.

    Raises InputError for a folder that is not, for a code that no state of ``states.csv`` has, and for a state that is
    to play two parts.
    """
    path = user_path(place, file=COMMAND, key="folder")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        given = Wrong("is a folder that is not empty" if path.is_dir() else "is a file")
        raise InputError(file=path, key="folder", given=given, allowed="a new folder, or an empty one")
    states = _rows("states.csv")
    parts = {"--target": [target], "--patron": patrons, "--principal": principals}
    _check(parts, {row["iso3"]: row["name"] for row in states})
    files = dict(_files(states, target, patrons, principals))
    written: list[Path] = []
    try:
        for name, text in files.items():
            written.append(path / name)
            written[-1].parent.mkdir(parents=True, exist_ok=True)
            written[-1].write_text(text, encoding="utf-8", newline="\n")
    except BaseException:
        for one in written:
            with suppress(OSError):
                one.unlink()  # no half of a case, on a full disk
        raise
    return path


def _check(parts: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> None:
    played: dict[str, str] = {}
    for option, codes in parts.items():
        for code in codes:
            if code not in names:
                allowed, close = "the ISO3 code of a state in states.csv", nearest(code, names)
                raise InputError(file=COMMAND, key=option, given=code, allowed=allowed, nearest=close)
            if code in played:
                allowed = f"a state that is not given by {played[code]} already"
                raise InputError(file=COMMAND, key=option, given=code, allowed=allowed)
            played[code] = option


def _files(
    states: Sequence[dict[str, str]], target: str, patrons: Sequence[str], principals: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The files of the case by their names, with what they hold."""
    here = next(row for row in states if row["iso3"] == target)
    yield "evidence/states.csv", _table([_of_another_target(row, here) for row in states])
    yield "evidence/states_sources.csv", _table([_source(row) for row in _rows("states_sources.csv")])
    for name in COPIED:
        yield f"evidence/{name}", _shipped(name)
    for name in EMPTY:
        yield f"evidence/{name}", _shipped(name).splitlines()[0] + "\n"
    third = [row["iso3"] for row in states if row["iso3"] not in (target, *patrons, *principals)]
    yield "assumptions.toml", _assumptions(here["name"], target, patrons, principals, sorted(third))
    yield "README.md", README.format(name=here["name"], target=target)


def _shipped(name: str) -> str:
    return (folder("calibration") / "evidence" / name).read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(_shipped(name))))


def _table(rows: Sequence[Mapping[str, str]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _of_another_target(row: dict[str, str], target: Mapping[str, str]) -> dict[str, str]:
    """A state's row with nothing known of its ties to the new target, and the distance to its capital."""
    unknown = {column: NONE_KNOWN.get(column, "") for column in ABOUT_THE_TARGET}
    return {**row, **unknown, DISTANCE: str(round(_kilometres(row, target)))}


def _kilometres(one: Mapping[str, str], other: Mapping[str, str]) -> float:
    """The great circle between two capitals."""
    (south, west), (north, east) = (
        [math.radians(float(row[column])) for column in ("capital_lat", "capital_lon")]
        for row in (one, other)
    )
    half = math.sin((north - south) / 2.0) ** 2
    half += math.cos(south) * math.cos(north) * math.sin((east - west) / 2.0) ** 2
    return 2.0 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _source(row: dict[str, str]) -> dict[str, str]:
    """Where a column comes from; of what is to be filled in, nothing yet."""
    if row["column"] == DISTANCE:
        return {**row, "how_derived": "great circle to the target's capital, by maxpressure case new"}
    if row["column"] not in ABOUT_THE_TARGET:
        return row
    empty = dict.fromkeys(row, "")
    given = {"column": row["column"], "source_dataset": "to be filled in", "licence": "to be filled in"}
    return {**empty, **given, "share_of_states_covered": "0.0"}


# ---- the texts

README: Final = """# {name}

A case begun by `maxpressure case new`. What is filled in so far: the states of the world with their own figures of
2016, their blocs and neighbours. Nothing is known yet of their ties to {name}.

1. `assumptions.toml`: name the patrons and principals, and the days of the record.
2. `evidence/states.csv`: relations, missions, trade, military ties and workers of each state with {target}. They hold
   "none known" so far, so no tie stands and no state can act. `states_sources.csv` says where each column comes from.
3. `evidence/pressure.csv`: the dated inputs. Each kind that you use needs its size in `assumptions.toml`.
4. `evidence/events.csv`: the dated acts, each with its source.
5. After each step: `maxpressure case check` of this folder. It says what is still wrong.
6. `maxpressure run --case` of this folder; `maxpressure calibrate --case` of it once there are acts enough.

The columns keep the names that they have for North Korea. The page "Study another case" of the manual says what each
stands for.
"""

ASSUMPTIONS: Final = """# What this case assumes, each number with its reason.
# Shares run from 0 to 1, money is in million USD, memories in weeks.

[case]
name = "{name}" # in every result
target = "{target}"
patrons = {patrons} # {about_patrons}
principals = {principals} # run the campaign, the one with most to give or withhold first; no third states

[record]
origin = 2017-01-02 # the Monday on which week 0 begins
acts_until = 2017-12-31 # the last day that events.csv covers
inputs_until = 2017-12-31 # the last day that pressure.csv covers

[starting_rungs] # trade from which a tie starts full (level 3), or modest (level 2)
full_trade_musd = 40.0
modest_trade_musd = 1.0
reason = "As for North Korea; to be set by the size of the target's trade."

# ---- dated inputs: a table for each kind that pressure.csv has, with what one input of it counts for
# (a kind that it does not have needs no entry)

# [shocks]
# nuclear_test = {{ magnitude = 1.0, reason = "The unit: the gravest kind of provocation." }}

# [requests]
# us_campaign_diplomacy = {{ strength = 1.0, reason = "The unit: a request of the first principal to a named state." }}
# rok_japan_measure = {{ strength = 1.0, reason = "The same by another principal." }}

# [engagement]
# thaw = {{ magnitude = 0.5, reason = "A first step between the sides." }}
# summit = {{ magnitude = 1.0, reason = "The unit: leaders meet." }}

# [outreach]
# target_outreach = {{ strength = 1.0, reason = "The unit: a visit or a letter of the target to a named state." }}

# [incidents]
# strength = 1.0
# reason = "One unit for each quarrel of the target with one state."

[memory_weeks] # weeks in which a memory fades by a factor e
request = {{ weeks = 6.0, reason = "As for North Korea; to be weighed anew." }}
incident = {{ weeks = 4.0, reason = "As for North Korea; to be weighed anew." }}
outreach = {{ weeks = 6.0, reason = "As for North Korea; to be weighed anew." }}
engagement = {{ weeks = 26.0, reason = "As for North Korea; to be weighed anew." }}
news = {{ weeks = 4.0, reason = "As for North Korea; to be weighed anew." }}

# ---- steps of the campaign, each called as an input of pressure.csv; likewise [[secondary_sanctions]]

# [[campaign]]
# name = "the name of an input"
# adds = 0.5
# reason = "The campaign is public from this day on."

# ---- what a resolution forbids: the share of each tie; trade by the flows exports and imports

# [mandates."the name of an input of the kind un_resolution"]
# military = 0.5
# reason = "All arms, but no training."

# ---- who the states are

# What the first principal can give or withhold, as columns of states.csv; those that are filled in are of the USA.
[leverage]
components = ["us_trade_share", "us_aid_musd", "us_ally_core", "us_troops"]
logarithm = ["us_aid_musd", "us_troops"] # of these, the ones taken by log(1 + x)
reason = "What the United States can give or withhold; to be replaced where another state campaigns."

[peers] # states that share a region or bloc watch each other, the more the closer their votes
width = 0.5 # of the closeness, in standard deviations of ideal points
excluded_blocs = ["NAM", "OIC"] # too wide to make peers
reason = "As for North Korea; to be weighed anew."

# ---- the economy

[trade]
left = [0.0, 0.15, 0.5, 1.0] # the share of trade that is left on levels 0 to 3
left_reason = "As for North Korea: none, a remnant, half, all."
qualities = ["A", "B", "D", "Z"] # the qualities of figures that carry money
qualities_reason = "Figures of quality C are doubtful: they put a tie at risk and carry no money."

[target]
buffer = 0.25
buffer_reason = "The fall of export revenue that the target bears without courting any state; a guess."
{paths}
# ---- the states on which means, standard deviations and row sums stand

[reference]
states = [
{reference}
]
"""

PATH: Final = """
[patrons.{code}] # follows this path, never the fitted rule
travel = 2 # the level of its travel tie, 0 to 3
travel_reason = "To be filled in: flights, trains and visas between the two."
backfill = 0.0 # the share of the target's trade that it may take up
backfill_reason = "To be filled in: nothing is known to be taken up."

[[patrons.{code}.enforcement]] # how much of what is forbidden it stops, from a day on; further tables for further days
from = 2017-01-02
level = 0.0
reason = "To be filled in: it stops nothing of what is forbidden."
"""


def _assumptions(
    name: str, target: str, patrons: Sequence[str], principals: Sequence[str], third: Sequence[str]
) -> str:
    rows = [third[index : index + 16] for index in range(0, len(third), 16)]
    shield = "shield the target and follow the paths below"
    return ASSUMPTIONS.format(
        name=name,
        target=target,
        patrons=_listed(patrons),
        about_patrons=shield if patrons else f"TO BE FILLED IN, at least one: they {shield}",
        principals=_listed(principals),
        paths="".join(PATH.format(code=code) for code in patrons) or _commented(PATH.format(code="CODE")),
        reference="\n".join("  " + ", ".join(f'"{code}"' for code in row) + "," for row in rows),
    )


def _listed(codes: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{code}"' for code in codes) + "]"


def _commented(text: str) -> str:
    """The path of a patron as an example."""
    return "\n" + "".join(f"# {line}\n" for line in text.splitlines() if line)
