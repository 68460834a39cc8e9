"""Story and cascades of a world: the story is the rows, exposure is the rule's, a deletion does what it says."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import matplotlib.dates as mdates
import networkx as nx
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

import maxpressure
from batches import short
from maxpressure.api import run
from maxpressure.base.cautions import CONTAGION, NOT_SEPARATED
from maxpressure.base.errors import InputError
from maxpressure.base.ties import TIES
from maxpressure.cli.main import app
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.explanations.attribution import LEANS
from maxpressure.explanations.cascade_figure import cascade_tree
from maxpressure.explanations.cascades import SWITCHED_OFF, Cascade, exposure_graph
from maxpressure.explanations.rerun import ABOUT, Noted, Noting, conditions, deletions
from maxpressure.explanations.story import Story, story, story_of
from maxpressure.model.case import Case, Situation
from maxpressure.model.history import recorded_history
from maxpressure.model.inputs import edited_inputs
from maxpressure.model.world import World
from maxpressure.results.results import Results
from pilot import PILOT
from without import Without
from worlds import Row, as_record, on, per_tie, plain, simulated, situation

near = pytest.approx
WORLDS = 4
NUMBER = 2
"""The world of the story."""

LOUD = ParameterSet(PILOT.values._replace(beta_peer=0.8), "made up", "Peers count for much.")
NEVER, SOON = -30.0, 5.0
SHORT = short(mechanisms={"contagion": True})


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    place = tmp_path_factory.mktemp("stories") / "results"
    names = ["max-pressure-2017", "engagement-from-september"]
    return run(names, worlds=WORLDS, parameters=PILOT, out=place, case=case, progress=False)


@pytest.fixture(scope="module")
def shown(results: Results) -> Story:
    return story(results, NUMBER, scenario="max-pressure-2017")


@pytest.fixture(scope="module")
def loud(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Some weeks alone: a world is simulated again for each of its acts."""
    place = tmp_path_factory.mktemp("loud") / "results"
    return run(SHORT, worlds=2, parameters=LOUD, out=place, case=case, progress=False)


@pytest.fixture(scope="module")
def found(loud: Results) -> Cascade:
    return maxpressure.cascade(loud, 1)


# ---- the story


def test_the_story_of_a_world_is_its_rows(results: Results, shown: Story) -> None:
    """Each act, restoration and attrition of the folder once, in its week, with each tie and its levels."""
    rows = results.table("acts", None, "max-pressure-2017").query(f"world == {NUMBER}")
    entries = shown.entries[shown.entries["kind"].isin(["act", "restoration", "attrition"])]
    assert len(rows) > 20
    expected = rows.groupby(["week", "iso3", "kind"], observed=True).ngroups
    assert len(entries) == expected
    for row in rows.itertuples():
        mine = entries[
            (entries["week"] == row.week) & (entries["states"] == row.iso3) & (entries["kind"] == row.kind)
        ]
        assert f"{row.tie} {row.level_before} → {row.level_after}" in mine["text"].item()
        assert pd.Timestamp(mine["date"].item()) == row.date


def test_an_act_is_shown_with_its_causes(results: Results, shown: Story) -> None:
    rows = results.table("acts", None, "max-pressure-2017").query(f"world == {NUMBER}")
    for row in rows[rows["lead"].fillna(value=False)].itertuples():
        mine = shown.entries[(shown.entries["week"] == row.week) & (shown.entries["states"] == row.iso3)]
        text = mine[mine["kind"] == "act"]["text"].item()
        for share, words in ((row.share_shock, "tests"), (row.share_request, "requests to it")):
            assert (f"{words} ({round(100 * share)} %)" in text) == (share >= 0.1)


