"""The library of scenarios: themes, how one differs from the one it extends, the template of a new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import BaseModel

from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.paths import user_path
from maxpressure.base.text import joined
from maxpressure.base.toml import dotted, toml_key
from maxpressure.evidence.evidence import Evidence
from maxpressure.model.case import RECORDED, Case, Situation, fixed, prepare
from maxpressure.model.timeline import Timeline
from maxpressure.scenario import RECORD, PatronCourse, Scenario, read_lineage
from maxpressure.scenario.check import ASKED, REASONED, patron_table
from maxpressure.scenario.scenario import OWN_KEYS, plain, validated

THEMES: Final = (
    "The record",
    "The sender: campaign, requests, sanctions",
    "The Council: mandates",
    "The patrons",
    "The target: tests, quarrels, courtship",
    "Talks and summits",
    "The rule itself, and how its record is coded",
)
"""What scenarios are about, in the order in which they are listed."""

THE_RECORD, SENDER, COUNCIL, PATRONS, TARGET, TALKS, RULE = THEMES

BY_KEY: Final = {
    "mechanisms": RULE, "risk_set": RULE, "record": RULE, "parameters": RULE,
    "thaw": TALKS, "restoration": TALKS,
    "china": PATRONS, "russia": PATRONS, "patrons": PATRONS,
    "target": TARGET,
    "mandates": COUNCIL,
    "campaign": SENDER, "requests": SENDER, "secondary_sanctions": SENDER, "sst_listing": SENDER, "sender": SENDER,
}  # fmt: skip
BY_KIND: Final = {
    "thaw": TALKS, "summit": TALKS,
    "nuclear_test": TARGET, "icbm_test": TARGET, "irbm_test": TARGET, "other_missile_test": TARGET,
    "incident": TARGET, "target_outreach": TARGET,
    "un_resolution": COUNCIL,
}  # fmt: skip
"""The theme of each kind of dated input; all other kinds belong to the sender."""
FIRST: Final = (RULE, PATRONS, TALKS, TARGET, COUNCIL, SENDER)
"""A scenario that edits several themes belongs to the first of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A scenario of the library with the theme under which it is listed."""

    scenario: Scenario
    theme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A scenario, the one it extends, and those that lead from there back to the record, nearest first."""

    scenario: Scenario
    parent: Scenario | None
    lineage: tuple[str, ...]
    record: Scenario

    @property
    def edit(self) -> dict[str, Any]:
        """What differs from the parent, or from the record where there is none."""
        return edit_of(self.scenario, self.parent or self.record)

    @property
    def edits(self) -> dict[str, Any]:
        """What differs from the record, by way of all that it extends."""
        return edit_of(self.scenario, self.record)


def library(case: Case) -> list[Listed]:
    """Every shipped scenario, theme by theme, each in alphabetical order."""
    names = list(case.scenarios) if case.ships else [RECORD, *case.scenarios]
    read = [case.scenario(name) for name in names]
    listed = [Listed(scenario=one, theme=theme(one, case.evidence)) for one in read]
    return sorted(listed, key=lambda one: (THEMES.index(one.theme), one.scenario.name))


def theme(scenario: Scenario, evidence: Evidence) -> str:
    """What a scenario is about, by the keys that it edits and the kinds of the inputs that it edits."""
    kinds = {row.name: row.kind for row in evidence.pressure}
    edited = {*scenario.without, *scenario.shift, *scenario.scale}
    touched = {BY_KIND.get(kinds.get(name, ""), SENDER) for name in edited}
    touched |= {BY_KIND.get(added.kind, SENDER) for added in scenario.add}
    touched |= {BY_KEY[key] for key in scenario.edits() if key in BY_KEY}
    return next((one for one in FIRST if one in touched), THE_RECORD)


def described(case: Case, source: str | Path) -> Described:
    """A shipped scenario by its name, or one in a file, beside the one it extends; raises InputError."""
    if source == RECORD and RECORD not in case.scenarios:
        return Described(scenario=case.record(), parent=None, lineage=(), record=case.record())
    line = read_lineage(source, case.vocabulary())
    parent = line[1] if len(line) > 1 else None
    lineage = tuple(one.name for one in line[1:])
    return Described(scenario=line[0], parent=parent, lineage=lineage, record=case.record())


DATED: Final = frozenset({
    "without", "shift", "scale", "add", "campaign", "requests", "secondary_sanctions", "sst_listing", "mandates",
    "china", "russia", "patrons",
})  # fmt: skip
"""Keys that reach a world through its weekly inputs and its patrons' backfill alone."""


