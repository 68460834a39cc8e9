// The teacher's desk as a student's page knows it: what is handed in, under which alias, and whether worlds are held back.

import { keep, read } from "./notes.js";
import { Refusal } from "./server.js";

const EVERY = 2500; // milliseconds between two looks at whether the teacher has revealed the worlds
const TRIES = 3;

/** The random number of this tab. */
function student() {
  const known = read("student");
  if (known) return known;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
  keep("student", made);
  return made;
}

/** The alias under which the teacher sees this tab, once something was handed in. */
export const alias = () => read("alias", "");

/** Hand an answer to the desk of a class; returns {alias, late, held, revealed}, and throws a Refusal in words. */
export async function handIn(code, fields) {
  const body = JSON.stringify({ code, student: student(), ...fields });
  for (let tried = 1; ; tried++) {
    let answer;
    try {
      answer = await fetch("api/desk/hand-in", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    } catch {
      if (tried < TRIES) {
        await new Promise((resolve) => setTimeout(resolve, 1000 * tried));
        continue;
      }
      throw new Refusal({ said: "The server does not answer. What you wrote is kept in this tab: hand it in again." });
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) {
      keep("alias", said.alias);
      return said;
    }
    if (said.error?.key === "class code") throw new Refusal({ ...said.error, said: "The desk has another class code now. Open the link of your teacher again." });
    throw new Refusal(said.error ?? { said: `The desk did not take it (status ${answer.status}).` });
  }
}

/** Look at the desk until `seen(desk)` is false; `desk` is {held, revealed, students}. Returns what ends the looking. */
export function watchDesk(seen) {
  let tag = "", timer = 0, over = false;
  async function look() {
    try {
      const answer = await fetch("api/desk", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.ok) {
        tag = answer.headers.get("etag") ?? "";
        const desk = await answer.json();
        if (!over && !seen(desk)) over = true;
      }
    } catch {
      // the server is away: look again
    }
    if (!over) timer = setTimeout(look, EVERY);
  }
  look();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
