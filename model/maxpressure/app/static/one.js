// One world: a world of a scenario on the map of ties, week by week, and why each state moved.
//
// The world comes in one answer; the scrubber reads it without another. A chosen state brings its strain and threshold.

import { h, labelled, replace, write } from "./dom.js";
import { lineChart } from "./lines.js";
import { player } from "./player.js";
import { scenarioOptions } from "./settings.js";
import { number, percent } from "./shown.js";
import { MARK_LEGEND, tileMap } from "./tiles.js";
import { ALL_TIES, moveLine, shadesOf, timeline, weekWords } from "./weeks.js";

export const key = "one";
export const label = "One world";

const FIRST_WORLD = "0";
const MOST_WORLDS = 10_000;
const SPEEDS = [[2, "2 weeks a second"], [1, "1 week a second"], [4, "4 weeks a second"], [8, "8 weeks a second"]];

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const { book } = context;
  let shown = { key: null, world: null, time: null };
  let strain = { key: null, answer: null };
  let address = {};
  let week = 0;
  let asking = new AbortController();
  let askingStrain = new AbortController();

  const scenario = h("select", { id: "one-scenario", onchange: () => choose({ scenario: scenario.value }) },
    scenarioOptions(book));
  const number_ = h("input", { id: "one-world", type: "text", inputmode: "numeric", size: "5", maxlength: "6", "aria-describedby": "one-world-hint", onchange: () => choose({ world: number_.value.trim() }) });
  const another = h("button", { type: "button", class: "noprint", onclick: () => choose({ world: String((Number(shown.world?.world ?? -1) + 1) % MOST_WORLDS) }) }, "Next world");
  const tie = h("select", { id: "one-tie", onchange: () => context.go({ tie: tie.value === ALL_TIES ? null : tie.value, week: String(week) }) },
    h("option", { value: ALL_TIES }, "all ties together"), book.ties.map((one) => h("option", { value: one }, `${one} ties`)));
  const unmoved = h("p", { class: "hint", hidden: true }, "The levers that you moved in Many worlds do not act here: this is the scenario as it stands.");
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const waiting = h("p", { class: "quiet", hidden: true });

  const time = player({
    label: "Week of the world",
    words: (at) => shown.time?.when(at) ?? "",
    onPoint: (at, how) => context.go({ week: String(at) }, { passing: how === "passing", replace: how === "step" }),
    next: { label: "Next act", of: (at) => shown.time?.nextAct(at) ?? null },
    speeds: SPEEDS,
    onSpeed: (pace) => context.go({ speed: String(pace), week: String(week) }, { replace: true }),
  });
  const map = tileMap(context, {
    label: "Map of ties, a tile for each state",
    onSelect: (iso3) => context.go({ state: address.state === iso3 ? null : iso3, week: String(week) }),
  });
  const captions = h("div", { class: "one-captions", tabindex: "0", role: "region", "aria-label": "What came in and who moved" });
  const wave = lineChart({ onPoint: (at) => context.go({ week: String(at) }) });
  const counted = h("p", { class: "quiet" });
  const panel = statePanel(context, () => context.go({ state: null, week: String(week) }), (at) => context.go({ week: String(at) }));
  const cautions = h("div", { class: "care" });

  replace(root,
    h("h2", { class: "unseen" }, label),
    h("div", { class: "row one-choice" },
      labelled("Scenario", scenario), labelled("World number", number_), another, labelled("Map shows", tie)),
    h("p", { class: "hint", id: "one-world-hint" }, `A number from 0 to ${MOST_WORLDS - 1}. The same number means the same random numbers in every scenario.`),
    unmoved, fault, waiting,
    time.element,
    h("div", { class: "one-view" },
      h("section", { class: "one-map", "aria-label": "Map" }, map.element),
      h("div", { class: "one-beside" },
        h("section", { "aria-labelledby": "one-week" }, h("h3", { id: "one-week" }, "This week"), captions),
        panel.element),
      h("section", { class: "one-wave", "aria-labelledby": "one-wave" }, h("h3", { id: "one-wave" }, "Acts counted up"), wave.element, counted)),
    cautions);

  function choose(patch) {
    time.stop();
    context.go({ ...patch, week: null });
  }

  async function load(state) {
    const asked = { scenario: state.scenario ?? book.scenarios[0].name, world: state.world ?? FIRST_WORLD };
    const now = JSON.stringify(asked);
    if (scenario.value !== asked.scenario) scenario.value = asked.scenario;
    if (document.activeElement !== number_ || now !== shown.key) number_.value = asked.world;
    if (now === shown.key) return;
    shown.key = now;
    time.stop();
    asking.abort();
    asking = new AbortController();
    const onPlace = ({ place, seconds }) => {
      waiting.hidden = false;
      write(waiting, place ? `Number ${place} in the queue, about ${Math.ceil(seconds ?? 1)} s.` : "The world is being simulated…");
    };
    try {
      const world = await context.ask("world", asked, { signal: asking.signal, onPlace });
      accept(now, world);
    } catch (refusal) {
      if (refusal.name === "AbortError") return;
      fault.hidden = false;
      write(fault, refusal.said ?? refusal.message);
      number_.setAttribute("aria-invalid", String(refusal.key === "world"));
    }
    waiting.hidden = true;
  }

  function accept(now, world) {
    shown = { key: now, world, time: timeline(world, book) };
    context.guess?.showed(); // the picture has the record
    fault.hidden = true;
    number_.removeAttribute("aria-invalid");
    time.reach(shown.time.last);
    wave.draw({
      days: world.days,
      unit: "acts",
      lines: [
        { name: "record", values: world.record, colour: "var(--record)", wide: 1.5, dash: "4 3", curve: "step-after" },
        { name: "this world", values: world.acts, colour: "var(--a)", wide: 2.5, curve: "step-after" },
      ],
    });
    replace(cautions, world.cautions.map((one) => h("p", {}, one)));
    paint();
  }

  function paint() {
    const { world, time: weeks } = shown;
    if (!weeks) return;
    week = weekOf(address.week, weeks.last);
    const coloured = book.ties.includes(address.tie) ? address.tie : ALL_TIES;
    tie.value = coloured;
    time.pace(address.speed ?? SPEEDS[0][0]);
    if (!time.playing) time.show(week);
    map.paint((iso3) => weeks.look(iso3, week, coloured), [...shadesOf(coloured, book.levels), ...MARK_LEGEND]);
    map.select(address.state ?? null);
    replace(captions, caption(weeks, week));
    wave.read(week);
    const until = weekWords(world.days, week).split(" to ").at(-1);
    const record = world.record[week];
    write(counted, week
      ? `By ${until}: ${world.acts[week]} acts in this world${record === undefined || record === null ? "" : `, ${record} on record`}.`
      : "Nothing has happened yet: press Play or Step.");
    if (!time.playing) context.announce(`${weeks.when(week)}. ${summary(weeks, week)}`);
    panel.show(address.state, shown, week, strain.key === strainKey() ? strain.answer : null);
    loadStrain();
  }

  const strainKey = () => `${shown.key} ${address.state}`;

  async function loadStrain() {
    const iso3 = address.state;
    if (!iso3 || !shown.time.states.has(iso3) || strain.key === strainKey()) return;
    askingStrain.abort();
    askingStrain = new AbortController();
    const wanted = strainKey();
    strain = { key: wanted, answer: null };
    try {
      const answer = await context.ask("world", { scenario: shown.world.scenario, world: shown.world.world, state: iso3 }, { signal: askingStrain.signal });
      if (strain.key !== wanted) return;
      strain.answer = answer;
      panel.show(iso3, shown, week, answer);
    } catch (refusal) {
      if (refusal.name !== "AbortError") panel.refuse(refusal.said ?? refusal.message);
    }
  }

  return {
    update(state) {
      address = state;
      unmoved.hidden = !book.levers.some((lever) => lever.key in state);
      load(state);
      paint();
    },
    leave() {
      asking.abort();
      askingStrain.abort();
      for (const one of [time, map, wave, panel]) one.leave();
    },
  };
}

