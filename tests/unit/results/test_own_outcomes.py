"""Outcomes of one's own: a number for every world, compared in pairs, and whatever is no such number refused."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from batches import short
from maxpressure.base.errors import InputError
from maxpressure.engine.chunks import Keep
from maxpressure.model.case import Case
from maxpressure.results.results import Results
from maxpressure.results.two_folders import compare
from part_folders import TWO, Fragile, laid_out, planned

BASE, CALM = TWO


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios in 20 worlds each, in parts of 7."""
    return laid_out(planned(case, worlds=20), tmp_path_factory.mktemp("own") / "a", width=7)


@pytest.fixture(scope="module")
def mine(results: Results) -> pd.Series:
    """The acts of each world, as a series of one's own."""
    return results.worlds.set_index(["scenario", "world"])["acts"].rename("mine")


def cuts_of_uganda(cuts: pd.DataFrame) -> int:
    """How many ties Uganda cut."""
    return int((cuts["iso3"] == "UGA").sum())


# ---- one number a world


@pytest.mark.parametrize(
    ("kind", "column"),
    [("act", "acts"), ("cut", "cuts"), ("restoration", "restorations"), ("attrition", "attritions")],
)
def test_rows_of_a_kind_counted_are_the_column_of_worlds(results: Results, kind: str, column: str) -> None:
    expected = results.worlds.set_index(["scenario", "world"])[column]
    found = results.per_world(len, kind=kind)
    assert list(found.index.names) == ["scenario", "world"]
    assert [tuple(place) for place in found.index] == [tuple(place) for place in expected.index]
    assert found.tolist() == expected.tolist()
    assert results.per_world(column).tolist() == expected.tolist()


def test_names_are_counted_once_and_shares_added_up_over_acts(results: Results) -> None:
    assert results.per_world("iso3").tolist() == results.worlds["states_acted"].tolist()
    acts = results.acts[results.acts["lead"].fillna(value=False)]
    request = acts[acts["scenario"] == BASE].groupby("world")["share_request"].sum()
    pd.testing.assert_series_equal(
        results.per_world("share_request").loc[BASE], request, check_names=False, check_index_type=False
    )


def test_worlds_without_a_row_have_the_fill_and_are_never_lost(results: Results) -> None:
    assert (results.per_world(len, kind="attrition", fill=7) > 0).all()
    uganda = results.acts[(results.acts["iso3"] == "UGA") & (results.acts["kind"] == "act")]
    grouped = uganda.groupby(["scenario", "world"], observed=True).size()
    found = results.per_world(cuts_of_uganda, kind="cut")
    assert 0 < len(grouped) < len(found) == 40
    assert found[found > 0].to_dict() == grouped.to_dict()


def test_a_world_without_an_act_has_a_number(case: Case, tmp_path: Path) -> None:
    still = short("still").but(window={"weeks": 1})
    alone = laid_out(planned(case, [still], worlds=12), tmp_path / "a")
    last = alone.per_world(lambda acts: acts["week"].max(), fill=math.nan)
    quiet = alone.worlds["acts"].to_numpy() == 0
    assert quiet.any()
    assert last.isna().tolist() == quiet.tolist()


def test_weeks_are_rows_of_their_own_and_need_to_be_kept(
    results: Results, case: Case, tmp_path: Path
) -> None:
    assert (results.per_world(len, kind="week") == 104).all()
    peak = results.per_world(lambda weeks: weeks["hhi"].max(), kind="week")
    assert (peak.to_numpy() >= results.worlds["hhi"].to_numpy()).all()
    bare = laid_out(planned(case, worlds=3, keep=Keep(weeks=2, attributions=0)), tmp_path / "a")
    with pytest.raises(InputError, match="the weeks of 2 of 3 worlds"):
        bare.per_world(len, kind="week")