def test_the_story_has_every_input_that_the_model_feels(case: Case, shown: Story) -> None:
    texts = "\n".join(shown.entries["text"])
    for words in (
        "Sixth nuclear test: a test of magnitude 1",
        "UNSCR 2375: the Council forbids more of",
        "Pence in Latin America: asks Brazil, Chile, Mexico, Peru; the campaign grows by 0.1",
        "Killing of Kim Jong Nam: an incident with Malaysia",
        "Kim Yong Nam to Iran: courts Iran",
        "names Singapore, Namibia (weight 0.5)",
    ):
        assert words in texts
    assert "Trump-Xi first meeting" not in texts  # asks no third state
    assert "Request Q020 (South Korea): asks Singapore (weight 0.5)" in texts  # a part of no contact
    assert "\nQ0" not in texts
    felt = edited_inputs(case.evidence, case.assumptions, shown.given.scenario).of(
        ("nuclear_test", "icbm_test")
    )
    assert (shown.entries["kind"].isin(["nuclear_test", "icbm_test"])).sum() == sum(
        one.date.year < 2018 for one in felt
    )


def test_a_contact_and_its_requests_of_a_week_are_one_entry(shown: Story) -> None:
    """The campaign grows once, in the week of the contact, and requests of another week stand there."""
    entries = shown.entries
    pence = entries[entries["text"].str.startswith("Pence in Latin America: ")]
    assert pence["states"].tolist() == ["BRA, CHL, MEX, PER"]
    tour = entries[entries["text"].str.startswith("Trump's Asia tour: ")]
    assert tour["states"].tolist()[-1] == "PHL"
    assert "the campaign" not in tour["text"].tolist()[-1]
    given_ = shown.given
    steps = {step.name for step in given_.case.assumptions.campaign if step.adds != 0.0}
    until = given_.situation.timeline.monday(given_.situation.timeline.weeks)
    felt = edited_inputs(given_.case.evidence, given_.case.assumptions, given_.scenario).inputs
    assert entries["text"].str.contains("the campaign (?:grows|shrinks)").sum() == sum(
        one.name in steps and one.date < until for one in felt
    )


def test_weeks_come_in_order_and_inputs_before_what_states_do(shown: Story) -> None:
    entries = shown.entries
    assert entries["week"].is_monotonic_increasing
    acting = entries["kind"].isin(["act", "restoration", "attrition"])
    for _, week in acting.groupby(entries["week"]):
        assert week.is_monotonic_increasing


def test_engagement_is_shown_with_its_weight(results: Results) -> None:
    texts = story(results, 0, scenario="engagement-from-september").entries["text"]
    assert texts.str.contains("engagement of weight").any()


def test_requests_that_take_effect_late_are_shown_so(case: Case, tmp_path: Path) -> None:
    late = case.scenario("max-pressure-2017").but(
        name="late", requests={"lag_weeks": 2}, target={"tests": "drawn"}
    )
    place = tmp_path / "a"
    simulated_ = run(late, worlds=1, parameters=PILOT, out=place, case=case, progress=False)
    texts = "\n".join(story(simulated_, 0).entries["text"])
    assert "asks Brazil, Chile, Mexico, Peru (in effect 2 week(s) later)" in texts
    assert "Drawn tests, of magnitude" in texts
    assert "Sixth nuclear test" not in texts


def test_how_it_ended_is_the_worlds_row_beside_the_record(results: Results, shown: Story) -> None:
    row = results.table("worlds", None, "max-pressure-2017").query(f"world == {NUMBER}").iloc[0]
    ends = shown.outcomes.set_index("outcome")
    assert ends.loc["acts of breaking off", "this_world"] == str(row["acts"])
    assert ends.loc["trade left, % of 2016", "this_world"] == f"{100 * row['trade_left']:.0f}"
    assert ends.loc["trade left, % of 2016", "record"] == "—"
    assert int(ends.loc["acts of breaking off", "record"]) == len(shown.given.situation.record.acts)


def test_page_and_terminal_have_the_same_entries(shown: Story) -> None:
    joined, page = shown.text(10_000), shown.markdown()
    for text in shown.entries["text"]:
        assert text in joined
        assert text in page
    assert max(map(len, shown.text(80).splitlines())) <= 80
    assert CONTAGION in joined.replace("\n", " ")


# ---- who was exposed to whom

FOUR = [
    Row(iso3="AAA", levels=on(trade=3)),
    Row(iso3="BBB", levels=on(trade=3), watches={"AAA": 0.5}),
    Row(iso3="CCC", levels=on(trade=3), watches={"AAA": 0.2, "BBB": 0.1}),
    Row(iso3="DDD", levels=on(trade=3)),
]


