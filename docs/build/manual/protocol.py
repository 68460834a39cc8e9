"""The tables of the ODD protocol: parameters, state variables, inputs, assumptions, purposes of random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from manual.evidence_tables import rows_of
from manual.words import INPUT_WORDS, PATRON_WORDS, PURPOSE_WORDS, STATE_WORDS, WORLD_WORDS
from maxpressure.base import rng
from maxpressure.evidence.assumptions import Mandate, load_assumptions
from maxpressure.evidence.parameters import parameter_names
from maxpressure.evidence.posterior import load_posterior
from maxpressure.evidence.priors import Family, load_priors
from maxpressure.evidence.words import PARAMETER_WORDS

PLACES = 3
"""Decimals of a posterior's numbers; the smallest, attrition, is about 0.005."""


def parameters() -> str:
    """Every parameter: symbol, meaning, unit."""
    rows = [(f"`{name}`", *PARAMETER_WORDS[name.partition(".")[0]]) for name in parameter_names()]
    return rows_of(("parameter", "symbol", "meaning", "unit"), rows)


def beliefs() -> str:
    """The prior and the posterior of every parameter."""
    priors, draws = load_priors(), load_posterior()
    rows = []
    for name, prior in priors.by_name.items():
        low, high = draws[name].quantile([0.05, 0.95])
        after = (f"{number:.{PLACES}f}" for number in (draws[name].mean(), low, high))
        rows.append((f"`{name}`", prior.standing, _law(prior), *after))
    return rows_of(("parameter", "standing", "prior", "posterior mean", "5 %", "95 %"), rows)


def reasons() -> str:
    """The reason for each prior."""
    priors = load_priors().by_name
    return rows_of(("parameter", "reason"), [(f"`{name}`", prior.reason) for name, prior in priors.items()])


def _law(prior: Family) -> str:
    """A prior in a word and its numbers: normal, mean 0.7, sd 0.5."""
    given = prior.model_dump(exclude={"standing", "reason", "family"})
    return ", ".join(
        [prior.model_dump()["family"], *(f"{name} {_plain(value)}" for name, value in given.items())]
    )


def _plain(value: object) -> str:
    return " or ".join(f"{one:g}" for one in value) if isinstance(value, list) else f"{value:g}"


def states() -> str:
    """The variables of a state."""
    return _variables(STATE_WORDS, ("variable", "meaning", "unit", "changed by"))


def patrons() -> str:
    """The variables of a patron."""
    return _variables(PATRON_WORDS, ("variable", "meaning", "unit", "changed by"))


def worlds() -> str:
    """The variables of a world."""
    return _variables(WORLD_WORDS, ("variable", "meaning", "unit"))


def inputs() -> str:
    """The weekly inputs."""
    return _variables(INPUT_WORDS, ("input", "meaning", "shape", "unit"))


def _variables(words: Mapping[str, tuple[str, ...]], head: tuple[str, ...]) -> str:
    return rows_of(head, [(f"`{name}`", *said) for name, said in words.items()])


def weights() -> str:
    """The weight and memory of each kind of dated input, with the reason."""
    return rows_of(("assumption", "value", "reason"), _weights())


def _weights() -> Iterator[tuple[str, str, str]]:
    assumed = load_assumptions()
    for kind, magnitude in (*assumed.shocks.items(), *assumed.engagement.items()):
        yield f"`{kind}`: magnitude", f"{magnitude.magnitude:g}", magnitude.reason
    for kind, strength in (*assumed.requests.items(), *assumed.outreach.items()):
        yield f"`{kind}`: strength", f"{strength.strength:g}", strength.reason
    yield "`incident`: strength", f"{assumed.incidents.strength:g}", assumed.incidents.reason
    for name in type(assumed.memory_weeks).model_fields:
        memory = getattr(assumed.memory_weeks, name)
        yield f"memory of `{name}`, weeks", f"{memory.weeks:g}", memory.reason
    rule = assumed.starting_rungs
    yield "trade on level 3, million USD", f"{rule.full_trade_musd:g}", rule.reason
    yield "trade at risk, million USD", f"{rule.modest_trade_musd:g}", "As above."
    left = ", ".join(f"{share:g}" for share in assumed.trade.left)
    yield "trade left on level 0, 1, 2, 3", left, assumed.trade.left_reason
    yield "shortfall borne at home", f"{assumed.target.buffer:g}", assumed.target.buffer_reason
    yield "width of closeness among peers, sd", f"{assumed.peers.width:g}", assumed.peers.reason
    for measure, weight in assumed.affinity.weights.items():
        yield f"`{measure}` in affinity", f"{weight:g}", assumed.affinity.reason
    components = ", ".join(f"`{name}`" for name in assumed.leverage.components)
    yield "components of leverage", components, assumed.leverage.reason
    yield "dependence", "—", assumed.dependence.reason


def mandates() -> str:
    """What each resolution forbids of each tie and flow."""
    shares = [name for name in Mandate.model_fields if name != "reason"]
    listed = load_assumptions().mandates.items()
    rows = [(name, *(f"{getattr(one, tie):g}" for tie in shares), one.reason) for name, one in listed]
    return rows_of(("resolution", *shares, "reason"), rows)


def courses() -> str:
    """The steps of the campaign, of secondary sanctions and of what each patron enforces."""
    assumed = load_assumptions()
    rows = [("campaign", step.name, f"{step.adds:+g}", step.reason) for step in assumed.campaign]
    rows += [
        ("secondary sanctions", step.name, f"{step.adds:+g}", step.reason)
        for step in assumed.secondary_sanctions
    ]
    for iso3, patron in assumed.patrons.items():
        rows += [
            (f"enforcement by {iso3}", f"from {level.since}", f"{level.level:g}", level.reason)
            for level in patron.enforcement
        ]
        rows.append((f"backfill by {iso3}", "throughout", f"{patron.backfill:g}", patron.backfill_reason))
    return rows_of(("course", "step", "value", "reason"), rows)


def purposes() -> str:
    """The purposes of random numbers, each with its own number in the key."""
    rows = [(words, f"`{name}`", getattr(rng, name)) for name, words in PURPOSE_WORDS.items()]
    return rows_of(("quantity drawn", "purpose", "number in the key"), rows)
