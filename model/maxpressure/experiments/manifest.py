"""The manifest of a result folder: what was run, and the command that makes the results again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import platform
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from maxpressure.base import toml
from maxpressure.base.errors import InputError, Wrong
from maxpressure.base.paths import VERSION
from maxpressure.base.ranges import refused
from maxpressure.base.refusal import refusal
from maxpressure.base.rng import SEED_LIMIT, WORLD_LIMIT
from maxpressure.base.text import from_here, hidden, joined, visible
from maxpressure.evidence.parameters import Parameters, parameter_names, standing
from maxpressure.experiments import seal
from maxpressure.experiments.schema import TABLES
from maxpressure.experiments.store import LocalStore, Store
from maxpressure.model.case import Case
from maxpressure.scenario import Scenario
from maxpressure.scenario.fields import FilledLine
from maxpressure.scenario.scenario import Name, validated

MANIFEST: Final = "manifest.json"
FORMAT: Final = 4
"""The version of the folder's format; it goes up when earlier or later programs could not read the folder.

1 had no tallies and no parts, and worlds no status; 2 had other names of columns; 3 had no seals, and receipts did
not name their experiment.
"""

KIND: Final = "maxpressure results"
LIBRARIES: Final = ("numpy", "mesa", "pandas", "pyarrow")
DIFFERENCES_SHOWN: Final = 3
STATE: Final = "State"
"""The name of the class whose rule is simulated where no other is given."""


class Entry(BaseModel):
    """A frozen part of the manifest. Infinite numbers are written as text, since JSON has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


def _seen(text: str) -> str:
    if hidden(text, kept=""):
        raise refused((), text, toml.SEEN)
    return text


Seen = Annotated[str, AfterValidator(_seen)]
"""A text that may be shown on a terminal."""

Sha256 = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="a SHA-256 in 64 small hexadecimal digits")
]


class ScenarioText(Entry):
    """A scenario with all that it extends merged in, as TOML."""

    name: Name
    text: str

    def scenario(self) -> Scenario:
        """The scenario that the text spells; raises InputError where it spells none."""
        place = f"{MANIFEST}, scenario {self.name}"
        return validated(toml.parsed(self.text, place) | {"name": self.name}, file=place)


class ParametersUsed(Entry):
    """The parameters before a scenario's own overrides, with their status and source."""

    status: Seen
    source: Seen
    values: dict[str, float]

    @property
    def standing(self) -> str:
        """Status and source in one line."""
        return standing(self.status, self.source)

    @property
    def fitted(self) -> bool:
        """Whether they were fitted to the record, as a reader expects: else every answer states their source."""
        return self.status in ("posterior", "map")