def chain() -> tuple[Situation, Parameters]:
    """A request to AAA in week 3; BBB follows it, CCC follows them; DDD acts by itself in week 10."""
    asked = {"AAA": [0.0] * 3 + [1.0] + [0.0] * 26, "DDD": [0.0] * 10 + [1.0] + [0.0] * 19}
    p = plain(
        alpha=per_tie(trade=NEVER), beta_request=-NEVER + SOON, beta_peer=(-NEVER + SOON) / 4.0, tau_peer=1.0,
        psi=per_tie(0.0, trade=1.0),
    )  # fmt: skip
    return situation(FOUR, request=asked), p


def noted(world: World) -> list[Noted]:
    notes = [note for state in world.states if isinstance(state, Noting) for note in state.noted]
    return sorted(notes, key=lambda note: (note.week, note.state_index))


def test_exposures_by_hand() -> None:
    """AAA acts in week 3, BBB in 4, CCC in 6, DDD in 10. BBB gives AAA half its attention: 10 · 0.5 a week later.

    CCC feels 10 · 0.2 of AAA, worn off over two weeks by e^-2, and 10 · 0.1 of BBB, worn off over one.
    """
    trade = TIES.index("trade")
    steps = [(week, iso3, trade, 3, 2) for iso3, week in (("AAA", 3), ("BBB", 4), ("CCC", 6), ("DDD", 10))]
    p = plain(alpha=per_tie(trade=-3.0), beta_peer=0.1, tau_peer=1.0)
    given_ = situation(FOUR, record=as_record(steps))
    history = recorded_history(given_.record)
    world = simulated(given_, p, history=history, frailties={}, state_class=Noting)
    graph = exposure_graph(world, noted(world))
    felt = {(one[0], other[0]): node["exposure"] for one, other, node in graph.edges(data=True)}
    assert felt == near(
        {("AAA", "BBB"): 5.0, ("AAA", "CCC"): 2.0 * math.exp(-2), ("BBB", "CCC"): math.exp(-1)}
    )
    of_b, of_c = (note for note in noted(world) if note.state_index in (1, 2))
    assert of_b.peers_share == near(1.0 - math.exp(-0.5))  # beta_peer times E is the whole of what moves it
    assert of_c.exposure == near(2.0 * math.exp(-2) + math.exp(-1))
    share = graph.edges[("BBB", 1), ("CCC", 1)]["share"]
    assert share == near(of_c.peers_share * math.exp(-1) / of_c.exposure)


def test_deleting_the_first_of_a_chain_takes_those_that_follow_and_no_other() -> None:
    given_, p = chain()
    world = simulated(given_, p._replace(beta_peer=20.0), 3, state_class=Noting)
    order = [given_.population.iso3[note.state_index] for note in noted(world)]
    assert sorted(order) == ["AAA", "BBB", "CCC", "DDD"]
    fates = dict(zip(order, deletions(world, noted(world)), strict=True))
    assert (fates["AAA"]["gone"], fates["AAA"]["others"], fates["AAA"]["net"]) == (2, "−BBB −CCC", -2)
    assert fates["DDD"]["size"] == fates["CCC"]["size"] == 0
    assert [fate["own_gone"] for fate in fates.values()] == [0, 0, 0, 0]


def test_an_act_that_is_left_out_uses_up_its_luck_and_lowers_nothing() -> None:
    """Of a state that cuts again and again, the other acts keep their resistances; one act fewer is left to do."""
    rows = [Row(iso3="AAA", levels=on(trade=3, travel=3))]
    given_ = situation(rows, weeks=200)
    p = plain(alpha=per_tie(trade=-3.0, travel=-3.0))
    whole = simulated(given_, p, 5, state_class=Noting)
    weeks = [note.week for note in noted(whole)]
    assert len(weeks) == 6  # three levels on each of two ties
    world = World(given_, p, seed=5, state_class=lambda *given: Without(*given, deleted=(0, 0))).run()
    without = noted(world)
    assert whole.states[0].acts == 6
    assert [note.number for note in without[:5]] == [1, 2, 3, 4, 5]
    assert without[0].week == weeks[1]  # the hazard has not changed: the same ties, the next resistance
    assert all(note.changes[0].before == 3 for note in without[:1])


