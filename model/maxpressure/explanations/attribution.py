"""The causes of acts in words, and the sentences that must stand beside them.

How a state's probability of acting moves when mechanisms are switched off: exact over all their subsets.

Each subset of the mechanisms is a scenario of its own, lived in the same worlds under the same luck and the same
draws. Switching one off while all others work (*change*) depends on what else is at work; the Shapley value is its
mean over every order in which they can be switched on, and these values add up to the whole difference that the
mechanisms make. Both are averages of differences world by world, so their Monte Carlo errors are paired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maxpressure.engine.engines import Chunk, CompiledEngine, Keep
from maxpressure.engine.record import ACT
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.store import missing
from maxpressure.explanations.rerun import Conditions
from maxpressure.model.case import Situation, prepare
from maxpressure.model.rules import GROUPS
from maxpressure.results.statistics import error_of_mean

NAMED: Final = {
    "shock": "tests",
    "mandate": "mandates",
    "request": "requests to it",
    "campaign": "the campaign",
    "peers": "peers' acts",
    "own_momentum": "its own earlier acts",
    "incident": "an incident",
    "engagement": "engagement",
    "who": "who it is",
}
"""The groups of an account as a sentence has them."""

WORTH_NAMING: Final = 0.1
"""Shares below this are left out of a sentence."""

LEANS: Final = 0.05
"""The share of an act's account from which on it is said to lean on peers' earlier acts."""

UPPER_BOUND: Final = (
    "Requests were publicised where they succeeded, so what is put down to them is an upper bound."
)


def in_words(attribution: Sequence[float]) -> str:
    """What a hazard was mostly due to: the groups worth naming, the largest first, then what held back.

    The shares stand in the order of ``rules.GROUPS`` and add up to one.
    """
    shares = sorted(zip(attribution, GROUPS, strict=True), key=lambda pair: -pair[0])
    named = [(share, NAMED[group]) for share, group in shares if share >= WORTH_NAMING]
    pushed = _listed([f"{words} ({percent(share)})" for share, words in named])
    leading = "mostly " if named and named[0][0] >= 0.5 else ""
    held = [f"{NAMED[group]} ({percent(share)})" for share, group in shares if share <= -WORTH_NAMING]
    back = f", held back by {_listed(held)}" if held else ""
    return f"{leading}{pushed or 'many small causes'}{back}"


def percent(share: float) -> str:
    """A share in whole per cent, 0 and 100 only where it is none or all."""
    if 0.0 < abs(share) < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 < share < 1.0 else f"{round(100 * share)} %"


def _listed(words: Sequence[str]) -> str:
    """Words joined by commas and a last *and*."""
    *first, last = words or ("",)
    return f"{', '.join(first)} and {last}" if first else last


MECHANISMS: Final[Mapping[str, str]] = {
    "shocks": "shock",
    "mandates": "mandate",
    "requests": "request",
    "campaign": "campaign",
    "contagion": "peers",
    "own_momentum": "own_momentum",
    "incidents": "incident",
}
"""What can be switched off, each with the group of an act's account that it feeds."""

TOGETHER: Final = 500
"""Worlds in a chunk."""

AS_IT_IS, A_WEEK_LATE = "as it is", "requests a week late"

Floats = NDArray[np.float64]


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
    late: Chance | None  # requests felt a week later, where the scenario has them felt at once

    @property
    def worlds(self) -> int:
        """In how many worlds each subset was lived."""
        return self.all_on.worlds


@dataclass(frozen=True, slots=True)
class Acting:
    """Lives chunks of variants and tells in which worlds a state acted; it travels to workers of any kind."""

    given: Conditions
    engine: CompiledEngine
    index: int  # of the state

    def __call__(self, chunk: Chunk) -> NDArray[np.bool_]:
        """Whether the state acted, for each world of the chunk."""
        simulated = self.engine.simulate(chunk)
        if chunk.scenario == AS_IT_IS:
            self.given.check_simulated(Chunk(self.given.name, chunk.first, chunk.worlds), simulated)
        world, _, place, kind = simulated.output.changes[: simulated.changes, :4].T
        acted = np.zeros(chunk.worlds, dtype=np.bool_)
        acted[world[(place == self.index) & (kind == ACT)] - chunk.first] = True
        return acted


