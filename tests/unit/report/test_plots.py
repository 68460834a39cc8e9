"""The picture of the wave: it shows the numbers, names them, and no words overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path

import matplotlib.dates as mdates
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from maxpressure.api import run
from maxpressure.base.cautions import NOT_SEPARATED
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import COLOURS, RECORD_COLOUR, wave
from maxpressure.report.plot_wave import MOST_PANELS, Wave, marks_of, overlaid, save_wave, side_by_side
from maxpressure.report.strips import MARK_ROWS, spaced
from maxpressure.report.summary import MOST_BESIDE, summary
from maxpressure.results.results import Results
from maxpressure.results.weekly import (
    Band,
    Curve,
    at,
    bands,
    cautions,
    farthest,
    finding,
    most_within,
    recorded,
    weeks_within,
)
from maxpressure.scenario import shipped_scenarios

THREE = ("max-pressure-2017", "no-september-test", "with-contagion")
FOUR = (*THREE, "no-campaign")
UNTIL = dt.date(2017, 12, 31)


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Four scenarios in three worlds each."""
    return run(FOUR, worlds=3, out=tmp_path_factory.mktemp("plots") / "four", case=case, progress=False)


@pytest.fixture(scope="module")
def situations(results: Results, case: Case) -> dict[str, Situation]:
    return results.situations(case)


def shown(results: Results, situations: Mapping[str, Situation], names: tuple[str, ...]) -> Wave:
    """What a picture of these scenarios shows."""
    some = {name: situations[name] for name in names}
    return Wave(
        found=bands(results, some),
        record=recorded(some.values(), UNTIL),
        situations=some,
        manifest=results.manifest,
    )


def drawn(draw: Callable[[Wave, Figure], Figure], picture: Wave) -> Figure:
    return draw(picture, Figure(dpi=150))


def words(figure: Figure) -> str:
    """All that is written on a figure, outside its axes' ticks, whatever its line breaks."""
    written = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        written += [axes.get_title(loc="left"), *(text.get_text() for text in axes.texts)]
    return " ".join(" ".join(written).split())


def part(figure: Figure, label: str) -> Axes:
    return next(axes for axes in figure.axes if axes.get_label() == label)


def made_up(levels: list[float], have: int | None) -> tuple[dict[str, Band], Curve]:
    """A band of one week with these levels at its end, and a record that has counted so many."""
    days = (dt.date(2016, 1, 4), dt.date(2016, 1, 11))
    band = Band(days=days, levels=np.array([[0.0] * 5, levels]).T, busiest=np.zeros(5), worlds=1)
    curve = (
        Curve(days=days, counts=(0, have), states=())
        if have is not None
        else Curve(days=(), counts=(), states=())
    )
    return {"one": band}, curve


def test_the_records_curve_counts_its_acts_from_none_to_all(
    recorded_curve: Curve, recorded: Situation
) -> None:
    assert recorded_curve.counts[0] == 0
    assert recorded_curve.counts[-1] == len(recorded.record.acts)
    assert recorded_curve.days[0] == dt.date(2016, 1, 4)
    assert recorded_curve.days[-1] == dt.date(2018, 1, 1)
    assert len(recorded_curve.states) == len(recorded.record.acts)


@pytest.fixture
def recorded_curve(situations: dict[str, Situation]) -> Curve:
    return recorded([situations["max-pressure-2017"]], UNTIL)


def test_the_bands_are_quantiles_of_the_acts_counted_in_each_world(
    results: Results, situations: dict[str, Situation]
) -> None:
    band = bands(results, situations)["with-contagion"]
    acts = results.worlds.query("scenario == 'with-contagion'")["acts"].to_numpy(dtype=float)
    levels = np.quantile(acts, [0.05, 0.25, 0.5, 0.75, 0.95], method="inverted_cdf")
    assert list(band.levels[:, -1]) == list(levels)
    assert band.worlds == 3
    assert (band.levels[:, 0] == 0).all()
    assert (np.diff(band.levels, axis=0) >= 0).all()
    assert (np.diff(band.levels, axis=1) >= 0).all()


