"""What every answer of the page is computed from: the case, the draws of its parameters, and the seed of its worlds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from maxpressure.app.figures.levers import UNMOVED
from maxpressure.evidence.parameters import Parameters, ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case, Situation, load_case, prepare

WORLDS: Final = 300
PREVIEW: Final = 60
SEED: Final = 2017
"""As by `maxpressure run --worlds 300`: the same worlds, number by number. A preview is the first 60 of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """Case, draws and seed; frozen, so that threads share one.

    Attributes
    ----------
    case : Case
        The tables and assumptions.
    parameters : ParameterSet
        Where the draws come from.
    draws : tuple of Parameters
        World w takes draw w mod D.
    seed : int
        The seed of all random numbers.
    record : Situation
        The record laid out once; the situations of other settings reuse its states.
    """

    case: Case
    parameters: ParameterSet
    draws: tuple[Parameters, ...]
    seed: int = SEED
    record: Situation = field(init=False)

    def __post_init__(self) -> None:
        recorded = prepare(self.case, UNMOVED.scenario(self.case))
        object.__setattr__(self, "record", recorded)


def load_basis(
    place: str | Path | None = None, parameters: str | Path | ParameterSet = "posterior", seed: int = SEED
) -> Basis:
    """The basis of a case, as `maxpressure run` has it.

    Parameters
    ----------
    place : str or Path, optional
        The folder of a case; without it the one that ships.
    parameters : str, Path or ParameterSet, optional
        As for :func:`maxpressure.run`.
    seed : int, optional
        Of all random numbers.

    Returns
    -------
    Basis

    Examples
    --------
    >>> from maxpressure.app.figures.basis import load_basis
    >>> basis = load_basis()
    >>> len(basis.draws), basis.seed
    (2000, 2017)
    """
    case = load_case(place)
    chosen = choose(parameters, place=case.place)
    return Basis(case=case, parameters=chosen.parameters, draws=chosen.draws, seed=seed)
