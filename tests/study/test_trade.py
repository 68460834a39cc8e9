"""The target's trade in a replay of the record, against what customs and statisticians counted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.priors import Grid, Normal, Priors, load_priors
from maxpressure.inference.checks.trade import (
    DRAWN,
    draw_trade,
    replayed_trade,
    trade_table,
    verdict_in_words,
    with_band,
)
from maxpressure.model.case import Case

near = pytest.approx


@pytest.fixture(scope="module")
def trade(case: Case, pilot: Parameters) -> pd.DataFrame:
    return replayed_trade(case, pilot)


@pytest.fixture(scope="module")
def table(case: Case, trade: pd.DataFrame) -> pd.DataFrame:
    return trade_table(case, trade).set_index(["period", "reporter", "flow"])


# ---- what must show


@pytest.mark.parametrize(
    ("row", "bound"),
    [
        (("2017", "KOTRA", "total"), 0.10),
        (("2017", "China customs", "patron_imports"), 0.10),
        (("2017", "KOTRA", "patron_share"), 0.02),
        (("2018", "KOTRA", "total"), 0.20),
        (("2018", "KOTRA", "patron_share"), 0.02),
    ],
)
def test_the_model_lies_as_near_to_the_record_as_it_must(
    table: pd.DataFrame, row: tuple[str, str, str], bound: float
) -> None:
    """The path was set from figures of 2017 alone; those of 2018 are met without having been used."""
    assert abs(table.loc[row, "gap"]) <= bound
    assert table.loc[row, "verdict"] == "met"
    assert table.loc[row, "use"] == ("test" if row[0] == "2018" else "known")


def test_the_months_from_which_chinas_path_was_set_come_out(table: pd.DataFrame) -> None:
    for period in ("2017-01..2017-09", "2017-12", "2017"):
        assert abs(table.loc[(period, "China customs", "patron_imports"), "gap"]) < 0.03


def test_what_was_not_met_stays_in_view(table: pd.DataFrame) -> None:
    """In 2018 China stopped more of its purchases than its December of 2017 implied."""
    assert table.loc[("2018-01..2018-08", "China customs", "patron_imports"), "gap"] > 0.5
    assert table.loc[("2018", "KOTRA", "target_exports"), "gap"] > 0.5
    assert table.loc[("2018-01..2018-08", "China customs", "patron_imports"), "verdict"] == "missed"
    assert table.loc[("2018", "KOTRA", "target_exports"), "verdict"] == "missed"


def test_every_figure_has_a_bound_by_its_use_and_a_verdict_by_its_gap(table: pd.DataFrame) -> None:
    shares = table.index.get_level_values("flow") == "patron_share"
    assert set(table.loc[shares, "bound"]) == {0.02}
    assert set(table.loc[~shares & (table["use"] == "known"), "bound"]) == {0.10}
    assert set(table.loc[~shares & (table["use"] == "test"), "bound"]) == {0.20}
    assert ((table["gap"].abs() <= table["bound"]) == (table["verdict"] == "met")).all()
    assert set(table["verdict"]) == {"met", "missed"}
    tests = table[table["use"] == "test"]
    counted = f"{(tests['verdict'] == 'met').sum()} of {len(tests)} tests met"
    assert counted in verdict_in_words(table.reset_index())


def test_another_path_would_fall_outside(case: Case, pilot: Parameters) -> None:
    """So the tests above could fail: with a China that stops nothing, and with third states that stop half."""
    china = case.assumptions.patrons["CHN"]
    idle = tuple(step.model_copy(update={"level": 0.0}) for step in china.enforcement)
    patrons = case.assumptions.patrons | {"CHN": china.model_copy(update={"enforcement": idle})}
    lax = type(case)(case.evidence, case.assumptions.model_copy(update={"patrons": patrons}))
    of_lax = trade_table(lax, replayed_trade(lax, pilot)).set_index(["period", "flow"])
    assert of_lax.loc[("2017", "total"), "verdict"] == "missed"
    assert of_lax.loc[("2017", "patron_imports"), "verdict"] == "missed"
    assert of_lax.loc[("2018", "total"), "verdict"] == "missed"
    halved = trade_table(case, replayed_trade(case, pilot._replace(enforcement=0.5)))
    assert halved.set_index(["period", "flow"]).loc[("2018", "patron_share"), "verdict"] == "missed"


def test_the_year_that_was_not_used_lies_within_an_error_of_the_last_step(
    case: Case, pilot: Parameters, table: pd.DataFrame
) -> None:
    """Its standard deviation is the step of the log odds of China's path within 2017, and no figure of 2018."""
    first, second = (step.level for step in case.assumptions.patrons["CHN"].enforcement[1:])
    step = np.log(second / (1.0 - second)) - np.log(first / (1.0 - first))
    error = load_priors().by_name["enforcement_error"]
    assert isinstance(error, Normal)
    assert (error.standing, error.mean) == ("assumed", 0.0)
    assert step == near(error.sd, abs=0.01)
    found = with_band(table.reset_index(), case, pilot, load_priors())
    of_2018 = found[found["use"] == "test"]
    assert len(of_2018) == 7
    assert set(of_2018["inside"]) == {"yes"}
    assert "in it are 7 of the tests" in verdict_in_words(found)
    assert (found["low"] <= found["model_ratio"]).all()
    assert (found["model_ratio"] <= found["high"]).all()
    within = (found["low"] <= found["record_ratio"]) & (found["record_ratio"] <= found["high"])
    assert ((found["inside"] == "yes") == within).all()


