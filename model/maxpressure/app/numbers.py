"""The numbers of the page as plain values (dict, list, str, int, float), for page, notebooks and static export alike.

Pure functions of a :class:`~maxpressure.app.figures.basis.Basis` (case, posterior draws, seed) and what is asked. They
know nothing of web, queue or cache, and equal questions have equal answers. What follows from many worlds takes a
:class:`~maxpressure.app.figures.lots.Lot`, which `simulate` makes once for each setting.

>>> from maxpressure.app import numbers
>>> basis = numbers.load_basis()
>>> record = numbers.simulate(basis, numbers.setting_of_link(basis.case, ""), worlds=20)
>>> other = numbers.simulate(basis, numbers.setting_of_link(basis.case, "campaign=0"), worlds=20)
>>> numbers.worlds(record)["worlds"]
20
>>> numbers.pair(record, other)["outcomes"]["acts"]["mean"] < 0
True
"""

from __future__ import annotations

from maxpressure.app.figures.basis import PREVIEW, SEED, WORLDS, Basis, load_basis
from maxpressure.app.figures.book import book
from maxpressure.app.figures.levers import Setting, setting_of_link
from maxpressure.app.figures.lots import Lot, simulate
from maxpressure.app.figures.observed import record
from maxpressure.app.figures.one import one
from maxpressure.app.figures.pairs import pair
from maxpressure.app.figures.scores import days, guess, paired_range
from maxpressure.app.figures.strain import strain, strains
from maxpressure.app.figures.tables import archive
from maxpressure.app.figures.twins import twins
from maxpressure.app.figures.why import why, why_all
from maxpressure.app.figures.worlds import worlds

__all__ = [
    "PREVIEW",
    "SEED",
    "WORLDS",
    "Basis",
    "Lot",
    "Setting",
    "archive",
    "book",
    "days",
    "guess",
    "load_basis",
    "one",
    "pair",
    "paired_range",
    "record",
    "setting_of_link",
    "simulate",
    "strain",
    "strains",
    "twins",
    "why",
    "why_all",
    "worlds",
]
