"""Many worlds in the browser: every control by mouse and keyboard, and every figure against the numbers themselves."""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accessible import violations
from maxpressure.app import numbers
from maxpressure.app.figures.levers import LEVERS, SHOWN_AT_FIRST, setting_of_link

Opens = Callable[..., Any]
TWO = "?campaign=1.4&b-scenario=max-pressure-2017&b-test=no+test"


@pytest.fixture(scope="module")
def basis() -> numbers.Basis:
    """What the numbers are computed from without a page."""
    return numbers.load_basis()


def rest(page: Any, worlds: str = "300 worlds") -> None:
    """Wait until all worlds are on show."""
    page.locator("#status", has_text=worlds).wait_for()
    page.locator("#view:not(.preview)").wait_for()


def two(page: Any) -> None:
    """Wait until both settings and their difference are on show."""
    rest(page, "300 worlds each")
    page.locator(".difference:not(.old) .strip-words strong").wait_for()


def query(page: Any) -> str:
    return str(page.evaluate("decodeURIComponent(location.search).replaceAll('+', ' ')"))


def track(page: Any, name: str) -> Any:
    return page.get_by_role("slider", name=name, exact=True)


def field(page: Any, name: str) -> Any:
    return page.get_by_role("textbox", name=f"{name}, exact value", exact=True)


def at(box: dict[str, float], share: float) -> tuple[float, float]:
    """A point of a track, so far from its left end, the thumb's width left out."""
    thumb = 16.8
    return box["x"] + thumb / 2 + share * (box["width"] - thumb), box["y"] + box["height"] / 2


def address(page: Any, part: str) -> None:
    """Wait until the address holds these words."""
    page.wait_for_url(lambda url: part in re.sub(r"\+|%20", " ", url))


def test_the_figures_are_those_of_the_numbers(visitor: Opens, basis: numbers.Basis) -> None:
    lots = [
        numbers.simulate(basis, setting_of_link(basis.case, link))
        for link in ("campaign=1.4", "scenario=max-pressure-2017&test=no+test")
    ]
    first, second = (numbers.worlds(lot) for lot in lots)
    pair = numbers.pair(*lots)
    page = visitor(TWO)
    two(page)
    assert page.locator("#finding").inner_text() == f"{pair['finding']}."
    read = page.locator("#readout").inner_text()
    for name, found in (("A", first), ("B", second)):
        low, _, middle, _, high = (level[-1] for level in found["outcomes"]["acts"]["levels"])
        assert f"{name} {middle:.0f} (nine in ten worlds {low:.0f} to {high:.0f})" in read
    assert f"observed {first['outcomes']['acts']['observed'][-1]}" in read
    acts = pair["outcomes"]["acts"]
    words = page.locator(".strip-words").inner_text().replace("−", "-")
    mean, low, high = (f"{acts[key]:+.1f}" for key in ("mean", "ci_low", "ci_high"))
    assert f"B minus A: {mean} acts on average (95 % interval {low} to {high})" in words
    assert f"{acts['p05']:+.0f} to {acts['p95']:+.0f}" in words
    assert page.locator(".strip circle").count() == len(acts["values"]) + 1  # and the mean
    page.get_by_text("All differences in words").click()
    assert page.locator(".sentences p").all_inner_texts() == pair["sentences"]
    page.get_by_text("Scenario file (A)", exact=True).click()
    file = page.get_by_role("textbox", name="Text of the scenario file (A)").input_value()
    assert file == first["file"]
    assert tomllib.loads(file)["campaign"]["scale"] == 1.4


@pytest.mark.parametrize("outcome", ["states_acted", "embassies", "trade_left", "hhi", "first_patron_share"])
def test_every_outcome_can_be_shown(visitor: Opens, basis: numbers.Basis, outcome: str) -> None:
    found = numbers.worlds(numbers.simulate(basis, setting_of_link(basis.case, "")))["outcomes"][outcome]
    (one,) = (row for row in numbers.book(basis)["outcomes"] if row["key"] == outcome)
    page = visitor()
    rest(page)
    page.get_by_role("radio", name=one["label"], exact=True).check(force=True)
    address(page, f"outcome={outcome}")
    middle = found["levels"][2][-1]
    assert f"median {middle:.{one['decimals']}f}" in page.locator("#readout").inner_text()
    assert page.locator("#finding").inner_text().startswith(one["label"])
    page.go_back()
    assert page.get_by_role("radio", name="Acts of breaking off", exact=True).is_checked()


