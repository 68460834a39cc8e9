"""The referee compares a round with the round before, and says on which side of zero a difference lies."""

from __future__ import annotations

import json

import pytest

from maxpressure.app import numbers
from maxpressure.app.figures.game import STATED, STATES, Aim, table
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.pairs import NUMBERS, pair
from maxpressure.app.figures.referee import _side, referee

BASIS = numbers.load_basis()
WORLDS = 60
BIDS = [
    ("1-campaign", "2"),
    ("1-mandates-CHN", "0"),
    ("aim-USA", "acts more"),
    ("aim-CHN", "trade_left fewer"),
    ("aim-PRK", "embassies more"),
    ("aim-MEX", "own fewer"),
]


@pytest.fixture(scope="module")
def lots() -> dict[int, Lot]:
    bids = table(BASIS.case, BIDS)
    return {
        number: numbers.simulate(BASIS, bids.agreed(BASIS.case, number).setting, worlds=WORLDS)
        for number in (0, 1)
    }


def test_the_referee_has_the_figures_of_the_comparison(lots: dict[int, Lot]) -> None:
    found = referee(BASIS.case, table(BASIS.case, BIDS), 1, lots[0], lots[1])
    own = pair(lots[0], lots[1])
    assert list(found["outcomes"]) == list(STATED)
    for key, one in found["outcomes"].items():
        assert {name: one[name] for name in NUMBERS} == {name: own["outcomes"][key][name] for name in NUMBERS}
        assert len(one["values"]) == WORLDS
    assert found["link"] == own["link"]
    assert found["worlds"] == WORLDS
    json.dumps(found, allow_nan=False)


def test_the_share_of_worlds_in_which_a_state_acts_is_counted(lots: dict[int, Lot]) -> None:
    found = referee(BASIS.case, table(BASIS.case, BIDS), 1, lots[0], lots[1])
    for iso3 in STATES:
        one = found["states"][iso3]
        index = lots[1].situation.population.iso3.index(iso3)
        assert one["after"] == pytest.approx((lots[1].first[:, index] >= 0).mean())
        assert one["mean"] == pytest.approx(one["after"] - one["before"])
        assert one["ci_low"] <= one["mean"] <= one["ci_high"]


def test_only_roles_that_stated_an_aim_have_a_sentence_and_nobody_wins(lots: dict[int, Lot]) -> None:
    found = referee(BASIS.case, table(BASIS.case, BIDS), 1, lots[0], lots[1])
    spoken = {role["key"]: role["sentence"] for role in found["roles"]}
    assert {key for key, words in spoken.items() if words} == {"USA", "CHN", "PRK", "MEX"}
    assert spoken["CHN"].endswith("lies on the other side.")
    assert "95 % interval" in spoken["USA"]
    every = " ".join([*spoken.values(), *found["words"]]).lower()
    assert not any(word in every for word in ("success", "won", "win ", "lost", "failed", "significant"))
    assert any("No outcome is success" in words for words in found["cautions"])
    assert any("do not separate contagion from common shocks" in words for words in found["cautions"])


@pytest.mark.parametrize(
    ("low", "high", "least", "words"),
    [
        (-0.4, 0.3, 0.5, "includes zero"),
        (0.1, 0.3, 0.5, "negligible"),
        (0.1, 0.9, 0.5, "side that was stated"),
        (-0.9, -0.6, 0.5, "the other side"),
        (0.001, 0.002, None, "side that was stated"),
    ],
)
def test_the_side_of_zero_is_said_and_small_differences_are_negligible(
    low: float, high: float, least: float | None, words: str
) -> None:
    found = {"ci_low": low, "ci_high": high, "mean": (low + high) / 2, "same": 0.2}
    assert words in _side(Aim(outcome="acts", direction="more"), found, least)


def test_a_round_without_a_bid_differs_in_no_world(lots: dict[int, Lot]) -> None:
    found = referee(BASIS.case, table(BASIS.case, [("aim-USA", "acts more")]), 2, lots[0], lots[0])
    (sentence,) = [role["sentence"] for role in found["roles"] if role["sentence"]]
    assert sentence.endswith("No pair of worlds differs.")
    assert "-0.0" not in sentence
