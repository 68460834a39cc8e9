"""What is to be run: scenarios × posterior draws × worlds, from arguments or from an experiment file, checked first.

World w of every scenario uses the random numbers of world w (common random numbers) and draw w mod D of the D
posterior draws. So in one world scenarios differ by policy alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from maxpressure.base import rng
from maxpressure.base.errors import InputError, Wrong, nearest
from maxpressure.base.paths import code_digest, folder, user_path
from maxpressure.base.ranges import is_whole
from maxpressure.base.refusal import refusal
from maxpressure.base.rng import check_key
from maxpressure.base.tables import read_numbers, refused_cell
from maxpressure.base.text import visible
from maxpressure.base.toml import read_toml
from maxpressure.engine.chunks import Engine, Keep
from maxpressure.evidence.parameters import (
    Parameters,
    ParameterSet,
    check_parameter,
    named_numbers,
    override,
    parameter_names,
)
from maxpressure.evidence.posterior import NAMED, Chosen, choose, thinned
from maxpressure.evidence.schema import RecordName
from maxpressure.experiments.manifest import (
    STATE,
    Manifest,
    ParametersUsed,
    ScenarioText,
    assumptions_digest,
    command_line,
    draws_digest,
    utc_now,
    versions,
)
from maxpressure.model.case import Case, Situation, case_or_shipped, prepare_all
from maxpressure.scenario import Scenario, Vocabulary, as_wanted, check
from maxpressure.scenario.check import check_written

if TYPE_CHECKING:
    from maxpressure.experiments.job import Job
    from maxpressure.model.agents import State

ENGINES: Final = ("ensemble", "world")
KEPT: Final = Keep()

Source = str | Path | Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What is to be run: each scenario in as many worlds, from one seed, under one or more parameter draws."""

    case: Case
    scenarios: tuple[Scenario, ...]
    worlds: int
    seed: int
    engine: str
    parameters: ParameterSet
    draws: tuple[Parameters, ...]
    keep: Keep
    state_class: type[State] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios."""
        return tuple(scenario.name for scenario in self.scenarios)

    def situations(self) -> dict[str, Situation]:
        """The inputs of each scenario's worlds, by its name."""
        return prepare_all(self.case, self.scenarios)

    def job(self) -> Job:
        """The work that a chunk of worlds is, for any worker. The engines are loaded here."""
        from maxpressure.engine.engines import CompiledEngine, WorldEngine
        from maxpressure.experiments.job import Job

        situations = self.situations()
        engine: Engine = CompiledEngine(situations, self.draws, self.seed, self.keep)
        if self.engine == "world":
            engine = WorldEngine(situations, self.draws, self.seed, self.keep, self.state_class)
        return Job(engine, situations, len(self.draws), self.keep)


def plan(
    case: Case,
    sources: Sequence[Source],
    *,
    worlds: int,
    seed: int,
    engine: str,
    parameters: ParameterSet,
    draws: Sequence[Parameters] = (),
    keep: Keep = KEPT,
    state_class: type[State] | None = None,
) -> Experiment:
    """Read and check what is asked for; raises InputError naming what cannot be run."""
    if engine not in ENGINES:
        close, allowed = nearest(engine, ENGINES), f"one of {', '.join(ENGINES)}"
        raise InputError(file="run", key="engine", given=engine, allowed=allowed, nearest=close)
    if not (is_whole(worlds) and 1 <= worlds <= rng.WORLD_LIMIT):
        allowed = f"a whole number from 1 to {rng.WORLD_LIMIT}"
        raise InputError(file="run", key="worlds", given=worlds, allowed=allowed)
    check_key(seed, worlds - 1)
    if not sources:
        raise InputError(
            file="run", key="scenario", given=Wrong("is missing"), allowed="at least one scenario"
        )
    known = case.vocabulary()
    scenarios = tuple(_scenario(case, source, known) for source in sources)
    names = [scenario.name for scenario in scenarios]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InputError(
                file="run", key="scenario", given=Wrong(f"has {name} twice"), allowed="each name once"
            )
    return Experiment(
        case=case,
        scenarios=scenarios,
        worlds=worlds,
        seed=seed,
        engine="world" if _own(state_class) else engine,
        parameters=parameters,
        draws=tuple(draws) or (parameters.values,),
        keep=keep,
        state_class=state_class,
    )


def _own(state_class: object) -> bool:
    """Whether it is another class than the model's, which needs the Mesa model."""
    if state_class is None:
        return False
    from maxpressure.model.agents import State

    if not (isinstance(state_class, type) and issubclass(state_class, State)):
        allowed = "a subclass of maxpressure.State"
        raise InputError(file="run", key="state_class", given=repr(state_class), allowed=allowed)
    return state_class is not State


def _scenario(case: Case, source: Source, known: Vocabulary) -> Scenario:
    if isinstance(source, Scenario):
        check(source, known)
        check_written(source, f"scenario {source.name}")
        return source
    found = case.scenario(source)
    check_written(found, str(source))
    return found


def code_of_runs() -> str:
    """The SHA-256 of this module and all that it imports: the engines, the rule, the columns."""
    return code_digest(("experiments/experiment",))


