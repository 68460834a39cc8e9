"""Optional terms of the rule: which of them the record supports, over every combination of five.

Each combination is a rule of its own with Laplace's evidence, summed over the grids; all are equally likely
beforehand (a spike at zero and the prior as slab, each with probability one half). The probability that a term is in
the rule is the share of the combinations that have it (Barbieri and Berger 2004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Unpack

import numpy as np
import pandas as pd
from scipy import special

from maxpressure.base.numerics import Floats
from maxpressure.base.ties import UNLISTED
from maxpressure.evidence.priors import Priors
from maxpressure.inference.calibrate import identity
from maxpressure.inference.checks.sbc import How, Numbers, simulate_and_fit
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.posterior import Problem, evidence_of, fits
from maxpressure.inference.rivals import OPTIONAL
from maxpressure.model.case import Case, Situation


class Option(NamedTuple):
    """A part that a rule may have: its parameters where it is off, and what switches it in a scenario.

    A parameter at zero has no effect; the memory of a term that is off is held at any value.
    """

    off: Mapping[str, float]
    switched_on: Mapping[str, Any] = {}
    switched_off: Mapping[str, Any] = {}


def _mechanism(name: str, off: Mapping[str, float] | None = None) -> Option:
    """An option that is a mechanism of scenarios."""
    off = OPTIONAL[name] if off is None else off
    return Option(off, {"mechanisms": {name: True}}, {"mechanisms": {name: False}})


OPTIONS: Final[Mapping[str, Option]] = {
    "dependence": _mechanism("dependence"),
    "affinity": _mechanism("affinity"),
    "own acts": _mechanism("own_acts"),
    "peers": _mechanism("contagion"),
    "frailty": _mechanism("frailty"),
    "delay": Option({"delay_shock": 0.0}),
    "news": _mechanism("news", {"beta_news": 0.0}),
    "unlisted": Option(
        {**{f"unlisted.{tie}": 0.0 for tie in UNLISTED}, "unlisted_close": 0.0},
        {"risk_set": "with-unlisted"},
        {"risk_set": "ex-ante"},
    ),
}
"""By name; whatever is not here every rule has."""

FIVE: Final = ("dependence", "affinity", "own acts", "peers", "frailty")
"""The options whose combinations are compared."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule with some of the options that it decides on, other terms held, and the record's scenario changed.

    Options that it does not decide on stay as they are in the priors and the scenario.
    """

    name: str
    options: tuple[str, ...] = ()
    held: Mapping[str, float] = field(default_factory=dict)
    scenario: Mapping[str, Any] = field(default_factory=dict)
    decides: tuple[str, ...] = tuple(OPTIONS)

    @property
    def off(self) -> dict[str, float]:
        """The parameters that are held: those of options that are off, and others that the rule holds."""
        found: dict[str, float] = {}
        for name in self.decides:
            if name not in self.options:
                found |= OPTIONS[name].off
        return found | dict(self.held)

    def situation(self, case: Case, **changes: Any) -> Situation:
        """The record's situation with the options of the rule."""
        edits: dict[str, Any] = {"mechanisms": {}}
        for name in self.decides:
            option = OPTIONS[name]
            edit = dict(option.switched_on if name in self.options else option.switched_off)
            edits["mechanisms"] |= edit.pop("mechanisms", {})
            edits |= edit
        return record_situation(case, **{**edits, **self.scenario, **changes})

    def priors(self, priors: Priors) -> Priors:
        """The priors with the rule's options estimated, though they may be marked as assumed."""
        return priors.estimated(*(name for option in self.options for name in OPTIONS[option].off))

    def problem(self, case: Case, priors: Priors) -> Problem:
        """The record as a problem for this rule."""
        return Problem(Likelihood(self.situation(case)), self.priors(priors), held=self.off)


# ---- every combination


def combinations() -> list[Rule]:
    """The rules with every combination of the five options, first the one with none."""
    return [
        Rule(str(number), tuple(name for bit, name in enumerate(FIVE) if number >> bit & 1), decides=FIVE)
        for number in range(2 ** len(FIVE))
    ]


@dataclass(frozen=True, slots=True)
class Weigher:
    """The evidence of a combination, in any process."""

    case: Case
    priors: Priors

    def __call__(self, number: int) -> Numbers:
        """That of one number of :func:`combinations`."""
        found = fits(combinations()[number].problem(self.case, self.priors))
        return {"evidence": np.array(evidence_of(found))}


def inclusion(case: Case, priors: Priors, **how: Unpack[How]) -> Floats:
    """The log evidence of every combination; finished ones are kept in the work folder."""
    found = simulate_and_fit(
        "inclusion",
        Weigher(case, priors),
        len(combinations()),
        block=1,
        identity=identity(case, priors),
        **how,
    )
    return np.asarray(found["evidence"])


def inclusion_table(evidence: Floats) -> pd.DataFrame:
    """A row for each option: the posterior probability that it is in the rule, and the log Bayes factor for it."""
    share = np.exp(evidence - special.logsumexp(evidence))
    rows = []
    for name in FIVE:
        has = np.array([name in rule.options for rule in combinations()])
        factor = special.logsumexp(evidence[has]) - special.logsumexp(evidence[~has])
        rows.append((name, float(share[has].sum()), float(factor)))
    return pd.DataFrame(rows, columns=["option", "P(in the rule)", "log Bayes factor"])


BEST: Final = 8
"""Combinations shown."""


def best_table(evidence: Floats) -> pd.DataFrame:
    """The combinations with the highest probability, and the one with all options, against the one with none."""
    share = np.exp(evidence - special.logsumexp(evidence))
    order = np.argsort(-evidence, kind="stable").tolist()
    shown = [*order[:BEST], *(number for number in order[BEST:] if number == len(evidence) - 1)]
    rules = combinations()
    return pd.DataFrame(
        {
            "options": [", ".join(rules[number].options) or "none" for number in shown],
            "log evidence": [float(evidence[number] - evidence[0]) for number in shown],
            "probability": [float(share[number]) for number in shown],
        }
    )
