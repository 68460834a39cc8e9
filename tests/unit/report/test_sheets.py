"""What a notebook shows of each object, and what it completes."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import maxpressure as mp
from maxpressure.base.shown import Sheet
from maxpressure.base.ties import LEVEL_WORDS, TIES
from maxpressure.evidence.parameters import parameter_names
from maxpressure.model.case import Case
from maxpressure.report.comparison import comparison
from maxpressure.results.results import Results
from maxpressure.scenario.words import in_words
from part_folders import TWO, laid_out, planned

ALLOWED = {"div", "strong", "table", "thead", "tbody", "tr", "th", "td"}


class Read(HTMLParser):
    """The tags, the rows of tables and the text of a sheet."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name == "style" for name, _ in attrs)
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def read(shown: Any) -> Read:
    """What is shown of an object, which must be well formed and hold no other tags."""
    page = Read()
    page.feed(shown._repr_html_())
    assert page.open == []
    assert page.tags <= ALLOWED
    return page


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return laid_out(planned(case, worlds=6), tmp_path_factory.mktemp("sheets") / "a")


def test_every_public_name_is_completed_before_anything_is_loaded() -> None:
    code = "import maxpressure, sys; print(*dir(maxpressure)); print('pandas' in sys.modules)"
    names, loaded = subprocess.run(  # our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert set(mp.__all__) <= set(names.split())
    assert loaded == "False"
    assert [name for name in dir(mp) if not hasattr(mp, name)] == []


def test_results_show_each_key_outcome_with_its_interval_and_their_place(results: Results) -> None:
    page = read(results)
    described = results.describe().set_index(["scenario", "outcome"])
    row = next(row for row in page.rows if row[:2] == ["no-campaign", "acts of breaking off"])
    numbers = described.loc[("no-campaign", "acts")]
    assert float(row[2]) == pytest.approx(numbers["mean"], abs=0.05)
    low, high = map(float, row[3].split(" to "))
    assert (low, high) == pytest.approx((numbers["ci_low"], numbers["ci_high"]), abs=0.05)
    assert len(page.rows) == 1 + 2 * 4
    assert str(results.folder) in page.text
    assert ".compare()" in page.text


def test_a_comparison_shows_each_outcome_with_its_interval(results: Results, case: Case) -> None:
    found = comparison(results, results, case)
    page = read(found)
    assert len(page.rows) == 1 + len(found.table)
    assert all(" to " in row[4] for row in page.rows[1:])
    assert results.place in page.text


def test_every_shipped_scenario_shows_each_of_its_edits_in_words(case: Case) -> None:
    for name in mp.shipped_scenarios():
        scenario = case.scenario(name)
        rows = list(in_words(scenario.edits()))
        keys = {key.partition(".")[0] for key, _ in rows}
        assert keys == set(scenario.edits()) - ({"window"} - keys)
        assert len(read(scenario).rows) == (1 + len(rows) if rows else 0)
        assert all(words and "{" not in words for _, words in rows)


EDITS: dict[str, Any] = {
    "shift": {"UNSCR 2375": 1},
    "scale": {"UNSCR 2371": 0.5},
    "window": {"weeks": 20},
    "campaign": {"scale": 0.0},
    "requests": {"lag_weeks": 1, "spare": ["MEX", "PER"]},
    "mechanisms": {"contagion": True, "packages": False},
    "china": {"enforcement": 0.5},
    "parameters": {"beta_shock": {"value": 0.0, "reason": "To see it."}},
    "record": "broad",
}


def test_an_edit_of_each_kind_has_its_words() -> None:
    found = dict(in_words(mp.Scenario().but(**EDITS).edits()))
    assert found["shift"] == "UNSCR 2375: 1 day later"
    assert found["scale"] == "UNSCR 2371 × 0.5"
    assert found["requests.lag_weeks"] == "requests take effect 1 week late"
    assert found["requests.spare"].endswith("MEX and PER")
    assert found["mechanisms.contagion"].endswith("on")
    assert found["mechanisms.packages"].endswith("off")
    assert found["china.enforcement"].endswith("0.5")
    assert found["parameters.beta_shock"].endswith("To see it.")
    assert {key.partition(".")[0] for key in found} == set(EDITS)


def test_parameters_show_value_interval_standing_and_unit_of_each_number() -> None:
    for shown in (mp.load_parameters(), mp.load_parameters().values):
        _, *rows = read(shown).rows
        assert [row[0] for row in rows] == list(parameter_names())
        assert {row[3] for row in rows} == {"estimated", "tight prior", "assumed"}
        assert all(len(row) == 6 and " to " in row[2] and row[5] for row in rows)
        peer = next(row for row in rows if row[0] == "beta_peer")
        assert peer[3] == "assumed"
    assert "do not separate contagion from common shocks" in read(mp.load_parameters()).text


def test_a_world_shows_its_week_and_its_acts_so_far() -> None:
    world = mp.World.of("no-september-test", seed=1)
    assert "after 0 weeks of 104" in read(world).text
    assert repr(world) == "<World 0 of no-september-test, 0 of 104 weeks simulated>"
    for _ in range(60):
        world.step()
    acts = world.recorder.weeks[-1].acts_total
    page = read(world)
    assert f"acts so far: {acts}, by" in page.text
    last = next(row for row in reversed(world.recorder.changes) if row.kind == "act")
    assert page.rows[1][2:] == [
        TIES[last.tie],
        f"{LEVEL_WORDS[last.level_before]} → {LEVEL_WORDS[last.level_after]}",
    ]
    assert "It is over" in read(world.run()).text


def test_a_state_shows_its_ties_and_its_strain_against_its_threshold() -> None:
    world = mp.World.of("max-pressure-2017", seed=1)
    for _ in range(60):
        world.step()
    state = max(world.states, key=lambda one: one.acts)
    page = read(state)
    assert [row[0] for row in page.rows[1:]] == list(TIES)
    assert [int(re.findall(r"\d", row[2])[0]) for row in page.rows[1:]] == state.levels
    assert f"{state.strain:.3f}" in page.text
    assert f"{state.threshold:.3f}" in page.text
    assert repr(state).startswith(f"<State {state.iso3}: ")


def test_looking_at_a_world_changes_nothing() -> None:
    seen, unseen = (mp.World.of("max-pressure-2017", seed=3) for _ in range(2))
    for _ in range(104):
        seen.step()
        seen._repr_html_()
        seen.states[5]._repr_html_()
        unseen.step()
    assert seen.recorder.changes == unseen.recorder.changes
    assert seen.log_probability == unseen.log_probability


HOSTILE = "<img src=x onerror=alert(1)>&\u202e"


def test_what_others_wrote_is_escaped(case: Case, tmp_path: Path) -> None:
    shown = Sheet(
        title=HOSTILE, facts=[(HOSTILE, HOSTILE)], head=(HOSTILE,), rows=[(HOSTILE,)], notes=[HOSTILE]
    ).html()
    assert "<img" not in shown
    assert "\u202e" not in shown
    hostile = case.scenario(TWO[0]).but(
        title="<script>a</script>", why="</div><b>x</b>", without=["UNSCR 2375"]
    )
    page = read(hostile)
    assert "<script>a</script>" in page.text
    folder = tmp_path / "<b>a"
    assert "<b>a" in read(laid_out(planned(case, worlds=2), folder)).text