class TableFile(Entry):
    """A table's rows and the SHA-256 of its file."""

    rows: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Manifest(Entry):
    """What was run, on which evidence, with which programs; and, apart from that identity, when and how.

    `code` is the digest of the modules that shape the tables, not of pictures or commands, so that results of an
    edited rule are never taken for those of the rule before. Times are in UTC. ``tables`` is empty where the tables
    lie in parts, each with a receipt.
    """

    kind: Literal["maxpressure results"] = KIND
    format: Literal[4] = FORMAT
    case: FilledLine
    scenarios: Annotated[tuple[ScenarioText, ...], Field(min_length=1)]
    worlds: Annotated[int, Field(ge=1, le=WORLD_LIMIT)]
    seed: Annotated[int, Field(ge=0, lt=SEED_LIMIT)]
    engine: FilledLine
    state_class: Seen = STATE
    draws: Annotated[int, Field(ge=1)] = 1
    draws_digest: Sha256
    keep_weeks: Annotated[int, Field(ge=0)] = 0
    keep_attributions: Annotated[int, Field(ge=0)] = 0
    parameters: ParametersUsed
    evidence: Sha256
    assumptions: Sha256
    code: Sha256
    versions: dict[Seen, Seen]
    tables: dict[str, TableFile] = {}
    command: Seen
    started: dt.datetime
    ended: dt.datetime

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Each scenario and each parameter once, all tables or none."""
        for index, name in enumerate(self.names):
            if name in self.names[:index]:
                raise refused(("scenarios", index, "name"), name, "each name once")
        if sorted(self.parameters.values) != sorted(parameter_names()):
            given = ", ".join(sorted(set(parameter_names()) ^ set(self.parameters.values)))
            raise refused(("parameters", "values"), given, "each parameter once, and nothing else")
        if self.tables and set(self.tables) != set(TABLES):
            raise refused(("tables",), ", ".join(self.tables), f"the tables {', '.join(TABLES)}, or none")
        return self

    @property
    def experiment(self) -> str:
        """The SHA-256 of what a batch may not change from one run to the next; each of its receipts holds it."""
        text = json.dumps(self.as_batch().identity(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios, in the order in which they were given."""
        return tuple(scenario.name for scenario in self.scenarios)

    def identity(self) -> dict[str, Any]:
        """What makes two runs the same: everything but the tables' files, the command and the times."""
        return self.model_dump(mode="json", exclude={"tables", "command", "started", "ended"})

    def plain(self) -> dict[str, Any]:
        """The manifest as plain values of JSON."""
        plain: dict[str, Any] = json.loads(self.model_dump_json())
        return plain

    def differences(self, now: Manifest) -> str:
        """How this manifest and that of a new run differ, in words; empty when they are of the same run."""
        here, there = dict(_leaves(now.identity())), dict(_leaves(self.identity()))
        differing = [key for key in {**there, **here} if here.get(key) != there.get(key)]
        words = [_difference(key, there.get(key), here.get(key)) for key in differing[:DIFFERENCES_SHOWN]]
        more = len(differing) - len(words)
        return "; ".join([*words, f"and {more} more"] if more else words)

    def finished(self, folder: Path, rows: Mapping[str, int]) -> Self:
        """The manifest of a run that has ended, with the digests of the tables it wrote."""
        tables = {
            name: TableFile(rows=count, sha256=digest(table(folder, name))) for name, count in rows.items()
        }
        return self.model_copy(update={"tables": tables, "ended": utc_now()})

    def of_worlds(self, worlds: int) -> Self:
        """The manifest of the same run with so many worlds of each scenario."""
        return self.model_copy(update={"worlds": worlds})

    def as_batch(self) -> Self:
        """The manifest without what may change from one run of a batch to the next: worlds and engine."""
        return self.model_copy(update={"worlds": 0, "engine": "any"})

    def as_paired(self) -> Self:
        """The manifest without what may differ between two folders whose worlds pair, number by number.

        The parameters are those of the draws; what the set is called does not matter. A class of states of one's own is
        another rule in the same worlds.
        """
        unnamed = ParametersUsed(status="", source="", values={})
        free = {
            "scenarios": (),
            "state_class": "any",
            "keep_weeks": 0,
            "keep_attributions": 0,
            "parameters": unnamed,
        }
        return self.as_batch().model_copy(update=free)

    def ended_now(self) -> Self:
        """The manifest of a run that ends now."""
        return self.model_copy(update={"ended": utc_now()})

    def text(self) -> bytes:
        """The manifest as it is written, with the digest of its experiment, sealed."""
        return seal.sealed({**self.plain(), "experiment": self.experiment})

    def write(self, folder: Path) -> None:
        """Write the manifest into its folder."""
        (folder / MANIFEST).write_bytes(self.text())


def table(folder: Path, name: str) -> Path:
    """The file of a table."""
    return folder / f"{name}.parquet"


A_FOLDER: Final = "a folder that maxpressure wrote"
FOLDERS_NAMED: Final = 3
AS_WRITTEN: Final = "the manifest as it was written; else run it again into another folder, or with --force"


def read_manifest(place: Path | Store) -> Manifest:
    """The manifest of a result folder or a store; raises InputError where there is none, and as `parsed_manifest`."""
    store = LocalStore(place) if isinstance(place, Path) else place
    content = store.get(MANIFEST)
    if content is None:
        wrong, allowed = Wrong(f"has no {MANIFEST}"), A_FOLDER + _one_within(store)
        raise InputError(file=store.place, key=MANIFEST, given=wrong, allowed=allowed)
    return parsed_manifest(content, f"{store.place}/{MANIFEST}")


def _one_within(store: Store) -> str:
    """The folders just below this one that have results, where a reader gave the folder above them."""
    if not isinstance(store, LocalStore):
        return ""
    found = sorted(path.parent for path in store.root.glob(f"*/{MANIFEST}"))
    named = joined([from_here(str(one)) for one in found[:FOLDERS_NAMED]], "or")
    more = f", of {len(found)} within {store.place}" if len(found) > FOLDERS_NAMED else ""
    return f", such as {named}{more}" if found else ""


def parsed_manifest(text: bytes, path: str | Path) -> Manifest:
    """The manifest that stands at ``path``.

    Raises InputError where it is damaged or was edited, where its format is another than ours, and where an entry
    cannot be used.
    """
    entries = seal.parsed(text, path, allowed="a manifest in JSON")
    if entries.get("kind") != KIND:
        raise InputError(file=path, key="kind", given=Wrong("is another program's file"), allowed=A_FOLDER)
    check_format(entries, path)
    seal.check_seal(text, path, allowed=AS_WRITTEN)
    experiment = entries.pop("experiment", None)
    try:
        manifest = Manifest.model_validate(entries)
    except ValidationError as fault:
        raise refusal(fault, Manifest, path) from None
    if manifest.experiment != experiment:
        raise InputError(file=path, key="experiment", given=experiment, allowed=manifest.experiment)
    return manifest


