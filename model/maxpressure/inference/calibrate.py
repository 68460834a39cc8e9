"""The whole calibration: the mode, and draws from the posterior stacked over imputed dates.

Dates that are known to the month or the week only are drawn at random: multiple imputation (Rubin 1987). Exposure to
peers depends on dates, so a date cannot be summed out state by state. A fit is made for each of several completed
records, and their posteriors are stacked with equal weights: weights by evidence would let the model choose the
dates that fit it best.

Each imputation is a file of its own until all are there, so that an interrupted calibration continues where it
was; the same seed gives the same numbers on any number of threads.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from maxpressure.base.numerics import Floats
from maxpressure.base.paths import code_digest
from maxpressure.base.shown import Shown
from maxpressure.base.text import columns, wrapped
from maxpressure.base.toml import toml_text
from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.assumptions import RecordSpan
from maxpressure.evidence.events import in_order
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.parameters import TIE_PARAMETERS, Parameters
from maxpressure.evidence.posterior import POSTERIOR, write_draws
from maxpressure.evidence.priors import Priors, column, priors_of
from maxpressure.evidence.schema import EventRow
from maxpressure.experiments.executors import spread
from maxpressure.experiments.folder import check_own, resolved
from maxpressure.experiments.lock import alone
from maxpressure.experiments.manifest import assumptions_digest, versions
from maxpressure.inference.likelihood import Likelihood, record_situation
from maxpressure.inference.posterior import Fit, Problem, best_fit, fits, marks, updated
from maxpressure.inference.sampling import Chains, convergence, sample
from maxpressure.model.case import Case


def imputed(evidence: Evidence, span: RecordSpan, number: int, seed: int) -> Evidence:
    """The evidence with completed dates; number 0 has the dates as they stand in the table.

    Each date is drawn between the bounds of its event, and none leaves the record. Fitted dates of one state that are
    known to the day, week or month keep the order in which the table has them. A date known to an interval may cross
    the end of what is fitted, and keeps its place among the events of its tie; events of one state with the same
    bounds come from one source and are drawn together.
    """
    if number == 0:
        return evidence
    return evidence.edited(lambda rows: _completed(rows, span, [seed, number]))


def _completed(rows: Sequence[EventRow], span: RecordSpan, seed: list[int]) -> Iterator[EventRow]:
    rng, rng_of_others = np.random.default_rng(seed), np.random.default_rng([*seed, 1])
    by_state: dict[str, list[EventRow]] = {}
    for row in rows:
        by_state.setdefault(row.iso3, []).append(row)
    for _, mine in sorted(by_state.items()):
        ordered = [row for row in mine if row.date_precision != "interval" and row.date <= span.fitted]
        others = [row for row in mine if row not in ordered]
        found = [*_in_order(ordered, span, rng), *_together(others, span, rng_of_others)]
        while not _chained(found, mine):
            found = [*_in_order(ordered, span, rng_of_others), *_together(others, span, rng_of_others)]
        yield from found


def _in_order(rows: Sequence[EventRow], span: RecordSpan, rng: np.random.Generator) -> list[EventRow]:
    """Draw the uncertain dates of one state's rows until they are in the table's order."""
    if all(row.date_precision == "day" for row in rows):
        return list(rows)
    while True:
        dates = [_drawn(row.bounds, span.origin, span.fitted, rng) for row in rows]
        if dates == sorted(dates):
            return [_moved(row, date) for row, date in zip(rows, dates, strict=True)]


def _together(rows: Sequence[EventRow], span: RecordSpan, rng: np.random.Generator) -> list[EventRow]:
    """Draw the dates of one state's rows, one for all with the same bounds."""
    bounds = dict.fromkeys(row.bounds for row in rows)
    days = {each: _drawn(each, span.origin, span.acts_until, rng) for each in bounds}
    return [_moved(row, days[row.bounds]) for row in rows]


def _chained(found: Sequence[EventRow], rows: Sequence[EventRow]) -> bool:
    """Whether the events of each tie have, by their dates and ids, the same order as in the table's rows."""
    place = {row.event_id: index for index, row in enumerate(rows)}
    last: dict[str, int] = {}
    for row in in_order(found):
        if place[row.event_id] < last.get(row.tie, 0):
            return False
        last[row.tie] = place[row.event_id]
    return True


