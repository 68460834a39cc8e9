"""The names that exist in a case, and the check of a scenario against them.

Dated inputs, states, kinds, ties, parameters, and the days that the record covers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NoReturn

from maxpressure.base.errors import InputError, Remedy, Wrong, nearest
from maxpressure.base.refusal import keys, top_level_only
from maxpressure.base.ties import TIES
from maxpressure.base.toml import Steps, dotted, shown
from maxpressure.evidence.assumptions import CaseNames, RecordSpan
from maxpressure.evidence.evidence import Evidence
from maxpressure.evidence.parameters import check_parameter
from maxpressure.evidence.requests import RequestRow
from maxpressure.scenario.fields import MOST_WEEKS, AddedInput, Course, PatronCourse
from maxpressure.scenario.scenario import NAMED_PATRONS, Scenario

MOST_OFFERED: Final = 6
"""States suggested for one that is unknown."""

ASKED: Final = "What is asked here?"
REASONED: Final = "Why the question matters, what is edited, what the answer cannot say."
"""What a new file has for its question and its reasons until its author writes them."""


# ---- the names


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The names that exist: inputs with their dates, states, and the full names of patrons and principals.

    Days run from ``first``, a Monday, to ``last``; where a scenario names no window, it runs from the first
    day for as many ``weeks``, which are fitted.
    """

    inputs: Mapping[str, date]
    states: Mapping[str, str]
    patrons: Mapping[str, str]
    principals: Mapping[str, str]
    target: str
    kinds: tuple[str, ...]
    ties: tuple[str, ...]
    parameters: tuple[str, ...]
    first: date
    last: date
    weeks: int
    scenarios: Mapping[str, Path]


def vocabulary(
    evidence: Evidence,
    case: CaseNames,
    span: RecordSpan,
    kinds: tuple[str, ...],
    parameter_names: Iterable[str],
    scenarios: Mapping[str, Path],
    requests: Iterable[RequestRow] = (),
) -> Vocabulary:
    """The names in the evidence, with the parts that the case gives its states and the model's parameters.

    ``kinds`` are those of inputs that can count; ``scenarios`` has the files of the scenarios that go by their names
    alone; ``requests`` are inputs that go by their ids.
    """
    names = {state.iso3: state.name for state in evidence.states}
    others = {*case.patrons, *case.principals, case.target}
    return Vocabulary(
        inputs={entry.name: entry.date for entry in evidence.pressure}
        | {request.request_id: request.date for request in requests},
        states={iso3: name for iso3, name in names.items() if iso3 not in others},
        patrons={iso3: names[iso3] for iso3 in case.patrons},
        principals={iso3: names[iso3] for iso3 in case.principals},
        target=case.target,
        kinds=kinds,
        ties=TIES,
        parameters=tuple(parameter_names),
        first=span.origin,
        last=span.inputs_until,
        weeks=min(span.weeks, MOST_WEEKS),
        scenarios=scenarios,
    )


# ---- the check


def patron_table(code: str) -> tuple[str, ...]:
    """The table of a scenario in which the course of a patron stands."""
    return (NAMED_PATRONS[code],) if code in NAMED_PATRONS else ("patrons", code)


def patron_key(code: str) -> str:
    """The same as a file has it: ``[china]``, or ``[patrons.XYZ]``."""
    return f"[{dotted(patron_table(code))}]"


def check(scenario: Scenario, vocabulary: Vocabulary, file: str = "") -> None:
    """Raise InputError where the scenario uses a name or a day that does not exist, or leaves the record."""
    reader = _Check(vocabulary=vocabulary, file=file or f"scenario {scenario.name}")
    reader.names(scenario)
    reader.window(scenario)


def check_names(scenario: Scenario, vocabulary: Vocabulary, file: str) -> None:
    """As `check`, but without the window, which a file may leave to the scenario it extends."""
    _Check(vocabulary=vocabulary, file=file).names(scenario)


