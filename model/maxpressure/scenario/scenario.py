"""The Scenario: an edit of the record as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from maxpressure.base.ranges import Day, Factor, Listed, refused
from maxpressure.base.refusal import field_of, parts, refusal, sections_in
from maxpressure.base.shown import Sheet
from maxpressure.base.text import day_text, plural
from maxpressure.base.toml import FEW_DOTS, MOST_DOTS, toml_text, unreadable
from maxpressure.evidence.schema import DEFAULT_RECORD, RecordName
from maxpressure.scenario.fields import (
    A_COURSE,
    AddedInput,
    Campaign,
    Course,
    Days,
    Entries,
    Kept,
    Line,
    Mandates,
    Mechanisms,
    Override,
    PatronCourse,
    Requests,
    Restoration,
    Section,
    Sender,
    Target,
    Thaw,
    Window,
    Words,
)
from maxpressure.scenario.words import in_words

OWN_KEYS: Final = ("name", "title", "question", "why", "extends")
"""Keys that describe a scenario; a child inherits the edits of its parent, never these."""

NAMED_PATRONS: Final = {"CHN": "china", "RUS": "russia"}
"""Patrons with a key of their own; those of another case stand under ``patrons``, by their codes."""

A_NAME: Final = "letters, digits, - and _, at most 80 of them"
Name = Annotated[str, Field(pattern=r"^[\w-]{1,80}$")]
"""It names a file and a folder of results, so it holds nothing that could lead elsewhere."""


def _names_of_their_own(added: tuple[AddedInput, ...]) -> tuple[AddedInput, ...]:
    names = [entry.name for entry in added]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise refused((index, "name"), name, "a name that no other added input has")
    return added


class Scenario(Section):
    """An edit of the record: a frozen value with a field for each key of a scenario file.

    Without edits it is the record itself. The keys, their allowed values and examples are in scenarios/README.md.
    Names of inputs, states and parameters are checked by :meth:`Case.scenario` and when a world is prepared; all else
    is checked when the value is made.

    Raises
    ------
    InputError
        By :meth:`but`, for a change that is not allowed.

    Examples
    --------
    >>> import maxpressure as mp
    >>> weaker = mp.load_case().scenario("max-pressure-2017").but(name="weaker", campaign={"scale": 0.5})
    >>> weaker.edits()["campaign"]
    {'scale': 0.5}
    """

    name: Name = Field(default="record", description=A_NAME)
    title: Line = Field(default="The record", description="one line of text in quotes")
    question: Line = Field(default="", description="one line of text in quotes")
    why: str = Field(default="", description="text in quotes")
    extends: Name | None = Field(default=None, description="the name of another scenario in quotes")
    window: Window = Window()
    without: Words = Field(default=(), description="a list of names of dated inputs in quotes")
    shift: Annotated[Mapping[str, Days], Kept] = Field(
        default=Entries({}), description='days as a whole number for each input, such as "UNSCR 2375" = -28'
    )
    scale: Annotated[Mapping[str, Factor], Kept] = Field(
        default=Entries({}), description='a number from 0 to 1000 for each input, such as "UNSCR 2375" = 0.5'
    )
    add: Annotated[tuple[AddedInput, ...], Listed, AfterValidator(_names_of_their_own)] = Field(
        default=(), description="a list of tables, each with date, kind, name and reason"
    )
    campaign: Campaign = Campaign()
    requests: Requests = Requests()
    secondary_sanctions: Course = Field(default="record", description=A_COURSE)
    sst_listing: Literal["record", "never"] | Day = Field(
        default="record", description='"record", "never" or a date without quotes'
    )
    mandates: Mandates = Mandates()
    china: PatronCourse = PatronCourse()
    russia: PatronCourse = PatronCourse()
    patrons: Annotated[Mapping[str, PatronCourse], Kept] = Field(
        default=Entries({}),
        description="in another case, a table with enforcement, backfill and trade for each patron's code",
    )
    target: Target = Target()
    sender: Sender = Sender()
    thaw: Thaw = Thaw()
    restoration: Restoration = Restoration()
    mechanisms: Mechanisms = Mechanisms()
    risk_set: Literal["ex-ante", "with-unlisted", "override"] = Field(
        default="with-unlisted", description='"ex-ante", "with-unlisted" or "override"'
    )
    record: RecordName = Field(default=DEFAULT_RECORD, description='"strict" or "broad"')
    parameters: Annotated[Mapping[str, Override], Kept] = Field(
        default=Entries({}), description="a table with value and reason for each parameter"
    )

    @model_validator(mode="after")
    def _removed_inputs_are_not_edited(self) -> Self:
        for key, edited in (("shift", self.shift), ("scale", self.scale)):
            for name in edited:
                if name in self.without:
                    raise refused((key, name), edited[name], "an input that `without` does not remove")
        return self

    @model_validator(mode="after")
    def _its_text_can_be_read(self) -> Self:
        entries = plain(self)
        for fault in unreadable(entries):
            raise refused(*fault)
        for key, entry in entries.items():
            if any(line.count(".") > MOST_DOTS for line in toml_text({key: entry}).split("\n")):
                raise refused((key,), entry, FEW_DOTS)
        return self

    def patron_courses(self) -> dict[str, PatronCourse]:
        """The course of each patron that this scenario gives one, by its ISO3 code."""
        return {**{code: getattr(self, key) for code, key in NAMED_PATRONS.items()}, **self.patrons}

    def but(self, **changes: Any) -> Scenario:
        """This scenario with changes, by the rule of a file that extends it.

        Parameters
        ----------
        **changes
            Keys of a scenario file with their values. Tables merge key by key; ``without`` adds to what is there.

        Returns
        -------
        Scenario

        Raises
        ------
        InputError
            Where a change is not allowed. Names are checked later, against the case.
        """
        return validated(merged(plain(self), changes), file=f"scenario {self.name}")

    def edits(self) -> dict[str, Any]:
        """The edits as plain tables under the keys of the file, without the keys that describe the scenario."""
        return {key: edit for key, edit in plain(self).items() if key not in OWN_KEYS}

    def _repr_html_(self) -> str:
        """What a notebook shows: the question and the edits in words."""
        facts = [("question", self.question)] if self.question else []
        facts += [("extends", self.extends)] if self.extends else []
        weeks = plural(self.window.weeks, "week")
        facts += [("window", f"{weeks} from {day_text(self.window.start)}"), ("record", self.record)]
        rows = list(in_words(self.edits()))
        return Sheet(
            title=f"{self.name}: {self.title}",
            facts=facts,
            head=("key", "what it edits of the record"),
            rows=rows,
            notes=[
                *([] if rows else ["It edits nothing: it is the record."]),
                *([self.why.strip()] if self.why.strip() else []),
                "Next: maxpressure.run(scenario), .but(...) for an edit of your own, .text() as a file.",
            ],
            words=2,
        ).html()

    def text(self) -> str:
        """The scenario as TOML with all that it extends merged in; equal scenarios give equal text.

        Reading the text under the same name gives this scenario again, except for ``extends``.
        """
        about = {"title": self.title, "question": self.question, "why": self.why}
        return toml_text(about | self.edits())


def merged(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of both, the child's where both have one; tables merge key by key, `without` adds."""
    result = dict(parent)
    for key, given in child.items():
        inherited = result.get(key)
        if key == "without" and isinstance(inherited, list | tuple) and isinstance(given, list | tuple):
            result[key] = [*(name for name in inherited if name not in given), *given]
        elif isinstance(inherited, Mapping) and isinstance(given, Mapping):
            result[key] = {**inherited, **given}
        else:
            result[key] = given
    return result


