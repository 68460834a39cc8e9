"""Another case than the one that ships: a made-up folder of the same tables goes through everything."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from maxpressure import load, run
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.evidence.parameters import named_numbers
from maxpressure.evidence.posterior import choose, write_draws
from maxpressure.experiments.experiment import read_experiment
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import TABLES
from maxpressure.explanations.twins import Twins
from maxpressure.inference.calibrate import imputed
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.model.case import Case, Situation, load_case, prepare
from maxpressure.model.twin_situations import twin_situations
from maxpressure.model.world import World
from maxpressure.report.html import report_page
from maxpressure.report.maps import chance_map, tiles_of
from maxpressure.report.plots import with_case
from maxpressure.results.results import Results
from maxpressure.scenario import check
from maxpressure.sweep.files import changed, read_sweep
from world_twins import worlds
from worlds import acts, forget, replayed

HARBOUR = Path(__file__).parents[2] / "cases" / "harbour"
NAME = "Norvane 1991-1993 (made up)"
KEEP = Keep(weeks=2**31, attributions=2**31)
OWN_PRIORS = "Nothing was fitted to a record."

Broken = Callable[[str, str, str], Path]


@pytest.fixture(scope="module")
def harbour() -> Case:
    return load_case(HARBOUR)


@pytest.fixture(scope="module")
def simulated_in(harbour: Case) -> Situation:
    return prepare(harbour, harbour.record())


@pytest.fixture(scope="module")
def outcome(harbour: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A small run of the case on the priors that ship, since it has none and no posterior."""
    place = tmp_path_factory.mktemp("harbour") / "run"
    names = ["as-recorded", "no-second-mine", "skerrow-shields"]
    return run(names, worlds=12, case=harbour, out=place, workers=1, progress=False)


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """A copy of the case with one piece of text of a file replaced; InputError names what is wrong there."""

    def copy(file: str, old: str, new: str) -> Path:
        place = tmp_path / "case"
        shutil.copytree(HARBOUR, place)
        path = place / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return place

    return copy


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "110"})


def one_line(text: str) -> str:
    return " ".join(text.split())


# ---- what the folder holds


def test_the_made_up_case_says_that_it_is_and_names_no_real_state(harbour: Case, case: Case) -> None:
    assert "Nothing here happened" in (HARBOUR / "README.md").read_text(encoding="utf-8")
    assert not set(harbour.evidence.iso3s) & set(case.evidence.iso3s)
    assert all("QMA" <= iso3 <= "QZZ" for iso3 in harbour.evidence.iso3s)  # ISO 3166-1 leaves these to users
    names = {row.name for row in harbour.evidence.states}
    assert not names & {row.name for row in case.evidence.states}
    assert {row.source_url for row in harbour.evidence.events_of("broad")} == {"none: invented"}


def test_its_record_goes_on_for_longer_than_two_years_and_none_of_its_acts_is_lost(
    simulated_in: Situation,
) -> None:
    record = simulated_in.record
    assert (len(record.acts), record.cuts, len(record.rises)) == (12, 13, 1)
    assert max(act.week for act in record.acts) > 104
    assert [len(rows) for rows in (record.sub_level, record.statements, record.elsewhere)] == [1, 1, 1]
    assert simulated_in.timeline.weeks == 116


def test_the_check_says_what_is_there() -> None:
    said = call("case", "check", HARBOUR)
    assert said.exit_code == 0
    for words in (NAME, "12 third states", "12 acts (13 ties lowered)", "15 dated", "prior: 2000 draws",
                  "as-recorded, no-second-mine, skerrow-shields"):  # fmt: skip
        assert words in said.stdout


# ---- one model, whatever the case


