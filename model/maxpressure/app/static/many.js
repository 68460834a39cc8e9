// Many worlds: levers, what 300 worlds of a setting imply, and the difference between two settings.

import { h, replace } from "./dom.js";

export const key = "many";
export const label = "Many worlds";

/** Show the view in `root`; see the contract of views in `app.js`. */
export function mount(root, context) {
  const finding = h("p", { role: "status" });
  replace(root, h("h2", { class: "unseen" }, label), finding);
  let leaving = new AbortController();
  return {
    async update() {
      leaving.abort();
      leaving = new AbortController();
      try {
        const found = await context.ask("worlds", {}, { signal: leaving.signal });
        replace(finding, found.finding);
      } catch (fault) {
        if (fault.name !== "AbortError") replace(finding, fault.said ?? fault.message);
      }
    },
    leave: () => leaving.abort(),
  };
}
