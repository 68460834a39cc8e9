"""A comparison as text, page and picture, and the command that shows it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from typer.testing import CliRunner, Result

from batches import short
from maxpressure.api import run
from maxpressure.base.cautions import (
    BANS_DIFFER,
    BROAD_RECORD,
    CONTAGION_CHANGED,
    NOT_DISARMAMENT,
    PATRONS_EDITED,
    RECORDS_DIFFER,
    REQUESTS_DIFFER,
)
from maxpressure.base.errors import InputError
from maxpressure.base.text import signed
from maxpressure.cli.main import app
from maxpressure.experiments.manifest import read_manifest
from maxpressure.model.case import Case
from maxpressure.report.comparison import Comparison, comparison, finding, more_worlds, sentences
from maxpressure.report.differences import table_lines
from maxpressure.report.plot_differences import comparison_figure, forest
from maxpressure.report.summary import summary
from maxpressure.results.results import Results, load
from maxpressure.results.statistics import KEY_OUTCOMES, LOSSES
from maxpressure.results.weekly import cautions
from maxpressure.scenario import Scenario
from part_folders import laid_out, planned


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Four short scenarios: one asks less, one lets Russia step in, one has contagion."""
    scenarios = [
        short(),
        short("quiet", requests={"scale": 0.0}, campaign={"scale": 0.0}),
        short("russia", russia={"backfill": 0.15}),
        short("alone", mechanisms={"contagion": True}),
    ]
    return laid_out(planned(case, scenarios, worlds=30), tmp_path_factory.mktemp("words") / "a")


@pytest.fixture
def compared(results: Results, case: Case) -> Comparison:
    return comparison(results, results, case)


def made_up(**changes: object) -> pd.DataFrame:
    """A table of one scenario that differs in nothing, but for the changes to its acts."""
    same = {
        "scenario": "mine", "against": "record", "planned": True, "unit": "", "worlds": 100, "draws": 100,
        "mean": 0.0, "mcse": 0.0, "ci_low": 0.0, "ci_high": 0.0, "p05": 0.0, "median": 0.0, "p95": 0.0,
        "more": 0.0, "same": 1.0, "fewer": 0.0, "needed": 2, "enough": True,
    }  # fmt: skip
    rows = [same | {"outcome": outcome} | (changes if outcome == "acts" else {}) for outcome in KEY_OUTCOMES]
    table = pd.DataFrame(rows)
    return table.assign(outcome=pd.Categorical(table["outcome"], categories=list(KEY_OUTCOMES)))


FEWER = {
    "mean": -7.5, "mcse": 0.25, "ci_low": -8.0, "ci_high": -7.0, "more": 0.0, "same": 0.004, "fewer": 0.996,
}  # fmt: skip
UNCLEAR = {
    "mean": 0.25, "mcse": 0.2, "ci_low": -0.15, "ci_high": 0.65, "more": 0.4, "same": 0.4, "fewer": 0.2,
}  # fmt: skip
LITTLE = UNCLEAR | {"ci_low": 0.05, "ci_high": 0.45}
SHORT = FEWER | {"enough": False, "needed": 861}
NESTED = FEWER | {"enough": False, "needed": 9560, "draws": 50, "worlds": 1000}
EXACT = FEWER | {"mean": -8.66, "mcse": 0.0, "ci_low": -8.66, "ci_high": -8.66}
NO_INTERVAL = {
    "mean": -2.0, "mcse": math.nan, "ci_low": math.nan, "ci_high": math.nan, "same": 0.0, "enough": pd.NA,
    "needed": pd.NA,
}  # fmt: skip


def numbers(sentence: str) -> list[float]:
    """All numbers of a sentence in their order."""
    return [float(number.replace(",", "")) for number in re.findall(r"[+-]?\d[\d,.]*(?<![.,])", sentence)]