def test_own_acts_takes_a_states_later_acts_with_it() -> None:
    """Asked once, a state goes on cutting because it has cut: without the first act there is no other."""
    rows = [Row(iso3="AAA", levels=on(trade=3, travel=3))]
    given_ = situation(rows, request={"AAA": [0.0, 0.0, 1.0] + [0.0] * 27})
    p = plain(alpha=per_tie(trade=NEVER, travel=NEVER), beta_request=40.0, beta_own=50.0)
    world = simulated(given_, p, 1, state_class=Noting)
    fates = deletions(world, noted(world))
    assert len(fates) == 6
    assert (fates[0]["own_gone"], fates[0]["size"], fates[0]["net"]) == (5, 5, -5)


def test_acts_on_record_before_the_window_are_sources_and_never_deleted(case: Case, found: Cascade) -> None:
    before = {key for key, node in found.graph.nodes(data=True) if node["before"]}
    first = (SHORT.window.start - case.assumptions.record.origin).days // 7
    recorded_ = [act for act in found.given.situation.record.acts if act.week < first]
    assert len(before) == len(recorded_) > 10
    assert before.isdisjoint(zip(found.acts["iso3"], found.acts["act"], strict=True))
    leaning = {tuple(words.split(" ")) for words in found.acts["leans_on"] if words}
    assert {(iso3, int(number)) for iso3, number in leaning} & before
    axes = Figure().subplots()
    cascade_tree(axes, found)
    assert mdates.num2date(axes.get_xlim()[0]).date() < SHORT.window.start


# ---- the tree and the folder


def test_the_tree_runs_forward_in_time_between_peers_with_weight(found: Cascade) -> None:
    tree = found.tree
    assert nx.is_forest(tree.to_undirected())
    assert max(degree for _, degree in tree.in_degree) == 1
    assert tree.number_of_edges() > 5
    for one, other in tree.edges:
        edge = found.graph.edges[one, other]
        assert found.graph.nodes[one]["week"] < found.graph.nodes[other]["week"]
        assert one[0] != other[0]
        assert edge["weight"] > 0.0
        heaviest = max(node["exposure"] for *_, node in found.graph.in_edges(other, data=True))
        assert edge["exposure"] == heaviest


def test_an_act_leans_on_a_peer_where_its_attribution_says_so(found: Cascade, loud: Results) -> None:
    rows = loud.table("acts", None).query("world == 1 and kind == 'act'")
    shares = rows.drop_duplicates(["week", "iso3"]).sort_values(["week", "iso3"])["share_peers"]
    assert found.acts["peers_share"].tolist() == shares.tolist()
    assert ((found.acts["leans_on"] != "") == (found.acts["peers_share"] >= LEANS)).all()


def test_sizes_are_a_distribution_over_all_acts(found: Cascade) -> None:
    assert found.sizes["acts"].sum() == len(found.acts)
    assert found.sizes["share"].sum() == near(1.0)
    assert (found.acts["size"] == found.acts["gone"] + found.acts["own_gone"]).all()
    assert (found.acts["net"] == found.acts["new"] + found.acts["own_new"] - found.acts["size"]).all()
    assert found.acts["gone"].sum() > 0
    printed = " ".join(found.text(80).split())
    assert f"{len(found.acts)} acts" in printed
    assert CONTAGION in printed


def test_without_contagion_cascades_say_that_nothing_passes_between_peers(results: Results) -> None:
    alone = maxpressure.cascade(results, 0)
    assert (alone.acts["leans_on"] == "").all()
    assert alone.tree.number_of_edges() == 0
    assert alone.empty
    (said,) = alone.sentences()
    assert "contagion is off" in said
    assert NOT_SEPARATED in said
    assert "reproduction" not in alone.text(80)


def test_with_contagion_the_share_of_peers_is_named(found: Cascade) -> None:
    assert "reproduction number" in found.text(10_000)
    assert SWITCHED_OFF not in found.text(10_000)


