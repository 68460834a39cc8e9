"""The course can be taught as it stands: files load, commands exist, links lead somewhere, sums are right."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import typer
from markdown.extensions.toc import slugify
from typer.testing import CliRunner

import maxpressure as mp
from coursekit.figures import Figures
from maxpressure.app import numbers
from maxpressure.app.figures.pairs import NUMBERS
from maxpressure.app.guide import MINUTES, exercises
from maxpressure.base.cautions import NOT_SEPARATED
from maxpressure.cli.main import app
from maxpressure.model.case import Case
from maxpressure.scenario import check, shipped_scenarios

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios" / "course").glob("*.toml"))
TEACHING = ROOT / "docs" / "teaching"
EXERCISES = sorted(TEACHING.glob("[01]*.md"))[:10]
PAGES = sorted([*TEACHING.glob("*.md"), *(ROOT / "docs" / "course").glob("*.md")])
CLASSROOM = ROOT / "model" / "maxpressure" / "app"
SECTIONS = [
    "Minutes",
    "Material",
    "In the browser",
    "With the command line",
    "Write down",
    "Marking rubric",
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def course() -> Iterator[ModuleType]:
    """The program that takes the exercises."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs" / "build")
        yield import_module("course")


@pytest.fixture(scope="module")
def case() -> Case:
    return mp.load_case()


def rows_of(page: Path, title: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    part = page.read_text(encoding="utf-8").split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines[2:]]


def number_of(page: Path) -> int:
    return int(page.stem.partition("-")[0])


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {slugify(title, "-") for title in titles}


# ---- the files


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_of_the_course_is_sound_and_asks_one_question(path: Path, case: Case) -> None:
    scenario = case.scenario(path)
    check(scenario, case.vocabulary())
    assert scenario.question.endswith("?")
    assert scenario.why


def test_no_scenario_of_the_course_ships_by_name() -> None:
    assert FILES
    assert not {path.stem for path in FILES} & set(shipped_scenarios())


def test_every_scenario_of_the_course_is_listed_and_used(course: ModuleType) -> None:
    listed = (FILES[0].parent / "README.md").read_text(encoding="utf-8")
    used = " ".join(command for page in EXERCISES for command in course.commands(page))
    for path in FILES:
        assert f"`{path.stem}`" in listed
        assert f"scenarios/course/{path.name}" in used


def test_ten_requests_are_ten(case: Case) -> None:
    for name in ("ten-by-lot", "ten-by-leverage", "ten-likeliest", "my-ten"):
        scenario = case.scenario(ROOT / "scenarios" / "course" / f"{name}.toml")
        asked = [state for request in scenario.requests.add for state in request.states]
        assert len(asked) == len(set(asked)) == 10


# ---- the pages


def test_there_are_ten_exercises_each_with_all_its_parts() -> None:
    assert len(EXERCISES) == 10
    for page in EXERCISES:
        text = page.read_text(encoding="utf-8")
        without = [name for name in SECTIONS if name != "Material" or "\n## Material\n" in text]
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == without
        for start in ("**Question.**", "**Learning goals.**", "**Prior knowledge.**", "**Careful.**"):
            assert start in text


@pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)
def test_the_minutes_of_an_exercise_add_up_to_less_than_fifty_and_to_twenty(page: Path) -> None:
    *steps, (_, whole) = rows_of(page, "Minutes")
    assert sum(int(minutes) for _, minutes in steps) == int(whole) < 50
    assert sum(step.minutes for step in exercises()[number_of(page)].step) == MINUTES
    index = (TEACHING / "index.md").read_text(encoding="utf-8")
    assert re.search(rf"\({page.name}\) \| {whole} \| {MINUTES} \|", index)


@pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)
def test_the_page_of_the_browser_has_the_exercise_under_the_same_title_with_the_same_question(
    page: Path,
) -> None:
    text = page.read_text(encoding="utf-8")
    led = exercises()[number_of(page)]
    assert text.startswith(f"# {number_of(page)}. {led.title}\n")
    question = text.split("**Question.** ", 1)[1].split("\n\n", 1)[0]
    assert " ".join(question.split()) == led.question
    assert f"<!-- made: steps-{number_of(page)} -->" in text


@pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)
def test_the_points_of_an_exercise_add_up_to_ten(page: Path) -> None:
    assert sum(int(points) for points, _ in rows_of(page, "Marking rubric")) == 10


def test_every_command_of_the_exercises_can_be_typed(course: ModuleType) -> None:
    shelf = shipped_scenarios()
    for page in EXERCISES:
        found = course.commands(page)
        assert found or "notebooks/" in page.read_text(encoding="utf-8")
        for line in found:
            words = shlex.split(line)[1:]
            parsed(words)
            for word in words if words[0] in {"run", "twin"} else []:
                if word.endswith(".toml"):
                    assert (ROOT / word).is_file(), line
                elif re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", word):
                    assert word in shelf, line


