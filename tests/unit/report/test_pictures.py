"""The pictures: they draw what their tables hold, have their finding as title, and are written whole."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy import optimize
from typer.testing import CliRunner

from maxpressure.base.cautions import NOT_SEPARATED
from maxpressure.base.errors import InputError
from maxpressure.base.text import csv_bytes
from maxpressure.cli.main import app
from maxpressure.engine.chunks import Keep
from maxpressure.evidence.tiles import Tile, stored_tiles
from maxpressure.experiments.folder import results_folder
from maxpressure.model.case import Case
from maxpressure.report.maps import PATRON_COLOUR, PRINCIPAL_COLOUR, TARGET_COLOUR, stepped, tile_map
from maxpressure.report.picture import CaseResults, Picture
from maxpressure.report.plot_acts import fan
from maxpressure.report.plot_states import GROUP_COLOURS, attribution_stacks, heat
from maxpressure.report.plot_style import looks, weekly_lines
from maxpressure.report.plots import (
    NAMES,
    OF_ALL,
    OF_PAIRS,
    Absent,
    chosen,
    picture_of,
    save_pictures,
    with_case,
)
from maxpressure.report.strips import apart, rising
from maxpressure.results.results import Results
from part_folders import TWO, laid_out, planned
from pilot import PILOT

FRAMES = {"PRK": TARGET_COLOUR, "CHN": PATRON_COLOUR, "USA": PRINCIPAL_COLOUR}
MANY = [f"scenario-{number}" for number in range(32)]


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in eight worlds each."""
    return laid_out(planned(case, worlds=8), tmp_path_factory.mktemp("pictures") / "a")


@pytest.fixture(scope="module")
def source(results: Results, case: Case) -> CaseResults:
    return with_case(results, case)


def picture(source: CaseResults, name: str) -> Picture:
    found = picture_of(source, name, "" if name in OF_ALL else TWO[name in OF_PAIRS])
    assert isinstance(found, Picture)
    return found


def lines(names: list[str]) -> pd.DataFrame:
    """Two weeks of scenarios whose medians end at 0, 1, 2 and so on."""
    rows = [
        {"measure": "acts", "scenario": name, "date": pd.Timestamp(day), "worlds": 9}
        | dict.fromkeys(("p05", "p25", "median", "p75", "p95"), float(level * late))
        for level, name in enumerate(names)
        for late, day in enumerate(("2017-01-02", "2017-01-09"))
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_its_finding_its_number_of_worlds_and_its_numbers(
    source: CaseResults, name: str
) -> None:
    found = picture(source, name)
    assert re.search("8 (pairs of )?worlds", found.subtitle)
    assert len(found.title) > 20
    assert not found.title.endswith(".")
    assert not re.search(r"\bnan\b", found.title)
    assert found.parameters.startswith("Parameters, ")
    assert len(found.table) >= len(found.excerpt) > 0
    assert csv_bytes(found.table).count(b"\n") == len(found.table) + 1
    assert not found.excerpt.map(lambda cell: re.search(r"\bnan\b", str(cell)) is not None).to_numpy().any()


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_same_file_every_time(source: CaseResults, name: str) -> None:
    found = picture(source, name)
    bare = found.file("svg", words=False)
    assert bare == found.file("svg", words=False)
    assert b"<svg" in bare
    assert b"\x89PNG" in found.file("png")[:8]


def test_only_the_picture_with_words_has_its_title(source: CaseResults) -> None:
    found = picture(source, "trade")
    written = " ".join(text.get_text() for text in found.figure().texts)
    assert found.title in " ".join(written.split())
    assert not found.figure(words=False).texts


def test_the_picture_of_trade_draws_each_figure_of_customs_in_its_panel(source: CaseResults) -> None:
    found = picture(source, "trade")
    counted = found.table[found.table["since"].notna()]
    panels = found.figure(words=False).axes
    for axes, measure in zip(panels, ("trade", "exports"), strict=True):
        points = [line for line in axes.lines if line.get_markevery() == [1]]
        levels = sorted(float(np.asarray(line.get_ydata())[1]) for line in points)
        assert levels == pytest.approx(sorted(counted.loc[counted["measure"] == measure, "median"]))
        assert levels
    assert not set(counted["scenario"]) & set(found.excerpt["at the end"])


def test_the_map_draws_a_number_on_the_tile_of_each_state_and_frames_the_others() -> None:
    tiles = {
        iso3: Tile(iso3=iso3, region="here", column=column, row=0)
        for column, iso3 in enumerate(("CHN", "ESP", "EST", "PRK", "USA"))
    }
    axes = tile_map(Figure().add_subplot(), {"ESP": 35.4}, tiles, FRAMES, stepped([0, 50, 100]))
    words = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert words == {"CHN": 0, "ESP": 1, "35": 1, "EST": 2, "PRK": 3, "USA": 4}
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(patches) == len(tiles)
    assert len({patch.get_facecolor() for patch in patches}) == 4
    assert len({(patch.get_width(), patch.get_height()) for patch in patches}) == 1


def test_a_darker_tile_stands_for_more() -> None:
    scale = stepped([0, 50, 100])
    light, dark = scale.to_rgba(np.array([10.0, 90.0]))
    assert light[:3].sum() > dark[:3].sum()


def test_a_state_without_a_tile_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"tiles\.csv"):
        tile_map(Figure().add_subplot(), {"XYZ": 1.0}, stored_tiles(), FRAMES, stepped([0, 1]))


