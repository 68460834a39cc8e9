"""The report: whole in one file, safe whatever a file holds, true to the results, and printable."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from markupsafe import escape
from typer.testing import CliRunner

from maxpressure.base.cautions import CONTAGION, FITTED, NOT_SEPARATED, UNKNOWN_FIT
from maxpressure.base.errors import InputError
from maxpressure.cli.main import app
from maxpressure.engine.chunks import Keep
from maxpressure.experiments.folder import results_folder
from maxpressure.model.case import Case
from maxpressure.report import first_page, html, pdf
from maxpressure.report.html import data_table, limits, report_page, save_report, unbroken
from maxpressure.report.pdf import NoPdfError, find_browser, write_pdf
from maxpressure.report.plots import with_case
from maxpressure.results.results import Results
from part_folders import Broken, laid_out, planned

HOSTILE = "<script>alert('$x$ & \\frac{')</script><img src=x onerror=y>"
VOID = {"img", "meta", "br", "col"}
NAMES = ("max-pressure-2017", "full-granaries", "hostile")
PAGE = "<!DOCTYPE html><html lang='en'><head><title>t</title></head><body><h1>One page</h1></body></html>"


class Page(HTMLParser):
    """A page taken apart: its elements, whether they were closed in order, its text, what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).replace("\N{NO-BREAK SPACE}", " ").split())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="module")
