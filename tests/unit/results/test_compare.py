"""Scenarios compared world by world: the statistics, which worlds pair, and which folders are refused."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

import maxpressure.experiments.experiment
import maxpressure.experiments.manifest
from batches import short
from maxpressure import compare
from maxpressure.api import run
from maxpressure.base.errors import InputError
from maxpressure.experiments.batch import run_batch
from maxpressure.experiments.experiment import Experiment
from maxpressure.experiments.schema import OUTCOMES
from maxpressure.explanations.rerun import conditions
from maxpressure.model.agents import State, Week
from maxpressure.model.case import Case
from maxpressure.report.comparison import comparison
from maxpressure.results.compare import COLUMNS, Pairs, needed, row_of
from maxpressure.results.quantiles import quantiles
from maxpressure.results.results import Results, load
from maxpressure.results.statistics import KEY_OUTCOMES
from part_folders import TWO, Broken, Fragile, laid_out, planned
from pilot import PILOT

THREE = (*TWO, "with-contagion")
BLANK = math.nan


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three scenarios in 25 worlds each."""
    return laid_out(planned(case, THREE, worlds=25), tmp_path_factory.mktemp("compare") / "a", width=10)


def paired(count: int, draws: list[int] | None = None) -> Pairs:
    """So many pairs of worlds, all of one draw unless their draws are given."""
    rows = np.arange(count)
    drawn = np.zeros(count, dtype=np.int64) if draws is None else np.array(draws)
    fewest = int(np.unique(drawn, return_counts=True)[1].min())
    return Pairs(rows=rows, rows_against=rows, draws=drawn, failed=0, unpaired=0, fewest=fewest)


def differences(ours: list[float], theirs: list[float], draws: list[int] | None = None) -> dict[str, float]:
    """The numbers about these acts in pairs of worlds."""
    numbers = np.array(ours, dtype=float), np.array(theirs, dtype=float)
    return row_of("acts", *numbers, paired(len(ours), draws), apart=False)


# ---- the statistics


def test_the_numbers_are_those_reckoned_by_hand() -> None:
    row = differences([12, 9, 11, 8], [10, 10, 10, 10])
    assert row["mean"] == 0.0  # of 2, −1, 1, −2
    assert row["mcse"] == pytest.approx(math.sqrt(10 / 3) / 2)
    assert row["ci_high"] == pytest.approx(3.182446 * math.sqrt(10 / 3) / 2)
    assert row["ci_low"] == -row["ci_high"]
    assert (row["p05"], row["median"], row["p95"]) == (-2.0, -1.0, 2.0)
    assert (row["more"], row["same"], row["fewer"]) == (0.5, 0.0, 0.5)
    assert row["fewer_worlds_by"] == pytest.approx(
        1.0
    )  # the baseline does not vary, so pairing gains nothing
    assert (row["worlds"], row["draws"], row["enough"]) == (4, 1, False)


def test_the_interval_is_that_of_a_paired_t_test() -> None:
    random = np.random.default_rng(3)
    theirs = random.normal(50, 8, 30)
    ours = theirs + random.normal(-3, 2, 30)
    row = differences(list(ours), list(theirs))
    low, high = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
    assert row["fewer_worlds_by"] == pytest.approx(
        (ours.var(ddof=1) + theirs.var(ddof=1)) / (ours - theirs).var(ddof=1)
    )


def test_with_several_draws_the_interval_is_that_of_their_means() -> None:
    random = np.random.default_rng(4)
    draws = np.repeat(np.arange(6), 5)
    theirs = random.normal(50, 8, 30)
    ours = theirs + random.normal(-3, 2, 6)[draws]
    row = differences(list(ours), list(theirs), list(draws))
    means = pd.Series(ours - theirs).groupby(draws).mean()
    low, high = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
    assert (row["worlds"], row["draws"]) == (30, 6)
    assert row["needed"] % 5 == 0  # as many worlds of each draw as there are


