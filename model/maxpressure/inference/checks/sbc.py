"""Simulation-based calibration (Talts and others 2018): posteriors hold the truth as often as they say.

Parameters are drawn from the priors, a record is simulated under them and fitted, and the truth is ranked among
draws from the posterior. If simulator, likelihood and fit belong together, all ranks are equally likely. This
checks the code; whether the model is right it cannot say.

Records that the model itself made, to see what a fit makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from maxpressure.base.numerics import Floats, Ints
from maxpressure.engine.engines import Ensemble
from maxpressure.evidence.parameters import Parameters, from_numbers, parameter_names
from maxpressure.evidence.priors import IN_LIKELIHOOD, Grid, Priors, column
from maxpressure.inference.calibrate import identity
from maxpressure.inference.conjugate import marks, updated
from maxpressure.inference.fit import fit
from maxpressure.inference.likelihood import Likelihood, acts_in, moves_simulated, record_situation
from maxpressure.inference.posterior import Numbers, Problem, all_runs
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Case, Situation
from maxpressure.report.plot_style import COLOURS, LETTERS, QUIET

ACTS: Final = 0
"""The first of a world's whole numbers in the output: how many acts it saw."""

ROUNDS, WORLDS = 6, 400
"""How often the general level is set anew when a record of a given size is wanted, by how many worlds each time."""


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
class OneRun:
    """A truth from the priors, its record, its fit, and the rank of the truth."""

    situation: Situation
    priors: Priors
    method: Method
    seed: int

    def __call__(self, run: int) -> Numbers:
        """The ranks of the checked parameters, and how many acts the record had."""
        luck = np.random.default_rng([self.seed, run])
        truth = self.priors.draw(parameter_names(), 1, luck)[0]
        moves = record_of(self.situation, from_numbers(truth.tolist()), seed=self.seed, world=run)
        problem = problem_of(self.situation, self.priors, moves, truth)
        drawn = problem.rows(self._points(problem, run, luck))
        for name, law in updated(self.priors, marks(self.situation, moves)).items():
            drawn[:, column(name)] = law.law().rvs(size=DRAWS, random_state=luck)
        columns = [column(name) for name in checked(self.priors)]
        ranks = (drawn[:, columns] < truth[columns]).sum(axis=0)
        return {"ranks": ranks, "acts": np.array(acts_in(moves))}

    def _points(self, problem: Problem, run: int, luck: np.random.Generator) -> Floats:
        mode = fit(problem, ())
        if self.method == "laplace":
            return mode.draw(DRAWS, luck)
        return sample(problem, [mode], steps=STEPS, seed=[self.seed, run]).thinned(DRAWS)


def problem_of(situation: Situation, priors: Priors, moves: Ints, truth: Floats, **held: float) -> Problem:
    """A simulated record as a problem; parameters on a grid are held at their truth."""
    grids = [name for name, prior in priors.by_name.items() if isinstance(prior, Grid)]
    known = {name: float(truth[column(name)]) for name in grids}
    return Problem(Likelihood(situation, moves), priors, held=known | held)


def checked(priors: Priors) -> tuple[str, ...]:
    """The parameters whose posterior is not their prior, but for those on a grid."""
    names = priors.of(*IN_LIKELIHOOD, "exact")
    return tuple(name for name in names if not isinstance(priors.by_name[name], Grid))


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """The rank of each truth among the draws, (runs, parameters), and the acts of each record."""

    method: Method
    names: tuple[str, ...]
    ranks: Ints
    acts: Ints

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


def run(
    case: Case,
    priors: Priors,
    *,
    runs: int = 500,
    method: Method = "laplace",
    seed: int = 2017,
    workers: int = 1,
    progress: bool = False,
    work: Path | None = None,
) -> Ranks:
    """Rank the truth in so many runs; 500 by Laplace take minutes, 200 by Markov chains a good quarter of an hour."""
    found = all_runs(
        f"sbc-{method}",
        OneRun(record_situation(case), priors, method, seed),
        runs,
        identity=identity(case, priors, method, seed),
        work=work,
        workers=workers,
        progress=progress,
    )
    return Ranks(method, checked(priors), found["ranks"], found["acts"])


def draw(axes: Axes, result: Ranks) -> Axes:
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