def test_the_command_that_serves_a_class_can_be_typed(course: ModuleType) -> None:
    (line,) = course.commands(TEACHING / "index.md")
    parsed(shlex.split(line)[1:])


def controls() -> str:
    """All that the page's sources say."""
    sources = [file for kind in ("**/*.py", "static/*.js", "static/*.html") for file in CLASSROOM.glob(kind)]
    return "\n".join(file.read_text(encoding="utf-8") for file in sources)


@pytest.mark.parametrize("page", EXERCISES, ids=lambda page: page.stem)
def test_the_controls_that_an_exercise_names_are_on_the_page(page: Path) -> None:
    part = page.read_text(encoding="utf-8").split("\n## In the browser\n", 1)[1].split("\n## ", 1)[0]
    for name in re.findall(r"\*\*([^*]+)\*\*", part):
        assert re.sub(r" \([AB]\)$", "", " ".join(name.split())) in controls(), name


def test_the_controls_that_the_run_of_show_names_are_on_the_page() -> None:
    text = (ROOT / "docs" / "course" / "run-of-show.md").read_text(encoding="utf-8")
    named = re.findall(r"\*\*([^*]+)\*\*", text)
    assert {"Reveal", "Call the referee"} <= set(named)
    for name in named:
        assert name in controls(), name


def typed(*words: str) -> int:
    """The exit code of a command line."""
    return int(CliRunner().invoke(app, list(words)).exit_code)


def parsed(words: list[str]) -> None:
    """Raises click's UsageError for a command or an option that does not exist."""
    command = typer.main.get_command(app)
    context = None
    name = "maxpressure"
    while hasattr(command, "commands"):
        name, *words = words
        command = command.commands[name]
    context = command.make_context(name, list(words), parent=context)
    assert context.params


