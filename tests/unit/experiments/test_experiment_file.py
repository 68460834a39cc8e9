"""Experiment files: what they may say, what they mean, and how a bad one is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.evidence.posterior import choose
from maxpressure.experiments.experiment import read_experiment, shipped_experiments
from maxpressure.model.case import Case
from maxpressure.scenario import shipped_scenarios

GOOD = {
    "title": '"Mine"',
    "question": '"What then?"',
    "scenarios": '["max-pressure-2017"]',
    "worlds": "30",
}


def write(folder: Path, **changes: str) -> Path:
    """An experiment file with these changes; a table beside it for each file that it names."""
    path = folder / "mine.toml"
    entries = {key: text for key, text in (GOOD | changes).items() if text}
    path.write_text("".join(f"{key} = {text}\n" for key, text in entries.items()), encoding="utf-8")
    return path


def test_what_a_file_does_not_say_has_its_default(case: Case, tmp_path: Path) -> None:
    read = read_experiment(write(tmp_path, worlds=""), case=case)
    assert (read.worlds, read.seed, read.engine, read.keep) == (500, 2017, "ensemble", Keep(2000, 2000))
    assert read.names == ("max-pressure-2017",)
    assert read.draws == choose("posterior").draws


def test_what_a_file_says_arrives(case: Case, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('extends = "no-campaign"\n')
    said = {"scenarios": '["own.toml", "with-contagion"]', "seed": "5", "engine": '"world"'}
    read = read_experiment(write(tmp_path, keep="{ weeks = 3, attributions = 0 }", **said), case=case)
    assert (read.worlds, read.seed, read.engine, read.keep) == (30, 5, "world", Keep(3, 0))
    assert read.names == ("own", "with-contagion")
    assert read.scenarios[0].edits() == case.scenario("no-campaign").edits()


def test_the_number_of_worlds_can_be_given_beside_the_file(case: Case, tmp_path: Path) -> None:
    assert read_experiment(write(tmp_path), worlds=7, case=case).worlds == 7


@pytest.mark.parametrize("name", shipped_experiments())
def test_a_shipped_experiment_can_be_read_by_its_name(case: Case, name: str) -> None:
    read = read_experiment(name, case=case)
    assert set(read.names) <= set(shipped_scenarios())
    assert read.worlds >= 100


def test_the_shipped_experiments_are_the_whole_library_and_a_small_one_for_a_class(case: Case) -> None:
    assert set(shipped_experiments()) >= {"all-scenarios", "class"}
    assert set(read_experiment("all-scenarios", case=case).names) == set(shipped_scenarios())
    assert len(read_experiment("class", case=case).names) == 2


BAD: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "an unknown key": ({"world": "5"}, ("mine.toml: world is not known", "Did you mean 'worlds'?")),
    "an unknown key to keep": ({"keep": "{ week = 5 }"}, ("keep.week", "Did you mean 'weeks'?")),
    "an unknown scenario": (
        {"scenarios": '["no-campain"]'},
        ("no-campain", "a shipped scenario", "Did you mean 'no-campaign'?"),
    ),
    "a scenario file that is not there": ({"scenarios": '["gone.toml"]'}, ("gone.toml",)),
    "no scenario": ({"scenarios": "[]"}, ("scenarios is []", "a list of 1 or more")),
    "a scenario twice": ({"scenarios": '["no-campaign", "no-campaign"]'}, ("no-campaign", "each name once")),
    "no world": ({"worlds": "0"}, ("worlds is 0", "1 or more")),
    "worlds in words": ({"worlds": '"many"'}, ("worlds is 'many'", "a whole number")),
    "half a world": ({"worlds": "1.5"}, ("worlds is 1.5",)),
    "more worlds than there are random numbers for": ({"worlds": "5_000_000_000"}, ("worlds", "2147483648")),
    "a seed below zero": ({"seed": "-1"}, ("seed is -1",)),
    "a seed beyond the key": ({"seed": f"{2**63}"}, ("seed",)),
    "another engine": ({"engine": '"fast"'}, ("engine is 'fast'", "'ensemble' or 'world'")),
    "no title": ({"title": ""}, ("title is missing",)),
    "a number kept below zero": ({"keep": "{ attributions = -1 }"}, ("keep.attributions is -1",)),
    "parameters that are not there": ({"parameters": '"gone.toml"'}, ("gone.toml", "is not there")),
    "draws that are not there": ({"draws": '"gone.csv"'}, ("gone.csv", "is not there")),
    "no draw": ({"draws": "0"}, ("mine.toml: draws is 0",)),
    "half a draw": ({"draws": "2.5"}, ("mine.toml: draws is 2.5",)),
    "more draws than there are": ({"draws": "5000"}, ("draws is 5000", "from 1 to 2000")),
    "points that are not there": ({"points": '"gone.csv"'}, ("gone.csv", "is not there")),
    "what is no TOML": ({"title": "["}, ("mine.toml: line", "TOML")),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused_with_the_file_and_the_key(case: Case, tmp_path: Path, fault: str) -> None:
    changes, words = BAD[fault]
    path = write(tmp_path, **changes)
    with pytest.raises(InputError) as refusal:
        read_experiment(path, case=case)
    for word in words:
        assert word in str(refusal.value)


def test_an_experiment_that_is_not_there_is_refused_with_the_nearest_name(case: Case) -> None:
    with pytest.raises(InputError) as refusal:
        read_experiment("all-scenario", case=case)
    assert "Did you mean 'all-scenarios'?" in str(refusal.value)


def test_text_that_is_not_utf_8_is_refused(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b'title = "\xff"')
    with pytest.raises(InputError, match=r"mine\.toml: line 1"):
        read_experiment(path, case=case)


# ---- tables


def test_a_number_of_draws_takes_so_many_of_the_posterior(case: Case, tmp_path: Path) -> None:
    assert read_experiment(write(tmp_path, draws="4"), case=case).draws == choose("posterior", 4).draws
    assert (
        read_experiment(write(tmp_path, draws="4"), draws=3, case=case).draws == choose("posterior", 3).draws
    )


def test_a_number_of_draws_given_beside_a_table_takes_so_many_of_its_rows(case: Case, tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("beta_peer\n0\n1\n2\n3\n")
    read = read_experiment(write(tmp_path, draws='"draws.csv"'), draws=2, case=case)
    assert [draw.beta_peer for draw in read.draws] == [0.0, 2.0]


def test_each_row_of_a_table_of_draws_is_a_set_of_parameters(case: Case, tmp_path: Path) -> None:
    (tmp_path / "draws.csv").write_text("beta_peer,alpha.trade\n0,-7\n0.5,-8\n1,-inf\n")
    read = read_experiment(write(tmp_path, draws='"draws.csv"'), case=case)
    standing = read.parameters.values
    assert [draw.beta_peer for draw in read.draws] == [0.0, 0.5, 1.0]
    assert [draw.alpha[1] for draw in read.draws] == [-7.0, -8.0, float("-inf")]
    assert {draw.alpha[0] for draw in read.draws} == {standing.alpha[0]}
    assert {draw.kappa for draw in read.draws} == {standing.kappa}


def test_world_w_has_draw_w_modulo_the_number_of_draws(case: Case, tmp_path: Path) -> None:
    from batches import short
    from maxpressure.experiments.batch import run_batch
    from maxpressure.results.results import load

    (tmp_path / "draws.csv").write_text("alpha.trade\n-8\n-inf\n-2\n")
    (tmp_path / "short.toml").write_text(short().text())
    said = {"draws": '"draws.csv"', "scenarios": '["short.toml"]', "worlds": "8"}
    run_batch(
        read_experiment(write(tmp_path, **said), case=case), tmp_path / "out", workers=1, progress=False
    )
    worlds = load(tmp_path / "out").worlds
    assert list(worlds["draw"]) == [0, 1, 2, 0, 1, 2, 0, 1]
    cuts = worlds.groupby("draw")["cut_trade"].mean()
    assert cuts[1] == 0
    assert cuts[2] > 10 * cuts[0]


BAD_DRAWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a column that is no parameter": ("beta_pear\n1\n", ("column beta_pear", "Did you mean 'beta_peer'?")),
    "a cell that is no number": ("beta_peer,kappa\n1,1\n1,much\n", ("line 3, column kappa", "'much'")),
    "an empty cell": ("beta_peer,kappa\n1,\n", ("line 2, column kappa", "a number")),
    "not a number": ("beta_peer\nnan\n", ("line 2, column beta_peer", "a number")),
    "a cell too many": ("beta_peer\n1,2\n", ("line 2 has 2 cells", "1 cells, as in the header")),
    "a cell too few": ("beta_peer,kappa\n1,2\n1\n", ("line 3 has 1 cell",)),
    "a share above one": ("chi\n1.5\n", ("draws.csv: line 2, column chi is 1.5", "from 0 to 1")),
    "a coefficient below zero": (
        "beta_mandate\n-1\n",
        ("draws.csv: line 2, column beta_mandate is -1", "from 0 to 1000"),
    ),
    "a switch": ("chi\ntrue\n", ("draws.csv: line 2, column chi", "a number")),
    "without end": ("sigma\n-inf\n", ("draws.csv: line 2, column sigma", "from 0 to 1000")),
    "a vast number": ("beta_peer\n1e308\n", ("draws.csv: line 2, column beta_peer", "from -1000 to 1000")),
    "a quote that does not close": ('beta_peer\n1\n"2\n3\n', ("draws.csv: line 3, column beta_peer",)),
    "a header and no row": ("beta_peer\n", ("no rows",)),
    "nothing": ("", ("no rows",)),
    "a column twice": (
        "beta_peer,beta_peer\n1,2\n",
        ("line 1, column 2 is 'beta_peer'", "each column once"),
    ),
}


@pytest.mark.parametrize("fault", BAD_DRAWS)
def test_a_bad_table_of_draws_is_refused_with_line_and_column(case: Case, tmp_path: Path, fault: str) -> None:
    text, words = BAD_DRAWS[fault]
    (tmp_path / "draws.csv").write_text(text)
    with pytest.raises(InputError) as refusal:
        read_experiment(write(tmp_path, draws='"draws.csv"'), case=case)
    for word in ("draws.csv", *words):
        assert word in str(refusal.value)


def test_each_designed_point_is_a_scenario_with_its_values(case: Case, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(
        "campaign.scale,mandates.scale,parameters.beta_peer\n0,1,0.5\n0.5,2,1\n"
    )
    said = {"points": '"points.csv"', "scenarios": '["max-pressure-2017", "engagement-from-september"]'}
    read = read_experiment(write(tmp_path, **said), case=case)
    assert read.names == (
        "max-pressure-2017-p00000",
        "max-pressure-2017-p00001",
        "engagement-from-september-p00000",
        "engagement-from-september-p00001",
    )
    assert [one.campaign.scale for one in read.scenarios] == [0.0, 0.5, 0.0, 0.5]
    assert [one.mandates.scale for one in read.scenarios] == [1.0, 2.0, 1.0, 2.0]
    assert [one.parameters["beta_peer"].value for one in read.scenarios] == [0.5, 1.0, 0.5, 1.0]
    assert "line 3 of points.csv" in read.scenarios[1].parameters["beta_peer"].reason
    engaged = case.scenario("engagement-from-september")
    assert {one.shift for one in read.scenarios[2:]} == {engaged.shift}
    assert {one.campaign.since for one in read.scenarios[2:]} == {engaged.campaign.since}


def test_a_designed_point_may_set_whole_numbers_and_switches(case: Case, tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(
        "window.weeks,requests.lag_weeks,shift.UNSCR 2375,mechanisms.contagion,mechanisms.depth\n"
        "4,0,-7,false,true\n6.0,4,1e1,1,0\n"
    )
    first, second = read_experiment(write(tmp_path, points='"points.csv"'), case=case).scenarios[:2]
    assert [(one.window.weeks, one.requests.lag_weeks) for one in (first, second)] == [(4, 0), (6, 4)]
    assert [dict(one.shift) for one in (first, second)] == [{"UNSCR 2375": -7}, {"UNSCR 2375": 10}]
    assert [one.mechanisms.contagion for one in (first, second)] == [False, True]
    assert [one.mechanisms.depth for one in (first, second)] == [True, False]


BAD_POINTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a key that does not exist": ("campaign.scal\n1\n", ("campaign.scal",)),
    "a section that does not exist": ("campain.scale\n1\n", ("campain",)),
    "a parameter that does not exist": ("parameters.beta_pear\n1\n", ("beta_pear", "beta_peer")),
    "a value that is not allowed": ("campaign.scale\n-1\n", ("campaign.scale", "from 0 to 1000")),
    "a cell that is no number": ("campaign.scale\nx\n", ("line 2, column campaign.scale",)),
    "a key below another column": ("campaign,campaign.scale\n1,2\n", ("column campaign.scale",)),
    "a key above another column": ("campaign.scale,campaign\n1,2\n", ("campaign",)),
    "the name": ("name\n1\n", ("name",)),
    "half a week": ("window.weeks\n4\n4.5\n", ("points.csv: line 3, column window.weeks", "whole number")),
    "more weeks than there are": ("window.weeks\n1e9\n", ("line 2, column window.weeks",)),
    "half a lag": ("requests.lag_weeks\n0.5\n", ("line 2, column requests.lag_weeks",)),
    "half a day": ("shift.UNSCR 2375\n0.5\n", ("line 2, column shift.UNSCR 2375", "whole number")),
    "a switch of two": ("mechanisms.depth\n0\n2\n", ("line 3, column mechanisms.depth", "true or false")),
    "half a switch": ("mechanisms.depth\n0.5\n", ("line 2, column mechanisms.depth", "true or false")),
    "a number of truth": ("campaign.scale\ntrue\n", ("line 2, column campaign.scale", "from 0 to 1000")),
    "weeks of truth": ("window.weeks\ntrue\n", ("line 2, column window.weeks",)),
    "a parameter of truth": ("parameters.beta_peer\nfalse\n", ("line 2, column parameters.beta_peer",)),
    "minus without end": ("campaign.scale\n-inf\n", ("line 2, column campaign.scale",)),
    "a parameter out of range": (
        "campaign.scale,parameters.chi\n1,0.5\n1,1.5\n",
        ("line 3, column parameters.chi", "from 0 to 1"),
    ),
    "a tie switched off by hand": (
        "parameters.alpha.trade\n-inf\n",
        ("line 2, column parameters.alpha.trade",),
    ),
    "another form of number": ("campaign.scale\n1_0\n", ("line 2, column campaign.scale",)),
    "a quote that does not close": ('campaign.scale\n"1\n2\n3\n', ("line 2, column campaign.scale",)),
    "a line break in quotes": ('campaign.scale\n"1\n2"\n', ("line 2, column campaign.scale",)),
}


@pytest.mark.parametrize("fault", BAD_POINTS)
def test_a_bad_design_is_refused_with_its_key(case: Case, tmp_path: Path, fault: str) -> None:
    text, words = BAD_POINTS[fault]
    (tmp_path / "points.csv").write_text(text)
    with pytest.raises(InputError) as refusal:
        read_experiment(write(tmp_path, points='"points.csv"'), case=case)
    for word in words:
        assert word in str(refusal.value)


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("worlds", "100"),
        ("worlds", 2.5),
        ("seed", "a"),
        ("state_class", int),
        ("state_class", "Deaf"),
        ("workers", "2"),
        ("workers", 0),
        ("draws", "2"),
        ("draws", 2.0),
        ("case", "calibration"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_key(tmp_path: Path, key: str, given: Any) -> None:
    how: dict[str, Any] = {"worlds": 2, "out": tmp_path / "a"} | {key: given}
    with pytest.raises(InputError) as refusal:
        run("max-pressure-2017", **how)
    assert refusal.value.key == key
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("given", [5, None, [5], "", [""], [b"no-campaign"]])
def test_what_is_no_scenario_is_refused_with_its_key(tmp_path: Path, given: Any) -> None:
    with pytest.raises(InputError) as refusal:
        run(given, worlds=2, out=tmp_path / "a")
    assert refusal.value.key == "scenario"
    assert not (tmp_path / "a").exists()


def test_an_empty_text_is_not_taken_for_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refusal:
        run("max-pressure-2017", worlds=2, out="")
    assert refusal.value.key == "out"
    assert not list(tmp_path.iterdir())
