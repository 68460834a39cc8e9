"""Who was exposed to whom in one world: the graph of exposures, the tree of leanings, and cascade sizes.

An act of a peer adds to a state's exposure E by its share of the state's attention, and wears off with τ_E. The
graph has an edge from each earlier act to each later one in whose exposure it still counted; the tree keeps for each
act the earlier one that weighed most, where peers had a share of its account worth naming. Neither says that one act
caused the other. Cascade sizes do, within the model: the world is lived again with one act deleted and all luck as it
was.

What the cascades of one world show, in sentences.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import networkx as nx
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.cautions import CONTAGION
from maxpressure.base.numerics import weekly_decay
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.explanations.attribution import LEANS, percent
from maxpressure.explanations.rerun import Conditions, Noted, Noting, conditions, deletions
from maxpressure.model import rules
from maxpressure.model.case import Case
from maxpressure.model.world import World
from maxpressure.results.results import Results

Key = tuple[str, int]
"""An act: the state and which of its acts it is, from 1, those before the window counted too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cascade:
    """Exposures and cascade sizes in one world.

    ``acts`` has a row for each act of the run: ``iso3``, ``state``, ``act`` (which of its acts, from 1), ``week``,
    ``date``, ``ties``, ``exposure`` (E, per 10 % of weighted peers), ``peers_share`` of its account; ``leans_on``, the
    act that weighed most, or blank; and what happens when it is deleted under the same luck: ``gone`` and ``new`` acts
    of others, ``own_gone`` and ``own_new`` of its own later ones, ``moved``, acts of others that come in another week,
    ``size``, all acts that vanish with it, ``net``, the change in the number of acts beside its own, and ``who``.

    ``graph`` has a node for each act, those on record before the window among them, and an edge from an earlier act
    to a later one with its ``weight`` in the peer matrix, its part of the exposure (``exposure``) and of the account.
    """

    given: Conditions
    number: int
    reproduction: float
    acts: pd.DataFrame
    graph: Any

    def __repr__(self) -> str:
        return f"<Cascades of world {self.number} under {self.given.name} in {self.given.results.place}>"

    @property
    def tree(self) -> Any:
        """The tree of leanings: each act below the one that it leans on."""
        leaning: list[Any] = list(self.acts[self.acts["leans_on"] != ""].itertuples())
        tree = nx.DiGraph()
        tree.add_nodes_from(self.graph.nodes(data=True))
        tree.add_edges_from((key_of(row.leans_on), (row.iso3, row.act)) for row in leaning)
        return tree

    @property
    def exposures(self) -> pd.DataFrame:
        """The edges of the graph as a table: by the later act, the one that weighed most first."""
        rows = [
            {"from": f"{one[0]} {one[1]}", "to": f"{other[0]} {other[1]}", **told}
            for one, other, told in self.graph.edges(data=True)
        ]
        table = pd.DataFrame(rows, columns=["from", "to", "weight", "exposure", "share"])
        place = {f"{iso3} {number}": rank for rank, (iso3, number) in enumerate(self.graph.nodes)}
        order = table.assign(rank=table["to"].map(place), less=-table["exposure"])
        return table.loc[order.sort_values(["rank", "less"], kind="stable").index].reset_index(drop=True)

    @property
    def sizes(self) -> pd.DataFrame:
        """How many acts take so many others with them: ``size``, ``acts`` and their ``share`` of all."""
        counts = self.acts["size"].value_counts().sort_index()
        share = (counts / max(len(self.acts), 1)).to_numpy()
        return pd.DataFrame({"size": counts.index, "acts": counts.to_numpy(), "share": share})

    def lines(self, width: int = 100) -> list[str]:
        """What the cascades show, for a terminal."""
        return lines(self, width)

    def draw(self, axes: Axes) -> Axes:
        """Draw the tree on axes."""
        from maxpressure.explanations.cascade_figure import cascade_tree  # noqa: PLC0415

        return cascade_tree(axes, self)


def key_of(words: str) -> Key:
    """The act that a table calls by these words, such as MEX 1."""
    iso3, number = words.split(" ")
    return iso3, int(number)


