"""The main numbers under both records, with requests at once, a week late and left out.

Each treatment is fitted anew. Its draws give the hazard ratios, and simulate the shipped scenarios with common random
numbers. Dates are those of the table, parameters that the record says nothing about stand at the middle of their
priors: intervals hold the uncertainty of the fit and the chance of a world, and no error of the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
import pandas as pd

from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk
from maxpressure.engine.record import ACT
from maxpressure.evidence.headline import HeadlineRow, Treatment
from maxpressure.evidence.parameters import Parameters, from_numbers, named_numbers
from maxpressure.evidence.priors import Priors
from maxpressure.experiments.executors import spread
from maxpressure.inference.checks.holdout import ORIGINS
from maxpressure.inference.checks.options import Rule
from maxpressure.inference.checks.protocol import Scorer
from maxpressure.inference.checks.sbc import acts_made
from maxpressure.inference.posterior import fits
from maxpressure.inference.rivals import DRAWS, STEPS
from maxpressure.inference.sampling import sample
from maxpressure.model.case import Case, prepare

WORLDS: Final = 2000
NUMBERS: Final = ("middle", "low", "high")
BASE: Final = "max-pressure-2017"
WITHIN: Final = "comparable within a record"
"""Said of scores: another record has other acts to foretell."""

TREATMENTS: Final[Mapping[Treatment, Rule]] = {
    "strict": Rule("", decides=(), scenario={"record": "strict"}),
    "broad": Rule("", decides=(), scenario={"record": "broad"}),
    "strict, requests a week late": Rule(
        "", decides=(), scenario={"record": "strict", "requests": {"lag_weeks": 1}}
    ),
    "strict, no requests": Rule("", held={"beta_request": 0.0}, decides=(), scenario={"record": "strict"}),
}

RATIOS: Final = {
    "beta_request": "Hazard ratio of a request at full strength",
    "beta_shock": "Hazard ratio of a nuclear test",
    "beta_mandate": "Hazard ratio of a tie wholly forbidden",
    "beta_news": "Hazard ratio of a resolution as news",
}
"""Each with its 95 % interval."""

EDITS: Final = {
    "no-campaign": "Acts without requests and campaign, difference",
    "no-september-test": "Acts without the test of September 2017 and UNSCR 2375, difference",
    "no-un-mandates": "Acts without the Council's bans, difference",
}
"""Each with its mean and the range of nine in ten worlds."""


@dataclass(frozen=True, slots=True)
class Measurer:
    """Fits a treatment and measures it, in any process."""

    case: Case
    priors: Priors
    seed: int

    def __call__(self, chunk: Chunk) -> list[HeadlineRow]:
        """The rows of treatment number ``chunk.first``."""
        treatment: Treatment = get_args(Treatment)[chunk.first]
        rule = TREATMENTS[treatment]
        problem = rule.problem(self.case, self.priors)
        chains = sample(problem, fits(problem), steps=STEPS, seed=[self.seed])
        draws = [from_numbers(row) for row in problem.rows(chains.thinned(DRAWS)).tolist()]
        recorded = problem.likelihood.situation.record
        found: list[tuple[str, Sequence[float]]] = [
            ("Acts on record", [len(problem.likelihood.replayed.act_state)]),
            ("Cuts on record", [int((problem.likelihood.counted_moves[:, 4] == ACT).sum())]),
            ("States that acted", [len(set(recorded.iso3))]),
        ]
        found += [(words, _ratio(draws, name)) for name, words in RATIOS.items()]
        base = self._acts(BASE, rule, draws)
        low, middle, high = np.percentile(base, [5, 50, 95]).tolist()
        found.append(("Acts simulated, nine in ten worlds", [middle, low, high]))
        for name, words in EDITS.items():
            change = self._acts(name, rule, draws) - base
            found.append((words, [float(change.mean()), *np.percentile(change, [5, 95]).tolist()]))
        scorer = Scorer(self.case, self.priors, self.seed)
        for place, day in enumerate(ORIGINS):
            log_score, _, _, crps, _ = scorer.forward(rule, place)
            found += [
                (f"Log score a week ahead from {day} ({WITHIN})", [log_score]),
                (f"CRPS of the total from {day} ({WITHIN})", [crps]),
            ]
        return [
            HeadlineRow(measure=words, treatment=treatment, **dict(zip(NUMBERS, numbers, strict=False)))
            for words, numbers in found
        ]

    def _acts(self, name: str, rule: Rule, draws: Sequence[Parameters]) -> Floats:
        """The acts of each world of a shipped scenario under the treatment."""
        situation = prepare(self.case, self.case.scenario(name).but(**rule.scenario))
        return acts_made(situation, draws, WORLDS, seed=self.seed).astype(float)


def _ratio(draws: Sequence[Parameters], name: str) -> list[float]:
    logs = np.array([dict(named_numbers(draw))[name] for draw in draws])
    low, middle, high = np.exp(np.percentile(logs, [2.5, 50.0, 97.5])).tolist()
    return [middle, low, high]


def headline(case: Case, priors: Priors, *, seed: int, workers: int) -> list[HeadlineRow]:
    """Every measure under every treatment."""
    chunks = [Chunk("treatment", number, 1) for number in range(len(TREATMENTS))]
    parts = spread(Measurer(case, priors, seed), chunks, compiled=False, workers=workers)
    return [row for part in parts for row in part]


def headline_table(rows: Sequence[HeadlineRow]) -> pd.DataFrame:
    """A row for each measure, a column for each treatment."""
    words = {(row.measure, row.treatment): row.words() for row in rows}
    return pd.DataFrame(
        [
            {"measure": measure} | {treatment: words[measure, treatment] for treatment in TREATMENTS}
            for measure in dict.fromkeys(row.measure for row in rows)
        ]
    )
