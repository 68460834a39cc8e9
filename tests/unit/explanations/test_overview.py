"""A scenario explained beside the baseline: on the terminal, in a folder, and for one state or one world of it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import maxpressure
from maxpressure.api import run
from maxpressure.base.cautions import CONTAGION, NO_FORECAST, REQUESTS
from maxpressure.cli.main import app
from maxpressure.explanations.explain import explain
from maxpressure.explanations.overview import Overview
from maxpressure.explanations.rerun import ABOUT
from maxpressure.model.case import Case
from maxpressure.results.results import Results
from pilot import PILOT

NAMES = ("max-pressure-2017", "no-campaign", "no-september-test")
WORLDS = 20
near = pytest.approx


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    place = tmp_path_factory.mktemp("overview") / "results"
    return run(NAMES, worlds=WORLDS, parameters=PILOT, out=place, case=case, progress=False)


@pytest.fixture(scope="module")
def found(results: Results) -> Overview:
    return explain(results)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_last_scenario_is_explained_beside_the_first(found: Overview, results: Results) -> None:
    assert (found.given.name, found.against) == (NAMES[2], NAMES[0])
    table = results.compare("acts").set_index("scenario")
    assert found.causes.set_index("group").loc["all causes", "difference"] == near(
        table.loc[NAMES[2], "mean"]
    )
    assert maxpressure.explain(results, scenario=NAMES[1]).given.name == NAMES[1]
    assert maxpressure.story(results, 0).given.name == NAMES[2]


def test_what_is_shown_has_its_cautions_and_its_intervals(found: Overview) -> None:
    for words in (found.text(80), found.markdown()):
        flat = " ".join(words.split())
        for caution in (CONTAGION, REQUESTS, NO_FORECAST):
            assert caution in flat
        assert "difference (95 % interval)" in flat
    assert max(map(len, found.text(80).splitlines())) <= 80
    fitted = found.given.results.manifest.parameters.fitted
    assert (found.given.provenance in found.text(10_000)) == (not fitted)
    assert "Parameters, " in found.markdown()


def test_the_overview_is_left_in_a_folder(results: Results, tmp_path: Path) -> None:
    out = tmp_path / "a"
    said = call("explain", results.place, "--out", str(out))
    assert said.exit_code == 0, said.stderr
    assert f"Next: maxpressure explain {results.place} --scenario {NAMES[2]} --state " in said.stdout
    names = ["causes.csv", "causes.png", ABOUT, "overview.md", "states.csv", "states.png"]
    assert sorted(path.name for path in out.iterdir()) == names
    about = json.loads((out / ABOUT).read_text())
    assert (about["scenario"], about["against"]) == (NAMES[2], NAMES[0])
    assert len(pd.read_csv(out / "states.csv")) == 191
    assert call("explain", results.place, "--out", str(out), "--quiet").stdout == ""


def test_the_baseline_alone_has_probabilities_with_intervals(results: Results) -> None:
    alone = explain(results, scenario=NAMES[0])
    assert alone.against is None
    assert "95 % interval" in alone.text()
    assert "→" not in alone.text()
    assert sorted(alone.pictures()) == ["causes.png", "states.png"]


def test_a_state_stands_beside_the_baseline(results: Results, found: Overview) -> None:
    state = found.foremost
    one = explain(results, state, worlds=2, twins=0, workers=1)
    assert one.beside is not None
    row = found.states.set_index("iso3").loc[state]
    assert one.beside.state["difference"] == row["difference"]
    assert one.chance.share == row["scenario"]
    assert f"Beside {NAMES[0]}" in one.text()
    assert "beside" in one.tables
    acts = [results.table("acts", None, name) for name in (NAMES[0], NAMES[2])]
    under = [own[(own["iso3"] == state) & own["lead"].fillna(value=False)] for own in acts]
    first = [own.groupby("world")["week"].min() for own in under]
    assert list(one.beside.delays) == (first[1] - first[0]).dropna().astype(int).tolist()
    alone = explain(results, state, scenario=NAMES[0], worlds=2, twins=0, workers=1)
    assert alone.beside is None
    assert "beside" not in alone.tables


def test_a_world_stands_beside_the_same_world_of_the_baseline(results: Results) -> None:
    story = maxpressure.story(results, 3)
    assert story.beside is not None
    counts = results.worlds.query("world == 3").set_index("scenario")["acts"]
    changes = story.beside["change"].value_counts()
    assert changes.get("gone", 0) - changes.get("new", 0) == counts[NAMES[0]] - counts[NAMES[2]]
    ends = story.outcomes.set_index("outcome").loc["acts of breaking off"]
    assert (ends["this_world"], ends["baseline"]) == (str(counts[NAMES[2]]), str(counts[NAMES[0]]))
    assert "which uses the same random numbers" in " ".join(story.text(80).split())
    alone = maxpressure.story(results, 3, scenario=NAMES[0])
    assert alone.beside is None
    assert "baseline" not in alone.outcomes
