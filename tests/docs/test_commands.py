"""Every command that the manual shows is read by the command line's own parser and run, as a reader would type it.

Each page has a folder of its own, in which its commands follow one another, in few worlds and one process. What takes
minutes, or does not end, is only parsed; other tests run it.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from manual.pages import PAGES
from maxpressure.cli.main import app

pytestmark = pytest.mark.docs

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""Click's, or that of the copy of it that newer versions of Typer hold."""

ROOT = Path(__file__).parents[2]
MANUAL = sorted({*(ROOT / "docs").rglob("*.md"), *(ROOT / path for path in PAGES)} - {ROOT / "CHANGELOG.md"})
SMALL = {"worlds": 8, "draws": 4, "paths": 2, "points": 250, "twins": 2, "workers": 1}
"""What the commands take in place of the page's numbers, and of the defaults but for draws."""

LONG = {"calibrate", "validate", "app"}
"""Commands that take minutes, or serve until they are stopped."""

BEFORE = {
    "docs/how-to/compare.md": ["run", "batch all-scenarios"],
    "docs/how-to/pictures.md": ["batch class"],
}
"""What a page takes as done on other pages."""

REFUSED = "compare outputs/course/seed-7 outputs/course/seed-2017"
"""The command of an exercise that is refused on purpose: two seeds do not pair."""


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """The commands of a page in their order, without `maxpressure`: those in blocks, and those within a sentence."""
    within = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            within = not within
        elif within and (found := re.match(r"(?:\S*[/\\])?maxpressure (.*)", line)):
            yield "block", shlex.split(found[1], comments=True)
        elif not within:
            for inner in re.findall(r"`maxpressure ([^`]+)`", line):
                yield "sentence", shlex.split(inner)


def found(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words call, and what is left of them."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command line makes of these words; raises UsageError for what it would refuse."""
    command, rest = found(words)
    return dict(command.make_context(command.name, rest, resilient_parsing="--help" in rest).params)


def wanted(words: list[str]) -> bool:
    """Whether a command within a sentence is one to type, not a name of a command or a pattern.

    Sweeps take long, and the page on sweeps has them in blocks.
    """
    if words[:1] == ["sweep"] or any(re.search(r"[<…|]|^[A-Z]{3,}$", word) for word in words):
        return False
    try:
        parsed(words)
    except UsageError:
        return False
    return True


def smaller(words: list[str], given: dict[str, Any]) -> list[str]:
    """The same command in few worlds and one process."""
    rest = found(words)[1]
    front = words[: len(words) - len(rest)]
    small = {name: number for name, number in SMALL.items() if name in given}
    if given.get("draws") is None:
        small.pop("draws", None)
    if "--help" in rest or (words[0] == "explain" and given["state"] is None):
        small = {}
    if words[0] == "sweep":
        small["worlds"] = 2
    if words[:2] in (["sweep", "sobol"], ["sweep", "regret"]):
        small["points"] = 16
    for name in small:
        if f"--{name}" in rest:
            place = rest.index(f"--{name}")
            del rest[place : place + 2]
    added = [word for name, number in small.items() for word in (f"--{name}", str(number))]
    return [*front, *rest, *added]


def long(words: list[str], given: dict[str, Any]) -> bool:
    return words[0] in LONG or given.get("scheduler") is not None


def call(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def edited(path: Path) -> None:
    """A scenario just begun, with a question, reasons and an edit, as its reader would write them."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r'question = ".*?"', 'question = "How much depends on it?"', text)
    text = re.sub(r'why = """.*?"""', 'why = "A test of the manual."', text, flags=re.DOTALL)
    path.write_text(text.replace("#[campaign]\n#scale", "[campaign]\nscale"), encoding="utf-8")


def by_hand(page: Path, folder: Path) -> None:
    """What a page has its reader copy or write in an editor."""
    for name in ("scenarios", "tests", "calibration"):
        (folder / name).symlink_to(ROOT / name)  # none of the commands that are run writes there
    match page.name:
        case "batch.md":
            blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
            (folder / "mine.toml").write_text(blocks[0], encoding="utf-8")
        case "troubleshooting.md":
            text = 'extends = "max-pressure-2017"\ntitle = "Mine"\nquestion = "What then?"\nwhy = "To see."\n'
            (folder / "mine.toml").write_text(text, encoding="utf-8")
        case "own-case.md":
            shutil.copytree(ROOT / "tests" / "cases" / "harbour", folder / "mine")
        case "README.md" if page.parent.name == "calibration":
            alone = 'extends = "max-pressure-2017"\ntitle = "Alone"\nquestion = "What of the test alone?"\n'
            (folder / "alone.toml").write_text(alone + 'without = ["Sixth nuclear test"]\n', encoding="utf-8")


def identity(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in MANUAL if any(commands(page))], ids=identity)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    by_hand(page, tmp_path)
    if page.parent.name == "teaching":
        course = import_module("course")
        monkeypatch.setattr(course, "OUT", tmp_path / "outputs" / "course")
        course.prepare()
    done: list[list[str]] = []
    shown = [("block", shlex.split(line)) for line in BEFORE.get(identity(page), [])]
    for kind, words in [*shown, *commands(page)]:
        if words in done or (kind == "sentence" and not wanted(words)):
            continue
        done.append(words)
        given = parsed(words)
        if long(words, given):
            continue
        said = call(*smaller(words, given))
        assert said.exit_code == (2 if shlex.join(words) == REFUSED else 0), (words, said.output)
        if words[:2] == ["scenarios", "new"]:
            edited(tmp_path / f"{words[2]}.toml")