def cascade(
    results: Results,
    world: int,
    *,
    scenario: str | None = None,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
    progress: bool = False,
) -> Cascade:
    """The cascades of one world of the results, by its number, under a scenario, by default the first.

    The world is lived again once for each of its acts. Raises InputError where it can no longer be.
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    return cascade_of(given, given.relived(world, Noting), progress=progress)


def cascade_of(given: Conditions, world: World, *, progress: bool = False) -> Cascade:
    """The cascades of a world that has been lived again by states that take notes."""
    noted = [note for state in world.states if isinstance(state, Noting) for note in state.noted]
    noted.sort(key=lambda note: (note.week, note.state_index))
    graph = exposure_graph(world, noted)
    own = [note for note in noted if note.week >= world.first]
    population = given.situation.population
    rows = []
    for note, fate in zip(own, deletions(world, own, given.name, progress=progress), strict=True):
        iso3 = population.iso3[note.state_index]
        rows.append(
            {
                "iso3": iso3,
                "state": population.names[note.state_index],
                "act": note.number,
                "week": note.week,
                "date": pd.Timestamp(given.situation.timeline.monday(note.week)),
                "ties": ", ".join(f"{TIES[one.tie]} {one.before} → {one.after}" for one in note.changes),
                "exposure": note.exposure,
                "peers_share": note.peers_share,
                "leans_on": _leans_on(graph, (iso3, note.number), note),
                **fate,
            }
        )
    return Cascade(
        given=given,
        number=world.number,
        reproduction=world.recorder.world_row().reproduction,
        acts=pd.DataFrame(rows, columns=list(COLUMNS)),
        graph=graph,
    )


COLUMNS: Final = (
    "iso3", "state", "act", "week", "date", "ties", "exposure", "peers_share", "leans_on",
    "gone", "own_gone", "new", "own_new", "moved", "size", "net", "who",
)  # fmt: skip


# ---- who was exposed to whom


def exposure_graph(world: World, noted: Sequence[Noted]) -> Any:
    """The acts in the order of weeks, with an edge from each act to each later one of a peer that still felt it."""
    peers, iso3 = world.situation.population.peers, world.situation.population.iso3
    weights = {
        (int(watcher), actor): float(weight)
        for actor in range(len(iso3))
        for watcher, weight in zip(
            peers.watcher[peers.first[actor] : peers.first[actor + 1]],
            peers.weight[peers.first[actor] : peers.first[actor + 1]],
            strict=True,
        )
    }
    decay = weekly_decay(world.parameters.tau_peer)
    graph = nx.DiGraph()
    for note in noted:
        key = (iso3[note.state_index], note.number)
        graph.add_node(key, week=note.week, before=note.week < world.first)
        if note.week < world.first:
            continue
        for earlier in noted:
            weight = weights.get((note.state_index, earlier.state_index), 0.0)
            if earlier.week < note.week and weight > 0.0:
                felt = rules.noticed(weight) * decay ** (note.week - earlier.week - 1)
                graph.add_edge(
                    (iso3[earlier.state_index], earlier.number),
                    key,
                    weight=weight,
                    exposure=felt,
                    share=note.peers_share * felt / note.exposure,
                )
    return graph


def _leans_on(graph: Any, key: Key, note: Noted) -> str:
    """The earlier act that weighed most in this one, where peers had a share worth naming."""
    if note.peers_share < LEANS:
        return ""
    weighed = [(-told["exposure"], one) for one, _, told in graph.in_edges(key, data=True)]
    (iso3, number) = min(weighed)[1]
    return f"{iso3} {number}"


LARGEST: Final = 5
"""Cascades that are named one by one."""


def finding(found: Cascade) -> str:
    """The picture's title: what the world shows."""
    acts = len(found.acts)
    where = f"World {found.number} under {found.given.name}"
    if not acts:
        return f"{where}: no state acts"
    leaning, taking = int((found.acts["leans_on"] != "").sum()), int((found.acts["size"] > 0).sum())
    leans = (
        f"{leaning or 'none'} of {acts} acts lean{'s' if leaning == 1 else ''} on an earlier act of a peer"
    )
    takes = f"{taking or 'none'} take{'s' if taking == 1 else ''} another act away when deleted"
    return f"{where}: {leans}; {takes}"


def lines(found: Cascade, width: int) -> list[str]:
    """All that is said of the cascades, for a terminal."""
    return [
        line for words in sentences(found) for line in textwrap.wrap(words, width, break_on_hyphens=False)
    ]


def sentences(found: Cascade) -> Iterator[str]:
    """The finding, the distribution of cascade sizes, the largest of them, and what stands beside it."""
    acts = found.acts
    yield f"{finding(found)}."
    if acts.empty:
        return
    counted = zip(*found.sizes[["size", "acts"]].to_numpy().T.astype(int).tolist(), strict=True)
    told = [f"{count} take {size or 'none'}" for size, count in counted]
    mean = acts[["size", "gone", "own_gone", "new", "own_new", "net", "moved"]].mean()
    yield (
        f"Cascade sizes: of {len(acts)} acts, each deleted once under the same luck, {', '.join(told)} with it; "
        f"mean {mean['size']:.2f} ({mean['gone']:.2f} acts of others, {mean['own_gone']:.2f} later ones of its own). "
        f"A deletion also brings {mean['new'] + mean['own_new']:.2f} acts forth (mandates and levels left to break, "
        f"luck left over): net {mean['net']:+.2f}; it moves {mean['moved']:.2f} acts of others to another week."
    )
    largest = acts[acts["size"] > 0].sort_values("size", ascending=False, kind="stable").head(LARGEST)
    act: Any
    for act in largest.itertuples():
        who = f" ({act.who})" if act.who else " (its own later ones)"
        yield f"Without {act.state}'s act of the week of {act.date:%Y-%m-%d}: {act.size} fewer{who}."
    yield (
        f"Peers' earlier acts are {100 * found.reproduction:.1f} % of the hazard of an act in this world on average "
        "(its break-off reproduction number, the acts of a next generation that one act is worth), against "
        f"{mean['gone']:.2f} acts of others that vanish with one. A single world: other luck, other cascades."
    )
    if found.reproduction < 0.0:
        yield "Under this world's draw of the parameters peers' acts hold others back; under other draws they do not."
    yield CONTAGION


def figure_notes(found: Cascade) -> str:
    """How to read the picture, and what it does not say."""
    given = found.given
    draw, draws = found.number % len(given.draws), len(given.draws)
    return (
        "Each act has a line. A line leads to it from the earlier act of a peer that weighed most in its exposure "
        f"(shared attention, fading with τ), where peers' acts had at least {percent(LEANS)} of its account; that is "
        "exposure, not proof of a cause. Vanish: acts of others, or later ones of its own, that do not come when this "
        f"one is deleted and all luck stays as it was. {CONTAGION} Mean share of peers {100 * found.reproduction:.1f} "
        f"% (reproduction number); seed {given.seed}, {given.parameters.status} parameters, draw {draw} of {draws}; "
        f"n = {len(found.acts)} acts of one world."
    )
