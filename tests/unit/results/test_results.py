"""The result folder: what stands in it, that it is whole or absent, and opened as it was written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from maxpressure import api
from maxpressure.base.errors import InputError
from maxpressure.base.paths import code_digest
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters, override
from maxpressure.experiments.folder import default_folder
from maxpressure.experiments.manifest import MANIFEST, read_manifest
from maxpressure.model.case import Case, Situation
from maxpressure.model.rules import GROUPS
from maxpressure.model.world import World
from maxpressure.report import plot_wave
from maxpressure.results.results import Results, load
from pilot import PILOT

run = partial(api.run, parameters=PILOT)
TWO = ("max-pressure-2017", "no-campaign")
TABLES = ("worlds", "weeks", "acts", "tallies")


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in three worlds each."""
    return run(
        TWO, worlds=3, seed=11, out=tmp_path_factory.mktemp("results") / "two", case=case, progress=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_result_folder_holds_its_tables_its_picture_and_its_manifest(results: Results) -> None:
    expected = {"manifest.json", "wave.png", *(f"{name}.parquet" for name in TABLES)}
    assert set(contents(results.folder)) == expected
    assert [path.name for path in results.folder.parent.iterdir()] == ["two"]


def test_worlds_has_a_row_for_each_scenario_and_world_in_their_order(results: Results) -> None:
    keys = [(row.scenario, row.draw, row.world) for row in results.worlds.itertuples()]
    assert keys == [(name, 0, world) for name in TWO for world in range(3)]


def test_weeks_has_a_row_for_each_world_and_week_from_monday_to_monday(
    results: Results, recorded: Situation
) -> None:
    weeks = results.weeks
    line = recorded.timeline
    assert list(weeks["week"]) == list(range(line.first, line.weeks)) * 6
    assert list(weeks["date"]) == [pd.Timestamp(line.monday(week)) for week in weeks["week"]]


def test_acts_are_sorted_by_scenario_world_week_and_state(results: Results) -> None:
    keys = ["scenario", "draw", "world", "week", "iso3"]
    acts = results.acts
    assert acts[keys].equals(acts[keys].sort_values(keys, kind="stable", ignore_index=True))


def test_the_tables_tell_the_same_story(results: Results) -> None:
    key = ["scenario", "world"]
    worlds = results.worlds.set_index(key)
    by_week = results.weeks.groupby(key, observed=True)[["acts", "cuts", "restorations", "attritions"]].sum()
    kinds = results.acts.groupby([*key, "kind"], observed=False).size()
    leads = results.acts[results.acts["lead"].fillna(value=False)].groupby(key, observed=True).size()
    assert (by_week == worlds[by_week.columns]).all(axis=None)
    assert list(kinds.xs("act", level="kind")) == list(worlds["cuts"])
    assert list(kinds.xs("attrition", level="kind")) == list(worlds["attritions"])
    assert list(leads) == list(worlds["acts"])


def test_a_row_of_worlds_is_what_its_world_recorded(results: Results, recorded: Situation) -> None:
    world = World(recorded, PILOT.values, seed=11, number=2).run()
    assert world.recorder is not None
    outcome = world.recorder.world_row()
    row = results.worlds.iloc[2]
    assert [row["acts"], row["log_probability"]] == [outcome.acts, outcome.log_probability]
    assert [row[f"cut_{tie}"] for tie in TIES] == list(outcome.cut)
    last = results.weeks.query("scenario == 'max-pressure-2017' and world == 2").iloc[-1]
    assert [last[f"level_{tie}"] for tie in TIES] == list(world.recorder.weeks[-1].mean_level)
    assert [last[f"ties_{tie}"] for tie in TIES] == list(world.recorder.weeks[-1].ties_alive)


def test_only_acts_have_a_lead_and_an_attribution_and_its_shares_add_up_to_one(results: Results) -> None:
    acts = results.acts
    attribution = acts[[f"share_{group}" for group in GROUPS]]
    decided = acts["kind"] == "act"
    assert (acts["lead"].notna() == decided).all()
    assert (attribution.notna().all(axis="columns") == decided).all()
    assert attribution[decided].sum(axis="columns").to_numpy() == pytest.approx(1.0)


def test_columns_have_the_same_types_in_every_folder(results: Results, case: Case, tmp_path: Path) -> None:
    quiet = case.scenario("max-pressure-2017").but(
        name="quiet", window={"start": dt.date(2016, 1, 4), "weeks": 1}
    )
    other = run(quiet, worlds=1, out=tmp_path / "quiet", case=case, progress=False)
    for name in TABLES:
        types = [str(kind) for kind in results.table(name).dtypes]
        assert [str(kind) for kind in other.table(name).dtypes] == types
        assert "object" not in types


def test_names_are_categories_in_their_natural_order(results: Results) -> None:
    acts = results.acts
    assert tuple(acts["tie"].cat.categories) == TIES
    assert tuple(acts["scenario"].cat.categories) == TWO
    assert list(acts["iso3"].cat.categories) == sorted(set(acts["iso3"]))


def test_only_the_columns_asked_for_are_read_in_the_order_asked_for(results: Results) -> None:
    assert list(results.table("weeks", ["acts", "scenario"]).columns) == ["acts", "scenario"]


@pytest.mark.parametrize(
    ("table", "columns", "meant"), [("week", None, "weeks"), ("weeks", ["act_total"], "acts_total")]
)
def test_a_misspelt_table_or_column_is_refused_with_the_nearest(
    results: Results, table: str, columns: list[str] | None, meant: str
) -> None:
    with pytest.raises(InputError) as refusal:
        results.table(table, columns)
    assert refusal.value.nearest == meant


def test_every_table_says_that_its_parameters_are_pilot(results: Results) -> None:
    for name in TABLES:
        metadata = pq.read_schema(results.folder / f"{name}.parquet").metadata
        assert metadata[b"parameters_status"] == b"pilot"


def test_the_manifest_holds_all_that_is_needed_to_run_again(
    results: Results, case: Case, pilot: Parameters
) -> None:
    manifest = json.loads((results.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == 4
    assert manifest["scenarios"] == [{"name": name, "text": case.scenario(name).text()} for name in TWO]
    assert (manifest["worlds"], manifest["seed"], manifest["engine"]) == (3, 11, "ensemble")
    assert manifest["parameters"]["status"] == "pilot"
    assert manifest["parameters"]["values"]["beta_shock"] == pilot.beta_shock
    assert manifest["parameters"]["values"]["alpha.travel"] == pilot.alpha[-1]
    assert manifest["evidence"] == case.evidence.digest
    assert set(manifest["versions"]) == {"maxpressure", "python", "numpy", "mesa", "pandas", "pyarrow"}
    started, ended = (dt.datetime.fromisoformat(manifest[key]) for key in ("started", "ended"))
    assert started.utcoffset() == dt.timedelta(0)
    assert started <= ended


def test_the_scenarios_of_a_manifest_read_back_as_those_that_ran(results: Results, case: Case) -> None:
    prepared = results.situations(case)
    assert {name: situation.scenario.text() for name, situation in prepared.items()} == {
        name: case.scenario(name).text() for name in TWO
    }


def test_a_parameter_switched_off_survives_the_manifest(case: Case, tmp_path: Path) -> None:
    given = PILOT
    off = given._replace(values=override(given.values, "alpha.travel", float("-inf")))
    run("max-pressure-2017", worlds=1, out=tmp_path / "off", case=case, parameters=off, progress=False)
    used = read_manifest(tmp_path / "off").parameters.model_dump()
    assert used["values"]["alpha.travel"] == float("-inf")


def test_the_same_seed_gives_the_same_bytes(results: Results, case: Case, tmp_path: Path) -> None:
    again = run(TWO, worlds=3, seed=11, out=tmp_path / "again", case=case, progress=False)
    for name in TABLES:
        file = f"{name}.parquet"
        assert (again.folder / file).read_bytes() == (results.folder / file).read_bytes()


def test_another_seed_gives_other_worlds(results: Results, case: Case, tmp_path: Path) -> None:
    other = run(TWO, worlds=3, seed=12, out=tmp_path / "other", case=case, progress=False)
    assert list(other.worlds["log_probability"]) != list(results.worlds["log_probability"])


def test_a_scenarios_worlds_do_not_depend_on_its_company_or_on_how_many_follow(
    results: Results, case: Case, tmp_path: Path
) -> None:
    alone = run("no-campaign", worlds=5, seed=11, out=tmp_path / "alone", case=case, progress=False)
    paired = results.worlds[results.worlds["scenario"] == "no-campaign"].drop(columns="scenario")
    assert alone.worlds.drop(columns="scenario")[:3].equals(paired.reset_index(drop=True))


def test_rows_are_written_as_worlds_go_by(case: Case, tmp_path: Path) -> None:
    window = {"start": dt.date(2017, 9, 4), "weeks": 2}
    short = case.scenario("max-pressure-2017").but(name="short", window=window)
    results = run(short, worlds=25, engine="world", out=tmp_path / "a", case=case, progress=False)
    assert len(results.worlds) == 25
    assert pq.ParquetFile(results.folder / "worlds.parquet").num_row_groups == 2


def test_the_same_run_is_not_repeated(results: Results, case: Case) -> None:
    before = contents(results.folder)
    again = run(TWO, worlds=3, seed=11, out=results.folder, case=case, progress=False)
    assert again.reused
    assert not results.reused
    assert contents(results.folder) == before


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"seed": 12}, "seed was 11, now 12"),
        ({"scenarios": ("max-pressure-2017", "with-contagion")}, "the text of no-campaign differs"),
        ({"scenarios": TWO[::-1]}, "scenarios was max-pressure-2017, no-campaign, now no-campaign"),
        ({"parameters": {"beta_shock": 0.5}}, "parameters.values.beta_shock was 0.79, now 0.5"),
    ],
)
def test_results_of_another_run_are_refused_with_what_differs(
    results: Results, case: Case, changes: dict[str, Any], named: str
) -> None:
    given: dict[str, Any] = {"scenarios": TWO, "worlds": 3, "seed": 11} | changes
    if "parameters" in given:
        parameters = PILOT
        for name, value in given["parameters"].items():
            parameters = parameters._replace(values=override(parameters.values, name, value))
        given["parameters"] = parameters
    before = contents(results.folder)
    with pytest.raises(InputError) as refusal:
        run(given.pop("scenarios"), out=results.folder, case=case, progress=False, **given)
    assert named in str(refusal.value)
    assert "--force" in refusal.value.allowed
    assert contents(results.folder) == before


