"""A case read from its folder, and a situation laid out for a scenario: all that a world takes as input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from maxpressure.base.errors import InputError, collected, nearest
from maxpressure.base.numerics import weekly_decay
from maxpressure.base.paths import folder, user_path
from maxpressure.evidence.assumptions import Assumptions, load_assumptions
from maxpressure.evidence.evidence import Evidence, check_against, load_evidence
from maxpressure.evidence.parameters import Parameters, override, parameter_names
from maxpressure.evidence.record import Record, StartingLevels, code_record, starting_levels
from maxpressure.evidence.requests import REQUESTS
from maxpressure.evidence.schema import RECORDS, RecordName
from maxpressure.model.population import Population, populate
from maxpressure.model.timeline import Timeline, lay_out, patron_courses
from maxpressure.scenario import (
    RECORD,
    Scenario,
    Vocabulary,
    read_scenario,
    scenarios_in,
    shipped_scenarios,
    vocabulary,
)

RECORDED = "max-pressure-2017"
"""The shipped scenario that edits nothing; in any case the same is called ``as-recorded``."""

QUESTION = "Given the inputs as they came, which ties does the rule see broken off, and when?"


@dataclass(frozen=True, slots=True)
class Case:
    """The tables and the assumptions about one isolated target. :func:`load_case` reads it.

    Attributes
    ----------
    evidence : Evidence
        The tables: states, events, pressure, blocs, neighbours, trade totals, sources.
    assumptions : Assumptions
        The numbers that are assumed, each with its reason.
    coding : {"strict", "broad"}, optional
        The record that every scenario of the case follows in place of its own.

    Examples
    --------
    >>> import maxpressure as mp
    >>> case = mp.load_case()
    >>> case.ships, case.base_year, case.default
    (True, 2016, 'max-pressure-2017')
    """

    evidence: Evidence
    assumptions: Assumptions
    coding: RecordName | None = None

    @property
    def place(self) -> Path:
        """The folder of the case."""
        return self.evidence.folder.parent.resolve()

    @property
    def ships(self) -> bool:
        """Whether it is the case that comes with the model."""
        return self.place == folder("calibration").resolve()

    @property
    def scenarios(self) -> dict[str, Path]:
        """The files of the scenarios that have a name: those that ship, or those in the case's own folder."""
        return shipped_scenarios() if self.ships else scenarios_in(self.place / "scenarios")

    @property
    def base_year(self) -> int:
        """The year to which trade is compared: that of most trade figures; of two as frequent, the earlier."""
        years = Counter(row.trade_year for row in self.evidence.states if row.trade_year is not None)
        return min(years, key=lambda year: (-years[year], year), default=self.assumptions.record.origin.year)

    @property
    def default(self) -> str | Scenario:
        """The scenario that runs where none is named: the shipped one that edits nothing, or the record."""
        return RECORDED if self.ships else self.record()

    def vocabulary(self) -> Vocabulary:
        """The names that a scenario of this case may use."""
        assumed = self.assumptions
        return vocabulary(
            self.evidence,
            assumed.case,
            assumed.record,
            assumed.kinds,
            parameter_names(),
            self.scenarios,
            self.evidence.requests if assumed.request_table == REQUESTS else (),
        )

    def scenario(self, source: str | Path) -> Scenario:
        """Read a scenario with all that it extends.

        Parameters
        ----------
        source : str or Path
            The name of a scenario of the case, ``"as-recorded"`` for the record itself, or the path of a file.

        Returns
        -------
        Scenario

        Raises
        ------
        InputError
            Where there is no such scenario, or a key, name, date or value in it is not allowed.

        Examples
        --------
        >>> import maxpressure as mp
        >>> mp.load_case().scenario("no-campaign").campaign.scale
        0.0
        """
        if source == RECORD and source not in self.scenarios:
            return self.record()
        found = read_scenario(source, self.vocabulary())
        return found if self.coding is None else found.but(record=self.coding)

    def record(self, **edits: object) -> Scenario:
        """The record of the case over all the weeks that are fitted, with edits if any are given."""
        known = self.vocabulary()
        own: dict[str, object] = {"window": {"start": known.first, "weeks": known.weeks}}
        own |= {} if self.coding is None else {"record": self.coding}
        return Scenario(name=RECORD, title="The record", question=QUESTION).but(**{**own, **edits})