def test_a_scenario_that_starts_later_takes_over_the_records_count(case: Case, tmp_path: Path) -> None:
    start = dt.date(2017, 9, 4)
    late = case.scenario("max-pressure-2017").but(name="late", window={"start": start, "weeks": 10})
    together = run([late, "no-campaign"], worlds=2, out=tmp_path / "a", case=case, progress=False)
    situations = together.situations(case)
    curve = recorded(situations.values(), UNTIL)
    level = at(bands(together, situations)["late"], start)
    assert list(level) == [curve.counts[curve.days.index(start)]] * 5


@pytest.mark.parametrize(
    ("have", "where"), [(9, "below it"), (10, "inside it"), (20, "inside it"), (21, "above it")]
)
def test_the_title_places_the_record_below_within_or_above_the_band(have: int, where: str) -> None:
    assert finding(*made_up([10, 12, 15, 18, 20], have)).endswith(f"{have} observed, {where}")


def test_the_title_leaves_out_a_record_that_has_ended_before() -> None:
    words = finding(*made_up([10, 12, 15, 18, 20], None))
    assert "10 to 20" in words
    assert "observed" not in words


def test_the_title_of_several_names_the_one_farthest_from_the_first() -> None:
    (one,), curve = made_up([10, 12, 15, 18, 20], 30)[0].values(), made_up([0] * 5, 30)[1]
    others = {"near": [16.0] * 5, "far": [2.0] * 5}
    found = {"one": one} | {name: made_up(levels, 30)[0]["one"] for name, levels in others.items()}
    assert "15 acts under one, 2 under far; 30 observed" in finding(found, curve)


def test_weeks_within_the_band_are_counted_with_its_edges() -> None:
    found, curve = made_up([10, 12, 15, 18, 20], 20)
    assert weeks_within(found["one"], curve) == (1, 1)
    assert weeks_within(*[made_up([10, 12, 15, 18, 20], 21)[0]["one"], made_up([0] * 5, 21)[1]]) == (0, 1)


def test_the_height_of_a_wave_is_the_most_acts_in_four_weeks_running() -> None:
    assert most_within([0, 5, 5, 6, 7, 8, 8, 20]) == 14
    assert most_within([3, 4]) == 4


def test_wave_draws_two_bands_a_median_and_the_record_on_axes_with_names_and_units(
    results: Results, situations: dict[str, Situation]
) -> None:
    picture = shown(results, situations, THREE)
    axes = wave(Figure().add_subplot(), picture.found, picture.record)
    assert axes.get_xlabel() == "end of the week"
    assert axes.get_ylabel() == "acts of breaking off since the start"
    assert len(axes.collections) == 2 * len(THREE)
    assert len({band.get_hatch() for band in axes.collections[::2]}) == len(THREE)
    lines = {str(line.get_label()): line for line in axes.lines}
    assert list(lines["observed"].get_ydata()) == list(picture.record.counts)
    assert lines["observed"].get_color() == RECORD_COLOUR
    for name, colour in zip(THREE, COLOURS, strict=True):
        assert list(lines[name].get_ydata()) == list(picture.found[name].levels[2])
        assert lines[name].get_color() == colour
    assert len({str(lines[name]._unscaled_dash_pattern) for name in THREE}) == len(THREE)
    outlines = [line for line in axes.lines if str(line.get_label()).startswith("_")]
    assert len(outlines) == 2 * len(THREE)


def test_one_scenario_shows_every_test_resolution_and_name_of_the_record(
    results: Results, situations: dict[str, Situation]
) -> None:
    picture = shown(results, situations, THREE[:1])
    figure = drawn(overlaid, picture)
    written = words(figure)
    for name in (
        "Fourth",
        "Fifth",
        "Sixth",
        "Hwasong-15",
        "2270",
        "2321",
        "2371",
        "2375",
        "2397",
        "1718 Committee port ban on four ships",
    ):
        assert name in written
    *names, heading = [text.get_text() for text in part(figure, "names").texts]
    assert ", ".join(names).split(", ") == [name for _, name in picture.record.states]
    assert heading.startswith("states that acted")
    assert {text.get_text() for text in part(figure, "marks").get_yticklabels()} == {
        f"{row.title}s" for row in MARK_ROWS
    }
    assert "3 worlds" in written
    assert "posterior" in written
    assert f"{picture.record.counts[-1]} observed" in written


