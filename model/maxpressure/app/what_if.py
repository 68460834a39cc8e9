"""The view of what if without its frame: counterfactual twins of the record without one input, and a state's acts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from maxpressure.app.levers import refused
from maxpressure.app.many_worlds import SEED
from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, REQUESTS
from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.parameters import Parameters
from maxpressure.explanations.twin_run import check_states, span_of
from maxpressure.explanations.twin_tables import (
    GAINED,
    LOST_BY_END,
    LOST_LATER,
    RULE,
    Span,
    act_table,
    sentence,
    total_table,
)
from maxpressure.explanations.twins import TwinActs, Twins
from maxpressure.model.case import RECORDED, Case, prepare
from maxpressure.model.inputs import edited_inputs
from maxpressure.model.twin_situations import twin_situations

COUNTS: Final = (40, 100, 200)
"""How many twins may be asked for; the first by default."""

TOGETHER: Final = 4
"""Twins in a piece of work, a second or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The state asked about, the input that is removed, and the number of twins."""

    state: str
    without: str
    twins: int = COUNTS[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """The results of the twins: the tables of all acts and of totals, and the weeks that count."""

    question: Question
    acts: pd.DataFrame
    totals: pd.DataFrame
    span: Span


def states(case: Case) -> list[dict[str, str]]:
    """The states that acted on record, by name."""
    situation = prepare(case, case.scenario(RECORDED))
    names = dict(zip(situation.population.iso3, situation.population.names, strict=True))
    acted = sorted({act.iso3 for act in situation.record.acts}, key=lambda iso3: names[iso3])
    return [{"iso3": iso3, "name": names[iso3]} for iso3 in acted]


def inputs(case: Case) -> list[dict[str, str]]:
    """The dated inputs that can be taken away, by date."""
    found = edited_inputs(case.evidence, case.assumptions, case.scenario(RECORDED)).inputs
    last = case.assumptions.record.fitted
    return [
        {"name": one.name, "label": f"{one.date.isoformat()}  {one.name}"}
        for one in found
        if one.date <= last
    ]


def question(case: Case, state: str, without: str, twins: str) -> Question:
    """What a visitor asks, checked; raises InputError for a state or an input that is not there."""
    (iso3,) = check_states(case, [state[:80]])
    names = [one["name"] for one in inputs(case)]
    if without not in names:
        raise refused("input", without, "the name of a dated input of the record", names)
    if twins not in {str(count) for count in COUNTS}:
        raise refused("twins", twins[:20], f"one of {', '.join(map(str, COUNTS))}")
    return Question(state=iso3, without=without, twins=int(twins))


def pieces(
    case: Case,
    draws: Sequence[Parameters],
    asked: Question,
    pool: Callable[[], ProcessPoolExecutor],
    died: Callable[[], None],
) -> Iterator[Answer | None]:
    """Simulate the twins in another process, a few a piece; the last piece brings the answer."""
    scenario = case.scenario(RECORDED).but(name="what-if", without=[asked.without])
    factual, counterfactual, until = twin_situations(case, scenario)
    used = tuple(draws[: asked.twins])
    twins = Twins(factual=factual, scenario=counterfactual, until=until, draws=used, seed=SEED)
    runs: list[TwinActs] = []
    for first in range(0, asked.twins, TOGETHER):
        chunk = Chunk("what-if", first, min(TOGETHER, asked.twins - first))
        try:
            runs += pool().submit(twins, chunk).result()
        except BrokenProcessPool:
            died()
            raise
        yield None
    span = span_of(factual, counterfactual, used, until)
    yield Answer(
        question=asked,
        acts=act_table(runs, factual, span),
        totals=total_table(runs, factual, span),
        span=span,
    )


def pieces_of(asked: Question) -> int:
    """How many pieces a question is."""
    return math.ceil(asked.twins / TOGETHER) + 1


# ---- what is shown


def rows(answer: Answer) -> list[dict[str, Any]]:
    """Each act of the state: how likely it is gone under each coupling, and the conclusion."""
    own = answer.acts[answer.acts["iso3"] == answer.question.state]
    return [
        {
            "act": f"week of {week}: {pair['ties'].iloc[0]}",
            "gone": {row.coupling: [row.gone_by_end, row.gone_later] for row in pair.itertuples()},
            "sentence": sentence(pair, answer.span),
            "agree": bool(pair["agree"].iloc[0]),
        }
        for week, pair in own.groupby("week")
    ]


def lines(answer: Answer) -> list[str]:
    """The totals, with their error and n, in sentences."""
    if not len(answer.acts):
        return [
            "This input affects no recorded act: without it the record is unchanged. Choose an earlier input."
        ]
    of, span = answer.totals["of"].iloc[0], answer.span
    heads = {
        LOST_BY_END: f"Of the {of} acts recorded from {span.monday(span.touched)} on, gone by "
        f"{span.last_day(span.until)}",
        LOST_LATER: f"Still gone by {span.last_day(span.weeks)}",
        GAINED: f"Acts gained by {span.last_day(span.until)}",
    }
    sentences = []
    for quantity, both in answer.totals.groupby("quantity", sort=False):
        each = "; ".join(_spread(row) for row in both.itertuples())
        sentences.append(f"{heads[str(quantity)]}: {each}.")
    return sentences


def _spread(row: Any) -> str:
    span = f"{row.p05:.0f} to {row.p95:.0f} in nine twins of ten"
    return f"{row.coupling} {row.mean:.1f} ± {row.mcse:.1f} ({span})"


def nothing_of(answer: Answer, name: str) -> str:
    """The sentence for an input that cannot affect any act of the state."""
    if (answer.acts["iso3"] == answer.question.state).any():
        return ""
    return f"{answer.question.without} cannot affect any act of {name}: they came before it. Choose an earlier input."


def to_be_said(answer: Answer) -> list[str]:
    """What must stand beside twins."""
    error = 50 / math.sqrt(answer.question.twins)
    known = (
        f"{answer.question.twins} twins of the record: a probability is known to ± {error:.0f} points at most (one "
        "standard error). The random numbers behind the record can be carried over by two "
        "couplings; the record does not distinguish them."
    )
    return [known, RULE, f"{CONTAGION} {REQUESTS} {MODEL_ONLY}"]
