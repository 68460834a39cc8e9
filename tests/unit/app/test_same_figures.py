"""The figures of a class are the same on page, command line and in Python: 300 worlds, to the digit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import maxpressure
from asgi import ask
from maxpressure.app.api import Api
from maxpressure.app.figures.basis import WORLDS, Basis, load_basis
from maxpressure.app.figures.levers import UNMOVED, setting_of_link
from maxpressure.app.figures.lots import COMPARED, simulate
from maxpressure.app.figures.pairs import NUMBERS, pair
from maxpressure.app.figures.twins import twins
from maxpressure.app.figures.worlds import worlds
from maxpressure.app.office import Office
from maxpressure.cli.main import app
from maxpressure.results.quantiles import LEVELS

MOVED = "campaign=1.4&asked=MEX PER&ask=KWT@2017-09-10"
TOUR = Path(__file__).parents[3] / "scenarios" / "course" / "no-pence-tour.toml"


@pytest.fixture(scope="module")
def posterior() -> Basis:
    return load_basis()


@pytest.fixture(scope="module")
def paired(posterior: Basis) -> dict[str, Any]:
    first, second = (simulate(posterior, setting_of_link(posterior.case, link)) for link in ("", MOVED))
    return pair(first, second)


@pytest.fixture(scope="module")
def folder(posterior: Basis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of both settings, as a student makes it with the file that the page gives."""
    place = tmp_path_factory.mktemp("class")
    lot = simulate(posterior, setting_of_link(posterior.case, MOVED), worlds=1)
    (place / "mine.toml").write_text(worlds(lot)["file"], encoding="utf-8")
    out = place / "both"
    names = ["max-pressure-2017", f"{place / 'mine.toml'}"]
    said = CliRunner().invoke(app, ["run", *names, "--worlds", f"{WORLDS}", "--out", f"{out}", "--quiet"])
    assert said.exit_code == 0, said.output
    return out


@pytest.fixture(scope="module")
def office(posterior: Basis) -> Iterator[Office]:
    made = Office(posterior)
    yield made
    made.close()


def printed(*words: str) -> dict[str, Any]:
    """What a command prints with --json."""
    said = CliRunner().invoke(app, [*words, "--json"])
    assert said.exit_code == 0, said.output
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_compare_on_the_command_line_prints_the_differences_of_the_page(
    folder: Path, paired: dict[str, Any]
) -> None:
    extra = [word for name in ("hhi", "first_patron_share") for word in ("--outcome", name)]
    rows = {row["outcome"]: row for row in printed("compare", f"{folder}", *extra)["differences"]}
    assert list(paired["outcomes"]) == list(COMPARED)
    for outcome, ours in paired["outcomes"].items():
        assert {name: ours[name] for name in NUMBERS} == {name: rows[outcome][name] for name in NUMBERS}
        assert rows[outcome]["worlds"] == paired["worlds"] == WORLDS


def test_bands_in_python_are_those_of_the_page(folder: Path, posterior: Basis) -> None:
    results = maxpressure.load(folder)
    answer = worlds(simulate(posterior, UNMOVED))
    for key, outcome in (("acts", "acts_total"), ("embassies", "embassies")):
        theirs = results.bands(outcome)
        theirs = theirs[theirs["scenario"] == "max-pressure-2017"]
        ours = np.array(answer["outcomes"][key]["levels"])[:, 1:]
        np.testing.assert_array_equal(ours, theirs[list(LEVELS)].to_numpy().T)


def test_the_page_is_sent_just_these_numbers(
    office: Office, paired: dict[str, Any], posterior: Basis
) -> None:
    second = setting_of_link(posterior.case, MOVED).link()
    query = "&".join(f"b-{field}" for field in second.split("&"))
    answer = asyncio.run(ask(Api(office), "/api/compare", query))
    while answer.status == 202:  # its place in the line; the client asks again at once
        answer = asyncio.run(ask(Api(office), "/api/compare", query))
    assert answer.json == paired


def test_twins_on_the_command_line_are_those_of_the_page(posterior: Basis, tmp_path: Path) -> None:
    out = ["--worlds", "40", "--out", f"{tmp_path / 'twins'}"]
    table = printed("twin", f"{TOUR}", *out)["tables"]["twins"]
    ours = {
        (state["iso3"], act["day"], coupling): (gone["by_end"], gone["later"], act["agree"])
        for state in twins(posterior, "Pence in Latin America", 40)["states"]
        for act in state["acts"]
        for coupling, gone in act["gone"].items()
    }
    theirs = {
        (row["iso3"], row["week"], row["coupling"]): (row["gone_by_end"], row["gone_later"], row["agree"])
        for row in table
    }
    assert ours == theirs