def results(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The record, a scenario that extends another, and one whose words would break a careless page."""
    words = {"title": HOSTILE, "question": f"Is {HOSTILE} safe?", "why": f"{HOSTILE}\n\nA second paragraph."}
    hostile = case.scenario("no-campaign").but(name="hostile", **words)
    plan = planned(case, [*NAMES[:2], hostile], worlds=4)
    return laid_out(plan, tmp_path_factory.mktemp("report") / "a")


@pytest.fixture(scope="module")
def alone(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """One scenario of which no weeks and no attributions were kept, so that few pictures are drawn."""
    plan = planned(case, NAMES[:1], worlds=2, keep=Keep(weeks=0, attributions=0))
    return laid_out(plan, tmp_path_factory.mktemp("alone") / "a")


@pytest.fixture(scope="module")
def content(results: Results, case: Case) -> dict[str, Any]:
    """What the template shows, drawn once."""
    return html._content(with_case(results, case), None, progress=False)


@pytest.fixture(scope="module")
def written(content: dict[str, Any]) -> str:
    return html._rendered(content, paper=False)


@pytest.fixture(scope="module")
def printed(content: dict[str, Any]) -> str:
    return html._rendered(content, paper=True)


@pytest.fixture(scope="module")
def page(written: str) -> Page:
    return Page(written)


def test_every_element_is_closed_where_it_should_be(page: Page) -> None:
    assert {"html", "head", "title", "body", "header", "nav", "main", "section"} <= {
        name for name, _ in page.elements
    }
    assert page.all("html") == [{"lang": "en"}]


def test_nothing_is_loaded_from_outside(written: str, page: Page) -> None:
    for _, attributes in page.elements:
        for key in ("src", "href", "data", "poster", "action", "srcset"):
            address = attributes.get(key) or "#"
            assert address.startswith(("data:", "#")), address[:80]
    assert page.all("link") == page.all("script") == page.all("iframe") == []
    style = written[written.index("<style>") : written.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    allowed = [one["content"] for one in page.all("meta") if one.get("http-equiv")]
    assert allowed == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_pictures_load_nothing_from_outside_either(page: Page) -> None:
    of_all, of_states, of_pairs, forest, first = 5, 4, 2, 1, 1
    assert len(page.all("img")) == of_all + 3 * of_states + 2 * of_pairs + forest + first
    for image in page.all("img"):
        source = image["src"] or ""
        svg = base64.b64decode(source.removeprefix("data:image/svg+xml;base64,")).decode()
        addresses = re.findall(r'(?:href|src)="([^"]*)"', svg)
        assert all(address.startswith(("#", "data:")) for address in addresses)
        assert "<script" not in svg
        assert len(image["alt"] or "") > 20


def test_words_from_files_are_text_and_never_elements(page: Page) -> None:
    assert HOSTILE in page.text
    assert f"Is {HOSTILE} safe?" in page.text
    assert "A second paragraph." in page.text
    assert not any("onerror" in attributes for _, attributes in page.elements)


def test_a_single_scenario_with_a_hostile_title_has_a_report(case: Case, tmp_path: Path) -> None:
    hostile = case.scenario("max-pressure-2017").but(name="alone", title=HOSTILE)
    alone = with_case(laid_out(planned(case, [hostile], worlds=2), tmp_path / "a"), case)
    page = Page(report_page(alone))
    assert page.all("script") == []
    assert HOSTILE in page.text


def test_the_contents_lead_to_sections_that_are_there_and_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    leads = [one["href"] for one in page.all("a") if (one["href"] or "").startswith("#")]
    assert len(leads) == 7
    assert {(lead or "")[1:] for lead in leads} <= set(ids)


def test_headings_go_down_one_level_at_a_time(page: Page) -> None:
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_edit_of_a_shipped_scenario_is_shown_against_its_parent(page: Page) -> None:
    assert "Edits against target-courts:" in page.text
    assert "Edits against the record:" in page.text
    assert "The record without any edit." in page.text
    assert "buffer = 1.0" in page.text


def test_the_report_has_its_limits_and_its_provenance(page: Page, results: Results) -> None:
    status = results.manifest.parameters.status
    for limit in limits(status, ["China", "Russia"], ships=True):
        assert limit in page.text
    assert CONTAGION in page.text
    assert NOT_SEPARATED not in page.text  # in a picture, where peers have a share
    assert "It is not a forecast." in page.text
    manifest = results.manifest
    for known in (str(manifest.seed), manifest.case, manifest.evidence[:16], manifest.code[:16]):
        assert known in page.text
    for library, version in manifest.versions.items():
        assert f"{library} {version}" in page.text


def test_the_words_of_the_report(page: Page, snapshot: object) -> None:
    text = page.text
    assert text[text.index("Contents") : text.rindex("Where it comes from")].split(". ") == snapshot


def test_the_comparison_is_that_of_the_results(page: Page, results: Results) -> None:
    table = results.compare().set_index(["scenario", "outcome"])
    mean = table.loc[("hostile", "acts"), "mean"]
    assert f"{mean:+.2f}"[:4] in page.text
    assert "Each scenario in a sentence" not in page.text
    assert page.text.count("95 % interval") > 4


def test_tables_can_be_saved_with_all_their_numbers(page: Page) -> None:
    saved = {one["download"]: one["href"] or "" for one in page.all("a") if one.get("download")}
    assert {"compare.csv", "fan.csv", "heat-max-pressure-2017.csv"} <= set(saved)
    content = base64.b64decode(saved["fan.csv"].removeprefix("data:text/csv;base64,")).decode()
    assert content.startswith("measure,scenario,date,p05,p25,median,p75,p95,worlds\n")
    assert content.count("\nacts,hostile,") == 105


def test_a_single_scenario_is_not_compared(case: Case, alone: Results) -> None:
    page = Page(report_page(with_case(alone, case)))
    assert "What each edit changes" not in page.text
    assert "Not drawn: concentration, since no weeks were kept of any world." in page.text
    assert "Not drawn: attributions-max-pressure-2017, since no attribution was kept of any act." in page.text


def test_worlds_that_all_failed_are_reported_as_such(case: Case, tmp_path: Path) -> None:
    plan = planned(case, NAMES[:1], worlds=2, engine="world", state_class=Broken)
    page = Page(report_page(with_case(laid_out(plan, tmp_path / "a"), case)))
    assert "No world came to its end." in page.text
    assert "2 of 2, 2 of them failed" in page.text


def test_an_unfinished_batch_is_marked(case: Case, tmp_path: Path) -> None:
    plan = planned(case, NAMES[:1], worlds=4, keep=Keep(weeks=0, attributions=0))
    half = laid_out(plan, tmp_path / "a", last=2)
    assert "Unfinished: 2 of 4 worlds are finished." in Page(report_page(with_case(half, case))).text


def test_on_paper_all_is_unfolded_and_every_table_stands_in_the_annex(printed: str, written: str) -> None:
    paper = Page(printed)
    assert all("open" in attributes for attributes in paper.all("details"))
    assert not any("download" in attributes for attributes in paper.all("a"))
    assert len(paper.all("table")) == len(Page(written).all("table"))
    main, _, annex = printed.partition('id="annex"')
    assert main.count("<table>") == 2  # the summary's and that of the sources
    assert annex.count("<table>") == len(paper.all("table")) - 2


# ---- the first page


def test_the_report_begins_with_the_last_scenario_beside_the_first(
    content: dict[str, Any], page: Page, results: Results
) -> None:
    summary = content["summary"]
    assert summary["headline"].startswith("hostile: ")
    row = results.compare("acts").set_index("scenario").loc["hostile"]
    cells = dict(zip(summary["changed"]["columns"], summary["changed"]["rows"][0], strict=True))
    acts = results.worlds.groupby("scenario", observed=True)["acts"].mean()
    assert float(cells["hostile"]) == pytest.approx(acts["hostile"], abs=0.051)
    assert float(cells[NAMES[0]]) == pytest.approx(acts[NAMES[0]], abs=0.051)
    assert float(cells["difference"]) == pytest.approx(row["mean"], abs=0.051)
    assert " to " in cells["95 % interval"]
    for limit in first_page.LIMITS:
        assert page.text.index(limit) < page.text.index("Contents")


def test_each_scenario_has_its_states_the_one_asked_for_first(content: dict[str, Any]) -> None:
    order = [(one["scenario"], one["folded"]) for one in content["of_states"]]
    assert order == [("hostile", False), (NAMES[0], False), (NAMES[1], True)]
    counts = [len(one["pictures"]) for one in content["of_states"]]
    assert counts == [6, 4, 6]


def test_another_scenario_can_be_asked_for(case: Case, tmp_path: Path) -> None:
    plan = planned(case, NAMES[:2], worlds=2, keep=Keep(weeks=0, attributions=0))
    source = with_case(laid_out(plan, tmp_path / "a"), case)
    first = Page(report_page(source, NAMES[0])).text
    assert first.startswith("Maximum pressure, as recorded")
    assert "beside “" not in first[: first.index("Contents")]
    with pytest.raises(InputError, match="Did you mean 'full-granaries'"):
        report_page(source, "full-granarys")


# ---- the pieces


def test_the_template_escapes_whatever_it_is_given(written: str) -> None:
    assert HOSTILE not in written
    assert written.count(str(escape(HOSTILE))) == 6  # title, twice above; question, also in the summary; why
    assert "| safe" not in Path(html.__file__).with_name("report.html.j2").read_text(encoding="utf-8")


def test_names_with_hyphens_stay_whole() -> None:
    assert unbroken("under no-campaign <5 %") == (
        'under <span class="whole">no-campaign</span> &lt;5\N{NO-BREAK SPACE}%'
    )


def test_columns_of_numbers_are_known_and_the_first_column_names_the_rows() -> None:
    table = data_table(pd.DataFrame({"name": ["1"], "n": ["−3"], "why": ["x"]}), "caption")
    assert table["numeric"] == [False, True, False]
    assert table["rows"] == [["1", "−3", "x"]]
    assert data_table(pd.DataFrame({"name": [], "n": []}))["numeric"] == [False, False]


def test_tables_have_heads_for_columns_and_rows(page: Page) -> None:
    assert {one.get("scope") for one in page.all("th")} == {"col", "row"}
    rows = len(page.all("tr")) - len(page.all("table"))
    assert sum(one.get("scope") == "row" for one in page.all("th")) == rows
    assert {one.get("class") for one in page.all("td")} == {"number", None}


# ---- paper


def test_weasyprint_makes_a_pdf_and_loads_nothing_from_outside(tmp_path: Path) -> None:
    if pdf._weasyprint() is None:
        pytest.skip("WeasyPrint is not installed, or lacks the libraries that it needs")
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"not read")
    page = PAGE.replace("</h1>", f"</h1><img src='{outside.as_uri()}'>")
    assert write_pdf(page, tmp_path / "a.pdf") == "WeasyPrint"
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_browser_makes_a_pdf_where_weasyprint_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = find_browser()
    if browser is None:
        pytest.skip("no browser of the Chromium family is installed")
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    assert write_pdf(PAGE, tmp_path / "a.pdf") == browser.name
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def filled(page: Any) -> float:
    """The share of a page's height down to the last thing on it, as WeasyPrint laid it out."""
    box = page._page_box
    top, high = box.content_box_y(), box.height
    ends = [0.0]

    def descend(one: Any) -> None:
        if type(one).__name__ in ("TextBox", "InlineReplacedBox", "BlockReplacedBox"):
            ends.append(one.position_y + one.height - top)
        for child in getattr(one, "children", ()):
            if type(child).__name__ != "MarginBox":
                descend(child)

    descend(box)
    return max(ends) / high


def test_no_page_of_the_pdf_is_nearly_empty_and_the_summary_is_the_first(printed: str) -> None:
    if pdf._weasyprint() is None:
        pytest.skip("WeasyPrint is not installed, or lacks the libraries that it needs")
    import weasyprint

    document = weasyprint.HTML(string=printed).render()
    shares = [filled(page) for page in document.pages]
    assert min(shares[:-1]) > 0.6, shares
    anchors = [set(page.anchors) for page in document.pages]
    assert "summary" in anchors[0]
    assert {"contents", "scenarios"} <= anchors[1]
    assert shares[0] > 0.6


def a_browser(folder: Path, *does: str) -> Path:
    """A program that passes for a browser and does these things."""
    path = folder / "browser.py"
    path.write_text("\n".join([f"#!{sys.executable}", "import sys, time", *does]), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize(
    ("does", "said"),
    [
        (["print('no screen', file=sys.stderr)", "sys.exit(3)"], "no screen"),
        (["sys.exit(0)"], "no word of why"),
        (["time.sleep(60)"], "took more than"),
    ],
)
def test_a_browser_that_fails_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: Sequence[str], said: str
) -> None:
    browser = a_browser(tmp_path, *does)
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    monkeypatch.setattr(pdf, "find_browser", lambda: browser)
    monkeypatch.setattr(pdf, "SECONDS", 5)
    with pytest.raises(NoPdfError, match=said):
        write_pdf(PAGE, tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_browsers_are_found_on_the_path_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    on_path = find_browser()
    assert on_path is None or not on_path.is_relative_to(tmp_path)
    found = tmp_path / ("msedge.exe" if sys.platform == "win32" else "microsoft-edge")
    found.write_text("")
    found.chmod(0o755)
    assert find_browser() == found


# ---- files


def test_the_report_is_written_whole_and_the_folder_stays_a_result(case: Case, tmp_path: Path) -> None:
    from maxpressure.api import run

    done = run(NAMES[0], worlds=2, out=tmp_path / "a", case=case, progress=False)
    path, made_by = save_report(done, case=case, progress=False)
    assert (path, made_by) == (tmp_path / "a" / "report.html", "")
    assert results_folder(tmp_path / "a").holds_result()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]
    with pytest.raises(InputError, match="an existing folder"):
        save_report(done, case=case, out=tmp_path / "nowhere" / "a.html", progress=False)


def test_without_anything_that_makes_a_pdf_the_html_is_kept_and_the_way_is_shown(
    alone: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    monkeypatch.setattr(pdf, "find_browser", lambda: None)
    path = tmp_path / "a.html"
    done = CliRunner().invoke(app, ["report", str(alone.folder), "--pdf", "--out", str(path)])
    assert done.exit_code == 1
    assert "pip install 'maxpressure[report]'" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_the_command_prints_the_path_of_the_report(alone: Results, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    done = CliRunner().invoke(app, ["report", str(alone.folder), "--out", str(path)])
    assert done.exit_code == 0
    assert str(path) in done.output
    wrong = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert wrong.exit_code == 2


def asked_for(browser: Path, page: str, folder: Path) -> tuple[str, list[str]]:
    """What a browser makes of a page, and the addresses elsewhere that the page, not the browser, asks for."""
    folder.mkdir()
    path, log = folder / "page.html", folder / "net.json"
    path.write_text(page, encoding="utf-8")
    flags = [*pdf.FLAGS, "--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
    flags += [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", "--virtual-time-budget=2000"]
    command = [str(browser), *flags, "--dump-dom", path.as_uri()]
    shown = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    pattern = r'site=file://[^}]*}","url":"(https?://[^"]*)"'
    return shown, re.findall(pattern, log.read_text(encoding="utf-8"))


def test_a_browser_shows_the_report_without_asking_for_anything_elsewhere(
    written: str, tmp_path: Path
) -> None:
    browser = find_browser()
    if browser is None:
        pytest.skip("no browser of the Chromium family is installed")
    careless = PAGE.replace("</h1>", "</h1><img src='http://example.invalid/x.png'>")
    assert asked_for(browser, careless, tmp_path / "careless")[1] == ["http://example.invalid/x.png"]
    shown, asked = asked_for(browser, written, tmp_path / "report")
    assert shown.count("<img") == len(Page(written).all("img"))
    assert asked == []


@pytest.mark.parametrize("name", ["class.pdf", "class", "class.html.pdf"])
def test_a_page_is_written_only_under_a_name_for_pages(results: Results, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"ends in \.html"):
        save_report(results, out=tmp_path / name, pdf=True, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_only_fitted_parameters_are_called_fitted() -> None:
    for status in ("posterior", "map", "prior", "borrowed", "unmarked", "mine"):
        text = " ".join(limits(status, ["China"], ships=True))
        assert (FITTED in text) == (status in ("posterior", "map"))
    assert UNKNOWN_FIT in " ".join(limits("mine", ["China"], ships=True))
