"""What people type or follow: links of the page, requests to it, addresses of stores, days, commands with options."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from click.testing import Result
from hypothesis import strategies as st
from typer.testing import CliRunner

from fuzz import odd
from fuzz.folders import Simulating, copied, without_simulating
from fuzz.law import Kind
from fuzz.mutations import PLACE
from fuzz.surroundings import HARBOUR, replaced
from maxpressure.app import server
from maxpressure.app.figures.levers import KEYS, LEVERS, Setting, setting_of_link
from maxpressure.app.guard import LOOPBACK, TEACHER, VISITOR, Door, Guard, Receive, Scope, Send
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.experiments.store import open_store
from maxpressure.explanations import cascades, explanation, story
from maxpressure.inference import calibrate
from maxpressure.inference.checks import report as checks
from maxpressure.inference.validate import read_span
from maxpressure.model.case import load_case
from maxpressure.report import comparison, html, plots

# ---- the page

VALUES: Final = {
    "scenario": ("max-pressure-2017", "no-campaign", "../no-campaign", "no-september-test"),
    "test": ("no test", "as recorded", "1"), "contagion": ("off", "on", "true"),
    "asked": ("nobody", "MEX PER", "mex,esp", "PRK"),
    "ask": ("MEX@2017-09-07", "PER@2017-09-10,MEX@2017-09-07", "MEX@2018-01-01", "CHN@2017-09-07"),
    "view": ("many", "one", "twin"), "token": ("abc12345",),
}  # fmt: skip
_NUMBERS: Final = (
    "0",
    "0.5",
    "1",
    "0,3",
    "-0",
    "3",
    "52",
    "1e0",
    "1_0",
    "٣",
    "0.0000001",
    "+1",
    " 1 ",
    "nan",
    "999999",
)


@st.composite
def links(draw: Any) -> str:
    """What follows the ? of a link, with known keys and odd values, or cut and edited."""
    keys = st.sampled_from((*KEYS, *KEYS, "view", "token", "b-campaign"))
    fields = []
    for _ in range(draw(st.integers(0, 5))):
        key = draw(keys)
        usual = st.sampled_from(VALUES.get(key, _NUMBERS))
        fields.append((key, draw(st.one_of(usual, usual, odd.OF_WORDS))))
    query = urlencode(fields, errors="surrogatepass")
    at = draw(PLACE) % (len(query) + 1)
    match draw(st.integers(0, 5)):
        case 0:
            query = query[:at] + draw(odd.OF_WORDS) + query[at:]
        case 1:
            query = query[:at]
        case 2:
            query = query[:at] + draw(
                st.sampled_from(("%", "%f", "%ff", "%00", "%ed%a0%80", ";", "&&", "=", "+" * 3000))
            )
    return query


def of_links(_: Path) -> Kind:
    case = load_case()

    def holds(found: Setting) -> None:
        assert setting_of_link(case, found.link()) == found

    return Kind(inputs=links(), read=partial(setting_of_link, case), holds=holds)


def of_levers(_: Path) -> Kind:
    """What a visitor writes into the fields of the page, one after the other."""
    case = load_case()
    field = st.tuples(st.sampled_from(KEYS), st.one_of(st.sampled_from(_NUMBERS), odd.OF_WORDS))

    def read(given: list[tuple[str, str]]) -> Setting:
        setting = Setting()
        for key, written in given:
            setting = setting.but(case, key, written)
        setting.scenario(case)
        return setting

    def holds(setting: Setting) -> None:
        assert setting_of_link(case, setting.link()) == setting
        assert all(LEVERS[key].low <= value <= LEVERS[key].high for key, value in setting.moved.items())

    return Kind(inputs=st.lists(field, max_size=3), read=read, holds=holds)


def of_requests(_: Path) -> Kind:
    """What reaches the page's guard: a path, a query and headers of any bytes."""
    doors = (
        Door(path="/", page=True),
        Door(path="/desk", page=True, teacher=True),
        Door(path="/static/x"),
        Door(path="/api/desk/x", methods=frozenset({"POST"})),
    )
    guards = [
        Guard(
            inner=_let_in,
            hosts=LOOPBACK,
            doors=doors,
            any_address=token is not None,
            token=token,
            teacher="own12345",
        )
        for token in (None, "abc12345")
    ]
    latin = st.one_of(st.sampled_from(("", "localhost:8765", "[::1]", "[", "http://[", f"{VISITOR}=abc12345", "a=b; é",
                                       f"{TEACHER}=own12345", "http://localhost:8765", "12")),
                      st.text(st.characters(max_codepoint=255), max_size=10))  # fmt: skip
    names = st.sampled_from(
        ("host", "origin", "cookie", "content-length", "sec-fetch-site", "sec-fetch-mode")
    )
    paths = st.one_of(st.sampled_from(("/", "/desk", "/static/x", "/api/desk/x", "/%2e%2e/x", "/static/" + "a" * 300)),
                      odd.OF_WORDS)  # fmt: skip
    queries = st.one_of(
        links(), odd.OF_WORDS, st.sampled_from(("token=abc12345", "a=1?token=own12345", "token", "?&?"))
    )
    scopes = st.fixed_dictionaries(
        {"type": st.sampled_from(("http", "websocket")), "path": paths, "method": st.sampled_from(("GET", "POST", "X")),
         "query_string": queries, "headers": st.dictionaries(names, latin, max_size=4)},
    )  # fmt: skip

    def read(given: Mapping[str, Any]) -> None:
        headers = [(name.encode(), value.encode("latin-1")) for name, value in given["headers"].items()]
        query = given["query_string"].encode("utf-8", "surrogatepass")
        for guard in guards:
            asyncio.run(guard({**given, "headers": headers, "query_string": query}, _received, _sent))

    return Kind(inputs=scopes, read=read)


