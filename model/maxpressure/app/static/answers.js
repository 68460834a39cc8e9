// Pictures of what a class handed in: a dot and a line for each guess, a bar for each choice, sentences as they are.

import { h, s } from "./dom.js";

const ROW = 22, TOP = 46, LEFT = 92, WIDE = 720, RIGHT = 24; // in the units of the drawing

const nice = (span) => [1, 2, 5, 10, 20, 25, 50, 100, 200, 500].find((step) => span / step <= 8) ?? 500;

/**
 * Guesses as a plot: a row a student with a line from low to high and a dot at the middle, for the last day asked, or
 * for a difference. Once revealed, what the model's worlds came to (nine in ten, and the median) and the record.
 */
export function dots({ kind, answers }, outcome) {
  const rows = answers.map((one) => ({ ...one, span: one.numbers.at(-1) })).sort((one, other) => one.span[1] - other.span[1] || one.alias.localeCompare(other.alias));
  const came = outcome.at(-1);
  const all = [...rows.flatMap((row) => row.span), ...(came ? [came.low, came.high, came.came ?? came.middle] : []), 0];
  const step = nice(Math.max(...all) - Math.min(...all) || 1);
  const low = Math.floor(Math.min(...all) / step) * step, high = Math.max(low + step, Math.ceil(Math.max(...all) / step) * step);
  const x = (value) => LEFT + ((WIDE - LEFT - RIGHT) * (value - low)) / (high - low);
  const bottom = TOP + ROW * rows.length + 8, height = bottom + 44;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step);
  const parts = [];
  if (came) {
    parts.push(s("rect", { class: "came", x: x(came.low), y: TOP - 8, width: Math.max(2, x(came.high) - x(came.low)), height: bottom - TOP + 8 }),
      s("line", { class: "median", x1: x(came.middle), x2: x(came.middle), y1: TOP - 8, y2: bottom }),
      s("text", { class: "told", x: x(came.middle), y: TOP - 14, "text-anchor": "middle" }, `worlds: ${round(came.middle)}`));
    if (came.came !== null) {
      parts.push(s("line", { class: "observed", x1: x(came.came), x2: x(came.came), y1: TOP - 8, y2: bottom + 4 }),
        s("text", { class: "told record", x: x(came.came), y: TOP - (Math.abs(x(came.came) - x(came.middle)) < 90 ? 26 : 14), "text-anchor": "middle" }, `observed: ${came.came}`));
    }
  }
  for (const tick of ticks) {
    parts.push(s("line", { class: tick === 0 && low < 0 ? "zero" : "grid", x1: x(tick), x2: x(tick), y1: TOP - 8, y2: bottom }),
      s("text", { class: "tick", x: x(tick), y: bottom + 18, "text-anchor": "middle" }, `${tick}`));
  }
  rows.forEach((row, index) => {
    const y = TOP + ROW * (index + 0.5);
    parts.push(s("g", { class: row.late || row.seen ? "late" : "" },
      s("title", {}, `${row.alias}: ${row.span.join(", ")}${row.seen ? `, ${row.seen}` : ""}${row.late ? ", after the reveal" : ""}`),
      s("text", { class: "alias", x: LEFT - 10, y: y + 5, "text-anchor": "end" }, row.alias),
      s("line", { class: "span", x1: x(row.span[0]), x2: x(row.span[2]), y1: y, y2: y }),
      s("circle", { class: "dot", cx: x(row.span[1]), cy: y, r: 6 })));
  });
  parts.push(s("text", { class: "axis", x: (LEFT + WIDE - RIGHT) / 2, y: bottom + 38, "text-anchor": "middle" },
    kind === "range" ? "difference in acts, B minus A" : "acts by the last day asked"));
  const words = `${rows.length} guesses: the middles reach from ${rows[0].span[1]} to ${rows.at(-1).span[1]}.${came ? ` The model’s worlds: median ${round(came.middle)}, nine in ten from ${round(came.low)} to ${round(came.high)}${came.came === null ? "" : `; observed ${came.came}`}.` : ""}`;
  return h("figure", { class: "dots" },
    s("svg", { viewBox: `0 0 ${WIDE} ${height}`, role: "img", "aria-label": words }, parts),
    h("figcaption", {}, "A dot is a student’s middle, its line goes from low to high; a hollow dot had seen it before or came after the reveal. ",
      came ? "The grey band holds nine in ten of the model’s worlds." : "", kind === "range" ? shares(rows, came) : ""));
}

function shares(rows, came) {
  const said = rows.map((row) => row.worlds).sort((one, other) => one - other);
  const middle = said[Math.floor(said.length / 2)];
  return ` More in B, of ten worlds: the class’s median is ${middle}${came ? `; in the model ${round(10 * came.more / (came.more + came.same + came.fewer))}` : ""}.`;
}

const round = (value) => `${Math.round(value * 10) / 10}`.replace("-", "−");

/** Choices as bars with their counts, in the order in which they were offered. */
export function bars({ answers }, offered) {
  const given = answers.map((one) => one.choice), all = [...new Set([...offered, ...given])];
  const most = Math.max(1, ...all.map((choice) => given.filter((one) => one === choice).length));
  return h("table", { class: "bars" }, h("caption", { class: "unseen" }, "How many chose what"), h("tbody", {}, all.map((choice) => {
    const count = given.filter((one) => one === choice).length;
    return h("tr", {}, h("th", { scope: "row" }, choice), h("td", { class: "track" }, h("span", { class: "bar", style: { width: `${(100 * count) / most}%` } })), h("td", { class: "number" }, `${count}`));
  })));
}

/** What was written, each under its alias. */
export function sentences({ answers }) {
  return h("ul", { class: "sentences" }, answers.map((one) => h("li", {}, h("strong", {}, one.alias), " ", one.words)));
}