def new_manifest(experiment: Experiment) -> Manifest:
    """The manifest of a run of this experiment that starts now."""
    status, now = experiment.parameters, utc_now()
    return Manifest(
        case=experiment.case.assumptions.case.name,
        scenarios=tuple(ScenarioText(name=one.name, text=one.text()) for one in experiment.scenarios),
        worlds=experiment.worlds,
        seed=experiment.seed,
        engine=experiment.engine,
        state_class=STATE if experiment.state_class is None else experiment.state_class.__qualname__,
        draws=len(experiment.draws),
        draws_digest=draws_digest(experiment.draws),
        keep_weeks=experiment.keep.weeks,
        keep_attributions=experiment.keep.attributions,
        parameters=ParametersUsed(
            status=visible(status.status, kept=""),
            source=visible(status.source, kept=""),
            values=dict(named_numbers(status.values)),
        ),
        evidence=experiment.case.evidence.digest,
        assumptions=assumptions_digest(experiment.case),
        code=code_of_runs(),
        versions=versions(),
        command=command_line(),
        started=now,
        ended=now,
    )


# ---- experiment files

SHIPPED: Final = "experiments"


class Section(BaseModel):
    """A part of an experiment file: frozen, strict, with no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class KeepSection(Section):
    """Of how many worlds of each scenario weekly rows and attributions are kept."""

    weeks: Annotated[int, Field(ge=0)] = 2000
    attributions: Annotated[int, Field(ge=0)] = 2000


class ExperimentFile(Section):
    """The keys of an experiment file. Paths are relative to the file.

    `draws` is so many of the draws of `parameters`, equally spaced, or the path of a table of draws. `record` is the
    one that every scenario follows in place of its own.
    """

    title: str
    question: str
    scenarios: Annotated[list[str], Field(min_length=1)]
    worlds: Annotated[int, Field(ge=1)] = 500
    seed: Annotated[int, Field(ge=0)] = 2017
    engine: Literal["ensemble", "world"] = "ensemble"
    parameters: str = "posterior"
    record: RecordName | None = None
    draws: Annotated[int, Field(ge=1)] | str | None = None
    points: str | None = None
    keep: KeepSection = KeepSection()


def read_experiment(
    source: str | Path, *, worlds: int | None = None, draws: int | None = None, case: Case | None = None
) -> Experiment:
    """The experiment in a file, or the shipped one of this name.

    ``worlds`` replaces the file's number, and ``draws`` takes so many of its draws, equally spaced. Raises InputError
    naming the file and the key, or the line and column of a table, at fault.
    """
    path = _found(str(source))
    given = _parsed(path)
    case = case_or_shipped(case)
    case = replace(case, coding=case.coding or given.record)
    parameters, drawn = _parameters(case, path, given, draws)
    scenarios = [case.scenario(_named_scenario(path, name)) for name in given.scenarios]
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
        keep=Keep(given.keep.weeks, given.keep.attributions),
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
    path = user_path(source, file="batch", key="file")
    if path.is_file():
        return path
    given, allowed = Wrong("is not there"), f"a file, or one of the shipped experiments {', '.join(shipped)}"
    raise InputError(file=source, key="file", given=given, allowed=allowed, nearest=nearest(source, shipped))


def _parsed(path: Path) -> ExperimentFile:
    table = read_toml(path)
    try:
        return ExperimentFile.model_validate(table)
    except ValidationError as fault:
        raise refusal(fault, ExperimentFile, path) from None


def _named_scenario(path: Path, name: str) -> str | Path:
    """A scenario's name, or its path as seen from the experiment file."""
    return path.parent / name if name.endswith(".toml") else name


def _draws(base: Parameters, path: Path) -> Iterator[Parameters]:
    """One set of parameters for each row; columns that a table does not have stay as they are."""
    known = parameter_names()
    for line, row in read_numbers(path):
        drawn = base
        for name, value in row.items():
            if name not in known:
                allowed = "the name of a parameter"
                raise refused_cell(path, 1, name, given=name, allowed=allowed, words=known)
            key = f"line {line}, column {name}"
            drawn = override(drawn, name, check_parameter(name, value, file=path.name, key=key))
        yield drawn


def _designed(case: Case, scenarios: list[Scenario], path: Path) -> Iterator[Scenario]:
    """Each scenario at each designed point: a column is a dotted key such as campaign.scale, a row a point."""
    known = case.vocabulary()
    for scenario in scenarios:
        for number, (line, row) in enumerate(read_numbers(path)):
            changes: dict[str, Any] = {"name": f"{scenario.name}-p{number:05d}"}
            reason = f"designed point, line {line} of {path.name}"
            try:
                for key, value in row.items():
                    put(changes, key, value, reason=reason, file=path)
                point = scenario.but(**changes)
                check(point, known, str(path))
            except InputError as fault:
                column = _column(fault.key.replace('"', ""), row)
                given, allowed, words = fault.given, fault.allowed, [fault.nearest] if fault.nearest else []
                raise refused_cell(path, line, column, given=given, allowed=allowed, words=words) from None
            yield point


def _column(key: str, columns: Iterable[str]) -> str:
    """The column that a refused key of a scenario comes from, or the key itself where it comes from none."""
    near = [name for name in columns if key.startswith(name) or name.startswith(key)]
    return max(near, key=len, default=key)


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
            allowed = "a dotted key that is not below another that is given"
            raise InputError(file=file, key=key, given=key, allowed=allowed)
        table = inner
    table[last] = as_wanted(key, value)
