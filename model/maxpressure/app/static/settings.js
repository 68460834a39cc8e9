// The two settings that an address carries: A by the plain keys, B by the same keys behind `b-`.

import { h } from "./dom.js";

const PREFIX = "b-";

const recordOf = (book) => book.scenarios[0].name;

/** The keys that make a setting. */
export const keysOf = (book) => ["scenario", ...book.levers.map((lever) => lever.key), "asked", "ask"];

const named = (which, key) => (which === "B" ? `${PREFIX}${key}` : key);

/** The settings on show: A alone, or A and B where the address has any key of B. */
export const sidesOf = (state) => (Object.keys(state).some((key) => key.startsWith(PREFIX)) ? ["A", "B"] : ["A"]);

/** One setting as a plain object: what the server is asked with. */
export function settingOf(book, state, which) {
  const setting = {};
  for (const key of keysOf(book)) {
    const given = state[named(which, key)];
    if (given !== undefined && given !== "") setting[key] = given;
  }
  return setting;
}

/** The settings as one query: B's keys behind `b-`. */
export function queryOf(book, state, sides = sidesOf(state)) {
  const query = {};
  for (const which of sides) {
    const setting = settingOf(book, state, which);
    if (which === "B" && !setting.scenario) setting.scenario = recordOf(book);
    for (const [key, given] of Object.entries(setting)) query[named(which, key)] = given;
  }
  return query;
}

/** What changes in the address where one setting's fields do; null takes a field away. */
export const patchOf = (which, fields) =>
  Object.fromEntries(Object.entries(fields).map(([key, given]) => [named(which, key), given]));

/** B as a copy of A. */
export const copied = (book, state) => patchOf("B", { scenario: recordOf(book), ...settingOf(book, state, "A") });

/** No B. */
export const removed = (book) => patchOf("B", Object.fromEntries(keysOf(book).map((key) => [key, null])));

/** All levers of a setting as its scenario has them. */
export const putBack = (book, which) =>
  patchOf(which, Object.fromEntries(keysOf(book).filter((key) => key !== "scenario").map((key) => [key, null])));

/** The scenario that a setting starts from. */
export const scenarioOf = (book, setting) =>
  book.scenarios.find((one) => one.name === (setting.scenario ?? recordOf(book))) ?? book.scenarios[0];

/** The levers on show: those that the address names, or all but the last to be added; a moved one is always there. */
export function leversShown(book, state) {
  const moved = book.levers.filter((lever) => sidesOf(state).some((which) => lever.key in settingOf(book, state, which)));
  const wanted = state.show === undefined
    ? book.levers.filter((lever) => lever.at_first)
    : book.levers.filter((lever) => state.show.split(" ").includes(lever.key));
  const spare = wanted.filter((lever) => !moved.includes(lever)).slice(0, Math.max(0, book.most_moved - moved.length));
  return book.levers.filter((lever) => moved.includes(lever) || spare.includes(lever));
}

/** The options of a choice of scenarios, those of the course in a group of their own. */
export function scenarioOptions(book) {
  const option = (one) => h("option", { value: one.name }, one.title);
  const course = book.scenarios.filter((one) => one.group === "course");
  return [...book.scenarios.filter((one) => one.group !== "course").map(option),
    course.length > 0 && h("optgroup", { label: "Scenarios of the course" }, course.map(option))];
}