def load_case(place: str | Path | None = None, record: str | None = None) -> Case:
    """Read and check the tables and assumptions of a case.

    Parameters
    ----------
    place : str or Path, optional
        A folder with ``evidence/`` (the tables) and ``assumptions.toml``. Without it, North Korea 2016-2017.
    record : {"strict", "broad"}, optional
        The record that every scenario of the case follows in place of its own.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        Where a table is missing, or a row or an assumption breaks a rule: with its file, line and column. For
        another word than ``strict`` or ``broad``.

    Examples
    --------
    >>> import maxpressure as mp
    >>> mp.load_case().assumptions.case.target
    'PRK'
    """
    coding = None if record is None else record_named(record)
    place = folder("calibration") if place is None else user_path(place, file="case", key="folder")
    path = place / "assumptions.toml"
    assumptions = load_assumptions(path)
    evidence = load_evidence(place / "evidence", assumptions.record)
    check_against(path, assumptions, evidence)
    return Case(evidence, assumptions, coding)


def case_or_shipped(case: object) -> Case:
    """The case that a function was given, or the shipped one; raises InputError for anything else."""
    if case is None:
        return load_case()
    if not isinstance(case, Case):
        allowed = "what load_case returns for a folder"
        raise InputError(file="case", key="case", given=case, allowed=allowed)
    return case


def record_named(given: str) -> RecordName:
    """The record of this name; raises InputError for another word."""
    for name in RECORDS:
        if given == name:
            return name
    allowed, close = f"one of {', '.join(RECORDS)}", nearest(given, RECORDS)
    raise InputError(file="case", key="record", given=given, allowed=allowed, nearest=close)