def _drawn(
    bounds: tuple[dt.date, dt.date], first: dt.date, last: dt.date, rng: np.random.Generator
) -> dt.date:
    low, high = max(bounds[0], first), min(bounds[1], last)
    return low + dt.timedelta(days=int(rng.integers((high - low).days + 1)))


def _moved(row: EventRow, day: dt.date) -> EventRow:
    return row.model_copy(update={"date": day})


IMPUTATIONS: Final = 20
STEPS: Final = 400
DRAWS: Final = 2000
MAP: Final = "map.toml"
HEADER: Final = (
    "# Written by `maxpressure calibrate`; the draws that runs use by default are in posterior.parquet.\n"
)
SIGN: Final = HEADER.partition(";")[0].encode()
"""By this a file of the mode is known as one of ours; another is not replaced."""
UNFINISHED: Final = ".calibrate"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is drawn, from which seed."""

    seed: int = 2017
    imputations: int = IMPUTATIONS
    steps: int = STEPS
    draws: int = DRAWS


@dataclass(frozen=True, slots=True, eq=False)
class Calibration(Shown):
    """A calibration: the mode, the convergence of the stacked draws, and that of the worst imputation."""

    mode: Fit
    stacked: pd.DataFrame
    worst_alone: float
    accepted: float

    def text(self, width: int = 100) -> str:
        """How well the chains converged, and the coefficients at the mode with their standard errors."""
        worst = self.stacked
        bulk, tails = worst["ess_bulk"].min(), worst["ess_tail"].min()
        notes = (
            f"largest R-hat {worst['r_hat'].max():.4f}; of one imputation alone {self.worst_alone:.3f}",
            f"smallest effective sample size {bulk:,.0f} in the bulk, {tails:,.0f} in the tails",
            "at the mode, on the sampling scale (logarithms of what is log-normal):",
        )
        mode = self.tables["mode"].itertuples(index=False)
        rows = [("parameter", "mode", "error"), *((name, f"{at:.3f}", f"{sd:.3f}") for name, at, sd in mode)]
        return "\n".join([*wrapped(notes, width), *columns(rows, width, indent="  ")])

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Convergence of each parameter, and the mode with its standard errors on the sampling scale."""
        mode = {"parameter": self.mode.names, "mode": self.mode.mode, "error": self.mode.errors}
        return {"convergence": self.stacked.reset_index(), "mode": pd.DataFrame(mode)}


def record_problem(case: Case, priors: Priors, number: int = 0, seed: int = 0, **held: float) -> Problem:
    """The record with its dates imputed, as a problem; ``held`` fixes parameters."""
    situation = record_situation(
        replace(case, evidence=imputed(case.evidence, case.assumptions.record, number, seed))
    )
    return Problem(Likelihood(situation), priors, held=held)


def calibrate(
    case: Case, out: Path, plan: Plan, *, workers: int, progress: bool, priors: Priors | None = None
) -> Calibration:
    """Fit the record and write ``map.toml`` and ``posterior.parquet`` into a folder."""
    out = resolved(out, "calibrate")
    with alone(out):
        check_own(out / MAP, SIGN, out / MAP)
        return _calibrated(case, out, plan, priors or priors_of(case.place), workers, progress=progress)


def _calibrated(
    case: Case, out: Path, plan: Plan, priors: Priors, workers: int, *, progress: bool
) -> Calibration:
    problem = record_problem(case, priors)
    mode = best_fit(problem)
    work = out / UNFINISHED
    work.mkdir(exist_ok=True)
    job = Sampler(case, priors, plan, mode, work, identity(case, priors, plan.seed, plan.steps))
    chunks = [Chunk("imputation", number, 1) for number in range(1, plan.imputations + 1)]
    chains = []
    with tqdm(total=len(chunks), unit=" imputations", disable=None if progress else True) as bar:
        for chain in spread(job, chunks, compiled=False, workers=workers):
            chains.append(chain)
            bar.update()
    names = [*problem.names, *problem.grids]
    found = Calibration(
        mode=mode,
        stacked=convergence(np.concatenate([problem.shown(chain.points) for chain in chains], axis=1), names),
        worst_alone=max(_largest_r_hat(problem, chain) for chain in chains),
        accepted=float(np.mean([chain.accepted for chain in chains])),
    )
    rows, imputation = _rows(case, priors, plan, chains)
    write_draws(work / POSTERIOR, rows, imputation, _provenance(case, priors, plan, found))
    _write_mode(work / MAP, mode.parameters)
    for name in (POSTERIOR, MAP):
        (work / name).replace(out / name)
    shutil.rmtree(work)
    return found


