"""How the fit changes when a term is left out, when the record is coded otherwise, when priors are wider.

Each variant is a new mode with Laplace's evidence, summed over the grids. Evidence may be compared between
variants that explain the same acts; where the coding differs only the coefficients can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from maxpressure.base.numerics import Floats
from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.priors import HalfNormal, LogNormal, Normal, Priors
from maxpressure.evidence.requests import ANSWERS, FAILED, FOLLOWED
from maxpressure.evidence.schema import CodedEvent, EventRow
from maxpressure.experiments.executors import spread
from maxpressure.inference.checks.options import FIVE, Rule
from maxpressure.inference.posterior import Fit, Problem, evidence_of, fits
from maxpressure.model.case import Case
from maxpressure.report.plot_style import COLOURS

TERMS: Final[Mapping[str, Mapping[str, float]]] = {
    "resident mission": {"beta_mission": 0.0},
    "tests (shock)": {"beta_shock": 0.0},
    "news of resolutions": {"beta_news": 0.0},
    "incidents": {"beta_incident": 0.0},
    "mandates (law)": {"beta_mandate": 0.0},
    "campaign": {"beta_campaign": 0.0},
    "requests": {"beta_request": 0.0},
    "courtship": {"beta_courtship": 0.0},
}
"""Each term of the rule with the parameters that switch it off."""

PEERS_COLOUR: Final = "#CC79A7"
SHOWN: Final = (
    "beta_mission", "beta_shock", "beta_news", "beta_incident", "beta_mandate", "beta_campaign", "beta_request",
    "beta_peer", "beta_own", "sigma",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to pose the problem: terms held or switched on, the case and its scenario changed, the priors scaled."""

    name: str
    group: str
    held: Mapping[str, float] = field(default_factory=dict)
    on: tuple[str, ...] = ()
    edit: Callable[[Evidence], Evidence] | None = None
    scenario: Mapping[str, Any] | None = None
    assumed: Mapping[str, Any] | None = None
    peers: Mapping[str, Any] | None = None
    prior_scale: float = 1.0


def variants() -> list[Variant]:
    """All of them, the model as it ships first."""
    found = [Variant("as it ships", "model")]
    found += [Variant(f"without {name}", "term", held) for name, held in TERMS.items()]
    found += [Variant(f"with {name}", "term", on=(name,)) for name in FIVE]
    found += [
        Variant("with all five", "term", on=FIVE),
        Variant("tests felt at once", "term", {"delay_shock": 0.0}),
        Variant("tests felt a week late", "term", {"delay_shock": 1.0}),
        Variant("requests a week late", "requests", scenario={"requests": {"lag_weeks": 1}}),
        Variant("requests that failed left out", "requests", edit=not_failed),
        Variant("requests that were followed left out", "requests", edit=not_followed),
        Variant("requests of pressure.csv", "requests", assumed={"request_table": "pressure.csv"}),
        Variant("peers: same region alone", "peers", on=("peers",), peers={"excluded_blocs": None}),
        Variant("peers: closeness of votes twice as narrow", "peers", on=("peers",), peers={"width": 0.5}),
        Variant("peers: closeness of votes twice as wide", "peers", on=("peers",), peers={"width": 2.0}),
        Variant("the broad record", "coding", scenario={"record": "broad"}),
        Variant("acts of high confidence only", "coding", edit=high_confidence),
        Variant("steps smaller than a level count as one", "coding", edit=small_steps),
        Variant("dates on which acts became known", "coding", edit=visible),
        Variant("trade of quality C taken as none", "coding", edit=no_doubtful_trade),
        Variant("listed ties alone at risk", "coding", scenario={"risk_set": "ex-ante"}),
        Variant("starting levels by override", "coding", scenario={"risk_set": "override"}),
        Variant("priors half as wide", "priors", prior_scale=0.5),
        Variant("priors twice as wide", "priors", prior_scale=2.0),
    ]
    return found


# ---- other requests


def not_failed(evidence: Evidence) -> Evidence:
    """Requests that were refused or left without an answer have no strength."""
    return evidence.answered([answer for answer in ANSWERS if answer not in FAILED])


def not_followed(evidence: Evidence) -> Evidence:
    """Requests that were complied with, wholly or partly, have no strength."""
    return evidence.answered([answer for answer in ANSWERS if answer not in FOLLOWED])


# ---- other codings of the record


def high_confidence(evidence: Evidence) -> Evidence:
    """Only acts that their row grades as of high confidence."""
    return evidence.edited(lambda rows: (row for row in rows if row.confidence == "high"))


def small_steps(evidence: Evidence) -> Evidence:
    """Real steps down that cost no level cost one."""

    def stepped(row: EventRow) -> EventRow:
        if row.direction == "down" and row.level_after == row.level_before > 0:
            return row.model_copy(update={"level_after": row.level_before - 1})
        return row

    return evidence.edited(partial(map, stepped))


def visible(evidence: Evidence) -> Evidence:
    """Acts are dated by the day on which they were seen, where that is later and no later than the last fitted act.

    An adjudicated act was seen when it became visible, another when its source appeared.
    """

    def seen(row: EventRow, last: date) -> EventRow:
        day = row.visible if isinstance(row, CodedEvent) else row.source_date
        return row if day is None or not row.date < day <= last else row.model_copy(update={"date": day})

    def edit(rows: tuple[EventRow, ...]) -> list[EventRow]:
        last = max(row.date for row in rows if evidence.fitted is None or row.date <= evidence.fitted)
        return [seen(row, last) for row in rows]

    return evidence.edited(edit)