async def _let_in(scope: Scope, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def _received() -> dict[str, Any]:
    return {"type": "websocket.connect"}


async def _sent(message: Any) -> None:
    assert message["type"] in {"http.response.start", "http.response.body", "websocket.close"}


# ---- single words


def of_days(_: Path) -> Kind:
    """The days of `validate --from --to`."""
    case = load_case()
    days = st.one_of(st.sampled_from(odd.DATES), st.dates().map(str), odd.OF_WORDS)

    def holds(span: Any) -> None:
        assert case.assumptions.record.origin < span.start <= span.end <= case.assumptions.record.inputs_until
        assert span.start.weekday() == 0
        assert span.end.weekday() == 6

    return Kind(inputs=st.tuples(days, days), read=lambda given: read_span(case, *given), holds=holds)


def of_addresses(_: Path) -> Kind:
    """What `--out` of a batch takes: folders and addresses of stores."""
    scheme = st.sampled_from(
        ("memory", "file", "s3", "gs", "reference", "github", "zip", "http", "simplecache", "", "x")
    )
    rest = st.one_of(st.sampled_from(("bucket/folder", "", "/", "a::memory://b", "[::1", "a b", "?", "#",
                                      "user:pw@host/x")),
                     odd.OF_WORDS)  # fmt: skip
    address = st.tuples(scheme, rest).map(lambda two: f"{two[0]}://{two[1]}")

    def read(given: str) -> Any:
        return open_store(given).place

    return Kind(inputs=st.one_of(address, odd.OF_WORDS), read=read)


# ---- commands

NUMBERS: Final = st.one_of(
    st.sampled_from(("1", "2", "3", "0", "-1", "7", "2017", "100")),
    st.sampled_from(odd.NUMBERS),
    odd.OF_WORDS,
)
NAMES: Final = st.one_of(
    st.sampled_from(
        ("as-recorded", "no-second-mine", "levers", "class", "mine.toml", "batch", "run", "missing", "acts")
    ),
    st.sampled_from(odd.WORDS),
    odd.OF_WORDS,
)
DAYS: Final = st.one_of(
    st.sampled_from(("1992-01-06", "1993-06-27")), st.sampled_from(odd.DATES), odd.OF_WORDS
)
STATES: Final = st.one_of(st.sampled_from(("QML", "QSK", "ESP", "qml")), odd.OF_WORDS)
PLACES: Final = st.one_of(
    st.sampled_from(("new", "run", "a/b/c", "mine.toml", "a" * 250, "/dev/null/x", "~nobody/x")), odd.OF_WORDS
)

OPTIONS: Final[Mapping[str, st.SearchStrategy[str]]] = {
    "--worlds": NUMBERS, "--seed": NUMBERS, "--draws": NUMBERS, "--workers": NUMBERS, "--world": NUMBERS,
    "--twins": NUMBERS, "--paths": NUMBERS, "--points": NUMBERS, "--below": NUMBERS, "--above": NUMBERS,
    "--scenario": NAMES, "--against": NAMES, "--outcome": NAMES, "--picture": NAMES,
    "--check": NAMES, "--parameters": st.one_of(st.sampled_from(("map", "prior", "posterior", "mine.toml")), NAMES),
    "--engine": NAMES, "--better": st.one_of(st.just("lower"), NAMES), "--for": NAMES, "--over": NAMES,
    "--state": STATES, "--from": DAYS, "--to": DAYS, "--out": PLACES,
    "--events": st.one_of(st.just("events.csv"), PLACES),
}  # fmt: skip
COMMANDS: Final[Mapping[tuple[str, ...], tuple[st.SearchStrategy[str] | None, tuple[str, ...]]]] = {
    ("run",): (NAMES, ("--worlds", "--seed", "--engine", "--workers", "--parameters", "--draws", "--out")),
    ("batch",): (NAMES, ("--worlds", "--draws", "--workers", "--out")),
    ("twin",): (NAMES, ("--state", "--worlds", "--seed", "--workers", "--parameters", "--out")),
    ("explain",): (PLACES, ("--state", "--world", "--scenario", "--worlds", "--twins", "--parameters", "--out")),
    ("compare",): (PLACES, ("--against", "--outcome", "--out")),
    ("plot",): (PLACES, ("--picture", "--scenario", "--out")),
    ("report",): (PLACES, ("--out",)),
    ("validate",): (None, ("--events", "--from", "--to", "--check", "--parameters", "--seed", "--draws", "--out")),
    ("calibrate",): (None, ("--seed", "--workers", "--out")),
    ("scenarios", "show"): (NAMES, ()),
    ("scenarios", "check"): (NAMES, ()),
    ("sweep", "morris"): (NAMES, ("--paths", "--outcome", "--worlds", "--out")),
    ("sweep", "sobol"): (NAMES, ("--points", "--outcome", "--worlds", "--out")),
    ("sweep", "prim"): (NAMES, ("--below", "--above", "--outcome", "--over", "--points", "--out")),
    ("sweep", "regret"): (NAMES, ("--outcome", "--better", "--for", "--points", "--out")),
}  # fmt: skip
"""Commands with what stands in their first place and the options that they take."""


@st.composite
def commands(draw: Any) -> list[str]:
    """A command with some of its options, the values of most of them odd."""
    command = draw(st.sampled_from(tuple(COMMANDS)))
    first, options = COMMANDS[command]
    words = [*command, *([draw(first)] if first is not None else [])]
    chosen = draw(st.lists(st.sampled_from(options), max_size=3, unique=True)) if options else []
    return [*words, *(f"{option}={draw(OPTIONS[option])}" for option in chosen)]


def of_commands(scratch: Path) -> Kind:
    """A command of the made-up case, in a folder with results and a scenario, up to what it would compute."""
    place = scratch / "deep" / "er" / "here"
    place.mkdir(parents=True)
    sound = copied("run", scratch)
    shutil.copyfile(HARBOUR / "scenarios/skerrow-shields.toml", scratch / "mine.toml")
    shutil.copyfile(HARBOUR / "evidence/events.csv", scratch / "events.csv")

    def read(words: list[str]) -> None:
        shutil.rmtree(place)
        place.mkdir()
        shutil.copytree(sound, place / "run")
        for name in ("mine.toml", "events.csv"):
            shutil.copyfile(scratch / name, place / name)
        with _within(place), _without_computing():
            _answered(CliRunner().invoke(app, words))

    return Kind(inputs=commands().map(_of_harbour), read=read)


def _of_harbour(words: list[str]) -> list[str]:
    group = 2 if words[0] in ("scenarios", "sweep") else 1
    return (
        [*words[:group], f"--case={HARBOUR}", *words[group:]] if "--check" not in " ".join(words) else words
    )


def _answered(result: Result) -> None:
    """Turn exit code 2 into a refusal; fail for any other code but 0, and for a traceback."""
    if isinstance(result.exception, Simulating):
        return
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code == 2:
        raise InputError(file="command", key="words", given="", allowed=result.stderr)
    if result.exit_code:
        raise AssertionError(f"exit code {result.exit_code}: {result.stderr}")


@contextmanager
def _within(place: Path) -> Iterator[None]:
    """In a folder, which is the user's home as well."""
    before, home = Path.cwd(), os.environ.get("HOME")
    os.chdir(place)
    os.environ["HOME"] = str(place)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.pop("HOME")
        os.environ |= {} if home is None else {"HOME": home}


@contextmanager
def _without_computing() -> Iterator[None]:
    """Stop where a command has read all and would begin to compute or to draw."""

    def stopped(*_: Any, **__: Any) -> Any:
        raise Simulating

    heavy = (
        calibrate.calibrate, checks.make, explanation.explanation_of, cascades.cascade_of, story.story_of,
        comparison.comparison, plots.save_pictures, html.save_report, server.serve,
    )  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(without_simulating())
        stack.enter_context(replaced(dict.fromkeys(heavy, stopped)))
        yield


WORDS: Final[Mapping[str, Callable[[Path], Kind]]] = {
    "link": of_links,
    "levers": of_levers,
    "request": of_requests,
    "days": of_days,
    "address": of_addresses,
    "command": of_commands,
}
