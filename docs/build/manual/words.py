"""The meaning and unit of each state variable, weekly input and purpose of random numbers.

The tables of the ODD protocol are made from the code; these are the sentences in their rows. A test checks that every
name of the code has one and that none is left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

STATE_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "index": ("its index among the states", "number from 0", "fixed"),
    "iso3": ("its code", "ISO3", "fixed"),
    "code": ("the number that stands for it in the key of every random number", "number", "fixed"),
    "start": ("level of each tie at the start of the world", "6 levels", "fixed"),
    "trade_start": (
        "level of listed trade at the start of the world, which alone carries money",
        "0 to 3",
        "fixed",
    ),
    "unlisted": ("1 for a tie that no table lists", "6 marks", "fixed"),
    "ready": ("how readily each tie joins an act, as a share of χ", "6 shares", "fixed"),
    "ceiling": ("level up to which each tie may be restored", "6 levels", "set when the window begins"),
    "levels": ("level of each tie now", "6 levels, 0 to 3", "acts, restoration, attrition"),
    "acts": ("acts so far", "count", "acts"),
    "strain": ("hazard cumulated since the last act (Sellke 1983)", "from 0", "each week; 0 after an act"),
    "endured": ("strain used up by earlier acts, without the weeks of those acts", "from 0", "acts"),
    "exposure": ("remembered acts of its peers", "tenths of weighted peers", "each week"),
    "hazard": ("Λ of the week", "a week", "each week"),
    "request": ("remembered requests to it", "requests at full strength", "each week"),
    "incident": ("remembered incidents with it", "incidents", "each week"),
    "courtship": ("remembered courtship of it", "visits", "each week"),
    "carried": ("log frailty plus the term of its own earlier acts; 0 by default", "log", "acts"),
    "frailty": ("log frailty u; 0 by default", "log", "drawn once"),
    "sensitive": ("sensitivity to pressure s", "ratio to the mean", "fixed"),
    "standing": ("the part of its log hazard that is due to affinity; 0 by default", "log", "fixed"),
    "affinity": ("affinity V", "sd", "fixed"),
    "bases": ("log hazard of each tie before any input", "6 logs", "fixed"),
    "log_ties": ("log hazard of each tie, with mandates", "6 logs", "mandates, levels"),
    "ties": ("sum of the ties' hazards without the terms that they share", "a week", "mandates, levels"),
    "act": ("its decision of this week: ties, levels, lead", "changes", "each week"),
    "rise": ("the tie that is restored this week", "change or none", "each week"),
    "thinning": ("whether its travel route loses a level this week", "yes or no", "each week"),
    "return_strain": ("hazard cumulated towards the next restoration", "from 0", "each week"),
    "returns": ("restorations so far", "count", "restoration"),
    "route_strain": ("hazard cumulated towards the next attrition", "from 0", "each week"),
    "closures": ("attritions so far", "count", "attrition"),
    "trade_2016": ("the target's sales to and purchases from it in 2016", "thousand USD", "fixed"),
    "log_acts": ("log probability of its acts so far", "log", "acts"),
}
"""Meaning, unit, and what changes it. Omitted: links to the world and parameters, and values kept for speed."""

LINKS: Final = ("world", "p")
"""Attributes of an agent that are no state variables: its world and the parameters."""

PATRON_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "index": ("its index among the patrons", "number from 0", "fixed"),
    "iso3": ("its code", "ISO3", "fixed"),
    "code": ("the number that stands for it in the key of every random number", "number", "fixed"),
    "travel": ("level of its travel tie", "0 to 3", "attrition"),
    "trade_2016": ("the target's sales to and purchases from it in 2016", "thousand USD", "fixed"),
    "lost": ("share of its trade of 2016 that is lost", "0 to 1", "each week"),
    "route_strain": ("hazard cumulated towards the next attrition", "from 0", "each week"),
    "closures": ("attritions so far", "count", "attrition"),
    "thinning": ("whether its travel route loses a level this week", "yes or no", "each week"),
    "act": ("always empty: a patron never acts by the rule", "nothing", "never"),
    "rise": ("always empty", "nothing", "never"),
    "request": ("always 0: a request to a patron counts for nothing", "requests", "never"),
    "incident": ("always 0: the scenario sets the patron's course", "incidents", "never"),
    "courtship": ("always 0", "visits", "never"),
    "hazard": ("always 0", "a week", "never"),
}
"""Meaning, unit, and what changes it."""

WORLD_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "week": ("weeks since 4 January 2016", "number"),
    "shock_kept": ("remembered tests of earlier weeks", "nuclear tests"),
    "shocks": (
        "remembered tests, week by week; what is felt of them is that of δ weeks before",
        "nuclear tests",
    ),
    "tests": ("tests drawn at random by the scenario, by week", "magnitudes"),
    "courted": ("remembered courtship of each state", "visits"),
    "needed": ("the target's need: its shortfall beyond the buffer", "0 to 1"),
    "leverage_mean": ("the mean by which sensitivity is divided", "ratio"),
    "seed": ("the seed of all random numbers", "number"),
    "number": ("index of the world in the ensemble", "number from 0"),
}
"""Meaning and unit of what a world holds besides its agents, inputs, ledger and recorder."""

WORLD_LINKS: Final = (
    "situation", "parameters", "history", "before", "states", "patrons", "ledger", "recorder",
)  # fmt: skip
"""Attributes of a world that are no state variables: its parts."""

INPUT_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "origin": ("the Monday of week 0", "—", "date"),
    "first": ("the first simulated week; earlier weeks are replayed from the record", "—", "week"),
    "weeks": ("one more than the last simulated week", "—", "week"),
    "shock_now": ("tests, with their weight in the week in which they fall", "T", "nuclear tests"),
    "shock_whole": ("tests, with their weight from the next week on", "T", "nuclear tests"),
    "thaw": ("remembered talks and summits, H", "T", "summits"),
    "news": ("remembered resolutions of the Council, U", "T", "resolutions"),
    "request": ("remembered requests, A", "T × states", "requests at full strength"),
    "incident": ("remembered incidents, N", "T × states", "incidents"),
    "outreach": ("remembered visits by the target, K as observed", "T × states", "visits"),
    "campaign": ("general intensity of the campaign, C", "T", "1 = autumn 2017"),
    "secondary": ("credibility of secondary sanctions", "T", "0 to 1"),
    "forbidden": ("share of each tie forbidden so far, F", "T × 6 ties", "0 to 1"),
    "forbidden_exports": ("share of the target's exports forbidden so far", "T", "0 to 1"),
    "forbidden_imports": ("share of its imports forbidden so far", "T", "0 to 1"),
    "enforcement": ("share of forbidden trade that each patron stops", "T × patrons", "0 to 1"),
    "offered": ("share of its trade of 2016 that each patron still offers", "T × patrons", "0 to 1"),
    "held": ("1 while the last step of a patron's recorded path holds", "T × patrons", "0 or 1"),
    "test_rates": (
        "magnitude and weekly frequency of each kind of test, where the scenario draws tests",
        "kinds",
        "pairs",
    ),
    "marks": ("dated inputs that a picture marks", "—", "names"),
}
"""Meaning, shape (T weeks) and unit of each field of the timeline."""

PURPOSE_WORDS: Final[Mapping[str, str]] = {
    "RESISTANCE": "resistance: the strain at which a state's next act comes",
    "FRAILTY": "a state's log frailty",
    "LEAD": "the tie that leads an act",
    "COMPANION": "whether another tie joins it",
    "DEPTH": "the number of levels by which a tie falls",
    "RESTORATION": "the cumulated hazard at which the next restoration comes",
    "RESTORED_TIE": "the tie that is restored",
    "ATTRITION": "the cumulated hazard at which a travel route loses a level",
    "TEST": "tests, where the scenario draws them",
}
"""The quantity drawn under each purpose of :mod:`maxpressure.base.rng`."""
