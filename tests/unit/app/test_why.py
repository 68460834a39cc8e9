"""When and why states act: shares, quantiles and attributions of a run, digit by digit."""

from __future__ import annotations

import json

import numpy as np
import pytest

import maxpressure
from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.levers import UNMOVED, setting_of_link
from maxpressure.app.figures.lots import Lot
from maxpressure.app.figures.outcomes import weeks_of_first
from maxpressure.app.figures.why import why, why_all
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.model.rules import GROUPS
from maxpressure.results.states import fates
from page_worlds import NAMES, WORLDS


@pytest.fixture(scope="module")
def found(basis: Basis) -> dict:
    return why_all(basis, UNMOVED, WORLDS)


def test_shares_are_those_of_the_table_of_states(
    found: dict, results: maxpressure.Results, basis: Basis
) -> None:
    theirs = fates(results, NAMES[0], basis.record).states.set_index("iso3")
    for iso3, row in found.items():
        assert row["share"] == row["acted"] / WORLDS == theirs.loc[iso3, "chance"]
        assert row["mcse"] == pytest.approx(theirs.loc[iso3, "chance_error"], abs=1e-12)


def test_attributions_are_the_means_over_the_acts_of_a_run(found: dict, results: maxpressure.Results) -> None:
    acts = results.table("acts", scenario=NAMES[0])
    lead = acts[acts["lead"].astype("boolean").fillna(value=False)]
    means = lead.groupby("iso3", observed=True)[[f"share_{group}" for group in GROUPS]].mean()
    assert {iso3 for iso3, row in found.items() if row["due"]} == set(means.index)
    for iso3, row in means.iterrows():
        ours = {one["group"]: one["share"] for one in found[iso3]["due"]}
        np.testing.assert_allclose([ours[group] for group in GROUPS], row.to_numpy(), atol=1e-12)


def test_ties_are_the_shares_of_acts_that_cut_them(found: dict, results: maxpressure.Results) -> None:
    acts = results.table("acts", scenario=NAMES[0])
    acts = acts[(acts["kind"] == "act") & (acts["iso3"] == "MEX")]
    count = acts.groupby(["world", "week"]).ngroups
    theirs = [(tie, (acts["tie"] == tie).sum() / count) for tie in TIES if (acts["tie"] == tie).any()]
    assert [(one["tie"], one["share"]) for one in found["MEX"]["ties"]] == theirs


def test_weeks_of_first_acts_are_those_of_the_worlds(found: dict, both: tuple[Lot, Lot]) -> None:
    weeks = weeks_of_first(both[0].first, both[0].situation)
    assert {iso3: row["weeks"] for iso3, row in found.items() if row["weeks"]} == weeks


def test_a_state_that_never_acts_has_no_day_and_no_cause(basis: Basis) -> None:
    row = why(basis, setting_of_link(basis.case, "scenario=nobody-cuts"), "MEX", WORLDS)
    assert (row["acted"], row["first"], row["due"], row["ties"]) == (0, None, [], [])


def test_who_is_asked_and_when_follows_the_setting(basis: Basis) -> None:
    assert why(basis, UNMOVED, "MEX", 2)["asked"]
    assert why(basis, setting_of_link(basis.case, "asked=PER"), "MEX", 2)["asked"] == []


def test_a_single_world_has_no_interval(basis: Basis) -> None:
    row = why(basis, UNMOVED, "MEX", 1)
    assert (row["mcse"], row["ci_low"], row["ci_high"]) == (None, None, None)


def test_it_is_plain_values_with_what_must_be_said(found: dict) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    said = " ".join(found["MEX"]["cautions"])
    assert CONTAGION in said
    assert REQUESTS in said


@pytest.mark.parametrize("given", ["PRK", "CHN", "mex", "", "MEX PER", "x" * 10_000])
def test_a_state_that_does_not_decide_is_refused(basis: Basis, given: str) -> None:
    with pytest.raises(InputError) as refusal:
        why(basis, UNMOVED, given, 1)
    assert refusal.value.key == "state"
