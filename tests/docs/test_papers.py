"""What the pages for readers say, against the tree and the code that they speak of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import rooms
from maxpressure.base.ties import TIES
from maxpressure.experiments.schema import TABLES
from maxpressure.model import economy
from maxpressure.model.case import Situation
from maxpressure.model.inputs import ADDRESSED, REQUESTS

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "model" / "maxpressure"
ROOMS = sorted(PACKAGE.glob("*/__init__.py"))


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a piece of Markdown, without heads and rules."""
    lines = re.findall(r"^\| `(.+?)` \| (.+) \| (.+) \|$", text, flags=re.MULTILINE)
    return [list(cells) for cells in lines]


@pytest.mark.parametrize("table", TABLES)
def test_the_page_on_results_lists_every_column_of_each_table_in_order_with_its_unit(table: str) -> None:
    page = (ROOT / "outputs" / "README.md").read_text(encoding="utf-8")
    key, *parts = page.split("\n### ")
    own = next(part for part in parts if part.startswith(f"`{table}.parquet`"))
    listed = rows(own) if table == "tallies" else [*rows(key), *rows(own)]
    columns = [
        name.replace("<tie>", tie) for name, *_ in listed for tie in (TIES if "<tie>" in name else ("",))
    ]
    assert columns == TABLES[table].names
    assert all(meaning.strip() and unit.strip() for _, meaning, unit in listed)


def test_the_folders_of_tests_on_the_page_for_contributors_are_those_that_exist() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    there = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")}
    assert set(re.findall(r"`tests/(\w+)`", page)) == there


def test_the_table_of_rooms_is_that_of_the_contract_and_of_their_contents_pages() -> None:
    """If this fails, a room's contents page or the contract has changed: `make rooms`."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms.table(rooms.rooms()) in page
    assert {room.name for room in rooms.rooms()} >= {folder.parent.name for folder in ROOMS}


def test_every_file_that_contributors_are_sent_to_exists() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+\.(?:py|md|toml|csv))`", page)
    assert len(named) > 40
    for path in named:
        assert (ROOT / path).exists() or (PACKAGE / path).exists(), path


def test_the_page_on_scenarios_names_the_inputs_that_the_levers_on_requests_move() -> None:
    page = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    levers = page.split("**What counts as a request.**")[1].split("\n\n")[0]
    asking, delayed = levers.split("`requests.lag_weeks`", maxsplit=1)
    left = set(ADDRESSED) - set(REQUESTS)
    assert {kind for kind in ADDRESSED if f"`{kind}`" in asking.split("not on")[0]} == set(REQUESTS)
    assert {kind for kind in ADDRESSED if f"`{kind}`" in asking.split("not on")[1]} == left
    assert "from before the window" in " ".join(delayed.split())


def test_a_lag_moves_designations_and_what_was_asked_before_the_window_as_the_page_says(
    edited: Callable[..., Situation],
) -> None:
    late = {"start": dt.date(2017, 9, 4), "weeks": 4}
    for changes in ({"requests": {"scale": 0.0}}, {"window": late}):
        asked = changes.get("requests", {})
        at_once = edited(**changes).timeline.request
        delayed = edited(**{**changes, "requests": {**asked, "lag_weeks": 3}}).timeline.request
        assert at_once[:-3].any()
        assert delayed[3:] == pytest.approx(at_once[:-3])


def test_courtship_goes_by_affinity_and_the_ties_that_are_left_as_the_page_on_scenarios_says() -> None:
    page = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    assert "closest to it and with most ties left" in page
    assert economy.pull(1.0, [3, 0], [0, 0]) > economy.pull(0.0, [3, 0], [0, 0])
    assert economy.pull(0.0, [3, 3], [0, 0]) == 2.0 * economy.pull(0.0, [2, 1], [0, 0])
