"""``results.plot``: the pictures on the caller's axes, in the caller's colours, of the caller's scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.model.case import Case
from maxpressure.report.picture import Picture
from maxpressure.report.plots import NAMES, OF_ALL, picture_of, with_case
from maxpressure.results.results import Results
from part_folders import TWO, laid_out, planned

METHODS = [name.replace("-", "_") for name in NAMES]


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return laid_out(planned(case, worlds=8), tmp_path_factory.mktemp("plot") / "a")


@pytest.fixture(autouse=True)
def no_window() -> Iterator[None]:
    with mpl.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def axes() -> Axes:
    return Figure(figsize=(6, 4)).add_subplot()


def lines_of(drawn: Axes) -> dict[str, Any]:
    return {str(line.get_label()): line for line in drawn.lines}


def test_every_picture_of_the_command_line_is_a_method(results: Results) -> None:
    assert set(METHODS) < set(dir(results.plot))


@pytest.mark.parametrize("name", METHODS)
def test_a_picture_is_drawn_on_the_callers_axes_without_pyplot(results: Results, name: str) -> None:
    mine = axes()
    assert getattr(results.plot, name)(mine) is mine
    assert mine.has_data() or mine.patches
    assert not plt.get_fignums()


def test_without_axes_a_figure_of_pyplot_is_made_that_a_notebook_shows(results: Results) -> None:
    drawn = results.plot()
    assert drawn.figure is plt.gcf()
    assert len(plt.get_fignums()) == 1


def test_what_is_drawn_is_what_the_command_draws(results: Results, case: Case) -> None:
    commands = picture_of(with_case(results, case), "trade")
    assert isinstance(commands, Picture)
    panel = commands.figure(words=False).axes[1]
    mine = lines_of(results.plot.trade(axes(), panel="exports", legend=False))
    for name in TWO:
        assert list(mine[name].get_ydata()) == list(lines_of(panel)[name].get_ydata())


def test_scenarios_are_drawn_in_the_callers_order_and_colours(results: Results) -> None:
    turned = results.plot.wave(axes(), scenarios=TWO[::-1], colours=["black", "crimson"], linewidth=5)
    drawn = [line for line in turned.lines if line.get_label() in TWO]
    assert [line.get_label() for line in drawn] == list(TWO[::-1])
    assert [line.get_color() for line in drawn] == ["black", "crimson"]
    assert {line.get_linewidth() for line in drawn} == {5}
    alone = lines_of(results.plot.wave(axes(), scenarios=TWO[1], colours={"record": "red"}))
    assert TWO[0] not in alone
    assert alone["observed"].get_color() == "red"


def test_two_scenarios_differ_by_dashes_and_hatch_and_not_by_colour_alone(results: Results) -> None:
    drawn = results.plot.wave(axes(), colours="black")
    wide = drawn.collections[::2]
    assert [bool(band.get_hatch()) for band in wide] == [False, True]
    dashes = [str(lines_of(drawn)[name]._unscaled_dash_pattern) for name in TWO]
    assert len(set(dashes)) == 2


def test_maps_take_a_colormap_and_show_the_last_scenario_unless_another_is_named(results: Results) -> None:
    mine = results.plot.heat(axes(), colours="magma")
    assert mine.images[0].get_cmap().name == "magma"
    assert mine.get_title(loc="left") == TWO[-1]
    other = results.plot.map_acts(axes(), scenario=TWO[0], colours=mpl.colormaps["gray"])
    assert other.get_title(loc="left") == TWO[0]
    greys = [to_hex(patch.get_facecolor()) for patch in other.patches if patch.get_linewidth() == 0.4]
    assert all(len({grey[1:3], grey[3:5], grey[5:7]}) == 1 for grey in greys)


def test_letters_on_small_tiles_are_smaller(results: Results) -> None:
    small, large = (
        results.plot.map_acts(Figure(figsize=size).add_subplot(), legend=False) for size in ((3, 2), (14, 7))
    )
    assert max(text.get_fontsize() for text in small.texts) < min(text.get_fontsize() for text in large.texts)


def test_a_picture_whole_has_its_words_and_its_table_and_shows_itself(results: Results) -> None:
    whole = results.plot.whole("map_acts", scenario=TWO[0])
    assert whole.name == f"map-acts-{TWO[0]}"
    assert len(whole.table) > 100
    assert whole._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("draw", "near"),
    [
        (lambda plot: plot.wave(axes(), scenarios="no-campain"), "no-campaign"),
        (lambda plot: plot.wave(axes(), linewith=3), "linewidth"),
        (lambda plot: plot.wave(axes(), scenaros=3), "scenarios"),
        (lambda plot: plot.ties(axes(), panel="militry"), "military"),
        (lambda plot: plot.heat(axes(), scenario="no-campain"), "no-campaign"),
        (lambda plot: plot.whole("map_act"), "map-acts"),
        (lambda plot: plot.attributions(axes(), colours={"shok": "red"}), "shock"),
        (lambda plot: plot.wave(axes(), colours={"no-campain": "red"}), "no-campaign"),
    ],
)
def test_a_misspelt_word_is_refused_with_the_nearest(
    results: Results, draw: Callable[[Any], object], near: str
) -> None:
    with pytest.raises(InputError) as refusal:
        draw(results.plot)
    assert refusal.value.nearest == near


@pytest.mark.parametrize(
    "draw",
    [
        lambda plot: plot.wave(3),
        lambda plot: plot.wave(axes(), colours="blurple"),
        lambda plot: plot.wave(axes(), colours=["red"]),
        lambda plot: plot.wave(axes(), colours=3),
        lambda plot: plot.wave(axes(), scenarios=3),
        lambda plot: plot.wave(axes(), linewidth="fat"),
        lambda plot: plot.heat(axes(), colours="blurple"),
    ],
)
def test_what_cannot_be_drawn_is_refused(results: Results, draw: Callable[[Any], object]) -> None:
    with pytest.raises(InputError):
        draw(results.plot)


def test_colours_may_be_an_array(results: Results) -> None:
    drawn = results.plot.fan(axes(), colours=np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]))
    assert to_hex(lines_of(drawn)[TWO[1]].get_color()) == "#ff0000"


def test_a_name_that_is_no_picture_is_an_attribute_error_with_the_nearest(results: Results) -> None:
    with pytest.raises(AttributeError, match="wave"):
        _ = results.plot.wav
    assert not hasattr(results.plot, "_repr_html_")


def test_what_was_not_kept_is_refused_with_the_reason(case: Case, tmp_path: Path) -> None:
    bare = laid_out(planned(case, [TWO[0]], worlds=2, keep=Keep(weeks=0, attributions=0)), tmp_path / "a")
    with pytest.raises(InputError, match="no weeks were kept"):
        bare.plot.concentration(axes())


def test_the_pictures_of_all_scenarios_and_of_one_are_told_apart_by_their_keyword(results: Results) -> None:
    for name in NAMES:
        keyword = {"scenarios": [TWO[0]]} if name in OF_ALL else {"scenario": TWO[1]}
        getattr(results.plot, name.replace("-", "_"))(axes(), **keyword)


def test_differences_are_those_of_compare(results: Results, case: Case) -> None:
    from maxpressure.report.comparison import comparison

    mine = results.plot.differences(axes(), outcome="trade_left", colours="crimson")
    (dot,) = [line for line in mine.lines if line.get_marker() == "o"]
    assert float(np.asarray(dot.get_xdata())[0]) == results.compare("trade_left")["mean"].item()
    assert dot.get_color() == "crimson"
    compared = comparison(results, results, case)
    again = compared.plot(axes(), outcome="trade_left")
    assert again.get_xlabel() == mine.get_xlabel()
    with pytest.raises(InputError) as refusal:
        compared.plot.differences(axes(), outcome="trade_lef")
    assert refusal.value.nearest == "trade_left"
