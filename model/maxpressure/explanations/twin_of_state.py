"""What twins say of one state: which of its recorded acts would be gone under a scenario, where that can be said."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from maxpressure.base.errors import InputError
from maxpressure.experiments.executors import spread
from maxpressure.experiments.parts import missing
from maxpressure.experiments.progress import bar
from maxpressure.explanations.rerun import Conditions
from maxpressure.explanations.twin_tables import RULE, Span, act_table
from maxpressure.explanations.twin_words import sentence
from maxpressure.explanations.twins import Life, Twins
from maxpressure.model.twin_case import first_difference, twin_situations

TOGETHER = 5
"""Twins in a chunk."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwinOfState:
    """Sentences about the state's recorded acts, and the rows of `act_table` on which they stand, if any were lived."""

    sentences: tuple[str, ...]
    acts: pd.DataFrame | None = None


def twin_of_state(
    given: Conditions, iso3: str, *, twins: int, workers: int | None = None, progress: bool = False
) -> TwinOfState:
    """Live so many twins of the record under the scenario, where it can touch an act of the state on record."""
    try:
        factual, scenario, until = twin_situations(given.case, given.scenario)
    except InputError as refusal:
        return _said(
            f"No twin can live under {given.name}: {refusal.key} is {refusal.given}; a twin needs {refusal.allowed}."
        )
    draws = given.first_draws(twins)
    weeks = [act.week for act in factual.record.acts if act.iso3 == iso3]
    if not weeks:
        return _said(
            "It has no act on record within the set at risk, so there is none that a twin could lose."
        )
    touched = min(first_difference(factual, scenario, draw) for draw in given.draws[: max(twins, 1)])
    span = Span(origin=factual.timeline.origin, touched=touched, until=until, weeks=factual.timeline.weeks)
    if touched == factual.timeline.weeks:
        return _said(
            f"{given.name} changes nothing that a state feels: its twins do again just what the record holds, under "
            "both constructions of luck, so none of its acts is gone."
        )
    if max(weeks) < touched:
        return _said(
            f"{given.name} can tell on nobody before the week of {span.monday(touched)}, after the last act of this "
            "state on record: twins lose none of them."
        )
    if twins == 0:
        return _said(f"`maxpressure twin {given.name} --state {iso3}` lives its twins.")
    lived = Twins(factual=factual, scenario=scenario, until=until, draws=draws, seed=given.seed)
    lives: list[Life] = []
    chunks = missing([], (f"twins under {given.name}",), twins, TOGETHER)
    with bar(chunks, progress=progress) as shown:
        for chunk, some in zip(chunks, spread(lived, chunks, compiled=False, workers=workers), strict=True):
            lives += some
            shown.note(chunk)
    table = act_table(lives, factual, span)
    acts = table[table["iso3"] == iso3].reset_index(drop=True)
    told = tuple(sentence(pair, span) for _, pair in acts.groupby("act"))
    error = f"a share of {twins} twins has a Monte Carlo error of up to {50.0 / twins**0.5:.0f} points"
    return TwinOfState(sentences=(*told, f"({error[0].upper()}{error[1:]}. {RULE})"), acts=acts)


def _said(sentence_: str) -> TwinOfState:
    return TwinOfState(sentences=(sentence_,))
