"""What must hold when one act is left out of a world and every random number stays the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from made_up import inputs, numbers, parameters, population, seeds, situations
from maxpressure.base.ties import TIES
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import Ensemble, written
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.cascades import exposure_graph
from maxpressure.explanations.rerun import Noted, Noting, deletions
from maxpressure.model.case import Situation
from maxpressure.model.world import World
from without import world_without
from worlds import on, simulated, situation

ROWS = ("changes", "attributions")
FEW = 4
"""Acts that are left out of each world."""

uncourted = st.fixed_dictionaries(
    {}, optional={"sender": st.fixed_dictionaries({"escalation": numbers(0, 1)})}
)


def noting(given_: Situation, p: Parameters, seed: int) -> tuple[World, list[Noted]]:
    """A simulated world whose states recorded their acts, and these in the order of weeks and states."""
    world = simulated(given_, p, seed, state_class=Noting)
    noted = [note for state in world.states for note in state.noted]
    return world, sorted(noted, key=lambda note: (note.week, note.state_index))


@given(situations(), parameters(), seeds)
def test_taking_notes_changes_nothing_and_leaves_no_act_out(
    given_: Situation, p: Parameters, seed: int
) -> None:
    world, noted = noting(given_, p, seed)
    plain_world = simulated(given_, p, seed)
    assert world.recorder.changes == plain_world.recorder.changes
    happened = [(row.week, row.iso3, row.tie) for row in world.recorder.changes if row.kind == "act"]
    population_ = given_.population.iso3
    assert [
        (note.week, population_[note.state_index], one.tie) for note in noted for one in note.changes
    ] == happened


@given(situations(), parameters(), seeds)
def test_a_compiled_deletion_is_that_of_the_mesa_model(given_: Situation, p: Parameters, seed: int) -> None:
    """Every tie that moves and every number of every week, to the last bit."""
    world, noted = noting(given_, p, seed)
    for note in noted[:FEW]:
        act = note.state_index, note.number - 1
        expected = world_without(world, *act)
        found = Ensemble(given_, [p]).simulate(world.number, 1, seed=seed, attributions=True, without=act)
        there = written(given_, Chunk("law", world.number, 1), {world.number: expected.recorder}, {})
        assert found.changes == there.changes
        for name in ("changes", "attributions", "week_ints", "week_floats", "world_ints"):
            assert getattr(found.output, name)[: found.changes if name in ROWS else None].tobytes() == (
                getattr(there.output, name).tobytes()
            ), name


@given(situations(uncourted), parameters(beta_peer=0.0, beta_own=0.0), seeds)
def test_without_contagion_no_act_of_another_state_hangs_on_an_act(
    given_: Situation, p: Parameters, seed: int
) -> None:
    world, noted = noting(given_, p, seed)
    for fate in deletions(world, noted[:FEW]):
        assert (fate["gone"], fate["new"], fate["moved"], fate["others"]) == (0, 0, 0, "")


@st.composite
def with_one_tie(draw: st.DrawFn) -> Situation:
    """Situations in which each state has one tie, so that an act can leave only more of it to break."""
    rows = [
        replace(row, levels=on(**{draw(st.sampled_from(TIES)): draw(st.integers(1, 3))}))
        for row in draw(population())
    ]
    return situation(rows, buffer=0.1, **draw(inputs(rows)))


@given(with_one_tie(), parameters(beta_peer=0.0, beta_own=0.0, rho=float("-inf"), attrition=0.0), seeds)
def test_without_contagion_and_own_acts_nothing_vanishes_with_an_act_on_a_states_only_tie(
    given_: Situation, p: Parameters, seed: int
) -> None:
    world, noted = noting(given_, p, seed)
    for fate in deletions(world, noted[:FEW]):
        assert fate["size"] == 0


@given(situations(), parameters(), seeds)
def test_exposures_run_forward_in_time_between_peers_and_add_up(
    given_: Situation, p: Parameters, seed: int
) -> None:
    world, noted = noting(given_, p, seed)
    graph = exposure_graph(world, noted)
    weeks = {key: node["week"] for key, node in graph.nodes(data=True)}
    assert all(weeks[one] < weeks[other] and one[0] != other[0] for one, other in graph.edges)
    assert all(edge["weight"] > 0.0 and edge["exposure"] > 0.0 for *_, edge in graph.edges(data=True))
    for note in noted:
        key = (given_.population.iso3[note.state_index], note.number)
        felt = sum(edge["exposure"] for *_, edge in graph.in_edges(key, data=True))
        assert abs(felt - note.exposure) <= 1e-9 * (1.0 + note.exposure)
