"""Every control of the three views by its role and exact name, as a mouse, a keyboard and a screen reader find it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from maxpressure.app.levers import LEVERS, SHOWN_AT_FIRST, UNMOVED, setting_of_link
from maxpressure.app.many_worlds import bands, record_of, simulate
from maxpressure.app.outputs import in_words
from maxpressure.evidence.posterior import choose
from maxpressure.model.case import Case
from served import Served, visits

Opens = Callable[..., Any]


def wanted(case: Case, *links: str) -> str:
    """What the picture of settings must say in words."""
    draws = choose("posterior").draws
    settings = [setting_of_link(case, link) if link else UNMOVED for link in links]
    lots = {name: simulate(case, draws, setting) for name, setting in zip("AB", settings, strict=False)}
    return in_words(bands(lots), record_of(case, lots))


def picture(page: Any, words: str) -> Any:
    """The picture that says just this."""
    found = page.get_by_role("img", name=words, exact=True)
    found.wait_for()
    return found


def slide(page: Any, name: str, value: str) -> None:
    """Move a slider."""
    page.get_by_role("slider", name=name, exact=True).fill(value)


def hides(page: Any) -> None:
    """Wait until a guess is open, and see that nothing on the page shows the results of the setting."""
    page.get_by_role("img", name="The worlds are hidden until a guess is locked.", exact=True).wait_for()
    for name in ("Download tables", "Download picture", "Copy scenario file (A)"):
        assert page.get_by_role("button", name=name, exact=True).count() == 0
    assert "in the median world" not in page.content()


def write(page: Any, name: str, words: str) -> None:
    """Write into a field and leave it."""
    field = page.get_by_role("textbox", name=name, exact=True)
    field.fill(words)
    field.press("Enter")


@pytest.fixture(scope="module", autouse=True)
def asked(browser: Any, served: Served) -> Iterator[Any]:
    """A page that has asked for twins. A process of their own simulates them while the other tests run."""
    with visits(browser, served) as opens:
        page = opens("?view=twin")
        page.get_by_label("State", exact=True).select_option(label="Mexico")
        page.get_by_label("Input to take away", exact=True).select_option("Sixth nuclear test")
        page.get_by_label("Twins", exact=True).select_option("40")
        page.get_by_role("button", name="Simulate twins", exact=True).click()
        page.get_by_role("progressbar", name="Twins simulated", exact=True).wait_for()
        yield page


# ---- many worlds


def test_the_page_opens_with_the_record_and_every_lever(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    assert page.title() == "maxpressure"
    assert page.locator("html").get_attribute("lang") == "en"
    for key in SHOWN_AT_FIRST:
        lever = LEVERS[key]
        role = "combobox" if lever.choices else "slider"
        field = page.get_by_role(role, name=f"{lever.label} (A)", exact=True)
        assert field.get_attribute("aria-describedby")
    body = page.inner_text("body")
    assert "The data do not separate contagion from common shocks" in body
    assert "upper bound" in body
    assert "not a forecast" in body


def test_a_moved_lever_brings_its_own_worlds(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    slide(page, "Campaign (A)", "0")
    picture(page, wanted(case, "campaign=0"))
    write(page, "Requests (A), exact value", "0.5")
    picture(page, wanted(case, "campaign=0&requests=0.5"))
    page.get_by_label("September test (A)", exact=True).select_option("no test")
    picture(page, wanted(case, "campaign=0&requests=0.5&test=no+test"))
    write(page, "Requests to (A)", "mex per")
    picture(page, wanted(case, "campaign=0&requests=0.5&test=no+test&asked=MEX+PER"))
    page.get_by_role("button", name="Put all levers back (A)", exact=True).click()
    picture(page, wanted(case, ""))
    assert re.search(
        r"300 worlds simulated and drawn in \d+\.\d\d s, after \d+\.\d\d s of waiting",
        page.inner_text("body"),
    )


def test_a_slider_moves_by_the_keyboard(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    slider = page.get_by_role("slider", name="Mandates (A)", exact=True)
    slider.focus()
    slider.press("Home")
    picture(page, wanted(case, "mandates=0"))
    slider.press("End")  # it still has the focus
    picture(page, wanted(case, "mandates=2"))
    assert slider.evaluate("one => one === document.activeElement")


def test_two_settings_are_compared_in_words(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    page.get_by_role("button", name="Compare with a second setting", exact=True).click()
    page.get_by_role("combobox", name="Scenario (B)", exact=True).select_option("no-campaign")
    picture(page, wanted(case, "", "scenario=no-campaign"))
    said = page.inner_text("body")
    assert re.search(r"B: [\d.]+ fewer acts of breaking off than under A \(± [\d.]+, 95 % interval", said)
    assert "fewer in" in said
    assert "300 worlds" in said
    page.get_by_role("button", name="Put all levers back (B)", exact=True).wait_for()
    page.get_by_role("button", name="Remove the second setting", exact=True).click()
    picture(page, wanted(case, ""))


def test_an_impossible_value_is_explained_and_changes_nothing(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    for written in ("400", "nan", "__import__('os').getcwd()", "{{constructor.constructor('x=1')()}}"):
        write(page, "Campaign (A), exact value", written)
        alert = page.get_by_role("alert").filter(has_text=written)
        alert.wait_for()
        assert "a number from 0 to 3 times the record" in alert.inner_text()
    picture(page, wanted(case, ""))
    write(page, "Requests to (A)", "USA")
    page.get_by_role("alert").filter(has_text="USA").wait_for()
    page.get_by_role("button", name="Put all levers back (A)", exact=True).click()
    page.get_by_role("alert").first.wait_for(state="detached")
    slide(page, "Campaign (A)", "0")
    picture(page, wanted(case, "campaign=0"))


def test_an_eighth_lever_waits_until_one_is_put_away(visitor: Opens, case: Case) -> None:
    page = visitor()
    picture(page, wanted(case, ""))
    page.get_by_text("Levers on show", exact=True).click()
    page.get_by_role("checkbox", name="Show Thaw", exact=True).click()
    page.get_by_role("alert").filter(has_text="at most 7 at once").wait_for()
    page.get_by_role("checkbox", name="Show Russia’s backfill", exact=True).click()
    page.get_by_role("slider", name="Russia’s backfill (A)", exact=True).wait_for(state="detached")
    page.get_by_role("checkbox", name="Show Thaw", exact=True).click()
    slide(page, "Thaw (A)", "20")
    picture(page, wanted(case, "thaw=20"))


def test_a_link_carries_the_setting_to_another_visitor(visitor: Opens, case: Case) -> None:
    page = visitor("?scenario=no-un-mandates&campaign=0.5&b-scenario=max-pressure-2017&b-contagion=on")
    words = wanted(case, "scenario=no-un-mandates&campaign=0.5", "contagion=on")
    picture(page, words)
    link = page.get_by_role("textbox", name="Link to this setting", exact=True).input_value()
    other = visitor(link.partition("/?")[2].join(["?", ""]))
    picture(other, words)
    page.get_by_role("button", name="Copy link", exact=True).click()
    page.get_by_text("Copied the link.", exact=True).wait_for()


def test_tables_picture_and_scenario_file_can_be_taken_away(
    visitor: Opens, case: Case, tmp_path: Any
) -> None:
    page = visitor("?scenario=no-campaign&china=0.9")
    words = wanted(case, "scenario=no-campaign&china=0.9")
    picture(page, words)
    with page.expect_download() as tables:
        page.get_by_role("button", name="Download tables", exact=True).click()
    with zipfile.ZipFile(io.BytesIO(open(tables.value.path(), "rb").read())) as folder:  # noqa: PTH123
        worlds = pd.read_csv(folder.open("A-worlds.csv"))
        (tmp_path / "A.toml").write_bytes(folder.read("A.toml"))
    assert len(worlds) == 300
    assert f"{worlds['acts'].quantile(0.5, interpolation='lower'):.0f} acts in the median world" in words
    with page.expect_download() as drawn:
        page.get_by_role("button", name="Download picture", exact=True).click()
    with open(drawn.value.path(), "rb") as png:  # noqa: PTH123
        assert png.read(8) == b"\x89PNG\r\n\x1a\n"
    page.get_by_text("Scenario file (A)", exact=True).click()
    text = page.get_by_role("textbox", name="Text of the scenario file (A)", exact=True).input_value()
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    mine = case.scenario(tmp_path / "mine.toml")
    assert mine.edits() == case.scenario(tmp_path / "A.toml").edits()
    assert (mine.campaign.scale, mine.china.enforcement) == (0.0, 0.9)
    page.get_by_role("button", name="Copy scenario file (A)", exact=True).click()
    page.get_by_text("Copied the scenario file.", exact=True).wait_for()


def test_a_guess_is_locked_before_the_worlds_are_shown_and_then_scored(visitor: Opens, case: Case) -> None:
    page = visitor("?guess=1")
    hides(page)
    days = ("1 January 2017", "2 July 2017", "31 December 2017")
    page.get_by_role("button", name="Lock my guess", exact=True).click()
    page.get_by_role("alert").filter(has_text="a whole number of acts from 0 to 500").wait_for()
    for day, numbers in zip(days, ((5, 10, 20), (15, 20, 30), (30, 50, 60)), strict=True):
        for mark, number in zip(("low", "middle", "high"), numbers, strict=True):
            page.get_by_role("textbox", name=f"Guess, {mark}, by {day}", exact=True).fill(str(number))
    page.get_by_role("button", name="Lock my guess", exact=True).click()
    picture(page, wanted(case, ""))
    score = page.get_by_role("status").filter(has_text="Your guess scores").inner_text()
    assert re.search(r"Your guess scores [\d.]+ acts against the record \(CRPS", score)
    assert page.get_by_role("button", name="Lock my guess", exact=True).is_disabled()
    slide(page, "Campaign (A)", "0")  # another setting wants another guess
    hides(page)
    assert page.get_by_role("button", name="Lock my guess", exact=True).is_enabled()
    assert "locked after" not in score
    page.get_by_role("checkbox", name="Guess first", exact=True).uncheck()
    picture(page, wanted(case, "campaign=0"))
    page.get_by_role("button", name="Download tables", exact=True).wait_for()
    page.get_by_role("checkbox", name="Guess first", exact=True).check()
    hides(page)
    page.get_by_role("button", name="Lock my guess", exact=True).click()
    picture(page, wanted(case, "campaign=0"))
    score = page.get_by_role("status").filter(has_text="Your guess scores").inner_text()
    assert score.endswith("It was locked after the worlds were seen.")


@pytest.mark.parametrize(
    "link",
    [
        "?scenario=../../etc/passwd",
        "?campaign=1e999",
        "?campaign=nan",
        "?asked=<img src=x onerror=alert(1)>",
        "?view=admin",
        "?__proto__=1",
        "?campaign=0&campaign=1",
    ],
)
def test_a_hostile_link_shows_its_error_and_runs_nothing(visitor: Opens, link: str) -> None:
    page = visitor(link)
    page.on("dialog", lambda _: pytest.fail("a link ran a script"))
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "This link cannot be used, and nothing was run." in alert.inner_text()
    assert page.get_by_role("img").count() == 0
    assert page.get_by_role("slider").count() == 0


# ---- one world


def test_one_world_is_stepped_played_paused_and_reset(visitor: Opens) -> None:
    page = visitor("?view=one")
    page.get_by_text("nothing has happened yet", exact=False).wait_for()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()
    page.get_by_text("6 Jan: Fourth nuclear test (nuclear test)", exact=True).wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_text(
        re.compile(r"So far: (?!10 January 2016|17 January 2016)")
    ).wait_for()  # two weeks on, or more
    assert page.get_by_role("button", name="Step", exact=True).is_disabled()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.wait_for_timeout(800)
    stands = page.get_by_role("status").first.inner_text()
    page.wait_for_timeout(1500)
    assert page.get_by_role("status").first.inner_text() == stands
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_text("nothing has happened yet", exact=False).wait_for()


def test_a_state_is_chosen_by_mouse_and_by_keyboard(visitor: Opens) -> None:
    page = visitor("?view=one")
    page.get_by_role("button", name="Step", exact=True).click()
    mexico = page.get_by_role("button", name=re.compile(r"^Mexico: "))
    mexico.click()
    page.get_by_role("heading", name="Mexico", exact=True).wait_for()
    page.get_by_text("at which it acts next", exact=False).wait_for()
    assert mexico.get_attribute("aria-pressed") == "true"
    mexico.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="United States", exact=False).wait_for()
    page.get_by_label("Map shows", exact=True).select_option("diplomatic")
    page.get_by_role("button", name=re.compile(r"^Mexico: full.*\(diplomatic full\)")).wait_for()
    assert page.get_by_role("img", name=re.compile("^Acts of breaking off by ")).count() == 1


def test_after_an_error_one_world_goes_on_and_resets(visitor: Opens) -> None:
    page = visitor("?view=one")
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()
    write(page, "World number", "a million")
    page.get_by_role("alert").filter(has_text="a whole number from 0 to 9999").wait_for()
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 17 January 2016", exact=False).wait_for()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_role("alert").first.wait_for(state="detached")
    page.get_by_text("nothing has happened yet", exact=False).wait_for()
    write(page, "World number", "7")
    page.get_by_label("Scenario", exact=True).select_option("no-september-test")
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()
    assert page.get_by_role("textbox", name="World number", exact=True).input_value() == "7"


def test_a_world_goes_on_where_it_was_left_when_another_view_was_looked_at(visitor: Opens) -> None:
    page = visitor("?view=one")
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()
    tab = page.get_by_role("tab", name="One world", exact=True)
    tab.press("ArrowRight")
    page.get_by_role("button", name="Simulate twins", exact=True).wait_for()
    page.get_by_role("tab", name="Many worlds", exact=True).click()
    page.get_by_role("slider", name="Campaign (A)", exact=True).wait_for()
    tab.click()
    page.get_by_text("So far: 10 January 2016", exact=False).wait_for()


# ---- what if


def test_twins_show_an_act_without_its_input(asked: Any) -> None:
    asked.get_by_role("heading", name="All acts together", exact=True).wait_for(timeout=240_000)
    said = asked.inner_text("body")
    assert "Mexico, week of 2017-09-04 (diplomatic)" in said
    assert "threshold: a resistance for each act" in said
    assert "upper bound" in said
    assert asked.get_by_role("img", name=re.compile("^Mexico, week of 2017-09-04")).count() == 1


def test_twins_can_be_called_off_and_asked_again(visitor: Opens) -> None:
    page = visitor("?view=twin")
    page.get_by_label("Twins", exact=True).select_option("200")
    page.get_by_role("button", name="Simulate twins", exact=True).click()
    page.get_by_role("button", name="Call off", exact=True).click()
    page.get_by_text("Called off.", exact=True).wait_for()
    assert page.get_by_role("button", name="Simulate twins", exact=True).is_enabled()
