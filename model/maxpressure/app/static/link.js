// What a link may hold: a view and the fields of all views. Whatever else it holds is named, and left out.

import { keysOf } from "./settings.js";

const EARLIER = { twin: "whatif" }; // the name that links of version 0.1 have for a view
const FIELDS = [
  "view", "guide", "step", "class", "guess", "token", // the frame
  "outcome", "week", "state", "map", "show", // many worlds
  "world", "tie", "speed", // one world
  "without", "twins", "find", "couplings", "sort", // what if
  "round", "called", // the game
  "scene", // the story
];
const BIDS = /^(\d-|aim-)/;

/** The view that a link names; undefined where it names none that there is. */
export const viewOf = (views, name) => views.find((view) => view.key === (EARLIER[name] ?? name ?? views[0].key));

/** What a link holds that the page does not know, in sentences; empty where it knows all. */
export function unknownIn(book, views, state) {
  const settings = keysOf(book), known = [...FIELDS, ...settings, ...settings.map((key) => `b-${key}`)];
  const sentences = Object.keys(state).filter((key) => !known.includes(key) && !BIDS.test(key))
    .map((key) => `The link has “${key.slice(0, 40)}”, which this page does not know and leaves out.${nearest(key, known)}`);
  if (!viewOf(views, state.view)) {
    const names = views.map((view) => view.key);
    sentences.push(`The link names the view “${state.view.slice(0, 40)}”, which this page does not have.${nearest(state.view, names)}`);
  }
  return sentences.join(" ");
}

/** The known word with the most pairs of neighbouring letters in common, where it is two in five of them at least. */
function nearest(word, known) {
  const pairs = (one) => new Set([...one].slice(1).map((letter, index) => one[index] + letter));
  const own = pairs(word.toLowerCase());
  const close = (one) => 2 * [...pairs(one)].filter((pair) => own.has(pair)).length / (own.size + pairs(one).size || 1);
  const best = known.reduce((before, one) => (close(one) > close(before) ? one : before));
  return close(best) >= 0.4 ? ` Did you mean ${best}?` : "";
}