def test_reproduction_is_the_worlds_own(found: Cascade, loud: Results) -> None:
    row = loud.table("worlds", ["world", "reproduction"]).query("world == 1")
    assert found.reproduction == row["reproduction"].item()


def test_the_picture_names_every_act_and_draws_every_leaning(found: Cascade) -> None:
    axes = Figure().subplots()
    assert cascade_tree(axes, found) is axes
    words = [text.get_text() for text in axes.texts]
    earlier = {one for one, _ in found.tree.edges if found.graph.nodes[one]["before"]}
    assert len(words) == len(found.acts) + len(earlier)
    assert sum(word.startswith(name) for word in words for name in set(found.acts["state"])) >= len(
        found.acts
    )
    bends = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert len(bends) == found.tree.number_of_edges()
    heights = sorted(text.xy[1] for text in axes.texts)
    assert heights == list(range(len(words)))  # each on a line of its own
    left, right = axes.get_xlim()
    assert all(left <= mdates.date2num(day) <= right for day in found.acts["date"])


def test_a_world_in_which_nobody_acts_has_no_cascades(case: Case, tmp_path: Path) -> None:
    quiet = ParameterSet(plain(), "made up", "Nothing happens.")
    still = run(
        "max-pressure-2017", worlds=1, parameters=quiet, out=tmp_path / "a", case=case, progress=False
    )
    out = tmp_path / "shown"
    said = CliRunner().invoke(app, ["explain", still.place, "--world", "0", "--out", str(out)])
    assert said.exit_code == 0
    assert "no state acts" in said.stdout
    assert not (out / "cascade.png").exists()
    assert "cascade.png" not in (out / "story.md").read_text()


def test_a_world_is_shown_on_the_terminal_and_in_a_folder(loud: Results, found: Cascade) -> None:
    said = CliRunner().invoke(app, ["explain", loud.place, "--world", "1"])
    assert said.exit_code == 0
    for words in ("World 1 under short", "Week of 2017-09-11", "this world", "Cascade sizes"):
        assert words in said.stdout
    out = loud.folder / "explain" / "short" / "world-1"
    names = [ABOUT, "cascade.csv", "cascade.png", "exposures.csv", "outcomes.csv", "story.csv", "story.md"]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert json.loads((out / ABOUT).read_text())["world"] == 1
    table = pd.read_csv(out / "cascade.csv", keep_default_na=False)
    assert table["size"].tolist() == found.acts["size"].tolist()
    assert len(pd.read_csv(out / "exposures.csv")) == found.graph.number_of_edges()
    assert "Exposures and cascades" in (out / "story.md").read_text()


def test_cascades_are_saved_alone_and_never_over_another_world(found: Cascade, tmp_path: Path) -> None:
    out = found.save(tmp_path / "cascades")
    names = [ABOUT, "cascade.csv", "cascade.md", "cascade.png", "exposures.csv"]
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    with pytest.raises(InputError, match="other world"):
        replace(found, number=0).save(out)


def test_story_and_cascades_are_of_the_same_world(loud: Results, found: Cascade) -> None:
    given_ = conditions(loud)
    again = story_of(given_, given_.simulated_again(1, Noting))
    assert (again.entries["kind"] == "act").sum() == len(found.acts)
    assert (
        found.acts["ties"].str.split(", ").map(len).sum()
        == again.entries[again.entries["kind"] == "act"]["text"]
        .map(lambda text: sum(text.count(f"{tie} ") for tie in TIES))
        .sum()
    )


def test_a_cascade_is_drawn_on_the_callers_axes_in_the_callers_colours(found: Cascade) -> None:
    axes = Figure().add_subplot()
    assert found.plot(axes, colours={"alone": "red", "leans": "red"}, marks=False) is axes
    dots = [line for line in axes.lines if line.get_marker() == "o" and line.get_markersize() == 5]
    assert {line.get_color() for line in dots} <= {"red"}
    assert len(dots) >= len(found.acts)
    with pytest.raises(InputError):
        found.plot.tree(axes, colours={"leens": "red"})
