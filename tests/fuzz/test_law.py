"""The search itself: it finds what breaks the law, makes it small, tells faults apart, passes what keeps the law."""

from __future__ import annotations

from hypothesis import strategies as st

from fuzz.law import Kind, search
from maxpressure.base.errors import InputError

TEXTS = st.text(st.characters(codec="ascii"), max_size=30)


def test_each_fault_is_found_once_by_its_smallest_input() -> None:
    def read(given: str) -> str:
        if "7" in given:
            return str({}["seven"])
        if len(given) > 5:
            return str(list[str]()[0])
        return given

    found = search(Kind(inputs=TEXTS, read=read), cases=500)
    assert sorted((fault.why.partition(":")[0], fault.given) for fault in found.faults.values()) == [
        ("IndexError", "000000"),
        ("KeyError", "7"),
    ]


def test_a_refusal_must_name_a_file_and_a_value_must_hold() -> None:
    def read(given: str) -> str:
        if given:
            raise InputError(
                file="" if "0" in given else "mine.toml", key="key", given=given, allowed="nothing"
            )
        return given

    def holds(given: str) -> None:
        assert given == "other"

    found = search(Kind(inputs=TEXTS, read=read, holds=holds))
    assert {fault.given for fault in found.faults.values()} == {"", "0"}
    assert found.outcomes["refusal"] > 0


def test_a_kind_that_keeps_the_law_has_no_fault_and_the_same_inputs_each_time() -> None:
    seen: list[list[str]] = []
    for number in (None, None, 3, 3, 4):
        seen.append([])
        found = search(Kind(inputs=TEXTS, read=seen[-1].append), cases=50, number=number)
        assert (found.cases, found.outcomes["value"], found.faults) == (50, 50, {})
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]
    assert seen[3] != seen[4]