const weekOf = (given, last) => (/^\d{1,4}$/.test(given ?? "") ? Math.min(Number(given), last) : 0);

function caption(weeks, week) {
  const inputs = weeks.inputs(week);
  const moves = weeks.moves(week);
  const list = (title, items) => (items.length ? [h("h4", {}, title), h("ul", {}, items)] : []);
  const nothing = week ? "Nothing came in and nobody moved." : "The world has not begun.";
  if (!inputs.length && !moves.length) return [h("p", { class: "quiet" }, nothing)];
  return [
    list("Moved", moves.map((move) => h("li", {}, h("strong", {}, move.name), `: ${moveLine(move)}`))),
    list("Came in", inputs.map((input) => h("li", {}, input.line))),
  ];
}

function summary(weeks, week) {
  const moves = weeks.moves(week);
  return moves.length ? `Moved: ${moves.map((move) => `${move.name}, ${moveLine(move)}`).join(" ")}` : "Nobody moved.";
}

/** What is known of the chosen state: its ties, its acts with their causes, its strain against its threshold. */
function statePanel(context, close, onPoint) {
  const { book } = context;
  const title = h("h3", { id: "one-state" }, "A state");
  const shut = h("button", { type: "button", class: "plain", onclick: close }, "Close");
  const body = h("div", {});
  const chart = lineChart({ onPoint: (at) => onPoint(at + 1) });
  const sentence = h("p", {});
  const gloss = h("p", { class: "hint" }, "Strain is the cumulated hazard of a state since its last act. Its threshold is random. It acts in the week in which strain reaches the threshold.");
  const moved = h("div", {});
  const charted = h("div", {}, h("h4", {}, "Strain against threshold"), chart.element, sentence, gloss);
  const element = h("section", { class: "one-state", "aria-labelledby": "one-state" }, h("div", { class: "row" }, title, shut), body, charted, moved);
  let drawn = null;

  return {
    element,
    leave: chart.leave,
    refuse(said) {
      chart.element.hidden = true;
      write(sentence, said);
    },
    show(iso3, { world, time }, week, strain) {
      const state = iso3 && time.states.get(iso3);
      const tile = iso3 && book.tiles.find((one) => one.iso3 === iso3);
      shut.hidden = !iso3;
      charted.hidden = moved.hidden = !state;
      write(title, state?.name ?? tile?.name ?? "A state");
      if (!state) {
        replace(body, h("p", { class: "hint" }, (iso3 && world.others[iso3]) || (iso3 ? `The map has no state ${iso3}.` : "Choose a tile to see the state’s ties, its acts and their causes, and its strain against its threshold.")));
        return;
      }
      const now = time.at(iso3, week);
      replace(body, tieTable(book, state, now));
      replace(moved, acts(state, week, world.days));
      if (strain !== drawn && strain) {
        drawn = strain;
        chart.element.hidden = false;
        chart.draw({
          days: world.days.slice(1),
          unit: "cumulated hazard",
          decimals: 2,
          lines: [
            { name: "threshold", values: strain.threshold, colour: "var(--b)", dash: "6 3", curve: "step-after" },
            { name: "strain", values: strain.strain, colour: "var(--a)", wide: 2.5 },
          ],
          dots: strain.acted.map((at) => ({ at, value: strain.strain[at], words: `acts in the week of ${world.days[at]}` })),
        });
      }
      chart.read(Math.max(0, week - 1));
      write(sentence, strain ? strainWords(strain, week, now) : "Being simulated…");
    },
  };
}