def refusals_of(place: Path) -> list[InputError]:
    """All that is wrong with the assumptions and tables of a case.

    Where a row of ``states.csv`` is refused, the tables that name states are not read; where anything is, the levels of
    ties are not compared from row to row, nor the assumptions with the tables.
    """
    path, span = place / "assumptions.toml", None
    with collected() as faults:
        assumptions = load_assumptions(path)
        span = assumptions.record
    with collected() as more:
        evidence = load_evidence(place / "evidence", span)
    if faults or more:
        return [*faults, *more]
    with collected() as rest:
        check_against(path, assumptions, evidence)
    return rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All inputs of a world except its parameters and random numbers. It is frozen, and worlds share it.

    Attributes
    ----------
    scenario : Scenario
        The scenario that it was laid out for.
    population : Population
        N third states in ISO3 order as arrays, and the patrons.
    timeline : Timeline
        T weekly inputs as arrays.
    record : Record
        The recorded acts and rises, coded from the starting levels, to the end of what is fitted or, if later, of the
        run.
    trade_left : tuple of 4 floats
        The share of trade that each level leaves, from level 0 to level 3.
    buffer : float
        The fall of export revenue, as a share, that the target bears without courting any state.
    backfill : tuple of floats
        For each patron the lost trade that it may take up, as a share of the target's 2016 trade.
    target : str
        The target's ISO3 code.
    courtship_decay : float
        The share of remembered courtship that is left after a week.

    Examples
    --------
    >>> import maxpressure as mp
    >>> case = mp.load_case()
    >>> situation = mp.prepare(case, case.scenario("max-pressure-2017"))
    >>> situation.population.start.shape == (len(situation.population.iso3), 6)
    True
    """

    scenario: Scenario
    population: Population
    timeline: Timeline
    record: Record
    trade_left: tuple[float, float, float, float]
    buffer: float
    backfill: tuple[float, ...]
    target: str
    courtship_decay: float


def prepare(case: Case, scenario: Scenario, *, like: Situation | None = None) -> Situation:
    """Lay out a scenario of a case for a world: code levels and acts, edit inputs, put states into arrays.

    Parameters
    ----------
    case : Case
        What :func:`load_case` read.
    scenario : Scenario
        A scenario of the case, see :meth:`Case.scenario`.
    like : Situation, optional
        A situation of the same tables and assumptions (except those that shape dated inputs). Its states and record
        are reused where risk set, record and its end are the same, which is quicker for many scenarios.

    Returns
    -------
    Situation

    Examples
    --------
    >>> import maxpressure as mp
    >>> case = mp.load_case()
    >>> record = mp.prepare(case, case.scenario("max-pressure-2017"))
    >>> mp.prepare(case, case.scenario("no-campaign"), like=record).population is record.population
    True
    """
    assumptions = case.assumptions
    reusable = like is not None and _coding(case, like.scenario) == _coding(case, scenario)
    if like is not None and reusable:
        population, record = like.population, like.record
    else:
        starting = coded_levels(case, scenario)
        population = populate(case.evidence, assumptions, starting)
        weeks = _weeks_of_record(case, scenario)
        record = code_record(
            case.evidence, starting, assumptions.record.origin, weeks, record=scenario.record
        )
    listed = population.reference  # so that a state added later changes no forbidden share
    sold = int(population.exports[listed].sum()) + sum(patron.exports for patron in population.patrons)
    bought = int(population.imports[listed].sum()) + sum(patron.imports for patron in population.patrons)
    courses = patron_courses(assumptions, scenario)
    return Situation(
        scenario=scenario,
        population=population,
        timeline=lay_out(case.evidence, assumptions, scenario, population.iso3, (sold, bought)),
        record=record,
        trade_left=assumptions.trade.left,
        buffer=_or(scenario.target.buffer, assumptions.target.buffer),
        backfill=tuple(
            _or(course.backfill, assumptions.patrons[iso3].backfill)
            for iso3, course in zip(assumptions.case.patrons, courses, strict=True)
        ),
        target=assumptions.case.target,
        courtship_decay=weekly_decay(assumptions.memory_weeks.outreach.weeks),
    )


def prepare_all(case: Case, scenarios: Iterable[Scenario]) -> dict[str, Situation]:
    """The situations of scenarios by name; each reuses of the one before what both share."""
    found: dict[str, Situation] = {}
    like: Situation | None = None
    for scenario in scenarios:
        found[scenario.name] = like = prepare(case, scenario, like=like)
    return found


def _coding(case: Case, scenario: Scenario) -> tuple[str, str, int]:
    """What states and record of a situation depend on."""
    return scenario.risk_set, scenario.record, _weeks_of_record(case, scenario)


def _weeks_of_record(case: Case, scenario: Scenario) -> int:
    """The record reaches to the end of what is fitted, or of a run that goes on."""
    span = case.assumptions.record
    return max(span.weeks, (scenario.window.end - span.origin).days // 7)


def _or(given: str | float, assumed: float) -> float:
    return assumed if isinstance(given, str) else given


_SWITCHED_OFF: dict[str, tuple[tuple[str, float], ...]] = {
    "contagion": (("beta_peer", 0.0),),
    "own_acts": (("beta_own", 0.0),),
    "shocks": (("beta_shock", 0.0), ("rho_shock", 0.0)),
    "mandates": (("beta_mandate", 0.0),),
    "news": (("beta_news", 0.0),),
    "requests": (("beta_request", 0.0),),
    "campaign": (("beta_campaign", 0.0),),
    "incidents": (("beta_incident", 0.0),),
    "mission": (("beta_mission", 0.0),),
    "dependence": (("beta_dependence", 0.0),),
    "affinity": (("beta_affinity", 0.0),),
    "frailty": (("sigma", 0.0),),
    "thaw": (("beta_thaw", 0.0), ("rho_thaw", 0.0)),
    "courtship": (("beta_courtship", 0.0), ("rho_courtship", 0.0)),
    "restoration": (("rho", float("-inf")),),
    "attrition": (("attrition", 0.0),),
    "packages": (("chi", 0.0),),
    "depth": tuple((name, 0.0) for name in parameter_names() if name.startswith("psi.")),
}
"""Switching a mechanism off is setting its parameters to the value at which it does nothing."""


def fixed(scenario: Scenario) -> dict[str, float]:
    """The numbers of the rule that a scenario sets: its overrides, then those of mechanisms switched off."""
    numbers = {name: given.value for name, given in scenario.parameters.items()}
    switches = scenario.mechanisms.model_dump()
    for mechanism, changes in _SWITCHED_OFF.items():
        if not switches[mechanism]:
            numbers.update(changes)
    return numbers


def coded_levels(case: Case, scenario: Scenario) -> StartingLevels:
    """The level of every tie in January 2016 as the scenario's record and risk set have it."""
    return starting_levels(
        case.evidence,
        case.assumptions,
        override=scenario.risk_set == "override",
        unlisted=scenario.risk_set == "with-unlisted",
        record=scenario.record,
    )


def under(scenario: Scenario, parameters: Parameters) -> Parameters:
    """The parameters as a scenario has them (:func:`fixed`)."""
    for name, value in fixed(scenario).items():
        parameters = override(parameters, name, value)
    return parameters


def as_fitted(case: Case, situation: Situation) -> Situation:
    """The situation with the record of acts only as far as it is fitted."""
    return replace(situation, record=situation.record.until(case.assumptions.record.fitted))
