"""Records simulated under known parameters and fitted; simulation-based calibration (Talts and others 2018).

:func:`simulate_and_fit` is the loop that this check shares with :mod:`maxpressure.inference.checks.recovery`. Runs go
in blocks on several processes; each finished block is kept in a file of its own, so that an interrupted check
continues where it was. What the blocks depend on is part of their names.

In simulation-based calibration the truth is drawn from the priors and ranked among draws from the posterior. If
simulator, likelihood and fit belong together, all ranks are equally likely. This checks the code, not the model.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypedDict, Unpack

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import stats

from maxpressure.base.numerics import Floats, Ints
from maxpressure.base.shown import Shown
from maxpressure.base.text import cells, columns, markdown
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import IN_LIKELIHOOD, Grid, Priors, column
from maxpressure.experiments.executors import bar, spread
from maxpressure.inference.calibrate import identity
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.moves import acts_in, moves_simulated
from maxpressure.inference.posterior import Problem, fit, marks, updated
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET


class CheckTable(Shown):
    """A check's result: one table, shown as it is."""

    __slots__ = ()

    PLACES: ClassVar[int] = 2
    """Decimal places in text."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The numbers of the check."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The one table."""
        return {"check": self.table()}

    def text(self, width: int = 100) -> str:
        """The table, as many columns as fit."""
        return "\n".join(columns(cells(self.table().round(self.PLACES)), width))

    def markdown(self) -> str:
        """The table in Markdown."""
        return markdown(self.table(), self.PLACES)


# ---- simulated records

ACTS: Final = 0
"""The first of a world's whole numbers in the output: how many acts it saw."""

ROUNDS, WORLDS = 6, 400
"""How often the general level is adjusted towards a record of a given size, and by how many worlds each time."""


def record_of(situation: Situation, parameters: Parameters, *, seed: int, world: int) -> Ints:
    """What happens in one world, as moves."""
    return records_of(situation, [parameters], 1, seed=seed, first=world)[0]


def records_of(
    situation: Situation, draws: Sequence[Parameters], worlds: int, *, seed: int, first: int = 0
) -> list[Ints]:
    """What happens in each of some worlds, as moves; world w has draw w mod D."""
    simulated = Ensemble(situation, draws).simulate(first, worlds, seed=seed, attributions=False)
    changes = simulated.output.changes[: simulated.changes].astype(np.int64)
    ends = np.searchsorted(changes[:, 0], first + np.arange(worlds), side="right")
    parts = np.split(changes, ends[:-1])
    return [moves_simulated(part, len(situation.population.iso3)) for part in parts]


def acts_made(situation: Situation, draws: Sequence[Parameters], worlds: int, *, seed: int) -> Ints:
    """How many acts each of some worlds sees."""
    simulated = Ensemble(situation, draws).simulate(0, worlds, seed=seed, attributions=False)
    acts: Ints = simulated.output.world_ints[:, ACTS]
    return acts


def sized(situation: Situation, parameters: Parameters, acts: float, *, seed: int) -> Parameters:
    """The parameters with one number added to every alpha, so that worlds see so many acts on average."""
    for _ in range(ROUNDS):
        mean = max(1.0, float(acts_made(situation, [parameters], WORLDS, seed=seed).mean()))
        shift = float(np.log(acts / mean))
        first, second, third, fourth, fifth, sixth = (level + shift for level in parameters.alpha)
        parameters = parameters._replace(alpha=(first, second, third, fourth, fifth, sixth))
    return parameters


# ---- the loop

BLOCK: Final = 10
"""Runs of a block."""

Numbers = dict[str, NDArray[Any]]
"""The numbers of a run, by name."""


@dataclass(frozen=True, slots=True)
class Block:
    """Makes the runs of a block, or reads them where they are already kept."""

    one: Callable[[int], Numbers]
    identity: str
    folder: Path | None

    def __call__(self, chunk: Chunk) -> Numbers:
        """The numbers of all runs of a block, one row each."""
        path = None if self.folder is None else self.folder / f"{chunk.name}-{self.identity}.npz"
        if path is not None and path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return dict(kept)
        runs = [self.one(run) for run in range(chunk.first, chunk.first + chunk.worlds)]
        found = {name: np.stack([run[name] for run in runs]) for name in runs[0]}
        if path is not None:
            new = path.with_suffix(".new.npz")
            np.savez(new, **found)  # type: ignore[arg-type]  # an array may be named like a keyword
            new.replace(path)
        return found