def check_written(scenario: Scenario, file: str) -> None:
    """Raise InputError where the question or the reasons are still those of a new file."""
    texts = (
        ("question", scenario.question, ASKED, "question"),
        ("why", scenario.why.strip(), REASONED, "reasons"),
    )
    for key, given, new, words in texts:
        if given == new:
            wrong = Wrong(f"still has the text of a new file, {new!r}")
            raise InputError(file=file, key=key, given=wrong, allowed=Remedy(f"Write your {words} there"))


def check_state(given: str, vocabulary: Vocabulary, *, file: str, key: str) -> str:
    """The code of the third state that a person names, by :func:`state_code`.

    Raises InputError where there is none; of a patron or principal with the reason.
    """
    code = state_code(given, vocabulary.states)
    _Check(vocabulary=vocabulary, file=file).state((key,), code)
    return code


def state_code(given: str, states: Mapping[str, str]) -> str:
    """The code of a state named by its code or its English name, in any case and without accents; else what was given.

    >>> state_code("mexico", {"MEX": "Mexico"}), state_code("mex", {"MEX": "Mexico"})
    ('MEX', 'MEX')
    """
    word = _folded(given)
    codes = [code for code, name in states.items() if word in (_folded(code), _folded(name))]
    return codes[0] if len(codes) == 1 else given


def nearest_state(given: str, codes: Iterable[str], names: Mapping[str, str]) -> str:
    """The code of the state of which the code, or the name, is spelled most like this; "" where none is close.

    >>> nearest_state("Spian", ["ESP", "PAN"], {"ESP": "Spain", "PAN": "Panama"})
    'ESP'
    """
    meant = {code: code for code in codes} | {name: code for code, name in names.items()}
    return meant.get(nearest(given, meant), "")


