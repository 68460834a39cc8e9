"""The page on mechanisms: no row is missing, what it names exists, and its numbers can be had again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from maxpressure.base.ties import RESIDUAL, TIE_INDEX
from maxpressure.evidence.record import code_record, starting_levels
from maxpressure.model.case import Case, Situation
from maxpressure.scenario import shipped_scenarios

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "mechanisms.md"
DIPLOMATIC = TIE_INDEX["diplomatic"]


@pytest.fixture(scope="module")
def tool() -> Iterator[ModuleType]:
    """The program that writes the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs" / "build")
        yield import_module("mechanisms")


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    """The cells of every line of the page's tables."""
    found = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found]


# ---- what it names exists


def test_every_mechanism_has_a_row_with_code_scenarios_tests_and_something_switched(tool: ModuleType) -> None:
    assert [row.number for row in tool.ROWS] == list(range(1, 27))
    for row in tool.ROWS:
        assert row.mechanism
        assert row.code
        assert row.contrasts
        assert set(row.scenarios) <= set(shipped_scenarios())
        assert row.scenarios
        assert tool.tests_of(row.number)


def test_every_name_in_the_code_exists(tool: ModuleType) -> None:
    for row in tool.ROWS:
        for place in row.code:
            module, _, name = place.rpartition(".")
            assert hasattr(import_module(f"maxpressure.{module}"), name), place


def test_every_test_on_the_page_exists_and_belongs_to_its_row(lines: list[list[str]]) -> None:
    named = {
        cells[0]: cells[4].replace("`", "").split("<br>")
        for cells in lines
        if len(cells) == 5 and cells[0] != "#"
    }
    assert list(named) == [str(number) for number in range(1, 27)]
    for number, tests in named.items():
        for test in tests:
            file, _, name = test.partition("::")
            assert name.startswith(f"test_row_{int(number):02d}_")
            assert f"def {name}(" in (ROOT / "tests" / "mechanisms" / file).read_text(encoding="utf-8")


def test_the_page_is_of_the_rows_as_they_stand(tool: ModuleType, lines: list[list[str]]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for row in tool.ROWS:
        assert tool.where_line(row) in text
    effects = [cells for cells in lines if len(cells) == 6 and cells[0] != "#"]
    contrasts = [contrast for row in tool.ROWS for contrast in row.contrasts]
    assert [cells[2] for cells in effects] == [contrast.words for contrast in contrasts]
    for cells, contrast in zip(effects, contrasts, strict=True):
        assert all(" to " in cell or "every world" in cell or "under" in cell for cell in cells[3:5])
        assert contrast.why in cells[5]


# ---- its numbers


def test_a_line_of_the_page_comes_out_again(tool: ModuleType, case: Case) -> None:
    """If this fails, the rule, the evidence or the posterior has changed since: `make mechanisms`."""
    row = next(row for row in tool.ROWS if row.number == 18)
    values = tool.simulated(case, tool.sides_of([row]), tool.WORLDS, progress=False)
    text = PAGE.read_text(encoding="utf-8")
    for line in tool.effect_lines(row, values):
        assert line in text


def test_an_effect_that_nobody_can_see_must_be_explained(tool: ModuleType) -> None:
    row = next(row for row in tool.ROWS if row.number == 23)
    same = {"draw": np.arange(50.0), "acts": np.arange(50.0), "trade_left": np.full(50, 0.5)}
    values = dict.fromkeys(tool.sides_of([row]), same)
    with pytest.raises(ValueError, match=r"row 23, .*: say why"):
        tool.effect_lines(row, values)


def test_a_difference_is_written_with_its_error_and_interval_or_as_the_same_in_every_world(
    tool: ModuleType,
) -> None:
    draws = np.arange(400.0)
    acts = np.random.default_rng(1).normal(5.0, 2.0, 400)
    ours = {"draw": draws, "acts": acts, "trade_left": np.full(400, 0.25)}
    theirs = {"draw": draws, "acts": np.zeros(400), "trade_left": np.full(400, 0.5)}
    found = tool.measured(ours, theirs, "acts")
    assert tool.cell(found).startswith(f"{acts.mean():.3f} ± {acts.std(ddof=1) / 20:.3f} (")
    assert tool.cell(tool.measured(ours, theirs, "trade_left")) == "−25.00 in every world"
    assert tool.cell(tool.measured(ours, ours, "acts")) == "0 in every world"


# ---- the codings that stand for a switch


def test_statements_as_acts_are_those_of_the_documents_and_more(tool: ModuleType, case: Case) -> None:
    starting = starting_levels(case.evidence, case.assumptions)
    origin = case.assumptions.record.origin
    plain, stated = (
        code_record(evidence, starting, origin)
        for evidence in (case.evidence, tool.with_statements(case.evidence))
    )
    assert len(stated.acts) > len(plain.acts) + 10
    dated = {(act.iso3, cut.date) for act in stated.acts for cut in act.cuts if cut.tie == DIPLOMATIC}
    assert {("PAK", dt.date(2017, 9, 3)), ("BGR", dt.date(2017, 1, 21))} <= dated


def test_memberships_at_risk_add_residual_ties_of_the_non_aligned_and_change_nothing_else(
    tool: ModuleType, case: Case, recorded: Situation
) -> None:
    start, before = tool.with_memberships(case, recorded).population.start, recorded.population.start
    changed = np.argwhere(start != before)
    assert len(changed) == 9
    assert (changed[:, 1] == DIPLOMATIC).all()
    assert (start[changed[:, 0], DIPLOMATIC] == RESIDUAL).all()
    members = {row.iso3 for row in case.evidence.states if row.nam_member}
    assert {recorded.population.iso3[place] for place in changed[:, 0]} <= members


def test_seouls_requests_are_all_that_it_made_in_these_two_years(tool: ModuleType, case: Case) -> None:
    rows = import_module(tool.Row.__module__)
    asked = [
        row.name
        for row in case.evidence.pressure
        if row.kind == "rok_japan_measure"
        and row.date.year < 2018
        and set(row.targets) & case.vocabulary().states.keys()
        and not row.name.startswith("Japan")
    ]
    named = set(asked)
    alone = [
        row.request_id
        for row in case.evidence.requests
        if row.sender == "KOR" and row.date.year < 2018 and row.pressure_row not in named
        and row.iso3 in case.vocabulary().states
    ]  # fmt: skip
    assert list(rows.SEOUL) == [*asked, *alone]
