// Curves over weeks: bands of worlds, their medians, what was observed; a week is read by pointer or arrow keys.
//
// Drawn by Observable Plot. Its <style> is taken out before the picture enters the page, so that the policy needs no
// exception for it; its three rules stand in many.css. A and B differ by edge, hatch and letter as well as by colour.

import { h, replace, s } from "./dom.js";
import { date, dayBefore, number } from "./shown.js";

const Plot = globalThis.Plot;
const KEYS = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1, PageUp: 4, PageDown: -4 };
const LOOKS = {
  A: { colour: "var(--a)", wide: "var(--a)", narrow: "var(--a)", opacity: [0.16, 0.3], dash: null },
  B: { colour: "var(--b)", wide: "url(#hatch-wide)", narrow: "url(#hatch-narrow)", opacity: [1, 1], dash: "5 3" },
};
const LINE = 1.25; // of a letter: the least distance of labels

/**
 * A chart of weeks.
 *
 * `draw(view)` takes `{days, series: [{name, levels}], observed, figures, marks, outcome, hold}`: ISO days, five levels
 * a series (5, 25, 50, 75, 95 %), and whether the axis may shrink. `read(week)` puts the reading line there and returns
 * its words. `onWeek(week)` hears a click or an arrow key; `onHover(week or null)` a pointer that passes.
 */
export function curves({ id = "curves", onWeek, onHover = () => {}, label }) {
  const plot = h("div", { class: "curves", tabindex: "0", role: "slider", id, "aria-label": label, "aria-valuemin": "0", "aria-valuenow": "0" });
  let view = null, figure = null, top = 0, at = [], week = 0;
  const reading = s("g", { class: "reading" });

  const nearest = (event) => {
    const x = event.clientX - figure.getBoundingClientRect().left;
    return at.reduce((best, one, index) => (Math.abs(one - x) < Math.abs(at[best] - x) ? index : best), 0);
  };
  plot.addEventListener("pointermove", (event) => figure && event.pointerType !== "touch" && onHover(nearest(event)));
  plot.addEventListener("pointerleave", () => onHover(null));
  plot.addEventListener("click", (event) => figure && onWeek(nearest(event)));
  plot.addEventListener("keydown", (event) => {
    if (!view) return;
    const last = view.days.length - 1;
    const to = { Home: 0, End: last }[event.key] ?? (event.key in KEYS ? week + KEYS[event.key] : null);
    if (to === null) return;
    event.preventDefault();
    onWeek(Math.max(0, Math.min(last, to)));
  });
  const watch = new ResizeObserver(() => view && paint());
  watch.observe(plot);

  function paint() {
    const width = plot.clientWidth, height = plot.clientHeight;
    if (!width || !height) return;
    figure = drawn(view, width, height, letter(plot), top);
    const x = figure.scale("x");
    at = view.days.map((iso) => x.apply(date(iso)));
    figure.append(reading);
    replace(plot, figure);
    point();
  }

  function point() {
    if (!figure) return;
    const y = figure.scale("y"), [low, high] = y.range;
    const dots = view.series.map((one) => [one.name, one.levels[2][week]]);
    if (view.observed?.[week] !== undefined) dots.push(["observed", view.observed[week]]);
    replace(reading, s("line", { x1: at[week], x2: at[week], y1: low, y2: high }),
      dots.filter(([, value]) => value !== null).map(([name, value]) => s("circle", { class: `dot-${name}`, cx: at[week], cy: y.apply(value), r: 3.5 })));
  }

  return {
    element: plot,
    draw(next) {
      view = next;
      top = view.hold ? Math.max(top, highest(view)) : highest(view);
      plot.setAttribute("aria-valuemax", String(view.days.length - 1));
      paint();
    },
    read(to) {
      week = Math.max(0, Math.min(to, view.days.length - 1));
      const words = inWords(view, week);
      plot.setAttribute("aria-valuenow", String(week));
      plot.setAttribute("aria-valuetext", words);
      point();
      return words;
    },
    clear() {
      view = figure = null;
      plot.setAttribute("aria-valuenow", "0");
      plot.removeAttribute("aria-valuetext");
      replace(plot);
    },
    figure: () => figure,
    leave: () => watch.disconnect(),
  };
}

/** What a week shows, in words. */
function inWords({ days, series, observed, figures = [], marks, outcome }, week) {
  const shown = (value) => number(value, outcome.decimals);
  const parts = series.map(({ name, levels }) => {
    const [p05, , p50, , p95] = levels.map((level) => level[week]);
    const own = series.length > 1 ? `${name} ` : "median ";
    return p50 === null ? `${own}not known` : `${own}${shown(p50)} (nine in ten worlds ${shown(p05)} to ${shown(p95)})`;
  });
  if (observed?.[week] !== undefined) parts.push(`observed ${shown(observed[week])}`);
  const counted = figures.find((one) => one.since < days[week] && days[week] <= one.until);
  if (counted) parts.push(`customs ${shown(counted.value)} (${counted.words})`);
  const came = marks.filter((mark) => mark.week === week - 1).map((mark) => mark.words);
  return `By ${dayBefore(days[week])}: ${[...parts, ...came].join("; ")}.`;
}

const letter = (element) => parseFloat(getComputedStyle(element).fontSize);

function highest({ series, observed, figures = [] }) {
  const values = [...series.flatMap(({ levels }) => levels[4]), ...(observed ?? []), ...figures.map((one) => one.value)];
  return Math.max(...values.filter((value) => value !== null));
}

