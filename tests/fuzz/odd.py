"""What no author of a file means and readers meet all the same: numbers, days, words, values in TOML and JSON."""

from __future__ import annotations

import json
from typing import Final

from hypothesis import strategies as st

NUMBERS: Final = (
    "0", "-0.0", "1", "-1", "+1", "--1", "1.", ".5", "0x10", "1e5", "1_000", "1_0", "1,5", "1.000,5", "nan", "-nan",
    "NaN", "inf", "-inf", "Infinity", "1e308", "-1e308", "1e309", "5e-324", "1e-400", "127", "128", "32768",
    "2147483647", "2147483648", "-2147483649", "9007199254740993", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "9" * 320, "9" * 4301, "0" * 320 + "1", "٣", "１２", "²", "½", "\u00a05", "5\u00a0", " 5",
    "5 ", "\t5", "5\n", "0.1e", "1e", "1/2", "1j", "True", "1;2",
)  # fmt: skip
DATES: Final = (
    "2017-10-30", "0001-01-01", "0000-01-01", "9999-12-31", "10000-01-01", "2017-02-29", "2016-02-29", "2017-13-01",
    "20171030", "2017-W44-1", "2017-10-30T00:00:00", "2017-10-30T23:59:59Z", "2017-10-30 00:00:00+23:59", "30.10.2017",
    "2017-1-3", "２０１７-10-30", "2016-01-03", "2016-01-04", "2018-12-31", "12:00:00", "-2017-10-30", "1600-02-29",
)  # fmt: skip
WORDS: Final = (
    "", " ", "\u00a0", "\u3000", "none", "null", "true", "false", "nobody", "PRK", "USA", "CHN", "prk", "ZZZ", "dummy",
    "max-pressure-2017", "as-recorded", "no-campaign", "posterior", "prior", "map", "E001", "a" * 250, "a" * 5000,
    "é", "e\u0301", "ß", "İ", "\u202eabc", "\u200b", "\ufeff", "\x1b[31m", "\x7f", "\x85", "\u2028", "=1+1", "@x",
    "'; DROP TABLE worlds; --", "<script>", "{0}", "%s", "a.b.c", ".", "..", "../x", "/", "//", "\\", "~", "~nobody/x",
    "a\nb", "a\r\nb", "a\tb", "\0", "x\0y", '"', "'", '"""', "a;b", ";", ";;", "a,b", "[", "]", "{", "}", "#", "=",
)  # fmt: skip
KEYS: Final = (
    "", " ", "a", "name", "extends", "title", "kind", "format", "scenarios", "parameters", "window", "a.b", "__class__",
    "é", "\u202e", "x" * 300, "0", "-1", "none", "trade", "reason", "value",
)  # fmt: skip

EXTREME: Final = (
    "0", "-0.0", "-1", "1", "2", "0.5", "1e-300", "5e-324", "1e6", "1e9", "1e15", "1e100", "1e308", "-1e308", "-100.0",
    "1000.0", "2147483647", "9223372036854775807", "1.0", "nan", "inf", "-inf",
)  # fmt: skip
"""Numbers that TOML, JSON (but for the last three) and tables can all hold, at the edges of what means anything."""

EDGES: Final = (
    "0001-01-01", "9999-12-31", "2016-01-04", "2016-01-03", "2018-12-30", "2018-12-31", "1991-01-07", "1993-03-28",
    "1993-12-26", "1993-12-27", "1970-01-01", "2262-04-12", "1677-09-20",
)  # fmt: skip
"""Days at the edges of calendars, of records and of clocks that count in nanoseconds."""

OF_TEXT: Final = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(DATES),
    st.sampled_from(WORDS),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
"""A cell of a table, an option's value, the text of a field; it can always be written in UTF-8."""

LONE: Final = ("\ud800", "a\udfffb", "\udcff")
"""Halves of a character, which no encoding can write; they reach a program as bytes of its arguments, and in JSON."""

DEEP: Final = (5, 60, 300, 1200, 40_000)


def nested(depth: int, opening: str, closing: str, middle: str = "") -> str:
    """Brackets within brackets."""
    return opening * depth + middle + closing * depth


_BRACKETS: Final = tuple(nested(depth, "[", "]") for depth in DEEP)
_EITHER: Final = ("[]", "{}", "[[]]", "[{}]", "[0]", '[""]', "0", "-1", "1.5", "true", "false", '""', "1e999")

OF_TOML: Final = st.one_of(
    st.sampled_from((*_EITHER, *_BRACKETS, "[nan]", "[inf, -inf]", "{a = 1}", "{a = {b = {c = []}}}", "'x'", "[1, 'a']",
                     nested(60, "{a = ", "}", "1"), nested(400, "{a = ", "}", "1"), '"\\ud800"', '"\\u0000"')),
    st.sampled_from((*NUMBERS, *DATES)),
    OF_TEXT.map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.sampled_from(("x", "y.z", "1 2", "= 3", '"open', "'open", "[open", "{open", "1979-05-27T07:32", "0b1", "0o7")),
)  # fmt: skip
"""The source of a value in TOML; some are none."""

OF_JSON: Final = st.one_of(
    st.sampled_from((*_EITHER, *_BRACKETS, "null", "[null]", "NaN", "-Infinity", "[NaN]", '{"a": 1}',
                     '{"a": {"b": []}}', nested(300, '{"a": ', "}", "1"),
                     nested(2000, '{"a":', "}", "1"), '{"a": 1, "a": 2}')),
    st.sampled_from((*NUMBERS, *DATES)),
    st.one_of(OF_TEXT, st.sampled_from((*NUMBERS, *DATES, *LONE))).map(json.dumps),
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(json.dumps),
)  # fmt: skip
"""The source of a value in JSON; some are none."""

OF_WORDS: Final = st.one_of(OF_TEXT, st.sampled_from(LONE), st.text(max_size=8))
"""What stands where text is given, not read from a file."""
