"""Why a state acts: the attribution of a hazard in words, and mechanisms switched off in every combination.

Each subset of the mechanisms is a scenario of its own, simulated in the same worlds with common random numbers and the
same posterior draws. Switching one off while all others work (*change*) depends on what else is at work; the Shapley
value is its mean over every order in which they can be switched on, and these values add up to the whole difference
that the mechanisms make. Both are averages of differences world by world, so their Monte Carlo errors are paired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.base.numerics import Floats
from maxpressure.base.text import joined, percent
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.engines import Ensemble
from maxpressure.engine.record import ACT
from maxpressure.evidence.parameters import Parameters
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.receipts import missing
from maxpressure.explanations.rerun import Conditions
from maxpressure.model.case import Situation, prepare
from maxpressure.model.rules import GROUPS
from maxpressure.results.statistics import error_of_mean
from maxpressure.scenario import Scenario

GROUPS_IN_WORDS: Final = {
    "shock": "tests",
    "mandate": "mandates",
    "request": "requests to it",
    "campaign": "the campaign",
    "peers": "peers' acts",
    "own_acts": "its own earlier acts",
    "incident": "an incident",
    "engagement": "engagement",
    "baseline": "the baseline",
}
"""The groups of an attribution in a sentence."""

BASELINE: Final = "The baseline is the hazard that would be left without any dynamic term."
LEVELS: Final = "Levels: 3 full, 2 reduced, 1 residual, 0 none."

WORTH_NAMING: Final = 0.1
"""Shares below this are left out of a sentence."""

LEANS: Final = 0.05
"""The share of an act's attribution from which on it is said to lean on peers' earlier acts."""


def in_words(attribution: Sequence[float]) -> str:
    """What a hazard was mostly due to: the groups worth naming, the largest first, then what reduced it.

    The shares stand in the order of ``rules.GROUPS`` and add up to one.
    """
    shares = sorted(zip(attribution, GROUPS, strict=True), key=lambda pair: -pair[0])
    named = [(share, GROUPS_IN_WORDS[group]) for share, group in shares if share >= WORTH_NAMING]
    pushed = joined([f"{words} ({percent(share)})" for share, words in named])
    leading = "mostly " if named and named[0][0] >= 0.5 else ""
    held = [
        f"{GROUPS_IN_WORDS[group]} ({percent(share)})" for share, group in shares if share <= -WORTH_NAMING
    ]
    back = f", held back by {joined(held)}" if held else ""
    return f"{leading}{pushed or 'many small causes'}{back}"


MECHANISMS: Final[Mapping[str, str]] = {
    "shocks": "shock",
    "mandates": "mandate",
    "requests": "request",
    "campaign": "campaign",
    "contagion": "peers",
    "own_acts": "own_acts",
    "incidents": "incident",
}
"""What can be switched off, each with the group of an attribution that it feeds."""

WITH_IT: Final[Mapping[str, tuple[str, ...]]] = {"mandates": ("news",)}
"""What is switched off along with a mechanism: all that a resolution does is one group of an attribution."""

TOGETHER: Final = 500
"""Worlds in a chunk."""

AS_IT_IS, A_WEEK_LATE = "as it is", "requests a week late"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chance:
    """A probability over worlds with its Monte Carlo error."""

    share: float
    error: float
    worlds: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwitchOff:
    """What each mechanism does to a state's probability of acting by the end of the run.

    ``table`` has a row for each mechanism that the scenario has on: ``mechanism``; ``switched_off``, the probability
    without it, and its ``off_error``; ``change``, that less the probability with all on; ``shapley``; the errors of
    both; ``worlds``.
    """

    table: pd.DataFrame
    all_on: Chance
    all_off: Chance
    late: Chance | None  # with requests a week later, where in the scenario they take effect at once

    @property
    def worlds(self) -> int:
        """In how many worlds each subset was simulated."""
        return self.all_on.worlds


@dataclass(frozen=True, slots=True)
class Acting:
    """Simulates chunks of variants and returns in which worlds a state acted; it travels to workers of any kind."""

    given: Conditions
    situations: Mapping[str, Situation]
    draws: Sequence[Parameters]
    index: int  # of the state

    def __call__(self, chunk: Chunk) -> NDArray[np.bool_]:
        """Whether the state acted, for each world of the chunk."""
        ensemble, whole = Ensemble(self.situations[chunk.scenario], self.draws), chunk.scenario == AS_IT_IS
        own = self.index if whole else ensemble.narrowed(self.index)
        simulated = ensemble.simulate(chunk.first, chunk.worlds, seed=self.given.seed, attributions=False)
        if whole:
            self.given.check_simulated(Chunk(self.given.name, chunk.first, chunk.worlds), simulated)
        world, _, index, kind = simulated.output.changes[: simulated.changes, :4].T
        acted = np.zeros(chunk.worlds, dtype=np.bool_)
        acted[world[(index == own) & (kind == ACT)] - chunk.first] = True
        return acted


def switch_off(
    given: Conditions, iso3: str, *, worlds: int, workers: int | None = None, progress: bool = False
) -> SwitchOff:
    """Simulate every subset of the mechanisms in the folder's first so many worlds and weigh them for one state.

    Raises InputError where the folder's own worlds, simulated again, do not equal its rows.
    """
    names = tuple(name for name in MECHANISMS if is_on(given.scenario, name))
    acted = _simulated(given, names, iso3, worlds, workers, progress=progress)
    draws = np.arange(worlds) % len(given.draws)
    everything = _subset(range(len(names)))
    subsets = np.stack([acted[_name(subset, everything)] for subset in range(everything + 1)])
    values = shapley(subsets)
    rows = []
    for player, name in enumerate(names):
        without = subsets[everything - (1 << player)]
        off, change = chance_of(without, draws), without - subsets[everything]
        rows.append(
            {
                "mechanism": name,
                "switched_off": off.share,
                "off_error": off.error,
                "change": change.mean(),
                "change_error": error_of_mean(change, draws),
                "shapley": values[player].mean(),
                "shapley_error": error_of_mean(values[player], draws),
                "worlds": worlds,
            }
        )
    return SwitchOff(
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        all_on=chance_of(subsets[everything], draws),
        all_off=chance_of(subsets[0], draws),
        late=chance_of(acted[A_WEEK_LATE], draws) if A_WEEK_LATE in acted else None,
    )


def is_on(scenario: Scenario, mechanism: str) -> bool:
    """Whether a scenario has a mechanism on, or one that is switched with it."""
    return any(getattr(scenario.mechanisms, name) for name in (mechanism, *WITH_IT.get(mechanism, ())))


COLUMNS: Final = (
    "mechanism", "switched_off", "off_error", "change", "change_error", "shapley", "shapley_error", "worlds",
)  # fmt: skip


def shapley(subsets: Floats) -> Floats:
    """The Shapley values of k players, (k, worlds), from what each of their 2^k subsets is worth, (2^k, worlds).

    Player m is in the subset of number S where bit m of S is set. It gets the mean of what it adds to those before
    it over all k! orders: Σ_S s!(k−s−1)!/k! · (v(S + m) − v(S)) over the subsets without it.
    """
    players = len(subsets).bit_length() - 1
    values = np.zeros((players, subsets.shape[1]))
    for player in range(players):
        for subset in range(len(subsets)):
            if not subset >> player & 1:
                size = subset.bit_count()
                weight = factorial(size) * factorial(players - size - 1) / factorial(players)
                values[player] += weight * (subsets[subset | 1 << player] - subsets[subset])
    return values


def _subset(players: Sequence[int] | range) -> int:
    return sum(1 << player for player in players)


def _name(subset: int, everything: int) -> str:
    """The name of a subset's scenario while it is simulated."""
    return AS_IT_IS if subset == everything else f"variant {subset + 1} of {everything + 1}"