function lowest({ series, observed, figures = [] }) {
  const values = [...series.flatMap(({ levels }) => levels[0]), ...(observed ?? []), ...figures.map((one) => one.value)];
  return Math.min(...values.filter((value) => value !== null));
}

function drawn(view, width, height, em, top) {
  const { days, series, observed, figures = [], outcome } = view;
  const when = days.map(date);
  const low = outcome.decimals && lowest(view) > 0.5 * top ? lowest(view) : 0;
  const roomy = width > 34 * em;
  const points = (levels, index) => when.map((at, week) => ({ at, low: levels[index][week], high: levels[4 - index][week] }));
  const line = (levels, index) => when.map((at, week) => ({ at, value: levels[index][week] })).filter(({ value }) => value !== null);
  const seen = observed?.map((value, week) => ({ at: when[week], value })) ?? [];
  const marks = [Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1 })];
  for (const { name, levels } of series) {
    const look = LOOKS[name], curve = outcome.decimals ? "linear" : "monotone-x";
    [0, 1].forEach((index) => marks.push(Plot.areaY(points(levels, index), {
      x: "at", y1: "low", y2: "high", curve, fill: index ? look.narrow : look.wide, fillOpacity: look.opacity[index],
      filter: (one) => one.low !== null,
    })));
    const edge = { x: "at", y: "value", curve, stroke: look.colour, strokeDasharray: look.dash };
    [0, 4].forEach((index) => marks.push(Plot.lineY(line(levels, index), { ...edge, strokeWidth: 1, strokeOpacity: 0.75 })));
    marks.push(Plot.lineY(line(levels, 2), { ...edge, strokeWidth: 2.5 }));
  }
  if (seen.length) marks.push(Plot.lineY(seen, { x: "at", y: "value", stroke: "var(--record)", strokeWidth: 1.5, curve: "step-after" }));
  if (figures.length) {
    marks.push(Plot.ruleY(figures, { x1: (one) => date(one.since), x2: (one) => date(one.until), y: "value", stroke: "var(--record)", strokeWidth: 2.5 }));
    marks.push(Plot.text(figures, { x: (one) => date(one.since), y: "value", dx: 4, dy: 0.9 * em, textAnchor: "start", stroke: "var(--paper)", strokeWidth: 4, text: (one) => `${number(one.value, outcome.decimals)} counted by customs` }));
  }
  const figure = Plot.plot({
    className: "plot", width, height, marginTop: 2 * em, marginBottom: (roomy ? 2.6 : 1.6) * em, marginLeft: 2.8 * em,
    marginRight: (roomy ? 8.2 : 4) * em, marks,
    x: { type: "utc", domain: [when[0], when.at(-1)], label: null },
    y: { domain: [low, top || 1], nice: true, label: outcome.unit, labelArrow: "none", ticks: Math.max(3, Math.round(height / (4 * em))) },
  });
  figure.querySelector("style").remove();
  figure.setAttribute("aria-hidden", "true");
  figure.prepend(hatches());
  figure.append(labels(view, figure, width, em, roomy), ticks(view, figure, em));
  return figure;
}

/** The names of the curves at their right ends, pushed apart where they would overlap. */
function labels({ days, series, observed, outcome }, figure, width, em, roomy) {
  const y = figure.scale("y"), x = figure.scale("x").range[1];
  const ends = series.map(({ name, levels }) => ({
    name, value: levels[2].at(-1),
    words: series.length > 1 ? name : roomy ? "median" : "",
  }));
  if (observed?.length) ends.push({ name: "observed", value: observed.at(-1), words: roomy ? "observed" : "obs." });
  if (series.length === 1 && roomy) {
    ends.push({ name: "edge", value: series[0].levels[4].at(-1), words: "at 95 %" }, { name: "edge", value: series[0].levels[0].at(-1), words: "at 5 %" });
  }
  ends.sort((one, other) => other.value - one.value);
  const places = ends.map((one) => y.apply(one.value));
  for (let index = 1; index < places.length; index++) places[index] = Math.max(places[index], places[index - 1] + LINE * em);
  const over = Math.max(0, (places.at(-1) ?? 0) - y.range[0] - 0.3 * em);
  for (let index = places.length - 1; index >= 0; index--) {
    const most = index === places.length - 1 ? places[index] - over : places[index + 1] - LINE * em;
    places[index] = Math.min(places[index], most);
  }
  return s("g", { class: "ends" }, ends.map((one, index) =>
    s("text", { class: `end-${one.name}`, x: x + 0.4 * em, y: places[index], dy: "0.35em" }, `${number(one.value, outcome.decimals)} ${one.words}`.trim())));
}

/** Tests and resolutions as ticks along the top. */
function ticks({ days, marks }, figure, em) {
  const x = figure.scale("x"), top = figure.scale("y").range[1];
  return s("g", { class: "came" }, marks.map((mark) => {
    const at = x.apply(date(mark.day));
    return s("line", { x1: at, x2: at, y1: top, y2: top - 0.5 * em }, s("title", {}, mark.words));
  }));
}

const hatches = () => s("defs", {}, [["wide", 7, 45], ["narrow", 5, -45]].map(([name, gap, turn]) =>
  s("pattern", { id: `hatch-${name}`, width: gap, height: gap, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
    s("line", { x1: 0, x2: 0, y1: 0, y2: gap, stroke: "var(--b)", "stroke-width": 1, "stroke-opacity": 0.6 }))));
