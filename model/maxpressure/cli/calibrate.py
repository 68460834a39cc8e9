"""The commands that fit the rule to the record, check the fit, and score it on later events."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from maxpressure.base.errors import InputError
from maxpressure.cli.options import (
    CASE,
    PARAMETERS,
    QUIET,
    RECORD,
    WORKERS,
    ending,
    exit_codes,
    out_option,
    terminal_width,
)

NEEDS = (
    "This needs the package {}: pip install 'maxpressure[calibrate,dev]', or in a checkout `make test` once, "
    "which installs all extras."
)
SEED = Annotated[int, typer.Option("--seed", help="The seed of all random numbers.", min=0)]

# ---- calibrate

CALIBRATE_HELP = """Fit the rule to the dated record of 2016-17.

\b
The likelihood is exact: the rule that simulates gives the probability of the
record. Dates known only to the month or week are imputed 20 times; emcee
samples the posterior of each imputation, and the samples are stacked with
equal weights. Needs the extra: pip install 'maxpressure[calibrate,dev]'

\b
Examples:
  maxpressure calibrate
  maxpressure calibrate --out mine --seed 7
  maxpressure calibrate --record strict --out strict

\b
Written to calibration/ in a checkout, or to DIR, at the end:
  map.toml           the posterior mode
  posterior.parquet  2,000 posterior draws, with what they were made from
"""
GOES_ON = "the same command goes on where it was"
CALIBRATE_EXITS = exit_codes(GOES_ON)


def calibrate(
    *,
    case: CASE = None,
    record: RECORD = None,
    out: Annotated[Path | None, out_option("calibration", "The folder for the files")] = None,
    seed: SEED = 2017,
    workers: WORKERS = None,
    quiet: QUIET = False,
) -> None:
    """Fit the record, write the mode and the draws, print what converged."""
    with ending(f"{GOES_ON}.", needs=NEEDS):
        from maxpressure.inference.calibrate import Plan
        from maxpressure.inference.calibrate import calibrate as fit_record
        from maxpressure.model.case import load_case

        loaded = load_case(case, record)
        folder = loaded.place if out is None else out
        cores = workers or os.cpu_count() or 1
        found = fit_record(loaded, folder, Plan(seed=seed), workers=cores, progress=not quiet)
        if not quiet:
            print(found.text(terminal_width()))
            print(f"Written to {folder}: map.toml, posterior.parquet. Next: maxpressure validate")


# ---- validate

VALIDATE_HELP = """Check the fit, or score it on a later table of events.

\b
Without --events, all checks of the calibration are made; their tables and
pictures are written into calibration/README.md, or with --out below DIR.
With --events FILE, the shipped posterior and rivals fitted to the record are
scored on the weeks from DATE to DATE.

\b
FILE has the columns of calibration/evidence/events.csv. The probabilities of
a week use all earlier events, of the record and of FILE; inputs after 2017
are those of calibration/evidence/pressure.csv.

\b
Examples:
  maxpressure validate
  maxpressure validate --check forward
  maxpressure validate --check forward --record strict --out strict
  maxpressure validate --events mine.csv --from 2018-01-01 --to 2018-03-25
  maxpressure validate --events mine.csv --from 2018-01-01 --to 2018-12-30 --parameters map
  maxpressure validate --events calibration/evidence/events.csv --from 2017-10-30 --to 2017-12-31

\b
Written to outputs/validate-FROM-TO below the current folder, or to DIR:
  scores.csv       a row for each forecast: log score, AUC, Brier score
  states.csv       P(a state acts in the span), and whether it did
  rows.csv         each row in the span, and whether it was scored
  validation.md    all of it, for a reader
  validation.json  all of it, for a program
"""
SCORED = 400
"""Posterior draws that are scored."""


def validate(
    *,
    events: Annotated[
        Path | None, typer.Option("--events", help="The table of events.", metavar="FILE")
    ] = None,
    start: Annotated[str, typer.Option("--from", help="The first day to score.", metavar="DATE")] = "",
    end: Annotated[str, typer.Option("--to", help="The last day to score.", metavar="DATE")] = "",
    check: Annotated[
        list[str] | None, typer.Option("--check", help="Only this check; may be repeated.", metavar="NAME")
    ] = None,
    release: Annotated[
        bool, typer.Option("--release", help="Also the long checks: rules, sbc-sampled.")
    ] = False,
    workers: WORKERS = None,
    parameters: PARAMETERS = "posterior",
    case: CASE = None,
    record: RECORD = None,
    out: Annotated[Path | None, out_option("as above", "The folder for the files")] = None,
    seed: SEED = 2017,
    draws: Annotated[
        int | None, typer.Option(help=f"How many posterior draws to score; by default {SCORED}.", min=1)
    ] = None,
    quiet: QUIET = False,
) -> None:
    """Check the calibration, or score parameters on a table of events, and write the results."""
    with ending("nothing was written.", needs=NEEDS):
        of_events: dict[str, object] = {"--from": start, "--to": end, "--draws": draws}
        of_events |= {"--case": case}
        of_checks = {"--check": check, "--release": release, "--workers": workers}
        if events is None:
            _refuse_others(of_events, "with --events FILE, which scores a table")
            _check(record, check or [], out, seed, workers, release=release, progress=not quiet)
            return
        _refuse_others(of_checks, "without --events, where all of the fit is checked")
        from maxpressure.inference.validate import read_span
        from maxpressure.inference.validate import validate as validate_on
        from maxpressure.inference.validation import validation_folder
        from maxpressure.model.case import load_case

        loaded, shown = load_case(case, record), not quiet and sys.stderr.isatty()
        read_span(loaded, start, end)  # the folder is called by the days
        folder = Path("outputs", f"validate-{start}-{end}") if out is None else out
        with validation_folder(folder).claimed():
            found = validate_on(
                loaded,
                events,
                start,
                end,
                parameters=parameters,
                draws=draws or SCORED,
                seed=seed,
                progress=shown,
            )
            found.save(folder, force=True)
        if not quiet:
            print(found.text(terminal_width()))
            print(f"Written to {folder}. Next: read {folder / found.PAGE}")


def _refuse_others(options: Mapping[str, object], where: str) -> None:
    """Raise InputError where an option is given that has no effect here."""
    for name, given in options.items():
        if given:
            raise InputError(file="validate", key=name, given=given, allowed=f"{name} only {where}")


def _check(
    record: str | None,
    checks: list[str],
    out: Path | None,
    seed: int,
    workers: int | None,
    *,
    release: bool,
    progress: bool,
) -> None:
    """Make the checks of the calibration and write their page."""
    from maxpressure.base.paths import folder
    from maxpressure.inference.checks.report import make
    from maxpressure.model.case import load_case

    place = folder("calibration") if out is None else out
    cores = workers or os.cpu_count() or 1
    for line in make(
        load_case(record=record),
        place,
        checks=checks,
        seed=seed,
        workers=cores,
        release=release,
        progress=progress,
    ):
        print(line)
