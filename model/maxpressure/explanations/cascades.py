"""Cascades in one world: which acts were exposed to which, and which vanish when one act is deleted.

An act of a peer adds to a state's exposure E by its share of the state's attention, and wears off with τ_E. The graph
has an edge from each earlier act to each later one in whose exposure it still counted; the tree keeps for each act the
earlier one that weighed most, where peers had a share of its attribution worth naming. Neither means that one act
caused the other. Cascade sizes do, within the model: the world is simulated again with one act deleted and every
random number the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import networkx as nx
import pandas as pd

from maxpressure.base.cautions import CONTAGION, NOT_SEPARATED
from maxpressure.base.numerics import weekly_decay
from maxpressure.base.shown import Shown
from maxpressure.base.text import as_markdown, percent, wrapped
from maxpressure.base.ties import TIES
from maxpressure.evidence.parameters import ParameterSet
from maxpressure.explanations.attribution import LEANS
from maxpressure.explanations.cascade_figure import CascadePlots, Key, save_cascade
from maxpressure.explanations.rerun import Conditions, Noted, Noting, conditions, deletions
from maxpressure.model import rules
from maxpressure.model.case import Case
from maxpressure.model.world import World
from maxpressure.results.results import Results

PICTURE: Final = "![The acts](cascade.png)\n"
"""The picture on a page."""

SWITCHED_OFF: Final = "Contagion is off in this scenario: no act adds to the hazard of a peer."
"""Stands in place of the share of peers."""

LARGEST: Final = 5
"""Cascades that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cascade(Shown):
    """Exposures and cascade sizes in one world.

    Attributes
    ----------
    given : Conditions
        The scenario, its parameters and its results.
    number : int
        The world.
    reproduction : float
        The mean share of peers' earlier acts in the hazard of an act of this world.
    acts : pandas.DataFrame
        A row for each act of the run: `iso3`, `state`, `act` (its number among the acts of its state, from 1), `week`,
        `date`, `ties`, `exposure` (E, per 10 % of weighted peers), `peers_share` of its attribution, `leans_on` (the
        earlier act that weighed most, or blank); and what happens when it is deleted and all random numbers stay the
        same: `gone` and `new` acts of others, `own_gone` and `own_new` later ones of its own, `moved` (acts of others
        that come in another week), `size` (all acts that vanish with it), `net` (the change in the number of acts
        besides its own) and `others` (the states that act less, −, or more, +).
    graph : networkx.DiGraph
        A node for each act, those on record before the window included, and an edge from an earlier act to a later
        one with its `weight` in the peer matrix, its part of the `exposure` and its `share` of the attribution.
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
        """Each act below the earlier one that weighed most in it, as a directed graph (networkx)."""
        leaning: list[Any] = list(self.acts[self.acts["leans_on"] != ""].itertuples())
        tree = nx.DiGraph()
        tree.add_nodes_from(self.graph.nodes(data=True))
        tree.add_edges_from((_key_of(row.leans_on), (row.iso3, row.act)) for row in leaning)
        return tree

    @property
    def exposures(self) -> pd.DataFrame:
        """The edges of the graph as a table: by the later act, the one that weighed most first."""
        rows = [
            {"from": f"{one[0]} {one[1]}", "to": f"{other[0]} {other[1]}", **edge}
            for one, other, edge in self.graph.edges(data=True)
        ]
        table = pd.DataFrame(rows, columns=["from", "to", "weight", "exposure", "share"])
        ranks = {f"{iso3} {number}": rank for rank, (iso3, number) in enumerate(self.graph.nodes)}
        order = table.assign(rank=table["to"].map(ranks), less=-table["exposure"])
        return table.loc[order.sort_values(["rank", "less"], kind="stable").index].reset_index(drop=True)

    @property
    def sizes(self) -> pd.DataFrame:
        """How many acts take so many others with them: `size`, `acts` and their `share` of all."""
        counts = self.acts["size"].value_counts().sort_index()
        share = (counts / max(len(self.acts), 1)).to_numpy()
        return pd.DataFrame({"size": counts.index, "acts": counts.to_numpy(), "share": share})

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables of acts and of exposures."""
        return {"cascade": self.acts, "exposures": self.exposures}

    @property
    def empty(self) -> bool:
        """Whether there is no cascade: no act leans on another, and none takes another away when deleted."""
        return not (self.acts["leans_on"] != "").any() and not (self.acts["size"] > 0).any()

    @property
    def finding(self) -> str:
        """What the world shows, in one sentence without a full stop."""
        acts, where = len(self.acts), f"World {self.number} under {self.given.name}"
        if not acts:
            return f"{where}: no state acts"
        if self.empty:
            off = (
                "" if self.given.scenario.mechanisms.contagion else "contagion is off in this scenario, and "
            )
            return (
                f"{where} has no cascade: {off}none of its {acts} acts leans on an act of a peer or takes another away "
                f"when deleted ({NOT_SEPARATED})"
            )
        leaning, taking = int((self.acts["leans_on"] != "").sum()), int((self.acts["size"] > 0).sum())
        leans = f"{leaning or 'none'} of {acts} acts lean{'s' if leaning == 1 else ''} on an earlier act of a peer"
        takes = f"{taking or 'none'} take{'s' if taking == 1 else ''} another act away when deleted"
        return f"{where}: {leans}; {takes}"

    @property
    def plot(self) -> CascadePlots:
        """The tree of leanings on the caller's axes: ``cascade.plot.tree(ax)``."""
        return CascadePlots(self)

    def text(self, width: int = 100) -> str:
        """The finding, the distribution of cascade sizes and the largest cascades, for a terminal."""
        return "\n".join(wrapped(self.sentences(), width, indent=""))

    def markdown(self) -> str:
        """The same sentences as a section of a page in Markdown."""
        lines = ["## Exposures and cascades\n", *(f"{as_markdown(one)}\n" for one in self.sentences())]
        return "\n".join(lines if self.empty else [*lines, PICTURE])

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Write page, tables, picture and ``explain.json`` into a folder; returns it.

        Raises InputError where the folder holds anything else, or, without ``force``, another explanation.
        """
        pages = {"cascade.md": self.markdown()}
        return self.given.write(
            folder, {"world": self.number}, pages, self.tables, self.pictures(), force=force
        )

    def pictures(self) -> Mapping[str, Any]:
        """What draws the picture, by the name of its file; nothing where there is no cascade."""
        if self.empty:
            return {}
        return {"cascade.png": lambda path: save_cascade(path, self, self.finding, self._figure_notes())}

    def sentences(self) -> Iterator[str]:
        """The finding, the distribution of cascade sizes, the largest of them, and their limits."""
        acts = self.acts
        yield f"{self.finding}."
        if self.empty:
            return
        counted = zip(*self.sizes[["size", "acts"]].to_numpy().T.astype(int).tolist(), strict=True)
        taken = ", ".join(f"{count} take {size or 'none'}" for size, count in counted)
        mean = acts[["size", "gone", "own_gone", "new", "own_new", "net", "moved"]].mean()
        yield (
            f"Cascade sizes: of {len(acts)} acts, each deleted once with common random numbers, {taken} with it; mean "
            f"{mean['size']:.2f} ({mean['gone']:.2f} acts of others, {mean['own_gone']:.2f} later ones of its own). A "
            f"deletion also adds {mean['new'] + mean['own_new']:.2f} acts (mandates and levels remain to be broken, "
            f"thresholds to be reached): net {mean['net']:+.2f}; it moves {mean['moved']:.2f} acts of others to "
            "another week."
        )
        largest = acts[acts["size"] > 0].sort_values("size", ascending=False, kind="stable").head(LARGEST)
        act: Any
        for act in largest.itertuples():
            others = f" ({act.others})" if act.others else " (its own later ones)"
            yield f"Without {act.state}'s act of the week of {act.date:%Y-%m-%d}: {act.size} fewer{others}."
        if not self.given.scenario.mechanisms.contagion:
            yield f"{SWITCHED_OFF} This is a single world."
            yield CONTAGION
            return
        yield (
            f"Peers' earlier acts are {100 * self.reproduction:.1f} % of the hazard of an act in this world on average "
            "(its break-off reproduction number, the acts of a next generation that one act is worth), against "
            f"{mean['gone']:.2f} acts of others that vanish with one. This is a single world: cascades differ from "
            "world to world."
        )
        if self.reproduction < 0.0:
            yield (
                "Under this world's posterior draw peers' acts hold others back; under other draws they do not."
            )
        yield CONTAGION

    def _figure_notes(self) -> str:
        """How to read the picture, and its limits."""
        given = self.given
        draw, draws = self.number % len(given.draws), len(given.draws)
        peers = f"Mean share of peers {100 * self.reproduction:.1f} % (reproduction number)"
        if not given.scenario.mechanisms.contagion:
            peers = SWITCHED_OFF.removesuffix(".")
        return (
            "Each act has a line. A line leads to it from the earlier act of a peer that weighed most in its exposure "
            f"(shared attention, fading with τ), where peers' acts had at least {percent(LEANS)} of its attribution; "
            "that is exposure, not proof of a cause. Vanish: acts of others, or later ones of its own, that do not "
            "come when this one is deleted and all random numbers stay the same. "
            f"{CONTAGION} {peers}; seed "
            f"{given.seed}, {given.parameters.status} parameters, posterior draw {draw} of "
            f"{draws}; n = {len(self.acts)} acts of one world."
        )


def _key_of(words: str) -> Key:
    """The act that a table calls by these words, such as MEX 1."""
    iso3, number = words.split(" ")
    return iso3, int(number)


def cascade(
    results: Results | str | Path,
    world: int,
    *,
    scenario: str | None = None,
    case: Case | None = None,
    parameters: str | Path | ParameterSet | None = None,
    progress: bool = False,
) -> Cascade:
    """Exposures and cascade sizes in one world of the results.

    The world is simulated again once for each of its acts, without that act and with the same random numbers.

    Parameters
    ----------
    results, world, scenario, case, parameters
        As for :func:`story`.
    progress
        Show a progress bar.

    Returns
    -------
    Cascade
        A table of acts, a graph of exposures, sentences and a picture.

    Raises
    ------
    InputError
        For a world that is not in the folder or failed, and where it cannot be repeated to the last bit.

    Examples
    --------
    >>> import datetime as dt, maxpressure as mp, tempfile
    >>> weeks = {"start": dt.date(2017, 9, 4), "weeks": 4}
    >>> autumn = mp.load_case().scenario("max-pressure-2017").but(name="autumn", window=weeks)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = mp.run(autumn, worlds=1, out=f"{folder}/results", progress=False)
    ...     found = mp.cascade(results, 0)
    >>> bool((found.acts["size"] == found.acts["gone"] + found.acts["own_gone"]).all())
    True
    """
    given = conditions(results, scenario, case=case, parameters=parameters)
    return cascade_of(given, given.simulated_again(world, Noting), progress=progress)


def cascade_of(given: Conditions, world: World, *, progress: bool = False) -> Cascade:
    """The cascades of a world that was simulated again by states that record their acts."""
    noted = [note for state in world.states if isinstance(state, Noting) for note in state.noted]
    noted.sort(key=lambda note: (note.week, note.state_index))
    graph = exposure_graph(world, noted)
    own = [note for note in noted if note.week >= world.first]
    population = given.situation.population
    rows = []
    for note, fate in zip(own, deletions(world, own, progress=progress), strict=True):
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
    "gone", "own_gone", "new", "own_new", "moved", "size", "net", "others",
)  # fmt: skip


# ---- exposures


def exposure_graph(world: World, noted: Sequence[Noted]) -> Any:
    """The acts in the order of weeks, an edge from each to every later one of a peer that is exposed to it."""
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
    weighed = [(-edge["exposure"], one) for one, _, edge in graph.in_edges(key, data=True)]
    (iso3, number) = min(weighed)[1]
    return f"{iso3} {number}"
