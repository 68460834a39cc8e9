"""The manual: what is made from the code is whole, links lead somewhere, and no page loads anything from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mesa
import pytest
import typer

import maxpressure
import model_picture
from manual import words
from manual.key_pages import keys
from manual.made import MADE
from manual.pages import PAGES, included, led, made_page
from maxpressure.cli.main import app
from maxpressure.evidence.parameters import Parameters, parameter_names
from maxpressure.evidence.words import PARAMETER_WORDS
from maxpressure.experiments.schema import TABLES
from maxpressure.model.case import Situation, load_case
from maxpressure.model.listed_inputs import listed_inputs
from maxpressure.model.timeline import Timeline
from maxpressure.model.world import World
from maxpressure.report import plots
from maxpressure.results.states import GROUP_WORDS
from maxpressure.scenario import Scenario
from maxpressure.scenario.scenario import plain

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LOADS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\b(?:src|srcset)\s*=\s*["']?(?:https?:)?//"""
    r"""|<link\b(?![^>]*\brel=["']?canonical)[^>]*?\bhref\s*=\s*["']?(?:https?:)?//"""
    r"""|@import\s+(?:url\()?["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//""",
    re.IGNORECASE,
)
"""What a browser would fetch from another place by itself; a link that a reader follows is none of these."""


def built(tree: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """The manual of a tree, built as `make docs` builds it."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    quietly = {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        command, cwd=tree, capture_output=True, text=True, check=False, env=os.environ | quietly
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    place = tmp_path_factory.mktemp("manual") / "site"
    done = built(ROOT, place)
    assert done.returncode == 0, done.stderr
    return place


def pages(place: Path) -> Iterator[Path]:
    return place.rglob("*.html")


def own(thing: object, bare: object) -> set[str]:
    """The names of what an object holds beside Mesa's own and what is kept for speed."""
    return {name for name in vars(thing) if not name.startswith("_")} - set(vars(bare))


def listed(table: str) -> list[str]:
    """The names in the first column of a table."""
    return re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)


def test_every_page_is_built_and_every_link_on_it_leads_somewhere(site: Path) -> None:
    names = {path.relative_to(site).as_posix() for path in pages(site)}
    written = {
        path.relative_to(DOCS) for path in DOCS.rglob("*.md") if not path.is_relative_to(DOCS / "course")
    }
    assert {path.with_suffix(".html").as_posix() for path in written} <= names
    assert not any(
        name.startswith("course/") for name in names
    )  # what is for teachers is no page of the manual


def test_a_broken_link_breaks_the_build(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "docs").mkdir(parents=True)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    settings = re.sub(r"^(hooks|watch): .*\n", "", settings, flags=re.MULTILINE)
    (tree / "mkdocs.yml").write_text(re.sub(r"(?ms)^nav:.*", "nav: [index.md]\n", settings), encoding="utf-8")
    shutil.copy(DOCS / "styles.css", tree / "docs")
    page = tree / "docs" / "index.md"
    page.write_text("# Whole\n\n[itself](index.md#whole)\n", encoding="utf-8")
    assert built(tree, tmp_path / "whole").returncode == 0
    for link in ("nowhere.md", "index.md#nowhere"):
        page.write_text(f"# Broken\n\n[nowhere]({link})\n", encoding="utf-8")
        done = built(tree, tmp_path / "broken")
        assert done.returncode != 0
        assert "nowhere" in done.stderr


def test_the_manual_is_never_built_quietly() -> None:
    for path in ("Makefile", ".ci/run"):
        for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
            if "mkdocs build" in line:
                assert "--strict" in line
                assert not re.search(r"\s(-q|--quiet)\b", line)
    assert "mkdocs build --strict" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    files = [*pages(site), *site.rglob("*.css")]
    assert len(files) > 20
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not LOADS.search(text), path
        assert 'class="mermaid"' not in text  # the theme would fetch its drawing program


def test_what_would_be_loaded_from_elsewhere_is_seen() -> None:
    for text in (
        '<script src="https://cdn.example/x.js">',
        '<link rel="stylesheet" href="//fonts.example/css">',
        "<img alt='' src='http://example.org/a.png'>",
        '@import "https://example.org/a.css"',
        "src: url(https://example.org/a.woff2)",
    ):
        assert LOADS.search(text), text
    for text in ('<a href="https://example.org">', '<script src="assets/x.js">', "url(data:image/svg+xml)"):
        assert not LOADS.search(text), text


def test_a_mark_is_replaced_on_every_page_of_the_site(site: Path) -> None:
    for path in pages(site):
        assert "<!-- made:" not in path.read_text(encoding="utf-8")
        assert "<!-- page:" not in path.read_text(encoding="utf-8")