@pytest.mark.parametrize("name", ["as-recorded", "no-second-mine", "skerrow-shields"])
def test_both_engines_live_the_case_alike_to_the_bit(harbour: Case, name: str) -> None:
    situation = prepare(harbour, harbour.scenario(name))
    draws = choose("prior", 4, harbour.place).draws
    chunk = Chunk(name, 0, 6)
    simulated = [
        engine({name: situation}, draws, 5, KEEP).simulate(chunk) for engine in (CompiledEngine, WorldEngine)
    ]
    assert simulated[0].changes > 0
    tables = [batches(chunk, len(draws), situation, one, KEEP) for one in simulated]
    for table in TABLES:
        assert tables[0][table].equals(tables[1][table])


def test_the_record_has_one_probability_whether_agents_replay_it_or_the_compiled_rule(harbour: Case) -> None:
    situation = record_situation(harbour)
    likelihood = Likelihood(situation)
    for draw in choose("prior", 5, harbour.place).draws:
        world = replayed(situation, draw)
        frailties = np.array([state.frailty for state in world.states])
        assert likelihood.given(draw, frailties) == pytest.approx(world.log_probability, rel=1e-9)
        forget(world)


def test_a_twin_of_the_case_does_again_what_its_record_holds(harbour: Case) -> None:
    factual, again, until = twin_situations(harbour, harbour.record())
    draws = choose("prior", 4, harbour.place).draws
    twins = Twins(factual=factual, scenario=again, until=until, draws=draws, seed=5)
    source = [
        (act.week, act.iso3, cut.tie, cut.level_before, cut.level_after)
        for act in factual.record.acts
        for cut in act.cuts
    ]
    for twin in range(len(draws)):
        for world in worlds(twins, twin).values():
            forget(world.run())
            assert [row for row in acts(world) if row[0] < until] == sorted(source)
    weeks = sorted((week, iso3) for week, iso3 in {row[:2] for row in source})
    names = factual.population.iso3
    for life in twins(Chunk("twins", 0, len(draws))):
        own = [(week, iso3) for iso3, acted in zip(names, life.acted, strict=True) for week in acted]
        assert sorted(one for one in own if one[0] < until) == weeks


def test_a_patron_of_the_case_follows_the_course_that_a_scenario_gives_it(harbour: Case) -> None:
    recorded, shielded = (
        prepare(harbour, harbour.scenario(name)) for name in ("as-recorded", "skerrow-shields")
    )
    assert recorded.timeline.enforcement.max() == pytest.approx(0.6)
    assert shielded.timeline.enforcement.max() == 0.0
    assert (recorded.backfill, shielded.backfill) == ((0.02,), (0.1,))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[china]\nenforcement = 1.0\n", ["china", "a course of [patrons.QSK]"]),
        ("[patrons.QRH]\nbackfill = 0.1\n", ["patrons.QRH", "a course of [patrons.QSK]"]),
        ("[patrons.QSK]\nbackfill = 2\n", ["patrons.QSK.backfill", "0 to 1"]),
        ('without = ["UNSCR 2375"]\n', ["without[0]", "UNSCR 2375", "pressure.csv"]),
        ('[requests]\nspare = ["MEX"]\n', ["requests.spare[0]", "MEX", "third state"]),
        ('[requests]\nspare = ["QSK"]\n', ["QSK is a patron: its course is set in [patrons.QSK]"]),
        ("[campaign]\nfrom = 2017-09-04\n", ["campaign.from", "1991-01-07 to 1993-12-26"]),
    ],
)
def test_a_scenario_that_speaks_of_another_case_is_refused_with_its_key(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    said = call("scenarios", "check", tmp_path / "mine.toml", "--case", HARBOUR)
    assert said.exit_code == 2
    for word in ["mine.toml", *words]:
        assert word in one_line(said.stderr)


def test_the_course_of_another_cases_patron_is_refused_where_china_and_russia_are_the_patrons(
    case: Case,
) -> None:
    for code in ("QSK", "CHN"):
        with pytest.raises(InputError, match=r"a course of \[china\] or \[russia\]"):
            check(case.record(patrons={code: {"backfill": 0.1}}), case.vocabulary())


def test_a_new_scenario_of_the_case_extends_its_record_and_every_example_in_it_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("scenarios", "new", "mine", "--case", HARBOUR).exit_code == 0
    text = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    text = text.replace("What is asked here?", "Who acts?").replace("Why the question matters", "Because")
    assert 'extends = "as-recorded"' in text
    Path("mine.toml").write_text(re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE), encoding="utf-8")
    said = call("scenarios", "check", "mine.toml", "--case", HARBOUR)
    assert said.exit_code == 0, said.stderr
    assert "patrons.QSK" in said.stdout