def no_doubtful_trade(evidence: Evidence) -> Evidence:
    """Trade figures of quality C, often South Korea's, count as no trade."""
    return replace(
        evidence,
        states=tuple(
            row.model_copy(update={"target_trade_musd": None}) if row.target_trade_quality == "C" else row
            for row in evidence.states
        ),
    )


# ---- fits of them


def posed(case: Case, priors: Priors, variant: Variant) -> Problem:
    """The problem that a variant poses."""
    if variant.edit is not None:
        case = replace(case, evidence=variant.edit(case.evidence))
    if variant.assumed is not None:
        case = replace(case, assumptions=case.assumptions.model_copy(update=dict(variant.assumed)))
    if variant.peers is not None:
        case = replace(case, assumptions=_peers(case, variant.peers))
    rule = Rule(variant.name, variant.on, variant.held, variant.scenario or {}, decides=variant.on)
    return rule.problem(case, scaled(priors, variant.prior_scale))


def _peers(case: Case, changes: Mapping[str, Any]) -> Any:
    """The assumptions with other peer weights; ``width`` is a factor, no circles but regions if blocs are None."""
    rule = case.assumptions.peers
    update: dict[str, Any] = {}
    if "width" in changes:
        update["width"] = rule.width * changes["width"]
    if "excluded_blocs" in changes:
        update["excluded_blocs"] = tuple(sorted({row.bloc for row in case.evidence.blocs}))
    return case.assumptions.model_copy(update={"peers": rule.model_copy(update=update)})


def scaled(priors: Priors, factor: float) -> Priors:
    """The priors with standard deviations multiplied; shares and grids stay."""
    return Priors(
        {
            name: prior.model_copy(update={"sd": prior.sd * factor})
            if isinstance(prior, Normal | LogNormal | HalfNormal)
            else prior
            for name, prior in priors.by_name.items()
        }
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A variant's mode, its evidence over all cells of the grids, and how many acts it explains."""

    name: str
    group: str
    mode: Fit
    evidence: float
    acts: int
    numbers: dict[str, float]


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits a variant, in any process."""

    case: Case
    priors: Priors

    def __call__(self, chunk: Chunk) -> Fitted:
        """Variant number ``chunk.first`` of :func:`variants`."""
        variant = variants()[chunk.first]
        problem = posed(self.case, self.priors, variant)
        found = fits(problem)
        mode = max(found, key=lambda one: one.density)
        acts = len(problem.likelihood.replayed.act_state)
        return Fitted(variant.name, variant.group, mode, evidence_of(found), acts, _numbers(problem, mode))


def _numbers(problem: Problem, mode: Fit) -> dict[str, float]:
    """Coefficients and their standard errors on their own scale; those held have none."""
    natural: Floats = problem.natural(mode.mode)
    scale = np.where(problem.logarithm, natural, 1.0)
    errors = mode.errors * scale
    numbers: dict[str, float] = {}
    for name in SHOWN:
        if name in problem.names:
            index = problem.names.index(name)
            numbers[name], numbers[f"{name}_se"] = float(natural[index]), float(errors[index])
    return numbers


def fit_all(case: Case, priors: Priors, *, workers: int) -> list[Fitted]:
    """Fit every variant."""
    chunks = [Chunk("variant", number, 1) for number in range(len(variants()))]
    return list(spread(Fitter(case, priors), chunks, compiled=False, workers=workers))


def variants_table(fitted: list[Fitted]) -> pd.DataFrame:
    """A row for each variant: acts, log evidence against the model as it ships, coefficients."""
    base = fitted[0]
    comparable = ("model", "term", "requests", "peers")
    rows = [
        {
            "variant": one.name,
            "group": one.group,
            "acts": one.acts,
            "log_evidence": one.evidence - base.evidence if one.group in comparable else np.nan,
            **one.numbers,
        }
        for one in fitted
    ]
    return pd.DataFrame(rows)


def draw_variants(axes: Axes, found: pd.DataFrame) -> Axes:
    """The coefficients that carry the findings, by variant, with two standard errors either side."""
    shown = ("beta_request", "beta_shock", "beta_mandate", "beta_peer")
    for shift, (name, colour) in enumerate(zip(shown, (*COLOURS, PEERS_COLOUR), strict=True)):
        places = np.arange(len(found)) + 0.18 * (shift - 1.5)
        error = 2.0 * found[f"{name}_se"].to_numpy()
        middle = found[name].to_numpy()
        axes.hlines(places, middle - error, middle + error, color=colour, linewidth=1.2)
        axes.plot(middle, places, "o", color=colour, markersize=3.5, label=name.removeprefix("beta_"))
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(found)), found["variant"].tolist(), fontsize="small")
    axes.invert_yaxis()
    axes.set_xlabel("coefficient (log hazard ratio), ± 2 standard errors")
    axes.set_title("Coefficients of the rule with other terms, other records and other priors", loc="left")
    axes.legend(frameon=False, fontsize="small")
    return axes
