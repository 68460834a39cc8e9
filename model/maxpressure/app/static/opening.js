// The record in a minute: the last year that is on record, a scene a month, on the map of ties.
//
// It says what came in and who cut which tie, from the record alone: no simulation and no reason that a state had.

import { h, replace } from "./dom.js";
import { player } from "./player.js";
import { MARK_LEGEND, tileMap } from "./tiles.js";
import { ALL_TIES, shadesOf, timeline } from "./weeks.js";

export const key = "story";
export const label = "The record in a minute";

const SECONDS = 60;
const MONTHS = 12;
const MOST_INPUTS = 3;
const MONTH_NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEIGHTY = [/nuclear test/, /ICBM|icbm/, /UN resolution/, /IRBM|irbm/, /executive order/, /summit|thaw/, /diplomacy/, /measure/, /./];

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const asking = new AbortController();
  let story = null;
  let address = {};

  const time = player({
    label: "Month of the record",
    words: (at) => story?.scenes[at]?.title ?? "",
    onPoint: (at, how) => context.go({ scene: String(at) }, { passing: how === "passing", replace: how === "step" }),
    speeds: [[(MONTHS + 1) / SECONDS, `${SECONDS} seconds`]],
  });
  const skip = h("button", { type: "button", class: "noprint", onclick: () => context.go({ view: null, scene: null }) }, "Skip to Many worlds");
  const map = tileMap(context, {
    label: "Map of the record, a tile for each state",
    more: "follow it",
    onSelect: (iso3) => context.go({ state: address.state === iso3 ? null : iso3, scene: String(sceneOf()) }, { replace: true }),
  });
  const title = h("h3", {});
  const scene = h("div", { class: "story-scene" });
  const cautions = h("div", { class: "care" });
  const fault = h("p", { class: "fault", role: "alert", hidden: true });

  replace(root,
    h("h2", { class: "unseen" }, label),
    h("div", { class: "row" }, h("p", {}, "What happened, month by month, from the record alone. Play it, or go by steps."), skip),
    fault, time.element,
    h("div", { class: "one-view story-view" },
      h("section", { class: "one-map", "aria-label": "Map" }, map.element),
      h("section", { class: "one-beside", "aria-label": "What came in and who cut a tie" }, title, scene)),
    cautions);

  async function load() {
    try {
      const record = await context.ask("record", {}, { signal: asking.signal });
      story = { record, time: timeline(record, context.book), scenes: scenesOf(record) };
      time.reach(story.scenes.length - 1);
      replace(cautions, record.cautions.map((one) => h("p", {}, one)));
      paint();
    } catch (refusal) {
      if (refusal.name === "AbortError") return;
      fault.hidden = false;
      replace(fault, refusal.said ?? refusal.message);
    }
  }

  const sceneOf = () => Math.min(/^\d{1,2}$/.test(address.scene ?? "") ? Number(address.scene) : 0, story.scenes.length - 1);

  function paint() {
    if (!story) return;
    const at = sceneOf();
    const { from, until } = story.scenes[at];
    if (!time.playing) time.show(at);
    map.paint((iso3) => story.time.look(iso3, until, ALL_TIES, from), [...shadesOf(ALL_TIES, context.book.levels), ...MARK_LEGEND]);
    map.select(address.state ?? null);
    const told = sceneWords(story, at);
    replace(title, told.title);
    replace(scene, told.body);
    if (!time.playing) context.announce(told.said);
  }

  load();
  return {
    update(state) {
      address = state;
      paint();
    },
    leave() {
      asking.abort();
      time.leave();
      map.leave();
    },
  };
}

/** A scene for what was before the last twelve months, then one a month: {month, title, from, until}, in weeks that begin in it. */
function scenesOf({ days, record }) {
  const last = Math.min(record.length, days.length) - 1;
  const month = (week) => days[week].slice(0, 7);
  const months = [...new Set(days.slice(0, last).map((day) => day.slice(0, 7)))].slice(-MONTHS);
  const weeksOf = months.map((own) => {
    const weeks = days.slice(0, last).flatMap((_, week) => (month(week) === own ? [week] : []));
    return { month: own, title: monthWords(own), from: weeks[0], until: weeks.at(-1) + 1 };
  });
  return [{ title: `Before ${weeksOf[0].title}`, from: 0, until: weeksOf[0].from }, ...weeksOf];
}

const monthWords = (month) => `${MONTH_NAMES[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`;

function sceneWords({ record, time, scenes }, at) {
  const { title, from, until } = scenes[at];
  const weeks = Array.from({ length: until - from }, (_, index) => from + 1 + index);
  const moves = weeks.flatMap((week) => time.moves(week));
  const cuts = moves.filter((move) => move.kind === "act");
  const restored = moves.filter((move) => move.kind === "restoration");
  const inputs = at ? record.inputs.filter((input) => input.date.startsWith(scenes[at].month)) : weeks.flatMap((week) => time.inputs(week));
  const count = `${plural(cuts.length, "act")}${at ? `, ${record.record[until]} since ${monthWords(record.days[0].slice(0, 7))}` : ""}.`;
  const weighty = at ? chosen(inputs) : [];
  const rest = inputs.length - weighty.length;
  return {
    title: `${title}: ${count}`,
    said: `${title}: ${count} ${cuts.map((move) => `${move.name}, ${move.falls.join(", ")}`).join("; ")}`,
    body: [
      weighty.length ? [h("h4", {}, "Came in"), h("ul", {}, weighty.map((input) => h("li", {}, input.line)))] : null,
      rest ? h("p", { class: "hint" }, `${weighty.length ? "And " : ""}${plural(rest, weighty.length ? "more dated input" : "dated input")}.`) : null,
      cuts.length ? [h("h4", {}, at ? "Cut a tie" : "Had cut a tie"), h("p", { class: "story-states" }, at ? listed(cuts) : tallied(cuts))] : h("p", { class: "quiet" }, "No state cut a tie."),
      restored.length ? [h("h4", {}, "Restored a tie"), h("p", {}, at ? listed(restored) : tallied(restored))] : null,
    ],
  };
}

/** The weightiest inputs of a month, in the order of their days. */
function chosen(inputs) {
  const weight = (input) => WEIGHTY.findIndex((kind) => kind.test(input.line));
  const first = [...inputs].sort((one, other) => weight(one) - weight(other)).slice(0, MOST_INPUTS);
  return inputs.filter((input) => first.includes(input));
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const listed = (moves) => moves.map((move, at) => [at ? "; " : "", h("strong", {}, move.name), ` (${move.ties.join(", ")})`]);
const tallied = (moves) => `${[...new Set(moves.map((move) => move.name))].sort().join(", ")}.`;