def _largest_r_hat(problem: Problem, chain: Chains) -> float:
    names = [*problem.names, *problem.grids]
    return float(convergence(problem.shown(chain.points), names)["r_hat"].max())


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws the chains of an imputation, or reads them from the file that an earlier start left."""

    case: Case
    priors: Priors
    plan: Plan
    mode: Fit
    work: Path
    identity: str

    def __call__(self, chunk: Chunk) -> Chains:
        """The chains of imputation number ``chunk.first``."""
        path = self.work / f"{self.identity}-{chunk.first:03d}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as kept:
                return Chains(kept["points"], float(kept["accepted"]))
        problem = record_problem(self.case, self.priors, chunk.first, self.plan.seed)
        modes = fits(problem, self.mode)
        chains = sample(problem, modes, steps=self.plan.steps, seed=[self.plan.seed, chunk.first])
        new = path.with_suffix(".new.npz")
        np.savez(new, points=chains.points, accepted=chains.accepted)
        new.replace(path)
        return chains


def _rows(case: Case, priors: Priors, plan: Plan, chains: list[Chains]) -> tuple[Floats, list[int]]:
    """The draws: as many of each imputation, evenly thinned; exact and assumed parameters drawn beside them."""
    each = plan.draws // len(chains)
    rows, imputation = [], []
    for number, chain in enumerate(chains, start=1):
        problem = record_problem(case, priors, number, plan.seed)
        drawn = problem.rows(chain.thinned(each))
        rng = np.random.default_rng([plan.seed, number, len(chains)])
        exact = updated(priors, marks(problem.likelihood.situation, problem.likelihood.moves))
        for name, law in exact.items():
            drawn[:, column(name)] = law.law().rvs(size=each, random_state=rng)
        assumed = priors.of("assumed")
        drawn[:, [column(name) for name in assumed]] = priors.draw(assumed, each, rng)
        rows.append(drawn)
        imputation += [number] * each
    return np.concatenate(rows), imputation


def identity(case: Case, priors: Priors, *rest: Any) -> str:
    """What numbers depend on, the code too, as sixteen digits for the names of the files that keep them."""
    dependencies = json.dumps(inputs(case, priors), sort_keys=True) + code_digest() + repr(rest)
    return hashlib.sha256(dependencies.encode()).hexdigest()[:16]


def inputs(case: Case, priors: Priors) -> dict[str, Any]:
    """What every fit depends on: the record, and digests of the evidence, the assumptions and the priors."""
    text = "".join(f"{name} {prior.model_dump_json()}" for name, prior in priors.by_name.items())
    return {
        "record": case.record().record,
        "evidence": case.evidence.digest,
        "assumptions": assumptions_digest(case),
        "priors": hashlib.sha256(text.encode()).hexdigest(),
    }


def _provenance(case: Case, priors: Priors, plan: Plan, found: Calibration) -> dict[str, Any]:
    method = (
        f"emcee on the exact likelihood of the {case.record().record} record, {plan.imputations} imputations of dates "
        "stacked with equal weights; parameters marked assumed are drawn from their priors"
    )
    return {
        "method": method,
        **inputs(case, priors),
        "seed": plan.seed,
        "imputations": plan.imputations,
        "steps": plan.steps,
        "largest_r_hat": round(float(found.stacked["r_hat"].max()), 4),
        "smallest_ess_bulk": int(found.stacked["ess_bulk"].min()),
        "smallest_ess_tail": int(found.stacked["ess_tail"].min()),
        "versions": versions(),
    }


def _write_mode(path: Path, parameters: Parameters) -> None:
    """Write one set of parameters as a parameter file."""
    source = (
        "Maximum a posteriori on the record of 2016-17, dates as they stand in the table; chi and psi are "
        "posterior means, what is marked assumed in priors.toml stands at its prior's median."
    )
    by_name = parameters._asdict()
    single = {name: value for name, value in by_name.items() if not isinstance(value, tuple)}
    text = toml_text({"status": "map", "source": source, "parameters": single})
    for name in (name for name in by_name if name not in single):
        by_tie = dict(zip(TIE_PARAMETERS[name], by_name[name], strict=True))
        text += f"\n[parameters.{name}]\n{toml_text(by_tie)}"
    path.write_text(HEADER + text, encoding="utf-8")
