// Guided mode: an exercise as steps beside the page. Step and exercise stand in the address: `guide=5&step=2`.
//
// A step may set the page. What is written is kept in this tab alone, and goes to the teacher's desk where a class code
// stands in the address: a locked choice at once, everything else with the last step.

import { h, replace, write } from "./dom.js";
import { alias, handIn } from "./handin.js";
import { forget, keep, read } from "./notes.js";
import { explaining } from "./words.js";

const LONGEST = 600; // characters of an answer, as the desk takes them
const KEPT = ["class", "guide", "step"]; // fields of the address that a step does not put back

/** The guide in `root`. `update(state)` follows the address, whose `guide` is a number, "list", or missing. */
export function guiding(context, root) {
  const { book, go, announce } = context;
  const explain = explaining(book.glossary ?? []);
  let guide = null, shown = "", state = {};

  const noted = (exercise, step, index) => `answer ${exercise}.${step}.${index}`;
  const answerOf = (exercise, step, index) => read(noted(exercise, step, index), { given: "", locked: false, handed: false });

  async function update(next) {
    state = next;
    const asked = state.guide ?? "";
    root.hidden = !asked;
    document.body.classList.toggle("guided", Boolean(asked));
    if (!asked) {
      shown = "";
      replace(root);
      return;
    }
    try {
      guide ??= await context.ask("guide");
    } catch (fault) {
      replace(root, h("p", { class: "fault" }, fault.said ?? fault.message));
      return;
    }
    const key = `${state.guide} ${state.step}`;
    if (key === shown || state !== next) return;
    shown = key;
    const exercise = guide.exercises.find((one) => `${one.number}` === state.guide);
    if (!exercise) return list();
    const at = Math.min(Math.max(1, Math.trunc(Number(state.step)) || 1), exercise.steps.length);
    draw(exercise, at);
    if (Object.keys(state).every((one) => KEPT.includes(one))) enter(exercise, at, { replace: true }); // a link to a bare step
  }

  function list() {
    replace(root,
      h("header", {}, h("h2", {}, "Exercises"), leave()),
      h("p", { class: "hint" }, "Each takes 20 minutes: predict, lock, run, explain, hand in."),
      classCode(),
      h("ol", { class: "exercises" }, guide.exercises.map((one) => h("li", {},
        h("button", { type: "button", class: "plain", onclick: () => enter(one, 1) }, one.title), h("p", { class: "hint" }, one.question)))));
  }

  const leave = () => h("button", { type: "button", class: "plain leave", onclick: () => go({ guide: null, step: null }) }, "Close");

  /** Go to a step: the page is set as the step says, or left as it is where it says nothing. */
  function enter(exercise, number, how) {
    const { set } = exercise.steps[number - 1];
    const old = Object.keys(set).length ? Object.keys(state).filter((key) => !KEPT.includes(key)) : [];
    go({ ...Object.fromEntries(old.map((key) => [key, null])), ...set, guide: `${exercise.number}`, step: `${number}` }, how);
    if (!how) root.querySelector("h3")?.focus();
  }

  function draw(exercise, at) {
    const step = exercise.steps[at - 1], last = at === exercise.steps.length, known = new Set();
    const asks = step.asks.map((ask, index) => asking(exercise, at, ask, index));
    replace(root,
      h("header", {}, h("h2", {}, `${exercise.number}. ${exercise.title}`), leave()),
      h("ol", { class: "steps", "aria-label": "Steps" }, exercise.steps.map((one, index) => h("li", {},
        h("button", { type: "button", "aria-current": index + 1 === at ? "step" : null, title: one.part, "aria-label": `Step ${index + 1}: ${one.part}`, onclick: () => enter(exercise, index + 1) }, `${index + 1}`)))),
      h("h3", { tabindex: "-1" }, `Step ${at} of ${exercise.steps.length}: ${step.part}`, h("span", { class: "hint" }, ` ${step.minutes} min`)),
      at === 1 && h("p", { class: "asked" }, explain(exercise.question, known)),
      step.text.map((paragraph) => h("p", {}, explain(paragraph, known))),
      book.saved && step.set.guess && h("p", { class: "hint" }, "A saved page does not hide the worlds and scores no guess: write yours down before you look."),
      Object.keys(step.set).length > 0 && h("p", {}, h("button", { type: "button", class: "plain again", onclick: () => enter(exercise, at) }, "Set the page for this step again")),
      asks,
      last && ending(exercise),
      h("div", { class: "row onward" },
        h("button", { type: "button", disabled: at === 1, onclick: () => enter(exercise, at - 1) }, "Back"),
        !last && h("button", { type: "button", class: "main", onclick: () => enter(exercise, at + 1) }, `Next: ${exercise.steps[at].part}`)),
      h("p", { class: "care" }, exercise.careful));
  }

  // ---- what is asked

  function asking(exercise, at, ask, index) {
    const name = noted(exercise.number, at, index), answer = answerOf(exercise.number, at, index);
    const status = h("p", { class: "hint", role: "status" }, handed(answer));
    const change = (given) => keep(name, { ...answerOf(exercise.number, at, index), given, handed: false });
    if (ask.kind === "words") {
      const id = `words-${at}-${index}`;
      return h("div", { class: "to-answer" }, h("label", { for: id }, ask.question),
        h("textarea", { id, rows: 3, maxlength: LONGEST, oninput: (event) => { change(event.target.value); write(status, ""); } }, answer.given), status);
    }
    const choices = ask.choices.map((words) => h("label", {}, h("input", {
      type: "radio", name: `choice-${at}-${index}`, value: words, checked: answer.given === words, disabled: answer.locked,
      onchange: () => { change(words); write(status, ""); if (lock) lock.disabled = false; },
    }), ` ${words}`));
    const lock = ask.lock && !answer.locked
      ? h("button", { type: "button", disabled: !answer.given, onclick: () => locking(exercise, at, index, lock, choices, status) }, "Lock")
      : null;
    return h("fieldset", { class: "to-answer" }, h("legend", {}, ask.question), choices, lock, status);
  }

  async function locking(exercise, at, index, lock, choices, status) {
    const name = noted(exercise.number, at, index);
    keep(name, { ...answerOf(exercise.number, at, index), locked: true });
    for (const label of choices) label.querySelector("input").disabled = true;
    lock.remove();
    write(status, "Locked.");
    announce("Your choice is locked.");
    if (state.class) write(status, await sent(exercise, at, index));
  }

  const handed = ({ locked, handed: done }) => [locked ? "Locked." : "", done ? "Handed in." : ""].filter(Boolean).join(" ");

  /** Hand one answer in; returns what is to be said of it. */
  async function sent(exercise, at, index) {
    const ask = exercise.steps[at - 1].asks[index], name = noted(exercise.number, at, index);
    const answer = answerOf(exercise.number, at, index);
    try {
      const fields = ask.kind === "choice" ? { choice: answer.given } : { words: answer.given };
      await handIn(state.class, { kind: ask.kind, exercise: exercise.number, step: at, ask: index, ...fields });
      keep(name, { ...answer, handed: true });
      return handed({ ...answer, handed: true });
    } catch (fault) {
      return `${answer.locked ? "Locked. " : ""}Not handed in: ${fault.said ?? fault.message}`;
    }
  }

  // ---- the end

  const answersOf = (exercise) => exercise.steps.flatMap((step, number) =>
    step.asks.map((ask, index) => ({ at: number + 1, index, ask, part: step.part, answer: answerOf(exercise.number, number + 1, index) })));

  function ending(exercise) {
    const said = h("p", { role: "status" });
    const put = async () => {
      const open = answersOf(exercise).filter(({ answer }) => answer.given.trim() && !answer.handed);
      const faults = [];
      for (const { at, index } of open) {
        const words = await sent(exercise, at, index);
        if (words.includes("Not handed in")) faults.push(words);
      }
      const left = answersOf(exercise).filter(({ answer }) => !answer.given.trim()).length;
      write(said, faults.length ? faults[0] : `Handed in: ${answersOf(exercise).length - left} of ${answersOf(exercise).length} answers. The teacher sees you as the ${alias()}.`);
    };
    const copy = async () => {
      await navigator.clipboard.writeText(written(exercise)).then(() => write(said, "Copied."), () => write(said, "The browser does not let the page copy. Print the page instead."));
    };
    return h("div", { class: "ending" },
      h("div", { class: "row" },
        state.class && h("button", { type: "button", class: "main", id: "hand-in", onclick: put }, "Hand in"),
        h("button", { type: "button", onclick: copy }, "Copy what I wrote"),
        h("button", { type: "button", onclick: () => { forget(`answer ${exercise.number}.`); shown = ""; go({ step: "1" }); } }, "Begin anew")),
      !state.class && h("p", { class: "hint" }, "Without a class code nothing is handed in. What you wrote stays in this tab."),
      !state.class && classCode(),
      said);
  }

  /** The field for the class code, for who came without the desk's link; a saved page has no desk. */
  function classCode() {
    if (book.saved) return null;
    const field = h("input", { type: "text", id: "class-code", inputmode: "numeric", maxlength: 4, size: 5, autocomplete: "off", value: state.class ?? "" });
    const take = (event) => {
      event.preventDefault();
      shown = "";
      go({ class: field.value.trim() || null });
      root.querySelector("#class-code, #hand-in")?.focus();
    };
    return h("form", { class: "row", onsubmit: take }, h("label", { for: "class-code" }, "Class code"), field, h("button", {}, "Join"));
  }

  const written = (exercise) => [
    `${exercise.number}. ${exercise.title}`,
    ...answersOf(exercise).map(({ at, part, ask, answer }) => `Step ${at}, ${part}. ${ask.question}\n${answer.given || "–"}`),
  ].join("\n\n");

  return { update };
}
