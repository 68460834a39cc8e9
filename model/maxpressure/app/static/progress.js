// How long an answer takes: the place in the queue, then how much is done, and a way to give up.

import { h, write } from "./dom.js";

/** A line with a bar; `place` takes what a server's 202 says: {place, seconds, done, of}. `onCancel` hears the button. */
export function progress({ label, onCancel }) {
  const said = h("p", { role: "status" });
  const bar = h("progress", { "aria-label": label, max: "1" });
  const element = h("div", { class: "wait", hidden: true }, said, h("div", { class: "row" }, bar, h("button", { type: "button", onclick: onCancel }, "Call off")));
  return {
    element,
    hide() {
      element.hidden = true;
    },
    show() {
      element.hidden = false;
      bar.removeAttribute("value");
      write(said, "Asking…");
    },
    place({ place, seconds, done, of }) {
      if (of) bar.value = done / of;
      else bar.removeAttribute("value");
      const left = seconds ? `, about ${Math.max(1, Math.round(seconds))} s left` : "";
      if (place) write(said, `Number ${place} in the queue${left}.`);
      else write(said, of ? `${done} of ${of} done${left}.` : `The server is busy${left}.`);
    },
  };
}