def simulate_and_fit(
    name: str,
    one: Callable[[int], Numbers],
    count: int,
    *,
    identity: str,
    block: int = BLOCK,
    workers: int = 1,
    progress: bool = False,
    work: Path | None = None,
) -> Numbers:
    """Runs 0 to ``count`` − 1 of a check, a row each; finished blocks are kept in ``work`` and read from there."""
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    chunks = [Chunk(name, first, min(block, count - first)) for first in range(0, count, block)]
    parts = []
    with bar(chunks, progress=progress) as shown:
        finished = spread(Block(one, identity, work), chunks, compiled=False, workers=workers)
        for chunk, part in zip(chunks, finished, strict=True):
            shown.note(chunk)
            parts.append(part)
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedRecord:
    """A record simulated under known parameters: its moves, and the truth as a row of numbers."""

    situation: Situation
    priors: Priors
    seed: int
    run: int
    truth: Floats
    moves: Ints

    def problem(self, **held: float) -> Problem:
        """The record as a problem; parameters on a grid are held at their truth."""
        return problem_of(self.situation, self.priors, self.moves, self.truth, **held)


Truth = Callable[[int, np.random.Generator], Floats]
Measure = Callable[[SimulatedRecord, np.random.Generator], Numbers]


class How(TypedDict, total=False):
    """How a check runs: on so many processes, with a bar or none, finished blocks kept in a folder or not."""

    workers: int
    progress: bool
    work: Path | None


@dataclass(frozen=True, slots=True)
class OneRun:
    """Simulates a record under the truth of a run, and measures what a fit finds in it."""

    situation: Situation
    priors: Priors
    seed: int
    truth: Truth
    measure: Measure

    def __call__(self, run: int) -> Numbers:
        """The numbers of one run, and how many acts its record had."""
        rng = np.random.default_rng([self.seed, run])
        truth = self.truth(run, rng)
        moves = record_of(self.situation, from_numbers(truth.tolist()), seed=self.seed, world=run)
        record = SimulatedRecord(self.situation, self.priors, self.seed, run, truth, moves)
        return self.measure(record, rng) | {"acts": np.array(acts_in(moves))}


def problem_of(situation: Situation, priors: Priors, moves: Ints, truth: Floats, **held: float) -> Problem:
    """A simulated record as a problem; parameters on a grid are held at their truth."""
    grids = [name for name, prior in priors.by_name.items() if isinstance(prior, Grid)]
    known = {name: float(truth[column(name)]) for name in grids}
    return Problem(Likelihood(situation, moves), priors, held=known | held)


# ---- simulation-based calibration

Method = Literal["laplace", "mcmc"]

DRAWS: Final = 99

BINS: Final = 20

WITHIN: Final = (5, 94)
"""Ranks of a truth that the central 90 % interval holds: 90 of the 100 that there are."""

CHANCE: Final = 0.005
"""Of any parameter failing the rank test though all is well."""

COVERAGE: Final[dict[str, tuple[float, float]]] = {"laplace": (0.86, 0.94), "mcmc": (0.83, 0.97)}
"""What 500 runs, or 200, may give of a true 90 %: three standard deviations and a little either way."""

EXEMPT: Final[dict[str, tuple[str, ...]]] = {"laplace": ("sigma",), "mcmc": ()}
"""A record of some fifty acts often puts the mode of frailty at zero, or has one on either side of it; no single
normal distribution looks like that, so that sigma's ranks are shown but not required under Laplace."""

STEPS: Final = 300


@dataclass(frozen=True, slots=True)
class FromPriors:
    """A truth drawn from the priors."""

    priors: Priors

    def __call__(self, _: int, rng: np.random.Generator) -> Floats:
        """One value of every parameter."""
        drawn: Floats = self.priors.draw(parameter_names(), 1, rng)[0]
        return drawn


@dataclass(frozen=True, slots=True)
class RankOfTruth:
    """The rank of each checked parameter's truth among draws from the posterior."""

    method: Method

    def __call__(self, record: SimulatedRecord, rng: np.random.Generator) -> Numbers:
        """The ranks, (parameters,)."""
        problem, priors = record.problem(), record.priors
        drawn = problem.rows(self._points(problem, record, rng))
        for name, law in updated(priors, marks(record.situation, record.moves)).items():
            drawn[:, column(name)] = law.law().rvs(size=DRAWS, random_state=rng)
        at = [column(name) for name in checked(priors)]
        return {"ranks": (drawn[:, at] < record.truth[at]).sum(axis=0)}

    def _points(self, problem: Problem, record: SimulatedRecord, rng: np.random.Generator) -> Floats:
        mode = fit(problem, ())
        if self.method == "laplace":
            return mode.draw(DRAWS, rng)
        return sample(problem, [mode], steps=STEPS, seed=[record.seed, record.run]).thinned(DRAWS)