def test_the_library_of_the_case_lists_its_own_scenarios() -> None:
    said = call("scenarios", "--case", HARBOUR).stdout
    assert "3 scenarios" in said
    assert "max-pressure-2017" not in said
    shown = call("scenarios", "show", "no-second-mine", "--case", HARBOUR).stdout
    assert "League resolution 21" in shown
    assert "window" not in shown


# ---- what is wrong is named with its place


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("evidence/events.csv", "QTB,Tolbeck", "QTX,Tolbeck", ["events.csv", "line 2", "iso3", "QTX", "QTB"]),
        ("evidence/events.csv", "1991-03-28,day", "1990-03-28,day",
         ["events.csv", "line 2", "1991-01-07 to 1993-03-28"]),
        ("evidence/events.csv", "1991-07-15,month", "1991-07-16,month", ["line 5", "the 15th"]),
        ("evidence/pressure.csv", ",QOT,", ",QXX,", ["pressure.csv", "line 4", "targets", "QXX"]),
        ("evidence/pressure.csv", "1993-05-10,summit", "1995-05-10,summit", ["pressure.csv", "line 16", "1993-12-26"]),
        ("evidence/blocs.csv", "QML,OAS", "QML,League", ["blocs.csv", "line 2", "bloc", "League"]),
        ("evidence/states.csv", "QML,Marlund", "Qml,Marlund",
         ["states.csv", "line 2", "iso3", "three capital letters"]),
        ("evidence/states_sources.csv", "capital_lat,", "capital_latitude,", ["states_sources.csv", "capital_lat"]),
        ("assumptions.toml", "[patrons.QSK]", "[patrons.QSX]", ["assumptions.toml", "patrons.QSX.enforcement"]),
        ("assumptions.toml", 'patrons = ["QSK"]', 'patrons = ["QSK", "QRH"]',
         ["patrons.QRH", "a table for each patron"]),
        ("assumptions.toml", 'patrons = ["QSK"]', "patrons = []", ["assumptions.toml", "case.patrons"]),
        ("assumptions.toml", 'principals = ["QPV"]', 'principals = ["USA"]', ["assumptions.toml", "a state", "USA"]),
        ("assumptions.toml", "icbm_test = {", "icbm_tests = {", ["assumptions.toml", "Did you mean 'icbm_test'"]),
        ("assumptions.toml", "irbm_test =", "summit =", ["assumptions.toml", "shocks is 'summit'"]),
        ("assumptions.toml", "nuclear_test = {", "#",
         ["assumptions.toml", "shocks.nuclear_test", "pressure.csv has First mine in the Sound"]),
        ("assumptions.toml", "origin = 1991-01-07", "origin = 1991-01-08", ["assumptions.toml", "record", "Monday"]),
        ("assumptions.toml", '"League resolution 21"', '"League resolution 22"', ["mandates", "League resolution 21"]),
        ("scenarios/no-second-mine.toml", "Second mine in the Sound", "Sixth nuclear test",
         ["no-second-mine.toml", "without[0]", "Sixth nuclear test"]),
    ],
)  # fmt: skip
def test_a_broken_copy_is_refused_with_file_place_and_what_is_allowed(
    broken: Broken, file: str, old: str, new: str, words: list[str]
) -> None:
    said = call("case", "check", broken(file, old, new))
    assert said.exit_code == 2
    for word in words:
        assert word in one_line(said.stderr)