def test_each_name_leads_to_the_week_of_its_act(results: Results, situations: dict[str, Situation]) -> None:
    picture = shown(results, situations, THREE[:1])
    by_week: dict[float, list[str]] = {}
    for day, name in picture.record.states:
        by_week.setdefault(mdates.date2num(day), []).append(name)
    figure = drawn(overlaid, picture)
    *written, _ = part(figure, "names").texts
    assert {text.xy[0]: text.get_text().split(", ") for text in written} == by_week
    assert all(text.arrow_patch is not None for text in written)


def test_every_mark_of_a_crowded_row_is_named(results: Results, situations: dict[str, Situation]) -> None:
    figure = drawn(overlaid, shown(results, situations, THREE))
    marks, _ = marks_of({name: situations[name] for name in THREE})
    assert len(part(figure, "marks").texts) == len(marks)


def test_marks_stand_on_their_days(results: Results, situations: dict[str, Situation]) -> None:
    figure = drawn(overlaid, shown(results, situations, THREE[:1]))
    signs = [line for line in part(figure, "marks").lines if len(line.get_xdata()) == 1]
    days = sorted(float(line.get_xdata()[0]) for line in signs)
    marks, hollow = marks_of({"max-pressure-2017": situations["max-pressure-2017"]})
    assert days == [mdates.date2num(mark.date) for mark in marks]
    assert not hollow


def test_an_input_that_some_scenario_leaves_out_is_hollow_and_explained(
    results: Results, situations: dict[str, Situation]
) -> None:
    figure = drawn(overlaid, shown(results, situations, THREE))
    _, hollow = marks_of({name: situations[name] for name in THREE})
    assert "Sixth nuclear test" in {mark.name for mark in hollow}
    assert sum(line.get_fillstyle() == "none" for line in part(figure, "marks").lines) == len(hollow)
    assert "Hollow signs" in words(figure)


@pytest.mark.parametrize("names", [THREE[:1], THREE])
def test_no_words_overlap_and_none_leaves_the_picture(
    results: Results, situations: dict[str, Situation], names: tuple[str, ...]
) -> None:
    figure = drawn(overlaid, shown(results, situations, names))
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    boxes = [(text.get_text(), Text.get_window_extent(text, renderer).shrunk(0.98, 0.7)) for text in texts]
    for (one, box), (other, another) in combinations(boxes, 2):
        assert not box.overlaps(another), (one, other)
    for text, box in boxes:
        assert figure.bbox.containsx(box.x0), text
        assert figure.bbox.containsx(box.x1), text
        assert figure.bbox.containsy(box.y0), text
        assert figure.bbox.containsy(box.y1), text


def test_more_than_three_scenarios_stand_side_by_side(
    results: Results, situations: dict[str, Situation]
) -> None:
    figure = drawn(side_by_side, shown(results, situations, FOUR))
    titles = [axes.get_title(loc="left").partition(":")[0] for axes in figure.axes if axes.lines]
    assert titles == list(FOUR)
    assert len({axes.get_ylim() for axes in figure.axes if axes.lines}) == 1


def test_of_many_scenarios_the_picture_keeps_those_that_end_farthest_and_names_the_others(
    results: Results, situations: dict[str, Situation]
) -> None:
    four = shown(results, situations, FOUR)
    names = [FOUR[0], *(f"{name}-{copy}" for copy in range(5) for name in FOUR[1:])]
    alike = {name: next(one for one in (*FOUR[1:], FOUR[0]) if name.startswith(one)) for name in names}
    many = Wave(
        found={name: four.found[one] for name, one in alike.items()},
        record=four.record,
        situations={name: situations[one] for name, one in alike.items()},
        manifest=four.manifest,
    )
    figure = drawn(side_by_side, many)
    titles = [axes.get_title(loc="left").partition(":")[0] for axes in figure.axes if axes.lines]
    assert titles == list(farthest(many.found, MOST_PANELS))
    assert (titles[0], len(titles)) == (FOUR[0], MOST_PANELS)
    ends = {
        name: abs(band.levels[2, -1] - many.found[FOUR[0]].levels[2, -1]) for name, band in many.found.items()
    }
    left = [name for name in names if name not in titles]
    assert max(ends[name] for name in left) <= min(ends[name] for name in titles[1:])
    assert ", ".join(left) in words(figure).replace("\n", " ")


