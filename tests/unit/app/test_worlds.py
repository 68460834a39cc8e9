"""Many worlds as plain values: the figures of a run, digit by digit."""

from __future__ import annotations

import json

import numpy as np
import pytest

import maxpressure
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import UNMOVED, setting_of_link
from maxpressure.app.figures.lots import COMPARED, Lot, simulate
from maxpressure.app.figures.outcomes import OUTCOMES
from maxpressure.app.figures.pairs import NUMBERS, pair
from maxpressure.app.figures.worlds import FIRST, band, worlds
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.results.quantiles import LEVELS, quantiles
from maxpressure.results.weekly import bands as bands_of_run
from page_worlds import NAMES, WORLDS

TALLIED = {"acts": "acts_total", "embassies": "embassies"}
COLUMNS = {"trade_left": "enforced_isolation", "hhi": "hhi", "first_patron_share": "first_patron_share"}


def test_the_ends_of_worlds_are_those_of_a_run(both: tuple[Lot, Lot], results: maxpressure.Results) -> None:
    for lot, name in zip(both, NAMES, strict=True):
        own = results.table("worlds", scenario=name)
        assert tuple(lot.ends) == COMPARED
        for outcome, numbers in lot.ends.items():
            np.testing.assert_array_equal(numbers, own[outcome].astype("float64").to_numpy(), err_msg=outcome)


def test_the_band_of_acts_is_that_of_a_run(both: tuple[Lot, Lot], results: maxpressure.Results) -> None:
    theirs = bands_of_run(results, results.situations(both[0].basis.case))
    for lot, other in zip(both, theirs.values(), strict=True):
        ours = band(lot)
        np.testing.assert_array_equal(ours.levels, other.levels)
        np.testing.assert_array_equal(ours.busiest, other.busiest)
        assert (ours.days, ours.worlds) == (other.days, other.worlds)


@pytest.mark.parametrize("key", OUTCOMES)
def test_the_bands_of_each_outcome_are_those_of_a_run(
    both: tuple[Lot, Lot], results: maxpressure.Results, key: str
) -> None:
    for lot, name in zip(both, NAMES, strict=True):
        levels = np.array(worlds(lot)["outcomes"][key]["levels"], dtype=np.float64)[:, 1:]
        np.testing.assert_array_equal(levels, _levels(results, name, key))


def _levels(results: maxpressure.Results, name: str, key: str) -> np.ndarray:
    if key in TALLIED:
        found = results.bands(TALLIED[key])
        return found[found["scenario"] == name][list(LEVELS)].to_numpy(dtype=np.float64).T
    if key == "states_acted":
        acts = results.table("acts", scenario=name)
        first = acts[acts["kind"] == "act"].groupby(["world", "iso3"], observed=True)["week"].min()
        began = np.zeros((WORLDS, 104))
        np.add.at(began, (first.index.get_level_values("world"), first.to_numpy()), 1)
        return quantiles(began.cumsum(axis=1))
    kept = results.table("weeks", scenario=name)[COLUMNS[key]].to_numpy().reshape(WORLDS, -1)
    return np.round(quantiles(100.0 * (1.0 - kept) if key == "trade_left" else kept), OUTCOMES[key].digits)


@pytest.mark.parametrize("key", ["acts", "embassies"])
def test_the_observed_line_is_that_of_the_results(
    both: tuple[Lot, Lot], results: maxpressure.Results, key: str
) -> None:
    theirs = results.observed(TALLIED[key])
    theirs = theirs[theirs["scenario"] == NAMES[0]]["observed"].tolist()
    assert worlds(both[0])["outcomes"][key]["observed"][1:] == theirs


def test_trade_has_no_observed_week_but_figures_of_customs(both: tuple[Lot, Lot]) -> None:
    trade = worlds(both[0])["outcomes"]["trade_left"]
    assert trade["observed"] is None
    assert [(one["words"], one["value"]) for one in trade["figures"]] == [("KOTRA, 2017", 84.733)]


def test_first_acts_add_up_to_the_states_that_acted(both: tuple[Lot, Lot]) -> None:
    for lot in both:
        acted = worlds(lot)["acted"]
        assert sum(count for pairs in acted.values() for _, count in pairs) == lot.ends["states_acted"].sum()
        assert all(week >= 0 for pairs in acted.values() for week, _ in pairs)


def test_a_preview_is_the_first_of_the_worlds_and_says_so(basis: Basis, both: tuple[Lot, Lot]) -> None:
    fewer = simulate(basis, UNMOVED, 10)
    np.testing.assert_array_equal(fewer.counted, both[0].counted[:10])
    assert worlds(fewer)["preview"] is True


def test_worlds_that_go_on_from_a_preview_are_those_simulated_at_once(basis: Basis) -> None:
    setting = setting_of_link(basis.case, "campaign=2&china=0.8")
    whole, begun = simulate(basis, setting, 30), simulate(basis, setting, 12)
    assert begun.weekly.keys() == whole.levels.keys()
    assert worlds(simulate(basis, setting, 30, begun=begun)) == worlds(whole)
    np.testing.assert_equal(simulate(basis, setting, 30, begun=begun).ends, whole.ends)


def test_answers_are_plain_values(both: tuple[Lot, Lot]) -> None:
    for answer in (worlds(both[0]), pair(*both)):
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_what_must_be_said_stands_beside_worlds_and_pairs(both: tuple[Lot, Lot]) -> None:
    for answer in (worlds(both[0]), pair(*both)):
        said = " ".join(answer["cautions"])
        assert CONTAGION in said
        assert REQUESTS in said


def test_differences_are_those_of_compare(both: tuple[Lot, Lot], results: maxpressure.Results) -> None:
    answer = pair(*both)
    theirs = results.compare(*COMPARED).set_index("outcome")
    assert list(answer["outcomes"]) == list(COMPARED)
    for outcome, row in answer["outcomes"].items():
        assert [row[name] for name in NUMBERS] == [theirs.loc[outcome, name] for name in NUMBERS]
        assert len(row["values"]) == answer["worlds"] == WORLDS
        assert np.mean(row["values"]) == pytest.approx(row["mean"], abs=1e-9)


def test_settings_over_other_weeks_are_no_pair(both: tuple[Lot, Lot]) -> None:
    from dataclasses import replace

    shorter = both[1].situation.scenario.but(window={"weeks": 60})
    other = replace(both[1], situation=replace(both[1].situation, scenario=shorter))
    with pytest.raises(InputError, match="same weeks"):
        pair(both[0], other)


def test_the_setting_can_be_run_from_its_file(both: tuple[Lot, Lot]) -> None:
    setting = setting_of_link(both[0].basis.case, "campaign=1.4")
    lot = simulate(both[0].basis, setting, 2)
    answer = worlds(lot)
    assert answer["file"] == lot.situation.scenario.text()
    assert answer["link"] == "scenario=max-pressure-2017&campaign=1.4"
    assert FIRST not in answer["description"].split()
