"""The ensemble in turns with its rivals: World, a NumPy program, and C that does its hazards and nothing else."""

from __future__ import annotations

import shutil
import statistics
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import rival
from clock import cpu_seconds
from speed import SCENARIO, SEED, parameters, recorded, world_engine

from maxpressure.base import rng
from maxpressure.base.numerics import Floats, Ints, remember, weekly_decay
from maxpressure.engine.engines import Chunk, Ensemble
from maxpressure.engine.jit import kernel
from maxpressure.engine.precompute import new_precomputed, precompute
from maxpressure.evidence.parameters import Parameters
from maxpressure.evidence.posterior import choose
from maxpressure.model import rules
from maxpressure.model.case import under

SOURCE = Path(__file__).with_name("limit.c")
COMPILERS = ("cc", "gcc", "clang")
EXACT, LOOSE = "C, libm", "C, libm, -ffast-math"
OWN = "the rule's own functions, compiled by Numba"
WHOLE, DRAWN = "the whole ensemble", "the whole ensemble, a posterior draw for each world"
NUMPY, WORLD = "NumPy, 500 worlds at a time", "World"
NO_PEERS = "NumPy, contagion left out"
FLAGS = ("-std=c11", "-O3", "-march=native")
CHECKED = 2000
"""Worlds in which the NumPy program is compared with the ensemble."""
POSTERIOR = 2000
"""The draws that the posterior has."""
AGREE = 1e-9
"""By how much the sums of strain may differ, relatively: exp differs in its last digits."""


class Inputs(NamedTuple):
    """What the hazards of some worlds are worked out from; N states that have a tie to cut, T weeks, E epochs."""

    peer_effect: float
    peer_decay: float
    epoch: Ints  # (T,): the week's row of ties
    climate: Floats  # (T,)
    settled: Floats  # (T, N)
    ties: Floats  # (E, N)
    exposure: Floats  # (N,)
    carried: Floats  # (W, N)
    resistance: Floats  # (W, N)


def inputs(worlds: int) -> Inputs:
    """What the record's parameters fix and the random numbers of the first worlds; no state acts, so no exposure."""
    ensemble = Ensemble(recorded(), (parameters(),))
    p = under(ensemble.situation.scenario, parameters())
    arrays, fixed = ensemble.inputs, new_precomputed(ensemble.inputs)
    precompute(arrays, p, fixed)
    simulated = np.flatnonzero(arrays.states["start"].sum(axis=1) > 0)
    codes = arrays.states["code"][simulated].tolist()
    shock = weekly_decay(p.tau_shock)
    climate, kept, shocks = np.zeros(arrays.n_weeks), 0.0, np.zeros(arrays.n_weeks)
    for t, week in enumerate(arrays.weeks):
        shocks[t] = remember(kept, shock, week["shock_now"])
        climate[t] = rules.climate(p, rules.felt(p, shocks, t), week["thaw"], week["news"])
        kept = remember(kept, shock, week["shock_whole"])
    return Inputs(
        peer_effect=p.beta_peer,
        peer_decay=weekly_decay(p.tau_peer),
        epoch=arrays.weeks["epoch"].astype(np.int64),
        climate=climate,
        settled=np.ascontiguousarray(fixed.exogenous[:, simulated]),
        ties=np.ascontiguousarray(fixed.tie_sums[:, simulated]),
        exposure=np.zeros(len(simulated)),
        carried=np.array([[_carried(p, world, code) for code in codes] for world in range(worlds)]),
        resistance=np.array([[_resistance(world, code) for code in codes] for world in range(worlds)]),
    )


def _carried(p: Parameters, world: int, code: int) -> float:
    frailty = rules.log_frailty(p.sigma, rng.normal(SEED, world, code, rng.FRAILTY))
    return rules.momentum(p, frailty, 0)


def _resistance(world: int, code: int) -> float:
    return rng.exponential(SEED, world, code, 0, rng.RESISTANCE)


def write(given: Inputs, path: Path) -> None:
    """The file that limit.c reads, laid out as its head says."""
    (weeks, states), epochs, worlds = given.settled.shape, len(given.ties), len(given.carried)
    with path.open("wb") as stream:
        np.array([weeks, states, epochs, worlds], dtype=np.int64).tofile(stream)
        np.array([given.peer_effect, given.peer_decay]).tofile(stream)
        for column in given[2:]:
            np.ascontiguousarray(column).tofile(stream)


