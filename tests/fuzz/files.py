"""The files that people write: cases with their tables, scenarios, experiments, sweeps, parameters, later events."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from hypothesis import strategies as st

import two_codings
from fuzz.columns import encoded, parquets
from fuzz.law import Content, Kind
from fuzz.mutations import tables, texts, toml
from fuzz.surroundings import HARBOUR, TESTS, simulates, usable
from maxpressure.base.paths import folder as shipped
from maxpressure.evidence.events import load_events
from maxpressure.evidence.evidence import MORE_TABLES, TABLES
from maxpressure.evidence.parameters import load_parameters
from maxpressure.evidence.posterior import Chosen, choose
from maxpressure.evidence.tiles import stored_tiles
from maxpressure.experiments.experiment import Experiment, plan, read_experiment
from maxpressure.inference.validate import code_later_events, read_span
from maxpressure.model.case import Case, Situation, load_case, prepare
from maxpressure.scenario import Scenario, check
from maxpressure.scenario.scenario import validated
from maxpressure.sweep.files import Sweep, changed, read_sweep
from pilot import PILOT

Bytes = st.SearchStrategy[bytes]
PARAMETERS: Final = PILOT.values


def kind_of(
    path: Path,
    inputs: Bytes,
    read: Callable[[Path], Any],
    holds: Callable[[Any], object] = lambda value: value,
) -> Kind:
    """Mutations of one file, written to this path and read from it."""
    path.parent.mkdir(parents=True, exist_ok=True)

    def written(content: bytes) -> Any:
        path.write_bytes(content)
        return read(path)

    return Kind(inputs=inputs.map(Content), read=written, holds=holds)


# ---- cases


def of_case(name: str, scratch: Path) -> Kind:
    """A case of which one file is mutated, read as far as `case check` reads it; with two codings if it is of these."""
    place = scratch / "harbour"
    if name.removeprefix("evidence/") in MORE_TABLES:
        two_codings.make(place)
    else:
        shutil.copytree(HARBOUR, place, dirs_exist_ok=True)
    seeds = [(place / name).read_bytes()]
    inputs = toml(seeds) if name.endswith(".toml") else tables(seeds)

    def read(_: Path) -> tuple[Case, Situation]:
        case = load_case(place)
        return case, prepare(case, case.record())

    def holds(value: tuple[Case, Situation]) -> None:
        case, situation = value
        simulates(situation, PARAMETERS)
        assumed = case.assumptions
        assert type(assumed).model_validate(assumed.model_dump(by_alias=True)) == assumed

    return kind_of(place / name, inputs, read, holds)


def of_priors(scratch: Path) -> Kind:
    place = scratch / "case"
    inputs = toml([(shipped("calibration") / "priors.toml").read_bytes()])

    def holds(chosen: Chosen) -> None:
        for draw in (chosen.parameters.values, *chosen.draws):
            usable(draw)

    return kind_of(place / "priors.toml", inputs, lambda _: choose("prior", place=place), holds)


def of_tiles(scratch: Path) -> Kind:
    inputs = tables([(shipped("calibration") / "tiles.csv").read_bytes()])
    return kind_of(scratch / "tiles.csv", inputs, stored_tiles)


def of_events(scratch: Path) -> Kind:
    """The table of `validate --events`."""
    case = load_case(HARBOUR)
    record = case.assumptions.record
    span = read_span(case, "1992-01-06", "1993-06-27")

    def read(path: Path) -> Any:
        events = load_events(path, case.evidence.states, (record.origin, record.inputs_until))
        return code_later_events(case, events, span)

    def holds(later: Any) -> None:
        simulates(later.late, PARAMETERS)

    return kind_of(
        scratch / "events.csv", tables([(HARBOUR / "evidence/events.csv").read_bytes()]), read, holds
    )


# ---- scenarios and what runs them


def of_scenarios(scratch: Path) -> Kind:
    case = load_case()
    usual = prepare(case, case.record())

    def read(path: Path) -> tuple[Scenario, Situation]:
        scenario = case.scenario(path)
        return scenario, prepare(case, scenario, like=usual)

    def holds(value: tuple[Scenario, Situation]) -> None:
        scenario, situation = value
        assert validated(
            {"name": scenario.name, **tomllib.loads(scenario.text())}, file="again"
        ) == scenario.but(extends=None)
        simulates(situation, PARAMETERS)

    return kind_of(
        scratch / "mine.toml", toml([path.read_bytes() for path in case.scenarios.values()]), read, holds
    )


EXPERIMENT: Final = b"""title = "Points and draws"
question = "What do they change?"
scenarios = ["as-recorded", "no-second-mine", "mine.toml"]
worlds = 4
seed = 7
engine = "world"
parameters = "pilot.toml"
draws = "draws.csv"
points = "points.csv"
keep = { weeks = 2, attributions = 1 }
"""
POINTS: Final = (
    b"campaign.scale,requests.lag_weeks,window.weeks,parameters.beta_shock\n0.5,1,20,0.1\n2,0,30,0\n",
    b"target.buffer,patrons.QSK.backfill,mechanisms.contagion\n0.5,0.1,0\n0,0.01,1\n0.25,0,1\n",
    b'"requests.scale",seed\r\n1,1\r\n',
)
DRAWS: Final = (b"alpha.trade,sigma,chi\n-6,0.5,0.5\n-inf,0,1\n", b"beta_own,psi.labour\n1,0.5\n-1e1,0\n")


def beside(scratch: Path) -> Path:
    """A folder with all that an experiment or a sweep may name."""
    scratch.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "experiment.toml": EXPERIMENT,
        "points.csv": POINTS[0],
        "draws.csv": DRAWS[0],
    }.items():
        (scratch / name).write_bytes(content)
    shutil.copyfile(TESTS / "pilot.toml", scratch / "pilot.toml")
    shutil.copyfile(HARBOUR / "scenarios/skerrow-shields.toml", scratch / "mine.toml")
    return scratch


def of_experiments(name: str, scratch: Path) -> Kind:
    """An experiment file, or a table that it names."""
    place, case = beside(scratch), load_case(HARBOUR)
    whole = EXPERIMENT.replace(b'points = "points.csv"\n', b"")
    (place / "experiment.toml").write_bytes(
        EXPERIMENT.replace(b'draws = "draws.csv"\n', b"") if name == "points.csv" else whole
    )
    inputs = {
        "experiment.toml": toml([EXPERIMENT, whole, (HARBOUR / "experiment.toml").read_bytes()]),
        "points.csv": st.one_of(tables(POINTS), texts(POINTS)),
        "draws.csv": st.one_of(tables(DRAWS), texts(DRAWS)),
    }

    known = case.vocabulary()

    def holds(one: Experiment) -> None:
        for scenario in one.scenarios:
            check(scenario, known)
        for draw in one.draws:
            usable(draw)
        again = plan(
            case, one.scenarios, worlds=one.worlds, seed=one.seed, engine=one.engine, parameters=one.parameters,
            draws=one.draws, keep=one.keep,
        )  # fmt: skip
        assert again == one
        simulates(prepare(case, one.scenarios[-1]), one.draws[-1])

    return kind_of(
        place / name, inputs[name], lambda _: read_experiment(place / "experiment.toml", case=case), holds
    )


def of_sweeps(scratch: Path) -> Kind:
    place, case = beside(scratch), load_case(HARBOUR)
    seeds = [
        (HARBOUR / "sweep.toml").read_bytes(),
        (shipped("scenarios") / "sweeps/levers.toml").read_bytes(),
    ]
    seeds[1] = seeds[1].replace(b'"max-pressure-2017"', b'"as-recorded"')

    def holds(sweep: Sweep) -> None:
        for at in (0.0, 0.3, 1.0):
            there, scenario = changed(sweep, sweep.base, sweep.inputs, [at] * len(sweep.inputs))
            check(scenario, there.vocabulary())
        simulates(prepare(there, scenario), sweep.chosen.draws[0])

    return kind_of(place / "sweep.toml", toml(seeds), lambda path: read_sweep(path, case=case), holds)


# ---- parameters


def of_parameters(scratch: Path) -> Kind:
    seeds = [(shipped("calibration") / "map.toml").read_bytes(), (TESTS / "pilot.toml").read_bytes()]
    situation = _small()

    def holds(found: Any) -> None:
        usable(found.values)
        simulates(situation, found.values)

    return kind_of(scratch / "mine.toml", toml(seeds), load_parameters, holds)


def of_posteriors(scratch: Path) -> Kind:
    whole = pq.read_table(shipped("calibration") / "posterior.parquet")
    seeds = [encoded(whole.slice(0, 4)), encoded(whole.slice(100, 1))]
    situation = _small()

    def holds(chosen: Chosen) -> None:
        for draw in chosen.draws:
            usable(draw)
        simulates(situation, chosen.draws[-1])

    return kind_of(scratch / "mine.parquet", parquets(seeds), choose, holds)


def _small() -> Situation:
    case = load_case(HARBOUR)
    return prepare(case, case.record())


FILES: Final[dict[str, Callable[[Path], Kind]]] = {
    "scenario": of_scenarios,
    "experiment": partial(of_experiments, "experiment.toml"),
    "points": partial(of_experiments, "points.csv"),
    "draws": partial(of_experiments, "draws.csv"),
    "sweep": of_sweeps,
    "parameters": of_parameters,
    "posterior": of_posteriors,
    "priors": of_priors,
    "assumptions": partial(of_case, "assumptions.toml"),
    **{
        f"evidence of {name.removesuffix('.csv')}": partial(of_case, f"evidence/{name}")
        for name in (*TABLES, *MORE_TABLES)
    },
    "later events": of_events,
    "tiles": of_tiles,
}
