"""The course kit holds what it says: sheets of one page, slides with measured figures, a quiz that platforms import."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import weasyprint

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[2]
QTI = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}
PACK = {"p": "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"}
EXERCISES = 10
QUESTIONS = 10
ROLES = 10


@pytest.fixture(scope="module")
def parts() -> Iterator[Any]:
    """The builder of the kit and its parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "docs" / "build")
        import kit
        from coursekit import exercises, figures, paper, quiz

        yield SimpleNamespace(kit=kit, exercises=exercises, figures=figures, paper=paper, quiz=quiz)


@pytest.fixture(scope="module")
def questions(parts: Any) -> Any:
    return parts.quiz.quiz(parts.figures.figures())


def pages_of(html: str) -> int:
    only_its_own = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    return len(weasyprint.HTML(string=html, url_fetcher=only_its_own).render().pages)


# ---- paper


def test_each_exercise_has_a_sheet_of_one_page_with_its_question_and_lines_to_write_on(parts: Any) -> None:
    sheets = [parts.paper.sheet(one) for one in parts.exercises.exercises()]
    assert len(sheets) == EXERCISES
    for one, sheet in zip(parts.exercises.exercises(), sheets, strict=True):
        assert one.title in sheet
        assert sheet.count('class="line"') == len(one.written) >= 4
    assert pages_of(parts.paper.joined(sheets)) == EXERCISES


def test_each_role_has_a_card_of_one_page(parts: Any) -> None:
    assert pages_of(parts.paper.joined(parts.kit.role_cards())) == ROLES


def test_rules_and_the_card_of_the_data_set_take_one_page_each(parts: Any) -> None:
    card = parts.paper.document("", parts.kit.text("dataset-card.md", parts.exercises.TEACHING))
    assert pages_of(card) == 1
    rules = (parts.exercises.TEACHING / "11-negotiation.md").read_text(encoding="utf-8")
    assert pages_of(parts.paper.document("", rules, compact=True)) == 1


def test_a_sheet_holds_no_solution(parts: Any) -> None:
    reading = re.findall(r"\*\*Reading\.\*\* (.{40})", parts.figures.SOLUTIONS.read_text(encoding="utf-8"))
    assert len(reading) == EXERCISES
    for one in parts.exercises.exercises():
        sheet = parts.paper.sheet(one)
        assert "misconception" not in sheet.lower()
        assert not any(words in sheet for words in reading)


@pytest.mark.parametrize("session", [1, 2])
def test_slides_fit_their_pages_and_need_nothing_from_elsewhere(parts: Any, session: int) -> None:
    page = parts.paper.slides("", parts.kit.text(f"slides-{session}.md"))
    count = page.count('<section class="slide')
    assert count > 10
    assert pages_of(page) == count
    assert "{{" not in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page)


def test_the_figures_on_the_slides_are_those_of_the_solutions(parts: Any) -> None:
    found = parts.figures.figures()
    mean = found.figure("predict", "no-september-test", "acts", column="mean")
    assert re.fullmatch(r"−\d+\.\d\d", mean)
    assert f"| {mean.replace('−', '-')} |" in parts.figures.SOLUTIONS.read_text(encoding="utf-8")
    assert f">{mean}</td>" in parts.paper.slides("", parts.kit.text("slides-1.md"))


def test_a_figure_that_is_not_there_or_not_one_alone_is_refused(parts: Any) -> None:
    found = parts.figures.figures()
    with pytest.raises(KeyError, match="0 rows"):
        found.figure("predict", "no-such-scenario", column="mean")
    with pytest.raises(KeyError, match="rows of"):
        found.figure("predict", "acts", column="mean")


# ---- the quiz


def test_there_are_ten_questions_with_one_right_choice_and_a_reason(questions: Any) -> None:
    assert len(questions.questions) == QUESTIONS
    for one in questions.questions:
        assert len(one.choices) == len(set(one.choices)) == 4
        assert 0 <= one.right < 4
        assert one.why
    assert len({one.right for one in questions.questions}) > 2


def test_the_paper_without_the_key_holds_no_key(parts: Any, questions: Any) -> None:
    paper, key = (parts.quiz.on_paper(questions, key=key) for key in (False, True))
    for one in questions.questions:
        assert one.why not in paper
        assert one.why in key
        assert all(choice in paper for choice in one.choices)


def test_the_qti_package_has_what_canvas_imports(parts: Any, questions: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(parts.quiz.qti(questions))) as package:
        names = package.namelist()
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        resources = manifest.findall("p:resources/p:resource", PACK)
        files = [file.get("href") for one in resources for file in one.findall("p:file", PACK)]
        assert set(files) <= set(names)
        assert next(one.get("type") for one in resources) == "imsqti_xmlv1p2"
        given = ET.fromstring(package.read(str(files[0])))
    items = given.findall("q:assessment/q:section/q:item", QTI)
    assert len(items) == QUESTIONS
    for item, one in zip(items, questions.questions, strict=True):
        fields = {
            field.findtext("q:fieldlabel", namespaces=QTI): field.findtext("q:fieldentry", namespaces=QTI)
            for field in item.findall("q:itemmetadata/q:qtimetadata/q:qtimetadatafield", QTI)
        }
        assert fields["question_type"] == "multiple_choice_question"
        assert fields["points_possible"] == "1"
        labels = item.findall(".//q:response_label", QTI)
        texts = ["".join(label.itertext()).strip() for label in labels]
        assert len(texts) == len(one.choices)
        (right,) = [
            condition.findtext("q:conditionvar/q:varequal", namespaces=QTI)
            for condition in item.findall(".//q:respcondition", QTI)
            if condition.findtext("q:setvar", namespaces=QTI) == "100"
        ]
        assert [label.get("ident") for label in labels].index(right) == one.right


def test_the_moodle_file_has_one_answer_of_a_hundred_per_cent_a_question(parts: Any, questions: Any) -> None:
    root = ET.fromstring(parts.quiz.moodle(questions))
    items = [one for one in root.findall("question") if one.get("type") == "multichoice"]
    assert len(items) == QUESTIONS
    for item, one in zip(items, questions.questions, strict=True):
        fractions = [answer.get("fraction") for answer in item.findall("answer")]
        assert fractions.index("100") == one.right
        assert sorted(fractions) == ["0", "0", "0", "100"]
        assert all(item.findtext(f"{name}/text") for name in ("name", "questiontext", "generalfeedback"))


# ---- the archives


def test_the_run_of_show_counts_its_minutes_on_without_a_gap() -> None:
    text = (ROOT / "docs" / "course" / "run-of-show.md").read_text(encoding="utf-8")
    spans = [(int(start), int(end)) for start, end in re.findall(r"^\| (\d+)–(\d+) \|", text, re.MULTILINE)]
    assert sum(1 for start, _ in spans if start == 0) == 3
    for (_, end), (start, _) in pairwise(spans):
        assert start in (end, 0)


def test_an_archive_is_the_same_file_whenever_it_is_packed(parts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    for name in ("one.zip", "two.zip"):
        parts.kit.packed(tmp_path / name, {"inside/a.txt": tmp_path / "a.txt"})
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
