"""The posterior as ArviZ takes it: chains are imputations, and the log likelihood is the rule's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import maxpressure as mp
from maxpressure.evidence.parameters import from_numbers, parameter_names
from maxpressure.evidence.posterior import PosteriorDraws, write_draws
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.model.case import load_case

arviz = pytest.importorskip("arviz")
near = pytest.approx
POSTERIOR = mp.load_posterior()
CASE = load_case()


@pytest.fixture(scope="module")
def data() -> Any:
    return POSTERIOR.to_inference_data(draws=4)


def test_a_chain_is_an_imputation_and_its_draws_are_rows_of_the_posterior(data: Any) -> None:
    posterior = data["posterior"]
    assert (posterior.sizes["chain"], posterior.sizes["draw"]) == (20, 4)
    assert posterior["imputation"].values.tolist() == list(range(1, 21))
    rows = POSTERIOR[np.array(POSTERIOR.imputation) == 7].iloc[[0, 25, 50, 75]]
    chain = posterior.sel(chain=6)
    assert (chain["beta_shock"].values == rows["beta_shock"].to_numpy()).all()
    assert (chain["alpha"].sel(tie="labour").values == rows["alpha.labour"].to_numpy()).all()
    assert (chain["unlisted"].sel(unlisted_tie="trade").values == rows["unlisted.trade"].to_numpy()).all()


def test_the_log_likelihood_of_a_draw_adds_up_to_that_of_the_record(data: Any) -> None:
    likelihood = Likelihood(record_situation(CASE))
    found = np.asarray(data["log_likelihood"]["acts"])
    rows = POSTERIOR[np.array(POSTERIOR.imputation) == 3].iloc[[0, 25, 50, 75]].to_numpy()
    for draw, row in enumerate(rows.tolist()):
        assert found[2, draw].sum() == near(likelihood(from_numbers(row)), abs=1e-9)
    by_state = np.asarray(POSTERIOR.to_inference_data(unit="state", draws=4)["log_likelihood"]["acts"])
    assert by_state == near(found.sum(axis=2), abs=1e-9)


def test_observed_data_are_the_acts_and_cuts_of_the_record(data: Any) -> None:
    observed, record = data["observed_data"], record_situation(CASE).record
    assert int(observed["acts"].sum()) == len(record.acts)
    assert int(observed["cut"].sum()) == record.cuts
    act = record.acts[0]
    assert int(observed["acts"].isel(week=act.week).sel(state=act.iso3)) == 1


def test_the_prior_is_wider_than_the_posterior_where_the_record_decides(data: Any) -> None:
    assert data["prior"].sizes["draw"] == 2000
    for tie in ("diplomatic", "travel"):
        spread = {group: float(data[group]["alpha"].sel(tie=tie).std()) for group in ("prior", "posterior")}
        assert spread["prior"] > 1.5 * spread["posterior"]


def test_forest_loo_and_compare_run() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    data = POSTERIOR.to_inference_data(unit="state", draws=20)
    loo = arviz.loo(data)
    assert loo.n_data_points == len(record_situation(CASE).population.iso3)
    without = POSTERIOR.copy()
    deaf = mp.load_posterior()
    deaf["beta_request"] = 0.0
    assert type(without) is not PosteriorDraws
    table = arviz.compare({"the rule": data, "no requests": deaf.to_inference_data(unit="state", draws=20)})
    assert table.index[0] == "the rule"
    arviz.plot_forest(data, var_names=["beta_shock", "beta_request"], combined=True)


def test_draws_of_unequal_imputations_are_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "few.parquet"
    write_draws(path, POSTERIOR.to_numpy()[:3], [1, 1, 2], {"record": "strict"})
    found = mp.load_posterior(path).to_inference_data(unit="state")["posterior"]
    assert (found.sizes["chain"], found.sizes["draw"]) == (1, 3)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ({"unit": "week"}, "unit"),
        ({"draws": 0}, "draws"),
        ({"draws": 101}, "draws"),
        ({"draws": 2.5}, "draws"),
    ],
)
def test_an_unknown_unit_and_too_many_draws_are_refused(words: dict[str, Any], key: str) -> None:
    with pytest.raises(mp.InputError) as refused:
        POSTERIOR.to_inference_data(**words)
    assert refused.value.key == key


def test_draws_fitted_to_another_record_are_refused() -> None:
    with pytest.raises(mp.InputError) as refused:
        POSTERIOR.to_inference_data(replace(CASE, coding="broad"))
    assert (refused.value.key, refused.value.given) == (
        "case",
        "has other record than the draws were fitted to",
    )


def test_without_arviz_it_is_said_which_extra_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(mp.InputError, match=r"pip install 'maxpressure\[bayes\]'"):
        POSTERIOR.to_inference_data()


def test_the_posterior_stays_a_data_frame_with_a_column_for_each_parameter() -> None:
    assert list(POSTERIOR) == list(parameter_names())
    assert POSTERIOR.shape == (2000, len(parameter_names()))
    assert len(POSTERIOR.imputation) == 2000
    assert POSTERIOR.provenance["record"] == "strict"
