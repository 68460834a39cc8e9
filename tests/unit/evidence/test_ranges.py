"""Every number and every day of every file lies in a range; what lies outside is refused at its key."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from maxpressure import InputError
from maxpressure.base.paths import folder
from maxpressure.base.ranges import FIRST_DAY, LAST_DAY, day_of, number_of, whole_of
from maxpressure.base.refusal import parts
from maxpressure.base.tables import read_table
from maxpressure.base.toml import dotted, read_toml, toml_text
from maxpressure.evidence import schema
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.evidence import check_against
from maxpressure.evidence.parameters import check_parameter, limits, load_parameters, parameter_names
from maxpressure.evidence.tiles import Tile
from maxpressure.scenario import Scenario

SHIPPED = tomllib.loads((folder("calibration") / "assumptions.toml").read_text(encoding="utf-8"))
SHIPPED["reference"]["states"] = ["AFG", "AGO", "ALB"]
Steps = tuple[str | int, ...]


def leaves(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*steps, key))
    else:
        yield steps, value


def with_leaf(table: dict[str, Any], steps: Steps, value: object) -> dict[str, Any]:
    changed = deepcopy(table)
    inside: Any = changed
    for step in steps[:-1]:
        inside = inside[step]
    inside[steps[-1]] = value
    return changed


IMPOSSIBLE = (float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 10**320, 2**63, True, "1", -1e-9)
NUMBERS = [steps for steps, value in leaves(SHIPPED) if isinstance(value, int | float)]
DAYS = [steps for steps, value in leaves(SHIPPED) if isinstance(value, date)]


def refused_key(path: Path, table: dict[str, Any]) -> str:
    path.write_text(toml_text(table), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_assumptions(path)
    assert refused.value.file == str(path)
    str(refused.value)
    return refused.value.key


def test_the_assumptions_as_the_program_writes_them_are_those_that_ship(tmp_path):
    (tmp_path / "mine.toml").write_text(toml_text(SHIPPED), encoding="utf-8")
    some = load_assumptions().reference.model_copy(update={"states": ("AFG", "AGO", "ALB")})
    written = load_assumptions(tmp_path / "mine.toml")
    assert written == load_assumptions().model_copy(update={"reference": some})
    assert (len(NUMBERS), len(DAYS)) == (68, 8)


@pytest.mark.parametrize("value", IMPOSSIBLE[:-1], ids=str)
def test_no_number_of_the_assumptions_may_be_impossible(tmp_path, value):
    for steps in NUMBERS:
        key = refused_key(tmp_path / "mine.toml", with_leaf(SHIPPED, steps, value))
        assert key == dotted(steps)


NO_DAYS = (
    date(1, 1, 1), date(9999, 12, 31), date(1899, 12, 31), date(2201, 1, 1), "2016-01-04", 20160104,
    datetime(2016, 1, 4),  # noqa: DTZ001  # as TOML has it
    1451865600, 2016.0, True,
)  # fmt: skip


@pytest.mark.parametrize("value", NO_DAYS, ids=str)
def test_no_day_of_the_assumptions_may_be_outside_the_range_or_in_another_form(tmp_path, value):
    for steps in DAYS:
        text = toml_text(with_leaf(SHIPPED, steps, value)).replace("T00:00:00", " 00:00:00")
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as refused:
            load_assumptions(path)
        assert refused.value.key == dotted(steps)


FAULTS = {
    "a state twice among the references": (("reference", "states", 1), "AFG", "reference.states[1]"),
    "no state among the references": (("reference", "states"), [], "reference.states"),
    "no column of leverage": (("leverage", "components"), [], "leverage.components"),
    "a column of leverage twice": (("leverage", "components", 1), "us_trade_share", "leverage.components[1]"),
    "an unknown quality": (("trade", "qualities", 0), "E", "trade.qualities[0]"),
    "a width that vanishes when squared": (("peers", "width"), 1e-200, "peers.width"),
    "a memory of no time": (("memory_weeks", "request", "weeks"), 1e-300, "memory_weeks.request.weeks"),
    "a patron twice": (("case", "patrons", 1), "CHN", "case.patrons[1]"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_lists_and_indices_that_cannot_be_computed_are_refused(tmp_path, fault):
    steps, value, key = fault
    assert refused_key(tmp_path / "mine.toml", with_leaf(SHIPPED, steps, value)) == key


@pytest.mark.parametrize(
    ("steps", "value", "key"),
    [
        (("leverage", "components", 0), "name", "a column of states.csv"),
        (("leverage", "components", 0), "target_trade_quality", "a column of states.csv"),
        (("affinity", "weights"), {"region": 1.0}, "a column of states.csv"),
        (("leverage", "logarithm", 0), "us_ally", "a column of states.csv"),
        (("leverage", "logarithm", 0), "gdp_busd", "leverage.logarithm"),
    ],
)
def test_an_index_is_made_of_columns_of_numbers(case, tmp_path, steps, value, key):
    path = tmp_path / "mine.toml"
    path.write_text(toml_text(with_leaf(SHIPPED, steps, value)), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        check_against(path, load_assumptions(path), case.evidence)
    assert refused.value.key == key


def test_no_logarithm_of_a_column_with_figures_below_zero(case, tmp_path):
    table = with_leaf(SHIPPED, ("leverage", "components", 0), "ideal_point")
    path = tmp_path / "mine.toml"
    path.write_text(toml_text(with_leaf(table, ("leverage", "logarithm", 0), "ideal_point")))
    with pytest.raises(InputError, match=r"leverage\.logarithm"):
        check_against(path, load_assumptions(path), case.evidence)


# ---- tables

ROWS = (schema.StateRow, schema.EventRow, schema.NeighbourRow, schema.SourceRow, schema.TradeTotalRow, Tile)
FILES = ("states", "events", "neighbours", "states_sources", "trade_totals", "../tiles")
COLUMNS = [
    (row, file, name)
    for row, file in zip(ROWS, FILES, strict=True)
    for name, field in row.model_fields.items()
    if {int, float, bool}.intersection(parts(field.annotation))
]
CELLS = (
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "1_0",
    " 1",
    "1 ",
    "\u00a01",
    "\uff11",
    "0x1",
    "1" + 320 * "0",
    "9" * 4000,
    "on",
    "1,0",
)


@pytest.mark.parametrize(("row", "file", "column"), COLUMNS, ids=[f"{c[1]}-{c[2]}" for c in COLUMNS])
def test_no_number_of_a_table_may_be_impossible_or_in_another_form(tmp_path, row, file, column):
    text = (folder("calibration") / "evidence" / f"{file}.csv").read_text(encoding="utf-8")
    header, first = list(csv.reader(io.StringIO(text)))[:2]
    path = tmp_path / "mine.csv"
    for cell in CELLS:
        cells = [cell if name == column else given for name, given in zip(header, first, strict=True)]
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, cells])
        with pytest.raises(InputError) as refused:
            read_table(path, row)
        assert (refused.value.key, refused.value.given) == (f"line 2, column {column}", cell)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("gdp_busd", "0"),
        ("gdp_busd", "1e7"),
        ("population_m", "0"),
        ("population_m", "1e5"),
        ("us_aid_musd", "1e10"),
        ("target_workers", "1e11"),
        ("distance_to_target_km", "20200"),
        ("ideal_point", "101"),
        ("relations_since", "1799"),
        ("trade_year", "2201"),
    ],
)
def test_a_figure_beyond_the_world_is_refused(tmp_path, column, cell):
    text = (folder("calibration") / "evidence" / "states.csv").read_text(encoding="utf-8")
    header, first = list(csv.reader(io.StringIO(text)))[:2]
    first[header.index(column)] = cell
    path = tmp_path / "states.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, first])
    with pytest.raises(InputError) as refused:
        read_table(path, schema.StateRow)
    assert refused.value.key == f"line 2, column {column}"


# ---- parameters


@pytest.mark.parametrize(
    "value", [*IMPOSSIBLE[:2], *IMPOSSIBLE[3:9], 10**5000, None, [1.0]], ids=lambda one: str(type(one))
)
def test_no_parameter_may_be_impossible(value):
    for name in parameter_names():
        with pytest.raises(InputError) as refused:
            check_parameter(name, value, file="mine.toml")
        assert refused.value.key == name


def test_the_ends_of_each_range_are_allowed_and_nothing_beyond():
    for name in parameter_names():
        low, high = limits(name)
        assert check_parameter(name, low, file="") == low
        assert check_parameter(name, high, file="") == high
        for beyond in (low - 0.01, high + 0.01):
            with pytest.raises(InputError):
                check_parameter(name, beyond, file="")


@pytest.mark.parametrize("word", ["inf", "nan", "1e400", "-inf"])
def test_a_file_of_parameters_holds_no_number_without_end_but_for_a_tie_switched_off(tmp_path, word):
    text = (folder("calibration") / "map.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    text, found = re.subn(r"^kappa = ", f"kappa = {word} # ", text, flags=re.MULTILINE)
    assert found == 1
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_parameters(path)
    assert refused.value.key in ("kappa", "parameters.kappa")


# ---- scenarios

SCENARIO: dict[str, Any] = {
    "window": {"start": date(2017, 1, 2), "weeks": 4},
    "shift": {"UNSCR 2375": 7},
    "scale": {"UNSCR 2375": 0.5},
    "add": [
        {"date": date(2017, 1, 2), "kind": "un_resolution", "name": "a", "magnitude": 1.0, "forbids": {"trade": 0.5},
         "reason": "b"}
    ],
    "campaign": {"scale": 1.5, "from": date(2017, 1, 2)},
    "requests": {"scale": 1.5, "lag_weeks": 1, "add": [{"date": date(2017, 1, 2), "states": ["MEX"], "strength": 2.0}]},
    "secondary_sanctions": 0.5,
    "sst_listing": date(2017, 1, 2),
    "mandates": {"scale": 1.5},
    "china": {"enforcement": [{"from": date(2017, 1, 2), "level": 0.5}], "backfill": 0.5, "trade": 0.5},
    "target": {"buffer": 0.5},
    "sender": {"escalation": 1.5},
    "thaw": {"scale": 1.5},
}  # fmt: skip


def test_a_scenario_of_all_numbers_and_days_is_allowed():
    assert Scenario().but(**SCENARIO).window.weeks == 4


@pytest.mark.parametrize("steps", [s for s, v in leaves(SCENARIO) if isinstance(v, int | float)], ids=dotted)
def test_no_number_of_a_scenario_may_be_impossible(steps):
    for value in (*IMPOSSIBLE, 10**5000, None, [1.0]):
        if value is None and steps == ("add", 0, "magnitude"):
            continue  # the assumed one of its kind
        with pytest.raises(InputError) as refused:
            Scenario().but(**with_leaf(SCENARIO, steps, value))
        assert refused.value.key.startswith(dotted(steps[:2]))
        str(refused.value)


@pytest.mark.parametrize("steps", [s for s, v in leaves(SCENARIO) if isinstance(v, date)], ids=dotted)
def test_no_day_of_a_scenario_may_be_outside_the_range_or_in_another_form(steps):
    for value in NO_DAYS:
        with pytest.raises(InputError) as refused:
            Scenario().but(**with_leaf(SCENARIO, steps, value))
        assert refused.value.key.startswith(dotted(steps[:2]))


# ---- text


@pytest.mark.parametrize("day", [FIRST_DAY, LAST_DAY, date(2017, 9, 4), date(2016, 2, 29)])
def test_a_day_as_text_is_that_day(day):
    assert day_of(day.isoformat()) == day


def test_a_whole_number_may_be_written_with_a_point():
    assert [whole_of(text) for text in ("3", "3.0", "3e2", "-0")] == [3, 3, 300, 0]
    assert number_of("-.5e1") == -5.0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a = nan", "a"),
        ("a = [1, [2, inf]]", "a[1][1]"),
        ("[a.b]\nc = { d = -inf }", "a.b.c.d"),
        ("a = 1e400", "a"),
        ("a = " + "9" * 320, "a"),
        ("a = " + "9" * 4000, "a"),
        ("a = 0x" + "f" * 9000, "a"),
        ("a = -9223372036854775808", "a"),
        ('a = "\\u001b[31m"', "a"),
        ('a = "\\u0000"', "a"),
        ('a = "\\u202e"', "a"),
        ('"\\u001b" = 1', "file"),
    ],
)
def test_what_no_file_in_toml_may_hold_is_refused_at_its_key(tmp_path, text, key):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_toml(path)
    assert (refused.value.file, refused.value.key) == (str(path), key)
    assert str(refused.value).isprintable()


def test_a_number_of_more_digits_than_python_reads_is_refused_by_its_line(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("b = 1\na = " + "9" * 5000, encoding="utf-8")
    with pytest.raises(InputError):
        read_toml(path)