@given(
    spread=st.floats(min_value=0.01, max_value=30),
    precision=st.floats(min_value=0.05, max_value=5),
)
def test_the_worlds_needed_are_the_fewest_that_suffice(spread: float, precision: float) -> None:
    def half(units: int) -> float:
        return float(stats.t.ppf(0.975, units - 1)) * spread / math.sqrt(units)

    least = needed(spread, precision)
    assert least is not None
    assert half(least) <= precision * (1 + 1e-12)
    assert least == 2 or half(least - 1) > precision * (1 - 1e-12)


@given(
    pairs=arrays(np.float64, st.tuples(st.integers(2, 40), st.just(2)), elements=st.integers(0, 60)),
    draws=st.integers(1, 5),
)
def test_there_are_enough_worlds_just_when_no_more_are_needed(pairs: np.ndarray, draws: int) -> None:
    row = differences(list(pairs[:, 0]), list(pairs[:, 1]), list(np.arange(len(pairs)) % draws))
    if len(pairs) % draws == 0:
        assert row["enough"] == (row["needed"] <= row["worlds"])
    assert row["more"] + row["same"] + row["fewer"] == pytest.approx(1.0)
    assert row["p05"] <= row["median"] <= row["p95"]


def test_a_milestone_never_reached_is_later_than_all_others_and_in_no_mean() -> None:
    row = differences([5, BLANK, 7, BLANK], [4, 6, BLANK, BLANK])
    assert (row["mean"], row["blank"], row["worlds"]) == (1.0, 3, 4)
    assert (row["more"], row["same"], row["fewer"]) == (0.5, 0.25, 0.25)
    assert math.isnan(row["p05"])
    assert row["median"] == 0.0
    assert math.isnan(row["p95"])


def test_where_no_world_reached_a_milestone_there_is_no_mean() -> None:
    row = differences([BLANK, BLANK], [BLANK, BLANK])
    assert math.isnan(row["mean"])
    assert (row["same"], row["blank"], row["needed"]) == (1.0, 2, None)


def test_a_difference_that_is_the_same_in_every_world_has_no_spread_whatever_its_last_bits() -> None:
    theirs = [0.1 * place for place in range(1, 1001)]
    row = differences([number - 8.66 for number in theirs], theirs)
    assert (row["mcse"], row["fewer_worlds_by"], row["needed"]) == (0.0, math.inf, 2)


def test_a_single_world_has_a_difference_and_no_interval() -> None:
    row = differences([3], [5])
    assert row["mean"] == -2.0
    assert math.isnan(row["ci_low"])
    assert row["needed"] is None


@given(
    numbers=arrays(np.float64, st.integers(2, 30), elements=st.integers(0, 60) | st.just(BLANK)),
    draws=st.integers(1, 4),
)
def test_what_is_compared_with_itself_differs_in_nothing(numbers: np.ndarray, draws: int) -> None:
    row = differences(list(numbers), list(numbers), list(np.arange(len(numbers)) % draws))
    assert (row["p05"], row["median"], row["p95"], row["same"]) == (0.0, 0.0, 0.0, 1.0)
    reached = int((~np.isnan(numbers)).sum())
    assert row["mean"] == 0.0 or reached == 0
    assert row["mcse"] == 0.0 or min(reached, len(numbers)) < 2 or row["draws"] < 2


# ---- of a folder


def test_there_is_a_row_for_each_scenario_but_the_first_and_each_key_outcome(results: Results) -> None:
    table = results.compare()
    assert tuple(table.columns) == COLUMNS
    assert list(zip(table["scenario"], table["outcome"], strict=True)) == [
        (name, outcome) for name in THREE[1:] for outcome in KEY_OUTCOMES
    ]
    assert table["planned"].all()
    assert set(table["against"]) == {THREE[0]}


