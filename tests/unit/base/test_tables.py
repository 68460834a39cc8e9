"""Tables read, and refused by file, line and column: their quotes, their numbers, their size."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from maxpressure import InputError
from maxpressure.base.ranges import Count, Day, Share
from maxpressure.base.tables import (
    LARGEST_TABLE,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    read_numbers,
    read_table,
)
from maxpressure.base.toml import SEEN


class Row(BaseModel):
    text: Annotated[str, Field(description="some text")] | None
    share: Share | None
    count: Count | None
    flag: Annotated[bool, Field(description="0 or 1")] | None
    day: Day | None


HEADER = b"text,share,count,flag,day\n"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "points.csv"
    path.write_bytes(content)
    return path


def refusal_of_numbers(folder: Path, content: bytes) -> InputError:
    with pytest.raises(InputError) as refused:
        read_numbers(written(folder, content))
    return refused.value


def refusal_of_rows(folder: Path, content: bytes) -> InputError:
    with pytest.raises(InputError) as refused:
        read_table(written(folder, content), Row)
    return refused.value


def test_rows_of_numbers_come_with_their_lines(tmp_path):
    path = written(tmp_path, b'\xef\xbb\xbfa,b\r\n1,2.5\r\n-3,"1e3"\r\n')
    assert read_numbers(path) == [(2, {"a": 1.0, "b": 2.5}), (3, {"a": -3.0, "b": 1000.0})]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_a_table_may_end_its_lines_in_any_way_and_the_last_not_at_all(tmp_path, ending):
    assert read_numbers(written(tmp_path, ending.join([b"a", b"1", b"2"]))) == [
        (2, {"a": 1.0}),
        (3, {"a": 2.0}),
    ]


def test_a_cell_of_text_in_quotes_may_hold_commas_quotes_and_line_breaks(tmp_path):
    path = written(tmp_path, HEADER + b'"a ""b"", c\r\nd",0.5,3,1,2017-09-04\n,,,,\n"",1,1e2,0,1900-01-01\n')
    first, second, third = read_table(path, Row)
    assert first == (
        2,
        Row(text='a "b", c\r\nd', share=0.5, count=3, flag=True, day=date(2017, 9, 4)),
    )
    assert second == (4, Row(text=None, share=None, count=None, flag=None, day=None))
    assert third == (5, Row(text=None, share=1.0, count=100, flag=False, day=date(1900, 1, 1)))


NUMBERS = {
    "1": 1.0, "-1": -1.0, "+1": 1.0, "1.": 1.0, ".5": 0.5, "1.50": 1.5, "1e3": 1e3, "1E-3": 1e-3, "-2.5e+1": -25.0,
    "007": 7.0, "1" + 300 * "0": 1e300, "0" * 320: 0.0, "0." + 320 * "0" + "1": 1e-321, "-inf": float("-inf"),
}  # fmt: skip


@pytest.mark.parametrize("cell", NUMBERS)
def test_a_plain_number_is_read(tmp_path, cell):
    assert read_numbers(written(tmp_path, f"a\n{cell}\n".encode())) == [(2, {"a": NUMBERS[cell]})]


def test_true_and_false_are_read_as_such(tmp_path):
    rows = read_numbers(written(tmp_path, b"a,b\ntrue,false\n"))
    assert [(type(row["a"]), row["a"], row["b"]) for _, row in rows] == [(bool, True, False)]


NO_NUMBERS = (
    "", " ", "1_000", "1_0", " 1", "1 ", "\u00a01", "1\u00a0", "\u20091", "\t1", "1,5", "0x10", "0b1", "1e", "e5",
    "1e5.0",
    ".", "-", "+-1", "--1", "1-", "inf", "+inf", "Infinity", "-Infinity", "-INF", "nan", "NaN", "None", "True", "TRUE",
    "\uff11", "\u0661\u0662", "\u0967", "\u00b2", "\u2160", "\u22121", "1\u0308", "1e400", "-1e400", "1" + 320 * "0",
    "9" * 4000, "1/2", "50%", "$5", "1.2.3", "12\u200b", "\ufeff1", "\u202e1", "1\n2", "1\n", "\r1", "1;2", "'1'",
    "\x1b[31m1", "yes",
)  # fmt: skip


def quoted(cell: str) -> bytes:
    return b'"' + cell.encode() + b'"'


@pytest.mark.parametrize("cell", NO_NUMBERS)
def test_any_other_cell_is_refused_by_line_and_column_in_every_kind_of_table(tmp_path, cell):
    refused = refusal_of_numbers(tmp_path, b"a,b\n1,2\n3," + quoted(cell) + b"\n")
    assert (refused.file, refused.key) == ("points.csv", "line 3, column b")
    if cell:  # a blank figure is one that nobody found
        for column in range(1, 4):
            cells = [b"a", b"1", b"1", b"1", b"2017-09-04"]
            cells[column] = quoted(cell)
            name = ("text", "share", "count", "flag")[column]
            refused = refusal_of_rows(tmp_path, HEADER + b",".join(cells) + b"\n")
            assert (refused.file, refused.key) == ("points.csv", f"line 2, column {name}")


@pytest.mark.parametrize("cell", ["1.5", "1e-3", "-1", "1e11", "1e300"])
def test_what_is_no_whole_number_in_the_range_of_a_count_is_refused(tmp_path, cell):
    refused = refusal_of_rows(tmp_path, HEADER + f",,{cell},,\n".encode())
    assert (refused.key, refused.given) == ("line 2, column count", cell)


@pytest.mark.parametrize("cell", ["2", "true", "True", "yes", "1.0", "-1", "01"])
def test_a_flag_is_one_or_zero(tmp_path, cell):
    assert refusal_of_rows(tmp_path, HEADER + f",,,{cell},\n".encode()).key == "line 2, column flag"


DAYS = (
    "20170904", "2017-W36-1", "2017W361", "2017-247", "2017-9-4", "04.09.2017", "2017/09/04", "2017-09-04T00:00:00",
    "2017-09-04 ", " 2017-09-04", "2017-09-31", "2017-13-01", "0001-01-01", "9999-12-31", "1899-12-31", "2201-01-01",
    "1504483200", "17-09-04", "+2017-09-04", "-2017-09-04", "\uff12\uff10\uff11\uff17-09-04", "2017\u201009\u201004",
    "today",
)  # fmt: skip


@pytest.mark.parametrize("cell", DAYS)
def test_a_day_has_one_form_and_lies_in_the_range_of_days(tmp_path, cell):
    refused = refusal_of_rows(tmp_path, HEADER + b",,,," + cell.encode() + b"\n")
    assert (refused.key, refused.given) == ("line 2, column day", cell)


QUOTES = {
    "never closed": (b'a,b\n1,2\n3,"4\n5,6\n', "line 3, column b"),
    "closed in the middle of a later cell": (b'a,b\n1,"2\n3,4\n5,"6"\n', "line 2, column b"),
    "opened in the middle of a cell": (b'a,b\n1,2"\n3,4\n', "line 2, column b"),
    "closed in the middle of a cell": (b'a,b\n1,"2"3\n', "line 2, column b"),
    "closed before a space": (b'a,b\n1,"2" \n', "line 2, column b"),
    "opened after a space": (b'a,b\n1, "2"\n', "line 2, column b"),
    "an odd number": (b'a,b\n1,"""\n', "line 2, column b"),
    "in the header": (b'a,"b\n1,2\n', "line 1, column 2"),
    "alone": (b'"', "line 1, column 1"),
    "another backslash": (b'a\n"\\"1"\n', "line 2, column a"),
}


