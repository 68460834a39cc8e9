// Where and when: the share of worlds in which each state has acted by the week read, and of a chosen state why.

import { curves } from "./chart.js";
import { h, replace, write } from "./dom.js";
import { date, day, dayBefore, number, percent } from "./shown.js";
import { tileMap } from "./tiles.js";

const CLASSES = [[0, "in no world"], [0.2, "up to 20 %"], [0.5, "20 to 50 %"], [0.8, "50 to 80 %"], [1, "over 80 %"]];
const REST = 300; // milliseconds
const SHOWN = 0.005; // the least share of the causes that is listed
const shade = (share) => CLASSES.findIndex(([most]) => share <= most);

/**
 * The map with its scrubber, the curve once more in small, and the sheet of a state. `draw({sides, found, side, view})`
 * takes the answers by setting, whose map is shown, and what the chart shows;
 * `read(week)` moves to a week; `choose(iso3, query)` shows a state, asked of `/api/why` with the setting's query.
 */
export function worldMap(context, { onWeek, onState, onSide }) {
  const map = tileMap(context, { onSelect: onState, label: "Share of worlds in which each state has acted" });
  const scrub = h("input", { type: "range", id: "map-week", min: "0", step: "1", "aria-label": "Week of the map", oninput: () => onWeek(Number(scrub.value)) });
  const when = h("output", { class: "map-when", for: "map-week" });
  const small = curves({ id: "map-curves", label: "Week read beside the map", onWeek });
  const choice = h("span", { class: "row", role: "group", "aria-label": "Setting on the map" });
  const sheet = h("div", { class: "sheet", "aria-live": "polite" });
  const element = h("section", { class: "where", "aria-labelledby": "where-title" },
    h("div", { class: "where-head" }, h("h2", { id: "where-title" }, "Who has acted by then"), choice, h("label", { class: "scrub" }, scrub, when)),
    h("div", { class: "where-map" }, map.element), h("div", { class: "where-side" }, small.element, sheet));
  let shown = null, week = 0, chosen = null, asking = new AbortController(), inView = false, late = 0, sketched = null;
  said();

  // What is out of sight is drawn once it comes into sight or all is at rest, so that a drag redraws the picture alone.
  const watch = new IntersectionObserver((seen) => {
    inView = seen.at(-1).isIntersecting;
    if (inView && late) paint();
  });
  watch.observe(element);

  function paint() {
    clearTimeout(late);
    late = 0;
    if (!shown) return;
    if (sketched !== shown.view) small.draw((sketched = shown.view));
    small.read(week);
    const { acted, worlds, days } = shown.found[shown.side];
    scrub.max = String(days.length - 1);
    scrub.value = String(week);
    write(when, `by ${dayBefore(days[week])}`);
    scrub.setAttribute("aria-valuetext", `by ${dayBefore(days[week])}`);
    const third = new Set(context.book.requests.states.map((one) => one.iso3));
    map.paint((iso3) => {
      if (!third.has(iso3)) return null;
      const share = (acted[iso3] ?? []).reduce((sum, [at, count]) => (at < week ? sum + count : sum), 0) / worlds;
      return { className: `share-${shade(share)}`, bar: share, words: `has acted in ${percent(share)} of the worlds` };
    }, CLASSES.map(([most, means], index) => ({ className: `share-${index}`, bar: most, means })));
  }

  function said() {
    if (!chosen) replace(sheet, h("p", { class: "hint" }, "Choose a state on the map: when it acts, in how many worlds, and what its acts are due to."));
  }

  return {
    element,
    /** Show nothing of the worlds until they are drawn again. */
    clear() {
      shown = null;
      element.hidden = true;
    },
    draw(next) {
      shown = next;
      element.hidden = false;
      replace(choice, next.sides.length > 1 && next.sides.map((which) => h("button", {
        type: "button", id: `map-${which}`, "aria-pressed": String(which === next.side), onclick: () => onSide(which),
      }, `Setting ${which}`)));
    },
    /** The week to be shown of what was given to `draw`. */
    read(to) {
      week = to;
      clearTimeout(late);
      if (inView) paint();
      else late = setTimeout(paint, REST);
    },
    async choose(iso3, query) {
      const asked = iso3 ? `${iso3} ${JSON.stringify(query)}` : null;
      if (asked === chosen) return;
      chosen = asked;
      asking.abort();
      asking = new AbortController();
      map.select(iso3);
      if (!iso3) return said();
      sheet.setAttribute("aria-busy", "true");
      try {
        replace(sheet, ...sheetOf(await context.ask("why", { ...query, state: iso3 }, { signal: asking.signal })));
      } catch (fault) {
        if (fault.name !== "AbortError") replace(sheet, h("p", { class: "fault", role: "alert" }, fault.said ?? fault.message));
      }
      sheet.setAttribute("aria-busy", "false");
    },
    leave() {
      asking.abort();
      clearTimeout(late);
      watch.disconnect();
      map.leave();
      small.leave();
    },
  };
}

/** A state: who, when, why. */
function sheetOf(found) {
  const first = found.first?.median && `Its first act comes between ${day(date(found.first.p05))} and ${day(date(found.first.p95))} in nine of ten of these worlds.`;
  const due = (found.due ?? []).filter((one) => one.share >= SHOWN);
  return [
    h("h3", {}, `${found.name} (${found.iso3})`),
    h("p", {}, found.sentence),
    first && h("p", {}, first),
    due.length ? h("table", { class: "due" },
      h("caption", {}, "What its acts are due to, on average"),
      h("tbody", {}, due.map((one) => h("tr", {},
        h("th", { scope: "row" }, one.words),
        h("td", {}, bar(one.share)),
        h("td", { class: "number" }, percent(one.share)))))) : null,
    found.cautions.map((one) => h("p", { class: "hint" }, one)),
  ];
}

function bar(share) {
  const line = h("span", { class: "bar", "aria-hidden": "true" });
  line.style.setProperty("--share", number(Math.max(0, share), 3));
  return line;
}
