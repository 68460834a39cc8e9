"""A case that lacks what the shipped one has: kinds of tie, figures, trade, tables of the assumptions."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine, WorldEngine
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.tiles import rectangle_of_tiles
from maxpressure.experiments.job import batches
from maxpressure.experiments.schema import TABLES
from maxpressure.inference.validate import validate
from maxpressure.model.case import Case, load_case, prepare
from maxpressure.scenario import check

HARBOUR = Path(__file__).parents[2] / "cases" / "harbour"
KEEP = Keep(weeks=2**31, attributions=2**31)

WORKERS = ("target_workers", "target_workers_host", "target_workers_source")
TRADE = (
    "target_trade_musd", "target_exports_to_state_musd", "target_imports_from_state_musd", "trade_year",
    "target_trade_quality", "target_trade_clean_musd", "target_trade_share_of_state",
)  # fmt: skip
LEVERAGE = ("us_trade_share", "us_aid_musd", "us_ally_core", "us_troops")
VOTES = ("ideal_point", "ideal_distance_to_us", "unga_agreement_target", "communist_legacy")
FLAGS = {
    "relations": ("relations", "target_embassy_in_state", "state_embassy_in_target"),
    "military": ("military_tie",),
}

Lacking = Callable[..., Path]


@pytest.fixture
def lacking(tmp_path: Path) -> Lacking:
    """A copy of the made-up case with columns of its states blank or 0, and without tables of the assumptions."""

    def copy(blank: Sequence[str] = (), zero: Sequence[str] = (), tables: Sequence[str] = ()) -> Path:
        place = tmp_path / "case"
        shutil.copytree(HARBOUR, place)
        path = place / "evidence" / "states.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row.update(dict.fromkeys(blank, ""), **dict.fromkeys(zero, "0"))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        without(place / "assumptions.toml", tables)
        return place

    return copy


def without(path: Path, tables: Sequence[str]) -> None:
    """Take tables of a TOML file away, with those below them."""
    kept, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("["):
            inside = line.strip("[]\n").split(".")[0] in tables
        kept += [] if inside else [line]
    path.write_text("".join(kept), encoding="utf-8")


def simulated(case: Case) -> None:
    """Both engines simulate the record of the case alike to the bit, without a number that is none."""
    situation = prepare(case, case.record())
    assert all(
        np.isfinite(array).all() for array in (situation.population.leverage, situation.timeline.forbidden)
    )
    draws = choose("prior", 3, case.place).draws
    chunk = Chunk("as-recorded", 0, 3)
    engines = [engine({"as-recorded": situation}, draws, 5, KEEP) for engine in (CompiledEngine, WorldEngine)]
    one, other = [batches(chunk, 3, situation, engine.simulate(chunk), KEEP) for engine in engines]
    for table in TABLES:
        assert one[table].equals(other[table])
        for column in one[table].columns:
            if str(column.type) == "double":
                assert np.isfinite(column.drop_null().to_numpy()).all()


@pytest.mark.parametrize(
    ("blank", "zero"),
    [
        (WORKERS, ()), (LEVERAGE, ()), (VOTES, ()), (TRADE, ()), ((), FLAGS["military"]), ((), FLAGS["relations"]),
        ((*WORKERS, *LEVERAGE, *VOTES, *TRADE), (*FLAGS["military"], *FLAGS["relations"])),
    ],
    ids=["no workers", "no leverage", "no votes", "no trade", "no military", "no relations", "nothing"],
)  # fmt: skip
def test_a_case_without_a_kind_of_tie_or_without_figures_is_simulated(
    lacking: Lacking, blank: Sequence[str], zero: Sequence[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulated(load_case(lacking(blank, zero)))


def test_what_nobody_trades_is_all_left_and_a_mandate_on_it_is_the_mean_of_its_flows(
    lacking: Lacking,
) -> None:
    case = load_case(lacking(TRADE))
    situation = prepare(case, case.record())
    forbidden = situation.timeline.forbidden[-1, TIE_INDEX["trade"]]
    assert forbidden == pytest.approx((0.4 + 0.2) / 2.0)  # League resolution 21: exports and imports
    world = WorldEngine({"as-recorded": situation}, choose("prior", 1, case.place).draws, 5, KEEP)
    (row,) = batches(
        Chunk("as-recorded", 0, 1), 1, situation, world.simulate(Chunk("as-recorded", 0, 1)), KEEP
    )["worlds"].to_pylist()
    assert (row["trade_left"], row["exports_left"]) == (1.0, 1.0)


def test_tables_of_assumptions_that_a_case_has_no_inputs_for_may_be_left_out(lacking: Lacking) -> None:
    place = lacking(tables=["mandates", "campaign", "secondary_sanctions", "affinity", "dependence"])
    case = load_case(place)
    assert (case.assumptions.mandates, case.assumptions.campaign) == ({}, ())
    assert not prepare(case, case.record()).population.affinity.any()
    simulated(case)


@pytest.mark.parametrize("table", ["shocks", "requests", "engagement", "outreach", "incidents"])
def test_a_size_is_needed_for_each_kind_of_input_that_the_case_has_and_for_no_other(
    lacking: Lacking, table: str
) -> None:
    place = lacking(tables=[table])
    with pytest.raises(InputError, match=rf"{table}.*pressure\.csv has"):
        load_case(place)
    path = place / "evidence" / "pressure.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    without(place / "assumptions.toml", ["campaign", "secondary_sanctions", "mandates"])
    case = load_case(place)
    simulated(case)
    kind = {"shocks": "nuclear_test", "requests": "eu_measure", "engagement": "thaw", "outreach": "target_outreach",
            "incidents": "incident"}[table]  # fmt: skip
    added = {
        "date": dt.date(1991, 5, 6),
        "kind": kind,
        "name": "One more",
        "reason": "To see whether it is refused.",
    }
    assert kind not in case.vocabulary().kinds
    with pytest.raises(InputError, match=r"add\[0\]\.kind"):
        check(case.record(add=[added]), case.vocabulary())


def test_priors_are_never_called_fitted_to_the_weeks_that_they_are_scored_on() -> None:
    case = load_case(HARBOUR)
    table = HARBOUR / "evidence" / "events.csv"
    for name in ("posterior", "prior"):
        scored = validate(case, table, "1992-09-07", "1993-03-28", parameters=name, draws=3, progress=False)
        assert scored.had_seen > 0
        assert "fitted to these weeks" not in scored.text()
        assert "NOT A TEST" not in scored.text()


NEEDED = (
    "iso3", "name", "region", "relations", "target_embassy_in_state", "ideal_point", "us_ally_core",
)  # fmt: skip


def narrowed(place: Path, columns: Sequence[str]) -> Path:
    """Keep only these columns of states.csv, and their sources."""
    for name, kept in (("states.csv", None), ("states_sources.csv", columns)):
        path = place / "evidence" / name
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        if kept is None:
            rows = [{column: row[column] for column in columns} for row in rows]
        else:
            rows = [row for row in rows if row["column"] in kept]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return place


def assume(place: Path, old: str, new: str) -> None:
    path = place / "assumptions.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_table_of_states_needs_seven_columns(lacking: Lacking) -> None:
    place = narrowed(lacking(tables=["affinity"]), NEEDED)
    with pytest.raises(InputError, match=r"a column of states\.csv is 'us_trade_share'"):
        load_case(place)
    assume(place, 'components = ["us_trade_share", "us_aid_musd", "us_ally_core", "us_troops"]',
           'components = ["us_ally_core"]')  # fmt: skip
    assume(place, 'logarithm = ["us_aid_musd", "us_troops"]', "logarithm = []")
    case = load_case(place)
    assert {row.military_tie for row in case.evidence.states} == {0}
    assert len(rectangle_of_tiles(case.evidence)) == len(case.evidence.states)
    simulated(case)


@pytest.mark.parametrize("column", NEEDED[:-1])
def test_each_of_them_but_the_measure_of_leverage_is_asked_for_by_name(lacking: Lacking, column: str) -> None:
    place = narrowed(lacking(), [name for name in NEEDED if name != column])
    with pytest.raises(InputError, match=f"the heading '{column}'"):
        load_case(place)