def test_shares_are_blank_where_attributions_were_not_kept(case: Case, tmp_path: Path) -> None:
    some = laid_out(planned(case, worlds=4, keep=Keep(weeks=0, attributions=2)), tmp_path / "a")
    found = some.per_world("share_request").loc[BASE]
    assert found.isna().tolist() == [False, False, True, True]
    with pytest.raises(InputError, match="blank for worlds 2 and 3"):
        some.compare(some.per_world("share_request").rename("due to requests"))


def test_failed_worlds_are_left_out_and_take_their_pair_with_them(case: Case, tmp_path: Path) -> None:
    window = {"start": dt.date(2016, 1, 4), "weeks": 6}
    early = [short(name).but(window=window) for name in ("short", "quiet")]
    half = laid_out(planned(case, early, worlds=6, state_class=Fragile), tmp_path / "a")
    assert half.per_world(len).loc["short"].index.tolist() == [0, 2, 4]
    whole = half.worlds.set_index(["scenario", "world"])["acts"].rename("mine").astype("Float64")
    for own in (len, whole):
        row = half.compare(own).iloc[0]
        assert (row["worlds"], row["failed"], row["blank"]) == (3, 3, 0)


# ---- compared


def test_a_series_is_compared_as_the_column_that_it_repeats(results: Results, mine: pd.Series) -> None:
    numbers = [
        *("worlds", "draws", "mean", "mcse", "ci_low", "ci_high", "p05", "median", "p95"),
        *("more", "same", "fewer", "fewer_worlds_by", "failed", "blank", "unpaired"),
    ]
    expected = results.compare("acts")[numbers]
    for own in (mine, mine.swaplevel(), mine.sample(frac=1, random_state=1), mine.astype("Int64")):
        table = results.compare(own)
        pd.testing.assert_frame_equal(table[numbers], expected)
        assert table["outcome"].tolist() == ["mine"]
        assert not table["planned"].any()
    pd.testing.assert_frame_equal(results.compare(len)[numbers], expected)


def test_the_worlds_needed_are_those_for_the_precision(results: Results, mine: pd.Series) -> None:
    planned_row, own = results.compare("acts").iloc[0], results.compare(mine, precision=0.5).iloc[0]
    assert (own["precision"], own["needed"], own["enough"]) == (
        0.5,
        planned_row["needed"],
        planned_row["enough"],
    )
    tenth = results.compare(mine).iloc[0]
    assert tenth["precision"] == pytest.approx(mine.loc[BASE].std(ddof=1) / 10)
    assert tenth["needed"] > 20


def test_an_outcome_without_spread_has_no_precision(results: Results) -> None:
    row = results.compare(lambda _: 1, fill=1).iloc[0]
    assert (row["mean"], row["same"]) == (0.0, 1.0)
    assert math.isnan(row["precision"])
    assert row["needed"] is pd.NA


def test_columns_functions_and_series_stand_in_one_table(results: Results, mine: pd.Series) -> None:
    table = results.compare("acts", mine, cuts_of_uganda, lambda acts: acts["week"].max(), against=CALM)
    assert table["outcome"].tolist() == ["acts", "mine", "cuts_of_uganda", "own outcome"]
    assert table["planned"].tolist() == [True, False, False, False]


def test_a_function_is_evaluated_in_both_folders(results: Results, case: Case, tmp_path: Path) -> None:
    calm = laid_out(planned(case, [CALM], worlds=9), tmp_path / "a")
    row, known = compare(calm, results, len).iloc[0], compare(calm, results, "acts").iloc[0]
    assert (row["mean"], row["mcse"], row["worlds"]) == (known["mean"], known["mcse"], 9)
    with pytest.raises(InputError, match="a series for two folders"):
        compare(calm, results, calm.per_world(len))


def raising(acts: pd.DataFrame) -> float:
    """A function with a slip."""
    return float(acts["wek"].max())


