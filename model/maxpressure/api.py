"""The main job: scenarios lived through in many worlds, their result folder written, the picture drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from maxpressure.evidence.parameters import ParameterSet
from maxpressure.evidence.posterior import choose
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, Source, new_manifest, plan
from maxpressure.experiments.folder import WAVE, default_folder, new_file, results_folder
from maxpressure.experiments.manifest import read_manifest
from maxpressure.experiments.schema import TableWriters
from maxpressure.experiments.store import missing
from maxpressure.model.agents import State
from maxpressure.model.case import Case, load_case
from maxpressure.report.plot_wave import save_wave
from maxpressure.results.results import Results, load
from maxpressure.scenario import Scenario


def run(
    scenarios: Source | Sequence[Source],
    *,
    worlds: int = 200,
    seed: int = 2017,
    engine: str = "ensemble",
    workers: int | None = None,
    state_class: type[State] = State,
    out: str | Path | None = None,
    case: Case | None = None,
    force: bool = False,
    progress: bool = True,
    parameters: str | Path | ParameterSet = "posterior",
    draws: int | None = None,
) -> Results:
    """Run each scenario in as many worlds and leave tables, picture and manifest in the folder `out`.

    Scenarios are names of shipped ones, paths of files, or values. The folder appears when all is done, or
    not at all. Results of the very same run that are there already are returned as they are, a missing
    picture drawn again; those of another run are refused, unless `force` lets them be replaced. Without `out`
    it is outputs/NAME. ``parameters`` is ``posterior``, whose draws the worlds take in turn, ``map``, a set, or
    the path of a file. ``draws`` takes so many of its draws, equally spaced, so that D draws and D·R worlds are R
    worlds of each: what a comparison needs to tell parameters from chance.
    Raises InputError for what cannot be run or written.
    """
    case = load_case() if case is None else case
    chosen = choose(parameters, draws, case.place)
    experiment = plan(
        case,
        [scenarios] if isinstance(scenarios, str | Path | Scenario) else scenarios,
        worlds=worlds,
        seed=seed,
        engine=engine,
        parameters=chosen.parameters,
        draws=chosen.draws,
        state_class=state_class,
    )
    target = results_folder(default_folder(experiment.names) if out is None else out)
    manifest = new_manifest(experiment)
    if target.holds_result() and not force:
        target.refuse_other(read_manifest(target.path).differences(manifest))
        found = replace(load(target.path), reused=True)
        found.check()
        if not (target.path / WAVE).is_file():
            with new_file(target.path / WAVE) as picture:
                save_wave(picture, found, experiment.case)
        return found
    with target.new() as folder:
        rows = _simulate(experiment, folder, workers, progress=progress)
        manifest.finished(folder, rows).write(folder)
        save_wave(folder / WAVE, load(folder), experiment.case)
    return load(target.path)


def _simulate(experiment: Experiment, folder: Path, workers: int | None, *, progress: bool) -> dict[str, int]:
    """Live all worlds and write their tables into the folder; returns the number of rows of each."""
    job, status = experiment.job(), {"parameters_status": experiment.parameters.status}
    chunks = missing([], experiment.names, experiment.worlds, job.engine.chunk_worlds)
    finished = spread(job.simulate, chunks, compiled=job.compiled, portable=job.portable, workers=workers)
    with TableWriters(folder, status) as tables, bar(chunks, progress=progress) as shown:
        for chunk, rows in zip(chunks, finished, strict=True):
            tables.write(rows)
            shown.note(chunk)
    return tables.counts
