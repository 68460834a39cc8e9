"""The record without one input, as plain values: counterfactual twins of every state at once, under both couplings."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd

from maxpressure.app.figures.basis import Basis
from maxpressure.app.figures.book import TWINS
from maxpressure.app.figures.dated import title_of
from maxpressure.app.figures.levers import refused
from maxpressure.base.cautions import CONTAGION, MODEL_ONLY, REQUESTS
from maxpressure.base.text import day_text
from maxpressure.engine.chunks import Chunk
from maxpressure.explanations.twin_run import span_of
from maxpressure.explanations.twin_tables import (
    GAINED,
    LOST_BY_END,
    LOST_LATER,
    RULE,
    Span,
    act_table,
    bound,
    sentence,
    total_table,
)
from maxpressure.explanations.twins import Twins
from maxpressure.model.case import RECORDED, Case
from maxpressure.model.inputs import DatedInput, edited_inputs
from maxpressure.model.twin_situations import twin_situations

NAME: Final = "what-if"
"""The scenario of the record without one input."""

NO_ACT: Final = (
    "This input affects no recorded act: without it the record is unchanged. Choose another input."
)


def twins(basis: Basis, without: str, count: int | str = TWINS[0]) -> dict[str, Any]:
    """What becomes of every recorded act without one dated input: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.
    without : str
        The name of a dated input of the record, as the book lists them.
    count : int or str, optional
        The number of twins: 40, 100 or 200.

    Returns
    -------
    dict
        ``without``, ``title``, ``date``, ``twins``; ``span`` in words: ``from`` (the first day on which the input can
        matter), ``until`` (the record's last day) and ``end`` (the twins' last); ``states`` by name, those that have
        an act which the input can affect: ``iso3``, ``name`` and ``acts``, each with ``week`` (from the record's
        first), ``day`` (its Monday), ``ties``, ``gone`` (by coupling ``by_end`` and ``later``, shares of twins, and
        ``delay``, the median delay in weeks, null where it does not come), ``bound`` (the share gone by the record's
        end under either coupling, in words), ``agree`` and the ``sentence`` that may be concluded; ``totals``, lines;
        ``cautions``. The numbers are those of `maxpressure twin`.

    Raises
    ------
    InputError
        For an input that the record does not have and another number of twins.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> answer = twins(load_basis(), "Sixth nuclear test", 40)
    >>> answer["title"], sorted(answer["states"][0]["acts"][0]["gone"])
    ('Sixth nuclear test', ['threshold', 'weekly'])
    """
    taken, number = input_named(basis.case, without), count_of(count)
    scenario = basis.case.scenario(RECORDED).but(name=NAME, without=[taken.name])
    factual, counterfactual, until = twin_situations(basis.case, scenario)
    draws = tuple(basis.draws[:number])
    simulate = Twins(factual=factual, scenario=counterfactual, until=until, draws=draws, seed=basis.seed)
    runs = simulate(Chunk(NAME, 0, number))
    span = span_of(factual, counterfactual, draws, until)
    acts = act_table(runs, factual, span)
    return {
        "without": taken.name,
        "title": title_of(basis.case, taken),
        "date": taken.date.isoformat(),
        "twins": number,
        "span": {
            "from": day_text(span.monday(span.touched)),
            "until": day_text(span.last_day(span.until)),
            "end": day_text(span.last_day(span.weeks)),
        },
        "states": _states(acts, span),
        "totals": _lines(total_table(runs, factual, span), span) if len(acts) else [NO_ACT],
        "cautions": _to_be_said(number),
    }


def input_named(case: Case, given: str) -> DatedInput:
    """The dated input of the record by its name; raises InputError for any other."""
    found = edited_inputs(case.evidence, case.assumptions, case.scenario(RECORDED)).inputs
    known = {one.name: one for one in found if one.date <= case.assumptions.record.fitted}
    if given not in known:
        raise refused("without", given, "the name of a dated input of the record", known)
    return known[given]


def count_of(given: int | str) -> int:
    """The number of twins as it was given; raises InputError for any but those that are offered."""
    if str(given) not in map(str, TWINS):
        raise refused("twins", str(given)[:20], f"one of {', '.join(map(str, TWINS))}")
    return int(given)


def _states(acts: pd.DataFrame, span: Span) -> list[dict[str, Any]]:
    """Each state with its acts, by name."""
    return [
        {
            "iso3": own["iso3"].iloc[0],
            "name": name,
            "acts": [_act(pair, span) for _, pair in own.groupby("week")],
        }
        for name, own in acts.groupby("state")
    ]


def _act(pair: pd.DataFrame, span: Span) -> dict[str, Any]:
    """One act under both couplings."""
    first, rows = pair.iloc[0], pair.to_dict("records")
    return {
        "week": (pd.Timestamp(first["week"]).date() - span.origin).days // 7,
        "day": first["week"],
        "ties": first["ties"],
        "gone": {
            row["coupling"]: {
                "by_end": float(row["gone_by_end"]),
                "later": float(row["gone_later"]),
                "delay": float(row["delay_weeks"]) if math.isfinite(row["delay_weeks"]) else None,
            }
            for row in rows
        },
        "bound": bound(*(row["gone_by_end"] for row in rows)),
        "agree": bool(first["agree"]),
        "sentence": sentence(pair, span),
    }


def _lines(totals: pd.DataFrame, span: Span) -> list[str]:
    """The totals, with their error and nine in ten, in sentences."""
    of = totals["of"].iloc[0]
    heads = {
        LOST_BY_END: f"Of the {of} acts recorded from {day_text(span.monday(span.touched))} on, gone by "
        f"{day_text(span.last_day(span.until))}",
        LOST_LATER: f"Still gone by {day_text(span.last_day(span.weeks))}",
        GAINED: f"Acts gained by {day_text(span.last_day(span.until))}",
    }
    return [
        f"{heads[str(quantity)]}: {'; '.join(_spread(row) for row in both.itertuples())}."
        for quantity, both in totals.groupby("quantity", sort=False)
    ]


def _spread(row: Any) -> str:
    span = f"{row.p05:.0f} to {row.p95:.0f} in nine twins of ten"
    return f"{row.coupling} {row.mean:.1f} ± {row.mcse:.1f} ({span})"


def _to_be_said(number: int) -> list[str]:
    """What must stand beside twins."""
    error = 50 / math.sqrt(number)
    known = (
        f"{number} twins of the record: a probability is known to ± {error:.0f} points at most (one "
        "standard error). The random numbers behind the record can be carried over by two "
        "couplings; the record does not distinguish them."
    )
    return [known, RULE, f"{CONTAGION} {REQUESTS} {MODEL_ONLY}"]
