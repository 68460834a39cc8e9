"""The library of scenarios: each changes something, rests on what it says it rests on, and is listed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from maxpressure.base.errors import InputError
from maxpressure.base.paths import folder
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.parameters import load_parameters
from maxpressure.evidence.requests import RequestRow
from maxpressure.evidence.schema import PressureRow
from maxpressure.experiments.experiment import read_experiment
from maxpressure.model.case import Case, Situation, prepare
from maxpressure.model.inputs import ADDRESSED, REQUESTS, edited_inputs
from maxpressure.model.library import (
    THEMES,
    Described,
    described,
    edit_of,
    edited_keys,
    library,
    without_effect,
)
from maxpressure.scenario import Scenario, shipped_scenarios
from maxpressure.scenario.check import ASKED, REASONED, check_written
from maxpressure.scenario.scenario import OWN_KEYS

YEAR_EARLIER = -52 * 7
WORLDS = 60
NAMES = sorted(set(shipped_scenarios()) - {"max-pressure-2017"})


def of_2017(case: Case, *kinds: str) -> list[PressureRow]:
    return [row for row in case.evidence.pressure if row.date.year == 2017 and row.kind in kinds]


def third(case: Case, row: PressureRow) -> list[str]:
    return [iso3 for iso3 in row.targets if iso3 in case.vocabulary().states]


def asking(case: Case) -> list[RequestRow]:
    """The requests of the record that count: those to third states."""
    return [row for row in case.evidence.requests if row.iso3 in case.vocabulary().states and row.strength]


def by(row: RequestRow) -> str:
    return "USA" if row.sender == "USA" else "KOR"


def added(scenario: Scenario) -> list[tuple[dt.date, str, float, str]]:
    """Requests that a scenario adds, one for each state."""
    requests = scenario.requests.add
    return [(one.date, one.by, one.strength, iso3) for one in requests for iso3 in one.states]


# ---- each changes something


@pytest.fixture(scope="module")
def simulated(situation_of: Callable[[str], Situation]) -> Callable[[str], tuple[bytes, bytes]]:
    """The changes of level and the trade left in worlds at the posterior's mode, by the scenario's name."""
    mode = load_parameters().values

    def simulate(name: str) -> tuple[bytes, bytes]:
        found = Ensemble(situation_of(name), [mode]).simulate(0, WORLDS, seed=2017, attributions=False)
        return found.output.changes[: found.changes].tobytes(), found.output.world_floats[:, 0].tobytes()

    return simulate


@pytest.mark.parametrize("name", NAMES)
def test_with_common_random_numbers_a_scenario_differs_from_the_one_it_extends_in_acts_or_trade(
    case: Case, simulated: Callable[[str], tuple[bytes, bytes]], name: str
) -> None:
    parent = case.scenario(name).extends
    assert parent is not None
    assert simulated(name) != simulated(parent)


# ---- what it says it does


def test_the_council_alone_leaves_nobody_else_pressing(case: Case) -> None:
    scenario = case.scenario("un-only")
    inputs = edited_inputs(case.evidence, case.assumptions, scenario)
    pressed = [one for one in inputs.of(ADDRESSED) if set(one.targets) & case.vocabulary().states.keys()]
    assert [one.name for one in pressed if one.strength > 0.0] == []
    timeline = prepare(case, scenario).timeline
    assert not timeline.request.any()
    assert not timeline.campaign.any()
    assert not timeline.secondary.any()
    assert timeline.forbidden.any()


def test_the_early_campaign_is_that_of_2017_whole_and_52_weeks_earlier(case: Case) -> None:
    scenario = case.scenario("early-campaign-2016")
    asked = of_2017(case, "us_campaign_diplomacy")
    alone = [
        row.request_id
        for row in asking(case)
        if row.date.year == 2017 and by(row) == "USA" and not row.pressure_row
    ]
    steps = {step.name for step in case.assumptions.campaign}
    listed = [row for row in case.evidence.pressure if row.name in steps and row.date.year == 2017]
    assert dict(scenario.shift) == dict.fromkeys(
        [*(row.name for row in [*asked, *listed]), *alone], YEAR_EARLIER
    )
    before, after = (prepare(case, one).timeline for one in (case.scenario("max-pressure-2017"), scenario))
    spring = (dt.date(2016, 12, 26) - before.origin).days // 7
    assert after.campaign[spring] > 2.0 * before.campaign[spring]
    assert (after.shock_whole == before.shock_whole).all()


def test_unused_levers_come_with_the_order_of_2016_at_the_height_of_2017(case: Case) -> None:
    scenario = case.scenario("unused-levers-2016")
    order = case.vocabulary().inputs["Executive Order 13722"]
    (step,), (added,) = scenario.secondary_sanctions, scenario.add
    assert step.level == pytest.approx(sum(one.adds for one in case.assumptions.secondary_sanctions))
    assert {scenario.sst_listing, step.since, added.date} == {order}
    bankers = next(row for row in case.evidence.pressure if row.name == "Eight DPRK banks and 26 bankers")
    assert list(added.targets) == third(case, bankers)


def test_seoul_repeats_its_tour_of_2016(case: Case) -> None:
    tour = [row for row in asking(case) if row.sender == "KOR" and row.date.year == 2016]
    later = dt.timedelta(days=-YEAR_EARLIER)
    assert added(case.scenario("rok-competition")) == [
        (row.date + later, "KOR", row.strength, row.iso3) for row in tour
    ]


def test_every_great_test_is_repeated_four_weeks_later(case: Case) -> None:
    great = of_2017(case, "nuclear_test", "icbm_test", "irbm_test")
    added = case.scenario("more-tests").add
    assert [(one.date, one.kind) for one in added] == [
        (row.date + dt.timedelta(weeks=4), row.kind) for row in great
    ]
    assert all(one.magnitude is None for one in added)


def test_all_summits_and_nothing_else_come_a_year_earlier(case: Case) -> None:
    summits = [row.name for row in case.evidence.pressure if row.kind == "summit"]
    scenario = case.scenario("summit-first")
    assert scenario.edits() == {"shift": dict.fromkeys(sorted(summits), YEAR_EARLIER)}


@pytest.mark.parametrize(("name", "left"), [("nobody-cuts", ()), ("ambassadors-alone", ("diplomatic",))])
def test_a_kind_of_tie_that_cannot_be_cut_is_never_cut(
    case: Case, situation_of: Callable[[str], Situation], name: str, left: tuple[str, ...]
) -> None:
    mode = load_parameters().values
    found = Ensemble(situation_of(name), [mode]).simulate(0, WORLDS, seed=7, attributions=False)
    changes = found.output.changes[: found.changes]
    cut = {case.vocabulary().ties[tie] for tie in changes[changes[:, 3] == 0][:, 4].tolist()}
    assert cut == set(left)


# ---- the same requests to ten other states


def best_ten(situation: Situation) -> list[str]:
    """The largest sum of three standard scores known at the end of 2016: leverage, listed levels, no dependence."""
    population = situation.population
    start = population.listed_start
    simulate = start > 0
    stakes = np.where(simulate, population.dependence, 0.0).sum(axis=1) / np.maximum(simulate.sum(axis=1), 1)

    def score(column: np.ndarray) -> np.ndarray:
        return (column - column[population.reference].mean()) / column[population.reference].std()

    total = score(population.leverage) + score(start.sum(axis=1).astype(float)) - score(stakes)
    return [population.iso3[place] for place in np.argsort(-total, kind="stable")[:10]]


def test_the_ten_are_those_that_offered_most_on_paper_before_2017(case: Case, recorded: Situation) -> None:
    asked = {
        iso3 for one in case.scenario("requests-to-best-ten").requests.add if one.date.year == 2017
        for iso3 in one.states
    }  # fmt: skip
    assert asked == set(best_ten(recorded))


def test_the_ten_do_not_depend_on_what_any_state_did(case: Case, recorded: Situation) -> None:
    """No event and no dated input enters the choice: a case without them chooses the same."""
    blank = case.evidence.edited(lambda _: ())
    forgetful = prepare(Case(blank, case.assumptions), case.scenario("no-un-mandates"))
    assert not forgetful.record.acts
    assert best_ten(forgetful) == best_ten(recorded)


def test_the_effort_is_that_of_the_record_day_by_day_and_goes_round_the_ten(
    case: Case, recorded: Situation
) -> None:
    scenario = case.scenario("requests-to-best-ten")
    assert scenario.requests.only == ()
    ten = cycle(best_ten(recorded))
    assert {case.assumptions.requests[kind].strength for kind in REQUESTS} == {1.0}
    assert added(scenario) == [
        (row.date, by(row), row.strength, next(ten) if row.date.year == 2017 else row.iso3)
        for row in asking(case)
    ]
    asked = [row for row in asking(case) if row.date.year == 2017]
    assert f"{len(asked)} in all" in " ".join(scenario.why.split())


def test_the_course_asks_the_same_ten(case: Case, recorded: Situation) -> None:
    (one,) = case.scenario(str(folder("scenarios") / "course/ten-by-leverage.toml")).requests.add
    assert list(one.states) == best_ten(recorded)


# ---- how they are listed


def test_the_library_begins_with_the_record_and_goes_theme_by_theme(case: Case) -> None:
    shelves = library(case)
    assert shelves[0].scenario.edits() == {}
    places = [THEMES.index(one.theme) for one in shelves]
    assert places == sorted(places)
    assert set(places) == set(range(len(THEMES)))
    themes = {one.scenario.name: one.theme for one in shelves}
    assert themes["no-campaign"].startswith("The sender")
    assert themes["veto-at-the-council"].startswith("The Council")
    assert themes["no-september-test"].startswith("The target")
    assert themes["engagement-from-september"].startswith("Talks")
    assert themes["patrons-played-off"].startswith("The patrons")


def test_the_page_and_the_experiment_follow_the_librarys_order(case: Case) -> None:
    names = [one.scenario.name for one in library(case)]
    page = (folder("scenarios") / "README.md").read_text(encoding="utf-8").partition("## Writing")[0]
    listed = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    themes = [line.strip("*") for line in page.splitlines() if line.startswith("**")]
    assert listed == names
    assert themes == list(THEMES)
    assert list(read_experiment("all-scenarios", case=case).names) == names


# ---- how one differs from another


@pytest.mark.parametrize("name", NAMES)
def test_a_parent_with_the_edit_shown_is_the_scenario(case: Case, name: str) -> None:
    found = described(case, name)
    assert found.parent is not None
    own = {key: getattr(found.scenario, key) for key in OWN_KEYS}
    assert found.parent.but(**found.edit, **own) == found.scenario
    assert list(edited_keys(found.edit))


def written(case: Case, tmp_path: Path, text: str) -> Described:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return described(case, path)


def test_a_value_set_back_to_the_records_is_part_of_the_edit(case: Case, tmp_path: Path) -> None:
    found = written(case, tmp_path, 'extends = "no-campaign"\n[campaign]\nscale = 1.0')
    assert found.edit == {"campaign": {"scale": 1.0}}
    assert found.scenario.edits() == {"requests": {"scale": 0.0}}


def test_a_child_that_removes_more_shows_only_what_it_adds(case: Case, tmp_path: Path) -> None:
    found = written(case, tmp_path, 'extends = "no-september-test"\nwithout = ["UNSCR 2371"]')
    assert found.edit == {"without": ["UNSCR 2371"]}
    assert len(found.scenario.edits()["without"]) == 3
    assert found.lineage == ("no-september-test", "max-pressure-2017")


def test_a_scenario_without_a_parent_is_shown_against_the_record(case: Case, tmp_path: Path) -> None:
    found = written(case, tmp_path, "[thaw]\nscale = 2.0")
    assert (found.parent, found.edit) == (None, {"thaw": {"scale": 2.0}})
    assert edit_of(Scenario(), Scenario()) == {}


def test_an_edit_is_listed_key_by_key(case: Case, tmp_path: Path) -> None:
    text = (
        'without = ["UNSCR 2371", "UNSCR 2375"]\nsst_listing = 2016-03-16\n[shift]\n"UNSCR 2397" = -7\n'
        "[mechanisms]\ncontagion = true\n[campaign]\nscale = 0.5\n"
        '[parameters]\n"alpha.trade" = { value = -6.5, reason = "Why." }'
    )
    assert sorted(edited_keys(written(case, tmp_path, text).edit)) == sorted(
        [
            "without (UNSCR 2371, UNSCR 2375)",
            "sst_listing = 2016-03-16",
            "shift (UNSCR 2397)",
            "mechanisms.contagion = true",
            "campaign.scale = 0.5",
            'parameters."alpha.trade" = -6.5',
        ]
    )


# ---- edits without effect


def test_a_number_for_a_mechanism_that_is_off_is_said_to_have_no_effect(case: Case) -> None:
    given = {"beta_peer": {"value": 0.8, "reason": "a test"}}
    idle = case.record().but(name="mine", parameters=given)
    warning = without_effect(case, prepare(case, idle))
    assert "mine" in warning
    assert "beta_peer" in warning
    assert not without_effect(case, prepare(case, idle.but(mechanisms={"contagion": True})))
    for name, value, on in (
        ("tau_peer", 3.0, {"mechanisms": {"contagion": True}}),
        ("unlisted.trade", -2.0, {"risk_set": "with-unlisted"}),
        ("unlisted_close", 1.0, {"risk_set": "with-unlisted"}),
    ):
        off = {"risk_set": "ex-ante", "parameters": {name: {"value": value, "reason": "a test"}}}
        one = case.record().but(name="mine", **off)
        assert name in without_effect(case, prepare(case, one))
        assert not without_effect(case, prepare(case, one.but(**on)))


@pytest.mark.parametrize(
    ("edit", "idle"),
    [
        ({"without": ["UNSCR 2371"]}, True),
        ({"scale": {"UNSCR 2371": 0.5}, "shift": {"UNSCR 2375": -28}}, True),
        ({"campaign": {"from": dt.date(2017, 9, 4)}, "mandates": {"scale": 1.0}}, True),
        ({"without": ["Fourth nuclear test"]}, False),
        ({"shift": {"UNSCR 2371": -500}}, False),
        ({"mechanisms": {"contagion": True}}, False),
        ({}, False),
    ],
)
def test_edits_that_lie_outside_the_weeks_of_a_scenario_are_said_to_have_no_effect(
    case: Case, edit: dict[str, object], idle: bool
) -> None:
    window = {"start": dt.date(2016, 1, 4), "weeks": 20}
    scenario = case.record().but(name="mine", window=window, **edit)
    warning = without_effect(case, prepare(case, scenario))
    assert bool(warning) == idle
    assert ("mine" in warning and "2016-05-22" in warning) == idle


def test_a_new_file_is_refused_until_its_author_has_written_its_texts(case: Case) -> None:
    new = case.record().but(question=ASKED, why=f"\n{REASONED}\n")
    for scenario, key in ((new, "question"), (new.but(question="Who?"), "why")):
        with pytest.raises(InputError) as refused:
            check_written(scenario, "mine.toml")
        assert refused.value.key == key
    check_written(new.but(question="Who?", why=""), "mine.toml")
