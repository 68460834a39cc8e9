"""A new scenario file: its parent under another name, with the keys that are used most shown as comments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from maxpressure.base.errors import InputError
from maxpressure.base.toml_text import toml_key
from maxpressure.model.case import RECORDED, Case
from maxpressure.model.library import edit_of, edited_keys
from maxpressure.scenario import RECORD, PatronCourse, Scenario
from maxpressure.scenario.check import patron_table
from maxpressure.scenario.scenario import validated

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
    ("mechanisms.contagion", "false"),
    ("parameters", 'beta_peer = { value = 0.0, reason = "Why this number." }'),
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
        "# Keys stand below, commented by a # without a space: take that # away and set your value. Behind the",
        "# key stands what is allowed. Keys above the first [table] must stay above it.",
        "#",
        f"#   maxpressure scenarios check {name}.toml{of_case}     is it right, and what does it edit",
        f"#   maxpressure run {parent} {name}.toml{of_case}     live both under the same luck",
        "#",
        *(f"# {line}" for line in ["Inherited: " + "; ".join(inherited)] if inherited),
        "",
        f'extends = "{parent}"',
        f'title = "{name}" # {allowed("title")}',
        f'question = "What is asked here?" # {allowed("question")}',
        'why = """',
        "Why the question matters, what is edited, what the answer cannot say.",
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
    path = Path(f"{name}.toml")
    if parent is None:
        parent = RECORDED if case.ships else RECORD
    validated({"name": name, "extends": parent}, file=str(path))
    if name in case.shelf or name == parent:
        free = "a name that no shipped scenario has, and not the parent's"
        raise InputError(file=path, key="name", given=name, allowed=free)
    text = template(case, name, parent)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text)
    except FileExistsError:
        there = "a name that no file here has"
        raise InputError(file=path, key="name", given="a file that is there already", allowed=there) from None
    return path
