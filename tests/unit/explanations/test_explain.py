"""Explanations: what drives an act, what switching mechanisms off does, what may be refused, what is left on disk."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import maxpressure
from maxpressure.api import run
from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.explanations.attribution import (
    A_WEEK_LATE,
    AS_IT_IS,
    MECHANISMS,
    in_words,
    shapley,
    variants,
)
from maxpressure.explanations.explain import explain
from maxpressure.explanations.explanation import Explanation, explanation_of, recorded
from maxpressure.explanations.rerun import ABOUT, Conditions, conditions
from maxpressure.explanations.twin_run import twin_of_state
from maxpressure.explanations.twin_tables import UNSETTLED
from maxpressure.model.case import Case, prepare
from maxpressure.model.rules import GROUPS
from maxpressure.results.results import Results, load
from pilot import PILOT
from worlds import per_tie, plain

near = pytest.approx
WORLDS = 40
ASKED = ParameterSet(
    plain(alpha=per_tie(-12.0), beta_request=12.0, chi=0.1), "made up", "Only requests count."
)
"""Under these nothing but a request moves anybody."""


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The record and a scenario, under the pilot's parameters."""
    place = tmp_path_factory.mktemp("explain") / "results"
    names = ["max-pressure-2017", "no-september-test"]
    return run(names, worlds=WORLDS, parameters=PILOT, out=place, case=case, progress=False)


@pytest.fixture(scope="module")
def mexico(results: Results) -> Explanation:
    return explain(results, "MEX", scenario="max-pressure-2017")


