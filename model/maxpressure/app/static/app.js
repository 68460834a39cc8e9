// The frame of the page: the book is read once, a tab a view, the view that the address names.
//
// A view is a module with `key`, `label` and `mount(root, context) → {update(state), leave()}`. `state` is the address as
// `address.js` reads it. `context` holds `book`, `go` (address.js), `ask` (server.js), and `announce(text)`.
// `context.guess`, where it is there, is mounted by Many worlds: `guess.mount(slot, {changed}) → {update(state),
// hides(state), leave()}`; while it hides, nothing of the worlds is shown or asked for, until it calls `changed()`.

import { follow } from "./address.js";
import { h, replace, write } from "./dom.js";
import * as game from "./game.js";
import { guessFirst } from "./guess.js";
import { guiding } from "./guide.js";
import { unknownIn, viewOf } from "./link.js";
import * as many from "./many.js";
import * as one from "./one.js";
import * as opening from "./opening.js";
import { ask, onConnection } from "./server.js";
import * as whatif from "./whatif.js";

const VIEWS = [many, one, whatif, game, opening];
let views = VIEWS; // a saved page has no server that could referee
const QUIET = 700; // milliseconds after the last change until a screen reader is told

const live = document.getElementById("live");
const root = document.getElementById("view");
let timer = 0;

/** Tell a screen reader, once what changes has come to rest. */
function announce(text) {
  clearTimeout(timer);
  timer = setTimeout(() => write(live, text), QUIET);
}

function connection(how, seconds) {
  const line = document.getElementById("lost");
  line.hidden = how === "back";
  if (how === "lost") {
    write(line, `The server does not answer. The page tries again in ${Math.max(1, Math.round(seconds))} s; your setting is kept in the address.`);
  } else if (how === "changed") {
    const reload = h("button", { type: "button", onclick: () => location.reload() }, "Reload");
    replace(line, "The server was started anew with other code or data. What is shown is from before. ", reload);
  } else {
    announce("The server answers again.");
  }
}

function tabs(go) {
  const list = document.getElementById("tabs");
  const choose = (view) => go({ view: view.key });
  const turn = (event, index) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const to = { Home: 0, End: views.length - 1 }[event.key] ?? (by && (index + by + views.length) % views.length);
    if (to === undefined) return;
    event.preventDefault();
    choose(views[to]);
    list.children[to].focus();
  };
  replace(list, views.map((view, index) => h("button", {
    type: "button", role: "tab", id: `tab-${view.key}`, "aria-controls": "view",
    onclick: () => choose(view), onkeydown: (event) => turn(event, index),
  }, view.label)));
  return (chosen) => views.forEach((view, index) => {
    list.children[index].setAttribute("aria-selected", String(view === chosen));
    list.children[index].tabIndex = view === chosen ? 0 : -1;
  });
}

async function start() {
  onConnection(connection);
  const book = await ask("book");
  document.title = `${book.case}: maxpressure`;
  write(document.getElementById("subject"), book.subject);
  if (book.saved) {
    views = VIEWS.filter((view) => !view.refereed);
    document.getElementById("head").append(h("p", { class: "saved" }, book.saved));
  }

  let mounted = null, shown = null;
  const address = follow((state) => {
    const view = viewOf(views, state.view) ?? views[0];
    if (view !== shown) {
      mounted?.leave();
      shown = view;
      replace(root);
      mark(view);
      root.setAttribute("aria-labelledby", `tab-${view.key}`);
      mounted = view.mount(root, context);
    }
    mounted.update(state);
    guided.update(state);
  });
  const context = { book, go: address.go, ask, announce };
  if (!book.saved) context.guess = guessFirst(context);
  const guided = guiding(context, document.getElementById("guide"));
  document.getElementById("exercises").addEventListener("click", () => address.go({ guide: "list", step: null }));
  const mark = tabs(address.go);
  root.setAttribute("role", "tabpanel");
  const unknown = unknownIn(book, views, address.now());
  if (unknown) root.before(h("p", { class: "fault", role: "alert" }, unknown));
  address.start();
}

start().catch((fault) => {
  replace(root, h("p", { class: "fault", role: "alert" }, fault.said || `The page could not be opened: ${fault.message}.`));
});