@pytest.mark.parametrize(
    "changes",
    [
        FEWER, UNCLEAR, LITTLE, {}, SHORT, NESTED, EXACT, NO_INTERVAL,
    ],
    ids=["clear", "unclear", "negligible", "same", "too few", "several draws", "no spread", "no interval"],
)  # fmt: skip
def test_a_sentence_for_each_kind_of_difference(changes: dict[str, object], snapshot: object) -> None:
    table = made_up(**changes)
    assert [*sentences(table), finding(table)] == snapshot


def test_a_clear_difference_has_its_interval_its_worlds_and_their_share() -> None:
    (sentence,) = sentences(made_up(**FEWER))
    assert numbers(sentence) == [7.5, 0.2, 95, 7.0, 8.0, 100, 99]


def test_an_interval_that_includes_zero_is_no_clear_difference() -> None:
    (sentence,) = sentences(made_up(**UNCLEAR))
    assert "no clear difference" in sentence
    assert numbers(sentence) == [0.2, 0.2, 95, -0.1, 0.7, 100, 40, 20]


def test_an_interval_within_the_precision_around_zero_is_negligible() -> None:
    assert "negligible" in finding(made_up(**LITTLE))
    moved = made_up(**FEWER)
    moved.loc[moved["outcome"] == "embassies", ["mean", "ci_low", "ci_high", "same"]] = [0.1, 0.01, 0.2, 0.5]
    (sentence,) = sentences(moved)
    assert "negligible difference in embassies with an ambassador" in sentence


def test_too_few_worlds_are_named_with_how_many_are_needed() -> None:
    (sentence,) = sentences(made_up(**SHORT))
    assert "Enough worlds" not in sentence
    assert numbers(sentence)[-1] == 861


def test_worlds_of_several_draws_are_needed_as_many_of_each_draw() -> None:
    (sentence,) = sentences(made_up(**NESTED))
    assert numbers(sentence)[-2:] == [9560, 20]


def test_a_difference_that_never_varies_keeps_its_decimals() -> None:
    (sentence,) = sentences(made_up(**EXACT))
    assert numbers(sentence)[0] == 8.66


def test_worlds_without_an_interval_are_not_called_enough() -> None:
    (sentence,) = sentences(made_up(**NO_INTERVAL))
    assert "Enough worlds" not in sentence


def test_the_title_is_the_largest_clear_difference_of_the_first_outcome_that_has_one() -> None:
    assert numbers(finding(made_up(**FEWER))) == [7.5, 95, 7.0, 8.0]
    less = made_up(**FEWER).assign(scenario="less", mean=-1.0)
    both = pd.concat([less, made_up(**FEWER)], ignore_index=True)
    both["outcome"] = pd.Categorical(both["outcome"], categories=list(KEY_OUTCOMES))
    title = finding(both)
    assert "mine" in title
    assert numbers(title)[:2] == [2, 7.5]


def test_the_command_for_more_worlds_asks_for_the_most_that_any_outcome_needs(results: Results) -> None:
    table = results.compare()
    short_of = table[table["enough"].eq(False).fillna(value=False)]
    command = more_worlds(table, [results])
    assert (f"worlds={short_of['needed'].max()}" in command) == bool(len(short_of))
    assert more_worlds(made_up(), [results]) == ""


def test_more_worlds_of_several_draws_are_more_draws(results: Results) -> None:
    nested = made_up(**FEWER, enough=False, needed=2000, draws=50, worlds=1000)
    assert "worlds=2000" in more_worlds(nested, [results])
    assert "draws=100" in more_worlds(nested, [results])


def test_a_folder_with_enough_worlds_is_not_run_again(results: Results) -> None:
    few = made_up(**FEWER, enough=False, needed=results.manifest.worlds)
    assert more_worlds(few, [results]) == ""


# ---- the whole


