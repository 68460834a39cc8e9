// The table of what if: a row for each recorded act, both couplings, their bound, whether they agree, the conclusion.

import { h, labelled, replace, write } from "./dom.js";
import { percent } from "./shown.js";

const SIGNS = { threshold: "●", weekly: "◆" };
const AGREEMENT = { "": "all acts", agree: "couplings agree", disagree: "couplings disagree" };

/** The table and its controls; what is sorted and filtered stands in the address (`sort`, `find`, `couplings`). */
export function twinTable(context) {
  const { book } = context;
  const couplings = Object.keys(book.couplings);
  let rows = [];
  let state = {};

  const find = h("input", { id: "twins-find", type: "search", maxlength: "40", oninput: () => context.go({ find: find.value || null }, { replace: true }) });
  const agree = h("select", { id: "twins-agree", onchange: () => context.go({ couplings: agree.value || null }) },
    Object.entries(AGREEMENT).map(([value, words]) => h("option", { value }, words)));
  const sort = h("select", { id: "twins-sort", onchange: () => context.go({ sort: sort.value }, { replace: true }) });
  const count = h("span", { class: "hint", role: "status" });
  const head = h("tr", { role: "row" });
  const body = h("tbody", { role: "rowgroup" });
  const caption = h("caption", { class: "unseen" }, "Recorded acts, and how likely each is gone");
  const table = h("table", { class: "twins", role: "table" }, caption, h("thead", { role: "rowgroup" }, head), body);
  const key = h("p", { class: "hint" }, couplings.map((name) => h("span", { class: "twins-key" }, `${SIGNS[name] ?? name} ${book.couplings[name]}`)));
  const element = h("div", {},
    h("div", { class: "row twins-filter noprint" }, labelled("State", find), labelled("Show", agree), labelled("Sort by", sort, "twins-sort"), count),
    key, table);

  const columns = [
    { key: "state", label: "state", of: (row) => row.name },
    { key: "week", label: "act", of: (row) => row.act.day },
    { key: "gone", label: "gone by the end", of: (row) => middle(row.end) },
    { key: "later", label: "still gone later", of: (row) => middle(row.later) },
    { key: "agree", label: "couplings", of: (row) => Number(!row.act.agree) },
    { key: null, label: "conclusion" },
  ];

  return {
    element,
    fill(answer) {
      columns[2].label = `gone by ${answer.span.until}`;
      columns[3].label = `still gone by ${answer.span.end}`;
      rows = answer.states.flatMap((own) => own.acts.map((act) => ({
        iso3: own.iso3,
        name: own.name,
        act,
        end: couplings.map((name) => act.gone[name].by_end),
        later: couplings.map((name) => act.gone[name].later),
      })));
    },
    show(address) {
      state = address;
      if (document.activeElement !== find) find.value = address.find ?? "";
      agree.value = address.couplings in AGREEMENT ? address.couplings : "";
      headings();
      const shown = filtered();
      write(count, `${shown.length} of ${rows.length} acts`);
      replace(body, shown.length
        ? shown.map((row) => line(row))
        : h("tr", { role: "row" }, h("td", { role: "cell", colspan: "6" }, rows.length ? "No act fits; clear the search." : "No recorded act can be affected.")));
    },
  };

  function filtered() {
    const wanted = (state.find ?? "").trim().toLowerCase();
    const kept = rows.filter((row) => (!wanted || `${row.name} ${row.iso3}`.toLowerCase().includes(wanted))
      && (!agree.value || row.act.agree === (agree.value === "agree")));
    const [name, down] = sorting();
    const column = columns.find((one) => one.key === name) ?? columns[1];
    const order = (one, other) => (typeof one === "string" ? one.localeCompare(other) : one - other);
    return kept.sort((one, other) => (down ? -1 : 1) * order(column.of(one), column.of(other)) || order(one.act.day, other.act.day) || order(one.name, other.name));
  }

  function sorting() {
    const given = state.sort ?? "week";
    return [given.replace(/^-/, ""), given.startsWith("-")];
  }

  function headings() {
    const [name, down] = sorting();
    replace(sort, columns.filter((column) => column.key).flatMap((column) => [
      h("option", { value: column.key }, column.label),
      h("option", { value: `-${column.key}` }, `${column.label}, from the end`),
    ]));
    sort.value = state.sort ?? "week";
    const focused = head.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    replace(head, columns.map((column) => {
      const own = column.key === name;
      const to = own ? (down ? column.key : `-${column.key}`) : ["gone", "later"].includes(column.key) ? `-${column.key}` : column.key;
      return h("th", { scope: "col", role: "columnheader", "aria-sort": own ? (down ? "descending" : "ascending") : null },
        column.key ? h("button", { type: "button", class: "plain", "data-key": column.key, onclick: () => context.go({ sort: to }, { replace: true }) }, column.label, h("span", { "aria-hidden": "true" }, own ? (down ? " ▼" : " ▲") : " ↕")) : column.label);
    }));
    if (focused) head.querySelector(`[data-key="${focused}"]`)?.focus();
  }

  function line({ name, act, end, later }) {
    return h("tr", { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, name),
      h("td", { role: "cell", "data-label": "act" }, h("span", { class: "twins-week" }, `week of ${act.day}:`), ` ${act.ties}`),
      h("td", { role: "cell", "data-label": columns[2].label }, shares(end, act.bound)),
      h("td", { role: "cell", "data-label": columns[3].label }, shares(later)),
      h("td", { role: "cell", "data-label": "couplings" }, act.agree ? "agree" : h("strong", {}, "disagree")),
      h("td", { role: "cell", class: "twins-said" }, act.sentence));
  }

  function shares(values, bound = "") {
    const track = h("span", { class: "twins-track", "aria-hidden": "true" });
    const span = h("span", { class: "twins-span", style: { left: `${100 * Math.min(...values)}%`, width: `${100 * (Math.max(...values) - Math.min(...values))}%` } });
    track.append(span, ...values.map((value, at) => h("span", { class: `twins-dot ${couplings[at]}`, style: { left: `${100 * value}%` } })));
    return [
      bound && h("span", { class: "twins-bound" }, bound),
      track,
      h("span", { class: "twins-both" }, couplings.map((coupling, at) => h("span", {}, h("span", { class: "unseen" }, `${coupling} `), h("span", { "aria-hidden": "true" }, `${SIGNS[coupling]} `), `${percent(values[at])} `))),
    ];
  }
}

const middle = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;