def variants(given: Conditions, names: Sequence[str]) -> dict[str, Situation]:
    """The situation of each subset of the mechanisms, and where requests take effect at once, of all a week later.

    Switching a mechanism off changes no input of a world, only the scenario by which it reads its parameters, so
    that no input is computed again.
    """
    everything = _subset(range(len(names)))
    found = {}
    for subset in range(everything + 1):
        off: dict[str, Any] = {
            switch: False
            for player, name in enumerate(names)
            if not subset >> player & 1
            for switch in (name, *WITH_IT.get(name, ()))
        }
        scenario = given.scenario.but(mechanisms=off)
        found[_name(subset, everything)] = replace(given.situation, scenario=scenario)
    if given.scenario.requests.lag_weeks == 0 and given.scenario.mechanisms.requests:
        found[A_WEEK_LATE] = prepare(given.case, given.scenario.but(requests={"lag_weeks": 1}))
    return found


def _simulated(
    given: Conditions, names: Sequence[str], iso3: str, worlds: int, workers: int | None, *, progress: bool
) -> dict[str, Floats]:
    """For each variant 1.0 where the state acted and 0.0 where it did not, a number for each world."""
    situations = variants(given, names)
    index = given.situation.population.iso3.index(iso3)
    acting = Acting(given, situations, given.first_draws(worlds), index)
    chunks = missing([], tuple(situations), worlds, TOGETHER)
    chunks.sort(key=lambda chunk: chunk.scenario != AS_IT_IS)  # what cannot be repeated is refused at once
    found: dict[str, list[NDArray[np.bool_]]] = {}
    with bar(chunks, progress=progress) as shown:
        simulated = spread(acting, chunks, compiled=True, workers=workers)
        for chunk, acted in zip(chunks, simulated, strict=True):
            found.setdefault(chunk.scenario, []).append(acted)
            shown.note(chunk)
    return {name: np.concatenate(parts).astype(np.float64) for name, parts in found.items()}


def chance_of(acted: Floats, draws: NDArray[np.int64]) -> Chance:
    """The probability of acting, from 1.0 or 0.0 and the number of the draw for each world."""
    return Chance(share=float(acted.mean()), error=error_of_mean(acted, draws), worlds=len(acted))
