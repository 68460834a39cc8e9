"""What the page needs to know once: scenarios, levers, outcomes, tiles, inputs, words and cautions, as plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import maxpressure
from maxpressure.app.figures.at_rest import own_value
from maxpressure.app.figures.basis import PREVIEW, WORLDS, Basis
from maxpressure.app.figures.dated import kind_words, names, subject, title_of
from maxpressure.app.figures.game import rules
from maxpressure.app.figures.glossary import explained
from maxpressure.app.figures.levers import (
    LEVERS,
    MOST_ASKED,
    MOST_NEW,
    MOST_SHOWN,
    SHOWN_AT_FIRST,
    UNMOVED,
    Lever,
)
from maxpressure.app.figures.outcomes import OUTCOMES
from maxpressure.app.figures.shelf import COURSE, scenario_of, shelf
from maxpressure.app.guide import taken_away
from maxpressure.base.cautions import (
    CONTAGION,
    INTERVALS,
    MODEL_ONLY,
    NO_FORECAST,
    NOT_DISARMAMENT,
    REQUESTS,
    TRADE_BANDS,
)
from maxpressure.base.ties import LEVEL_WORDS, TIES
from maxpressure.evidence.tiles import rectangle_of_tiles, stored_tiles
from maxpressure.explanations.twins import COUPLINGS_IN_WORDS
from maxpressure.model.case import Case
from maxpressure.model.inputs import REQUESTS as ASKING
from maxpressure.model.inputs import DatedInput, edited_inputs
from maxpressure.report.strips import MARK_ROWS

TWINS: Final = (40, 100, 200)
"""How many twins may be asked for; the first by default."""

CAUTIONS: Final = {
    "contagion": CONTAGION,
    "requests": REQUESTS,
    "intervals": INTERVALS,
    "no_forecast": NO_FORECAST,
    "not_disarmament": NOT_DISARMAMENT,
    "model_only": MODEL_ONLY,
    "trade": TRADE_BANDS,
}
"""The sentences that stand beside results, by what they are about."""


def book(basis: Basis) -> dict[str, Any]:
    """All that does not depend on a question: ready for JSON.

    Parameters
    ----------
    basis : Basis
        Case, draws and seed.

    Returns
    -------
    dict
        ``version``, ``case``, ``subject``, ``seed``, ``worlds``, ``preview``, ``most_moved``, ``parameters``
        (where the draws come from), ``days`` (the T + 1 days on which the record's weeks begin and end);
        ``scenarios`` (``name``, ``title``, ``question``, ``group``, case or course, ``own``, the value of each
        lever at rest); ``levers`` (``key``, ``label``, ``hint``, ``unit``, ``low``, ``high``, ``step``,
        ``whole``, ``choices``, ``allowed`` in words, ``at_first`` whether it is on show at first, and of the
        record ``record``, a number or one of the choices or null where it is a path, with ``record_words``);
        ``requests`` (``most`` states in a list, ``most_new`` new requests; ``states`` that may be named;
        ``recorded``: ``iso3``, ``name``, ``times``, ``dates`` and ``asked``, each request with ``date``,
        ``input``, ``sender``, ``asked`` and ``answer``); ``outcomes`` (``key``, ``label``, ``unit``,
        ``decimals``, ``hint``); ``ties``; ``levels``; ``tiles`` (``iso3``, ``name``, ``row``, ``column``,
        ``part``, ``region``); ``inputs`` that a twin may do without (``name``, ``title``, ``date``, ``kind``,
        ``states``); ``couplings``; ``twins``; ``course`` (``twins``, the inputs that the exercises take away);
        ``marks`` (``kind``, ``words``); ``cautions``; ``glossary``; ``game``, the rules of the negotiation game.

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> answer = book(load_basis())
    >>> [lever["key"] for lever in answer["levers"]][:3], answer["worlds"]
    (['campaign', 'requests', 'mandates'], 300)
    """
    case, line = basis.case, basis.record.timeline
    return {
        "version": maxpressure.__version__,
        "case": case.assumptions.case.name,
        "subject": subject(case),
        "seed": basis.seed,
        "worlds": WORLDS,
        "preview": PREVIEW,
        "most_moved": MOST_SHOWN,
        "parameters": {"status": basis.parameters.status, "source": basis.parameters.source},
        "days": [line.monday(week).isoformat() for week in range(line.first, line.weeks + 1)],
        "scenarios": scenarios(case),
        "levers": [_lever(case, lever) for lever in LEVERS.values()],
        "requests": {
            "most": MOST_ASKED,
            "most_new": MOST_NEW,
            "states": [
                {"iso3": iso3, "name": name}
                for iso3, name in zip(
                    basis.record.population.iso3, basis.record.population.names, strict=True
                )
            ],
            "recorded": requests(case),
        },
        "outcomes": [
            {
                "key": one.key,
                "label": one.label.format(patron=_patron(case)),
                "unit": one.unit,
                "decimals": one.decimals,
                "hint": one.hint,
            }
            for one in OUTCOMES.values()
        ],
        "ties": list(TIES),
        "levels": list(LEVEL_WORDS),
        "tiles": tiles(case),
        "inputs": inputs(case),
        "couplings": dict(COUPLINGS_IN_WORDS),
        "twins": list(TWINS),
        "course": {"twins": list(taken_away())},
        "marks": [{"kind": row.kind, "words": row.title} for row in MARK_ROWS],
        "cautions": dict(CAUTIONS),
        "glossary": explained(),
        "game": rules(case),
    }


def _patron(case: Case) -> str:
    first = case.assumptions.case.patrons[:1]
    return names(case)[first[0]] if first else "The patron"


def scenarios(case: Case) -> list[dict[str, Any]]:
    """The scenarios, the record first and those of the course last, each with the value of every lever at rest."""
    own_names = case.scenarios
    ordered = sorted(shelf(case), key=lambda name: (name not in own_names, name != UNMOVED.base, name))
    found = []
    for name in ordered:
        one = scenario_of(case, name)
        own = {key: own_value(case, one, key).value for key in LEVERS}
        group = "case" if name in own_names else COURSE
        found.append({"name": name, "title": one.title, "question": one.question, "group": group, "own": own})
    return found


def _lever(case: Case, lever: Lever) -> dict[str, Any]:
    own = own_value(case, UNMOVED.scenario(case), lever.key)
    return {
        "key": lever.key,
        "label": lever.label,
        "hint": lever.hint,
        "unit": lever.unit,
        "low": lever.low,
        "high": lever.high,
        "step": lever.step,
        "whole": lever.whole,
        "choices": list(lever.choices),
        "allowed": lever.allowed,
        "at_first": lever.key in SHOWN_AT_FIRST,
        "record": own.value,
        "record_words": own.words,
    }


def requests(case: Case) -> list[dict[str, Any]]:
    """Who was asked on record, how often and when, by the first day; and each request."""
    rows = {row.request_id: row for row in case.evidence.requests}
    asked: dict[str, list[DatedInput]] = {}
    for one in edited_inputs(case.evidence, case.assumptions, UNMOVED.scenario(case)).of(ASKING):
        for iso3 in one.targets:
            asked.setdefault(iso3, []).append(one)
    known = names(case)
    return [
        {
            "iso3": iso3,
            "name": known[iso3],
            "times": len(every),
            "dates": [one.date.isoformat() for one in every],
            "asked": [_request(one, rows) for one in every],
        }
        for iso3, every in asked.items()
    ]


def _request(one: DatedInput, rows: Mapping[str, Any]) -> dict[str, Any]:
    row = rows.get(one.name)
    found = {"date": one.date.isoformat(), "input": one.name, "sender": "", "asked": "", "answer": ""}
    if row is not None:
        found |= {"sender": row.sender, "asked": row.asked, "answer": row.answer}
    return found


def part_of(case: Case, iso3: str) -> str:
    """What a state is in the case: third state, target, patron or principal."""
    part = case.assumptions.case
    if iso3 == part.target:
        return "target"
    if iso3 in part.patrons:
        return "patron"
    return "principal" if iso3 in part.principals else "third state"


def tiles(case: Case) -> list[dict[str, Any]]:
    """A tile for each state, from the north-west on."""
    laid = stored_tiles() if case.ships else rectangle_of_tiles(case.evidence)
    known = names(case)
    return [
        {
            "iso3": tile.iso3,
            "name": known.get(tile.iso3, tile.iso3),
            "row": tile.row,
            "column": tile.column,
            "part": part_of(case, tile.iso3),
            "region": tile.region,
        }
        for tile in sorted(laid.values(), key=lambda tile: (tile.row, tile.column))
    ]


def inputs(case: Case) -> list[dict[str, Any]]:
    """The dated inputs that a twin of the record may do without, by date."""
    found = edited_inputs(case.evidence, case.assumptions, UNMOVED.scenario(case)).inputs
    last: dt.date = case.assumptions.record.fitted
    return [
        {
            "name": one.name,
            "title": title_of(case, one),
            "date": one.date.isoformat(),
            "kind": kind_words(one.kind),
            "states": list(one.targets),
        }
        for one in found
        if one.date <= last
    ]