def validated(entries: Mapping[str, Any], file: str) -> Scenario:
    """The scenario that the entries spell; raises InputError naming `file` and the key at fault."""
    try:
        return Scenario.model_validate(dict(entries))
    except ValidationError as error:
        raise refusal(error, Scenario, file) from None


def as_wanted(key: str, number: float) -> float:
    """The number as a dotted key of a scenario holds it: a whole one as such, 1 and 0 as true and false.

    A number that the key cannot hold stays as it is, and the scenario refuses it.
    """
    section: type[BaseModel] = Scenario
    kinds: tuple[Any, ...] = ()
    for step in key.split("."):
        field = field_of(section, step)
        if field is None:
            break
        kinds = tuple(parts(field.annotation))
        section = next(sections_in(field.annotation), section)
    if bool in kinds and number in (0, 1):
        return bool(number)
    if int in kinds and not isinstance(number, bool) and float(number).is_integer():
        return int(number)
    return number


def plain(value: Any) -> Any:
    """Sections and entries as dictionaries under the keys of the file, tuples as lists, defaults left out.

    Names that the author gives stand in alphabetical order, since their order means nothing.
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields.items()
        edited = ((name, field) for name, field in fields if getattr(value, name) != field.default)
        return {str(field.validation_alias or name): plain(getattr(value, name)) for name, field in edited}
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in sorted(value.items())}
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    return value