def test_the_differences_are_those_of_worlds_of_the_same_number(results: Results) -> None:
    worlds = results.worlds.set_index("world")
    one, other = (worlds[worlds["scenario"] == name]["trade_left"] for name in ("no-campaign", THREE[0]))
    row = results.compare("trade_left").set_index("scenario").loc["no-campaign"]
    points = 100 * (one - other).to_numpy()
    assert row["unit"] == "points of base-year trade"
    assert row["mean"] == pytest.approx(points.mean())
    assert row["mcse"] == pytest.approx(points.std(ddof=1) / 5)
    assert [row["p05"], row["median"], row["p95"]] == pytest.approx(list(quantiles(points, (5, 50, 95))))
    assert row["fewer"] == (points < 0).mean()


def test_another_baseline_turns_the_sign(results: Results) -> None:
    one = results.compare("acts").set_index("scenario").loc["no-campaign"]
    other = results.compare("acts", against="no-campaign").set_index("scenario").loc[THREE[0]]
    assert other["mean"] == -one["mean"]
    assert (other["more"], other["ci_low"]) == (one["fewer"], -one["ci_high"])


def test_an_outcome_not_fixed_in_advance_is_exploratory_and_has_no_precision(results: Results) -> None:
    table = results.compare("acts", "hhi").set_index("outcome")
    assert table["planned"].groupby(level=0, observed=True).all().to_dict() == {"acts": True, "hhi": False}
    assert table.loc["hhi", "needed"].isna().all()
    assert table.loc["hhi", "enough"].isna().all()
    assert results.compare(*OUTCOMES)["planned"].sum() == len(KEY_OUTCOMES) * (len(THREE) - 1)


BAD = {
    "an unknown outcome": (("act",), {}, "Did you mean 'acts'?"),
    "an unknown baseline": (("acts",), {"against": "no-campain"}, "Did you mean 'no-campaign'?"),
}


@pytest.mark.parametrize("fault", BAD)
def test_unknown_names_are_refused(results: Results, fault: str) -> None:
    outcomes, options, said = BAD[fault]
    with pytest.raises(InputError) as refusal:
        results.compare(*outcomes, **options)
    assert said in str(refusal.value)


def test_a_scenario_alone_has_nothing_to_be_compared_with(case: Case, tmp_path: Path) -> None:
    alone = laid_out(planned(case, TWO[:1], worlds=2), tmp_path / "a")
    with pytest.raises(InputError, match="holds one scenario, max-pressure-2017"):
        alone.compare()


def test_scenarios_over_other_weeks_are_left_out(case: Case, tmp_path: Path) -> None:
    early = short("early").but(window={"start": dt.date(2017, 5, 1), "weeks": 12})
    mixed = laid_out(planned(case, [short(), early, short("quiet")], worlds=2), tmp_path / "a")
    assert set(mixed.compare("acts")["scenario"]) == {"quiet"}
    with pytest.raises(InputError, match="from 2017-05-01 for 12 weeks"):
        mixed.compare("acts", against="early")


def test_failed_worlds_take_their_pair_with_them_and_are_counted(case: Case, tmp_path: Path) -> None:
    window = {"start": dt.date(2016, 1, 4), "weeks": 6}
    early = [short(name).but(window=window) for name in ("short", "quiet")]
    half = laid_out(planned(case, early, worlds=6, state_class=Fragile), tmp_path / "b")
    row = half.compare("acts").iloc[0]
    assert (row["worlds"], row["failed"]) == (3, 3)
    broken = laid_out(planned(case, early, worlds=2, state_class=Broken), tmp_path / "c")
    row = broken.compare("acts").iloc[0]
    assert (row["worlds"], row["failed"]) == (0, 2)
    assert math.isnan(row["mean"])


# ---- of two folders