WRONG: dict[str, tuple[Callable[[pd.Series], Any], str]] = {
    "worlds missing": (lambda s: s.iloc[:-3], f"no number for worlds 17, 18 and 19 of {CALM}"),
    "many worlds missing": (lambda s: s.iloc[:22], "worlds 2, 3, 4 and 15 more"),
    "a scenario missing": (lambda s: s.loc[[BASE]], f"17 more of {CALM}"),
    "nothing at all": (lambda s: s.iloc[:0], "no number for"),
    "a blank": (lambda s: s.astype(float).where(s != s.max()), "blank for"),
    "a missing value": (lambda s: s.astype("Int64").where(s != s.max()), "blank for"),
    "an infinite number": (lambda s: s.astype(float).where(s != s.max(), -np.inf), "infinite for"),
    "a world twice": (lambda s: pd.concat([s, s.iloc[3:4]]), f"world 3 of {BASE} more than once"),
    "text": (lambda s: s.astype(str), "a series of the type"),
    "objects": (lambda s: s.astype(object), "a series of the type object"),
    "dates": (pd.to_datetime, "a series of the type datetime64"),
    "complex numbers": (lambda s: s.astype(complex), "a series of the type complex128"),
    "no index": (lambda s: s.reset_index(drop=True), "a series with the index (None)"),
    "the world alone": (lambda s: s.droplevel("scenario"), "a series with the index (world)"),
    "a world that is not there": (lambda s: pd.concat([s, s.rename({3: 99}).iloc[3:4]]), "world 99 of"),
    "a scenario that is not there": (lambda s: s.rename({CALM: "no-campain"}), "Did you mean 'no-campaign'?"),
    "the name of a column": (lambda s: s.rename("acts"), "a name that no column of worlds"),
    "a data frame": (lambda s: s.to_frame(), "Allowed is the name of a column"),
    "a list": (list, "Allowed is the name of a column"),
    "a number": (lambda _: 3, "Allowed is the name of a column"),
    "nothing": (lambda _: None, "Allowed is the name of a column"),
    "a function that raises": (lambda _: raising, f"KeyError in world 0 of {BASE}"),
    "a function of nothing": (lambda _: lambda: 1, "TypeError in world 0"),
    "a function with many numbers": (lambda _: lambda rows: rows["week"], "a Series of length"),
    "a function with one number in a list": (lambda _: lambda _: [1], "a list of length 1"),
    "a function that returns nothing": (lambda _: lambda _: None, "a NoneType for world 0"),
    "a function that returns text": (lambda _: lambda _: "1", "a str for world 0"),
    "a function that returns NaN": (lambda _: lambda _: math.nan, "blank for"),
    "a function that returns an infinite number": (lambda _: lambda _: math.inf, "infinite for"),
    "a name that is none": (lambda _: "act", "Did you mean 'acts'?"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_no_outcome_is_refused_with_the_reason(results: Results, mine: pd.Series, fault: str) -> None:
    make, said = WRONG[fault]
    with pytest.raises(InputError) as refusal:
        results.compare(make(mine))
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "acts"}, "Did you mean 'act'?"),
        ({"kind": 3}, "kind is 3"),
        ({"fill": "0"}, "fill is '0'"),
        ({"fill": True}, "fill is True"),
        ({"precision": 0}, "precision is 0"),
        ({"precision": math.nan}, "precision is nan"),
        ({"precision": "1"}, "precision is '1'"),
    ],
)
def test_options_out_of_range_are_refused(results: Results, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as refusal:
        results.compare(len, **options)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("outcome", "kind", "said"),
    [
        ("week", "act", "such as lambda rows: rows['week'].max()"),
        ("iso", "act", "Did you mean 'iso3'?"),
        ("share_request", "cut", "'share_request'"),
        ("trade_kusd", "week", "such as lambda rows: rows['trade_kusd'].max()"),
        (3, "act", "outcome is 3"),
    ],
)
def test_columns_that_do_not_add_up_are_refused(results: Results, outcome: Any, kind: str, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        results.per_world(outcome, kind=kind)
    assert said in str(refusal.value)


def test_the_rows_that_a_function_changes_are_its_own(results: Results, mine: pd.Series) -> None:
    def careless(acts: pd.DataFrame) -> int:
        acts["week"] = 0
        return len(acts)

    assert results.per_world(careless).tolist() == mine.tolist()
    assert results.acts["week"].max() > 0
