// The paired difference: a dot for every pair of worlds, nine in ten, and the mean with its interval.

import { h, replace, s } from "./dom.js";
import { number, percent, signed } from "./shown.js";

const Plot = globalThis.Plot;
const GOLDEN = 0.618033988749895; // spreads the dots evenly over the height, the same dot always in the same place
const OVER = 0.3; // of the height: where the interval lies above the dots

/** The strip; `draw(found, outcome)` takes a difference of `/api/compare` and the outcome that it is of. */
export function strip() {
  const plot = h("div", { class: "strip", "aria-hidden": "true" });
  const words = h("p", { class: "strip-words" });
  let last = null;
  const watch = new ResizeObserver(() => last && paint());
  watch.observe(plot);

  function paint() {
    const width = plot.clientWidth, height = plot.clientHeight;
    if (width && height) replace(plot, drawn(last.found, last.outcome, width, height, parseFloat(getComputedStyle(plot).fontSize)));
  }

  return {
    element: h("div", {}, plot, words),
    draw(found, outcome) {
      last = { found, outcome };
      replace(words, inWords(found, outcome));
      paint();
    },
    figure: () => plot.firstElementChild,
    leave: () => watch.disconnect(),
  };
}

function drawn({ values, mean, ci_low, ci_high, p05, p95 }, { decimals }, width, height, em) {
  const dots = values.map((value, index) => ({ value, y: OVER + (1 - OVER) * ((0.5 + index * GOLDEN) % 1) }));
  const reach = Math.max(...values.map(Math.abs), 10 ** -decimals);
  const figure = Plot.plot({
    className: "plot", width, height, marginTop: 1.5 * em, marginBottom: 1.9 * em, marginLeft: em, marginRight: em,
    x: { domain: [Math.min(0, ...values), Math.max(0, ...values)], nice: true, label: null, insetLeft: 4, insetRight: 4, tickFormat: (value) => signed(value, reach < 4 && decimals ? decimals : reach < 1 ? 1 : 0) },
    y: { domain: [1.04, 0], axis: null },
    marks: [
      Plot.ruleX([0], { stroke: "var(--ink)" }),
      Plot.dot(dots, { x: "value", y: "y", r: Math.max(1.6, em / 6), fill: "var(--quiet)", fillOpacity: 0.5 }),
      Plot.ruleY([{ p05, p95 }], { x1: "p05", x2: "p95", y: OVER / 2, stroke: "var(--ink)", strokeWidth: 1.5 }),
      Plot.text([p05, p95], { x: (value) => value, y: () => OVER / 2, text: () => "|", fill: "var(--ink)" }),
      Plot.ruleY([{ ci_low, ci_high }], { x1: "ci_low", x2: "ci_high", y: OVER / 2, stroke: "var(--ink)", strokeWidth: 6 }),
      Plot.dot([mean], { x: (value) => value, y: () => OVER / 2, r: em / 3, fill: "var(--paper)", stroke: "var(--ink)", strokeWidth: 2 }),
    ],
  });
  figure.querySelector("style").remove();
  const x = figure.scale("x"), low = x.apply(0);
  const words = (dx, anchor, text) => s("text", { x: low + dx * em, y: 0.9 * em, "text-anchor": anchor, class: "strip-side" }, text);
  figure.append(low > 8 * em ? words(-0.5, "end", "less in B ←") : "", width - low > 8 * em ? words(0.5, "start", "→ more in B") : "");
  return figure;
}

function inWords({ mean, ci_low, ci_high, p05, p95, more, same, fewer, values }, { label, unit, decimals }) {
  const fine = decimals ? decimals : 1;
  const what = unit.split(",")[0];
  return [
    h("strong", {}, `B minus A: ${signed(mean, fine)} ${what}`),
    ` on average (95 % interval ${signed(ci_low, fine)} to ${signed(ci_high, fine)}); nine in ten pairs of worlds ${signed(p05, decimals)} to ${signed(p95, decimals)}. `,
    h("span", { class: "shares" }, `More in B in ${percent(more)}, the same in ${percent(same)}, less in ${percent(fewer)} of ${values.length} pairs.`),
  ];
}
