"""Whatever a scenario says, its text says the same."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from maxpressure.base.text import HIDDEN
from maxpressure.base.toml import parsed
from maxpressure.scenario import Scenario
from maxpressure.scenario.scenario import validated

seen = st.characters(codec="utf-8", exclude_categories=[*HIDDEN, "Cn"])
"""Letters that a text may hold; what Cn, unassigned, means depends on the version of Unicode."""

names = st.text(seen, min_size=1, max_size=20)
lines = st.text(seen, max_size=40)
filled = lines.filter(lambda line: line.strip() != "")
factors = st.floats(0, 1000)
shares = st.floats(0, 1)
days = st.dates(dt.date(2016, 1, 4), dt.date(2018, 12, 31))


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, object]]:
    return [
        {"from": day, "level": draw(shares)} for day in sorted(draw(st.sets(days, min_size=1, max_size=3)))
    ]


resolutions = st.fixed_dictionaries(
    {"date": days, "kind": st.just("un_resolution"), "name": filled, "reason": filled},
    optional={
        "targets": st.lists(names, unique=True, max_size=3),
        "magnitude": factors,
        "forbids": st.dictionaries(names, shares, max_size=3),
    },
)
requests = st.fixed_dictionaries(
    {"date": days, "states": st.lists(names, unique=True, min_size=1, max_size=3)},
    optional={"strength": st.floats(1e-9, 1000), "by": st.sampled_from(["USA", "KOR"])},
)
overrides = st.fixed_dictionaries(
    {"value": st.floats(allow_nan=False, allow_infinity=False), "reason": filled}
)
edits = st.fixed_dictionaries(
    {},
    optional={
        "title": lines,
        "why": st.text(seen | st.sampled_from("\n\t")),
        "without": st.lists(names.map("removed {}".format), unique=True, max_size=4),
        "shift": st.dictionaries(names.map("moved {}".format), st.integers(-1095, 1095), max_size=4),
        "add": st.lists(resolutions, max_size=3, unique_by=lambda entry: entry["name"]),
        "campaign": st.fixed_dictionaries({}, optional={"scale": factors, "from": days}),
        "requests": st.fixed_dictionaries(
            {},
            optional={
                "only": st.lists(names, unique=True, max_size=3),
                "add": st.lists(requests, max_size=2),
            },
        ),
        "secondary_sanctions": st.one_of(st.just("record"), shares, steps()),
        "sst_listing": st.one_of(st.just("never"), days),
        "mechanisms": st.fixed_dictionaries({}, optional={"contagion": st.booleans()}),
        "parameters": st.dictionaries(names, overrides, max_size=3),
    },
)
scenarios = edits.map(lambda chosen: validated({"name": "mine"} | chosen, file="mine"))


@given(scenarios)
def test_the_text_of_a_scenario_read_as_toml_is_that_scenario(scenario: Scenario) -> None:
    again = validated({"name": "mine", **parsed(scenario.text(), "mine")}, file="mine")
    assert again == scenario
    assert again.text() == scenario.text()


@given(scenarios)
def test_the_record_but_for_a_scenarios_edits_is_that_scenario(scenario: Scenario) -> None:
    about = {"title": scenario.title, "why": scenario.why}
    assert Scenario(name="mine").but(**about, **scenario.edits()) == scenario