@pytest.fixture(scope="module")
def asked(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    place = tmp_path_factory.mktemp("asked") / "results"
    return run("max-pressure-2017", worlds=WORLDS, parameters=ASKED, out=place, case=case, progress=False)


# ---- Shapley values


def test_two_that_work_only_together_share_alike_and_one_that_does_nothing_gets_nothing() -> None:
    """v = 1 where players 0 and 1 are both in, whatever player 2 does; in the second world v = 1 with player 0."""
    both = [1.0 if subset & 3 == 3 else 0.0 for subset in range(8)]
    first = [1.0 if subset & 1 else 0.0 for subset in range(8)]
    values = shapley(np.array([both, first]).T)
    assert values.tolist() == [near([0.5, 1.0]), near([0.5, 0.0]), near([0.0, 0.0])]


def test_three_players_by_hand() -> None:
    """v(S) = 12 with player 0 alone or beside one, 6 for 1 and 2 together, 24 for all: worked out order by order."""
    worth = {1: 12.0, 2: 0.0, 4: 0.0, 3: 12.0, 5: 12.0, 6: 6.0, 7: 24.0, 0: 0.0}
    values = shapley(np.array([[worth[subset]] for subset in range(8)]))
    orders = {0: (12 + 12 + 12 + 18 + 12 + 18) / 6, 1: (0 + 12 + 0 + 0 + 12 + 6) / 6}
    assert values[:, 0].tolist() == near([orders[0], orders[1], 24 - orders[0] - orders[1]])


@given(st.integers(0, 7), st.integers(0, 1000))
def test_shapley_values_add_up_to_all_less_none(players: int, seed: int) -> None:
    subsets = np.random.default_rng(seed).random((2**players, 5))
    assert shapley(subsets).sum(axis=0) == near(subsets[-1] - subsets[0])


# ---- switching off


def test_the_values_add_up_to_the_difference_of_all_on_and_all_off(mexico: Explanation) -> None:
    switches = mexico.switches
    assert switches.table["shapley"].sum() == near(switches.all_on.share - switches.all_off.share)
    assert 0.0 < switches.all_off.share < switches.all_on.share
    assert (switches.table["worlds"] == WORLDS).all()


def test_all_on_is_what_the_folder_holds(results: Results, mexico: Explanation) -> None:
    acts = results.table("acts", ["world", "iso3", "kind"], "max-pressure-2017")
    mine = acts[(acts["iso3"] == "MEX") & (acts["kind"] == "act")]
    assert mexico.chance.share == mine["world"].nunique() / WORLDS
    assert mexico.switches.all_on.share == mexico.chance.share


def test_a_mechanism_switched_off_is_the_scenario_without_it(
    mexico: Explanation, case: Case, tmp_path: Path
) -> None:
    """Run separately, by a scenario of its own, the shares are the same, and so do requests a week late."""
    record = case.scenario("max-pressure-2017")
    apart = [record.but(name=f"no-{name}", mechanisms={name: False}) for name in ("requests", "shocks")]
    apart.append(record.but(name="late", requests={"lag_weeks": 1}))
    simulated = run(apart, worlds=WORLDS, parameters=PILOT, out=tmp_path / "a", case=case, progress=False)
    acts = simulated.table("acts", ["scenario", "world", "iso3", "kind"])
    mine = acts[(acts["iso3"] == "MEX") & (acts["kind"] == "act")]
    shares = mine.groupby("scenario", observed=False)["world"].nunique() / WORLDS
    table = mexico.switches.table.set_index("mechanism")
    for name in ("requests", "shocks"):
        assert table.loc[name, "switched_off"] == shares[f"no-{name}"]
        assert table.loc[name, "change"] == near(shares[f"no-{name}"] - mexico.chance.share)
    assert mexico.switches.late is not None
    assert mexico.switches.late.share == shares["late"]


def test_a_change_has_the_paired_error(mexico: Explanation) -> None:
    """Differences of ones and zeros world by world: their spread is at most that of unpaired shares."""
    row = mexico.switches.table.set_index("mechanism").loc["requests"]
    p, q = mexico.switches.all_on.share, row["switched_off"]
    unpaired = math.sqrt((p * (1 - p) + q * (1 - q)) / (WORLDS - 1))
    assert 0.0 < row["change_error"] < unpaired
    lost = -row["change"]  # no world gains an act when requests go
    assert row["change_error"] == near(math.sqrt(lost * (1 - lost) / (WORLDS - 1)))


def test_a_state_that_only_requests_move_loses_all_when_they_are_off(asked: Results) -> None:
    found = explain(asked, "MEX")
    table = found.switches.table.set_index("mechanism")
    assert found.chance.share > 0.2
    assert table.loc["requests", "switched_off"] == 0.0
    assert table.loc["requests", "shapley"] == near(found.chance.share)
    assert (table.drop(index="requests")[["change", "shapley"]] == 0.0).all(axis=None)
    attribution = found.attribution.set_index("group")["mean"]
    assert attribution["request"] == near(1.0, abs=0.01)
    assert attribution.sum() == near(1.0)
    assert min(found.weeks) >= pd.Timestamp("2017-08-14")  # Pence asks on the 16th


def test_a_state_that_nobody_asks_stays_where_only_requests_count(asked: Results) -> None:
    found = explain(asked, "ESP")
    assert found.chance.share == found.switches.all_off.share == 0.0
    assert found.attribution["acts"].tolist() == [0] * len(GROUPS)
    assert found.weeks == ()


def test_switching_off_computes_no_input_anew_and_gives_worlds_the_same(results: Results) -> None:
    """A variant's inputs are those of the scenario laid out on its own."""
    conditions_ = conditions(results, "max-pressure-2017")
    found = variants(conditions_, ["shocks", "requests"])
    assert list(found) == ["variant 1 of 4", "variant 2 of 4", "variant 3 of 4", AS_IT_IS, A_WEEK_LATE]
    without_shocks = conditions_.scenario.but(mechanisms={"shocks": False})
    anew, variant = prepare(conditions_.case, without_shocks), found["variant 3 of 4"]
    assert variant.scenario == without_shocks
    for name in ("shock_now", "request", "campaign", "forbidden", "enforcement"):
        assert (getattr(variant.timeline, name) == getattr(anew.timeline, name)).all()


def test_news_of_resolutions_is_switched_together_with_what_they_forbid(results: Results) -> None:
    given = conditions(results, "max-pressure-2017")
    newsy = replace(given.situation, scenario=given.scenario.but(mechanisms={"news": True}))
    without, whole, *_ = variants(replace(given, situation=newsy), ["mandates"]).values()
    assert [one.scenario.mechanisms.news for one in (without, whole)] == [False, True]
    assert [one.scenario.mechanisms.mandates for one in (without, whole)] == [False, True]


def test_a_mechanism_that_the_scenario_has_off_is_not_switched(case: Case, tmp_path: Path) -> None:
    simulated = run(
        "with-contagion", worlds=4, parameters=PILOT, out=tmp_path / "a", case=case, progress=False
    )
    found = explain(simulated, "MEX", twins=0)
    assert set(found.switches.table["mechanism"]) == set(MECHANISMS) - {"own_acts"}
    assert len(found.switches.table) == 6
    assert "64 subsets" in found.text(1000)


def test_the_number_of_workers_changes_no_number(results: Results, mexico: Explanation) -> None:
    again = explain(results, "MEX", scenario="max-pressure-2017", workers=1)
    pd.testing.assert_frame_equal(again.switches.table, mexico.switches.table)


# ---- attributions and weeks


def test_the_attribution_is_the_mean_over_the_first_acts_of_worlds(
    results: Results, mexico: Explanation
) -> None:
    acts = results.table("acts", None, "max-pressure-2017")
    mine = acts[(acts["iso3"] == "MEX") & (acts["lead"] == True)].drop_duplicates("world")  # noqa: E712
    row = mexico.attribution.set_index("group").loc["request"]
    assert row["mean"] == near(mine["share_request"].mean())
    assert row["mcse"] == near(mine["share_request"].std() / math.sqrt(len(mine)))
    assert row["acts"] == len(mine) == round(mexico.chance.share * WORLDS)
    assert mexico.weeks[1] == sorted(mine["date"])[math.ceil(len(mine) / 2) - 1]


def test_the_record_stands_beside_it(mexico: Explanation, results: Results) -> None:
    assert mexico.record.to_dict("records") == [
        {"week": pd.Timestamp("2017-09-04"), "ties": "diplomatic 3 → 2"}
    ]
    assert recorded(conditions(results), "FRA").empty


def test_an_attribution_in_words_names_what_weighs_and_what_holds_back() -> None:
    shares = dict.fromkeys(GROUPS, 0.0) | {"request": 0.54, "mandate": 0.3, "campaign": 0.06, GROUPS[-1]: 0.1}
    one = in_words(tuple(shares.values()))
    assert re.findall(r"-?\d+ %", one) == ["54 %", "30 %", "10 %"]
    shares |= {"request": 0.45, "engagement": -0.2, GROUPS[-1]: 0.39}
    other = in_words(tuple(shares.values()))
    assert re.findall(r"-?\d+ %", other) == ["45 %", "39 %", "30 %", "-20 %"]
    assert re.findall(r"-?\d+ %", in_words((0.125,) + (0.0,) * 8)) == ["12 %"]
    assert "%" not in in_words((0.09,) * 9)


# ---- twins


def test_under_the_record_itself_twins_lose_nothing(mexico: Explanation) -> None:
    assert len(mexico.twin.sentences) == 1
    assert mexico.twin.acts is None


def test_twins_speak_of_a_state_only_where_both_couplings_agree(results: Results) -> None:
    found = twin_of_state(conditions(results, "no-september-test"), "MEX", twins=5, workers=1)
    assert found.acts is not None
    threshold, weekly = found.acts["gone_by_end"]
    disagree = UNSETTLED in found.sentences[0]
    assert disagree != bool(found.acts["agree"].iloc[0])
    assert (abs(threshold - weekly) >= 0.2) <= disagree


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("FRA", "no act on record within the set at risk"),
        ("ESP", "can affect no state before the week of 2017-12"),
    ],
)
def test_nothing_is_asked_of_twins_that_they_cannot_answer(
    case: Case, results: Results, state: str, words: str
) -> None:
    """A resolution of late December touches no act before it."""
    late = case.scenario("max-pressure-2017").but(name="late", without=["UNSCR 2397"])
    found = twin_of_state(replace(conditions(results), situation=prepare(case, late)), state, twins=5)
    assert words in found.sentences[0]
    assert found.acts is None


