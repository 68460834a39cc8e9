// Who is asked: the states that were asked on record, with a tick box for each setting, and new requests with a date.

import { h, replace, write } from "./dom.js";
import { date, day } from "./shown.js";
import { settingOf, sidesOf } from "./settings.js";

const NOBODY = "nobody";

/** The list of requests; `moved(which, key, given, how)` as for the levers, with the keys `asked` and `ask`. */
export function requestList(context, moved) {
  const { book } = context;
  const { states } = book.requests;
  const nameOf = Object.fromEntries(states.map((one) => [one.iso3, one.name]));
  const recorded = book.requests.recorded.filter((one) => one.iso3 in nameOf); // a patron that was asked does not decide by the rule
  const summary = h("summary", {}), body = h("div", { class: "requests" });
  const element = h("details", { class: "asked", id: "asked" }, summary, body);
  let laid = "", boxes = [], news = {}, faults = {}, faultLines = {}, counts = {};

  const askedOf = (setting) => {
    if (setting.asked === undefined) return recorded.map((one) => one.iso3);
    return setting.asked.toLowerCase() === NOBODY ? [] : setting.asked.split(/[ ,]+/);
  };
  const newOf = (setting) => (setting.ask ?? "").split(" ").filter(Boolean).map((one) => one.split("@"));

  function tick(which, iso3, wanted, state) {
    const before = askedOf(settingOf(book, state, which));
    const after = recorded.map((one) => one.iso3).filter((one) => (one === iso3 ? wanted : before.includes(one)));
    moved(which, "asked", after.length === recorded.length ? "" : after.join(" ") || NOBODY, "settled");
  }

  let current = {};
  function build(state) {
    const sides = sidesOf(state);
    if (laid === sides.join("")) return;
    laid = sides.join("");
    boxes = [];
    for (const which of sides) {
      news[which] = h("ul", { class: "new-requests", "aria-label": `New requests (${which})` });
      faultLines[which] = h("p", { class: "fault", role: "alert", hidden: true });
      counts[which] = h("span", { class: `side-${which}` });
    }
    const lines = recorded.map((one) => h("tr", {},
      h("th", { scope: "row" }, one.name),
      h("td", { class: "when", title: (one.asked ?? []).map((own) => `${day(date(own.date))}: ${own.asked}`).join("\n") }, whenOf(one)),
      h("td", { class: "number" }, one.times),
      sides.map((which) => {
        const box = h("input", { type: "checkbox", id: `asked-${which}-${one.iso3}`, "aria-label": `${one.name} is asked (${which})`, onchange: () => tick(which, one.iso3, box.checked, current) });
        boxes.push({ which, iso3: one.iso3, box });
        return h("td", { class: `box side-${which}` }, box);
      })));
    replace(body,
      h("p", { class: "hint" }, book.cautions.requests),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "States asked on record" },
        h("table", {},
          h("thead", {}, h("tr", {}, ["State", "Asked on record", "Times"].map((words, index) => h("th", { scope: "col", class: index === 2 ? "number" : null }, words)),
            sides.map((which) => h("th", { scope: "col", class: `box side-${which}` }, sides.length > 1 ? which : "Asked")))),
          h("tbody", {}, lines))),
      sides.map((which) => h("div", { class: "row" }, counts[which],
        h("button", { type: "button", onclick: () => moved(which, "asked", "", "settled") }, `Ask all (${which})`),
        h("button", { type: "button", onclick: () => moved(which, "asked", NOBODY, "settled") }, `Ask nobody (${which})`))),
      form(sides),
      sides.map((which) => [news[which], faultLines[which]]));
  }

  function form(sides) {
    const state = h("select", { id: "ask-state", "aria-label": "State of a new request" }, states.map((one) => h("option", { value: one.iso3 }, one.name)));
    const days = book.days ?? [];
    const when = h("input", { type: "date", id: "ask-day", "aria-label": "Day of a new request", min: days[0], max: days.at(-1), value: "2017-09-07" });
    const add = (which) => {
      const before = newOf(settingOf(book, current, which)).map((one) => one.join("@"));
      moved(which, "ask", [...before, `${state.value}@${when.value}`].join(" "), "settled");
    };
    return h("fieldset", { class: "ask" }, h("legend", {}, "A new request"), h("div", { class: "row" }, state, when,
      sides.map((which) => h("button", { type: "button", onclick: () => add(which) }, `Ask (${which})`))));
  }

  const take = (which, index) => {
    const rest = newOf(settingOf(book, current, which)).filter((_, other) => other !== index);
    moved(which, "ask", rest.map((one) => one.join("@")).join(" "), "settled");
  };

  return {
    element,
    update(state) {
      current = state;
      build(state);
      const words = [];
      for (const which of sidesOf(state)) {
        const setting = settingOf(book, state, which), asked = askedOf(setting), added = newOf(setting);
        for (const one of boxes) if (one.which === which) one.box.checked = asked.includes(one.iso3);
        const some = asked.length === recorded.length ? `all ${recorded.length} asked on record` : asked.length ? `${asked.length} of ${recorded.length} asked on record` : "nobody asked on record";
        words.push(`${sidesOf(state).length > 1 ? `${which}: ` : ""}${some}${added.length ? `, ${added.length} new` : ""}`);
        write(counts[which], `${which}: ${some}.`);
        replace(news[which], added.map(([iso3, when], index) => h("li", {}, `${nameOf[iso3] ?? iso3}, ${when ? day(date(when)) : "no day"} `,
          h("button", { type: "button", class: "plain", "aria-label": `Take back the new request to ${nameOf[iso3] ?? iso3} (${which})`, onclick: () => take(which, index) }, "take back"))));
        const fault = faults[`${which}.asked`] ?? faults[`${which}.ask`];
        faultLines[which].hidden = !fault;
        write(faultLines[which], fault?.said ?? "");
      }
      write(summary, `Who is asked: ${words.join("; ")}`);
    },
    refuse(which, key, given, said) {
      faults = { ...faults, [`${which}.${key}`]: { given, said } };
    },
    forgive(which, key) {
      delete faults[`${which}.${key}`];
    },
  };
}

const whenOf = (one) => {
  const dates = one.dates ?? [one.date];
  const days = dates.slice(0, 2).map((iso) => day(date(iso)));
  return dates.length > 2 ? `${days[0]} to ${day(date(dates.at(-1)))}` : days.join(", ");
};