def _folded(word: str) -> str:
    """The word in small letters without accents."""
    parts = unicodedata.normalize("NFKD", word.strip()).casefold()
    return "".join(part for part in parts if not unicodedata.combining(part))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """Goes through a scenario part by part and refuses the first name that is unknown."""

    vocabulary: Vocabulary
    file: str

    def names(self, scenario: Scenario) -> None:
        self._inputs(scenario)
        for index, added in enumerate(scenario.add):
            self._added(("add", index), added)
        self._requests(scenario)
        self._courses(scenario)
        if scenario.campaign.since is not None:
            self._day(("campaign", "from"), scenario.campaign.since)
        for name in scenario.parameters:
            self._word(("parameters", name), name, self.vocabulary.parameters, "the name of a parameter")
            check_parameter(
                name, scenario.parameters[name].value, file=self.file, key=f"parameters.{name}.value"
            )

    def window(self, scenario: Scenario) -> None:
        window, known = scenario.window, self.vocabulary
        if not known.first <= window.start < known.last:
            self._refuse(
                ("window", "start"), window.start, f"a Monday from {known.first} to before {known.last}"
            )
        after = known.last + timedelta(days=1)
        if window.end > after:
            weeks = (after - window.start).days // 7
            allowed = f"at most {weeks} weeks from {window.start}, since the record ends on {known.last}"
            self._refuse(("window", "weeks"), window.weeks, allowed)

    def _inputs(self, scenario: Scenario) -> None:
        known = self.vocabulary
        what = "the name of a dated input in pressure.csv"
        for index, name in enumerate(scenario.without):
            self._word(("without", index), name, known.inputs, what)
        for name in scenario.scale:
            self._word(("scale", name), name, known.inputs, what)
        for name, days in scenario.shift.items():
            self._word(("shift", name), name, known.inputs, what)
            day = known.inputs[name]
            if not known.first <= day + timedelta(days=days) <= known.last:
                earliest, latest = (known.first - day).days, (known.last - day).days
                allowed = f"{earliest} to {latest} days, from {known.first} to {known.last} (it is of {day})"
                self._refuse(("shift", name), days, allowed)

    def _added(self, steps: Steps, added: AddedInput) -> None:
        known = self.vocabulary
        self._day((*steps, "date"), added.date)
        self._word((*steps, "kind"), added.kind, known.kinds, f"one of {', '.join(known.kinds)}")
        if added.name in known.inputs:
            self._refuse((*steps, "name"), added.name, "a name that no input of the record has")
        for index, state in enumerate(added.targets):
            self.state((*steps, "targets", index), state)
        for tie in added.forbids:
            self._word((*steps, "forbids", tie), tie, known.ties, f"one of the ties {', '.join(known.ties)}")

    def _requests(self, scenario: Scenario) -> None:
        requests = scenario.requests
        for key, listed in (("spare", requests.spare), ("only", requests.only or ())):
            for index, state in enumerate(listed):
                self.state(("requests", key, index), state)
        for index, added in enumerate(requests.add):
            self._day(("requests", "add", index, "date"), added.date)
            for number, state in enumerate(added.states):
                self.state(("requests", "add", index, "states", number), state)

    def _courses(self, scenario: Scenario) -> None:
        self._patrons(scenario)
        courses: dict[Steps, Course] = {("secondary_sanctions",): scenario.secondary_sanctions}
        for code, patron in scenario.patron_courses().items():
            table = patron_table(code)
            courses |= {(*table, "enforcement"): patron.enforcement, (*table, "trade"): patron.trade}
        for steps, course in courses.items():
            for index, step in enumerate(course if isinstance(course, tuple) else ()):
                self._day((*steps, index, "from"), step.since)
        if isinstance(scenario.sst_listing, date):
            self._day(("sst_listing",), scenario.sst_listing)

    def _patrons(self, scenario: Scenario) -> None:
        """A course only for a patron of the case, under the one key that is its own: others would count for nothing."""
        patrons = self.vocabulary.patrons
        allowed = f"a course of {' or '.join(map(patron_key, patrons))}, the patrons of the case"
        for code, key in NAMED_PATRONS.items():
            if code not in patrons and getattr(scenario, key) != PatronCourse():
                self._refuse((key,), key, allowed)
        own = [code for code in patrons if code not in NAMED_PATRONS]
        for code in scenario.patrons:
            self._word(("patrons", code), code, own, allowed)

    def _day(self, steps: Steps, day: date) -> None:
        known = self.vocabulary
        if not known.first <= day <= known.last:
            self._refuse(steps, day, f"a date from {known.first} to {known.last}")

    def _word(self, steps: Steps, given: str, words: Collection[str], allowed: str) -> None:
        if given in words:
            return
        if steps[-1] == given and given in keys(Scenario):
            self._refuse(steps, given, top_level_only(given))
        self._refuse(steps, given, allowed, nearest(given, words))

    def state(self, steps: Steps, given: str) -> None:
        """A third state by its ISO3 code; a state that plays another part is refused with the reason."""
        known = self.vocabulary
        if given in known.states:
            return
        allowed, meant = "the ISO3 code of a third state", self._codes(given)
        third = [f"{code} {known.states[code]}" for code in meant if code in known.states]
        code = meant[0] if meant else ""
        if third:
            self._refuse(steps, given, allowed, ", ".join(third[:MOST_OFFERED]))
        if code in known.patrons:
            course = " or ".join(map(patron_key, known.patrons))
            allowed += f"; {code} is a patron: its course is set in {course}, never by the rule"
        elif code in known.principals:
            allowed += f"; {code} is one of the principals: it presses and is not pressed"
        elif code == known.target:
            allowed += f"; {code} is the target of the pressure"
        self._refuse(steps, given, allowed)

    def _codes(self, given: str) -> list[str]:
        """The codes that may be meant: of the state so called, of names that begin so, of the nearest."""
        known, word = self.vocabulary, given.casefold()
        names = {**known.states, **known.patrons, **known.principals}
        if word == known.target.casefold():
            return [known.target]
        exact = [code for code, name in names.items() if word in (code.casefold(), name.casefold())]
        begun = [code for code, name in names.items() if len(word) > 2 and name.casefold().startswith(word)]
        closest = nearest_state(given, known.states, names)
        return exact or begun or ([closest] if closest else [])

    def _refuse(self, steps: Steps, given: object, allowed: str, closest: str = "") -> NoReturn:
        raise InputError(
            file=self.file, key=dotted(steps), given=shown(given), allowed=allowed, nearest=closest
        )
