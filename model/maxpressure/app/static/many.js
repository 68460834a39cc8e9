// Many worlds: levers, what 300 worlds of a setting imply, and the difference between two settings world by world.

import { merge } from "./address.js";
import { curves } from "./chart.js";
import { h, replace, write } from "./dom.js";
import { leverRows } from "./levers.js";
import { requestList } from "./requests.js";
import { copied, leversShown, patchOf, putBack, queryOf, removed, settingOf, sidesOf } from "./settings.js";
import { dayBefore, number } from "./shown.js";
import { strip } from "./strip.js";
import { takeAway } from "./take.js";
import { worldMap } from "./worldmap.js";

export const key = "many";
export const label = "Many worlds";

const KEPT = 24; // answers kept for Back and for the setting that a drag does not move
const PATIENCE = 250; // milliseconds until a preview is asked for beside the full picture
const RUN = 1500; // milliseconds within which steps by key on one track are one step of Back

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const { book } = context;
  let state = {}, passing = false, shown = null, hovered = null, drawn = "", stepped = { where: "", at: 0 };
  let full = new AbortController(), previews = new AbortController(), drag = null, turn = Promise.resolve();
  const kept = new Map();

  const rows = leverRows(context, moved), requests = requestList(context, moved);
  const finding = h("p", { class: "finding", id: "finding" });
  const status = h("span", { class: "status", id: "status" });
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const chart = curves({ label: "Week read in the picture", onWeek: (week) => context.go({ week: String(week) }, { replace: true }), onHover: hover });
  const readout = h("p", { class: "readout", id: "readout" });
  const pairs = strip(), difference = h("div", { class: "difference" });
  const map = worldMap(context, {
    onWeek: (week) => context.go({ week: String(week) }, { replace: true }),
    onState: (iso3) => context.go({ state: iso3 === state.state ? null : iso3 }),
    onSide: (which) => context.go({ map: which === "A" ? null : which }),
  });
  const take = takeAway(context), care = h("div", { class: "cares" }), described = h("p", { class: "unseen", id: "described" });
  const buttons = h("div", { class: "row lever-buttons noprint" }), slot = h("div", { class: "guess" }), asked = h("div", { class: "guess-body" });
  const guess = context.guess?.mount(slot, { body: asked, changed: () => update(state) });
  const outcomes = outcomeChoice(book, (chosen) => context.go({ outcome: chosen === book.outcomes[0].key ? null : chosen }));
  const show = leverChoice(book, (wanted) => context.go(wanted));
  const top = h("div", { class: "headline" }, finding, status);
  const picture = h("div", { class: "picture" }, outcomes.element, chart.element, readout);

  const results = h("section", { class: "results", "aria-label": "Results", id: "results" },
    top, asked, fault, picture, described,
    h("section", { class: "differences", "aria-label": "Difference" }, difference));
  replace(root, h("h2", { class: "unseen" }, label), h("div", { class: "many" },
    h("div", { class: "bench" },
      h("section", { class: "settings", "aria-label": "Settings" }, rows.element, buttons, requests.element, show.element, slot,
        h("section", { "aria-label": "Cautions" }, care)),
      results),
    map.element, take.element));

  /** A move of a lever or a request; what may be refused is asked of the server before the address takes it. */
  function moved(which, field, given, how) {
    const patch = patchOf(which, { [field]: given === "" ? null : given });
    if (how === "passing") {
      passing = true;
      context.go(patch, { passing: true });
    } else if (how === "stepped") {
      const where = `${which}.${field}`, run = stepped.where === where && Date.now() - stepped.at < RUN;
      stepped = { where, at: Date.now() };
      forgiven(which, field);
      settle(patch, { replace: run });
    } else {
      turn = turn.then(() => checked(which, field, given, patch));
    }
  }

  async function checked(which, field, given, patch) {
    const candidate = merge(state, patch);
    try {
      const { link } = await worldsOf(settingOf(book, candidate, which), book.preview);
      const plain = new URLSearchParams(link).get(field); // as the server writes it: 2.5 for 2,5
      patch = patchOf(which, { [field]: field === "scenario" ? given : plain });
      forgiven(which, field);
    } catch (refusal) {
      if (!refusal.said) throw refusal;
      for (const part of [rows, requests]) part.refuse(which, field, given, refusal.said);
      context.announce(refusal.said);
      patch = {};
    }
    settle(patch);
  }

  const forgiven = (which, field) => [rows, requests].forEach((part) => part.forgive(which, field));

  function settle(patch, options) {
    passing = false;
    context.go(patch, options);
  }

  function hover(week) {
    hovered = week;
    read();
  }

  /** The worlds of a setting: kept from before, or asked for. */
  async function worldsOf(setting, count, { signal, onPlace } = {}) {
    const name = `${count} ${JSON.stringify(setting)}`;
    if (!kept.has(name)) {
      const found = await context.ask("worlds", count === book.worlds ? setting : { ...setting, worlds: count }, { signal, onPlace });
      kept.set(name, found);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    }
    return kept.get(name);
  }

  const having = (setting, count) => kept.get(`${count} ${JSON.stringify(setting)}`);

  function update(next) {
    state = next;
    const sides = sidesOf(state);
    rows.update(state);
    requests.update(state);
    outcomes.update(state);
    show.update(state);
    guess?.update(state);
    offer(sides);
    take.here();
    const query = JSON.stringify(queryOf(book, state));
    const hidden = guess?.hides(state) ?? false;
    placed(hidden);
    if (hidden) hide();
    else if (passing) preview();
    else if (query !== drawn) refine(query);
    else paint();
  }

  /** In the middle of a drag: one preview under way at a time, then that of where the track is by then. */
  async function preview() {
    if (drag) return;
    full.abort();
    drawn = "";
    const wanted = state, sides = sidesOf(state);
    drag = Promise.all(sides.map((which) => {
      const setting = settingOf(book, wanted, which);
      return having(setting, book.worlds) ?? worldsOf(setting, book.preview, { signal: previews.signal });
    }));
    try {
      const found = await drag;
      if (passing) present(sides, found, null);
    } catch {
      // at rest the same question is asked again, and its refusal is shown
    }
    drag = null;
    if (passing && wanted !== state) preview();
  }

  /** At rest: all worlds, with a preview where they take a while, and the difference. */
  async function refine(query) {
    for (const one of [full, previews]) one.abort();
    [full, previews] = [new AbortController(), new AbortController()];
    const { signal } = full, sides = sidesOf(state), settings = sides.map((which) => settingOf(book, state, which));
    drawn = query;
    waiting(null);
    const onPlace = (place) => !signal.aborted && waiting(place);
    const quick = setTimeout(() => {
      Promise.all(settings.map((one) => having(one, book.worlds) ?? worldsOf(one, book.preview, { signal })))
        .then((found) => !signal.aborted && status.dataset.full !== query && present(sides, found, null), () => {});
    }, PATIENCE);
    try {
      const found = await Promise.all(settings.map((one) => worldsOf(one, book.worlds, { signal, onPlace })));
      status.dataset.full = query;
      present(sides, found, null);
      if (sides.length > 1) {
        const compared = await context.ask("compare", queryOf(book, state), { signal, onPlace });
        if (!signal.aborted) present(sides, found, compared);
      }
      fault.hidden = true;
    } catch (refusal) {
      if (signal.aborted) return;
      fault.hidden = false;
      write(fault, refusal.said ?? refusal.message);
      write(status, "");
    } finally {
      clearTimeout(quick);
    }
  }

  function waiting(place) {
    if (!place) return write(status, "simulating…");
    const seconds = Math.max(1, Math.round(place.seconds ?? 1));
    write(status, place.place > 0 ? `waiting: ${place.place} before you, about ${seconds} s` : `simulating, about ${seconds} s`);
  }

  function present(sides, found, compared) {
    shown = { sides, found: Object.fromEntries(sides.map((which, index) => [which, found[index]])), compared };
    paint();
  }

  function paint() {
    if (!shown) return;
    const { sides, found, compared } = shown, answers = sides.map((which) => found[which]);
    const outcome = book.outcomes.find((one) => one.key === state.outcome) ?? book.outcomes[0];
    const own = found.A.outcomes[outcome.key], isPreview = answers.some((one) => one.preview);
    const view = {
      days: found.A.days, series: sides.map((which) => ({ name: which, levels: found[which].outcomes[outcome.key].levels })),
      observed: own.observed, figures: own.figures, marks: found.A.marks, outcome, hold: passing,
    };
    chart.draw(view);
    root.classList.toggle("preview", isPreview);
    picture.classList.toggle("alone", sides.length === 1);
    write(status, isPreview ? `preview, ${book.preview} worlds` : `${found.A.worlds} worlds${sides.length > 1 ? " each" : ""}`);
    write(finding, headline(sides, found, compared, outcome));
    write(described, (compared ?? found.A).description);
    if (!isPreview) context.announce(finding.textContent);
    for (const one of answers) guess?.showed(one);
    contrast(sides, compared, outcome);
    const side = sides.includes(state.map) ? state.map : "A";
    map.draw({ sides, found, side, view });
    map.choose(state.state, settingOf(book, state, side));
    replace(care, (compared ?? found.A).cautions.map((one) => h("p", { class: "care" }, one)));
    take.draw(isPreview ? null : {
      tables: book.saved ? null : () => context.ask("tables", queryOf(book, state)),
      files: sides.map((which) => ({ which, text: found[which].file })),
      figure: () => chart.figure(), title: finding.textContent,
    });
    read();
  }

  /** The finding in a sentence: the server's for the acts, the same for the other outcomes. */
  function headline(sides, found, compared, outcome) {
    if (outcome.key === book.outcomes[0].key) return `${(compared ?? found.A).finding}.`;
    const end = dayBefore(found.A.days.at(-1)), at = (which, level) => number(found[which].outcomes[outcome.key].levels[level].at(-1), outcome.decimals);
    const unit = outcome.unit.split(",")[0], observed = found.A.outcomes[outcome.key].observed?.at(-1);
    const record = observed === undefined ? "" : `; ${number(observed, outcome.decimals)} observed`;
    if (sides.length > 1) return `By ${end}, median over worlds: ${lower(outcome.label)} ${at("A", 2)} under A, ${at("B", 2)} under B (${unit})${record}.`;
    return `${outcome.label} by ${end}: ${at("A", 0)} to ${at("A", 4)} (${unit}) in 90 % of worlds${record}.`;
  }

  function contrast(sides, compared, outcome) {
    const one = compared?.outcomes[outcome.key];
    if (one) {
      pairs.draw(one, outcome);
      if (pairs.element.parentNode !== difference) replace(difference, pairs.element, h("details", {}, h("summary", {}, "All differences in words"), h("div", { class: "sentences" })));
      replace(difference.querySelector(".sentences"), compared.sentences.map((line) => h("p", {}, line)));
    }
    difference.classList.toggle("old", sides.length > 1 && !one);
    if (sides.length === 1) replace(difference, h("p", { class: "hint" }, "A second setting shows here what differs, world by world."));
    else if (!one && !difference.contains(pairs.element)) replace(difference, h("p", { class: "hint" }, "The difference follows with all worlds."));
  }

  function read() {
    if (!shown) return;
    const last = shown.found.A.days.length - 1;
    const pinned = /^\d{1,4}$/.test(state.week ?? "") ? Math.min(Number(state.week), last) : last;
    write(readout, chart.read(hovered ?? pinned));
    map.read(hovered ?? pinned);
  }

  /** A guess is asked for in place of the picture, and told below it. */
  function placed(hidden) {
    root.classList.toggle("hiding", hidden);
    const before = hidden ? top : picture;
    if (before.nextSibling !== asked) before.after(asked);
  }

  function hide() {
    full.abort();
    drawn = "";
    shown = null;
    chart.clear();
    write(finding, "The worlds are hidden until your guess is locked.");
    for (const one of [status, readout, described]) write(one, "");
    replace(difference);
    map.clear();
    take.draw(null);
  }

  function offer(sides) {
    if (buttons.dataset.sides === sides.join("")) return;
    buttons.dataset.sides = sides.join("");
    replace(buttons,
      sides.length === 1
        ? h("button", { type: "button", id: "compare", class: "main", onclick: () => context.go(copied(book, state)) }, "Compare with a second setting")
        : h("button", { type: "button", id: "compare", onclick: () => context.go({ ...removed(book), map: null }) }, "Remove the second setting"),
      sides.map((which) => h("button", { type: "button", id: `back-${which}`, onclick: () => context.go(putBack(book, which)) }, `Put all back${sides.length > 1 ? ` (${which})` : ""}`)));
  }

  return {
    update,
    leave() {
      for (const one of [full, previews]) one.abort();
      guess?.leave();
      for (const one of [chart, pairs, map]) one.leave();
      root.classList.remove("preview", "hiding");
    },
  };
}