def switch_off(
    given: Conditions, iso3: str, *, worlds: int, workers: int | None = None, progress: bool = False
) -> SwitchOff:
    """Live every subset of the mechanisms in the folder's first so many worlds and weigh them for one state.

    Raises InputError where the folder's own worlds do not come out again as its rows say.
    """
    names = tuple(name for name in MECHANISMS if getattr(given.scenario.mechanisms, name))
    acted = _simulated(given, names, iso3, worlds, workers, progress=progress)
    draws = np.arange(worlds) % len(given.draws)
    everything = _subset(range(len(names)))
    subsets = np.stack([acted[_name(subset, everything)] for subset in range(everything + 1)])
    values = shapley(subsets)
    rows = []
    for place, name in enumerate(names):
        without = subsets[everything - (1 << place)]
        off, change = chance_of(without, draws), without - subsets[everything]
        rows.append(
            {
                "mechanism": name,
                "switched_off": off.share,
                "off_error": off.error,
                "change": change.mean(),
                "change_error": error_of_mean(change, draws),
                "shapley": values[place].mean(),
                "shapley_error": error_of_mean(values[place], draws),
                "worlds": worlds,
            }
        )
    return SwitchOff(
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        all_on=chance_of(subsets[everything], draws),
        all_off=chance_of(subsets[0], draws),
        late=chance_of(acted[A_WEEK_LATE], draws) if A_WEEK_LATE in acted else None,
    )


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


def _subset(places: Sequence[int] | range) -> int:
    return sum(1 << place for place in places)


def _name(subset: int, everything: int) -> str:
    """What the scenario of a subset is called while it is lived."""
    return AS_IT_IS if subset == everything else f"variant {subset + 1} of {everything + 1}"


def variants(given: Conditions, names: Sequence[str]) -> dict[str, Situation]:
    """The situation of each subset of the mechanisms, and where requests are felt at once, of all a week later.

    Switching a mechanism off changes nothing that a world is told, only the scenario by which it reads its
    parameters, so that nothing is laid out anew.
    """
    everything = _subset(range(len(names)))
    found = {}
    for subset in range(everything + 1):
        off: dict[str, Any] = {name: False for place, name in enumerate(names) if not subset >> place & 1}
        scenario = given.scenario.but(mechanisms=off)
        found[_name(subset, everything)] = replace(given.situation, scenario=scenario)
    if given.scenario.requests.lag_weeks == 0:
        found[A_WEEK_LATE] = prepare(given.case, given.scenario.but(requests={"lag_weeks": 1}))
    return found


def _simulated(
    given: Conditions, names: Sequence[str], iso3: str, worlds: int, workers: int | None, *, progress: bool
) -> dict[str, Floats]:
    """For each variant 1.0 where the state acted and 0.0 where it did not, a number for each world."""
    situations = variants(given, names)
    place = given.situation.population.iso3.index(iso3)
    engine = CompiledEngine(situations, given.first_draws(worlds), given.seed, Keep(0, 0), TOGETHER)
    chunks = missing([], tuple(situations), worlds, TOGETHER)
    chunks.sort(key=lambda chunk: chunk.scenario != AS_IT_IS)  # what cannot be made again is refused at once
    found: dict[str, list[NDArray[np.bool_]]] = {}
    with bar(chunks, progress=progress) as shown:
        simulated = spread(Acting(given, engine, place), chunks, compiled=True, workers=workers)
        for chunk, acted in zip(chunks, simulated, strict=True):
            found.setdefault(chunk.scenario, []).append(acted)
            shown.note(chunk)
    return {name: np.concatenate(parts).astype(np.float64) for name, parts in found.items()}


def chance_of(acted: Floats, draws: NDArray[np.int64]) -> Chance:
    """The probability of acting, from 1.0 or 0.0 and the number of the draw for each world."""
    return Chance(share=float(acted.mean()), error=error_of_mean(acted, draws), worlds=len(acted))
