"""The checks of the calibration: small, on small inputs, to see that they count right."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from maxpressure.base.ties import TIE_INDEX
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.replay import ACT, RISE
from maxpressure.evidence.priors import load_priors
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks import predictive, recovery, sbc, statistics
from maxpressure.inference.checks.sbc import (
    BLOCK,
    Block,
    acts_made,
    record_of,
    records_of,
    simulate_and_fit,
    sized,
)
from maxpressure.inference.checks.statistics import Setting
from maxpressure.inference.likelihood import record_situation
from maxpressure.inference.moves import Acts, acts_of

near = pytest.approx
TINY = {"seed": 7, "workers": 1, "progress": False}


@pytest.fixture(scope="module")
def given(case):
    return record_situation(case)


@pytest.fixture(scope="module")
def priors():
    return load_priors()


def axes():
    return Figure().add_subplot()


# ---- simulated records


def test_the_moves_of_a_world_do_not_depend_on_which_worlds_are_asked_for(given, pilot):
    several = records_of(given, [pilot], 5, seed=7)
    assert len(several) == 5
    assert (record_of(given, pilot, seed=7, world=3) == several[3]).all()
    assert (records_of(given, [pilot], 2, seed=7, first=3)[0] == several[3]).all()


def test_parameters_are_set_to_give_records_of_a_wanted_size(given, pilot):
    small = sized(given, pilot, 30.0, seed=7)
    assert acts_made(given, [small], 400, seed=7).mean() == near(30.0, abs=1.0)
    assert small._replace(alpha=pilot.alpha) == pilot
    shifts = {round(a - b, 9) for a, b in zip(small.alpha, pilot.alpha, strict=True)}
    assert len(shifts) == 1


# ---- blocks


def counted(run: int) -> dict[str, np.ndarray]:
    return {"square": np.array(run * run)}


def never(run: int) -> dict[str, np.ndarray]:
    raise AssertionError(f"run {run} is made again")


def test_runs_come_back_in_their_order_and_finished_blocks_are_not_made_again(tmp_path):
    how = {"identity": "0", "work": tmp_path, "workers": 1, "progress": False}
    count = 2 * BLOCK + 3
    first = simulate_and_fit("squares", counted, count, **how)
    assert first["square"].tolist() == [run * run for run in range(count)]
    assert len(list(tmp_path.glob("*.npz"))) == 3
    again = simulate_and_fit("squares", never, count, **how)
    assert (again["square"] == first["square"]).all()
    with pytest.raises(AssertionError, match="again"):
        simulate_and_fit("squares", never, count, **(how | {"identity": "1"}))


def test_without_a_folder_nothing_is_kept(tmp_path):
    found = Block(counted, "0", None)(Chunk("squares", 2, 3))
    assert found["square"].tolist() == [4, 9, 16]
    assert not list(tmp_path.iterdir())


def test_blocks_of_another_seed_or_other_priors_are_others(case, priors):
    assert identity(case, priors, 1) == identity(case, priors, 1)
    assert identity(case, priors, 1) != identity(case, priors, 2)


# ---- simulation-based calibration


def test_a_few_runs_rank_each_truth_among_99_draws(case, priors, tmp_path):
    found = sbc.rank_truths(case, priors, runs=3, work=tmp_path, **TINY)
    again = sbc.rank_truths(case, priors, runs=3, work=tmp_path, **TINY)
    assert found.ranks.shape == (3, len(found.names))
    assert {"beta_request", "beta_news", "unlisted.trade", "chi", "psi.trade"} <= set(found.names)
    assert not {"tau_peer", "delay_shock", "rho", "beta_peer", "sigma"} & set(found.names)
    assert ((found.ranks >= 0) & (found.ranks <= 99)).all()
    assert (again.ranks == found.ranks).all()
    assert sbc.draw_ranks(axes(), found).lines


def test_terms_that_are_off_by_default_rank_where_they_are_on_and_estimated(case, priors):
    """Contagion and frailty are in the simulated record and in its fit."""
    given = record_situation(case, mechanisms={"contagion": True, "frailty": True})
    estimated = priors.estimated("beta_peer", "tau_peer", "sigma")
    assert {*sbc.checked(estimated)} == {*sbc.checked(priors), "beta_peer", "sigma"}
    run = sbc.OneRun(given, estimated, 7, sbc.FromPriors(estimated), sbc.RankOfTruth("laplace"))
    ranks = run(0)["ranks"]
    assert ranks.shape == (len(sbc.checked(estimated)),)
    assert ((ranks >= 0) & (ranks <= 99)).all()


def test_markov_chains_rank_too(case, priors, monkeypatch):
    monkeypatch.setattr(sbc, "STEPS", 5)
    found = sbc.rank_truths(case, priors, runs=1, method="mcmc", **TINY)
    assert ((found.ranks >= 0) & (found.ranks <= 99)).all()


def ranks_of(columns: np.ndarray, method: sbc.Method = "laplace") -> sbc.Ranks:
    names = ("beta_shock", "sigma")[: columns.shape[1]]
    return sbc.Ranks(method, names, columns, np.zeros(len(columns), dtype=int))


def test_uniform_ranks_pass_with_the_coverage_that_they_have():
    even = np.tile(np.arange(100), 5)[:, np.newaxis]
    table = ranks_of(even).table()
    assert table["coverage"].tolist() == [0.9]
    assert table["p_value"].tolist() == [1.0]
    assert ranks_of(even).passed


def test_ranks_that_pile_up_fail_but_for_sigma_under_laplace():
    even, piled = np.tile(np.arange(100), 5), np.zeros(500, dtype=int)
    assert not ranks_of(piled[:, np.newaxis]).passed
    assert ranks_of(np.stack([even, piled], axis=1)).passed
    assert not ranks_of(np.stack([even, piled], axis=1), "mcmc").passed


# ---- recovery and power


def test_recovery_shows_bias_and_coverage_of_simulated_truths(case, priors, pilot):
    found = recovery.recover(case, priors, [pilot, pilot._replace(beta_shock=0.9)], runs=2, **TINY)
    table = found.table().set_index("parameter")
    assert table.loc["beta_shock", "truth"] == near((pilot.beta_shock + 0.9) / 2.0)
    assert (table["rmse"] ** 2).to_numpy() == near((table["bias"] ** 2 + table["sd"] ** 2).to_numpy())
    assert ((found.low < found.estimate) & (found.estimate < found.high)).all()
    assert recovery.draw_recovery(axes(), found).lines


def test_power_fits_each_record_with_shocks_and_without(case, priors, pilot):
    found = recovery.contagion_power(case, priors, pilot, contagion=(0.0, 0.8), runs=1, **TINY)
    table = found.table()
    assert table["beta_peer"].tolist() == [0.0, 0.8]
    assert table["hazard_ratio"].tolist() == near([1.0, math.exp(0.8)])
    assert (found.estimate != found.blind_estimate).all()
    assert np.isfinite(found.log_bayes).all()
    assert recovery.draw_power(axes(), found).lines


# ---- predictive checks


def test_the_priors_expect_believable_waves(case, priors):
    found = predictive.prior_predictive(case, priors, worlds=400, seed=7)
    assert found.passed
    assert predictive.draw_prior(axes(), found).patches


def test_a_prior_of_hundreds_of_acts_would_not_pass():
    many = predictive.PriorPredictive(np.array([30] * 8 + [200] * 2), np.array([2] * 10), 52)
    assert many.within == near(0.8)
    assert not many.passed


def test_the_record_is_held_against_worlds(case, pilot):
    listed = pilot._replace(unlisted=(-30.0,) * 4)  # as the pilot was fitted
    draws = [listed, listed._replace(beta_shock=0.9)]
    found = predictive.posterior_predictive(case, draws, worlds=40, seed=7)
    table = found.table()
    assert set(table["check"]) == set(range(1, 13))
    assert table["record"].iloc[0] == found.curve.counts[-1]
    assert ((table["tail"] >= 0.0) & (table["tail"] <= 1.0)).all()
    assert found.error == near(0.0, abs=0.3)
    _, outside, _, by_chance = re.findall(r"\d+(?:\.\d)?", found.multiplicity())
    assert int(outside) == int((~found.table()["inside"]).sum())
    assert float(by_chance) == near(len(found.names) / 10.0)
    assert predictive.draw_curve(axes(), found).lines
    assert predictive.draw_statistics(axes(), found).lines


# ---- statistics by hand

MOVES = np.array(
    [(2, 0, 0, 2, ACT), (2, 0, 1, 1, ACT), (3, 1, 1, 2, ACT), (3, 2, 0, 2, RISE), (9, 0, 5, 0, ACT)]
)
SETTING = Setting(
    weeks=10,
    leverage=np.array([1.0, 0.0, -1.0]),
    affinity=np.zeros(3),
    region=np.array([0, 0, 1]),
    top_peers=np.array([[False, True, False], [True, False, False], [True, True, False]]),
    tests=np.array([1, 8]),
    quarter=np.array([0] * 5 + [1] * 5),
    first_week=np.array([3.0, 4.0, 8.0]),
    risk=np.array([0.9, 0.05, 0.7]),
    mix=np.zeros((2, 6)),
)


def test_ties_that_a_state_cuts_in_one_week_are_one_act():
    acts = acts_of(MOVES)
    assert acts.week.tolist() == [2, 3, 9]
    assert acts.state_index.tolist() == [0, 1, 0]
    assert acts.ties.sum(axis=1).tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("acts in all", 3.0),
        ("week by which half had happened", 3.0),
        ("acts in the busiest week", 1.0),
        ("quiet weeks", 7.0),
        ("states that acted", 2.0),
        ("share of them acting once", 0.5),
        ("share of them acting twice", 0.5),
        ("most acts by one state", 2.0),
        ("order, C-index", 1.0),
        ("weeks since a nuclear test", (1 + 2 + 1) / 3),
        ("share of ties: trade", 0.5),
        ("ties by quarter, distance from mean", 1.0),
        ("acts on several ties", 1.0),
        ("acts soon after a close peer's", 1 / 3),  # state 1 one week after state 0; six weeks are too many
        ("likely states that did not act", 1.0),
        ("unlikely states that acted", 1.0),
    ],
)
def test_a_statistic_is_what_counting_gives(name, by_hand):
    of = next(one.of for one in statistics.STATISTICS if one.name == name)
    assert of(acts_of(MOVES), SETTING) == near(by_hand)


def test_autocorrelation_is_that_of_the_formula():
    counts = np.array([0, 0, 1, 1, 0, 0, 0, 0, 0, 1])
    away = counts - 0.3
    by_hand = (away[1:] * away[:-1]).sum() / (away**2).sum()
    assert statistics.autocorrelation(1)(acts_of(MOVES), SETTING) == near(by_hand)


def test_first_ten_acts_are_held_against_the_later_ones():
    """Ten acts by the state with leverage 1, then two by that with −1 in another region."""
    week, place = np.arange(12), np.array([0] * 10 + [2] * 2)
    ties = np.zeros((12, 6), dtype=bool)
    ties[:, TIE_INDEX["trade"]] = True
    acts = Acts(week, place, ties)
    assert statistics.leverage_gap(acts, SETTING) == 2.0
    assert statistics.region_gap(acts, SETTING) == 1.0
    assert math.isnan(statistics.leverage_gap(acts_of(MOVES), SETTING))


def test_a_world_in_which_nobody_acts_has_numbers_or_none():
    empty = acts_of(MOVES[:0])
    for statistic in statistics.STATISTICS:
        found = statistic.of(empty, SETTING)
        assert math.isnan(found) or found >= 0.0
