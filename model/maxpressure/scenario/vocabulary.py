"""The names a scenario may use: those of dated inputs, states, kinds, ties and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from maxpressure.base.ties import TIES
from maxpressure.evidence.evidence import Evidence, Span
from maxpressure.evidence.schema import KINDS
from maxpressure.scenario.fields import MOST_WEEKS


class Case(Protocol):
    """Who plays which part in the case studied, by ISO3 code."""

    @property
    def target(self) -> str:
        """The state under pressure."""

    @property
    def patrons(self) -> Sequence[str]:
        """The states that shield it."""

    @property
    def principals(self) -> Sequence[str]:
        """The states that run the campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that exist: inputs with their dates, states, patrons and principals with theirs in full.

    Days run from ``first``, a Monday, to ``last``; where a scenario names no window, it is lived from the first
    day for as many ``weeks``, which the record of acts covers.
    """

    inputs: Mapping[str, date]
    states: Mapping[str, str]
    patrons: Mapping[str, str]
    principals: Mapping[str, str]
    target: str
    kinds: tuple[str, ...]
    ties: tuple[str, ...]
    parameters: tuple[str, ...]
    first: date
    last: date
    weeks: int
    shelf: Mapping[str, Path]


def vocabulary(
    evidence: Evidence,
    case: Case,
    span: Span,
    parameter_names: Iterable[str],
    shelf: Mapping[str, Path],
) -> Vocabulary:
    """The names in the evidence, with the parts that the case gives its states and the model's parameters.

    ``shelf`` has the files of the scenarios that go by their names alone.
    """
    names = {state.iso3: state.name for state in evidence.states}
    others = {*case.patrons, *case.principals, case.target}
    return Vocabulary(
        inputs={entry.name: entry.date for entry in evidence.pressure},
        states={iso3: name for iso3, name in names.items() if iso3 not in others},
        patrons={iso3: names[iso3] for iso3 in case.patrons},
        principals={iso3: names[iso3] for iso3 in case.principals},
        target=case.target,
        kinds=KINDS,
        ties=TIES,
        parameters=tuple(parameter_names),
        first=span.origin,
        last=span.inputs_until,
        weeks=min((span.acts_until - span.origin).days // 7 + 1, MOST_WEEKS),
        shelf=shelf,
    )