def check_format(entries: Mapping[str, Any], path: str | Path, *, earlier: bool = False) -> None:
    """Raise InputError where a manifest has another format than ours; ``earlier`` ones may be let through."""
    given = entries.get("format")
    if given != FORMAT and not (earlier and given in range(1, FORMAT)):
        ours = f"{FORMAT}, the format of maxpressure {VERSION}"
        again_or = "run it again into another folder, or with --force where the format is an earlier one"
        allowed = f"{ours}; {again_or}, or read it with the version that wrote it"
        raise InputError(file=path, key="format", given=given, allowed=allowed)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def assumptions_digest(case: Case) -> str:
    """The SHA-256 of what the case assumes, whatever its file looks like."""
    return hashlib.sha256(case.assumptions.model_dump_json().encode()).hexdigest()


def draws_digest(draws: Sequence[Parameters]) -> str:
    """The SHA-256 of parameter draws, to the last bit of each number."""
    return hashlib.sha256(repr(tuple(draws)).encode()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of the programs that shape the results."""
    own = {"maxpressure": VERSION, "python": platform.python_version()}
    return own | {library: version(library) for library in LIBRARIES}


def command_line() -> str:
    """The command that was typed; letters that nobody sees, and bytes that are no text, are escaped."""
    return visible(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]), kept="")


def utc_now() -> dt.datetime:
    """This moment, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _leaves(entries: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The manifest's entries under dotted keys; scenarios by their names."""
    for key, entry in entries.items():
        if key == "scenarios":
            yield "scenarios", ", ".join(scenario["name"] for scenario in entry)
            yield from ((f"the text of {scenario['name']}", scenario["text"]) for scenario in entry)
        elif isinstance(entry, dict):
            yield from _leaves(entry, f"{above}{key}.")
        else:
            yield f"{above}{key}", entry


def _difference(key: str, there: Any, now: Any) -> str:
    """One difference in words; of texts and digests only that they differ."""
    if key.startswith("the text of ") or key in ("evidence", "assumptions", "code", "draws_digest"):
        return f"{key} differs"
    return f"{key} was {there}, now {now}"


# ---- the command that makes results again

RUN, BATCH = "run", "batch"


def again(
    manifest: Manifest, place: str, *, worlds: int, draws: int | None = None, out: str | None = None
) -> str:
    """The command, or the call of the library, that made the results at ``place``, with this many worlds.

    ``draws`` takes so many draws of the posterior in turn, and ``out`` writes to another folder; without it the
    results are enlarged where they are. A run of other draws, or of no more worlds, replaces them.
    """
    replaced = out is None and (draws is not None or bool(worlds <= manifest.worlds))
    try:
        words = shlex.split(manifest.command)[1:]
    except ValueError:  # a quotation that does not end
        words = []
    if words[:1] not in ([RUN], [BATCH]):
        return _call(manifest, place, worlds, draws, out, replaced=replaced)
    words = _without(words, "--worlds")
    added = {"--worlds": str(worlds)}
    if draws is not None:
        words = _without(words, "--draws")
        words = _without(words, "--parameters") if manifest.draws == 1 else words
        added["--draws"] = str(draws)
    if out is not None:
        words = _without(words, "--out")
        added["--out"] = out
    elif words[0] == RUN:
        words = [word for word in words if word != "--force"] + ["--force"] * replaced
    return shlex.join(["maxpressure", *words, *_spread(added)])


def _without(words: list[str], option: str) -> list[str]:
    """The words without an option and its value."""
    kept, skipping = [], False
    for word in words:
        if not skipping and not word.startswith(f"{option}=") and word != option:
            kept.append(word)
        skipping = word == option
    return kept


def _spread(options: Mapping[str, str]) -> list[str]:
    return [word for option in options.items() for word in option]


def _call(
    manifest: Manifest, place: str, worlds: int, draws: int | None, out: str | None, *, replaced: bool
) -> str:
    """The call of the library; scenarios are named, though they may have been given as values."""
    options = [f"worlds={worlds}", f"seed={manifest.seed}"]
    options += [f"draws={draws}"] if draws is not None else []
    options += [f"out={(place if out is None else out)!r}", *(["force=True"] if replaced else [])]
    options += ["parameters='map'"] if draws is None and manifest.parameters.status == "map" else []
    options += [f"state_class={manifest.state_class}"] if manifest.state_class != STATE else []
    return f"maxpressure.run({list(manifest.names)!r}, {', '.join(options)})"