def test_everything_made_stands_on_a_page_and_every_page_asks_for_what_is_made() -> None:
    asked = {
        name
        for path in DOCS.rglob("*.md")
        for name in re.findall(
            r"^<!-- made: (\S+) -->$", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    }
    assert asked == set(MADE)
    with pytest.raises(KeyError):
        made_page("<!-- made: nothing-of-ours -->")


def test_a_file_of_the_repository_stands_on_its_page_with_its_links_led_there() -> None:
    for path, page in PAGES.items():
        shown = (DOCS / page).read_text(encoding="utf-8")
        assert f"<!-- page: {path} -->" in shown or path in {"docs/cluster.md", "README.md"}
    assert "![posterior](figures/posterior.png)" in included("calibration/README.md")
    assert "](calibration/" not in included("CONTRIBUTING.md")


def test_a_link_out_of_the_manual_is_led_to_the_page_or_loses_its_link_or_is_refused() -> None:
    page = "teaching/plan.md"
    for written, shown in (
        ("[keys](../../scenarios/README.md#every-key)", "[keys](../how-to/own-scenario.md#every-key)"),
        ("[the record](../../scenarios/max-pressure-2017.toml)", "the record"),
        ("[start](../index.md)", "[start](../index.md)"),
        ("[gone](../../scenarios/nowhere.toml)", "[gone](../../scenarios/nowhere.toml)"),
        ("[Mesa](https://mesa.readthedocs.io)", "[Mesa](https://mesa.readthedocs.io)"),
    ):
        assert led(written, f"docs/{page}", page) == shown


def test_the_page_of_commands_has_every_command_with_every_option() -> None:
    page = MADE["commands"]()
    waiting = [("maxpressure", typer.main.get_command(app))]
    count = 0
    while waiting:
        name, command = waiting.pop()
        assert f"# `{name}`\n" in page
        for parameter in command.params:
            if parameter.param_type_name == "option" and "--help" not in parameter.opts:
                assert f"`{parameter.opts[0]}" in page, (name, parameter.opts)
        waiting += [(f"{name} {inner}", child) for inner, child in getattr(command, "commands", {}).items()]
        count += 1
    assert count > 8


def test_the_page_of_keys_has_every_key_that_a_scenario_may_hold() -> None:
    found = list(keys())
    assert len(found) == len(set(found))
    assert {"campaign.from", "requests.add.states", "china.enforcement", "mechanisms.contagion"} <= set(found)
    assert {*Scenario.model_fields} - {"name"} == {key for key in found if "." not in key}
    explained = (ROOT / "scenarios" / "README.md").read_text(encoding="utf-8")
    for key in found:
        last = key.rpartition(".")[2]
        assert re.search(
            rf"`[\w.]*\b{last}\b[\w.…]*`|^{last} =|[{{,] {last} =", explained, flags=re.MULTILINE
        ), key


def test_the_page_of_keys_gives_the_defaults_of_an_empty_scenario() -> None:
    assert plain(Scenario()) == {}
    page = MADE["scenario-keys"]()
    assert "| `weeks` | a whole number of weeks from 1 to 156 |" in page
    assert "| `contagion` | true or false | `false` |" in page
    assert "| `news` | true or false | `true` |" in page


def test_every_parameter_has_its_words_and_its_row() -> None:
    assert list(PARAMETER_WORDS) == list(Parameters._fields)
    for table in ("parameters", "parameter-beliefs", "parameter-reasons"):
        assert listed(MADE[table]()) == list(parameter_names())


def test_every_property_of_a_state_a_patron_and_a_world_has_its_words(
    recorded: Situation, pilot: Parameters
) -> None:
    world = World(recorded, pilot, seed=1)
    world.step()
    bare = mesa.Model(rng=1)
    agent = mesa.Agent(bare)
    for state in world.states:
        assert own(state, agent) - set(words.LINKS) == set(words.STATE_WORDS)
    for patron in world.patrons:
        assert own(patron, agent) - set(words.LINKS) == set(words.PATRON_WORDS)
    assert own(world, bare) - set(words.WORLD_LINKS) == set(words.WORLD_WORDS)
    for table, said in (
        ("state-variables", words.STATE_WORDS),
        ("patron-variables", words.PATRON_WORDS),
        ("world-variables", words.WORLD_WORDS),
    ):
        assert listed(MADE[table]()) == list(said)


def test_every_input_has_its_words_and_its_row() -> None:
    assert list(words.INPUT_WORDS) == list(Timeline.__dataclass_fields__)
    assert listed(MADE["inputs"]()) == list(words.INPUT_WORDS)


def test_every_column_of_each_table_is_listed_once_with_its_kind() -> None:
    page = MADE["column-kinds"]()
    for table, schema in TABLES.items():
        lines = [line for line in page.splitlines() if line.startswith(f"| `{table}` |")]
        names = [name for line in lines for name in re.findall(r"`(\w+)`", line)[1:]]
        assert sorted(names) == sorted(schema.names)


def test_every_purpose_of_random_numbers_has_its_words() -> None:
    source = (ROOT / "model" / "maxpressure" / "base" / "rng.py").read_text(encoding="utf-8")
    assert re.findall(r"^([A-Z][A-Z_]*) = \d+$", source, flags=re.MULTILINE) == list(words.PURPOSE_WORDS)


def test_every_public_name_stands_once_on_the_page_of_python_with_its_docstring(site: Path) -> None:
    named = re.findall(r"^::: maxpressure\.(\w+)$", MADE["python"](), flags=re.MULTILINE)
    assert sorted(named) == sorted(name for name in maxpressure.__all__ if name != "__version__")
    page = (site / "reference" / "python.html").read_text(encoding="utf-8")
    for name in named:
        assert page.count(f'id="maxpressure.{name}"') == 1, name
    for name in ("run", "load", "compare"):
        first, *_ = (getattr(maxpressure, name).__doc__ or "").strip().splitlines()
        assert first.split("`")[0].strip() in page, name
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert page.count(f'doc-section-title">{section}:<') > 10  # as tables, from NumPy's sections


def test_counts_of_the_data_statement_add_up() -> None:
    for table, columns in (("events", 3), ("pressure", 1)):
        rows = [
            [int(cell) for cell in re.findall(r"\| (\d+)(?= )", line)]
            for line in MADE[table]().splitlines()[2:]
        ]
        *parts, whole = rows
        for column in range(columns):
            assert sum(row[column] for row in parts) == whole[column]


def test_the_list_of_inputs_has_every_dated_input_once() -> None:
    listed_names = re.findall(r"^\| [0-9-]{10} \| `([^`]+)`", MADE["dated-inputs"](), flags=re.MULTILINE)
    assert sorted(listed_names) == sorted(one.id for one in listed_inputs(load_case()))


def test_the_diagram_of_the_model_has_every_cause_of_the_hazard() -> None:
    assert set(model_picture.SIGNS) == set(GROUP_WORDS)


ODD = (
    "Purpose and patterns",
    "Entities, state variables and scales",
    "Process overview and scheduling",
    "Basic principles: theoretical and empirical background",
    "Individual decision-making",
    "Learning",
    "Individual sensing",
    "Individual prediction",
    "Interaction",
    "Collectives",
    "Heterogeneity",
    "Stochasticity",
    "Emergence",
    "Observation",
    "Implementation",
    "Initialisation",
    "Input data",
    "Submodels",
)
TRACE = (
    "Problem formulation",
    "Model description",
    "Data evaluation",
    "Conceptual model evaluation",
    "Implementation verification",
    "Model output verification",
    "Model analysis",
    "Model output corroboration",
)


def parts_of(page: str, level: str) -> dict[str, str]:
    """What stands under each heading of a level."""
    found = re.split(rf"^{level} (.+)$", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_every_element_of_odd_and_its_extension_to_decisions_is_answered() -> None:
    answered = parts_of("review/odd.md", "###")
    assert tuple(answered) == ODD
    assert all(len(text.split()) > 20 for text in answered.values())


def test_every_element_of_trace_leads_to_files_or_checks() -> None:
    answered = parts_of("review/trace.md", "##")
    assert tuple(answered) == tuple(f"{place}. {name}" for place, name in enumerate(TRACE, start=1))
    for text in answered.values():
        assert re.search(r"`(tests|model)/|calibration\.md#", text)


def test_of_each_tool_it_is_said_what_it_does_better() -> None:
    tools = parts_of("explanation/comparison.md", "##")
    assert sum("**Better there:**" in text for text in tools.values()) == 7


def test_the_sentence_on_contagion_stands_on_each_page_that_reports_peers_in_results() -> None:
    for page in (
        "explanation/model.md",
        "explanation/limits.md",
        "how-to/explain.md",
        "how-to/pictures.md",
        "review/odd.md",
    ):
        text = " ".join((DOCS / page).read_text(encoding="utf-8").split()).lower()
        assert "the data do not separate contagion from common shocks" in text, page


def test_every_path_that_the_manual_names_exists() -> None:
    folders = ("model", "tests", "calibration", "scenarios", "docs", "notebooks", "benchmarks")
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(rf"`((?:{'|'.join(folders)})/[\w./-]+)`", text):
            assert (ROOT / named).exists(), (path, named)


def test_every_picture_that_the_manual_names_can_be_drawn() -> None:
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r"\bpictures?\s+`([a-z-]+)`", text):
            assert named in plots.NAMES, (path, named)
