"""The main numbers under both records: how they are measured, kept and said."""

from __future__ import annotations

from functools import partial
from typing import get_args

import pytest

from maxpressure.engine.chunks import Chunk
from maxpressure.evidence.headline import HeadlineRow, Treatment, load_headline, sensitivity_to_record
from maxpressure.evidence.priors import load_priors
from maxpressure.inference import rivals
from maxpressure.inference.checks import headline
from maxpressure.inference.checks.headline import TREATMENTS, Measurer, headline_table
from maxpressure.inference.checks.holdout import ORIGINS
from maxpressure.inference.likelihood import record_situation
from maxpressure.model.case import Case


@pytest.fixture(scope="module")
def measured(case: Case) -> dict[Treatment, list[HeadlineRow]]:
    """The broad record and the strict one without requests, by short chains and few worlds."""
    with pytest.MonkeyPatch.context() as patch:
        for place in (headline, rivals):
            patch.setattr(place, "STEPS", 20)
            patch.setattr(place, "DRAWS", 20)
            patch.setattr(place, "sample", partial(place.sample, warm_up=20))
            patch.setattr(place, "WORLDS", 200)
        job = Measurer(case, load_priors(), 1)
        every = get_args(Treatment)
        return {
            name: job(Chunk("treatment", every.index(name), 1)) for name in ("broad", "strict, no requests")
        }


def test_a_treatment_has_the_acts_of_its_record(
    case: Case, measured: dict[Treatment, list[HeadlineRow]]
) -> None:
    for treatment, record in (("broad", "broad"), ("strict, no requests", "strict")):
        acts, cuts, states = (row.middle for row in measured[treatment][:3])
        coded = record_situation(case, record=record).record
        assert acts == len(coded.acts)
        assert cuts == sum(len(act.cuts) for act in coded.acts)
        assert states == len(coded.iso3)


def test_without_requests_their_ratio_is_one_and_the_others_are_not(
    measured: dict[Treatment, list[HeadlineRow]],
) -> None:
    ratios = [row for row in measured["strict, no requests"] if row.measure.startswith("Hazard ratio")]
    assert [row.middle == 1.0 for row in ratios] == [True, False, False, False]
    assert all(row.low <= row.middle <= row.high for row in ratios if row.low and row.high)


def test_fewer_acts_come_without_pressure_than_with_it(measured: dict[Treatment, list[HeadlineRow]]) -> None:
    for rows in measured.values():
        assert all(row.middle < 0.0 for row in rows if row.measure.endswith("difference"))
        assert sum(str(day) in row.measure for row in rows for day in ORIGINS) == 2 * len(ORIGINS)


def test_the_table_that_ships_has_every_measure_under_every_treatment(
    measured: dict[Treatment, list[HeadlineRow]],
) -> None:
    rows = load_headline()
    assert {row.treatment for row in rows} == set(TREATMENTS)
    wanted = [row.measure for row in measured["broad"]]
    for treatment in TREATMENTS:
        assert [row.measure for row in rows if row.treatment == treatment] == wanted
    assert list(headline_table(rows)["measure"]) == wanted


def test_a_report_names_every_treatment_and_its_interval() -> None:
    rows = [
        HeadlineRow(measure="Acts", treatment="strict", middle=43.0),
        HeadlineRow(measure="Acts", treatment="broad", middle=59.0),
        HeadlineRow(measure="Change", treatment="strict", middle=-13.46, low=-25.0, high=-5.0),
    ]
    assert sensitivity_to_record(rows) == [
        "Acts: strict 43; broad 59.",
        "Change: strict −13.5 (−25.0 to −5.0).",
    ]
