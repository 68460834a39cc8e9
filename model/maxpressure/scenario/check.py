"""A scenario against what exists: dated inputs, states, kinds, ties, parameters, days on the record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

from maxpressure.errors import InputError, nearest
from maxpressure.parameters import check_parameter
from maxpressure.scenario.refusal import Place, dotted, shown
from maxpressure.scenario.sections import AddedInput, Course
from maxpressure.scenario.value import Scenario
from maxpressure.scenario.vocabulary import Vocabulary


def check(scenario: Scenario, vocabulary: Vocabulary, file: str = "") -> None:
    """Raise InputError where the scenario uses a name or a day that does not exist, or leaves the record."""
    reader = _Check(vocabulary=vocabulary, file=file or f"scenario {scenario.name}")
    reader.names(scenario)
    reader.window(scenario)


def check_names(scenario: Scenario, vocabulary: Vocabulary, file: str) -> None:
    """As `check`, but without the window, which a file may leave to the scenario it extends."""
    _Check(vocabulary=vocabulary, file=file).names(scenario)


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
        if window.end > known.last:
            weeks = (known.last - window.start).days // 7
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

    def _added(self, place: Place, added: AddedInput) -> None:
        known = self.vocabulary
        self._day((*place, "date"), added.date)
        self._word((*place, "kind"), added.kind, known.kinds, f"one of {', '.join(known.kinds)}")
        if added.name in known.inputs:
            self._refuse((*place, "name"), added.name, "a name that no input of the record has")
        for index, state in enumerate(added.targets):
            self._state((*place, "targets", index), state)
        for tie in added.forbids:
            self._word((*place, "forbids", tie), tie, known.ties, f"one of the ties {', '.join(known.ties)}")

    def _requests(self, scenario: Scenario) -> None:
        requests = scenario.requests
        for key, listed in (("spare", requests.spare), ("only", requests.only or ())):
            for index, state in enumerate(listed):
                self._state(("requests", key, index), state)
        for index, added in enumerate(requests.add):
            self._day(("requests", "add", index, "date"), added.date)
            for place, state in enumerate(added.states):
                self._state(("requests", "add", index, "states", place), state)

    def _courses(self, scenario: Scenario) -> None:
        courses: dict[Place, Course] = {
            ("secondary_sanctions",): scenario.secondary_sanctions,
            ("china", "enforcement"): scenario.china.enforcement,
            ("china", "trade"): scenario.china.trade,
            ("russia", "enforcement"): scenario.russia.enforcement,
            ("russia", "trade"): scenario.russia.trade,
        }
        for place, course in courses.items():
            for index, step in enumerate(course if isinstance(course, tuple) else ()):
                self._day((*place, index, "from"), step.since)
        if isinstance(scenario.sst_listing, date):
            self._day(("sst_listing",), scenario.sst_listing)

    def _day(self, place: Place, day: date) -> None:
        known = self.vocabulary
        if not known.first <= day <= known.last:
            self._refuse(place, day, f"a date from {known.first} to {known.last}")

    def _word(self, place: Place, given: str, words: Collection[str], allowed: str) -> None:
        if given not in words:
            self._refuse(place, given, allowed, nearest(given, words))

    def _state(self, place: Place, given: str, *, patrons_too: bool = False) -> None:
        """A third state by its ISO3 code; a state that plays another part is refused with the reason."""
        known = self.vocabulary
        allowed = "the ISO3 code of a third state" + (" or a patron" if patrons_too else "")
        if given in known.states or (patrons_too and given in known.patrons):
            return
        code = self._code(given)
        if code in known.patrons and not patrons_too:
            allowed += f"; {code} is a patron: its course is set in [china] or [russia], never by the rule"
        elif code in known.principals:
            allowed += f"; {code} is one of the principals: it presses and is not pressed"
        elif code == known.target:
            allowed += f"; {code} is the target of the pressure"
        else:
            self._refuse(place, given, allowed, code)
        self._refuse(place, given, allowed)

    def _code(self, given: str) -> str:
        """The code meant: of the state of this name, else of the code or name spelt most like it, else ""."""
        known = self.vocabulary
        if given in (*known.patrons, *known.principals, known.target):
            return given
        codes = {
            name: code
            for part in (known.states, known.patrons, known.principals)
            for code, name in part.items()
        }
        folded = {name.casefold(): code for name, code in codes.items()}
        if given.casefold() in folded:
            return folded[given.casefold()]
        return nearest(given, known.states) or codes.get(nearest(given, codes), "")

    def _refuse(self, place: Place, given: object, allowed: str, closest: str = "") -> NoReturn:
        raise InputError(
            file=self.file, key=dotted(place), given=shown(given), allowed=allowed, nearest=closest
        )
