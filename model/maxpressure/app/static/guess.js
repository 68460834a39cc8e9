// Guess first: the worlds are hidden until a guess is locked, and then it is scored.
//
// One setting: low, middle and high for each of a few days. Two settings: low, middle and high of the difference, and in
// how many worlds of ten B has more. With a class code in the address the guess is handed to the teacher's desk, and the
// worlds stay hidden as long as the teacher holds them back.

import { h, replace, write } from "./dom.js";
import { alias, handIn, watchDesk } from "./handin.js";
import { keep, read } from "./notes.js";
import { queryOf, settingOf, sidesOf } from "./settings.js";
import { dayBefore, number } from "./shown.js";

const MARKS = ["low", "middle", "high"];
const WHOLE = /^[+\-−]?[0-9]{1,4}$/;

/** Note what the page has shown: the setting of a link, and whether the record was in it. */
export function showed({ link = "", record = true } = {}) {
  const seen = read("seen", { links: [], record: false });
  keep("seen", { links: [...new Set([...seen.links, link])].filter(Boolean).slice(-200), record: seen.record || record });
}

/** What had been shown that bears on a guess; empty if nothing. */
function seenBefore(question, book) {
  const seen = read("seen", { links: [], record: false });
  if (question.links.some((link) => seen.links.includes(link))) return "the worlds were seen";
  const record = [`scenario=${book.scenarios[0].name}`, ""];
  return seen.record && question.links.every((link) => record.includes(link)) ? "the record was seen" : "";
}

const linkOf = (setting) => new URLSearchParams(setting).toString();

/** The question that an address asks: its kind, its key, and the settings. */
function questionOf(book, state) {
  const sides = sidesOf(state);
  const settings = sides.map((which) => settingOf(book, state, which));
  for (const setting of settings) setting.scenario ??= book.scenarios[0].name;
  const links = settings.map(linkOf);
  return { kind: sides.length > 1 ? "range" : "guess", key: links.join(" | "), links, settings, query: queryOf(book, state, sides) };
}

/**
 * The part of Many worlds that asks for a guess: `guessFirst(context).mount(slot, {body, changed})`.
 *
 * The box to tick stands in `slot`, what is asked and told in `body`. `changed()` is called when the worlds may be shown after all. `update(state)` follows the address, `hides(state)` says
 * whether the worlds are to be hidden. Once those of a link are shown, the view calls `showed({link})`.
 */
export const guessFirst = (context) => ({ mount: (slot, { body, changed }) => mounted(context, slot, body, changed), showed });