def test_a_drag_shows_previews_and_its_end_all_worlds_and_back_undoes_it_in_one_step(visitor: Opens) -> None:
    page = visitor()
    rest(page)
    before = page.locator("#finding").inner_text()
    box = track(page, "Campaign (A)").bounding_box()
    page.mouse.move(*at(box, 1 / 3))
    page.mouse.down()
    for share in (0.4, 0.5, 0.6):
        page.mouse.move(*at(box, share))
        page.locator("#view.preview").wait_for()
        assert page.locator("#status").inner_text() == "preview, 60 worlds"
        assert "campaign" not in query(page)
    page.mouse.up()
    address(page, "campaign=1.8")
    rest(page)
    assert field(page, "Campaign (A)").input_value() == "1.8"
    assert page.locator("#finding").inner_text() != before
    page.go_back()
    rest(page)
    assert query(page) == ""
    assert page.locator("#finding").inner_text() == before
    assert field(page, "Campaign (A)").input_value() == ""


def test_a_drag_that_ends_beside_its_track_or_where_it_began_ends_all_the_same(visitor: Opens) -> None:
    page = visitor("?campaign=0.3")
    rest(page)
    box = track(page, "Campaign (A)").bounding_box()
    page.mouse.move(*at(box, 0.1))
    page.mouse.down()
    page.mouse.move(*at(box, 0.7))
    page.locator("#view.preview").wait_for()
    x, y = at(box, 0.8)
    page.mouse.move(x, y + 200)
    page.mouse.up()
    address(page, "campaign=2.4")
    rest(page)
    page.mouse.move(*at(box, 0.8))
    page.mouse.down()
    page.mouse.move(*at(box, 0.9))  # all worlds of a setting seen before are no preview
    page.locator("#view.preview").wait_for()
    page.mouse.move(*at(box, 0.8))
    page.mouse.up()
    rest(page)
    assert query(page) == "?campaign=2.4"


def test_a_finger_drags_as_a_mouse_does(visitor: Opens) -> None:
    page = visitor("?campaign=0.3", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    rest(page)
    box = track(page, "Campaign (A)").bounding_box()
    wire = page.context.new_cdp_session(page)

    def touch(kind: str, *shares: float) -> None:
        points = [dict(zip("xy", at(box, share), strict=True)) for share in shares]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.1)
    for share in (0.2, 0.45, 0.4667):
        touch("touchMove", share)
    page.locator("#view.preview").wait_for()
    touch("touchEnd")
    address(page, "campaign=1.4")
    rest(page)


def test_levers_and_picture_are_on_the_screen_together(visitor: Opens) -> None:
    for width, height in ((1366, 768), (1920, 1080), (390, 844), (683, 384)):
        page = visitor(TWO, viewport={"width": width, "height": height})
        two(page)
        for lever in SHOWN_AT_FIRST:
            control = page.locator(f"#lever-B-{lever}")
            control.scroll_into_view_if_needed()
            boxes = [one.bounding_box() for one in (control, page.locator("#curves svg").first)]
            assert all(box["y"] >= 0 and box["y"] + box["height"] <= height + 1 for box in boxes), (
                width,
                lever,
            )
            control.focus()
            assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_the_records_value_is_marked_and_a_click_there_takes_it(visitor: Opens) -> None:
    page = visitor("?campaign=0.4")
    rest(page)
    tick, box = page.locator(".tick").first.bounding_box(), track(page, "Campaign (A)").bounding_box()
    assert tick["x"] + tick["width"] / 2 == pytest.approx(at(box, 1 / 3)[0], abs=1)
    page.mouse.click(tick["x"] + 1, box["y"] + box["height"] / 2)
    page.wait_for_url(lambda url: "campaign" not in url)
    assert page.evaluate("document.querySelector('#lever-A-campaign').classList.contains('unmoved')")
    box = track(page, "China’s enforcement (A)").bounding_box()
    page.mouse.click(*at(box, 0.5))  # the track rests there, but the record is a path
    address(page, "china=0.5")


def test_a_refusal_stands_at_its_field_and_changes_nothing_else(visitor: Opens) -> None:
    page = visitor("?campaign=1.4")
    rest(page)
    entry = field(page, "Requests (A)")
    entry.fill("9")
    entry.press("Enter")
    fault = page.locator("#fault-A-requests")
    fault.wait_for()
    assert fault.inner_text() == (
        "Requests is '9'. Allowed is a number from 0 to 3 times the record. Did you mean 3?"
    )
    assert entry.input_value() == "9"
    assert entry.get_attribute("aria-invalid") == "true"
    assert query(page) == "?campaign=1.4"
    entry.fill("2,5")
    entry.press("Enter")
    address(page, "requests=2.5")
    fault.wait_for(state="hidden")
    rest(page)