def without_effect(case: Case, situation: Situation) -> str:
    """A warning where a number is for a mechanism that is off, or no edit lies in the scenario's weeks; else ""."""
    scenario, window = situation.scenario, situation.scenario.window
    numbers = fixed(scenario)
    thin = scenario.risk_set == "with-unlisted"
    idle = [
        name
        for name, given in scenario.parameters.items()
        if numbers[name] != given.value
        or (name.startswith("unlisted") and not thin)
        or (name == "tau_peer" and not scenario.mechanisms.contagion)
    ]
    if idle:
        return (
            f"{scenario.name} sets {joined(idle)} without effect, since what they belong to is off. Switch it on "
            "under [mechanisms], unlisted ties by risk_set."
        )
    edited = edit_of(scenario, case.record()).keys() - {"window"}
    if not edited or not edited <= DATED:
        return ""
    recorded = prepare(
        case, scenario.model_copy(update={key: getattr(case.record(), key) for key in edited}), like=situation
    )
    lines = situation.timeline, recorded.timeline
    arrays = (field.name for field in fields(Timeline) if field.name != "marks")
    same = all(np.array_equal(getattr(lines[0], name), getattr(lines[1], name)) for name in arrays)
    if not same or situation.backfill != recorded.backfill:
        return ""
    last = window.end - timedelta(days=1)
    return (
        f"Nothing that {scenario.name} edits has an effect from {window.start} to {last}: its worlds are those of the "
        "record. Edit an input of these weeks, or lengthen [window]."
    )


# ---- how one differs from another


def edit_of(child: Scenario, parent: Scenario) -> dict[str, Any]:
    """What the child says that its parent does not, under the keys of a file: ``parent.but(**edit)`` is the child."""
    edit = _changed(child, parent)
    for key in OWN_KEYS:
        edit.pop(key, None)
    if "without" in edit:
        edit["without"] = [name for name in child.without if name not in parent.without]
    return edit


def _changed(child: BaseModel, parent: BaseModel) -> dict[str, Any]:
    """The fields that differ, section by section; a value that the child sets back stands as what it is now."""
    changed: dict[str, Any] = {}
    for name, field in type(child).model_fields.items():
        here, there = getattr(child, name), getattr(parent, name)
        if here == there:
            continue
        key = str(field.validation_alias or name)
        if type(here) is type(there) and isinstance(here, BaseModel):
            changed[key] = _changed(here, there)
        elif isinstance(here, Mapping):
            changed[key] = plain({word: entry for word, entry in here.items() if there.get(word) != entry})
        else:
            changed[key] = plain(here)
    return changed


MOST_NAMED: Final = 3
"""Entries of a list that are named one by one; of a longer one their number is given."""


def edited_keys(edit: Mapping[str, Any]) -> Iterator[str]:
    """What an edit says, key by key in a few words: ``campaign.scale = 0``, ``without (UNSCR 2371)``."""
    for key, entry in edit.items():
        if isinstance(entry, Mapping) and key not in ("shift", "scale"):
            yield from (_said((key, inner), value) for inner, value in entry.items())
        else:
            yield _said((key,), entry)


def _said(steps: tuple[str, ...], entry: Any) -> str:
    if isinstance(entry, Mapping) and "value" in entry:
        entry = entry["value"]
    if isinstance(entry, Mapping | list):
        named = list(map(str, entry)) if len(entry) <= MOST_NAMED else []
        plainly = all(isinstance(one, str) for one in entry)
        return f"{dotted(steps)} ({', '.join(named) if named and plainly else len(entry)})"
    if isinstance(entry, bool):
        return f"{dotted(steps)} = {str(entry).lower()}"
    return f"{dotted(steps)} = {entry:g}" if isinstance(entry, float) else f"{dotted(steps)} = {entry}"


EXAMPLES: Final = (
    ("without", '["UNSCR 2371"]'),
    ("secondary_sanctions", "1.0"),
    ("sst_listing", '"never"'),
    ("shift", '"UNSCR 2375" = -28'),
    ("campaign.scale", "0.5"),
    ("campaign.from", "2017-09-04"),
    ("requests.scale", "0.0"),
    ("requests.spare", '["MYS"]'),
    ("requests.lag_weeks", "1"),
    ("mandates.scale", "0.0"),
    ("china.enforcement", "1.0"),
    ("russia.backfill", "0.15"),
    ("target.courtship", '"courting"'),
    ("thaw.scale", "2.0"),
    ("mechanisms.contagion", "true"),
    ("parameters", 'beta_shock = { value = 0.0, reason = "Why this number." }'),
)
"""The keys that are used most, each with an example that stands commented in a new file; tables come last."""