def test_no_band_is_cut_off_by_the_panel_of_another_scenario(
    results: Results, situations: dict[str, Situation]
) -> None:
    given = shown(results, situations, FOUR)
    highest = max(band.levels.max() for band in given.found.values())
    for order in (FOUR, FOUR[::-1]):
        figure = drawn(side_by_side, shown(results, situations, order))
        assert min(axes.get_ylim()[1] for axes in figure.axes if axes.lines) > highest


def test_the_summary_as_a_whole(results: Results, case: Case, snapshot: object) -> None:
    assert summary(results, case, 1000) == snapshot


def test_a_summary_reads_at_a_glance_and_leaves_sources_to_verbose(results: Results, case: Case) -> None:
    lines = summary(results, case, 1000)
    assert len(lines[lines.index(next(line for line in lines if line.startswith("An act is"))) + 2 :]) <= 3
    more = summary(results, case, 1000, verbose=True)
    assert more[: len(lines)] == lines
    assert [line.partition(" ")[0] for line in more[len(lines) + 1 :]] == [
        "Record:", "Trade:", "Bands", "Parameters,", "Simulated", "Written",
    ]  # fmt: skip


def test_many_scenarios_stand_below_one_another_in_their_main_numbers(case: Case, tmp_path: Path) -> None:
    names = list(shipped_scenarios())[: MOST_BESIDE + 1]
    results = run(names, worlds=2, out=tmp_path / "many", case=case, progress=False)
    for width in (60, 80, 120):
        lines = summary(results, case, width)
        first = lines.index("") + 1
        table = lines[first : lines.index("", first)]
        assert max(map(len, table)) <= width
        assert [line.split()[0] for line in table[2:]] == ["record", *names]
        assert "acts" in table[1]


def test_whatever_shows_worlds_without_contagion_has_the_caution_on_it(
    results: Results, situations: dict[str, Situation], case: Case
) -> None:
    assert cautions({"no-campaign": situations["no-campaign"]}) == []
    for figure in (
        drawn(overlaid, shown(results, situations, THREE)),
        drawn(side_by_side, shown(results, situations, FOUR)),
    ):
        assert NOT_SEPARATED in words(figure).replace("\n", " ")
    assert NOT_SEPARATED in " ".join(" ".join(summary(results, case, 80)).split())


def test_save_wave_writes_a_picture_of_any_length(case: Case, tmp_path: Path) -> None:
    for start, weeks in ((dt.date(2016, 1, 4), 1), (dt.date(2017, 9, 4), 60), (dt.date(2018, 2, 5), 20)):
        window = {"start": start, "weeks": weeks}
        scenario = case.scenario("max-pressure-2017").but(name=f"of-{start}", window=window)
        results = run(scenario, worlds=1, out=tmp_path / str(start), case=case, progress=False)
        path = tmp_path / f"{start}.png"
        save_wave(path, results, case)
        assert path.read_bytes().startswith(b"\x89PNG")
        assert summary(results, case, 80)


def test_places_that_are_far_enough_apart_stay_and_others_move_as_little_as_needed() -> None:
    assert spaced([0.0, 10.0, 30.0], 5.0) == [0.0, 10.0, 30.0]
    assert spaced([0.0, 1.0, 30.0], 5.0) == [-2.0, 3.0, 30.0]
    moved = spaced([float(n % 7) + n / 10 for n in sorted(range(30), key=lambda n: n % 7 + n / 10)], 3.0)
    assert np.diff(moved).min() == pytest.approx(3.0)
