"""Made-up situations and parameters for Hypothesis: few states, few weeks, and much happening in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from maxpressure.base.ties import TIES, UNLISTED
from maxpressure.evidence.parameters import Parameters
from maxpressure.model.case import Situation
from worlds import OFF, Row, patron, plain, situation

WEEKS = 14
NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE")
CHINA = patron("CHN", 4000, 3000)

seeds = st.integers(0, 2**63 - 1)
levels = st.lists(st.integers(0, 3), min_size=6, max_size=6)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers in steps of a hundredth: what matters is not hidden in the last digit."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda whole: whole / 100)


def paths(high: float) -> st.SearchStrategy[list[float]]:
    """A number a week, most of them nothing."""
    return st.lists(st.one_of(st.just(0.0), numbers(0.0, high)), min_size=WEEKS, max_size=WEEKS)


def rising() -> st.SearchStrategy[list[float]]:
    """A share a week that never falls."""
    return st.lists(numbers(0.0, 1.0), min_size=WEEKS, max_size=WEEKS).map(sorted)


@st.composite
def population(draw: st.DrawFn, names: Sequence[str] = NAMES) -> list[Row]:
    """Two to five states that watch one another."""
    present = names[: draw(st.integers(2, len(names)))]
    return [
        Row(
            iso3=iso3,
            levels=draw(levels),
            mission=float(draw(st.booleans())),
            affinity=draw(numbers(-2, 2)),
            leverage=draw(numbers(-2, 2)),
            dependence=draw(st.lists(numbers(-2, 2), min_size=6, max_size=6)),
            doubtful=float(draw(st.booleans())),
            unlisted=draw(st.lists(st.sampled_from(UNLISTED), unique=True, max_size=2)),
            close=float(draw(st.booleans())),
            exports=draw(st.integers(0, 5000)),
            imports=draw(st.integers(0, 5000)),
            watches=draw(st.dictionaries(st.sampled_from(sorted({*present} - {iso3})), numbers(0, 1))),
        )
        for iso3 in present
    ]


@st.composite
def inputs(draw: st.DrawFn, rows: Sequence[Row]) -> dict[str, object]:
    """Weekly inputs of every sort for these states."""
    some = st.dictionaries(st.sampled_from([row.iso3 for row in rows]), paths(2.0), max_size=2)
    return {
        "weeks": WEEKS,
        "shock": draw(paths(1.0)),
        "thaw": draw(paths(1.0)),
        "news": draw(paths(1.0)),
        "campaign": draw(paths(1.0)),
        "secondary": draw(paths(1.0)),
        "request": draw(some),
        "incident": draw(some),
        "outreach": draw(some),
        "forbidden": draw(st.dictionaries(st.sampled_from(TIES), rising(), max_size=4)),
        "forbidden_trade": draw(rising()),
        "enforcement": draw(rising()),
    }


@st.composite
def parameters(draw: st.DrawFn, **fixed: object) -> Parameters:
    """Parameters under which much happens within a few weeks."""
    unit = numbers(0.0, 1.0)
    drawn = {
        "alpha": tuple(draw(st.one_of(st.just(OFF), numbers(-5.0, 0.0))) for _ in TIES),
        "psi": tuple(draw(unit) for _ in TIES),
        "doubtful": draw(numbers(-2, 1)),
        "unlisted": tuple(draw(numbers(-3, 1)) for _ in UNLISTED),
        "unlisted_close": draw(numbers(-1, 2)),
        "beta_dependence": draw(numbers(-1, 1)),
        "beta_affinity": draw(numbers(-1, 1)),
        "kappa": draw(unit),
        "sigma": draw(unit),
        "chi": draw(unit),
        "rho": draw(st.one_of(st.just(OFF), numbers(-4.0, 0.0))),
        "attrition": draw(unit),
        "courtship_effort": draw(numbers(0, 4)),
        "enforcement": draw(unit),
        "enforcement_gain": draw(unit),
        "enforcement_error": draw(numbers(-2, 2)),
        "tau_shock": draw(numbers(0.5, 10)),
        "delay_shock": float(draw(st.integers(0, 3))),
        "tau_peer": draw(numbers(0.5, 10)),
    }
    effects = [name for name in Parameters._fields if name.startswith(("beta_", "rho_"))]
    drawn |= {name: draw(numbers(0.0, 2.0)) for name in effects if name not in drawn}
    return plain(**(drawn | fixed))


courses = st.fixed_dictionaries(
    {},
    optional={
        "target": st.fixed_dictionaries(
            {
                "courtship": st.sampled_from(["observed", "courting"]),
                "tests": st.sampled_from(["observed", "drawn"]),
            }
        ),
        "mechanisms": st.fixed_dictionaries({"news": st.booleans()}),
        "sender": st.fixed_dictionaries({"escalation": numbers(0.0, 1.0)}),
        "restoration": st.fixed_dictionaries({"reach": st.sampled_from(["lost", "any"])}),
    },
)


@st.composite
def situations(draw: st.DrawFn, scenario: st.SearchStrategy[Mapping[str, object]] = courses) -> Situation:
    """A small situation with everything in it."""
    rows = draw(population())
    return situation(rows, patrons=[CHINA], scenario=draw(scenario), buffer=0.1, **draw(inputs(rows)))