@pytest.mark.parametrize("missing", ["evidence/blocs.csv", "evidence/trade_totals.csv", "assumptions.toml"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    place = tmp_path / "case"
    shutil.copytree(HARBOUR, place)
    (place / missing).unlink()
    said = call("case", "check", place)
    assert said.exit_code == 2
    assert Path(missing).name in said.stderr


def test_priors_with_a_wrong_name_are_refused(tmp_path: Path, case: Case) -> None:
    place = tmp_path / "case"
    shutil.copytree(HARBOUR, place)
    text = (case.place / "priors.toml").read_text(encoding="utf-8")
    (place / "priors.toml").write_text(text.replace("[beta_shock]", "[beta_schock]"), encoding="utf-8")
    said = call("case", "check", place)
    assert said.exit_code == 2
    assert "priors.toml" in said.stderr
    assert "beta_shock" in said.stderr


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert call("case", "check", tmp_path / "nowhere").exit_code == 2
    said = call("run", "--case", tmp_path / "nowhere")
    assert said.exit_code == 2
    assert "nowhere" in said.stderr


# ---- run, compare, explain, plot, report


def test_results_carry_the_name_of_the_case_and_are_refused_with_another(
    outcome: Results, case: Case
) -> None:
    assert outcome.manifest.case == NAME
    with pytest.raises(InputError, match=r"by case=load_case\(DIR\)") as refused:
        outcome.situations(case)
    assert NAME in str(refused.value)
    for command in (["explain", "--state", "QML"], ["plot", "--picture", "wave"], ["report"]):
        said = call(command[0], outcome.folder, *command[1:])
        assert said.exit_code == 2
        assert "--case" in one_line(said.stderr)
        assert NAME in one_line(said.stderr)


def test_run_compare_explain_plot_and_report_go_through_and_say_whose_parameters_they_had(
    outcome: Results, harbour: Case, tmp_path: Path
) -> None:
    source = with_case(outcome, harbour)
    assert outcome.manifest.parameters.status == "prior"
    assert (outcome.folder / "wave.png").is_file()
    assert OWN_PRIORS in source.parameters()
    again = call("run", "as-recorded", "no-second-mine", "skerrow-shields", "--worlds", 12, "--case", HARBOUR,
                 "--out", outcome.folder, "--workers", 1)  # fmt: skip
    compared = call("compare", outcome.folder, "--case", HARBOUR, "--out", tmp_path / "compared")
    explained = call("explain", outcome.folder, "--state", "QML", "--case", HARBOUR)
    for said in (again, compared, explained):
        assert said.exit_code == 0, said.stderr
        assert OWN_PRIORS in one_line(said.stdout)
        for foreign in ("China", "2016", "KOTRA", "Korea", "2017 "):
            assert foreign not in said.stdout.replace("seed 2017", "")
    assert "trade left, % of 1990" in again.stdout
    assert "Skerrow's share of trade" in again.stdout


@pytest.mark.slow
def test_the_report_speaks_of_this_case_alone(outcome: Results, harbour: Case) -> None:
    page = report_page(with_case(outcome, harbour))
    words = re.sub(r"data:[^\"]*", "", page)
    for own in (
        NAME,
        OWN_PRIORS,
        "Skerrow follows the path",
        "not fitted to any data",
        "of 1990",
        "January 1991",
    ):
        assert own in words
    for foreign in ("China", "Russia", "2016", "calibration/evidence", "a good fit is expected"):
        assert foreign not in words


def test_a_map_of_states_without_stored_tiles_is_laid_out_from_their_capitals(
    outcome: Results, harbour: Case
) -> None:
    source = with_case(outcome, harbour)
    tiles = tiles_of(source)
    assert list(tiles) == list(harbour.evidence.iso3s)
    assert len({(tile.column, tile.row) for tile in tiles.values()}) == len(tiles)
    assert tiles["QWH"].column < tiles["QPV"].column  # as their capitals lie
    assert tiles["QOT"].row < tiles["QRS"].row
    picture = chance_map(source, "as-recorded")
    assert picture.file("png").startswith(b"\x89PNG")


# ---- whose parameters


@pytest.mark.slow
def test_a_case_without_a_posterior_borrows_that_of_north_korea_only_by_name_and_says_so(
    harbour: Case, tmp_path: Path
) -> None:
    said = call("run", "--case", HARBOUR, "--parameters", "dprk-posterior", "--worlds", 8, "--draws", 4,
                "--out", tmp_path / "borrowed", "--workers", 1)  # fmt: skip
    assert said.exit_code == 0, said.stderr
    whose = "posterior of another case, North Korea 2016-2017"
    assert whose in one_line(said.stdout)
    found = load(tmp_path / "borrowed")
    assert found.manifest.parameters.status == "borrowed"
    assert whose in found.manifest.parameters.source
    page = report_page(with_case(found, harbour))
    assert whose in page
    assert "fitted to the record of another case" in page
    explained = call("explain", tmp_path / "borrowed", "--state", "QML", "--case", HARBOUR)
    assert explained.exit_code == 0, explained.stderr
    assert whose in one_line(explained.stdout)


def test_a_case_with_a_posterior_of_its_own_runs_on_it(tmp_path: Path) -> None:
    place = tmp_path / "case"
    shutil.copytree(HARBOUR, place)
    draws = choose("prior", 5, place).draws
    rows = np.array([[number for _, number in named_numbers(draw)] for draw in draws])
    write_draws(place / "posterior.parquet", rows, [0] * 5, {"method": "five draws for a test"})
    chosen = choose(place=load_case(place).place)
    assert chosen.parameters.status == "posterior"
    assert len(chosen.draws) == 5
    assert "five draws for a test" in call("case", "check", place).stdout


def test_a_twin_says_whose_parameters_it_had(tmp_path: Path) -> None:
    said = call("twin", "no-second-mine", "--case", HARBOUR, "--worlds", 6, "--out", tmp_path / "twin",
                "--workers", 1)  # fmt: skip
    assert said.exit_code == 0, said.stderr
    assert OWN_PRIORS in one_line(said.stdout)
    assert "1992-03-02" in said.stdout


# ---- files of experiments and sweeps


def test_the_experiment_and_the_sweep_of_the_case_are_read_and_move_its_own_levers(harbour: Case) -> None:
    experiment = read_experiment(HARBOUR / "experiment.toml", case=harbour)
    assert experiment.names == ("as-recorded", "no-second-mine")
    assert experiment.parameters.status == "prior"
    sweep = read_sweep(HARBOUR / "sweep.toml", case=harbour)
    inputs = sweep.of("lever", "uncertainty")
    _, scenario = changed(sweep, sweep.base, inputs, [0.5] * len(inputs))
    assert scenario.patrons["QSK"].enforcement == 0.5
    assert scenario.window.start == dt.date(1991, 1, 7)


def test_every_act_counts_though_its_date_is_known_to_the_month_only(harbour: Case) -> None:
    """An act that stands on the 15th is drawn anew within its month for each imputation, and stays one act."""
    days = set()
    for number in range(5):
        drawn = replace(harbour, evidence=imputed(harbour.evidence, harbour.assumptions.record, number, 0))
        (act,) = [row for row in drawn.evidence.events_of("broad") if row.event_id == "E004"]
        days.add(act.date)
        assert len(prepare(drawn, drawn.record()).record.acts) == 12
    assert len(days) > 1
    assert {(day.year, day.month) for day in days} == {(1991, 7)}


def test_each_row_of_the_tables_has_every_column_that_the_shipped_ones_have(case: Case) -> None:
    for path in sorted((HARBOUR / "evidence").glob("*.csv")):
        with (
            path.open(encoding="utf-8", newline="") as own,
            (case.place / "evidence" / path.name).open(encoding="utf-8", newline="") as shipped,
        ):
            assert next(csv.reader(own)) == next(csv.reader(shipped))


def test_worlds_of_the_case_can_be_simulated_one_by_one(simulated_in: Situation, harbour: Case) -> None:
    one = choose("prior", 1, harbour.place).draws[0]
    world = World(simulated_in, one, seed=3).run()
    assert len(world.states) == 12
    forget(world)
