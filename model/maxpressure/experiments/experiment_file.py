"""Experiment files: which scenarios, how many worlds, which parameter draws or designed points."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from maxpressure.base.errors import InputError, nearest
from maxpressure.base.paths import folder
from maxpressure.base.toml import read_toml
from maxpressure.engine.chunks import Keep
from maxpressure.evidence.parameters import Parameters, check_parameter, override, parameter_names
from maxpressure.evidence.posterior import NAMED, Chosen, choose, thinned
from maxpressure.experiments.experiment import Experiment, plan
from maxpressure.model.case import Case, load_case
from maxpressure.scenario import Scenario, check

LARGEST_TABLE = 50_000_000
SHIPPED = "experiments"
KINDS = ("int", "constrained-int", "str")
"""How pydantic calls the kinds of entry between which a key has the choice; no key is called that."""


class Section(BaseModel):
    """A part of an experiment file: frozen, strict, with no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class KeepSection(Section):
    """Of how many worlds of each scenario weekly rows and account shares are kept."""

    weeks: Annotated[int, Field(ge=0)] = 2000
    accounts: Annotated[int, Field(ge=0)] = 2000


class ExperimentFile(Section):
    """The keys of an experiment file. Paths are relative to the file.

    `draws` is so many of the draws of `parameters`, equally spaced, or the path of a table of draws.
    """

    title: str
    question: str
    scenarios: Annotated[list[str], Field(min_length=1)]
    worlds: Annotated[int, Field(ge=1)] = 500
    seed: Annotated[int, Field(ge=0)] = 2017
    engine: Literal["ensemble", "world"] = "ensemble"
    parameters: str = "posterior"
    draws: Annotated[int, Field(ge=1)] | str | None = None
    points: str | None = None
    keep: KeepSection = KeepSection()


def read_experiment(
    source: str | Path, *, worlds: int | None = None, draws: int | None = None, case: Case | None = None
) -> Experiment:
    """The experiment in a file, or the shipped one of this name; ``worlds`` overrides the file's number.

    ``draws`` takes so many of its draws, equally spaced.

    Raises InputError naming the file and the key, or the line and column of a table, at fault.
    """
    path = _found(str(source))
    given = _parsed(path)
    case = load_case() if case is None else case
    parameters, drawn = _parameters(case, path, given, draws)
    scenarios = [case.scenario(_scenario(path, name)) for name in given.scenarios]
    if given.points is not None:
        scenarios = list(_designed(case, scenarios, path.parent / given.points))
    return plan(
        case,
        scenarios,
        worlds=given.worlds if worlds is None else worlds,
        seed=given.seed,
        engine=given.engine,
        parameters=parameters,
        draws=drawn,
        keep=Keep(given.keep.weeks, given.keep.accounts),
    )


def _parameters(case: Case, path: Path, given: ExperimentFile, draws: int | None) -> Chosen:
    """The parameters of an experiment and its draws, of which ``draws`` are taken if a number is given."""
    source = given.parameters if given.parameters in NAMED else path.parent / given.parameters
    if isinstance(given.draws, str):
        base = choose(source, place=case.place).parameters
        table = tuple(_draws(base.values, path.parent / given.draws))
        return Chosen(base, table if draws is None else thinned(table, draws))
    return choose(source, given.draws if draws is None else draws, case.place)


def shipped_experiments() -> dict[str, Path]:
    """The experiments that come with the package, by name."""
    return {path.stem: path for path in sorted((folder("scenarios") / SHIPPED).glob("*.toml"))}


def _found(source: str) -> Path:
    shipped = shipped_experiments()
    if source in shipped:
        return shipped[source]
    path = Path(source).expanduser()
    if path.is_file():
        return path
    given, allowed = "no such file", f"a file, or one of the shipped experiments {', '.join(shipped)}"
    raise InputError(file=source, key="file", given=given, allowed=allowed, nearest=nearest(source, shipped))