function mounted(context, slot, body, changed) {
  const { book, go, announce } = context;
  const box = h("input", { type: "checkbox", id: "guess-first", onchange: () => go({ guess: box.checked ? "1" : null }) });
  replace(slot, h("label", { class: "check", for: "guess-first" }, box, " Guess first"));
  let asked = "", watching = () => {}, current = {};

  const locked = (question) => read(`guess ${question.key}`);
  const isHidden = (question) => {
    const guess = locked(question);
    return !guess || Boolean(guess.held);
  };

  function update(state) {
    current = state;
    box.checked = state.guess === "1";
    if (!box.checked) {
      watching();
      asked = "";
      replace(body);
      return;
    }
    const question = questionOf(book, state);
    const key = `${question.key} ${Boolean(locked(question))} ${isHidden(question)}`;
    if (asked === key) return;
    asked = key;
    watching();
    draw(question).catch((fault) => replace(body, h("p", { class: "fault", role: "alert" }, fault.said ?? fault.message)));
  }

  const hides = (state) => state.guess === "1" && isHidden(questionOf(book, state));

  async function draw(question) {
    const guess = locked(question);
    if (guess) {
      await told(question, guess);
      return;
    }
    const rows = question.kind === "range"
      ? [{ key: "0", words: `Difference in acts by ${dayBefore(book.days.at(-1))}, B minus A` }]
      : (await context.ask("guess/days", question.settings[0])).days.map((day, index) => ({ key: `${index}`, words: `Acts by ${dayBefore(day)}`, day }));
    if (asked.startsWith(question.key)) replace(body, form(question, rows));
  }

  // ---- before it is locked

  function form(question, rows) {
    const range = question.kind === "range";
    const field = (name, label) => h("input", { id: `guess-${name}`, name, inputmode: "numeric", autocomplete: "off", size: 4, maxlength: 5, "aria-label": label });
    const fault = h("p", { class: "fault", role: "alert", hidden: true });
    const fields = rows.map((row) => MARKS.map((mark) => field(`${mark}-${row.key}`, `${row.words}: ${mark}`)));
    const worlds = range ? field("worlds", "In how many worlds of ten B has more acts") : null;
    const lock = (event) => {
      event.preventDefault();
      const wrong = (input, words) => {
        for (const one of [...fields.flat(), worlds].filter(Boolean)) one.removeAttribute("aria-invalid");
        input.setAttribute("aria-invalid", "true");
        fault.hidden = false;
        write(fault, words);
        input.focus();
      };
      const numbers = [];
      for (const [index, inputs] of fields.entries()) {
        const row = [];
        for (const [place, input] of inputs.entries()) {
          const given = input.value.trim();
          const value = Number(given.replace("−", "-"));
          if (!WHOLE.test(given) || Math.abs(value) > 500 || (!range && value < 0)) return wrong(input, `${rows[index].words}: ${MARKS[place]} is “${given}”. Allowed is a whole number from ${range ? "−500" : "0"} to 500.`);
          if (place && value < row.at(-1)) return wrong(input, `${rows[index].words}: ${MARKS[place]} is ${given}. It must be at least ${MARKS[place - 1]}, ${inputs[place - 1].value.trim()}.`);
          row.push(value);
        }
        if (index && row[1] < numbers.at(-1)[1]) return wrong(inputs[1], `${rows[index].words}: middle is ${row[1]}. Acts are counted up, so it is at least ${numbers.at(-1)[1]}, the middle before.`);
        numbers.push(row);
      }
      if (range && !/^([0-9]|10)$/.test(worlds.value.trim())) return wrong(worlds, `Worlds of ten: given is “${worlds.value.trim()}”. Allowed is a whole number from 0 to 10.`);
      return fix(question, { numbers, days: rows.map((row) => row.day ?? ""), worlds: range ? Number(worlds.value) : null });
    };
    return h("form", { onsubmit: lock, novalidate: true },
      h("p", {}, range
        ? "How many more acts does B have than A? Fewer is a negative number."
        : "How many acts do you expect, counted up?"),
      h("table", { class: "guess-fields" },
        h("thead", {}, h("tr", {}, h("td", {}), MARKS.map((mark) => h("th", { scope: "col" }, mark)))),
        h("tbody", {}, rows.map((row, index) => h("tr", {}, h("th", { scope: "row" }, row.words), fields[index].map((input) => h("td", {}, input)))))),
      worlds && h("p", {}, h("label", { for: "guess-worlds" }, "B has more acts than A in "), worlds, " worlds of ten."),
      fault, h("button", { class: "main" }, "Lock my guess"));
  }

  /** Lock a guess and hand it in; the worlds open at once unless the teacher holds them back. */
  async function fix(question, { numbers, days, worlds }) {
    const guess = { numbers, days, worlds, seen: seenBefore(question, book), held: false, fault: "" };
    const code = current.class;
    if (code) {
      try {
        const desk = await handIn(code, {
          kind: question.kind, setting: question.links[0], second: question.links[1] ?? "", numbers, seen: guess.seen,
          exercise: Number(current.guide) || 0, step: Number(current.step) || 0, ...(worlds === null ? {} : { worlds }),
        });
        guess.held = desk.held;
      } catch (fault) {
        guess.fault = fault.said ?? fault.message;
      }
    }
    keep(`guess ${question.key}`, guess);
    asked = "";
    announce("Your guess is locked.");
    changed();
    body.querySelector(".locked")?.focus({ preventScroll: true });
  }

  // ---- once it is locked

  async function told(question, guess) {
    const spread = (row) => row.map((value, place) => `${MARKS[place]} ${number(value)}`).join(", ");
    const words = guess.numbers.map((row, index) => `${guess.days[index] ? `by ${dayBefore(guess.days[index])}: ` : ""}${spread(row)}`).join("; ");
    const score = h("p", { class: "score", role: "status" }, guess.held ? "" : "Scoring…");
    const desk = guess.fault || !alias() || !current.class ? null : h("p", {}, "On the teacher’s picture you are the ", h("strong", {}, alias()), ".");
    replace(body,
      h("p", { tabindex: "-1", class: "locked" }, "Locked: ", h("strong", {}, words), guess.worlds === null ? "." : `; B has more in ${guess.worlds} of ten worlds.`),
      desk, guess.fault && h("p", { class: "fault" }, `Not handed in: ${guess.fault}`),
      guess.held ? h("p", { role: "status" }, "Your teacher shows the worlds to all at once. This page opens by itself.") : score,
      h("button", { type: "button", class: "plain", onclick: () => again(question) }, "Another guess"));
    if (guess.held) {
      watching = watchDesk(({ held }) => {
        if (held) return true;
        keep(`guess ${question.key}`, { ...guess, held: false });
        asked = "";
        announce("The worlds are shown.");
        changed();
        return false;
      });
      return;
    }
    await scored(question, guess, score);
  }

  async function scored(question, guess, line) {
    const written = Object.fromEntries(guess.numbers.flatMap((row, index) => row.map((value, place) => [`${MARKS[place]}-${index}`, value])));
    const path = question.kind === "range" ? "range" : "guess";
    const found = await context.ask(path, { ...question.query, ...written, ...(guess.worlds === null ? {} : { worlds: guess.worlds }) });
    const before = guess.seen ? ` It was locked after ${guess.seen}.` : "";
    write(line, found.sentence + before);
    announce(found.sentence + before);
    if (found.rivals?.length) line.after(rivals(found));
    if (body.contains(document.activeElement)) body.scrollIntoView({ block: "nearest" });
  }

  function rivals({ score, rivals: others }) {
    const rows = [...others, { name: "your guess", score }].sort((one, other) => one.score - other.score);
    return h("table", { class: "rivals" }, h("caption", {}, "Scores in acts; 0 is best"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Forecast"), h("th", { scope: "col", class: "number" }, "Score"))),
      h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, row.name), h("td", { class: "number" }, row.score.toFixed(2))))));
  }

  function again(question) {
    keep(`guess ${question.key}`, null);
    asked = "";
    changed();
  }

  return { update, hides, showed, leave: () => watching() };
}