def test_figures_that_one_replay_misses_lie_in_the_band_alone(
    case: Case, pilot: Parameters, table: pd.DataFrame
) -> None:
    """So the band says something: with a tenth of that error China's purchases of 2018 lie outside."""
    by_name = load_priors().by_name
    narrow = by_name["enforcement_error"].model_copy(update={"sd": 0.12})
    found = with_band(table.reset_index(), case, pilot, Priors({**by_name, "enforcement_error": narrow}))
    of_2018 = found[found["use"] == "test"].set_index("flow")["inside"]
    assert (of_2018["patron_imports"] == "no").all()
    assert of_2018["target_exports"] == "no"


def test_without_an_error_the_table_has_no_band(case: Case, pilot: Parameters, table: pd.DataFrame) -> None:
    plain, by_name = table.reset_index(), load_priors().by_name
    none = Grid(family="grid", values=[0.0], standing="assumed", reason="a test without an error")
    assert with_band(plain, case, pilot, Priors({**by_name, "enforcement_error": none})) is plain
    assert "they have no interval" in verdict_in_words(plain)


# ---- how it is reckoned


def test_the_days_of_three_years_add_up_by_flow_and_partner(trade: pd.DataFrame) -> None:
    assert (trade.index[0], trade.index[-1]) == (pd.Timestamp("2016-01-04"), pd.Timestamp("2018-12-30"))
    assert (trade["target_exports"] + trade["target_imports"]).to_numpy() == near(trade["total"].to_numpy())
    of_china = trade["patron_imports"] + trade["patron_exports"]
    assert of_china.to_numpy() == near(trade["patron_total"].to_numpy())  # China takes up nobody's trade
    assert trade["total"].iloc[0] == near(5971.631, abs=0.001)  # of UN Comtrade in 2016


def test_ratios_are_to_the_2016_of_the_same_reporter(table: pd.DataFrame) -> None:
    total = table.loc[("2017", "KOTRA", "total")]
    assert total["record_ratio"] == near(5550 / 6550)
    worked_back = table.loc[("2017", "China customs", "patron_imports")]
    assert worked_back["record_ratio"] == near(1.0 - 0.33)
    assert table.loc[("2018", "KOTRA", "target_imports"), "record_ratio"] == near(2600 / (3780 / 1.018))


def test_a_share_is_compared_by_the_points_gained_on_2016(table: pd.DataFrame, trade: pd.DataFrame) -> None:
    row = table.loc[("2017", "KOTRA", "patron_share")]
    before, after = (trade.loc[year].mean() for year in ("2016", "2017"))
    gained = after["patron_total"] / after["total"] - before["patron_total"] / before["total"]
    assert row["gap"] == near(gained - (0.948 - 5260 / 0.868 / 6550))


def test_months_count_at_yearly_rates_and_in_money_of_their_length(
    table: pd.DataFrame, trade: pd.DataFrame
) -> None:
    row = table.loc[("2017-01..2017-09", "China customs", "patron_imports")]
    rate = trade.loc["2017-01-01":"2017-09-30", "patron_imports"].mean()
    assert row["model"] == near(0.75 * rate)
    assert row["record_ratio"] == near(1480 / 0.75 / (1720 / 0.67))


def test_the_picture_shows_each_flow_as_a_line_and_each_figure_as_a_bar_at_its_ratio(
    case: Case, trade: pd.DataFrame
) -> None:
    table = trade_table(case, trade)
    axes = draw_trade(Figure().add_subplot(), trade, table)
    lines = {line.get_label(): line for line in axes.lines if not str(line.get_label()).startswith("_")}
    bars = [line.get_ydata() for line in axes.lines if str(line.get_label()).startswith("_")]
    assert list(lines) == list(DRAWN.values())
    shown = table[table["flow"].isin(DRAWN)]
    assert sorted(float(bar[0]) for bar in bars) == near(sorted(100.0 * shown["record_ratio"]))
    assert axes.get_ylabel() == "% of the yearly rate of 2016"
    drawn = np.asarray(lines["all trade (KOTRA)"].get_ydata(), dtype=float)
    assert drawn[:363].mean() == near(100.0)  # from 4 January of a leap year