def test_the_planned_outcomes_come_first_and_others_are_marked(results: Results, case: Case) -> None:
    found = comparison(results, results, case, outcomes=["hhi", "acts"])
    assert list(found.table["outcome"].cat.categories) == [*KEY_OUTCOMES, *LOSSES, "hhi"]
    lines = found.text(120).splitlines()
    assert lines.index("hhi (exploratory)") > lines.index("acts of breaking off")
    assert "Exploratory outcomes" in " ".join(lines)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_lines_keep_to_the_width_and_always_show_the_mean(compared: Comparison, width: int) -> None:
    lines = compared.text(width).splitlines()
    assert [line for line in lines[1:] if len(line) > width and " " in line.strip()] == []
    quiet = next(line for line in lines if line.startswith("  quiet"))
    mean = compared.table.set_index(["outcome", "scenario"]).loc[("acts", "quiet"), "mean"]
    assert float(quiet.split()[1]) == pytest.approx(mean, abs=0.01)


def test_terminal_and_page_as_a_whole(compared: Comparison, snapshot: object) -> None:
    folder = str(compared.results.place)
    assert compared.text(500).replace(folder, "FOLDER") == snapshot(name="terminal")  # type: ignore[operator]
    assert compared.markdown().replace(folder, "FOLDER") == snapshot(name="page")  # type: ignore[operator]


def test_terminal_and_page_have_the_cautions_on_requests_and_contagion(compared: Comparison) -> None:
    terminal, page = " ".join(compared.text(120).split()), compared.markdown()
    for caution in (CONTAGION_CHANGED, REQUESTS_DIFFER, NOT_DISARMAMENT, "seed 11"):
        assert caution in terminal
        assert caution in page


def test_a_comparison_follows_the_protocol_of_results(compared: Comparison) -> None:
    assert list(compared.tables) == ["compare"]
    assert compared.tables["compare"] is compared.table
    assert "acts of breaking off" in compared._repr_html_()


def test_cautions_stand_only_where_they_belong(results: Results, case: Case) -> None:
    simulated = results.situations(case)
    assert cautions({name: simulated[name] for name in ("short", "russia")}) == [PATRONS_EDITED]
    assert cautions({name: simulated[name] for name in ("short", "quiet")}) == [REQUESTS_DIFFER]
    assert cautions({name: simulated[name] for name in ("short", "alone")}) == [CONTAGION_CHANGED]


def test_requests_removed_by_name_or_overruled_are_requests_edited(
    edited: Callable[..., object], recorded: object
) -> None:
    for edit in (
        {"without": ["Seoul asks Egypt"]},
        {"mechanisms": {"requests": False}},
        {"parameters": {"beta_request": {"value": 0.5, "reason": "half as strong"}}},
    ):
        assert cautions({"record": recorded, "edited": edited(**edit)}) == [REQUESTS_DIFFER]  # type: ignore[dict-item]


def test_contagion_weighed_by_its_parameter_is_contagion_edited(
    edited: Callable[..., object], recorded: object
) -> None:
    for value in (0.0, 0.8):
        other = edited(parameters={"beta_peer": {"value": value, "reason": "peers weigh otherwise"}})
        assert cautions({"record": recorded, "edited": other}) == [CONTAGION_CHANGED]  # type: ignore[dict-item]


def test_a_patrons_course_and_other_bans_have_their_cautions(
    edited: Callable[..., object], recorded: object
) -> None:
    shields = edited(china={"enforcement": 0.0})
    assert cautions({"record": recorded, "edited": shields}) == [PATRONS_EDITED]  # type: ignore[dict-item]
    without = edited(without=["UNSCR 2375"])
    assert cautions({"record": recorded, "edited": without}) == [BANS_DIFFER]  # type: ignore[dict-item]


def test_another_record_and_another_risk_set_have_their_caution(
    edited: Callable[..., object], recorded: object
) -> None:
    for edit, found in (
        ({"record": "broad"}, [RECORDS_DIFFER, BROAD_RECORD]),
        ({"risk_set": "ex-ante"}, [RECORDS_DIFFER]),
    ):
        assert cautions({"record": recorded, "edited": edited(**edit)}) == found  # type: ignore[dict-item]


