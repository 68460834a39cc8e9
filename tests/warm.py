"""Compiles the kernels once, before several workers would each compile them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

KERNELS = ("simulate", "replay")
"""The two that share little, so that two cores compile them side by side."""


def warm() -> None:
    """Fill the cache of compiled code, each kernel in a process of its own, unless that was done for these sources."""
    stamp = warmed()
    if not stamp.is_file():
        with subprocess.Popen([sys.executable, __file__, KERNELS[0]]) as first:
            second = subprocess.run([sys.executable, __file__, KERNELS[1]], check=False)
        if first.returncode == second.returncode == 0:
            stamp.touch()


def warmed() -> Path:
    """The file that says so: Numba goes by the place and the time of the sources, and by versions."""
    import numba

    from maxpressure.base.paths import PACKAGE
    from maxpressure.engine.cache import cache_folder

    newest = max(path.stat().st_mtime_ns for path in PACKAGE.rglob("*.py"))
    known = f"{PACKAGE} {newest} {sys.version} {numba.__version__}"
    return cache_folder() / f"warm-{hashlib.sha256(known.encode()).hexdigest()[:16]}"


def simulate() -> None:
    """Simulate a few worlds and a twin."""
    from maxpressure.engine.chunks import Chunk, Keep
    from maxpressure.engine.engines import CompiledEngine
    from maxpressure.evidence.parameters import load_parameters
    from maxpressure.explanations.twins import Twins
    from maxpressure.model.case import load_case, prepare
    from maxpressure.model.twin_situations import twin_situations

    case = load_case()
    situations = {"recorded": prepare(case, case.scenario("max-pressure-2017"))}
    CompiledEngine(situations, [load_parameters().values], 1, Keep()).simulate(Chunk("recorded", 0, 2))
    factual, scenario, until = twin_situations(case, case.record())
    draws = (load_parameters().values,)
    Twins(factual=factual, scenario=scenario, until=until, draws=draws, seed=1)(Chunk("twins", 0, 1))


def replay() -> None:
    """Forecast two weeks of the record, which replays it, and weigh the parameters by it."""
    from maxpressure.evidence.parameters import load_parameters
    from maxpressure.inference.forecast import forecast_of
    from maxpressure.inference.likelihood import Likelihood, moves_of, record_situation
    from maxpressure.model.case import load_case
    from maxpressure.model.history import recorded_history

    situation, parameters = record_situation(load_case()), [load_parameters().values]
    moves = moves_of(situation, recorded_history(situation.record))
    forecast_of(parameters, situation, moves, 90, 92)
    Likelihood(situation, moves)(parameters[0])


if __name__ == "__main__":
    {"simulate": simulate, "replay": replay}[sys.argv[1]]()
