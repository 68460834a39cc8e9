"""The tile map's layout: every state once, regions together, the north above the south."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest

from maxpressure.base.errors import InputError
from maxpressure.evidence.evidence import Evidence, load_evidence
from maxpressure.evidence.tiles import Tile, stored_tiles
from tiles import Mould, lay_tiles, read_mould, written

EARTH_KM = 6371.0


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence()


@pytest.fixture(scope="module")
def mould() -> Mould:
    return read_mould()


@pytest.fixture(scope="module")
def stored() -> dict[str, Tile]:
    return stored_tiles()


def test_the_stored_layout_is_the_one_that_the_program_computes(
    evidence: Evidence, mould: Mould, stored: dict[str, Tile], tmp_path: Path
) -> None:
    laid = lay_tiles(evidence, mould)
    assert laid == tuple(stored.values())
    (tmp_path / "tiles.csv").write_bytes(written(laid))
    assert stored_tiles(tmp_path / "tiles.csv") == stored


def test_every_state_and_the_target_has_one_tile_that_no_other_has(
    evidence: Evidence, stored: dict[str, Tile]
) -> None:
    assert list(stored) == sorted([*evidence.iso3s, "PRK"])
    assert max(Counter((tile.column, tile.row) for tile in stored.values()).values()) == 1


def test_the_mould_has_as_many_tiles_of_each_region_as_there_are_states(
    evidence: Evidence, mould: Mould
) -> None:
    states = Counter(state.region for state in evidence.states) + Counter([mould.target.region])
    assert {region: len(mould.cells(region)) for region in states} == states


def test_a_regions_tiles_lie_together(stored: dict[str, Tile]) -> None:
    """From any tile of a region all others are reached by steps of at most three tiles: islands lie apart."""
    for region in {tile.region for tile in stored.values()}:
        own = [(tile.column, tile.row) for tile in stored.values() if tile.region == region]
        reached, edge = {own[0]}, [own[0]]
        while edge:
            here = edge.pop()
            near = [cell for cell in own if cell not in reached and math.dist(here, cell) <= 3.0]
            reached.update(near)
            edge += near
        assert len(reached) == len(own), region


@pytest.mark.parametrize(
    ("one", "other"),
    [("NOR", "ESP"), ("MEX", "PAN"), ("COL", "CHL"), ("EGY", "ZAF"), ("MNG", "TWN"), ("VNM", "IDN")],
)
def test_the_north_lies_above_the_south(stored: dict[str, Tile], one: str, other: str) -> None:
    assert stored[one].row < stored[other].row


@pytest.mark.parametrize(
    ("one", "other"),
    [("USA", "IRL"), ("PRT", "GRC"), ("SEN", "SOM"), ("IRN", "BTN"), ("CHN", "JPN"), ("AUS", "NZL")],
)
def test_the_west_lies_left_of_the_east(stored: dict[str, Tile], one: str, other: str) -> None:
    assert stored[one].column < stored[other].column


def test_the_date_line_does_not_part_polynesia(stored: dict[str, Tile]) -> None:
    assert stored["TUV"].column <= stored["TON"].column < stored["WSM"].column


def test_the_targets_capital_lies_where_the_evidence_has_its_distances_from(
    evidence: Evidence, mould: Mould
) -> None:
    """Its coordinates agree, to 1 %, with the distance that states.csv gives for each state's capital."""
    home = math.radians(mould.target.latitude), math.radians(mould.target.longitude)
    for state in evidence.states:
        there = math.radians(state.capital_lat), math.radians(state.capital_lon)
        across = math.cos(home[1] - there[1])
        angle = math.acos(
            math.sin(home[0]) * math.sin(there[0]) + math.cos(home[0]) * math.cos(there[0]) * across
        )
        assert EARTH_KM * angle == pytest.approx(state.distance_to_target_km, rel=0.01), state.iso3


def test_a_region_with_more_states_than_tiles_is_refused(evidence: Evidence, mould: Mould) -> None:
    flooded = mould.model_copy(update={"mould": mould.mould.replace("Z", ".", 1)})
    with pytest.raises(InputError, match=r"1 tiles of Australia and New Zealand.*at least 2"):
        lay_tiles(evidence, flooded)


def test_a_mould_with_another_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tiles.toml"
    path.write_text('mould = "a"\nletter = "b"\n', encoding="utf-8")
    with pytest.raises(InputError, match="letters"):
        read_mould(path)