def test_a_scenario_without_twins_says_why(case: Case, results: Results) -> None:
    given_ = conditions(results)
    drawn = given_.scenario.but(target={"tests": "drawn"})
    found = twin_of_state(replace(given_, situation=prepare(case, drawn)), "MEX", twins=5)
    assert "No twin is possible" in found.sentences[0]
    assert "target.tests is 'drawn'. Allowed is" in found.sentences[0]


# ---- what is refused


def test_draws_come_from_the_posterior_where_the_run_took_them_from_there(case: Case, tmp_path: Path) -> None:
    simulated = run("max-pressure-2017", worlds=3, out=tmp_path / "a", case=case, progress=False)
    assert len(conditions(simulated).draws) == simulated.manifest.draws > 3
    with pytest.raises(InputError, match="are others than those of the run"):
        conditions(simulated, parameters="map")


@pytest.mark.parametrize(
    ("parameters", "draws"), [("posterior", 3), ("posterior", 1), ("prior", 4), ("map", None)]
)
def test_the_draws_of_a_run_are_found_again_however_many_it_took(
    case: Case, tmp_path: Path, parameters: str, draws: int | None
) -> None:
    simulated = run(
        "max-pressure-2017", worlds=4, parameters=parameters, draws=draws, out=tmp_path / "a", case=case,
        progress=False,
    )  # fmt: skip
    found = conditions(simulated)
    assert len(found.draws) == simulated.manifest.draws == (draws or 1)
    found.simulated_again(3)


def test_other_assumptions_are_refused(results: Results, case: Case) -> None:
    trade = case.assumptions.trade.model_copy(update={"left": (0.0, 0.2, 0.5, 1.0)})
    other = replace(case, assumptions=case.assumptions.model_copy(update={"trade": trade}))
    with pytest.raises(InputError, match="evidence or assumptions have changed since"):
        conditions(results, case=other)