@pytest.mark.parametrize(("content", "key"), QUOTES.values(), ids=QUOTES.keys())
def test_a_quote_out_of_place_is_refused_by_the_line_on_which_it_opens(tmp_path, content, key):
    refused = refusal_of_numbers(tmp_path, content)
    assert (refused.file, refused.key) == ("points.csv", key)
    assert "quote" in refused.allowed or '""' in refused.allowed


def test_a_cell_after_line_breaks_in_its_row_is_named_by_its_own_line(tmp_path):
    row = b'"a\nb\r\nc\rd",x,1,1,2017-09-04\n'
    refused = refusal_of_rows(tmp_path, HEADER + row)
    assert refused.key == "line 5, column share"
    refused = refusal_of_rows(tmp_path, HEADER + b'"a\nb",,,,\n,x,,,\n')
    assert refused.key == "line 4, column share"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file"),
        (b"a,b\n", "file"),
        (b"a,a\n1,2\n", "line 1, column 2"),
        (b"a,b\n1\n", "line 2"),
        (b"a,b\n1,2,3\n", "line 2"),
        (b"a,b\n1,\n", "line 2, column b"),
        (b"a,b\n1,", "line 2, column b"),
        (b"a,b\n1,2\n\n", "line 3"),
        (b"a,b\n\n1,2\n", "line 2"),
        (b"a,b\n1,2\n1,x\n", "line 3, column b"),
        (b"a,b\n1,\xff\n", "line 2, column b"),
        (b"a,\xe9\n1,2\n", "line 1, column 2"),
        (b"\xff\xfea\x00", "line 1, column 1"),
        (b"a,b\n1,2\0\n", "line 2, column b"),
        (b'a,b\n1,"2\0"\n', "line 2, column b"),
        (b"a\0,b\n1,2\n", "line 1, column 1"),
        (b"a,b\n1," + b"2" * (LONGEST_CELL + 1) + b"\n", "line 2, column b"),
        (b"a\n" + b"1\n" * (MOST_ROWS + 1), f"line {MOST_ROWS + 2}"),
        (b"," * MOST_COLUMNS + b"\n", f"line 1, column {MOST_COLUMNS + 1}"),
        (b"a\n" + b"1," * MOST_COLUMNS + b"1\n", f"line 2, column {MOST_COLUMNS + 1}"),
        (b'a,b\n1,"' + b"2" * (LONGEST_CELL + 1) + b'"\n', "line 2, column b"),
    ],
)
def test_a_table_that_holds_no_numbers_is_refused(tmp_path, content, key):
    refused = refusal_of_numbers(tmp_path, content)
    assert (refused.file, refused.key) == ("points.csv", key)


@pytest.mark.parametrize(
    "control", ["\0", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff"]
)
def test_text_that_would_drive_a_terminal_is_refused(tmp_path, control):
    refused = refusal_of_rows(tmp_path, HEADER + f"ok,,,,\n,,,,\na{control}b,,,,\n".encode())
    assert (refused.key, refused.given) == ("line 4, column text", control)
    assert refused.allowed == SEEN


@pytest.mark.parametrize("read", [read_numbers, lambda path: read_table(path, Row)])
def test_a_table_that_is_missing_too_large_or_a_folder_is_refused(tmp_path, read):
    large = tmp_path / "large.csv"
    large.write_bytes(b"a" * (LARGEST_TABLE + 1))
    for path in (tmp_path / "none.csv", tmp_path, tmp_path / ("x" * 300), tmp_path / "a\0b", large):
        with pytest.raises(InputError) as refused:
            read(path)
        assert (refused.value.file, refused.value.key) == (str(path), "file")
