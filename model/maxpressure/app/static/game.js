// The negotiation game: what ten roles bid in three rounds, and the referee's account of what followed.
//
// Bids stand in the address under the number of their round, `1-campaign`, and aims under `aim-USA`; `called` is the round
// that the referee was asked about. The server makes a setting of the bids and words of the figures.

import { parse } from "./address.js";
import { h, replace, write } from "./dom.js";
import { putBack, removed } from "./settings.js";
import { date, day, number, percent, signed } from "./shown.js";
import { strip } from "./strip.js";

export const key = "game";
export const label = "Negotiate";
export const refereed = true; // by the server

const FIELD = /^(\d-|aim-)/;
const VOTE = "mandates-";
const NAMING = { offer: "envoy offered by the principal", receive: "receives one" };

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const { book } = context, { game } = book;
  let state = {}, asked = new AbortController(), shown = "", answer = null;

  const rounds = h("div", { class: "row rounds", role: "group", "aria-label": "Round" }, game.rounds.map((one, index) =>
    h("button", { type: "button", id: `round-${index + 1}`, onclick: () => context.go({ round: index ? String(index + 1) : null }) },
      `${one.title}: ${day(date(one.date))}`)));
  const about = h("p", { class: "quiet" });
  const fields = [], body = h("tbody");
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const status = h("span", { class: "status", role: "status" });
  const found = h("section", { class: "verdict", "aria-label": "The referee" });
  const pairs = strip();

  replace(body, game.roles.map(roleRow));
  replace(root, h("h2", { class: "unseen" }, label),
    h("p", {}, "Ten roles bargain, one person enters their bids, and the page is the referee: it runs what was agreed and says what followed. Nobody wins."),
    rounds, about,
    h("table", { class: "bids" },
      h("thead", {}, h("tr", {}, ["Role", "Aim, stated before the first round", "Bid of this round"].map((words) => h("th", { scope: "col" }, words)))),
      body),
    h("div", { class: "row noprint" },
      h("button", { type: "button", class: "main", id: "call", onclick: () => context.go({ called: String(roundOf(state)) }) }, "Call the referee"),
      h("button", { type: "button", id: "clear", onclick: clear }, "Clear this round"), status),
    fault, found);

  function roleRow(role) {
    return h("tr", { id: `role-${role.key}` },
      h("th", { scope: "row" }, role.title, h("details", {}, h("summary", {}, "card"), h("p", {}, role.about),
        h("ul", {}, role.bids.map((words) => h("li", {}, words))), h("p", {}, role.watches))),
      h("td", {}, aimField(role)),
      h("td", {}, h("div", { class: "row" }, role.third ? Object.keys(NAMING).map((name) => namingField(role, name)) : role.fields.map((name) => courseField(role, name)))));
  }

  function aimField(role) {
    const choices = book.outcomes.filter((one) => game.stated.includes(one.key)).flatMap((one) =>
      game.directions.map((way) => [`${one.key} ${way}`, `${way === "more" ? "more" : "less"}: ${one.label}`]));
    if (role.third) choices.push(...game.directions.map((way) => [`${game.own} ${way}`, `to act in ${way} worlds`]));
    const select = h("select", { id: `aim-${role.key}`, "aria-label": `Aim of ${role.title}`, onchange: () => set(`aim-${role.key}`, select.value) },
      h("option", { value: "" }, "none stated"), choices.map(([value, words]) => h("option", { value }, words)));
    fields.push({ show: () => { select.value = state[`aim-${role.key}`] ?? ""; } });
    return select;
  }

  function courseField(role, name) {
    const lever = book.levers.find((one) => one.key === (name.startsWith(VOTE) ? "mandates" : name));
    const id = `bid-${name}`, unset = h("option", { value: "" });
    const control = lever.choices.length
      ? h("select", { id, onchange: () => bid(name, control.value) }, unset, lever.choices.map((words) => h("option", { value: words }, words)))
      : h("input", { id, inputmode: "decimal", size: 8, autocomplete: "off", title: lever.allowed, onchange: () => bid(name, control.value.trim()) });
    fields.push({ show() {
      const before = standing(name), closed = name === game.once && roundOf(state) > 1;
      if (lever.choices.length) write(unset, before); else control.placeholder = before;
      if (document.activeElement !== control || lever.choices.length) control.value = state[`${roundOf(state)}-${name}`] ?? "";
      control.disabled = closed;
    } });
    return h("label", { class: "bid" }, `${lever.label} `, control, lever.unit && h("small", {}, ` ${lever.unit}`));
  }

  function namingField(role, name) {
    const box = h("input", { type: "checkbox", id: `${name}-${role.key}`, onchange: () => {
      const named = new Set(codes(name));
      if (box.checked) named.add(role.key); else named.delete(role.key);
      bid(name, game.states.filter((iso3) => named.has(iso3)).join(" "));
    } });
    fields.push({ show: () => { box.checked = codes(name).includes(role.key); } });
    return h("label", { class: "bid" }, box, ` ${NAMING[name]}`);
  }

  const codes = (name) => (state[`${roundOf(state)}-${name}`] ?? "").split(" ").filter(Boolean);
  const set = (field, given) => context.go({ [field]: given || null, called: null });
  const bid = (name, given) => set(`${roundOf(state)}-${name}`, given);

  /** What holds where a role bids nothing in this round. */
  function standing(name) {
    for (let round = roundOf(state) - 1; round > 0; round--) if (state[`${round}-${name}`]) return `still ${state[`${round}-${name}`]}`;
    return "as recorded";
  }

  function clear() {
    const own = Object.keys(state).filter((name) => name.startsWith(`${roundOf(state)}-`));
    context.go({ ...Object.fromEntries(own.map((name) => [name, null])), called: null });
  }

  function update(next) {
    state = next;
    const round = roundOf(state), one = game.rounds[round - 1];
    [...rounds.children].forEach((button, index) => button.setAttribute("aria-pressed", String(index === round - 1)));
    write(about, `${one.title}, ${one.words}. Its requests are made on ${day(date(one.date))}. A course without a bid stays ${round > 1 ? "as in the round before" : "as in the opening: the record, with nobody asked"}.`);
    for (const field of fields) field.show();
    const query = { round: String(round), ...Object.fromEntries(Object.entries(state).filter(([name]) => FIELD.test(name))) };
    if (Number(state.called) === round) call(query); else quiet();
  }

  function quiet() {
    asked.abort();
    shown = "";
    answer = null;
    write(status, "");
    fault.hidden = true;
    replace(found);
  }

  async function call(query) {
    const wanted = JSON.stringify(query);
    if (shown === wanted) {
      if (answer) present();
      return;
    }
    quiet();
    shown = wanted;
    asked = new AbortController();
    write(status, "The referee runs both rounds…");
    try {
      answer = await context.ask("game", query, { signal: asked.signal, onPlace: ({ place, seconds }) => write(status, place ? `Place ${place} in the queue, about ${Math.ceil(seconds)} s` : "The referee runs both rounds…") });
      write(status, "");
      present();
      context.announce(`The referee has compared round ${answer.round} with ${answer.against}.`);
    } catch (refusal) {
      if (refusal.name === "AbortError") return;
      write(status, "");
      if (!refusal.said) throw refusal;
      write(fault, refusal.said);
      fault.hidden = false;
    }
  }

  function present() {
    const chosen = answer.outcomes[state.outcome] ? state.outcome : Object.keys(answer.outcomes)[0];
    replace(found,
      h("h3", {}, `Round ${answer.round} against ${answer.against}`),
      h("p", {}, `Courses: ${answer.words.join("; ") || "all as recorded"}.`),
      answer.requests.length === 0 ? h("p", {}, "Requests: nobody is asked.") : h("p", {}, "Requests: ", answer.requests.map((one) => `${one.name} (${one.dates.map((iso) => day(date(iso))).join(", ")})`).join("; "), ". Their effect is an upper bound."),
      answer.turned_away.length > 0 && h("p", {}, `No request was made to ${answer.turned_away.join(", ")}: the envoy was not received.`),
      h("p", { class: "noprint" }, h("button", { type: "button", id: "many-worlds", onclick: many }, "Open in Many worlds"), ` A is ${answer.against}, B is round ${answer.round}.`),
      outcomeTable(chosen), pairs.element, statedTable(), stateTable(),
      answer.cautions.map((words) => h("p", { class: "care" }, words)));
    pairs.draw(answer.outcomes[chosen], answer.outcomes[chosen]);
  }

  const many = () => context.go({ view: "many", week: null, state: null, ...putBack(book, "A"), ...removed(book), ...parse(answer.link) });

  function outcomeTable(chosen) {
    const range = ([low, middle, high], places) => `${number(middle, places)} (${number(low, places)} to ${number(high, places)})`;
    const rows = Object.entries(answer.outcomes).map(([name, one]) => h("tr", {},
      h("th", { scope: "row" }, h("button", { type: "button", class: "plain", id: `shown-${name}`, "aria-pressed": String(name === chosen), onclick: () => context.go({ outcome: name }, { replace: true }) }, one.label), h("small", {}, ` ${one.unit}`)),
      h("td", { class: "number" }, range(one.before, one.decimals)), h("td", { class: "number" }, range(one.after, one.decimals)),
      h("td", { class: "number" }, `${signed(one.mean, one.decimals + 1)} (${signed(one.ci_low, one.decimals + 1)} to ${signed(one.ci_high, one.decimals + 1)})`)));
    return table("Outcomes at the end: median world (nine in ten worlds), and the mean difference with its 95 % interval", ["Outcome", sentence(answer.against), `Round ${answer.round}`, "Difference"], rows);
  }

  function statedTable() {
    const rows = answer.roles.filter((one) => one.aim).map((one) => h("tr", {}, h("th", { scope: "row" }, one.title), h("td", {}, one.aim), h("td", {}, one.sentence)));
    if (!rows.length) return h("p", { class: "quiet" }, "No role has stated an aim.");
    return table("What each role had stated, and what followed", ["Role", "Aim", "What followed"], rows, null);
  }

  function stateTable() {
    const points = (share) => signed(100 * share, 1);
    const rows = game.states.map((iso3) => {
      const one = answer.states[iso3];
      return h("tr", {}, h("th", { scope: "row" }, game.roles.find((role) => role.key === iso3).title), h("td", { class: "number" }, percent(one.before)), h("td", { class: "number" }, percent(one.after)),
        h("td", { class: "number" }, `${points(one.mean)} (${points(one.ci_low)} to ${points(one.ci_high)})`));
    });
    return table("The six third states: in which share of worlds each has acted by the end, and the difference in points", ["State", sentence(answer.against), `Round ${answer.round}`, "Difference"], rows);
  }

  return { update, leave() { asked.abort(); pairs.leave(); } };
}

const roundOf = (state) => (["2", "3"].includes(state.round) ? Number(state.round) : 1);

const sentence = (words) => words[0].toUpperCase() + words.slice(1);

const table = (caption, heads, rows, kind = "number") => h("table", {}, h("caption", {}, caption),
  h("thead", {}, h("tr", {}, heads.map((words, index) => h("th", { scope: "col", class: index ? kind : null }, words)))), h("tbody", {}, rows));