function tieTable(book, state, now) {
  const words = (level, index, untouched) => (untouched && state.unlisted[index] ? "not listed" : book.levels[level]);
  return h("table", { class: "one-ties" },
    h("thead", {}, h("tr", {}, ["tie", "at the start", "now"].map((one) => h("th", { scope: "col" }, one)))),
    h("tbody", {}, book.ties.map((tie, index) => {
      const untouched = state.start[index] === now[index];
      const after = words(now[index], index, untouched);
      return h("tr", {}, h("th", { scope: "row" }, tie), h("td", {}, words(state.start[index], index, true)),
        h("td", {}, now[index] < state.start[index] ? h("strong", {}, `▼ ${after}`) : now[index] > state.start[index] ? h("strong", {}, `▲ ${after}`) : after));
    })));
}

function acts(state, week, days) {
  const done = state.moves.filter((move) => move.week <= week);
  const later = state.moves.length - done.length;
  return h("div", {},
    h("h4", {}, done.length ? "Its moves so far" : "It has not moved so far"),
    h("ul", {}, done.map((move) => h("li", {}, h("strong", {}, weekWords(days, move.week)), `: ${moveLine(move)}`))),
    later ? h("p", { class: "hint" }, `${later === 1 ? "One move comes" : `${later} moves come`} later in this world.`) : null);
}

function strainWords(strain, week, now) {
  if (week < 1) return `Its first threshold is ${number(strain.threshold[0], 2)}.`;
  const at = week - 1;
  const [own, threshold, chance] = [strain.strain[at], strain.threshold[at], strain.chance[at]];
  if (!now.some(Boolean)) return "It has no tie left to cut.";
  const acted = strain.acted.includes(at) ? "It acted in this week. " : "";
  const near = `Strain ${number(own, 2)} of the ${number(threshold, 2)} at which it acts next (${percent(Math.min(1, own / threshold))}).`;
  const pressed = chance > 0 ? ` Its chance of acting in this week was ${chance < 0.001 ? "under 0.1" : number(100 * chance, 1)} %${strain.due[at] ? `, due ${strain.due[at]}` : ""}.` : " Nothing pressed on it in this week.";
  return acted + near + pressed;
}
