"""Terms of the rule that the source documents do not name: there when on, gone when off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Situation
from maxpressure.model.history import History
from worlds import hazards

Edited = Callable[..., Situation]
NOTHING = History(acts={})


def test_row_24_a_tie_that_no_table_lists_can_be_cut_at_a_thin_hazard(
    edited: Edited, pilot: Parameters
) -> None:
    listed, wide = edited(risk_set="ex-ante"), edited(risk_set="with-unlisted")
    some = dict(zip(wide.population.iso3, wide.population.unlisted.any(axis=1), strict=True))
    here, there = (hazards(given, pilot, NOTHING) for given in (wide, listed))
    for iso3, hazard in here.items():
        assert (hazard > there[iso3]).all() if some[iso3] else (hazard == there[iso3]).all()
    thinner = hazards(wide, pilot._replace(unlisted=(-9.0,) * 4), NOTHING)
    assert all((thinner[iso3] < here[iso3]).all() for iso3 in here if some[iso3])
    close = wide.population.close == 1.0
    nearer = hazards(wide, pilot._replace(unlisted_close=3.0), NOTHING)
    changed = [iso3 for iso3 in here if not (nearer[iso3] == here[iso3]).all()]
    known = {iso3 for iso3, near in zip(wide.population.iso3, close, strict=True) if near and some[iso3]}
    assert set(changed) == known


def test_row_25_a_provocation_is_felt_as_many_weeks_late_as_the_rule_says(
    edited: Edited, pilot: Parameters
) -> None:
    calm = edited(mechanisms={"shocks": False})
    shocked = [
        {
            iso3: hazard / quiet[iso3]
            for quiet in [hazards(calm, pilot, NOTHING)]
            for iso3, hazard in hazards(edited(), pilot._replace(delay_shock=weeks), NOTHING).items()
            if quiet[iso3][0] > 0.0
        }
        for weeks in (0.0, 1.0)
    ]
    for iso3, ratio in shocked[0].items():
        np.testing.assert_allclose(shocked[1][iso3][1:], ratio[:-1], rtol=1e-12)
        assert shocked[1][iso3][0] == 1.0


def test_row_26_a_resolution_is_news_to_every_state_for_some_weeks(edited: Edited, pilot: Parameters) -> None:
    newsy, silent = edited(mechanisms={"news": True}), edited(mechanisms={"news": False})
    here, there = (hazards(given, pilot, NOTHING) for given in (newsy, silent))
    raised = np.exp(pilot.beta_news * newsy.timeline.news)
    assert raised.max() > 1.2
    for iso3, hazard in here.items():
        np.testing.assert_allclose(hazard, raised * there[iso3], rtol=1e-12)
    gone = edited(mechanisms={"news": True}, without=["UNSCR 2375"])
    assert gone.timeline.news.sum() < newsy.timeline.news.sum()
    assert (gone.timeline.news <= newsy.timeline.news).all()
