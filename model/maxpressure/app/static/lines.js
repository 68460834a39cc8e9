// A small chart of lines over the weeks of one world, with a rule at the week shown. Drawn by Observable Plot.

import { h, replace, s } from "./dom.js";
import { date } from "./shown.js";

const Plot = globalThis.Plot;

/**
 * A chart of lines; what it shows stands in words beside it, so it is hidden from a screen reader.
 *
 * `draw({days, lines, dots, unit, decimals})` takes ISO days, lines `{name, values, className, dash, curve}` with a value
 * or null a day, and dots `{at, value, words}`. `read(index)` puts the rule at a day. `onPoint(index)` hears a click.
 */
export function lineChart({ onPoint }) {
  const box = h("div", { class: "lines", "aria-hidden": "true" });
  const rule = s("line", { class: "lines-rule" });
  let view = null;
  let figure = null;
  let index = 0;

  box.addEventListener("click", (event) => {
    if (!figure) return;
    const x = event.clientX - figure.getBoundingClientRect().left;
    const at = view.days.map((iso) => Math.abs(figure.scale("x").apply(date(iso)) - x));
    onPoint(at.indexOf(Math.min(...at)));
  });
  const watch = new ResizeObserver(() => view && paint());
  watch.observe(box);

  function paint() {
    if (!box.clientWidth || !box.clientHeight) return;
    const em = parseFloat(getComputedStyle(box).fontSize);
    figure = drawn(view, box.clientWidth, box.clientHeight, em);
    figure.append(rule);
    replace(box, figure);
    point();
  }

  function point() {
    if (!figure || !view.days[index]) return;
    const x = figure.scale("x").apply(date(view.days[index]));
    const [low, high] = figure.scale("y").range;
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", low], ["y2", high]]) rule.setAttribute(name, value);
  }

  return {
    element: box,
    draw(next) {
      view = next;
      paint();
    },
    read(to) {
      index = to;
      point();
    },
    leave: () => watch.disconnect(),
  };
}

function drawn({ days, lines, dots = [], unit, decimals = 0 }, width, height, em) {
  const when = days.map(date);
  const series = lines.map((line) => ({
    ...line,
    points: line.values.map((value, at) => ({ at: when[at], value })).filter(({ value, at }) => value !== null && at),
  }));
  const top = Math.max(1e-9, ...series.flatMap(({ points }) => points.map(({ value }) => value)));
  const figure = Plot.plot({
    className: "plot", width, height,
    marginTop: 1.7 * em, marginBottom: 2 * em, marginLeft: 2.6 * em, marginRight: 0.62 * em * Math.max(...lines.map(({ name }) => name.length + 3 + decimals)),
    x: { type: "utc", domain: [when[0], when.at(-1)], label: null, ticks: Math.max(2, Math.floor(width / (9 * em))) },
    y: { domain: [0, top], nice: true, label: unit, labelArrow: "none", ticks: Math.max(2, Math.floor(height / (3.5 * em))) },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1 }),
      ...series.map(({ points, colour, dash, curve = "linear", wide = 2 }) =>
        Plot.lineY(points, { x: "at", y: "value", stroke: colour, strokeDasharray: dash, strokeWidth: wide, curve })),
      Plot.dot(dots, { x: (one) => when[one.at], y: "value", r: 0.35 * em, symbol: "triangle", fill: "var(--ink)", stroke: "var(--paper)", title: "words" }),
    ],
  });
  figure.querySelector("style")?.remove();
  figure.append(names(series, figure, decimals, em));
  return figure;
}

/** The names of the lines at their right ends, the upper one first, never one over the other. */
function names(series, figure, decimals, em) {
  const x = figure.scale("x");
  const y = figure.scale("y");
  const ends = series.filter(({ points }) => points.length).map(({ name, colour, points }) => ({
    name, colour, value: points.at(-1).value, x: x.apply(points.at(-1).at), y: y.apply(points.at(-1).value),
  }));
  ends.sort((one, other) => one.y - other.y);
  const gap = 1.25 * em;
  ends.forEach((one, at) => { if (at) one.y = Math.max(one.y, ends[at - 1].y + gap); });
  const over = Math.max(0, (ends.at(-1)?.y ?? 0) - y.range[0]);
  for (const one of ends) one.y -= over;
  return s("g", { class: "lines-names" }, ends.map((one) =>
    s("text", { x: one.x + 0.4 * em, y: one.y, dy: "0.35em", "text-anchor": "start", style: { fill: one.colour } }, `${one.name} ${one.value.toFixed(decimals)}`)));
}