def examples(case: Case) -> tuple[tuple[str, str], ...]:
    """The keys that are used most, with examples that the case knows."""
    if case.ships:
        return EXAMPLES
    known = case.vocabulary()
    inputs = [toml_key(name) if toml_key(name) != name else f'"{name}"' for name in known.inputs]
    patron = next(iter(known.patrons))
    own = {
        "without": f"[{inputs[0]}]",
        "shift": f"{inputs[-1]} = -28",
        "campaign.from": known.first.isoformat(),
        "requests.spare": f'["{next(iter(known.states))}"]',
    }
    courses = {"china.enforcement": "enforcement", "russia.backfill": "backfill"}
    return tuple(
        (".".join((*patron_table(patron), courses[key])) if key in courses else key, own.get(key, example))
        for key, example in EXAMPLES
    )


def template(case: Case, name: str, parent: str) -> str:
    """A new scenario file: it is its parent still, and shows the keys that are used most as comments.

    Raises InputError where the name cannot be one, or the parent does not exist.
    """
    of_case = "" if case.ships else " --case DIR"
    inherited = list(edited_keys(edit_of(case.scenario(_source(parent)), case.record())))
    lines = [
        f"# {name}: a scenario, that is, an edit of the record. As it stands it is {parent} under another name.",
        "# Keys stand below, commented by a # without a space. To set one, remove that #, and the # of the [table]",
        "# line above it where there is one. The comment after a key says which values are allowed. Keys above the",
        "# first [table] must stay above it.",
        "#",
        f"#   maxpressure scenarios check {name}.toml{of_case}     is it right, and what does it edit",
        f"#   maxpressure run {parent} {name}.toml{of_case}     run both with common random numbers",
        "#",
        *(f"# {line}" for line in ["Inherited: " + "; ".join(inherited)] if inherited),
        "",
        f'extends = "{parent}"',
        f'title = "{name}" # {allowed("title")}',
        f'question = "{ASKED}" # {allowed("question")}',
        'why = """',
        REASONED,
        '"""',
    ]
    table = ""
    for key, example in examples(case):
        section, _, inner = key.rpartition(".")
        named = example.startswith(('"', "beta")) and key in ("shift", "parameters")
        head = key if named else section
        if head != table:
            lines += ["", f"#[{head}]"]
            table = head
        elif not table and key == EXAMPLES[0][0]:
            lines.append("")
        lines.append(f"#{example if named else f'{inner} = {example}'} # {allowed(key)}")
    return "\n".join(lines) + "\n"


def _source(parent: str) -> str | Path:
    """A parent's file beside the new one goes before a shipped scenario, as for ``extends``."""
    beside = Path(f"{parent}.toml")
    return beside if beside.is_file() else parent


def allowed(key: str) -> str:
    """What a key of a scenario file may be, in the words in which a wrong one is refused."""
    model: type[BaseModel] = Scenario
    *above, last = key.split(".")
    if above[:1] == ["patrons"]:
        model, above = PatronCourse, []
    for part in above:
        annotation = _fields(model)[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            raise KeyError(key)
        model = annotation
    return str(_fields(model)[last].description)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {str(field.validation_alias or name): field for name, field in model.model_fields.items()}


def new_scenario(case: Case, name: str, parent: str | None = None) -> Path:
    """Write a template as NAME.toml into the current folder; what is there is never replaced.

    Without a parent it extends the record. Raises InputError where the name is taken or none, or the parent does not
    exist.
    """
    path = user_path(f"{name}.toml", file="scenarios new", key="name")
    if parent is None:
        parent = RECORDED if case.ships else RECORD
    validated({"name": name, "extends": parent}, file=str(path))
    if name in case.scenarios or name == parent:
        free = "a name that no shipped scenario has, and not the parent's"
        raise InputError(file=path, key="name", given=name, allowed=free)
    text = template(case, name, parent)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text)
    except FileExistsError:
        given, free = Wrong("is there already"), "a name that no file here has"
        raise InputError(file=path, key="file", given=given, allowed=free) from None
    except BaseException:
        with suppress(OSError):
            path.unlink()  # half a file, on a full disk
        raise
    return path