def checked(priors: Priors) -> tuple[str, ...]:
    """The parameters whose posterior is not their prior, but for those on a grid."""
    names = priors.of(*IN_LIKELIHOOD, "exact")
    return tuple(name for name in names if not isinstance(priors.by_name[name], Grid))


@dataclass(frozen=True, slots=True, eq=False)
class Ranks(CheckTable):
    """The rank of each truth among the draws, (runs, parameters), and the acts of each record."""

    method: Method
    names: tuple[str, ...]
    ranks: Ints
    acts: Ints

    PLACES: ClassVar[int] = 4

    def table(self) -> pd.DataFrame:
        """Coverage of the 90 % interval and the chi-square test of uniform ranks, for each parameter."""
        low, high = COVERAGE[self.method]
        inside = (self.ranks >= WITHIN[0]) & (self.ranks <= WITHIN[1])
        table = pd.DataFrame(
            {
                "parameter": self.names,
                "coverage": inside.mean(axis=0),
                "p_value": [uniform_p(ranks) for ranks in self.ranks.T],
                "mean_rank": self.ranks.mean(axis=0) / DRAWS,
                "required": [name not in EXEMPT[self.method] for name in self.names],
            }
        )
        fine = (table["p_value"] > CHANCE / len(self.names)) & table["coverage"].between(low, high)
        return table.assign(passed=fine)

    @property
    def passed(self) -> bool:
        """Whether every parameter that has to pass does."""
        table = self.table()
        return bool((table["passed"] | ~table["required"]).all())


def uniform_p(ranks: Sequence[int] | Ints) -> float:
    """The chi-square test that ranks from 0 to 99 are equally likely, in 20 bins."""
    counts = np.bincount(np.asarray(ranks) * BINS // (DRAWS + 1), minlength=BINS)
    return float(stats.chisquare(counts).pvalue)


def rank_truths(
    case: Case,
    priors: Priors,
    *,
    runs: int = 500,
    method: Method = "laplace",
    seed: int = 2017,
    **how: Unpack[How],
) -> Ranks:
    """Rank the truth in so many runs; 500 by Laplace take minutes, 200 by Markov chains a good quarter of an hour."""
    one = OneRun(record_situation(case), priors, seed, FromPriors(priors), RankOfTruth(method))
    known = identity(case, priors, method, seed)
    found = simulate_and_fit(f"sbc-{method}", one, runs, identity=known, **how)
    return Ranks(method, checked(priors), found["ranks"], found["acts"])


def draw_ranks(axes: Axes, result: Ranks) -> Axes:
    """How far the share of ranks below each value departs from what it should be, a line for each parameter.

    In the grey band lie 99 of 100 lines at each value if all is well.
    """
    runs = len(result.ranks)
    at = np.arange(DRAWS + 1)
    due = (at + 1) / (DRAWS + 1)
    low, high = (stats.binom.ppf(level, runs, due) / runs - due for level in (0.005, 0.995))
    axes.fill_between(due, low, high, color=QUIET, alpha=0.18, linewidth=0)
    for name, ranks in zip(result.names, result.ranks.T, strict=True):
        away = (ranks[:, np.newaxis] <= at).mean(axis=0) - due
        required = name not in EXEMPT[result.method]
        axes.plot(due, away, color=COLOURS[0 if required else 1], linewidth=0.9, label=name)
        farthest = int(np.abs(away).argmax())
        if not low[farthest] <= away[farthest] <= high[farthest]:
            axes.annotate(name, (due[farthest], away[farthest]), fontsize=LETTERS)
    axes.axhline(0.0, color=QUIET, linewidth=0.6)
    axes.set_xlabel("rank of the truth among the draws", fontsize=LETTERS)
    axes.set_ylabel("share of runs up to this rank, less what is due", fontsize=LETTERS)
    axes.tick_params(labelsize=LETTERS)
    axes.spines[["top", "right"]].set_visible(False)
    return axes
