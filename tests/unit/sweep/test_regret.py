"""Regret by hand."""

from __future__ import annotations

import numpy as np
import pytest

from maxpressure.sweep.analysis import regret_table, regrets

OUTCOMES = np.array([[10.0, 20.0, 30.0, 10.0], [11.0, 10.0, 60.0, 10.0]])


def simulated(outcomes: np.ndarray) -> np.ndarray:
    """Two worlds around each outcome."""
    return np.stack([outcomes - 1.0, outcomes + 1.0], axis=2)


def test_regret_is_the_distance_from_the_best_policy_of_the_same_world() -> None:
    assert regrets(OUTCOMES, "lower").tolist() == [[0, 10, 0, 0], [1, 0, 30, 0]]
    assert regrets(OUTCOMES, "higher").tolist() == [[1, 0, 30, 0], [0, 10, 0, 0]]


def test_a_table_of_regret_by_hand() -> None:
    table = regret_table(["one", "other"], simulated(OUTCOMES), "lower", 1).set_index("policy")
    assert table["regret_p90"].to_dict() == {"one": 10.0, "other": 30.0}
    assert table["regret_median"].to_dict() == {"one": 0.0, "other": 0.0}
    assert table["regret_max"].to_dict() == {"one": 10.0, "other": 30.0}
    assert table["best"].to_dict() == {"one": 3, "other": 2}
    # world 0: 11 is within a tenth of 10; world 1: 20 is not; world 2: 60 is not of 30; world 3: level
    assert table["near_best"].to_dict() == {"one": 0.75, "other": 0.75}


def test_the_policy_with_the_best_mean_is_not_put_first_where_it_fails_badly_in_some_worlds() -> None:
    steady, bold = np.full(10, 10.0), np.r_[np.full(8, 4.0), np.full(2, 30.0)]
    assert bold.mean() < steady.mean()
    table = regret_table(["bold", "steady"], simulated(np.stack([bold, steady])), "lower", 1)
    assert table["policy"].tolist() == ["steady", "bold"]
    assert "mean" not in " ".join(table.columns)


def test_the_interval_of_the_90th_percentile_holds_it_and_shrinks_with_worlds() -> None:
    random = np.random.default_rng(3)
    widths = []
    for worlds in (50, 5000):
        table = regret_table(["a", "b"], simulated(random.normal(50.0, 10.0, (2, worlds))), "lower", 1)
        assert (table["p90_from"] <= table["regret_p90"]).all()
        assert (table["regret_p90"] <= table["p90_to"]).all()
        widths.append((table["p90_to"] - table["p90_from"]).max())
    assert widths[1] < widths[0] / 3


def test_the_error_is_that_of_the_difference_under_the_same_luck() -> None:
    noise = np.random.default_rng(4).normal(0.0, 5.0, (1, 3, 40))
    best = np.full((1, 3, 40), 10.0) + noise
    level = regret_table(["best", "shifted"], np.concatenate([best, best + 2.0]), "lower", 1).set_index(
        "policy"
    )
    assert level["mcse"].to_numpy() == pytest.approx(0.0, abs=1e-12)
    apart = best + 2.0 + np.tile([1.0, -1.0], 20)
    noisy = regret_table(["best", "noisy"], np.concatenate([best, apart]), "lower", 1).set_index("policy")
    assert noisy["mcse"]["noisy"] == pytest.approx(np.std(np.tile([1.0, -1.0], 20), ddof=1) / np.sqrt(40))
