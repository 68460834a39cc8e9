"""Results in parts: read in order, by column, each part checked when it is first read, wherever they lie."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.experiments.receipts import Receipt, part_name
from maxpressure.experiments.schema import TABLES
from maxpressure.model.case import Case
from maxpressure.report.plot_wave import save_wave
from maxpressure.report.summary import summary
from maxpressure.results.results import Results, load
from maxpressure.results.weekly import bands, finding, recorded
from maxpressure.scenario import Scenario
from part_folders import SEED, TWO, Broken, Fragile, laid_out, planned
from pilot import PILOT


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 12 worlds each, in parts of 5."""
    return laid_out(planned(case, worlds=12), tmp_path_factory.mktemp("parts") / "a", width=5)


@pytest.fixture(scope="module")
def whole(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same worlds in one file for each table."""
    out = tmp_path_factory.mktemp("parts") / "whole"
    return run(TWO, worlds=12, seed=SEED, out=out, case=case, parameters=PILOT, progress=False)


@pytest.fixture
def copy(results: Results, tmp_path: Path) -> Path:
    """A folder of parts to damage."""
    return Path(shutil.copytree(results.folder, tmp_path / "copy"))


@pytest.fixture(scope="module")
def short(case: Case) -> Scenario:
    """Six weeks of the record."""
    window = {"start": dt.date(2016, 1, 4), "weeks": 6}
    return case.scenario("max-pressure-2017").but(name="short", window=window)


@pytest.fixture(scope="module")
def failing(case: Case, short: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Seven worlds of which the three with odd numbers fail."""
    experiment = planned(case, [short], worlds=7, state_class=Fragile)
    return laid_out(experiment, tmp_path_factory.mktemp("failing") / "a", width=3)


def flip(file: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("scenario", [None, "no-campaign"])
def test_tables_are_the_same_in_parts_as_in_one_file(
    results: Results, whole: Results, table: str, scenario: str | None
) -> None:
    assert results.table(table, scenario=scenario).equals(whole.table(table, scenario=scenario))


def test_rows_stand_in_the_order_of_the_scenarios_asked_for_and_of_worlds(case: Case, tmp_path: Path) -> None:
    backwards = laid_out(planned(case, TWO[::-1], worlds=4), tmp_path / "a", width=3)
    keys = [tuple(row) for row in backwards.table("worlds", ["scenario", "world"]).to_numpy()]
    assert keys == [(name, world) for name in TWO[::-1] for world in range(4)]
    assert tuple(backwards.worlds["scenario"].cat.categories) == TWO[::-1]


def test_a_single_scenario_is_all_of_its_rows(results: Results) -> None:
    acts = results.acts
    own = acts[acts["scenario"] == "no-campaign"].reset_index(drop=True)
    assert results.table("acts", scenario="no-campaign")["world"].equals(own["world"])
    with pytest.raises(InputError) as refusal:
        results.table("acts", scenario="no-campaing")
    assert refusal.value.nearest == "no-campaign"


def test_opening_reads_no_table(copy: Path) -> None:
    for table in TABLES:
        shutil.rmtree(copy / f"{table}.parquet")
    assert load(copy).manifest.names == TWO


@pytest.mark.parametrize("table", TABLES)
def test_a_flipped_bit_is_found_when_its_part_is_first_read(copy: Path, table: str) -> None:
    flip(copy / part_name(table, Chunk("no-campaign", 5, 5)))
    opened = load(copy)
    with pytest.raises(InputError, match="--repair"):
        opened.table(table)
    with pytest.raises(InputError, match="other bytes than were written"):
        opened.check()
    assert not opened.table(table, scenario="max-pressure-2017").empty


def test_a_part_that_is_not_asked_for_may_be_damaged(copy: Path) -> None:
    flip(copy / part_name("acts", Chunk("no-campaign", 0, 5)))
    assert len(load(copy).worlds) == 24
    with pytest.raises(InputError, match=r"acts\.parquet"):
        load(copy).query("SELECT count(*) FROM acts")


def test_a_missing_part_is_named(copy: Path) -> None:
    (copy / part_name("tallies", Chunk("no-campaign", 0, 5))).unlink()
    with pytest.raises(InputError, match="is not there"):
        load(copy).bands()


def test_a_damaged_receipt_is_refused_with_what_to_do(copy: Path) -> None:
    receipt = next((copy / "receipts").iterdir())
    receipt.write_bytes(receipt.read_bytes()[:-5])
    with pytest.raises(InputError, match="remove the file"):
        load(copy)


def _write(folder: Path, receipt: Receipt) -> None:
    (folder / "receipts" / f"{receipt.chunk.name}.json").write_bytes(receipt.text())


def test_a_world_that_two_receipts_tell_of_is_not_counted_twice(copy: Path) -> None:
    known = load(copy).files.receipts[0]
    _write(copy, known.model_copy(update={"first": 3}))
    with pytest.raises(InputError, match="share worlds"):
        load(copy)


def test_receipts_of_another_scenario_are_refused(copy: Path) -> None:
    known = load(copy).files.receipts[0]
    _write(copy, known.model_copy(update={"scenario": "other"}))
    with pytest.raises(InputError, match="other-0000000000-0000000004") as refusal:
        load(copy)
    assert refusal.value.key == "experiment"


def test_a_batch_that_has_just_begun_opens_with_empty_tables_of_the_same_types(
    results: Results, copy: Path
) -> None:
    shutil.rmtree(copy / "receipts")
    opened = load(copy)
    for table in TABLES:
        rows = opened.table(table)
        assert rows.empty
        assert list(rows.columns) == TABLES[table].names
        kinds = results.table(table).dtypes.astype(str)
        blank = [name for name in rows if name != "message"]
        assert list(rows[blank].dtypes.astype(str)) == list(kinds[blank])
    assert opened.bands().empty
    assert opened.query("SELECT count(*) AS n FROM worlds")["n"].tolist() == [0]


def test_results_at_a_url_are_read_as_from_a_folder(results: Results, case: Case) -> None:
    there = laid_out(planned(case, worlds=12), "memory://results/a", width=5)
    for table in TABLES:
        assert there.table(table).equals(results.table(table))
    assert there.bands("trade_kusd").equals(results.bands("trade_kusd"))
    assert there.query("SELECT count(*) AS n FROM acts")["n"].tolist() == [len(results.acts)]
    assert there.place == "memory://results/a"
    assert "Written to memory://results/a: acts.parquet, manifest.json" in " ".join(
        summary(there, case, 80, verbose=True)
    )
    with pytest.raises(InputError, match="place"):
        _ = there.folder


def test_nothing_at_a_url_is_named() -> None:
    with pytest.raises(InputError, match=r"has no manifest\.json"):
        load("memory://results/none")


def test_failed_worlds_are_rows_without_outcomes_and_in_no_number(failing: Results, case: Case) -> None:
    worlds = failing.worlds
    assert list(worlds["status"]) == ["fine", "failed"] * 3 + ["fine"]
    assert worlds.loc[1, "message"] == "ZeroDivisionError: fragile"
    assert worlds.loc[1, "acts":].isna().all()
    assert (failing.bands()["worlds"] == 4).all()
    assert bands(failing, failing.situations(case))["short"].worlds == 4
    assert "Left out: 3 worlds that failed, most often with “ZeroDivisionError: fragile”." in " ".join(
        summary(failing, case, 1000)
    )


def test_a_run_in_which_every_world_failed_still_has_its_folder_table_and_picture(
    case: Case, short: Scenario, tmp_path: Path
) -> None:
    broken = run(
        short, worlds=2, out=tmp_path / "a", case=case, state_class=Broken, workers=1, progress=False
    )
    assert list(broken.worlds["status"]) == ["failed", "failed"]
    assert (broken.folder / "wave.png").read_bytes().startswith(b"\x89PNG")
    assert "No world came to its end." in summary(broken, case, 80)
    assert broken.describe()["failed"].eq(2).all()


def test_a_scenario_without_a_finished_world_leaves_the_others_their_picture(
    case: Case, short: Scenario, tmp_path: Path
) -> None:
    results = laid_out(planned(case, [short, "no-campaign"], worlds=2), tmp_path / "a", width=2)
    receipt = results.files.receipts[0]
    (results.folder / "receipts" / f"{receipt.chunk.name}.json").unlink()
    left = load(results.folder)
    situations = left.situations(case)
    assert list(bands(left, situations)) == ["no-campaign"]
    record = recorded(situations.values(), case.assumptions.record.acts_until)
    assert f"{record.counts[-1]} observed" in finding(bands(left, situations), record)
    save_wave(tmp_path / "wave.png", left, case)


def test_without_kept_weeks_the_picture_and_the_table_leave_out_what_they_showed(
    case: Case, tmp_path: Path
) -> None:
    bare = laid_out(planned(case, TWO[:1], worlds=4, keep=Keep(0, 0)), tmp_path / "a")
    written = " ".join(summary(bare, case, 1000))
    assert "Most acts within any" not in written
    assert "observed" in written
    save_wave(tmp_path / "wave.png", bare, case)