def compile_limit(folder: Path) -> dict[str, Path]:
    """The C program, compiled twice; nothing where there is no compiler, or none that knows these flags."""
    compiler = next((path for path in map(shutil.which, COMPILERS) if path), None)
    programs: dict[str, Path] = {}
    for number, (name, more) in enumerate({EXACT: (), LOOSE: ("-ffast-math",)}.items()):
        program = folder / f"limit-{number}"
        if compiler is not None:
            command = [compiler, *FLAGS, *more, str(SOURCE), "-o", str(program), "-lm"]
            if subprocess.run(command, check=False).returncode == 0:
                programs[name] = program
    return programs


def run_limit(program: Path, file: Path, worlds: int) -> tuple[float, float]:
    """Seconds a world, and the sum of strains in the worlds of the file."""
    command = [str(program), str(file), str(worlds), "1"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(said[0]), float(said[-1])


@kernel
def hazards_alone(p: Parameters, given: Inputs, worlds: int, strain: Floats, exposure: Floats) -> int:
    """What limit.c does, with the rule's own functions; returns how often strain stood at or above a resistance."""
    passed = 0
    for number in range(worlds):
        world = number % len(given.carried)
        carried, resistance = given.carried[world], given.resistance[world]
        for i in range(len(strain)):
            strain[i] = 0.0
            exposure[i] = given.exposure[i]
        for t in range(len(given.epoch)):
            passed += one_week(
                p,
                given.climate[t],
                given.peer_decay,
                given.settled[t],
                given.ties[given.epoch[t]],
                carried,
                resistance,
                strain,
                exposure,
            )
    return passed


@kernel
def one_week(
    p: Parameters,
    climate: float,
    peer_decay: float,
    settled: Floats,
    ties: Floats,
    carried: Floats,
    resistance: Floats,
    strain: Floats,
    exposure: Floats,
) -> int:
    """A week of all states, in one plain loop over arrays."""
    passed = 0
    for i in range(len(strain)):
        common = rules.log_common(settled[i], climate, carried[i], rules.imitation(p, exposure[i]))
        strain[i] += rules.hazard(common, ties[i])
        passed += strain[i] >= resistance[i]
        exposure[i] = remember(exposure[i], peer_decay, 0.0)
    return passed


def strains(given: Inputs) -> float:
    """The sum of strains at the end, by the rule's own functions: what the C programs have to come to."""
    total, states = 0.0, len(given.exposure)
    for world in range(len(given.carried)):
        strain = np.zeros(states)
        one = given._replace(
            carried=given.carried[world : world + 1], resistance=given.resistance[world : world + 1]
        )
        hazards_alone(parameters(), one, 1, strain, np.zeros(states))
        total += float(strain.sum())
    return total


def limits(worlds: int, distinct: int, repeats: int, world_worlds: int) -> dict[str, float]:
    """CPU seconds a world of the ensemble and of all that it is measured against; they take turns.

    Raises RuntimeError if a C program comes to other strains than the rule, or the NumPy program to worlds that are
    distributed otherwise than the ensemble's.
    """
    given, p, situation = inputs(distinct), parameters(), recorded()
    scratch = np.zeros_like(given.exposure), np.zeros_like(given.exposure)
    whole = Ensemble(situation, (p,))
    drawn = Ensemble(situation, choose("posterior", min(worlds, POSTERIOR)).draws)
    rival.check_alike(situation, p, CHECKED, SEED)
    arrays = rival.lay_out(situation, p)
    alone = arrays._replace(noticed=None)
    works: dict[str, tuple[int, Callable[[], object]]] = {
        OWN: (worlds, partial(hazards_alone, p, given, worlds, *scratch)),
        WHOLE: (worlds, partial(whole.simulate, 0, worlds, seed=SEED, attributions=False)),
        DRAWN: (worlds, partial(drawn.simulate, 0, worlds, seed=SEED, attributions=False)),
        NUMPY: (worlds, partial(rival.simulate, arrays, worlds, np.random.default_rng(SEED))),
        NO_PEERS: (worlds, partial(rival.simulate, alone, worlds, np.random.default_rng(SEED))),
        WORLD: (world_worlds, partial(world_engine().simulate, Chunk(SCENARIO, 0, world_worlds))),
    }
    for name, (_, work) in works.items():
        if name != WORLD:
            work()
    expected = strains(given)
    taken: dict[str, list[float]] = {name: [] for name in (EXACT, LOOSE, *works)}
    with TemporaryDirectory() as place:
        file = Path(place) / "inputs"
        write(given, file)
        programs = compile_limit(Path(place))
        for _ in range(repeats):
            for name, program in programs.items():
                time, total = run_limit(program, file, worlds)
                if abs(total - expected) > AGREE * expected:
                    raise RuntimeError(f"{name} comes to strains of {total}, the rule to {expected}")
                taken[name].append(time)
            for name, (count, work) in works.items():
                taken[name].append(cpu_seconds(work) / count)
    return {name: statistics.median(times) for name, times in taken.items() if times}
