"""The meaning and the unit of each parameter: for the tables of the manual, and for what a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from maxpressure.base.cautions import CONTAGION, REQUESTS
from maxpressure.base.shown import Sheet
from maxpressure.base.text import significant
from maxpressure.evidence.parameters import Parameters, named_numbers
from maxpressure.evidence.posterior import choose
from maxpressure.evidence.priors import load_priors

PARAMETER_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "alpha": ("α_k", "level of the hazard of tie k", "log a week"),
    "doubtful": ("—", "offset on a trade tie whose figure may be South Korea's", "log hazard ratio"),
    "beta_mission": ("β_res", "a resident mission on either side", "log hazard ratio"),
    "beta_dependence": (
        "β_dep",
        "what the state would lose with the tie; off by default",
        "log hazard ratio per sd",
    ),
    "beta_affinity": (
        "β_aff",
        "votes beside the target, communist past; off by default",
        "log hazard ratio per sd",
    ),
    "beta_shock": ("β_shock", "remembered tests", "log hazard ratio per nuclear test"),
    "beta_incident": ("β_inc", "an incident with this state", "log hazard ratio per incident"),
    "beta_mandate": (
        "β_law",
        "forbidden share of the tie that the state still keeps",
        "log hazard ratio, 0 to 1",
    ),
    "beta_campaign": ("β_camp", "the campaign at full intensity", "log hazard ratio"),
    "beta_request": ("β_ask", "a request to this state", "log hazard ratio per request at full strength"),
    "beta_peer": ("β_peer", "peers' earlier acts; off by default", "log hazard ratio per 10 % of peers"),
    "beta_own": (
        "β_own",
        "the state's own earlier acts; off by default",
        "log hazard ratio per log(1 + acts)",
    ),
    "beta_thaw": ("β_thaw", "talks and summits remembered", "log hazard ratio per summit"),
    "beta_courtship": ("β_court", "the target's courtship of the state", "log hazard ratio per visit"),
    "kappa": ("κ", "how much leverage makes a state sensitive to pressure", "log ratio per sd"),
    "sigma": ("σ", "standard deviation of log frailty; off by default", "log"),
    "chi": ("χ", "P(another tie joins an act)", "probability"),
    "psi": ("ψ_k", "P(tie k falls one more level), applied repeatedly", "probability"),
    "tau_shock": ("τ_Q", "time in which the memory of a test decays by a factor e", "weeks"),
    "tau_peer": (
        "τ_E",
        "time in which the memory of a peer's act decays by a factor e; matters with β_peer",
        "weeks",
    ),
    "rho": ("ρ", "level of the hazard that a lost tie is restored", "log a week"),
    "rho_thaw": ("ρ_thaw", "talks and summits, on restoration", "log hazard ratio per summit"),
    "rho_courtship": ("ρ_court", "courtship, on restoration", "log hazard ratio per visit"),
    "rho_shock": ("ρ_shock", "provocations, against restoration", "log hazard ratio per nuclear test"),
    "rho_pressure": ("ρ_press", "campaign and requests, against restoration", "log hazard ratio"),
    "attrition": ("—", "hazard that a travel route loses a level when all its trade is gone", "a week"),
    "courtship_effort": ("—", "courtship by a target in full need", "visits a week"),
    "enforcement": ("e", "share of forbidden or cut trade that third states stop", "share"),
    "enforcement_gain": ("—", "share of the remainder that full secondary sanctions stop", "share"),
    "unlisted": ("υ_k", "offset on a tie of kind k that no table lists", "log hazard ratio"),
    "unlisted_close": ("υ_close", "the same, where the state is known to be close", "log hazard ratio"),
    "beta_news": ("β_news", "remembered resolutions of the Council", "log hazard ratio per resolution"),
    "delay_shock": ("δ", "time by which provocations are felt late, 0 or 1", "weeks"),
    "enforcement_error": (
        "ε",
        "error of what patrons stop while their path's last step holds",
        "log odds",
    ),
}
"""Symbol in the formulas of the ODD protocol, meaning, unit."""

STANDINGS: Final = {
    "estimated": "estimated",
    "exact": "estimated",
    "tight": "tight prior",
    "assumed": "assumed",
}
"""The standings of priors.toml, as they are shown."""

PERCENTS: Final = (5, 95)


def sheet_of(values: Parameters, title: str, notes: Sequence[str] = ()) -> Sheet:
    """Each number of a set of parameters, beside the interval of the shipped posterior and what is known of it."""
    priors = load_priors().by_name
    drawn = np.array([[number for _, number in named_numbers(one)] for one in choose("posterior").draws])
    low, high = np.percentile(drawn, PERCENTS, axis=0)
    rows = [
        (
            name,
            significant(number, 3),
            f"{significant(low[index], 3)} to {significant(high[index], 3)}",
            STANDINGS[priors[name].standing],
            *PARAMETER_WORDS[name.partition(".")[0]][1:],
        )
        for index, (name, number) in enumerate(named_numbers(values))
    ]
    return Sheet(
        title=title,
        head=("parameter", "value", "90 % interval", "standing", "meaning", "unit"),
        rows=rows,
        notes=[
            *notes,
            "The interval is that of the posterior that ships; of what is assumed, that of its prior.",
            f"{CONTAGION} {REQUESTS}",
        ],
        words=6,
    )