def _parsed(path: Path) -> ExperimentFile:
    table = read_toml(path)
    try:
        return ExperimentFile.model_validate(table)
    except ValidationError as refusal:
        first = refusal.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part not in KINDS)
        last = str(first["loc"][-1])
        fields = KeepSection.model_fields if key.startswith("keep.") else ExperimentFile.model_fields
        close = nearest(last, fields) if first["type"] == "extra_forbidden" else ""
        raise InputError(
            file=path, key=key, given=first["input"], allowed=first["msg"], nearest=close
        ) from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise InputError(
                file=path, key="file", given="a larger file", allowed=f"at most {LARGEST_TABLE} bytes"
            )
        return path.read_text(encoding="utf-8")
    except OSError as fault:
        raise InputError(
            file=path, key="file", given=fault.strerror, allowed="a file that can be read"
        ) from None
    except UnicodeDecodeError as fault:
        raise InputError(file=path, key="file", given=str(fault), allowed="text in UTF-8") from None


def _scenario(path: Path, name: str) -> str | Path:
    """A scenario's name, or its path as seen from the experiment file."""
    return path.parent / name if name.endswith(".toml") else name


def _rows(path: Path) -> Iterator[tuple[int, dict[str, float]]]:
    """The numbered rows of a table of numbers, one column a name."""
    lines = list(csv.reader(_text(path).splitlines()))
    if len(lines) < 2:
        raise InputError(
            file=path, key="file", given="no rows", allowed="a header and at least one row of numbers"
        )
    header = lines[0]
    for place, name in enumerate(header):
        if name in header[:place]:
            raise InputError(file=path, key="line 1", given=name, allowed="each column once")
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            given, allowed = f"{len(line)} cells", f"{len(header)}, as in the header"
            raise InputError(file=path, key=f"line {number}", given=given, allowed=allowed)
        yield (
            number,
            {name: _number(path, number, name, cell) for name, cell in zip(header, line, strict=True)},
        )


def _number(path: Path, line: int, column: str, cell: str) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise InputError(file=path, key=f"line {line}, column {column}", given=cell, allowed="a number")
    return number


def _draws(base: Parameters, path: Path) -> Iterator[Parameters]:
    """One set of parameters for each row; columns that a table does not have stay as they are."""
    known = parameter_names()
    for line, row in _rows(path):
        drawn = base
        for name, value in row.items():
            if name not in known:
                allowed = "the name of a parameter"
                close = nearest(name, known)
                raise InputError(file=path, key=f"column {name}", given=name, allowed=allowed, nearest=close)
            drawn = override(drawn, name, check_parameter(name, value, file=f"{path}, line {line}"))
        yield drawn


def _designed(case: Case, scenarios: list[Scenario], path: Path) -> Iterator[Scenario]:
    """Each scenario at each designed point: a column is a dotted key such as campaign.scale, a row a point."""
    for scenario in scenarios:
        for number, (line, row) in enumerate(_rows(path)):
            changes: dict[str, Any] = {"name": f"{scenario.name}-p{number:05d}"}
            reason = f"designed point, line {line} of {path.name}"
            for key, value in row.items():
                put(changes, key, value, reason=reason, file=path)
            point = scenario.but(**changes)
            check(point, case.vocabulary(), str(path))
            yield point


def put(changes: dict[str, Any], key: str, value: float, *, reason: str, file: str | Path) -> None:
    """Set a dotted key such as campaign.scale among the changes to a scenario; a parameter needs the reason.

    Raises InputError where the key is below another that holds a number.
    """
    section, _, rest = key.partition(".")
    if section == "parameters":
        changes.setdefault(section, {})[rest] = {"value": value, "reason": reason}
        return
    table: dict[str, Any] = changes
    *above, last = key.split(".")
    for part in above:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            allowed = "a dotted key that is not below another column's"
            raise InputError(file=file, key=f"column {key}", given=key, allowed=allowed)
        table = inner
    table[last] = value
