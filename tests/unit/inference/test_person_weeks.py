"""The risk table: the likelihood's own rows, from which statsmodels fits the same hazard again."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import Parameters, load_parameters
from maxpressure.inference.checks.ratios import hazard_ratios
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.person_weeks import COLUMNS, person_weeks
from maxpressure.model.case import load_case

near = pytest.approx
MODE = load_parameters().values  # noqa: PD011  # no column of a table
CASE = load_case()
SHARED = ("shock", "news", "thaw", "campaign", "request", "incident", "courtship")
FITTED = ("beta_shock", "beta_news", "beta_campaign", "beta_request", "beta_incident")
"""Coefficients of what a state's ties share; thaw and courtship stay where they are."""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return person_weeks(CASE, parameters=MODE)


def linear(rows: pd.DataFrame, p: Parameters) -> pd.Series[float]:
    """The log hazard of each row, put together from the covariates and the coefficients."""
    tie = rows["tie"].map(dict(zip(TIES, p.alpha, strict=True)))
    unlisted = dict(zip(("trade", "finance", "military", "labour"), p.unlisted, strict=True))
    thin = rows["unlisted"] * rows["tie"].map(unlisted).fillna(0.0) + p.unlisted_close * rows["close"]
    own = (
        p.beta_mission * rows["mission"]
        + p.doubtful * rows["doubtful"]
        + p.beta_mandate * rows["outstanding"]
    )
    asked = rows["sensitivity"] * (p.beta_campaign * rows["campaign"] + p.beta_request * rows["request"])
    addressed = asked + p.beta_incident * rows["incident"] - p.beta_courtship * rows["courtship"]
    weather = p.beta_shock * rows["shock"] + p.beta_news * rows["news"] - p.beta_thaw * rows["thaw"]
    return tie + thin + own + addressed + weather


def by_state_week(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each state and week: covariates, whether it acted, log of the sum over its ties."""
    grouped = table.groupby(["week", "iso3"])
    rows = grouped[[*SHARED, "sensitivity", "act", "log_common"]].first()
    rows["log_ties"] = np.log(np.exp(table["log_tie"]).groupby([table["week"], table["iso3"]]).sum())
    return rows


@pytest.mark.parametrize("record", ["strict", "broad"])
@pytest.mark.parametrize("risk_set", ["with-unlisted", "ex-ante", "override"])
def test_the_sum_over_the_table_is_the_likelihood(record: str, risk_set: str) -> None:
    found = person_weeks(CASE, record, risk_set, MODE)
    likelihood = Likelihood(record_situation(CASE, record=record, risk_set=risk_set))
    assert found["log_likelihood"].sum() == near(likelihood(MODE), abs=1e-9)
    assert (found["cut"] <= found["at_risk"]).all()
    assert found["cut"].sum() == likelihood.situation.record.cuts
    assert (found.attrs["record"], found.attrs["risk_set"]) == (record, risk_set)


def test_covariates_and_coefficients_give_the_hazards_of_the_likelihood(table: pd.DataFrame) -> None:
    likelihood = Likelihood(record_situation(CASE))
    weekly = likelihood.hazards(MODE)
    assert table["hazard"].to_numpy().reshape(*weekly.shape, 6).sum(axis=2) == near(weekly, rel=1e-12)
    at_risk = table[table["at_risk"] == 1]
    assert linear(at_risk, MODE).to_numpy() == near(np.log(at_risk["hazard"]).to_numpy(), abs=1e-9)
    assert (table.loc[table["at_risk"] == 0, "hazard"] == 0.0).all()
    assert list(table) == list(COLUMNS) == list(table.attrs["columns"])


def test_statsmodels_fits_the_common_coefficients_to_the_maximum_of_our_likelihood(
    table: pd.DataFrame,
) -> None:
    api = pytest.importorskip("statsmodels.api")
    rows = by_state_week(table).query("log_ties > -inf")
    weighted = rows[list(SHARED)].copy()
    weighted["campaign"] *= rows["sensitivity"]
    weighted["request"] *= rows["sensitivity"]
    fitted = [name.removeprefix("beta_") for name in FITTED]
    held = -MODE.beta_thaw * rows["thaw"] - MODE.beta_courtship * rows["courtship"]
    family = api.families.Binomial(link=api.families.links.CLogLog())
    model = api.GLM(rows["act"], weighted[fitted], family=family, offset=rows["log_ties"] + held)
    likelihood = Likelihood(record_situation(CASE))
    ties_and_depths = float(likelihood.replayed.marks.sum()) if likelihood(MODE) else math.nan
    start = [getattr(MODE, name) for name in FITTED]
    assert model.loglike(np.array(start)) + ties_and_depths == near(likelihood(MODE), abs=1e-9)

    def loss(numbers: np.ndarray) -> float:
        return -likelihood(MODE._replace(**dict(zip(FITTED, numbers.tolist(), strict=True))))

    ours = optimize.minimize(loss, start, options={"gtol": 1e-6})
    theirs = model.fit(start_params=start, method="bfgs", gtol=1e-8, maxiter=500)
    assert theirs.llf + ties_and_depths == near(-ours.fun, abs=1e-6)
    assert theirs.params.to_numpy() == near(ours.x, abs=1e-3)


@pytest.mark.parametrize(
    "wrong",
    [{"record": "Strict"}, {"record": ""}, {"risk_set": "ex_ante"}, {"risk_set": 3}, {"record": ["broad"]}],
)
def test_an_unknown_record_or_risk_set_is_refused(wrong: Mapping[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        person_weeks(CASE, **wrong)  # type: ignore[arg-type]


def test_ratios_say_what_is_estimated_and_what_is_assumed() -> None:
    ratios = hazard_ratios(case=CASE).set_index("parameter")
    assert ratios.loc["beta_shock", "standing"] == "estimated"
    assert ratios.loc["beta_peer", "standing"] == "assumed"
    ordered = ratios[["p025", "p05", "median", "p95", "p975"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0.0).all()
    at_mode = hazard_ratios("map", CASE).set_index("parameter")
    assert (
        at_mode.loc["beta_shock", "p025"]
        == at_mode.loc["beta_shock", "p975"]
        == near(math.exp(MODE.beta_shock))
    )
    assert set(hazard_ratios("prior", CASE)["standing"]) == {"assumed"}