def test_more_worlds_extend_a_folder_to_what_they_would_be_at_once(case: Case, tmp_path: Path) -> None:
    made: dict[str, Any] = {"seed": 11, "case": case, "progress": False}
    run(TWO, worlds=3, out=tmp_path / "a", **made)
    (tmp_path / "a" / "pictures").mkdir()
    (tmp_path / "a" / "pictures" / "wave.csv").write_text("of three worlds")
    extended, at_once = (run(TWO, worlds=8, out=tmp_path / name, **made) for name in "ab")
    assert extended.digests() == at_once.digests()
    assert (extended.kept, extended.reused, at_once.kept) == (3, False, 0)
    assert not (tmp_path / "a" / "pictures").exists(), "what was made of fewer worlds is stale"
    fewer = run(TWO, worlds=2, out=tmp_path / "a", **made)
    assert (fewer.kept, fewer.reused, fewer.manifest.worlds) == (8, True, 8)
    with pytest.raises(InputError, match="seed"):
        run(TWO, worlds=9, out=tmp_path / "a", **(made | {"seed": 12}))


def test_an_edited_rule_makes_another_run(
    results: Results, case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rules.py").write_text("an edited rule", encoding="utf-8")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("maxpressure.base.paths.PACKAGE", tmp_path)
        edited = code_digest()
    assert edited != results.manifest.code == code_digest(("experiments/experiment",))
    monkeypatch.setattr("maxpressure.experiments.experiment.code_digest", lambda _: edited)
    with pytest.raises(InputError, match="code differs"):
        run(TWO, worlds=3, seed=11, out=results.folder, case=case, progress=False)


def test_force_replaces_results_of_another_run(case: Case, tmp_path: Path) -> None:
    run("no-campaign", worlds=1, out=tmp_path / "a", case=case, progress=False)
    replaced = run("no-campaign", worlds=2, out=tmp_path / "a", case=case, force=True, progress=False)
    assert len(replaced.worlds) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def _notes(place: Path) -> None:
    place.mkdir()
    (place / "notes.txt").write_text("mine", encoding="utf-8")


def _notes_among_results(place: Path) -> None:
    place.mkdir()
    (place / "manifest.json").write_text('{"kind": "maxpressure results", "format": 4}', encoding="utf-8")
    (place / "notes.txt").write_text("mine", encoding="utf-8")


def _another_programs_manifest(place: Path) -> None:
    place.mkdir()
    (place / "manifest.json").write_text('{"name": "web app"}', encoding="utf-8")


def _newer(place: Path) -> None:
    place.mkdir()
    (place / "manifest.json").write_text('{"kind": "maxpressure results", "format": 99}', encoding="utf-8")


def _a_file(place: Path) -> None:
    place.write_text("mine", encoding="utf-8")


@pytest.mark.parametrize("made", [_notes, _notes_among_results, _another_programs_manifest, _newer, _a_file])
@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_an_old_result_folder_is_never_replaced(
    case: Case, tmp_path: Path, made: Callable[[Path], None], *, force: bool
) -> None:
    place = tmp_path / "there"
    made(place)
    before = contents(place) if place.is_dir() else place.read_bytes()
    with pytest.raises(InputError):
        run("no-campaign", worlds=1, out=place, case=case, force=force, progress=False)
    assert (contents(place) if place.is_dir() else place.read_bytes()) == before
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_an_empty_folder_may_be_filled(case: Case, tmp_path: Path) -> None:
    assert len(run("no-campaign", worlds=1, out=tmp_path, case=case, progress=False).worlds) == 1


def test_the_current_folder_takes_results_and_is_not_removed_with_those_that_hold_it(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("no-campaign", worlds=1, out=".", case=case, progress=False).folder == tmp_path
    before = contents(tmp_path)
    inner = tmp_path / "compare"
    inner.mkdir()
    monkeypatch.chdir(inner)
    with pytest.raises(InputError) as refusal:
        run("no-campaign", worlds=2, out="..", case=case, force=True, progress=False)
    error = refusal.value
    assert (error.file, error.key, error.given) == (str(tmp_path), "out", "has the current folder in it")
    inner.rmdir()
    assert contents(tmp_path) == before


def test_a_run_that_breaks_leaves_the_old_results_and_nothing_else(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a"
    run("no-campaign", worlds=1, out=place, case=case, progress=False)
    before = contents(place)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plot_wave, "save_wave", full)
    with pytest.raises(OSError, match="No space left"):
        run("no-campaign", worlds=2, out=place, case=case, force=True, progress=False)
    assert contents(place) == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("edit", [('"format": 4', '"format": 3'), ('"seed": 2017', '"seed": 2018')])
def test_force_replaces_results_of_another_format_and_edited_ones(
    case: Case, tmp_path: Path, edit: tuple[str, str]
) -> None:
    made = {"worlds": 1, "out": tmp_path / "a", "case": case, "progress": False}
    manifest = run("no-campaign", **made).folder / MANIFEST
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace(*edit), encoding="utf-8")
    with pytest.raises(InputError, match="force=True"):
        run("no-campaign", **made)
    assert len(run("no-campaign", **made, force=True).worlds) == 1
    manifest.write_text('{"kind": "of another program"}', encoding="utf-8")
    with pytest.raises(InputError, match="another program"):
        run("no-campaign", **made, force=True)


@pytest.mark.parametrize("table", TABLES)
def test_a_flipped_bit_is_found_when_a_table_is_first_read(case: Case, tmp_path: Path, table: str) -> None:
    place = run("no-campaign", worlds=1, out=tmp_path / "a", case=case, progress=False).folder
    file = place / f"{table}.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    opened = load(place)
    with pytest.raises(InputError, match=rf"{table}\.parquet") as refusal:
        opened.table(table)
    assert "force=True" in refusal.value.allowed
    with pytest.raises(InputError, match=rf"{table}\.parquet"):
        run("no-campaign", worlds=1, out=place, case=case, progress=False)


def test_a_missing_table_is_found_when_it_is_first_read(case: Case, tmp_path: Path) -> None:
    place = run("no-campaign", worlds=1, out=tmp_path / "a", case=case, progress=False).folder
    (place / "weeks.parquet").unlink()
    with pytest.raises(InputError, match="is not there"):
        _ = load(place).weeks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "a folder that maxpressure wrote"),
        ("{", "a manifest in JSON"),
        ('{"kind": "web app"}', "another program's file"),
        ('{"kind": "maxpressure results", "format": 99}', "read it with the version that wrote it"),
        ('{"kind": "maxpressure results", "format": 3}', "run it again"),
        ('{"kind": "maxpressure results", "format": 4}', "edited since it was written"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load(tmp_path)
    assert said in str(refusal.value)


def test_results_are_not_shown_against_evidence_that_has_changed_since(results: Results, case: Case) -> None:
    target = case.assumptions.target.model_copy(update={"buffer": 0.5})
    changed = Case(case.evidence, case.assumptions.model_copy(update={"target": target}))
    with pytest.raises(InputError, match="have changed since"):
        results.situations(changed)


def test_a_folder_is_named_by_its_scenarios_until_that_grows_long() -> None:
    assert default_folder(["a"]) == Path("outputs/a")
    assert default_folder(["a", "b"]) == Path("outputs/a+b")
    assert default_folder(["a" * 60, "b" * 60, "c"]) == Path("outputs", "a" * 60 + "+2-more")


@pytest.mark.parametrize(
    ("scenarios", "changes", "key"),
    [
        (["no-campaign"], {"worlds": 0}, "worlds"),
        (["no-campaign"], {"seed": -1}, "seed"),
        (["no-campaign"], {"engine": "wold"}, "engine"),
        (["no-campaign", "no-campaign"], {}, "scenario"),
        ([], {}, "scenario"),
    ],
)
def test_what_cannot_be_run_is_refused_before_a_folder_is_made(
    case: Case, tmp_path: Path, scenarios: list[str], changes: dict[str, Any], key: str
) -> None:
    with pytest.raises(InputError) as refusal:
        run(scenarios, out=tmp_path / "a", case=case, progress=False, **changes)
    assert refusal.value.key == key
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("given", [5, None, 2.5, ["a"], b"a"])
def test_what_is_no_path_is_refused_as_a_folder(given: object) -> None:
    with pytest.raises(InputError) as refusal:
        load(given)  # type: ignore[arg-type]
    assert refusal.value.given == str(given)