def test_an_option_that_does_not_exist_is_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed(["run", "--no-such-option"])
    with pytest.raises(KeyError):
        parsed(["no-such-command"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_the_course_leads_somewhere(page: Path) -> None:
    for goal in LINK.findall(page.read_text(encoding="utf-8")):
        place, _, anchor = goal.partition("#")
        there = (page.parent / place).resolve() if place else page
        assert there.is_file() or goal == "wave.svg", goal  # drawn for the slide
        if anchor and "<!-- page: " not in there.read_text(encoding="utf-8"):
            assert anchor in anchors_of(there), goal


def test_notebooks_and_files_named_on_the_pages_exist() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for named in re.findall(r"`((?:notebooks|scenarios|calibration)/[\w./-]+)`", text):
            assert (ROOT / named).exists(), (page.name, named)


# ---- the solutions


def test_no_page_of_the_manual_leads_to_the_solutions(course: ModuleType) -> None:
    assert not course.SOLUTIONS.is_relative_to(TEACHING)
    assert "\n  course/\n" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        if not page.is_relative_to(course.SOLUTIONS.parent):
            assert "solutions.md" not in page.read_text(encoding="utf-8"), page


def test_every_exercise_has_a_solution_with_figures(course: ModuleType) -> None:
    text = course.SOLUTIONS.read_text(encoding="utf-8")
    for name in course.TABLES:
        inside = text.split(f"<!-- measured: {name} -->")[1].split(f"<!-- /measured: {name} -->")[0]
        assert re.search(r"\d\.\d", inside), name
        assert course.filled(text, name, inside) == text
    heads = [re.match(r"# (.+)", page.read_text(encoding="utf-8")) for page in EXERCISES]
    assert {slugify(head[1], "-") for head in heads if head} <= anchors_of(course.SOLUTIONS)


def test_what_the_page_is_said_to_show_is_what_it_shows(course: ModuleType) -> None:
    text = course.SOLUTIONS.read_text(encoding="utf-8")
    assert course.filled(text, "page", course.course_page.browsed()) == text


def test_the_command_line_has_the_figures_of_the_page_to_the_digit(
    course: ModuleType, tmp_path: Path
) -> None:
    basis = numbers.load_basis()
    against: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    scenarios: dict[str, str] = {}
    for index, (_, first, second) in enumerate(course.course_page.pairs(basis)):
        names = (f"a-{first.situation.scenario.title}", f"b-{index}")
        for name, lot in zip(names, (first, second), strict=True):
            slug = slugify(name, "-")
            scenarios[slug] = lot.setting.scenario(basis.case).but(name=slug).text()
        shown = numbers.pair(first, second)["outcomes"]
        against.setdefault(slugify(names[0], "-"), []).append((names[1], shown))
    for name, text in scenarios.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8", newline="\n")
    assert len(against) == 3
    for name, others in against.items():
        files = [str(tmp_path / f"{one}.toml") for one in (name, *(other for other, _ in others))]
        out = tmp_path / name
        assert typed("run", *files, "--worlds", str(numbers.WORLDS), "--out", str(out), "--quiet") == 0
        assert typed("compare", str(out), "--against", name) == 0
        table = pd.read_csv(out / "compare" / "compare.csv").set_index(["scenario", "outcome"])
        for other, shown in others:
            both = {outcome for scenario, outcome in table.index if scenario == other} & set(shown)
            assert both >= {"acts", "states_acted", "embassies", "trade_left"}
            for outcome in both:
                row = table.loc[(other, outcome)]
                assert row["worlds"] == len(shown[outcome]["values"]) == numbers.WORLDS
                for column in NUMBERS:
                    assert row[column] == shown[outcome][column], (other, outcome, column)


def test_the_page_scores_exercise_two_as_the_solution_does(course: ModuleType) -> None:
    basis = numbers.load_basis()
    lot = numbers.simulate(basis, numbers.setting_of_link(basis.case, "scenario=from-august"))
    found = numbers.guess(lot, {"low-0": "5", "middle-0": "12", "high-0": "30"})
    solution = Figures.of(course.SOLUTIONS.read_text(encoding="utf-8"))
    assert solution.figure("guess", "a guess of 5, 12 and 30", column="CRPS") == f"{found['score']:.2f}"
    assert len(found["rivals"]) == 4
    for rival in found["rivals"]:
        for column, value in (("CRPS", "score"), ("median", "median"), ("5 %", "p05"), ("95 %", "p95")):
            assert solution.figure("guess", rival["name"], column=column) == f"{rival[value]:.2f}"


def test_the_page_has_the_twins_of_the_solution(course: ModuleType) -> None:
    basis = numbers.load_basis()
    solution = Figures.of(course.SOLUTIONS.read_text(encoding="utf-8"))
    for taken, title, states in (
        ("Pence in Latin America", "Without the tour:", ("Mexico", "Peru")),
        ("Sixth nuclear test", "Without the test:", ("Mexico", "Singapore")),
    ):
        found = numbers.twins(basis, taken, 40)
        for state in (one for one in found["states"] if one["name"] in states):
            for act in state["acts"]:
                for coupling, gone in act["gone"].items():
                    where = ("twins", title, state["name"], act["day"], coupling)
                    assert solution.figure(*where, column="gone by end") == f"{gone['by_end']:.2f}"
                    assert solution.figure(*where, column="gone later") == f"{gone['later']:.2f}"
                    assert solution.figure(*where, column="agree") == ("yes" if act["agree"] else "no")


def test_two_ways_of_reading_ten_reports_give_the_counts_of_the_solution(
    course: ModuleType, tmp_path: Path
) -> None:
    text = course.SOLUTIONS.read_text(encoding="utf-8")
    for name, acts in course.READERS.items():
        course.recoded(tmp_path / name, acts)
        found, lowered = course.counted(tmp_path / name)
        assert (found, lowered) != course.counted(ROOT / "calibration")
        assert f"| {name} | {len(acts)} | {found} | {lowered} |" in text


def test_the_solutions_say_that_contagion_is_not_separated(course: ModuleType) -> None:
    assert NOT_SEPARATED.lower().rstrip(".") in " ".join(
        course.SOLUTIONS.read_text(encoding="utf-8").lower().split()
    )


def test_kappa_is_agreement_beyond_chance(course: ModuleType) -> None:
    value, low, high = course.kappa()
    assert value == pytest.approx((0.5 - 0.42) / (1 - 0.42))  # half agree; 0.4 × 0.9 + 0.6 × 0.1 by chance
    assert low <= value <= high


def test_a_report_is_recoded_as_an_act_or_as_none(course: ModuleType) -> None:
    row = {"level_before": "3", "level_after": "3", "direction": "none"}
    course.recode(row, act=True)
    assert row == {"level_before": "3", "level_after": "2", "direction": "down"}
    course.recode(row, act=False)
    assert row == {"level_before": "3", "level_after": "3", "direction": "none"}


def test_the_wide_prior_changes_four_coefficients_and_no_more(course: ModuleType) -> None:
    before = (ROOT / "calibration" / "priors.toml").read_text(encoding="utf-8").splitlines()
    after = course.widened("\n".join(before)).splitlines()
    changed = [line for line, old in zip(after, before, strict=True) if line != old]
    assert changed == ["mean = 0.0", "sd = 2.5"] * 4