def test_the_keyboard_moves_tracks_fields_picture_and_tabs(visitor: Opens) -> None:
    page = visitor()
    rest(page)
    track(page, "Mandates (A)").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    address(page, "mandates=1.3")
    rest(page)
    page.go_back()  # a run of steps is one step of Back
    page.wait_for_url(lambda url: "mandates" not in url)
    chart = page.get_by_role("slider", name="Week read in the picture", exact=True)
    chart.focus()
    last = int(chart.get_attribute("aria-valuemax"))
    page.keyboard.press("ArrowLeft")
    address(page, f"week={last - 1}")
    assert chart.get_attribute("aria-valuetext") == page.locator("#readout").inner_text()
    page.keyboard.press("Home")
    assert "median 0" in page.locator("#readout").inner_text()
    page.get_by_role("tab", name="Many worlds").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", selected=True).inner_text() == "One world"
    assert page.evaluate("document.activeElement.id") == "tab-one"
    page.keyboard.press("ArrowLeft")
    rest(page)


def test_switches_scenarios_and_buttons(visitor: Opens) -> None:
    page = visitor()
    rest(page)
    page.get_by_label("September test (A)", exact=True).select_option("no test")
    address(page, "test=no test")
    page.get_by_role("button", name="Put September test (A) back").click()
    page.wait_for_url(lambda url: "test=" not in url)
    page.get_by_label("Contagion (A)", exact=True).select_option("on")
    address(page, "contagion=on")
    page.get_by_role("button", name="Compare with a second setting").click()
    address(page, "b-contagion=on")
    two(page)
    page.get_by_label("Scenario (B)", exact=True).select_option("no-september-test")
    address(page, "b-scenario=no-september-test")
    page.get_by_role("button", name="Put all back (A)").click()
    page.wait_for_url(lambda url: "&contagion" not in url and "?contagion" not in url)
    two(page)
    page.get_by_role("button", name="Remove the second setting").click()
    page.wait_for_url(lambda url: "b-" not in url)
    rest(page)
    page.go_back()
    two(page)
    assert page.evaluate("document.activeElement.id") == "compare"


def test_a_setting_survives_tab_and_reload(visitor: Opens) -> None:
    page = visitor(TWO)
    two(page)
    words = page.locator("#finding").inner_text()
    page.get_by_role("tab", name="What if").click()
    page.get_by_role("tab", name="Many worlds").click()
    two(page)
    page.reload()
    two(page)
    assert page.locator("#finding").inner_text() == words
    assert field(page, "Campaign (A)").input_value() == "1.4"


def test_an_eighth_lever_is_refused_and_one_put_away_goes_back(visitor: Opens) -> None:
    page = visitor("?campaign=2")
    rest(page)
    page.get_by_text("Levers on show").click()
    thaw = page.get_by_role("checkbox", name="Thaw")
    thaw.click()
    page.get_by_text("At most 7 levers are on show at once").wait_for()
    assert not thaw.is_checked()
    page.get_by_role("checkbox", name="Campaign").uncheck()
    page.wait_for_url(lambda url: "campaign=" not in url)
    thaw.check()
    track(page, "Thaw (A)").wait_for()
    assert track(page, "Campaign (A)").count() == 0
    page.reload()
    track(page, "Thaw (A)").wait_for()


def test_requests_are_named_ticked_and_added(visitor: Opens, basis: numbers.Basis) -> None:
    requests = numbers.book(basis)["requests"]
    named = {one["iso3"] for one in requests["states"]}
    recorded = [one for one in requests["recorded"] if one["iso3"] in named]
    page = visitor()
    rest(page)
    page.get_by_text("Who is asked: all").click()
    page.get_by_role("checkbox", name=f"{recorded[0]['name']} is asked (A)", exact=True).uncheck()
    address(page, "asked=")
    page.get_by_text(f"{len(recorded) - 1} of {len(recorded)} asked on record").first.wait_for()
    page.get_by_role("button", name="Ask nobody (A)").click()
    address(page, "asked=nobody")
    page.get_by_label("State of a new request").select_option("MEX")
    page.get_by_label("Day of a new request").fill("2017-09-07")
    page.get_by_role("button", name="Ask (A)", exact=True).click()
    page.wait_for_url(lambda url: "ask=MEX" in url)
    rest(page)
    page.get_by_role("button", name="Take back the new request to Mexico (A)").click()
    page.wait_for_url(lambda url: "ask=MEX" not in url)
    page.get_by_role("button", name="Ask all (A)").click()
    page.wait_for_url(lambda url: "asked" not in url)


