"""Many worlds of the page: the same numbers as a run, the same differences as compare, pictures and downloads."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

import maxpressure
from maxpressure.app import many_worlds, outputs
from maxpressure.app.levers import UNMOVED, Setting, setting_of_link
from maxpressure.app.many_worlds import Lot, bands, compared, differences, record_of, simulate, to_be_said
from maxpressure.app.outputs import archive, packed_in_turn
from maxpressure.app.session import Queue, Session
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Case, Situation
from maxpressure.results.weekly import bands as bands_of_run
from pilot import PILOT

WORLDS = 40


@pytest.fixture(scope="module")
def draws() -> Sequence[Parameters]:
    return (PILOT.values,)


@pytest.fixture(scope="module")
def lots(case: Case, draws: Sequence[Parameters]) -> dict[str, Lot]:
    other = setting_of_link(case, "scenario=no-campaign")
    return {"A": simulate(case, draws, UNMOVED, WORLDS), "B": simulate(case, draws, other, WORLDS)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> maxpressure.Results:
    place = tmp_path_factory.mktemp("run") / "both"
    names = ["max-pressure-2017", "no-campaign"]
    return maxpressure.run(
        names, worlds=WORLDS, seed=many_worlds.SEED, out=place, parameters=PILOT, progress=False
    )


def test_the_worlds_of_the_page_are_those_of_a_run(lots: dict[str, Lot], run: maxpressure.Results) -> None:
    for lot, name in zip(lots.values(), ("max-pressure-2017", "no-campaign"), strict=True):
        own = run.table("worlds", scenario=name)
        for outcome, numbers in lot.outcomes.items():
            np.testing.assert_array_equal(numbers, own[outcome].astype("float64").to_numpy(), err_msg=outcome)


def test_the_bands_of_the_page_are_those_of_a_run(
    lots: dict[str, Lot], run: maxpressure.Results, case: Case
) -> None:
    theirs = bands_of_run(run, run.situations(case))
    for ours, other in zip(bands(lots).values(), theirs.values(), strict=True):
        np.testing.assert_array_equal(ours.levels, other.levels)
        np.testing.assert_array_equal(ours.busiest, other.busiest)
        assert (ours.days, ours.worlds) == (other.days, other.worlds)


def test_the_differences_of_the_page_are_those_of_compare(
    lots: dict[str, Lot], run: maxpressure.Results
) -> None:
    ours, theirs = compared(lots["A"], lots["B"]), run.compare()
    shared = [name for name in ours.columns if name not in {"scenario", "against", "outcome"}]
    pd.testing.assert_frame_equal(ours[shared], theirs[shared], check_dtype=False)
    assert list(ours["outcome"]) == list(theirs["outcome"])


def test_the_difference_stands_with_its_interval_and_n(lots: dict[str, Lot]) -> None:
    first, note = differences(compared(lots["A"], lots["B"]))
    assert "fewer acts of breaking off than under A" in first
    assert "95 % interval" in first
    assert f"{WORLDS} worlds" in first
    assert "common random numbers" in note


def test_settings_over_other_weeks_are_not_compared(lots: dict[str, Lot], case: Case) -> None:
    from dataclasses import replace

    short = case.scenario("max-pressure-2017").but(window={"weeks": 52})
    other = replace(lots["B"], situation=replace(lots["B"].situation, scenario=short))
    with pytest.raises(InputError, match="same weeks"):
        compared(lots["A"], other)


def test_beside_many_worlds_stands_what_may_not_be_read_into_them(lots: dict[str, Lot]) -> None:
    said = " ".join(to_be_said({"A": lots["A"]}))
    assert CONTAGION in said
    assert REQUESTS in said
    assert "not a forecast" in said


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_picture_fits_its_screen_and_is_described_in_words(
    lots: dict[str, Lot], case: Case, size: str
) -> None:
    found, record = bands(lots), record_of(case, lots)
    png = outputs.wave_picture(found, record, {name: lot.situation for name, lot in lots.items()}, size)
    high, wide, _ = imread(io.BytesIO(png)).shape
    assert (wide > high) == (size == "desk")
    words = outputs.in_words(found, record)
    assert f"The record ends with {record.counts[-1]} acts" in words
    assert f"B ends on 31 December 2017 with {found['B'].levels[2, -1]:.0f} acts" in words


def test_before_a_guess_the_picture_hides_worlds_and_record(lots: dict[str, Lot], case: Case) -> None:
    one = {"A": lots["A"]}
    shown = {"found": bands(one), "record": record_of(case, one), "situations": {"A": lots["A"].situation}}
    other = {**shown, "record": record_of(case, one), "found": {"A": bands(lots)["B"]}}
    axes_alike = [outputs.wave_picture(**given, hidden=True) for given in (shown, shown)]
    assert axes_alike[0] == axes_alike[1]
    drawn = imread(io.BytesIO(axes_alike[0]))
    blue = np.abs(drawn[..., :3] - np.array([0.0, 0.447, 0.698])).sum(axis=2) < 0.05
    assert blue[: int(0.8 * len(blue))].sum() == 0
    assert outputs.wave_picture(**other, hidden=True) == axes_alike[0]
    assert outputs.wave_picture(**other) != axes_alike[0]


def test_the_archive_holds_tables_files_and_how_to_simulate_the_worlds_again(
    lots: dict[str, Lot], case: Case, draws: Sequence[Parameters], run: maxpressure.Results, tmp_path: Path
) -> None:
    shared = Session(case=case, parameters=PILOT, draws=tuple(draws))
    *pieces, packed = archive(shared, lots)
    assert pieces == [None, None]  # a setting a piece, so that others have their turns
    assert packed is not None
    with zipfile.ZipFile(io.BytesIO(packed)) as folder:
        assert sorted(folder.namelist()) == [
            "A-acts.csv", "A-worlds.csv", "A.toml", "B-acts.csv", "B-worlds.csv", "B.toml", "README.txt",
            "bands.csv", "compare.csv",
        ]  # fmt: skip
        worlds = pd.read_csv(folder.open("B-worlds.csv"))
        own = run.table("worlds", scenario="no-campaign")
        np.testing.assert_array_equal(worlds["acts"], own["acts"].astype("int64"))
        folder.extract("B.toml", tmp_path)
        assert "maxpressure run B.toml --worlds 40 --seed 2017" in folder.read("README.txt").decode()
    assert case.scenario(tmp_path / "B.toml").edits() == case.scenario("no-campaign").edits()


def test_the_archive_waits_its_turn_in_the_queue_and_a_full_queue_refuses_it(
    lots: dict[str, Lot], case: Case, draws: Sequence[Parameters]
) -> None:
    shared = Session(case=case, parameters=PILOT, draws=tuple(draws), quick=Queue(most=2))
    began, go = threading.Event(), threading.Event()

    def held() -> Iterator[str | None]:
        began.set()
        assert go.wait(10)
        yield "held"

    other = shared.quick.put("anna", held)
    assert began.wait(10)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(packed_in_turn, shared, "ben", {"A": lots["A"]})
        with pytest.raises(TimeoutError):
            first.result(timeout=1)
        with pytest.raises(InputError, match="Try again"):
            packed_in_turn(shared, "carla", lots)
        second = threads.submit(packed_in_turn, shared, "ben", lots)  # replaces the first
        with pytest.raises(InputError, match="called off"):
            first.result(timeout=10)
        assert not second.done()
        go.set()
        assert zipfile.is_zipfile(io.BytesIO(second.result(timeout=60)))
    assert other.outcome == "held"
    shared.close()


def test_a_session_takes_states_and_record_of_the_lot_before_and_simulates_the_same_worlds(
    case: Case,
) -> None:
    draws = (PILOT.values,)
    shared = Session(case=case, parameters=PILOT, draws=draws)
    first, moved, narrow = Setting(), Setting(base="no-campaign"), Setting(base="override-risk-set")
    before = shared.lot(first).situation
    for setting in (moved, narrow):
        lot, alone = shared.lot(setting), simulate(case, draws, setting)
        assert lot.counted.tobytes() == alone.counted.tobytes()
        assert all(lot.outcomes[name].tobytes() == alone.outcomes[name].tobytes() for name in alone.outcomes)
    assert shared.lot(moved).situation.population is before.population
    assert shared.lot(narrow).situation.population is not before.population


def test_the_session_keeps_the_worlds_asked_for_last_and_no_more(
    case: Case, draws: Sequence[Parameters], monkeypatch: pytest.MonkeyPatch
) -> None:
    from maxpressure.app import session

    simulated: list[Setting] = []

    def counted(case: Case, draws: Sequence[Parameters], setting: Setting, *, like: Situation | None) -> Lot:
        simulated.append(setting)
        return simulate(case, draws, setting, 2, like=like)

    monkeypatch.setattr(session, "simulate", counted)
    shared = Session(case=case, parameters=PILOT, draws=tuple(draws))
    settings = [Setting(moved={"campaign": number / 100}) for number in range(session.KEPT + 2)]
    for setting in settings:
        assert shared.lot(setting).setting == setting
    shared.lot(settings[-1])
    assert len(simulated) == len(settings)
    shared.lot(settings[0])
    assert len(simulated) == len(settings) + 1