/** A label within a sentence: names of countries keep their capital. */
const lower = (label) => (/^[A-Z][a-z]+’s /.test(label) ? label : label[0].toLowerCase() + label.slice(1));

function outcomeChoice(book, chosen) {
  const radios = book.outcomes.map((one) => h("input", { type: "radio", name: "outcome", id: `outcome-${one.key}`, value: one.key, onchange: () => chosen(one.key) }));
  return {
    element: h("fieldset", { class: "outcomes" }, h("legend", { class: "unseen" }, "Outcome"),
      book.outcomes.map((one, index) => h("span", {}, radios[index], h("label", { for: `outcome-${one.key}`, title: one.hint }, one.label)))),
    update(state) {
      const now = book.outcomes.find((one) => one.key === state.outcome) ?? book.outcomes[0];
      for (const radio of radios) radio.checked = radio.value === now.key;
    },
  };
}

function leverChoice(book, go) {
  let state = {};
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const boxes = book.levers.map((lever) => h("input", { type: "checkbox", id: `show-${lever.key}`, onchange: (event) => toggle(lever.key, event.target) }));

  function toggle(lever, box) {
    const on = leversShown(book, state).map((one) => one.key);
    const after = book.levers.map((one) => one.key).filter((one) => (one === lever ? box.checked : on.includes(one)));
    fault.hidden = after.length <= book.most_moved;
    if (after.length > book.most_moved) {
      box.checked = false;
      write(fault, `At most ${book.most_moved} levers are on show at once; put one away first.`);
      return;
    }
    const away = box.checked ? {} : Object.assign({}, ...["A", "B"].map((which) => patchOf(which, { [lever]: null })));
    go({ show: after.join(" ") || "none", ...away });
  }

  return {
    element: h("details", { class: "show noprint", id: "levers-on-show" }, h("summary", {}, "Levers on show"),
      h("p", { class: "hint" }, `At most ${book.most_moved} at once, so that an effect can be put down to one of them. One that is put away goes back to what the scenario has.`),
      book.levers.map((lever, index) => h("label", { class: "check" }, boxes[index], ` ${lever.label}`)), fault),
    update(next) {
      state = next;
      const on = leversShown(book, state).map((one) => one.key);
      book.levers.forEach((lever, index) => (boxes[index].checked = on.includes(lever.key)));
    },
  };
}