def edited_manifest(results: Results, **changes: object) -> Results:
    """The results under a manifest that says something else."""
    files = replace(results.files, manifest=results.manifest.model_copy(update=changes))
    return replace(results, files=files)


def test_worlds_that_do_not_come_again_are_refused_by_both_engines(results: Results) -> None:
    other = conditions(edited_manifest(results, seed=3, code="of another day"))
    with pytest.raises(InputError, match=r"no longer equal.*code has changed since"):
        explanation_of(other, "MEX")
    with pytest.raises(InputError, match="world 2 of no-september-test no longer equal"):
        other.simulated_again(2)


def test_states_of_ones_own_class_are_refused(results: Results) -> None:
    with pytest.raises(InputError, match="worlds of the model's own State"):
        conditions(edited_manifest(results, state_class="Stubborn"))


def test_a_folder_of_other_code_is_explained_if_its_worlds_come_again(results: Results) -> None:
    other = explain(edited_manifest(results, code="of another day"), "MEX", worlds=2, twins=0)
    assert "code has changed since" in other.markdown()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--state", "MXE"], "Did you mean 'MEX Mexico'"),
        (["--state", "CHN"], "CHN is a patron"),
        (["--state", "KOR"], "one of the principals"),
        (["--world", "40"], "a whole number from 0 to 39"),
        (["--world", "-1"], "a whole number from 0 to 39"),
        (["--worlds", "5"], "--worlds has no meaning without --state"),
        (["--state", "MEX", "--world", "1"], "are both there"),
        (["--world", "1", "--worlds", "5"], "--worlds has no meaning beside --world"),
        (["--state", "MEX", "--scenario", "no-september"], "Did you mean 'no-september-test'"),
        (["--state", "MEX", "--parameters", "map"], "are others than those of the run"),
    ],
)
def test_bad_input_is_named_with_what_is_allowed(results: Results, option: list[str], words: str) -> None:
    refused = call("explain", results.place, *option)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert not (results.folder / "explain").exists()


# ---- what is printed and left


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_state_is_explained_on_the_terminal_and_in_a_folder(results: Results, tmp_path: Path) -> None:
    out = tmp_path / "mexico"
    first = ["--scenario", "max-pressure-2017", "--state", "MEX", "--worlds", "5"]
    said = call("explain", results.place, *first, "--out", str(out))
    assert said.exit_code == 0
    printed = " ".join(said.stdout.split())
    for words in (
        "Mexico (MEX)",
        "max-pressure-2017",
        "32 subsets",
        "5 worlds",
        CONTAGION,
        REQUESTS,
        "2017-09-04",
    ):
        assert words in printed
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [ABOUT, "attribution.csv", "switch_off.csv", "explanation.md"]
    )
    assert json.loads((out / ABOUT).read_text())["state"] == "MEX"
    table = pd.read_csv(out / "switch_off.csv")
    on = [name for name in MECHANISMS if name not in ("contagion", "own_acts")]
    assert table["mechanism"].tolist() == on
    assert table["worlds"].tolist() == [5] * len(on)


def test_an_explanation_is_written_again_but_nothing_else_is_ever_replaced(
    mexico: Explanation, tmp_path: Path
) -> None:
    out = tmp_path / "mexico"
    mexico.save(out)
    before = (out / "attribution.csv").read_bytes()
    mexico.save(out)
    assert (out / "attribution.csv").read_bytes() == before
    (out / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"mine\.txt"):
        mexico.save(out, force=True)


def test_results_with_explanations_in_them_are_still_results(case: Case, tmp_path: Path) -> None:
    def simulated() -> Results:
        place = tmp_path / "a"
        return run("max-pressure-2017", worlds=2, parameters=PILOT, out=place, case=case, progress=False)

    place = simulated().place
    assert call("explain", place, "--state", "MEX", "--quiet").stdout == ""
    assert (Path(place) / "explain" / "max-pressure-2017" / "MEX" / ABOUT).is_file()
    assert simulated().reused
    load(place).check()


def test_page_and_terminal_have_the_same_sentences(mexico: Explanation) -> None:
    page = mexico.markdown()
    for line in mexico.text(10_000).splitlines():
        if line and "  " not in line:
            assert line in page


def test_help_teaches() -> None:
    said = call("explain", "--help").stdout
    for words in ("Examples", "--state ESP", "--world 7", "Exit codes", "cascade.png", "last bit"):
        assert words in said


def test_a_notebook_finds_it_on_the_contents_page() -> None:
    assert maxpressure.explain is explain
    assert {"explain", "story", "cascade"} <= set(maxpressure.__all__)


def test_conditions_know_the_folders_code(results: Results) -> None:
    found = conditions(results)
    assert isinstance(found, Conditions)
    assert found.same_code
    assert found.finished().tolist() == list(range(WORLDS))
