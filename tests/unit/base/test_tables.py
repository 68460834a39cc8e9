"""Tables of numbers read, and refused by file, line and column."""

from __future__ import annotations

import pytest

from maxpressure import InputError
from maxpressure.base.tables import read_numbers


def test_rows_of_numbers_come_with_their_lines(tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2.5\r\n-3,1e3\r\n")
    assert read_numbers(path, 1000) == [(2, {"a": 1.0, "b": 2.5}), (3, {"a": -3.0, "b": 1000.0})]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "file"),
        (b"a,b\n", "file"),
        (b"a,a\n1,2\n", "line 1, column 2"),
        (b"a,b\n1\n", "line 2"),
        (b"a,b\n1,2,3\n", "line 2"),
        (b"a,b\n1,2\n1,x\n", "line 3, column b"),
        (b"a,b\n1,nan\n", "line 2, column b"),
        (b"a,b\n1,\xff\n", "line 2"),
        (b"a,b\n" + 500 * b"1,2\n", "file"),
    ],
)
def test_a_table_that_holds_no_numbers_is_refused(tmp_path, content, key):
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_numbers(path, 1000)
    assert (refused.value.file, refused.value.key) == ("points.csv", key)


def test_a_table_that_is_missing_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError) as refused:
            read_numbers(path, 1000)
        assert refused.value.key == "file"
