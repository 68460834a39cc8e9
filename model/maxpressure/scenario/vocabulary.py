"""The names a scenario may use: those of dated inputs, states, kinds, ties and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from maxpressure.evidence import Evidence
from maxpressure.evidence_rows import INPUTS_END, KINDS, RECORD_START
from maxpressure.ties import TIES

FIRST_MONDAY: Final = RECORD_START + timedelta(days=-RECORD_START.weekday() % 7)
"""Weeks start on Mondays, so the first whole week of the record does."""


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
    """The names that exist: inputs with their dates, states, patrons and principals with theirs in full."""

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


def vocabulary(evidence: Evidence, case: Case, parameter_names: Iterable[str]) -> Vocabulary:
    """The names in the evidence, with the parts that the case gives its states and the model's parameters."""
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
        first=FIRST_MONDAY,
        last=INPUTS_END,
    )
