"""One visitor of either page in a real Chromium: opens it, moves a lever, moves it back, and drags it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from playwright.sync_api import sync_playwright

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
NEW_VALUES, DRAG_SECONDS = ("0.3", "1.7", "0.6", "2.2", "1.3"), 3.0


class Looks(NamedTuple):
    """How a page shows that its picture has changed: words that differ by setting, and the sign that it is whole."""

    slider: str
    words: str
    whole: str
    redrawn: str


LOOKS: Mapping[str, Looks] = {
    "old": Looks(
        'input[aria-label="Campaign (A)"]',
        'document.querySelector(".mp-picture img")?.alt',
        'document.querySelector(".mp-shown [role=status]")?.textContent.includes("simulated and drawn")',
        ".mp-picture",
    ),
    "new": Looks(
        "#lever-A-campaign",
        'document.querySelector("#described")?.textContent',
        'document.querySelector("#status")?.textContent.startsWith("300 worlds")',
        "#curves",
    ),
}

MOVE = """([slider, given]) => new Promise((done, failed) => {
  const words = () => WORDS, whole = () => WHOLE, before = words(), began = performance.now();
  let first = null;
  const field = document.querySelector(slider);
  field.value = given;
  for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  const look = () => {
    const now = performance.now() - began;
    if (words() && words() !== before) first ??= now;
    if (first !== null && whole()) done([first / 1000, now / 1000]);
    else if (now > 60000) failed(new Error("no picture within 60 s"));
    else requestAnimationFrame(look);
  };
  look();
})"""


def seen(kind: str, url: str) -> dict[str, float]:
    """Seconds, bytes and redraws, as a visitor with nothing in the browser's cache has them."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            page = chromium.new_page(viewport={"width": 1366, "height": 768})
            page.set_default_timeout(120_000)
            return _visit(page, LOOKS[kind], url)
        finally:
            chromium.close()


def _visit(page: Any, looks: Looks, url: str) -> dict[str, float]:
    got = {"bytes": 0, "requests": 0}

    def count(name: str, by: float) -> None:
        got[name] += int(by)

    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda one: count("bytes", one["encodedDataLength"]))
    wire.on("Network.responseReceived", lambda _: count("requests", 1))
    wire.on("Network.webSocketFrameReceived", lambda one: count("bytes", len(one["response"]["payloadData"])))
    began = time.monotonic()
    page.goto(f"{url}?campaign=0.9&mandates=0.7", wait_until="commit")
    page.wait_for_function(f"() => Boolean({looks.words}) && Boolean({looks.whole})", polling="raf")
    opened = time.monotonic() - began
    page.wait_for_timeout(2000)
    at_first = dict(got)
    script = MOVE.replace("WORDS", looks.words).replace("WHOLE", looks.whole)
    fresh = [page.evaluate(script, [looks.slider, given]) for given in NEW_VALUES]
    before = [page.evaluate(script, [looks.slider, given]) for given in NEW_VALUES[:-1]]
    moved = got["bytes"] - at_first["bytes"]
    return {
        "s from opening to the picture of all worlds": opened,
        "kB received until then, as packed (frames of a websocket unpacked)": at_first["bytes"] / 1000,
        "requests until then": at_first["requests"],
        "s from a lever to a picture, new setting": median(one[0] for one in fresh),
        "s from a lever to all worlds, new setting": median(one[1] for one in fresh),
        "s from a lever to all worlds, a setting seen before": median(one[1] for one in before),
        "kB received a move": moved / 1000 / (len(fresh) + len(before)),
        "redraws in a drag of three seconds": _drag(page, looks),
    }


def _drag(page: Any, looks: Looks) -> int:
    """How often the picture is drawn anew while the lever is dragged back and forth, before it is released."""
    page.locator(looks.slider).scroll_into_view_if_needed()
    box = page.locator(looks.slider).bounding_box()
    page.evaluate(
        "(where) => { window.redrawn = 0; new MutationObserver(() => { window.redrawn += 1; }).observe("
        'document.querySelector(where), {childList: true, attributes: true, subtree: true, attributeFilter: ["src"]})'
        "; }",
        looks.redrawn,
    )
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], middle)
    page.mouse.down()
    began = time.monotonic()
    while (now := time.monotonic() - began) < DRAG_SECONDS:
        share = 0.2 + 0.6 * now / DRAG_SECONDS
        page.mouse.move(box["x"] + share * box["width"], middle)
        page.wait_for_timeout(40)
    redrawn = int(page.evaluate("() => window.redrawn"))
    page.mouse.up()
    return redrawn
