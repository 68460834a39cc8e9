"""A basis of few parameters that the tests of the page's numbers share, and a run of the same worlds."""

from __future__ import annotations

import pytest

import maxpressure
from maxpressure.app.figures.basis import SEED, Basis
from maxpressure.app.figures.levers import setting_of_link
from maxpressure.app.figures.lots import Lot, simulate
from maxpressure.model.case import Case
from page_worlds import NAMES, WORLDS
from pilot import PILOT


@pytest.fixture(scope="session")
def basis(case: Case) -> Basis:
    return Basis(case=case, parameters=PILOT, draws=(PILOT.values,))


@pytest.fixture(scope="session")
def both(basis: Basis) -> tuple[Lot, Lot]:
    settings = [setting_of_link(basis.case, f"scenario={name}") for name in NAMES]
    first, second = (simulate(basis, setting, WORLDS) for setting in settings)
    return first, second


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> maxpressure.Results:
    place = tmp_path_factory.mktemp("page") / "both"
    return maxpressure.run(list(NAMES), worlds=WORLDS, seed=SEED, out=place, parameters=PILOT, progress=False)