def test_where_the_case_has_changed_the_cautions_on_contagion_and_requests_stand(
    results: Results, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maxpressure.results.folder_tables.assumptions_digest", lambda _: "another")
    assert comparison(results, results, case).cautions == (CONTAGION_CHANGED, REQUESTS_DIFFER)


def test_the_summary_of_a_run_has_the_numbers_of_the_comparison(results: Results, case: Case) -> None:
    lines = summary(results, case, 1000)
    below = lines[next(index for index, line in enumerate(lines) if line.startswith("mean difference")) :]
    rows = results.compare("acts", "trade_left").set_index(["scenario", "outcome"])["mean"]
    for outcome, line in zip(("acts", "trade_left"), below[1:], strict=False):
        for scenario in ("quiet", "russia"):
            assert f"{signed(rows[scenario, outcome], 1)} (" in line


# ---- the picture


def drawn(figure: Figure) -> None:
    FigureCanvasAgg(figure).draw()


def test_the_forest_shows_means_intervals_and_numbers(results: Results) -> None:
    rows = results.compare("acts")
    axes = forest(Figure().subplots(), rows)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["quiet", "russia", "alone"]
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == list(rows["mean"])
    bars = [tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() > 5]
    assert bars == list(zip(rows["ci_low"], rows["ci_high"], strict=True))
    written = [text.get_text() for text in axes.texts]
    assert any("the same in every world" in words for words in written)
    assert axes.get_xlim()[0] < 0 < axes.get_xlim()[1]


@pytest.mark.parametrize("count", [1, 25])
def test_the_picture_holds_any_number_of_scenarios_within_its_edges(count: int) -> None:
    tables = [made_up(**FEWER).assign(scenario=f"scenario-{index}") for index in range(count)]
    table = pd.concat(tables, ignore_index=True)
    for name in ("outcome", "scenario"):
        table[name] = pd.Categorical(table[name], categories=list(dict.fromkeys(table[name])))
    figure = comparison_figure(table, finding(table), "100 pairs of worlds", ["How to read it."] * 12)
    drawn(figure)
    assert len(figure.axes) == len(KEY_OUTCOMES)
    for axes in figure.axes:
        for text in (*axes.texts, *axes.get_yticklabels(), axes.title, axes.xaxis.label):
            box = text.get_window_extent()
            assert figure.bbox.x0 <= box.x0, text
            assert box.x1 <= figure.bbox.x1, text
    for text in figure.texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 <= box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 <= box.y1 <= figure.bbox.y1, text


def test_numbers_keep_clear_of_the_panel_beside_them(compared: Comparison) -> None:
    figure = comparison_figure(compared.table, "t", "t", ["t"])
    drawn(figure)
    left, right = figure.axes[:2]
    assert max(text.get_window_extent().x1 for text in left.texts) < right.bbox.x0


# ---- the files and the command


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(case: Case, tmp_path: Path) -> Path:
    """Two short scenarios, six worlds of each of three draws."""
    two: list[Scenario] = [short(), short("quiet", requests={"scale": 0.0})]
    return run(two, worlds=18, draws=3, out=tmp_path / "a", case=case, progress=False).folder


def test_the_command_prints_the_table_and_writes_three_files(folder: Path) -> None:
    done = call("compare", str(folder), "--outcome", "hhi")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("Differences from short, world by world")
    assert "Parameters, posterior" not in done.stdout
    assert "Parameters, posterior" in call("compare", str(folder), "--outcome", "hhi", "--verbose").stdout
    assert sorted(path.name for path in (folder / "compare").iterdir()) == [
        "compare.csv", "compare.md", "compare.png",
    ]  # fmt: skip
    written = pd.read_csv(folder / "compare" / "compare.csv")
    table = load(folder).compare(*KEY_OUTCOMES, *LOSSES, "hhi")
    assert list(written["outcome"]) == list(table["outcome"])
    np.testing.assert_array_equal(written["mean"], table["mean"])
    page = (folder / "compare" / "compare.md").read_text(encoding="utf-8")
    assert "Parameters, posterior" in page
    assert page.count("\n| ") == len(table) + 1
    assert "![" in page


def test_a_comparison_replaces_the_one_before_and_does_not_keep_a_run_from_going_on(
    folder: Path, case: Case
) -> None:
    assert call("compare", str(folder), "--quiet").exit_code == 0
    assert call("compare", str(folder), "--quiet", "--outcome", "hhi").stdout == ""
    assert "hhi" in (folder / "compare" / "compare.csv").read_text(encoding="utf-8")
    two: list[Scenario] = [short(), short("quiet", requests={"scale": 0.0})]
    assert run(two, worlds=18, draws=3, out=folder, case=case, progress=False).reused
    more = run(two, worlds=19, draws=3, out=folder, case=case, force=True, progress=False)
    assert not (more.folder / "compare").exists()


def test_a_folder_with_anything_else_in_it_is_never_replaced(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("three years")
    done = call("compare", str(folder), "--out", str(mine))
    assert done.exit_code == 2
    assert "'thesis.txt'" in done.stderr
    (folder / "compare").mkdir()
    (folder / "compare" / "thesis.txt").write_text("three years")
    assert call("compare", str(folder)).exit_code == 2
    assert (folder / "compare" / "thesis.txt").exists()


def test_the_variance_is_split_into_parameters_and_chance_on_request(folder: Path, tmp_path: Path) -> None:
    done = call("compare", str(folder), "--split", "--out", str(tmp_path / "split"))
    assert done.exit_code == 0, done.stderr
    assert "share due to parameters, %" in done.stdout
    assert "difference_share" in (tmp_path / "split" / "compare.csv").read_text(encoding="utf-8")
    assert "jackknife" in (tmp_path / "split" / "compare.md").read_text(encoding="utf-8")


def test_two_folders_are_compared(folder: Path, case: Case, tmp_path: Path) -> None:
    base = run([short()], worlds=12, draws=3, out=tmp_path / "b", case=case, progress=False).folder
    done = call("compare", str(folder), str(base))
    assert done.exit_code == 0, done.stderr
    assert "6 have no partner (18 worlds asked for in" in " ".join(done.stdout.split())


def refused(*arguments: str) -> str:
    done = call("compare", *arguments)
    assert done.exit_code == 2
    return done.stderr


def test_bad_input_is_refused_with_what_is_allowed(folder: Path, case: Case, tmp_path: Path) -> None:
    assert "has no manifest.json" in refused(str(tmp_path / "gone"))
    within = refused(str(folder.parent))
    assert f"has no manifest.json. Allowed is a folder that maxpressure wrote, such as {folder}" in within
    assert "Did you mean 'quiet'?" in refused(str(folder), "--against", "quite")
    assert "Did you mean 'embassies'?" in refused(str(folder), "--outcome", "embasies")
    seed = run([short("other")], worlds=3, draws=3, seed=8, out=tmp_path / "s", case=case, progress=False)
    assert "seed was 2017, now 8" in refused(str(seed.folder), str(folder))
    single = run([short(), short("b")], worlds=3, out=tmp_path / "c", case=case, progress=False).folder
    command = read_manifest(single).command
    assert command
    assert "draws=50" in refused(str(single), "--split")


def test_results_that_lie_elsewhere_are_compared_into_a_folder_of_this_machine(
    case: Case, tmp_path: Path
) -> None:
    elsewhere = laid_out(planned(case, [short(), short("b")], worlds=3), "memory://compare/elsewhere")
    found = comparison(elsewhere, elsewhere, case)
    with pytest.raises(InputError, match="by out="):
        found.save()
    assert (found.save(tmp_path / "here") / "compare.png").stat().st_size > 10_000


def test_the_table_alone_is_readable(compared: Comparison) -> None:
    lines = table_lines(compared.table, 120)
    assert lines[0].split() == [
        *("mean", "±", "error", "95", "%", "interval", "enough", "90", "%", "of", "worlds"),
        "more/same/fewer",
    ]
    assert lines[1] == "acts of breaking off"
    assert len(lines) == 1 + (len(KEY_OUTCOMES) + len(LOSSES)) * (1 + 3)
