// What if: the record without one of its inputs. Counterfactual twins say of each recorded act how likely it is then gone.
//
// One question brings every state at once. It is asked by a button, since a new one takes the server some seconds.

import { h, labelled, replace, write } from "./dom.js";
import { progress } from "./progress.js";
import { date, day } from "./shown.js";
import { twinTable } from "./twintable.js";

export const key = "whatif";
export const label = "What if";

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const { book } = context;
  const ready = new Set(book.course.twins);
  const known = new Map(book.inputs.map((one) => [one.name, one]));
  let address = {};
  let asked = null;
  let asking = new AbortController();

  const search = h("input", { id: "whatif-search", type: "search", maxlength: "80", oninput: () => list(), onkeydown: chooseByEnter });
  const kind = h("select", { id: "whatif-kind", onchange: () => list() },
    h("option", { value: "" }, "all kinds"), [...new Set(book.inputs.map((one) => one.kind))].sort().map((one) => h("option", {}, one)));
  const found = h("span", { class: "hint", role: "status" });
  const inputs = h("select", { id: "whatif-input", class: "whatif-inputs", size: String(Math.min(8, Math.max(2, book.inputs.length))), "aria-describedby": "whatif-hint", onkeydown: chooseByEnter, ondblclick: () => take() });
  const twins = h("select", { id: "whatif-twins" }, book.twins.map((one) => h("option", { value: one }, one)));
  const button = h("button", { type: "button", class: "main", onclick: () => take() }, "Take it away");
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const wait = progress({ label: "Twins simulated", onCancel: () => context.go({ without: null, twins: null }) });
  const title = h("h3", { tabindex: "-1" });
  const totals = h("ul", { class: "whatif-totals" });
  const table = twinTable(context);
  const cautions = h("div", { class: "care" });
  const answer = h("section", { "aria-label": "Answer", hidden: true }, title, totals, table.element, cautions);

  replace(root,
    h("h2", { class: "unseen" }, label),
    h("p", {}, "Take one input of the record away and simulate the recorded world again, with the random numbers behind it: how likely is each recorded act then gone?"),
    h("div", { class: "whatif-choice noprint" },
      h("div", { class: "row" },
        labelled("Search", search), labelled("Kind", kind), found),
      h("label", { for: "whatif-input" }, "Input to take away"), inputs,
      h("p", { class: "hint", id: "whatif-hint" }, "Choose one, then press the button or Enter. Those marked “exercise” are simulated before the class, others when you ask."),
      h("div", { class: "row" }, labelled("Twins", twins), button)),
    wait.element, fault, answer);
  list();

  function chooseByEnter(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take();
  }

  function list() {
    const wanted = search.value.trim().toLowerCase();
    const before = inputs.value;
    const shown = book.inputs.filter((one) => (!kind.value || one.kind === kind.value) && searched(one, context).includes(wanted));
    replace(inputs, shown.map((one) => h("option", { value: one.name }, optionWords(one, ready))));
    inputs.value = shown.some((one) => one.name === before) ? before : (shown[0]?.name ?? "");
    write(found, `${shown.length} of ${book.inputs.length} inputs`);
    button.disabled = !shown.length;
  }

  function take() {
    if (inputs.value) context.go({ without: inputs.value, twins: twins.value, sort: null, find: null, couplings: null });
  }

  async function load() {
    const { without, twins: count = String(book.twins[0]) } = address;
    const now = without === undefined ? null : JSON.stringify([without, count]);
    if (now === asked) return;
    asked = now;
    asking.abort();
    asking = new AbortController();
    fault.hidden = answer.hidden = true;
    wait.hide();
    if (now === null) return;
    if (known.has(without)) {
      if (![...inputs.options].some((one) => one.value === without)) [search.value, kind.value] = ["", ""];
      list();
      inputs.value = without;
    }
    if (book.twins.map(String).includes(count)) twins.value = count;
    wait.show();
    try {
      const found = await context.ask("twins", { without, twins: count }, { signal: asking.signal, onPlace: wait.place });
      accept(found);
    } catch (refusal) {
      if (refusal.name === "AbortError") return;
      fault.hidden = false;
      write(fault, refusal.said ?? refusal.message);
    }
    wait.hide();
  }

  function accept(found) {
    answer.hidden = false;
    replace(title, `Without ${found.title} (${day(date(found.date))}): ${found.twins} twins of the record`);
    replace(totals, found.totals.map((one) => h("li", {}, one)));
    replace(cautions, found.cautions.map((one) => h("p", {}, one)));
    table.fill(found);
    table.show(address);
    const acts = found.states.reduce((sum, state) => sum + state.acts.length, 0);
    context.announce(`${found.twins} twins without ${found.title}: ${acts} acts of ${found.states.length} states, in a table.`);
  }

  return {
    update(state) {
      address = state;
      load();
      if (!answer.hidden) table.show(state);
    },
    leave() {
      asking.abort();
    },
  };
}

const searched = (input, { book }) => {
  const names = input.states.map((iso3) => book.tiles.find((tile) => tile.iso3 === iso3)?.name ?? "");
  return [input.title, input.kind, input.date, ...input.states, ...names].join(" ").toLowerCase();
};

function optionWords(input, ready) {
  const states = input.states.length > 4 ? `${input.states.length} states` : input.states.join(", ");
  const aside = [input.kind, states].filter(Boolean).join("; ");
  return `${input.date}  ${input.title} (${aside})${ready.has(input.name) ? ", exercise" : ""}`;
}