def test_the_map_is_scrubbed_with_the_curve_and_a_state_says_why(
    visitor: Opens, basis: numbers.Basis
) -> None:
    found = numbers.worlds(numbers.simulate(basis, setting_of_link(basis.case, "")))
    page = visitor("?week=60")
    rest(page)
    count = sum(worlds for week, worlds in found["acted"]["THA"] if week < 60)
    page.locator(
        f"[aria-label='THA, Thailand: has acted in {round(100 * count / 300)} % of the worlds']"
    ).wait_for()
    page.get_by_role("slider", name="Week of the map").fill("90")
    address(page, "week=90")
    count = sum(worlds for week, worlds in found["acted"]["THA"] if week < 90)
    tile = page.locator(
        f"[aria-label='THA, Thailand: has acted in {round(100 * count / 300)} % of the worlds']"
    )
    tile.click()
    address(page, "state=THA")
    page.get_by_role("heading", name="Thailand (THA)").wait_for()
    assert page.get_by_text("The data do not separate contagion from common shocks").count() > 0


def test_what_is_shown_can_be_taken_away(visitor: Opens, tmp_path: Path) -> None:
    page = visitor("?campaign=0.5")
    rest(page)
    link = page.get_by_label("Link to this setting").input_value()
    assert link == page.url
    for name, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as kept:
            page.get_by_role("button", name=f"Download picture ({name})").click()
        path = tmp_path / kept.value.suggested_filename
        kept.value.save_as(path)
        assert path.read_bytes().startswith(start)
        assert name != "SVG" or b"var(--" not in path.read_bytes()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download tables (ZIP)").click()
    kept.value.save_as(tmp_path / "tables.zip")
    with zipfile.ZipFile(tmp_path / "tables.zip") as tables:
        assert {"A-worlds.csv", "A-acts.csv", "A.toml", "bands.csv"} <= set(tables.namelist())
        assert tomllib.loads(tables.read("A.toml").decode())["campaign"]["scale"] == 0.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_axe_finds_nothing(visitor: Opens, scheme: str, width: int) -> None:
    page = visitor(f"{TWO}&state=MEX", color_scheme=scheme, viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    two(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert violations(page) == []
    assert [words for words in said if "Content Security Policy" in words] == []


def test_every_lever_has_a_name_a_hint_and_a_state_in_words(visitor: Opens) -> None:
    page = visitor()
    rest(page)
    for key in SHOWN_AT_FIRST:
        control = page.locator(f"#lever-A-{key}")
        assert control.get_attribute("aria-label") == f"{LEVERS[key].label} (A)"
        assert page.locator(f"#hint-{key}").inner_text() == LEVERS[key].hint
        if not LEVERS[key].choices:
            assert "as the scenario has it" in control.get_attribute("aria-valuetext")


def test_a_lost_server_is_said_and_asked_again_until_it_answers(visitor: Opens, basis: numbers.Basis) -> None:
    page = visitor()
    rest(page)
    page.context.set_offline(True)
    track(page, "Campaign (A)").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("The server does not answer.").wait_for()
    address(page, "campaign=1.1")
    page.context.set_offline(False)
    page.locator("#lost").wait_for(state="hidden")
    rest(page)
    found = numbers.worlds(numbers.simulate(basis, setting_of_link(basis.case, "campaign=1.1")))
    median = found["outcomes"]["acts"]["levels"][2][-1]
    assert f"median {median:.0f} " in page.locator("#readout").inner_text()


def test_a_link_with_an_impossible_setting_says_so_and_the_levers_still_work(visitor: Opens) -> None:
    page = visitor("?campaign=99")
    page.get_by_text("Campaign is '99'. Allowed is a number from 0 to 3 times the record.").wait_for()
    page.get_by_role("button", name="Put all back").click()
    rest(page)
    assert query(page) == ""


def test_the_worlds_stay_hidden_until_a_guess_is_locked(visitor: Opens) -> None:
    page = visitor("?guess=1&campaign=0.3")
    page.get_by_text("The worlds are hidden until your guess is locked.").wait_for()
    page.wait_for_timeout(1500)
    assert page.locator("#curves svg").count() == 0
    assert page.locator("#readout").inner_text() == ""
    for part in (".where", ".take .files", "#tables"):
        assert not page.locator(part).is_visible()
