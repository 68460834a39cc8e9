"""What readers stand on while one file is mutated: small cases, sound files, work that need not be done each time."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from maxpressure.base import paths
from maxpressure.engine.chunks import Chunk, Keep
from maxpressure.engine.engines import CompiledEngine
from maxpressure.evidence import posterior, priors
from maxpressure.evidence.parameters import Parameters, check_parameter, named_numbers
from maxpressure.model import case as cases
from maxpressure.model.case import Situation
from pilot import PILOT

TESTS: Final = Path(__file__).parents[1]
HARBOUR: Final = TESTS / "cases" / "harbour"
"""A made-up case of fifteen states: it is read and simulated in a tenth of the time."""

PRIOR_DRAWS: Final = 40


@contextmanager
def cheaply() -> Iterator[None]:
    """Sources digested, shipped cases and parameters read once, and few draws taken from priors."""
    shipped = [paths.folder(name).resolve() for name in ("calibration", "scenarios")]

    def ships(*given: Any) -> bool:
        places = [one for one in given if isinstance(one, str | Path) and str(one) not in posterior.NAMED]
        return all(map(shipped_or_harbour, places))

    def shipped_or_harbour(one: str | Path) -> bool:
        try:
            place = Path(one).resolve()
        except (OSError, ValueError):  # no path at all
            return False
        return any(place.is_relative_to(root) for root in (*shipped, HARBOUR))

    cheap: dict[Any, Any] = {
        paths.code_digest: functools.cache(paths.code_digest),
        posterior.choose: _once(posterior.choose, ships),
        priors.load_priors: _once(priors.load_priors, ships),
        cases.load_case: _once(cases.load_case, ships),
    }
    usual, posterior.PRIOR_DRAWS = posterior.PRIOR_DRAWS, PRIOR_DRAWS
    with replaced(cheap):
        small = cases.load_case(HARBOUR)
        simulates(cases.prepare(small, small.record()), PILOT.values)  # compiled before time is taken
        yield
    posterior.PRIOR_DRAWS = usual


def _once(function: Callable[..., Any], ships: Callable[..., bool]) -> Callable[..., Any]:
    """The function, whose answers about what ships are kept."""
    kept = functools.cache(function)

    @functools.wraps(function)
    def answered(*given: Any, **named: Any) -> Any:
        return (kept if ships(*given, *named.values()) else function)(*given, **named)

    return answered


@contextmanager
def replaced(others: dict[Any, Any]) -> Iterator[None]:
    """Functions of the package replaced by others, under each name by which a module knows them."""
    known = [
        (module, name, value)
        for title, module in list(sys.modules.items())
        if title.partition(".")[0] == "maxpressure"
        for name, value in list(vars(module).items())
        if callable(value) and _hashable(value) and value in others
    ]
    for module, name, value in known:
        setattr(module, name, others[value])
    try:
        yield
    finally:
        for module, name, value in known:
            setattr(module, name, value)


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def simulates(situation: Situation, parameters: Parameters) -> None:
    """Fail where a world of the situation holds a number that is none."""
    simulated = CompiledEngine({"one": situation}, [parameters], 1, Keep()).simulate(Chunk("one", 0, 1))
    output = simulated.output
    assert np.isfinite(output.world_floats).all(), output.world_floats
    assert np.isfinite(output.week_floats).all(), output.week_floats
    assert np.isfinite(output.attributions[: simulated.changes]).all(), output.attributions
    assert (output.week_ints >= 0).all(), output.week_ints.min()


def usable(parameters: Parameters) -> None:
    """Fail where a parameter has a value that no file may give it."""
    for name, value in named_numbers(parameters):
        check_parameter(name, value, file="draw")
