"""What each parameter, each property of an agent and each weekly input means, in the words of the manual.

The tables of the ODD protocol are made from the code; these are the sentences beside their rows. A test holds that
no name of the code lacks one and that none is left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PARAMETER_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "alpha": ("α_k", "level of the hazard of tie k", "log a week"),
    "doubtful": ("—", "offset on a trade tie whose figure may be South Korea's", "log hazard ratio"),
    "beta_mission": ("β_res", "a resident mission on either side", "log hazard ratio"),
    "beta_dependence": ("β_dep", "what the state would lose with the tie", "log hazard ratio per sd"),
    "beta_affinity": ("β_aff", "votes beside the target, communist past", "log hazard ratio per sd"),
    "beta_shock": ("β_shock", "provocations remembered", "log hazard ratio per nuclear test"),
    "beta_incident": ("β_inc", "a quarrel with this state", "log hazard ratio per incident"),
    "beta_mandate": ("β_law", "forbidden part of the tie that is still kept", "log hazard ratio, 0 to 1"),
    "beta_campaign": ("β_camp", "the campaign at its height", "log hazard ratio"),
    "beta_request": ("β_ask", "a request to this state", "log hazard ratio per visit"),
    "beta_peer": ("β_peer", "peers' earlier acts", "log hazard ratio per 10 % of peers"),
    "beta_own": ("β_own", "the state's own earlier acts", "log hazard ratio per log(1 + acts)"),
    "beta_thaw": ("β_thaw", "talks and summits remembered", "log hazard ratio per summit"),
    "beta_courtship": ("β_court", "the target's courtship of the state", "log hazard ratio per visit"),
    "kappa": ("κ", "how much leverage makes a state sensitive to pressure", "log ratio per sd"),
    "sigma": ("σ", "standard deviation of log frailty", "log"),
    "chi": ("χ", "P(another live tie joins an act)", "probability"),
    "psi": ("ψ_k", "P(tie k falls a further level, each time)", "probability"),
    "tau_shock": ("τ_Q", "time in which the memory of a test fades by a factor e", "weeks"),
    "tau_peer": ("τ_E", "time in which the memory of a peer's act fades by a factor e", "weeks"),
    "rho": ("ρ", "level of the hazard that a lost tie rises", "log a week"),
    "rho_thaw": ("ρ_thaw", "talks and summits, on restoration", "log hazard ratio per summit"),
    "rho_courtship": ("ρ_court", "courtship, on restoration", "log hazard ratio per visit"),
    "rho_shock": ("ρ_shock", "provocations, against restoration", "log hazard ratio per nuclear test"),
    "rho_pressure": ("ρ_press", "campaign and requests, against restoration", "log hazard ratio"),
    "attrition": ("—", "hazard that a travel route thins when all its trade is gone", "a week"),
    "courtship_effort": ("—", "courtship that a target in full need can spend", "visits a week"),
    "enforcement": ("e", "share of what is forbidden or cut that third states stop", "share"),
    "enforcement_gain": ("—", "share of the rest that full secondary sanctions stop", "share"),
}
"""Symbol in the formulas of the ODD protocol, meaning, unit."""

STATE_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "place": ("its place among the states", "number", "fixed"),
    "iso3": ("its code", "ISO3", "fixed"),
    "code": ("the number under which its luck is kept", "number", "fixed"),
    "start": ("level of each tie when the world began", "6 levels", "fixed"),
    "ceiling": ("level up to which each tie may be restored", "6 levels", "set when the window begins"),
    "levels": ("level of each tie now", "6 levels, 0 to 3", "acts, restoration, attrition"),
    "acts": ("acts so far", "count", "acts"),
    "strain": ("hazard built up since the last act", "from 0", "each week; 0 after an act"),
    "endured": ("strain that earlier acts released, their own weeks aside", "from 0", "acts"),
    "exposure": ("remembered acts of its peers", "tenths of weighted peers", "each week"),
    "hazard": ("Λ of the week", "a week", "each week"),
    "request": ("requests to it remembered", "visits", "each week"),
    "incident": ("quarrels with it remembered", "incidents", "each week"),
    "courtship": ("courtship of it remembered", "visits", "each week"),
    "carried": ("log frailty and momentum together", "log", "acts"),
    "frailty": ("log frailty u", "log", "drawn once"),
    "sensitive": ("sensitivity to pressure s", "ratio to the mean", "fixed"),
    "standing": ("what affinity adds to its log hazard", "log", "fixed"),
    "affinity": ("affinity V", "sd", "fixed"),
    "bases": ("log hazard of each tie before any input", "6 logs", "fixed"),
    "log_ties": ("log hazard of each tie, mandates included", "6 logs", "mandates, levels"),
    "ties": ("sum of the ties' hazards before what is common to them", "a week", "mandates, levels"),
    "act": ("what it decided this week: ties, levels, lead", "changes", "each week"),
    "rise": ("the tie that rises this week", "change or none", "each week"),
    "thinning": ("whether its travel route thins this week", "yes or no", "each week"),
    "return_strain": ("strain towards the next restoration", "from 0", "each week"),
    "returns": ("restorations so far", "count", "restoration"),
    "route_strain": ("strain towards the next attrition", "from 0", "each week"),
    "closures": ("attritions so far", "count", "attrition"),
    "trade_2016": ("the target's sales to and purchases from it in 2016", "thousand USD", "fixed"),
    "log_acts": ("log probability of its acts so far", "log", "acts"),
}
"""Meaning, unit, and what changes it. Left aside: the links to its world and parameters, and what is kept for speed."""

LINKS: Final = ("world", "p")
"""What our agents hold that is no property of theirs: the world they live in and its parameters."""

PATRON_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "place": ("its place among the patrons", "number", "fixed"),
    "iso3": ("its code", "ISO3", "fixed"),
    "code": ("the number under which its luck is kept", "number", "fixed"),
    "travel": ("level of its travel tie", "0 to 3", "attrition"),
    "trade_2016": ("the target's sales to and purchases from it in 2016", "thousand USD", "fixed"),
    "lost": ("share of its trade of 2016 that is gone", "0 to 1", "each week"),
    "route_strain": ("strain towards the next attrition", "from 0", "each week"),
    "closures": ("attritions so far", "count", "attrition"),
    "thinning": ("whether its travel route thins this week", "yes or no", "each week"),
    "act": ("always empty: a patron never acts by the rule", "nothing", "never"),
    "rise": ("always empty", "nothing", "never"),
    "request": ("always 0: nobody asks a patron", "visits", "never"),
    "incident": ("always 0: the scenario sets its course", "incidents", "never"),
    "courtship": ("always 0", "visits", "never"),
    "hazard": ("always 0", "a week", "never"),
}
"""Meaning, unit, and what changes it."""

WORLD_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "week": ("weeks since 4 January 2016", "number"),
    "shock_kept": ("tests remembered from earlier weeks", "nuclear tests"),
    "tests": ("tests that the scenario drew, by week", "magnitudes"),
    "courted": ("courtship of each state remembered", "visits"),
    "needed": ("the target's need: its shortfall beyond what it bears at home", "0 to 1"),
    "leverage_mean": ("the mean by which sensitivity is divided", "ratio"),
    "seed": ("the number from which all luck follows", "number"),
    "world": ("which world of the ensemble", "number"),
}
"""Meaning and unit of what a world holds beside its agents, its books and its inputs."""

WORLD_LINKS: Final = (
    "situation", "parameters", "history", "before", "states", "patrons", "ledger", "recorder",
)  # fmt: skip
"""What a world is made of."""

INPUT_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "origin": ("the Monday of week 0", "—", "date"),
    "first": ("the first week that is run; earlier ones are replayed from the record", "—", "week"),
    "weeks": ("one more than the last week that is run", "—", "week"),
    "shock_now": ("tests, as they count in the week they fall in", "T", "nuclear tests"),
    "shock_whole": ("tests, as they count from the next week on", "T", "nuclear tests"),
    "thaw": ("talks and summits remembered, H", "T", "summits"),
    "request": ("requests remembered, A", "T × states", "visits"),
    "incident": ("quarrels remembered, N", "T × states", "incidents"),
    "outreach": ("visits by the target remembered, K as observed", "T × states", "visits"),
    "campaign": ("general intensity of the campaign, C", "T", "1 = autumn 2017"),
    "secondary": ("how credible secondary sanctions are", "T", "0 to 1"),
    "forbidden": ("share of each tie forbidden so far, F", "T × 6 ties", "0 to 1"),
    "forbidden_exports": ("share of the target's exports forbidden so far", "T", "0 to 1"),
    "forbidden_imports": ("share of its imports forbidden so far", "T", "0 to 1"),
    "enforcement": ("what each patron stops of what is forbidden", "T × patrons", "0 to 1"),
    "offered": ("share of its trade of 2016 that each patron still offers", "T × patrons", "0 to 1"),
    "test_rates": (
        "magnitude and weekly frequency of each kind of test, where tests are drawn",
        "kinds",
        "pairs",
    ),
    "marks": ("dated inputs worth showing in a picture", "—", "names"),
}
"""Meaning, shape (T weeks) and unit of what the timeline lays out."""

LUCK_WORDS: Final[Mapping[str, str]] = {
    "RESISTANCE": "how much strain a state bears before its next act",
    "FRAILTY": "a state's log frailty",
    "LEAD": "which tie leads an act",
    "COMPANION": "whether another tie joins it",
    "DEPTH": "how many levels a tie falls",
    "RESTORATION": "how much strain comes before the next restoration",
    "RESTORED_TIE": "which tie rises",
    "ATTRITION": "how much strain comes before a travel route thins",
    "TEST": "tests, where the scenario draws them",
}
"""What is drawn under each purpose of :mod:`maxpressure.base.rng`."""