@pytest.fixture
def tomorrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is a day ahead."""
    later = maxpressure.experiments.manifest.utc_now() + dt.timedelta(days=1)
    for module in (maxpressure.experiments.manifest, maxpressure.experiments.experiment):
        monkeypatch.setattr(module, "utc_now", lambda: later)


def autumn(case: Case, *names: str, worlds: int = 12, **how: object) -> Experiment:
    """Some of three short scenarios, in the order in which they are named."""
    known = {
        "short": short(),
        "quiet": short("quiet", secondary_sanctions=0.0),
        "alone": short("alone", mechanisms={"contagion": True}),
    }
    return planned(case, [known[name] for name in names], worlds=worlds, **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def together(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return laid_out(autumn(case, "short", "quiet", "alone"), tmp_path_factory.mktemp("together") / "a")


@pytest.mark.usefixtures("tomorrow")
def test_folders_made_a_day_apart_by_other_engines_and_workers_pair_as_if_they_were_one(
    case: Case, tmp_path: Path, together: Results
) -> None:
    sources = list(autumn(case, "alone", "quiet", "short").scenarios)
    later = run(
        sources, worlds=12, seed=11, engine="world", workers=1, parameters=PILOT, case=case,
        out=tmp_path / "later", progress=False,
    )  # fmt: skip
    batch = run_batch(autumn(case, "short", "alone"), tmp_path / "batch", workers=2, progress=False)
    assert batch.manifest.started - together.manifest.started > dt.timedelta(hours=23)
    assert later.manifest.engine != together.manifest.engine
    within = together.compare(*OUTCOMES)
    for other in (later, maxpressure.load(batch.place)):
        across = compare(together, other, *OUTCOMES, against="short")
        pd.testing.assert_frame_equal(across, within, check_exact=True)


def test_the_worlds_that_both_folders_have_are_compared(
    case: Case, tmp_path: Path, together: Results
) -> None:
    fewer = laid_out(autumn(case, "short", worlds=7), tmp_path / "a")
    both = laid_out(autumn(case, "short", "quiet", "alone", worlds=7), tmp_path / "b")
    across = compare(together, fewer)
    assert (across["worlds"] == 7).all()
    assert (across["unpaired"] == 5).all()
    expected = both.compare().assign(unpaired=5)
    pd.testing.assert_frame_equal(across, expected, check_exact=True)


def test_folders_of_one_scenario_each_are_compared_even_where_it_is_the_same(
    case: Case, tmp_path: Path
) -> None:
    one, same = (laid_out(autumn(case, "quiet"), tmp_path / name) for name in ("a", "b"))
    base = laid_out(autumn(case, "short"), tmp_path / "c")
    assert list(compare(one, base, "acts")["scenario"]) == ["quiet"]
    itself = compare(one, same, *OUTCOMES)
    assert (itself["same"] == 1.0).all()
    assert (itself["mean"].dropna() == 0.0).all()
    assert (itself["mcse"].dropna() == 0.0).all()


def but(results: Results, **changes: object) -> Results:
    """The results under a manifest that says something else."""
    manifest = results.manifest.model_copy(update=changes)
    return replace(results, files=replace(results.files, manifest=manifest))


UNPAIRABLE = {
    "another seed": ({"seed": 12}, "seed was 11, now 12"),
    "other evidence": ({"evidence": "other"}, "evidence differs"),
    "other assumptions": ({"assumptions": "other"}, "assumptions differs"),
    "another program": ({"code": "other"}, "code differs"),
    "another version": ({"versions": {"maxpressure": "0.0.1"}}, "versions.maxpressure was 0.1.0, now 0.0.1"),
    "other draws": ({"draws_digest": "other"}, "draws_digest differs"),
    "more draws": ({"draws": 50}, "draws was 1, now 50"),
    "another case": ({"case": "Elsewhere"}, "now Elsewhere"),
}


@pytest.mark.parametrize("fault", UNPAIRABLE)
def test_folders_that_cannot_be_paired_are_refused_with_the_reason(
    case: Case, tmp_path: Path, together: Results, fault: str
) -> None:
    changes, reason = UNPAIRABLE[fault]
    other = but(laid_out(autumn(case, "quiet", worlds=2), tmp_path / "a"), **changes)
    with pytest.raises(InputError) as refusal:
        compare(other, together)
    assert (refusal.value.file, refusal.value.key) == (other.place, "folder")
    assert reason in refusal.value.given  # type: ignore[operator]
    assert "run the scenarios again" in str(refusal.value)


class Idle(State):
    """The rule as it is."""


class Loyal(State):
    """A state that never acts."""

    def plan(self, week: Week, request: float, incident: float, courtship: float) -> None:
        super().plan(week, request, incident, courtship)
        self.act = ()


def test_a_rule_of_ones_own_is_compared_with_the_rule_in_the_same_worlds(
    case: Case, tmp_path: Path, together: Results
) -> None:
    loyal = laid_out(autumn(case, "short", "quiet", worlds=4, state_class=Loyal), tmp_path / "a")
    table = compare(loyal, together, "acts").set_index("scenario")
    assert list(table.index) == ["short with Loyal", "quiet with Loyal"]
    assert set(table["against"]) == {"short with State"}
    acts = together.table("worlds", ["acts"], "short")["acts"].iloc[:4].astype(float)
    assert table.loc["short with Loyal", "mean"] == pytest.approx(-acts.mean())
    assert (table["worlds"].tolist(), table["unpaired"].tolist()) == ([4, 4], [8, 8])


def test_a_rule_that_changes_nothing_differs_in_nothing(
    case: Case, tmp_path: Path, together: Results
) -> None:
    idle = laid_out(autumn(case, "short", worlds=4, state_class=Idle), tmp_path / "a")
    table = compare(idle, together, *OUTCOMES)
    assert set(table["scenario"]) == {"short with Idle"}
    assert (table["same"] == 1.0).all()


def test_the_page_of_two_rules_names_both(case: Case, tmp_path: Path, together: Results) -> None:
    loyal = laid_out(autumn(case, "short", worlds=4, state_class=Loyal), tmp_path / "a")
    text = " ".join(comparison(loyal, together, case).text(100).split())
    assert "Differences from short with State" in text
    assert f"of the class Loyal in {loyal.place}, of the class State in {together.place}" in text
    assert "state_class=Loyal" in text


def test_two_rules_of_ones_own_with_other_seeds_stay_apart(
    case: Case, tmp_path: Path, together: Results
) -> None:
    loyal = laid_out(autumn(case, "short", worlds=2, seed=12, state_class=Loyal), tmp_path / "a")
    with pytest.raises(InputError, match="seed was 11, now 12"):
        compare(loyal, together)


def test_one_name_for_two_texts_is_refused(case: Case, tmp_path: Path, together: Results) -> None:
    other = laid_out(planned(case, [short("quiet", campaign={"scale": 0.5})], worlds=2), tmp_path / "a")
    with pytest.raises(InputError, match="quiet has another text") as refusal:
        compare(other, together)
    assert "a name of its own" in str(refusal.value)


def test_folders_over_other_weeks_are_refused(case: Case, tmp_path: Path, together: Results) -> None:
    early = short("early").but(window={"start": dt.date(2017, 5, 1), "weeks": 12})
    other = laid_out(planned(case, [early], worlds=2), tmp_path / "a")
    with pytest.raises(InputError, match="from 2017-08-07 for 12 weeks"):
        compare(other, together)


def test_what_a_set_of_parameters_is_called_does_not_keep_folders_apart(
    case: Case, tmp_path: Path, together: Results
) -> None:
    other = laid_out(autumn(case, "quiet"), tmp_path / "a")
    renamed = other.manifest.parameters.model_copy(update={"source": "elsewhere"})
    across = compare(but(other, parameters=renamed), together, "acts")
    assert across["mean"].iloc[0] == together.compare("acts")["mean"].iloc[0]


def test_whatever_takes_results_takes_the_path_of_their_folder(results: Results) -> None:
    assert load(results) is results
    assert load(results.folder).manifest == results.manifest
    for path in (results.folder, str(results.folder)):
        assert conditions(path).results.manifest == results.manifest
        pd.testing.assert_frame_equal(compare(path, results), compare(results, path))
