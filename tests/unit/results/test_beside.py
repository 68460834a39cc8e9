"""A scenario beside the baseline: which one is asked for, and differences that equal those counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.model.case import Case
from maxpressure.model.rules import GROUPS
from maxpressure.results.beside import (
    ALL,
    Beside,
    act_differences,
    beside,
    cause_differences,
    clear,
    state_differences,
)
from maxpressure.results.results import Results
from part_folders import laid_out, planned

NAMES = ("max-pressure-2017", "no-september-test", "short")
WORLDS = 8
near = pytest.approx


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The record, an edit of it, and the record over fewer weeks; attributions of six worlds."""
    short = case.scenario("max-pressure-2017").but(name="short", window={"weeks": 60})
    plan = planned(case, [*NAMES[:2], short], worlds=WORLDS, keep=Keep(weeks=2, attributions=6))
    return laid_out(plan, tmp_path_factory.mktemp("beside") / "a")


@pytest.fixture(scope="module")
def acts(results: Results) -> pd.DataFrame:
    every = results.table("acts")
    return every[every["lead"].fillna(value=False).astype(bool)]


def test_the_last_scenario_is_asked_for_and_the_first_is_the_baseline(results: Results) -> None:
    assert beside(results) == Beside("short", None, "it covers other weeks than max-pressure-2017")
    assert beside(results, NAMES[1]) == Beside(NAMES[1], NAMES[0])
    assert beside(results, NAMES[0]) == Beside(NAMES[0], None, "it is the baseline")
    with pytest.raises(InputError, match="Did you mean 'no-september-test'"):
        beside(results, "no-september-tset")


def test_a_state_differs_by_the_worlds_in_which_it_acts_under_one_alone(
    results: Results, acts: pd.DataFrame, case: Case
) -> None:
    table = state_differences(results, NAMES[1], NAMES[0], results.situations(case)[NAMES[1]])
    worlds = {
        name: acts[acts["scenario"] == name].groupby("iso3", observed=True)["world"].agg(set)
        for name in NAMES
    }
    for row in table.itertuples():
        one, other = (worlds[name].get(row.iso3, set()) for name in (NAMES[1], NAMES[0]))
        assert (row.scenario, row.baseline) == (len(one) / WORLDS, len(other) / WORLDS)
        assert (row.more, row.fewer) == (len(one - other) / WORLDS, len(other - one) / WORLDS)
        assert row.difference == near(row.more - row.fewer)
    same = (table["more"] == 0) & (table["fewer"] == 0)
    assert same.any()
    assert (table.loc[same, ["difference", "mcse", "ci_low", "ci_high"]] == 0).all(axis=None)
    assert not clear(table)[same].any()
    assert table["iso3"].is_monotonic_increasing


def test_causes_add_up_to_the_acts_and_their_difference_is_that_of_the_comparison(
    results: Results, acts: pd.DataFrame
) -> None:
    """Over the six worlds whose attributions were kept."""
    table = cause_differences(results, NAMES[1], NAMES[0]).set_index("group")
    assert (table["worlds"] == 6).all()
    assert list(table.index) == [*(group.replace("_", " ") for group in GROUPS), ALL]
    for column in ("baseline", "scenario", "difference"):
        assert table[column].drop(ALL).sum() == near(table.loc[ALL, column])
    counts = acts[acts["world"] < 6].groupby(["scenario", "world"], observed=True).size()
    differences = counts[NAMES[1]].to_numpy() - counts[NAMES[0]].to_numpy()
    assert table.loc[ALL, "baseline"] == near(counts[NAMES[0]].mean())
    assert table.loc[ALL, "difference"] == near(differences.mean())
    assert table.loc[ALL, "mcse"] == near(differences.std(ddof=1) / np.sqrt(6))
    assert table.loc[ALL, "ci_high"] - table.loc[ALL, "ci_low"] == near(
        2 * 2.5706 * table.loc[ALL, "mcse"], rel=1e-4
    )


def test_the_causes_of_a_states_first_act_add_up_to_its_probability(
    results: Results, acts: pd.DataFrame
) -> None:
    state = str(acts[acts["scenario"] == NAMES[1]]["iso3"].value_counts().idxmax())
    table = cause_differences(results, NAMES[1], NAMES[0], state=state).set_index("group")
    mine = acts[(acts["iso3"] == state) & (acts["world"] < 6)]
    first = mine.sort_values("week").drop_duplicates(["scenario", "world"])
    for name, column in ((NAMES[1], "scenario"), (NAMES[0], "baseline")):
        own = first[first["scenario"] == name]
        assert table.loc[ALL, column] == near(len(own) / 6)
        assert table.loc["shock", column] == near(own["share_shock"].sum() / 6)


def test_without_a_baseline_nothing_is_taken_off(results: Results, case: Case) -> None:
    states = state_differences(results, NAMES[0], None, results.situations(case)[NAMES[0]])
    causes = cause_differences(results, NAMES[0], None)
    for table in (states, causes):
        assert (table["difference"] == table["scenario"]).all()
        assert (table["baseline"] == 0).all()


def test_acts_of_a_world_are_gone_new_earlier_or_later(
    results: Results, acts: pd.DataFrame, case: Case
) -> None:
    situation = results.situations(case)[NAMES[1]]
    for world in range(3):
        table = act_differences(results, NAMES[1], NAMES[0], world, situation)
        mine = acts[acts["world"] == world]
        count = mine["scenario"].value_counts()
        changes = table["change"].value_counts()
        assert changes.get("new", 0) - changes.get("gone", 0) == count[NAMES[1]] - count[NAMES[0]]
        for row in table.itertuples():
            of_state = mine[mine["iso3"] == row.iso3].sort_values("week")
            for name, day in ((NAMES[0], row.baseline), (NAMES[1], row.scenario)):
                dates = of_state[of_state["scenario"] == name]["date"].tolist()
                assert (dates[row.act - 1] == day) if not pd.isna(day) else len(dates) < row.act
    assert act_differences(results, NAMES[0], NAMES[0], 0, situation).empty