def test_the_map_has_a_tile_for_every_state_of_the_case(source: CaseResults, case: Case) -> None:
    figure = picture(source, "map-acts").figure()
    words = {text.get_text() for axes in figure.axes for text in axes.texts}
    for part in figure.subfigs:
        words |= {text.get_text() for axes in part.axes for text in axes.texts}
    assert set(case.evidence.iso3s) | {case.assumptions.case.target} <= words


def test_a_case_with_a_state_that_has_no_tile_lacks_only_the_maps(
    source: CaseResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = {iso3: tile for iso3, tile in stored_tiles().items() if iso3 != "MUS"}
    monkeypatch.setattr("maxpressure.report.maps.stored_tiles", lambda: fewer)
    absent = picture_of(source, "map-acts", TWO[0])
    assert isinstance(absent, Absent)
    assert absent.why == "the map has no tile for MUS"
    assert isinstance(picture_of(source, "heat", TWO[0]), Picture)


def test_each_line_of_the_fan_is_named_once_and_names_do_not_overlap() -> None:
    figure, table = Figure(figsize=(11, 8)), lines(MANY)
    axes = fan(figure.subplots(), table, looks(table))
    words = [text for text in axes.texts if "scenario-" in text.get_text()]
    assert sorted(text.get_text().split()[-1] for text in words) == sorted(MANY)
    boxes = sorted((text.get_window_extent() for text in words), key=lambda box: box.y0)
    assert all(one.y1 <= other.y0 + 0.5 for one, other in pairwise(boxes))


def test_names_are_moved_as_scipys_isotonic_regression_moves_them() -> None:
    drawn = np.random.default_rng(5)
    for count in (1, 2, 3, 5, 9, 40):
        numbers = np.sort(drawn.normal(size=count)) - 0.3 * np.arange(count)
        wanted = optimize.isotonic_regression(numbers).x
        np.testing.assert_allclose(rising(numbers), wanted, rtol=0, atol=1e-13)


def test_words_stay_where_they_have_room() -> None:
    axes = Figure(figsize=(6, 4)).subplots()
    axes.set_ylim(0, 100)
    assert apart(axes, [10.0, 50.0, 90.0]) == [10.0, 50.0, 90.0]
    moved = apart(axes, [98.0, 99.0, 100.0])
    assert moved[-1] <= 100.0
    assert np.ptp(np.diff(moved)) < 1e-9


def test_scenarios_that_differ_most_from_the_first_are_distinguished_and_the_others_are_faint() -> None:
    look = looks(lines(MANY))
    named = [name for name in MANY if not look[name].faint]
    assert named == [MANY[0], *MANY[-7:]]
    assert len({(look[name].colour, str(look[name].dashes)) for name in named}) == len(named)


def test_a_few_scenarios_are_all_distinguished() -> None:
    assert not any(one.faint for one in looks(lines(MANY[:8])).values())


def test_only_a_few_scenarios_are_drawn_with_bands() -> None:
    for count, bands in ((1, 2), (3, 6), (4, 2)):
        table = lines(MANY[:count])
        axes = weekly_lines(Figure().add_subplot(), table, looks(table), "acts")
        assert len(axes.collections) == bands


def test_the_heat_map_marks_recorded_acts_in_their_week() -> None:
    days = [pd.Timestamp(day).date() for day in ("2017-01-09", "2017-01-16")]
    acted = np.array([[0.0, 0.5], [0.1, 0.2]])
    axes = heat(Figure().add_subplot(), ["Spain", "Peru"], acted, days, [(1, days[0])])
    assert np.asarray(axes.images[0].get_array()).tolist() == (100 * acted).tolist()
    (mark,) = np.asarray(axes.collections[0].get_offsets())
    assert mdates.num2date(mark[0]).strftime("%Y-%m-%d %H") == "2017-01-12 12"
    assert mark[1] == 1
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Spain", "Peru"]


def test_attribution_stacks_are_as_high_as_the_acts_of_a_world() -> None:
    month = pd.Timestamp("2017-09-01")
    parts = {"shock": 2.0, "baseline": 1.5, "engagement": -0.5}
    table = pd.DataFrame(
        [{"month": month, "group": group, "acts_per_world": parts.get(group, 0.0)} for group in GROUP_COLOURS]
    )
    axes = attribution_stacks(Figure().add_subplot(), table)
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert max(bar.get_y() + bar.get_height() for bar in bars) == pytest.approx(3.5)
    assert min(bar.get_y() + bar.get_height() for bar in bars) == pytest.approx(-0.5)


def test_the_picture_of_peers_has_the_caution_on_contagion(case: Case, tmp_path: Path) -> None:
    contagious = case.scenario(TWO[0]).but(mechanisms={"contagion": True})
    loud = [PILOT.values._replace(beta_peer=0.8)]
    done = laid_out(planned(case, [contagious], worlds=4, draws=loud), tmp_path / "a")
    found = picture(with_case(done, case), "attributions")
    assert found.table.query("group == 'peers'")["acts_per_world"].sum() > 0
    assert NOT_SEPARATED in found.notes


def test_the_picture_without_a_share_of_peers_has_no_caution_on_contagion(source: CaseResults) -> None:
    found = picture(source, "attributions")
    assert (found.table.query("group == 'peers'")["acts_per_world"] == 0).all()
    assert NOT_SEPARATED not in found.notes


def test_what_was_not_kept_is_named_and_the_rest_is_drawn(case: Case, tmp_path: Path) -> None:
    bare = laid_out(planned(case, [TWO[0]], worlds=2, keep=Keep(weeks=0, attributions=0)), tmp_path / "a")
    saved = save_pictures(bare, case=case, progress=False)
    assert {absent.name: absent.why for absent in saved.absent} == {
        "concentration": "no weeks were kept of any world",
        f"attributions-{TWO[0]}": "no attribution was kept of any act",
    }
    assert len(saved.files) == 2 * (len(NAMES) - len(OF_PAIRS) - 2)


def test_pictures_are_written_beside_their_tables_and_leave_the_folder_a_result(
    case: Case, tmp_path: Path
) -> None:
    from maxpressure.api import run

    done = run(TWO[0], worlds=2, out=tmp_path / "a", case=case, progress=False)
    saved = save_pictures(done, case=case, names=["ties", "map-acts"], progress=False)
    assert saved.folder == tmp_path / "a" / "pictures"
    assert sorted(path.name for path in saved.folder.iterdir()) == sorted(saved.files)
    assert set(saved.files) == {
        f"{name}.{kind}" for name in ("ties", f"map-acts-{TWO[0]}") for kind in ("png", "csv")
    }
    assert results_folder(tmp_path / "a").holds_result()
    assert run(TWO[0], worlds=2, out=tmp_path / "a", case=case, progress=False).reused


def test_a_picture_of_no_world_that_came_to_its_end_is_absent(case: Case, tmp_path: Path) -> None:
    from part_folders import Broken

    plan = planned(case, [TWO[0]], worlds=2, engine="world", state_class=Broken)
    broken = with_case(laid_out(plan, tmp_path / "a"), case)
    for name, scenario in chosen(broken):
        assert isinstance(picture_of(broken, name, scenario), Absent)


@pytest.mark.parametrize(
    ("wrong", "near"), [({"names": ["map-act"]}, "map-acts"), ({"scenarios": ["no-campain"]}, "no-campaign")]
)
def test_a_misspelt_name_is_refused_with_the_nearest(
    results: Results, case: Case, tmp_path: Path, wrong: dict[str, list[str]], near: str
) -> None:
    with pytest.raises(InputError) as refusal:
        save_pictures(results, case=case, out=tmp_path, progress=False, **wrong)
    assert refusal.value.nearest == near


def test_the_command_draws_what_it_is_asked_for(results: Results, tmp_path: Path) -> None:
    asked = ["plot", str(results.folder), "--picture", "attributions", "--scenario", TWO[1]]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0
    assert "1 picture, " in done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"attributions-{TWO[1]}.csv",
        f"attributions-{TWO[1]}.png",
    ]
    wrong = CliRunner().invoke(app, ["plot", str(tmp_path)])
    assert wrong.exit_code == 2
