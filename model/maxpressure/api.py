"""``maxpressure.run``: scenarios simulated in many worlds, their tables written, the picture of the wave drawn.

It also fills the hooks (`maxpressure.base.hooks`) by which a lower room hands out what a higher one makes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxpressure.base.errors import InputError, Remedy, Wrong
from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.parameters import SHEET, Parameters, ParameterSet
from maxpressure.evidence.posterior import TO_INFERENCE_DATA, PosteriorDraws, choose
from maxpressure.experiments.executors import bar, spread
from maxpressure.experiments.experiment import Experiment, Source, new_manifest, plan
from maxpressure.experiments.folder import WAVE, default_folder, results_folder
from maxpressure.experiments.manifest import MANIFEST, check_format
from maxpressure.experiments.receipts import missing
from maxpressure.experiments.schema import TABLES, TableWriters
from maxpressure.experiments.swap import new_file
from maxpressure.model.case import Case, case_or_shipped
from maxpressure.results.results import PLOT, Results, load
from maxpressure.scenario import Scenario

if TYPE_CHECKING:
    from maxpressure.base.shown import Sheet
    from maxpressure.model.agents import State
    from maxpressure.report.result_plots import ResultPlots


def run(
    scenarios: Source | Sequence[Source],
    *,
    worlds: int = 1600,
    seed: int = 2017,
    engine: str = "ensemble",
    workers: int | None = None,
    state_class: type[State] | None = None,
    out: str | Path | None = None,
    case: Case | None = None,
    force: bool = False,
    progress: bool = True,
    parameters: str | Path | ParameterSet = "posterior",
    draws: int | None = None,
) -> Results:
    """Run scenarios in many worlds and write tables, picture and manifest into a folder.

    The folder appears when all is done, or not at all. If it already holds worlds of the same run, only those that are
    missing are simulated; if it holds as many or more, its results are returned as they are.

    Parameters
    ----------
    scenarios : str, Path, Scenario, or a sequence of these
        The names of shipped scenarios, the paths of scenario files, or scenarios as values.
    worlds : int
        Worlds of each scenario, at least. World w uses the same random numbers in every scenario (common random
        numbers). With the default, the interval of every planned outcome is narrow enough for nearly all shipped
        scenarios; :meth:`Results.compare` says so, and how many worlds are needed where it is not.
    seed : int
        The seed of all random numbers.
    engine : {"ensemble", "world"}
        The compiled engine, or the Mesa model. Both give the same results, to the bit.
    workers : int, optional
        Threads of the compiled engine or processes of the Mesa model, by default one for each core.
    state_class : type[State], optional
        A subclass of :class:`maxpressure.State` whose rule is simulated. It needs the Mesa model, which is then chosen,
        and may be defined in a notebook or a script.
    out : str or Path, optional
        The folder, by default ``outputs/`` and the scenarios' names.
    case : Case, optional
        The case, by default the shipped one.
    force : bool
        Whether results of another run in the folder may be replaced.
    progress : bool
        Whether to show a bar where stderr is a terminal.
    parameters : {"posterior", "map"}, str, Path or ParameterSet
        The posterior, whose draws the worlds use in turn; its mode; the path of a file; or a set.
    draws : int, optional
        How many posterior draws to use, equally spaced. With D draws and D·R worlds there are R worlds of each draw,
        which :meth:`Results.compare` needs to split parameters from chance.

    Returns
    -------
    Results
        The results in the folder.

    Raises
    ------
    InputError
        For what cannot be run or written, naming what is allowed instead.

    Examples
    --------
    >>> import tempfile
    >>> import maxpressure as mp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = mp.run("no-campaign", worlds=2, out=f"{folder}/calm", progress=False)
    ...     again = mp.run("no-campaign", worlds=2, out=f"{folder}/calm", progress=False)
    ...     len(results.worlds), again.reused
    (2, True)
    """
    case = case_or_shipped(case)
    chosen = choose(parameters, draws, case.place)
    experiment = plan(
        case,
        list(scenarios)
        if isinstance(scenarios, Iterable) and not isinstance(scenarios, str | Path | Scenario)
        else [scenarios],
        worlds=worlds,
        seed=seed,
        engine=engine,
        parameters=chosen.parameters,
        draws=chosen.draws,
        state_class=state_class,
    )
    target = results_folder(default_folder(experiment.names) if out is None else out)
    manifest = new_manifest(experiment)
    earlier: Results | None = None
    with target.claimed(force=force):
        if force:
            replaced = target.earlier(force=True)
            if replaced is not None:
                check_format(replaced, target.path / MANIFEST, earlier=True)
        elif target.holds_result():
            there = load(target.path)
            target.refuse_other(there.manifest.of_worlds(worlds).differences(manifest))
            there.check()
            if there.manifest.worlds >= worlds:
                if not (target.path / WAVE).is_file():
                    with new_file(target.path / WAVE) as picture:
                        _draw_wave(picture, there, experiment.case)
                return replace(there, reused=True, kept=there.manifest.worlds)
            if not there.manifest.tables:
                given = Wrong(f"holds a batch of {there.manifest.worlds} worlds of each scenario")
                allowed = Remedy("Run `maxpressure batch` with more worlds, or take another folder by --out")
                raise InputError(file=target.path, key="out", given=given, allowed=allowed)
            earlier = there
        with target.new() as folder:
            rows = _simulate(experiment, folder, workers, earlier, progress=progress)
            manifest.finished(folder, rows).write(folder)
            _draw_wave(folder / WAVE, load(folder), experiment.case)
    return replace(load(target.path), kept=earlier.manifest.worlds if earlier else 0)


@TO_INFERENCE_DATA.fill
def _inference_data(posterior: PosteriorDraws, case: Case | None, *, unit: str, draws: int | None) -> Any:
    from maxpressure.inference.to_arviz import inference_data

    return inference_data(posterior, case, unit=unit, draws=draws)


def _draw_wave(path: Path, results: Results, case: Case) -> None:
    """Draw the picture of the wave; what draws is loaded for it."""
    from maxpressure.report.plot_wave import save_wave

    save_wave(path, results, case)


def _simulate(
    experiment: Experiment, folder: Path, workers: int | None, earlier: Results | None, *, progress: bool
) -> dict[str, int]:
    """Write the tables of all worlds into the folder, those that are there ``earlier`` first; returns their rows."""
    job, status = experiment.job(), {"parameters_status": experiment.parameters.status}
    kept = earlier.manifest.worlds if earlier else 0
    done = [Chunk(name, 0, kept) for name in experiment.names if kept]
    chunks = missing(done, experiment.names, experiment.worlds, job.engine.chunk_worlds)
    finished = zip(chunks, spread(job.simulate, chunks, compiled=job.compiled, workers=workers), strict=True)
    with TableWriters(folder, status) as tables, bar(chunks, progress=progress) as shown:
        for name, new in groupby(finished, key=lambda one: one[0].scenario):
            if earlier is not None:
                _copy(earlier, name, tables)
            for chunk, rows in new:
                tables.write(rows)
                shown.note(chunk)
    return tables.counts


def _copy(earlier: Results, scenario: str, tables: TableWriters) -> None:
    """Write the rows of a scenario that are there already, of every table."""
    for table, schema in TABLES.items():
        for piece in earlier.files.pieces(table, schema.names, scenario=scenario):
            for batch in piece.to_batches():
                tables.write({table: batch})


# ---- what lower rooms hand out


@SHEET.fill
def _sheet(values: Parameters, title: str, notes: Sequence[str] = ()) -> Sheet:
    """What a notebook shows of parameters; their meanings and intervals are read for it."""
    from maxpressure.evidence.words import sheet_of

    return sheet_of(values, title, notes)


@PLOT.fill
def _plot(results: Results) -> ResultPlots:
    """The pictures of results; what draws is loaded for them."""
    from maxpressure.report.result_plots import ResultPlots

    return ResultPlots(results)
