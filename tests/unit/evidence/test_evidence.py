"""The evidence loads as it stands, means what its README says, and a bad row is refused where it stands."""

from __future__ import annotations

import csv
import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from maxpressure.base import paths
from maxpressure.base.errors import InputError
from maxpressure.evidence.assumptions import load_assumptions
from maxpressure.evidence.events import load_events
from maxpressure.evidence.evidence import CODES_WITHOUT_A_ROW, MORE_TABLES, TABLES, Evidence, load_evidence
from maxpressure.evidence.schema import BLOCS, KINDS, MEASURES, StateRow

OURS = paths.folder("calibration") / "evidence"
SPAN = load_assumptions().record
Lines = list[list[str]]
BESIDE = ("memberships.csv",)
"""Tables that lie beside the record: neither loaded with it nor in its digest."""


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence(span=SPAN)


def lines_of(folder: Path, table: str) -> Lines:
    with (folder / table).open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def write(folder: Path, table: str, lines: Lines) -> None:
    with (folder / table).open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows(lines)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for table in (*TABLES, *MORE_TABLES):
        shutil.copyfile(OURS / table, tmp_path / table)
    return tmp_path


# ---- the tables as they stand


def test_every_table_has_as_many_rows_as_its_readme_says():
    readme = (OURS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+\.csv)` \| (\d+) \|", readme, re.MULTILINE)
    claimed = {table: int(count) for table, count in rows}
    assert claimed == {table: len(lines_of(OURS, table)) - 1 for table in (*TABLES, *MORE_TABLES, *BESIDE)}


def test_no_table_lies_in_the_folder_without_being_loaded_and_digested_or_known_to_lie_beside():
    assert sorted(path.name for path in OURS.glob("*.csv")) == sorted((*TABLES, *MORE_TABLES, *BESIDE))


def test_all_rows_of_all_tables_are_loaded(evidence):
    loaded = {
        "blocs.csv": evidence.blocs,
        "events.csv": evidence.events_of("strict"),
        "events_coding.csv": evidence.events.coding,
        "neighbours.csv": evidence.neighbours,
        "pressure.csv": evidence.pressure,
        "requests.csv": evidence.requests,
        "states.csv": evidence.states,
        "trade_totals.csv": evidence.trade_totals,
    }
    assert {table: len(rows) for table, rows in loaded.items()} == {
        "blocs.csv": 454,
        "events.csv": 175,
        "events_coding.csv": 175,
        "neighbours.csv": 552,
        "pressure.csv": 100,
        "requests.csv": 119,
        "states.csv": 196,
        "trade_totals.csv": 21,
    }


def test_a_blank_cell_is_an_unknown_figure_and_never_zero(evidence):
    angola, albania = evidence.state("AGO"), evidence.state("ALB")
    assert (angola.target_trade_musd, albania.target_imports_from_state_musd) == (None, 0.0)


def test_lists_are_parted_at_semicolons_and_a_blank_one_is_empty(evidence):
    named = {row.name: row for row in evidence.pressure}
    pence, launch = named["Pence in Latin America"], named["Hwasong-12"]
    assert (pence.targets, launch.targets) == (("BRA", "CHL", "MEX", "PER"), ())


def test_the_source_of_each_column_claims_the_share_of_states_that_the_column_fills(evidence):
    for column, *_, claimed in lines_of(OURS, "states_sources.csv")[1:]:
        filled = sum(getattr(state, column) is not None for state in evidence.states)
        assert float(claimed) == pytest.approx(filled / len(evidence.states), abs=0.0006), column


def test_every_known_word_is_in_use_so_that_no_list_of_words_outgrows_its_table(evidence):
    assert {row.kind for row in evidence.pressure} == set(KINDS)
    assert {measure for row in evidence.pressure for measure in row.measures} == set(MEASURES)
    assert {row.bloc for row in evidence.blocs} == set(BLOCS)


def test_a_place_without_a_row_is_excused_only_while_an_input_names_it(evidence):
    named = {target for row in evidence.pressure for target in row.targets}
    assert named - set(evidence.iso3s) == set(CODES_WITHOUT_A_ROW)


def test_a_state_is_found_by_its_code_and_a_stranger_is_not(evidence):
    assert evidence.state("ZWE").name == "Zimbabwe"
    assert evidence.iso3s == tuple(sorted(evidence.iso3s))
    with pytest.raises(KeyError, match="PRK"):
        evidence.state("PRK")


def test_the_eu_and_nam_members_of_the_table_of_blocs_agree_with_the_columns_that_have_a_source(evidence):
    members = {(row.bloc, row.iso3) for row in evidence.blocs if row.bloc in ("EU", "NAM")}
    eu = {("EU", state.iso3) for state in evidence.states if state.eu_member}
    assert members == eu | {("NAM", state.iso3) for state in evidence.states if state.nam_member}


def test_evidence_cannot_be_changed_and_travels_between_processes(evidence):
    with pytest.raises(FrozenInstanceError):
        evidence.digest = ""
    with pytest.raises(ValidationError):
        evidence.states[0].name = "Elsewhere"
    assert pickle.loads(pickle.dumps(evidence)) == evidence


def test_the_digest_is_the_same_for_the_same_tables_and_another_after_any_edit(evidence, copy):
    assert load_evidence(copy, SPAN).digest == evidence.digest
    note = (copy / "states_sources.csv").read_bytes()
    (copy / "states_sources.csv").write_bytes(note.replace(b"own flag", b"own mark"))
    assert load_evidence(copy, SPAN).digest != evidence.digest


def test_line_ends_and_the_mark_of_a_spreadsheet_do_not_make_other_evidence(evidence, copy):
    for table in TABLES:
        (copy / table).write_bytes((copy / table).read_bytes().replace(b"\n", b"\r\n"))
    marked = load_evidence(copy, SPAN)
    assert replace(marked, folder=evidence.folder) == evidence
    (copy / "blocs.csv").write_bytes(b"\xef\xbb\xbf" + (OURS / "blocs.csv").read_bytes())
    assert load_evidence(copy, SPAN).blocs == evidence.blocs


def test_a_state_added_at_the_end_of_the_table_takes_its_place_in_the_order(evidence, copy):
    lines = lines_of(copy, "states.csv")
    write(copy, "states.csv", [lines[0], *lines[2:], lines[1]])
    assert load_evidence(copy, SPAN).states == evidence.states


def test_a_later_file_of_events_may_run_past_the_record_but_the_record_may_not(evidence, copy):
    lines = lines_of(copy, "events.csv")
    lines = [lines[0], *(row for row in lines[1:] if row[0] < "E2")]
    lines[-1][1] = "2019-03-01"
    write(copy, "events.csv", lines)
    assert load_events(copy / "events.csv", evidence.states)[-1].date == date(2019, 3, 1)
    with pytest.raises(InputError, match="a day from 2016-01-04 to 2018-12-31"):
        load_evidence(copy, SPAN)


# ---- a bad row is refused where it stands


@dataclass(frozen=True)
class Slip:
    """One wrong cell: what makes it, and what the refusal must say."""

    fact: str
    table: str
    line: int
    column: str
    given: str
    allowed: str
    nearest: str = ""
    shown: object = None


SLIPS = [
    Slip("an unknown tie", "events.csv", 27, "tie", "diplomatik", "one of diplomatic, trade", "diplomatic"),
    Slip("an unknown action", "events.csv", 27, "action", "expel_embassador", "one of", "expel_ambassador"),
    Slip("an unknown direction", "events.csv", 27, "direction", "downwards", "one of down, up, none", "down"),
    Slip("an unknown trigger", "events.csv", 27, "trigger", "us_requests", "one of commercial", "us_request"),
    Slip("an unknown contact", "events.csv", 27, "us_contact_before", "perhaps", "one of yes, no, unknown"),
    Slip("an unknown confidence", "events.csv", 27, "confidence", "hihg", "one of high, medium, low", "high"),
    Slip("an unknown precision", "events.csv", 27, "date_precision", "year", "one of day, week, month"),
    Slip("a level above full", "events.csv", 27, "level_before", "4", "a level: 0, 1, 2 or 3"),
    Slip("a level below none", "events.csv", 27, "level_after", "-1", "a level: 0, 1, 2 or 3"),
    Slip("half a level", "events.csv", 27, "level_after", "1.5", "a level: 0, 1, 2 or 3"),
    Slip("a day that is none", "events.csv", 27, "date", "2017-02-30", "a day as YYYY-MM-DD"),
    Slip("a date in another order", "events.csv", 27, "date", "04/03/2017", "a day as YYYY-MM-DD"),
    Slip("seconds instead of a date", "events.csv", 27, "date", "1488585600", "a day as YYYY-MM-DD"),
    Slip("a day before the record", "events.csv", 2, "date", "2015-12-31", "a day from 2016-01-04"),
    Slip("a day after the record", "events.csv", 127, "date", "2019-01-02", "a day from 2016-01-04 to 2018-12-31"),
    Slip("a month not on its 15th", "events.csv", 8, "date", "2016-05-14", "the 15th, where only the month"),
    Slip("a source of no date", "events.csv", 27, "source_date", "March 2017", "a day as YYYY-MM-DD"),
    Slip("a row without a source", "events.csv", 27, "source_url", "", "some text, not a blank"),
    Slip("an id out of pattern", "events.csv", 27, "event_id", "26", "E and three digits"),
    Slip("an id used twice", "events.csv", 27, "event_id", "E001", "what no other row has; line 2 has it"),
    Slip("an unknown state", "events.csv", 27, "iso3", "MYX", "the ISO3 code of a state", "MYS"),
    Slip("a code that is no code", "events.csv", 27, "iso3", "mys", "an ISO 3166-1 code of three capital"),
    Slip("another state's code", "events.csv", 27, "iso3", "MMR", "Myanmar, the name of", shown="Malaysia"),
    Slip("a cut called a rise", "events.csv", 27, "direction", "up", "down from level 3 to level 2"),
    Slip("a small step called nothing", "events.csv", 27, "direction", "none", "down from level 3 to level 2"),
    Slip("a broken chain", "events.csv", 29, "level_before", "3", "2, where E027 on line 28 left", shown=3),
    Slip("an unknown kind of input", "pressure.csv", 2, "kind", "nuclear_tset", "one of", "nuclear_test"),
    Slip("an unknown measure", "pressure.csv", 5, "measures", "arms;cole", "one of", "coal", shown="cole"),
    Slip("a measure twice", "pressure.csv", 5, "measures", "arms;arms", "known measures, each once"),
    Slip("an unknown target", "pressure.csv", 7, "targets", "CHN;JPM", "the ISO3 code", "JPN", shown="JPM"),
    Slip("an input named twice", "pressure.csv", 3, "name", "Fourth nuclear test", "line 2 has it already"),
    Slip("an input after the tables", "pressure.csv", 101, "date", "2019-01-01", "a day from 2016-01-04"),
    Slip("a negative sum of money", "states.csv", 2, "us_aid_musd", "-1", "million US dollars, from 0"),
    Slip("a sum without end", "states.csv", 2, "gdp_busd", "inf", "thousand million US dollars, from 1e-6"),
    Slip("a figure that is none", "states.csv", 2, "ideal_point", "nan", "a number from -100 to 100"),
    Slip("a share above one", "states.csv", 2, "us_trade_share", "1.2", "a share, a number from 0 to 1"),
    Slip("a place off the globe", "states.csv", 2, "capital_lat", "91", "degrees from -90 to 90"),
    Slip("a flag that is a word", "states.csv", 2, "nam_member", "yes", "0 or 1"),
    Slip("a military code too high", "states.csv", 2, "military_tie", "3", "0, 1 or 2"),
    Slip("an unknown quality", "states.csv", 2, "target_trade_quality", "E", "one of A, B, C, D, Z"),
    Slip("a figure without quality", "states.csv", 2, "target_trade_quality", "", "a quality where there is"),
    Slip(
        "a doubtful figure called clean", "states.csv", 2, "target_trade_quality", "C", "a blank, by the",
        shown=0.0,
    ),
    Slip("a state listed twice", "states.csv", 3, "iso3", "AFG", "line 2 has it already"),
    Slip("a source of no column", "states_sources.csv", 2, "column", "iso", "a column of states.csv", "iso3"),
    Slip("a column sourced twice", "states_sources.csv", 3, "column", "iso3", "line 2 has it already"),
    Slip("a coverage above one", "states_sources.csv", 2, "share_of_states_covered", "19.6", "a share"),
    Slip("an unknown bloc", "blocs.csv", 2, "bloc", "ASAEN", "one of ASEAN", "ASEAN"),
    Slip("a member twice", "blocs.csv", 3, "iso3", "BRN", "line 2 has it already", shown="ASEAN"),
    Slip("a stranger in a bloc", "blocs.csv", 2, "iso3", "SGB", "the ISO3 code of a state", "SGP"),
    Slip("neighbours at no distance", "neighbours.csv", 2, "contiguity_type", "6", "type from 1 to 5"),
    Slip("a pair twice", "neighbours.csv", 3, "iso3_b", "CHN", "line 2 has it already"),
    Slip("a state beside itself", "neighbours.csv", 2, "iso3_b", "AFG", "another state than iso3_a"),
    Slip("a period that is none", "trade_totals.csv", 2, "period", "2016-17", "a year, a month (YYYY-MM)"),
    Slip("a loss of more than all", "trade_totals.csv", 5, "change_on_year", "-1.5", "from -1 (all lost)"),
    Slip("a share above one in money", "trade_totals.csv", 7, "value_musd", "94.8", "a share", shown=94.8),
]  # fmt: skip
POINTS_ELSEWHERE = {
    "another state's code": "state",
    "a doubtful figure called clean": "target_trade_clean_musd",
    "a member twice": "bloc",
}


@pytest.mark.parametrize("slip", SLIPS, ids=[slip.fact for slip in SLIPS])
def test_a_bad_cell_is_refused_by_file_line_column_value_and_what_is_allowed(slip, copy):
    lines = lines_of(copy, slip.table)
    lines[slip.line - 1][lines[0].index(slip.column)] = slip.given
    write(copy, slip.table, lines)
    with pytest.raises(InputError) as refused:
        load_evidence(copy, SPAN)
    column = POINTS_ELSEWHERE.get(slip.fact, slip.column)
    given = slip.given if slip.shown is None else slip.shown
    message = str(refused.value)
    assert message.startswith(f"{slip.table}: line {slip.line}, column {column} is {given!r}. Allowed is ")
    assert slip.allowed in message
    assert (f"Did you mean {slip.nearest!r}?" in message) == bool(slip.nearest)


def swap_first_headings(lines: Lines) -> Lines:
    return [[lines[0][1], lines[0][0], *lines[0][2:]], *lines[1:]]


def add_a_column(lines: Lines) -> Lines:
    return [[*line, "extra"] for line in lines]


def drop_a_cell(lines: Lines) -> Lines:
    return [*lines[:4], lines[4][:-1], *lines[5:]]


def mirror_the_first_row(lines: Lines) -> Lines:
    return [*lines, [lines[1][1], lines[1][0], lines[1][2]]]


def drop_the_last_row(lines: Lines) -> Lines:
    return lines[:-1]


def empty(lines: Lines) -> Lines:
    return lines[:0]


@pytest.mark.parametrize(
    ("table", "change", "message"),
    [
        (
            "events.csv",
            swap_first_headings,
            "events.csv: line 1, column 1 is 'date'. Allowed is the heading",
        ),
        (
            "blocs.csv",
            add_a_column,
            "blocs.csv: line 1, column 3 is 'extra'. Allowed is no further column.",
        ),
        ("pressure.csv", drop_a_cell, "pressure.csv: line 5 has 10 cells. Allowed is 11 cells, as in"),
        ("pressure.csv", empty, "pressure.csv: line 1, column 1 is ''. Allowed is the heading 'date'"),
        (
            "neighbours.csv",
            mirror_the_first_row,
            "neighbours.csv: line 554, column iso3_b is 'AFG'. Allowed is",
        ),
        (
            "states_sources.csv",
            drop_the_last_row,
            "states_sources.csv: column unga_agreement_target of states.csv has no row. Allowed is one",
        ),
    ],
)
def test_a_table_of_the_wrong_shape_is_refused(
    table: str, change: Callable[[Lines], Lines], message: str, copy: Path
):
    write(copy, table, change(lines_of(copy, table)))
    with pytest.raises(InputError) as refused:
        load_evidence(copy, SPAN)
    assert str(refused.value).startswith(message)


def test_a_missing_table_is_refused_by_its_path(copy):
    (copy / "blocs.csv").unlink()
    with pytest.raises(InputError) as refused:
        load_evidence(copy, SPAN)
    assert (refused.value.file, refused.value.given) == (str(copy / "blocs.csv"), "is not there")


def test_a_table_saved_in_another_encoding_is_refused_by_its_line(copy):
    lines = (copy / "states.csv").read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"Angola", "Angolà".encode("latin-1"))
    (copy / "states.csv").write_bytes(b"".join(lines))
    with pytest.raises(
        InputError, match=r"states.csv: line 3, column name is b'Angol\\xe0'. Allowed is text in UTF-8"
    ):
        load_evidence(copy, SPAN)


def test_a_row_offers_exactly_the_columns_of_its_table():
    assert list(StateRow.model_fields) == lines_of(OURS, "states.csv")[0]
