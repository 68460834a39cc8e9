"""Numbers, lists, lines and tables as text."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxpressure.base import cautions, text


@pytest.mark.parametrize(
    ("share", "long", "short"),
    [
        (0.0, "0 %", "0"),
        (0.004, "under 1 %", "<1"),
        (-0.004, "under 1 %", "<1"),
        (0.005, "0 %", "0"),
        (0.126, "13 %", "13"),
        (-0.126, "-13 %", "-13"),
        (0.995, "100 %", "100"),
        (0.996, "over 99 %", ">99"),
        (1.0, "100 %", "100"),
        (math.nan, "—", "—"),
    ],
)
def test_a_share_in_per_cent(share, long, short):
    assert text.percent(share) == long
    assert text.percent(share, unit=False) == short


def test_a_range_of_shares_that_read_the_same_is_one():
    assert text.percent_range(0.05, 0.03) == "3 to 5 %"
    assert text.percent_range(0.031, 0.029) == "3 %"
    assert text.percent_range(0.001, 0.05) == "<1 to 5 %"


@pytest.mark.parametrize(
    ("number", "digits", "written"),
    [
        (0.0, 4, "0"),
        (12345.6, 4, "12,346"),
        (9999.7, 4, "10,000"),
        (-1234.5, 4, "-1,234"),
        (12.34567, 4, "12.35"),
        (99.0, 3, "99"),
        (123.4, 3, "123"),
        (1e-5, 3, "1e-05"),
        (math.nan, 3, "—"),
    ],
)
def test_a_number_to_its_digits(number, digits, written):
    assert text.significant(number, digits) == written


def test_a_difference_has_a_sign_unless_it_rounds_to_zero():
    written = [text.signed(number, 1) for number in (3.14, -3.14, 0.0, -0.04, math.nan)]
    assert written == ["+3.1", "-3.1", "0.0", "0.0", "—"]


def test_a_noun_has_the_number_of_its_count():
    assert text.plural(1, "world") == "1 world"
    assert text.plural(0, "world") == "0 worlds"
    assert text.plural(1234, "country", "countries") == "1,234 countries"


def test_words_as_a_list():
    assert [text.joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert text.joined(["a", "b", "c"], last="or") == "a, b or c"


def test_a_day():
    assert text.day_text(dt.date(2017, 9, 3)) == "3 September 2017"


def test_lines_are_no_wider_than_the_width_and_none_begins_with_a_per_cent_sign():
    note = "In 93 of 100 worlds the share of trade left is at least 5 % of what it was"
    for width in range(10, 80):
        lines = text.wrapped([note, note], width)
        assert max(map(len, lines)) <= width
        assert not any(line.lstrip().startswith("%") for line in lines)
        assert " ".join(line.strip() for line in lines) == f"{note} {note}"


def test_the_first_line_of_a_note_may_begin_otherwise_than_the_further_ones():
    assert text.wrapped("one two three", 9, first="> ", indent="    ") == ["> one two", "    three"]
    assert text.filled("one two three", 8) == "one two\nthree"


def test_a_long_word_is_kept_whole_on_request():
    assert text.wrapped("to /a/very/long/path", 8, whole=True)[-1] == "  /a/very/long/path"
    assert max(map(len, text.wrapped("to /a/very/long/path", 8))) <= 8


def test_a_path_below_the_current_folder_is_shown_from_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert text.from_here(tmp_path / "results" / "a") == str(Path("results", "a"))
    assert text.from_here(str(tmp_path.parent)) == str(tmp_path.parent)


ROWS = [("", "mean", "± error"), ("acts", "12.3", "0.1"), ("states", "9", "")]


def test_columns_stand_under_one_another():
    assert text.columns(ROWS) == ["        mean  ± error", "acts    12.3      0.1", "states     9"]
    assert text.columns(ROWS, indent="  ")[1] == "  acts    12.3      0.1"


def test_columns_that_do_not_fit_are_left_out_but_never_the_first_two():
    assert text.columns(ROWS, 21) == text.columns(ROWS)
    assert text.columns(ROWS, 20) == ["        mean", "acts    12.3", "states     9"]
    assert text.columns(ROWS, 20, indent="  ") == text.columns(ROWS, 2, indent="  ")


def table():
    return pd.DataFrame(
        {
            "state_name": ["A|B", "C"],
            "acts": [1, 20],
            "share": [0.12345678, np.nan],
            "seen": [True, False],
            "day": [pd.Timestamp("2017-09-03"), pd.Timestamp("2017-09-04")],
        }
    )


def test_the_cells_of_a_table():
    assert text.cells(table()[["state_name", "acts"]]) == [["state_name", "acts"], ["A|B", "1"], ["C", "20"]]


def test_a_table_in_markdown():
    assert text.markdown(table()[["state_name", "acts", "share", "seen"]], 3) == (
        "| state name | acts | share | seen |\n"
        "|---|---:|---:|---|\n"
        "| A\\|B | 1 | 0.123 | yes |\n"
        "| C | 20 |  | no |\n"
    )
    assert text.markdown_rows(("a", "b", "c"), [("x", "y", "1")], words=2)[1] == "|---|---|---:|"


def test_a_table_as_csv():
    rounded = text.csv_bytes(table()).decode().splitlines()
    assert rounded[:2] == ["state_name,acts,share,seen,day", "A|B,1,0.123457,True,2017-09-03"]
    assert "0.12345678" in text.csv_bytes(table(), digits=None).decode()


def test_every_caution_is_a_sentence_of_its_own():
    sentences = [
        getattr(cautions, name) for name in dir(cautions) if name.isupper() and name != "NOT_SEPARATED"
    ]
    every = [
        one for entry in sentences for one in ([entry] if isinstance(entry, str) else set(entry.values()))
    ]
    assert len(every) > 10
    assert all(one[0].isupper() and one.endswith(".") for one in every)


# ---- what nobody sees, and what a spreadsheet would run


@pytest.mark.parametrize(
    "letter", ["\x1b", "\x00", "\r", "\x9b", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\udcff"]
)
def test_an_invisible_letter_is_found_and_escaped(letter):
    given = f"a{letter}b"
    assert text.hidden(given) == letter
    assert text.visible(given) == f"a{letter.encode('unicode_escape').decode()}b"


@pytest.mark.parametrize("seen", ["", "plain", "line\nline\ttab", "朝鲜 é Λ − 😀", "no\u00a0break"])
def test_what_can_be_seen_stays(seen):
    assert text.hidden(seen) == ""
    assert text.visible(seen) is seen


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+A1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "=cmd|' /C calc'!A0",
        "'=1",
        "''@x",
        "＝1",
        "-x",
        "+-1",
    ],
)
def test_a_cell_that_a_spreadsheet_may_run_has_an_apostrophe_and_comes_back(cell):
    assert text.inert(cell) == f"'{cell}"
    assert text.as_given(text.inert(cell)) == cell


@pytest.mark.parametrize(
    "cell", ["", "a=b", "'tis", "-8.1", "+3", "-1,200", "-5 %", "-1e-9", "-", 3, -1.5, None]
)
def test_other_cells_stay(cell):
    assert text.inert(cell) == cell
    assert text.as_given(cell) == cell


@given(st.text(st.sampled_from("=+-@'\t\n 1a.\"＝,;|")))
def test_every_cell_of_a_table_comes_back_from_its_csv_and_none_is_a_formula(cell):
    table = pd.DataFrame(
        {"one": [cell, "b"], cell or "=": pd.Categorical([cell, "b"]), "n": [-1.5, math.nan]}
    )
    written = text.csv_bytes(table, digits=None)
    raw = pd.read_csv(io.BytesIO(written), keep_default_na=False, dtype=str, skip_blank_lines=False)
    back = raw.map(text.as_given)
    assert list(back["one"]) == [cell, "b"]
    assert list(back.iloc[:, 1]) == [cell, "b"]
    assert list(raw["n"]) == ["-1.5", ""]
    for shown in [*raw.columns, *raw["one"]]:
        assert not shown.startswith(("=", "@", "\t", "\n", "＝"))


@pytest.mark.parametrize(
    "given",
    [
        "a|b",
        "a\\|b",
        "<script>x</script>",
        "\\<b>",
        "![p](http://q)",
        "[a](b)",
        "a\nb",
        "</td>",
        "<!--",
        "a\\",
    ],
)
def test_a_text_in_markdown_stays_text_in_its_cell(given):
    safe = text.as_markdown(given)
    rendered = re.sub(r"\\([^\w\s])", "", safe)  # what is escaped is text
    assert not re.search(r"[|\n]|<[A-Za-z/!?]|\]\(", rendered)
    assert re.sub(r"\\([^\w\s])", r"\1", safe) == given.replace("\n", " ")
    for page in (
        text.markdown(pd.DataFrame({given: [given]})),
        "\n".join(text.markdown_rows([given], [[given]])),
    ):
        assert page.strip().splitlines()[2] == f"| {safe} |"
