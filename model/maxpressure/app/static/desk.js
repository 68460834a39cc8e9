// The teacher's desk: how students join, what they handed in as a live picture, and lock, reveal and clear.

import { h, replace, write } from "./dom.js";
import { dots, bars, sentences } from "./answers.js";
import { ask } from "./server.js";

const EVERY = 1500; // milliseconds between two looks at what was handed in
const place = (id) => document.getElementById(id);
const chosen = { address: 0, exercise: 0, question: "" };
let tag = "";
let shown = null;
let guide = null;
const outcomes = new Map(); // of a question: what came of it in the model's worlds, once revealed

// ---- what the desk does

async function act(action) {
  const done = await fetch(`api/desk/${action}`, { method: "POST" });
  if (!done.ok) return complain(`The desk did not ${action} (status ${done.status}). Open the desk again by its link.`);
  await look();
  write(place("live"), { lock: "Worlds are held back on the students’ pages.", reveal: "The worlds are shown.", clear: "All answers are cleared." }[action]);
}

function clear() {
  const button = place("clear");
  if (button.dataset.sure !== "yes") {
    button.dataset.sure = "yes";
    write(button, "Clear: really?");
    setTimeout(() => { button.dataset.sure = ""; write(button, "Clear all"); }, 4000);
    return;
  }
  button.dataset.sure = "";
  write(button, "Clear all");
  act("clear").then(joining);
}

function present() {
  const on = document.body.classList.toggle("present");
  place("present").setAttribute("aria-pressed", String(on));
  if (on) document.documentElement.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen();
  draw();
}

const complain = (text) => { place("lost").hidden = false; write(place("lost"), text); };

function controls() {
  const button = (id, words, onclick, more = {}) => h("button", { type: "button", id, onclick, ...more }, words);
  replace(place("controls"),
    button("lock", "Lock: hold the worlds back", () => act("lock")),
    button("reveal", "Reveal", () => act("reveal"), { class: "main" }),
    button("present", "Presentation", present, { "aria-pressed": "false" }),
    h("a", { class: "button", id: "save", href: "api/desk/answers.csv", download: "answers.csv" }, "Save for marking (CSV)"),
    button("clear", "Clear all", clear));
}

// ---- how students join

async function joining() {
  const { addresses } = await ask("desk/links");
  if (!addresses.length) {
    replace(place("join"), h("h2", { id: "join-title" }, "Join"), h("p", { class: "fault" }, "This machine has no address that others can reach. Connect it to the network of the class, then reload."));
    return;
  }
  chosen.address = Math.min(chosen.address, addresses.length - 1);
  const links = addresses[chosen.address].links;
  const link = links.find((one) => one.exercise === chosen.exercise) ?? links[0];
  const pick = (id, label, options, value, onchange) => h("label", { for: id }, label, " ",
    h("select", { id, onchange: (event) => { onchange(Number(event.target.value)); joining().then(() => place(id).focus()); } },
      options.map(([key, words]) => h("option", { value: key, selected: key === value }, words))));
  replace(place("join"),
    h("h2", { id: "join-title" }, link.exercise ? `Exercise ${link.exercise}: ${link.title}` : "Join"),
    h("img", { id: "qr", alt: `QR code of ${link.link}`, src: `api/desk/qr.svg?address=${chosen.address}&exercise=${link.exercise}&at=${encodeURIComponent(link.link.length + link.link)}` }),
    h("p", { class: "link" }, h("a", { href: link.link }, link.link)),
    h("div", { class: "row choosing" },
      pick("exercise", "Exercise", links.map((one) => [one.exercise, one.exercise ? `${one.exercise}. ${one.title}` : one.title]), link.exercise, (value) => { chosen.exercise = value; }),
      pick("address", "Address", addresses.map((one, index) => [index, one.address]), chosen.address, (value) => { chosen.address = value; })),
    h("details", { class: "choosing" }, h("summary", {}, "All links"), addresses.map((one) => [
      h("h3", {}, one.address), h("ul", { class: "links" }, one.links.map((own) => h("li", {}, own.exercise ? `Exercise ${own.exercise}: ` : "", h("a", { href: own.link }, own.link))))])));
}

// ---- what was handed in

async function look() {
  let answer;
  try {
    answer = await fetch("api/desk/all", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
  } catch {
    return complain("The server does not answer. This page tries again.");
  }
  if (answer.status === 401) return complain("The desk was opened by an earlier server. Open it again by the link that the terminal shows.");
  place("lost").hidden = true;
  if (answer.status === 304 || !answer.ok) return undefined;
  tag = answer.headers.get("etag") ?? "";
  const before = shown;
  shown = await answer.json();
  if (before && before.code !== shown.code) await joining();
  draw();
  await known();
  return undefined;
}

/** What came of each question, asked once the worlds are revealed. */
async function known() {
  if (!shown.revealed) return;
  await Promise.all(shown.questions.map(async (question) => {
    if (outcomes.has(question.question) || !["guess", "range"].includes(question.kind)) return;
    try {
      outcomes.set(question.question, await (question.kind === "guess" ? ofGuess(question) : ofRange(question)));
      draw();
    } catch (fault) {
      complain(fault.said ?? fault.message);
    }
  }));
}

async function ofGuess({ setting, answers }) {
  const { days } = await ask("guess/days", setting);
  const worlds = await ask("worlds", setting);
  const { levels, observed } = worlds.outcomes.acts;
  const asked = days.slice(-answers[0].numbers.length);
  return asked.map((day) => {
    const at = worlds.days.filter((one) => one <= day).length - 1;
    return { day, low: levels[0][at], middle: levels[2][at], high: levels[4][at], came: observed?.[at] ?? null };
  });
}

async function ofRange({ setting, second }) {
  const other = [...new URLSearchParams(second)].map(([key, value]) => [`b-${key}`, value]);
  const { outcomes: found } = await ask("compare", new URLSearchParams([...new URLSearchParams(setting), ...other]).toString());
  const acts = found.acts;
  return [{ low: acts.p05, middle: acts.median, high: acts.p95, came: null, mean: acts.mean, more: acts.more, same: acts.same, fewer: acts.fewer }];
}

function draw() {
  if (!shown) return;
  write(place("code"), shown.code);
  const students = `${shown.students} ${shown.students === 1 ? "student has" : "students have"} handed in`;
  const state = shown.held ? "the worlds are held back" : shown.revealed ? "the worlds are revealed" : "each page shows the worlds after its own guess";
  write(place("count"), `${students}; ${state}.`);
  place("lock").setAttribute("aria-pressed", String(shown.held));
  place("lock").disabled = shown.held;
  place("reveal").disabled = !shown.held;
  picture();
  table();
}

const NAMES = { guess: "guess of the wave", range: "guess of a difference", choice: "choice", words: "in words" };

/** What the exercise asks where an answer belongs; a guess is asked by the page itself. */
function asked({ exercise, step, ask: index, kind }) {
  const own = guide?.exercises.find((one) => one.number === exercise)?.steps[step - 1]?.asks[index];
  return own?.kind === kind ? own : null;
}

function named(question) {
  const { exercise, step, kind } = question;
  return [exercise ? `Exercise ${exercise}` : "Guess first", step ? `step ${step}` : "", asked(question)?.question.replace(/:$/, "") ?? NAMES[kind]].filter(Boolean).join(", ");
}

/** The question that was answered last: what the class is at. */
const latest = () => shown.questions.reduce((last, one) => (newest(one) > newest(last) ? one : last));
const newest = ({ answers }) => answers.reduce((at, one) => (one.at > at ? one.at : at), "");

function picture() {
  const root = place("answers");
  if (!shown.questions.length) {
    replace(root, h("h2", { id: "answers-title" }, "Answers"), h("p", { class: "quiet" }, "Nothing has been handed in yet. Students open the link, lock a guess or hand in a step, and appear here under an alias that their page shows them."));
    return;
  }
  const question = shown.questions.find((one) => one.question === chosen.question) ?? latest();
  const drawn = { choice: () => bars(question, asked(question)?.choices ?? []), words: () => sentences(question) }[question.kind]
    ?? (() => dots(question, shown.revealed ? outcomes.get(question.question) ?? [] : []));
  const had = document.activeElement?.id === "question";
  replace(root,
    h("h2", { id: "answers-title" }, "Answers"),
    h("label", { for: "question", class: "asked" }, "Question ", h("select", { id: "question", onchange: (event) => { chosen.question = event.target.value; picture(); } },
      shown.questions.map((one) => h("option", { value: one.question, selected: one === question }, `${named(one)} (${one.answers.length})`)))),
    drawn());
  if (had) place("question").focus();
}

function table() {
  const root = place("all");
  if (!root.firstChild) replace(root, h("details", { id: "table" }, h("summary", {}, h("h2", { id: "all-title" }, "All answers")), h("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "all-title" })));
  const rows = shown.questions.flatMap((question) => question.answers.map((one) => h("tr", {},
    h("th", { scope: "row" }, one.alias), h("td", {}, named(question)),
    h("td", {}, one.numbers.map((numbers) => numbers.map(written).join(" · ")).join("; ") + (one.worlds === null ? "" : `; more in ${one.worlds} of 10`)),
    h("td", {}, one.choice || one.words), h("td", {}, [one.seen, one.late ? "after the reveal" : ""].filter(Boolean).join("; ")), h("td", {}, one.at))));
  const heads = ["Alias", "Question", "Low · middle · high", "Answer", "Seen before", "At"].map((words) => h("th", { scope: "col" }, words));
  replace(root.querySelector(".scroll"), rows.length ? h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)) : h("p", { class: "quiet" }, "None."));
}

const written = (number) => `${number}`.replace("-", "−");

controls();
ask("guide").then((found) => { guide = found; draw(); }, () => {});
joining().catch((fault) => complain(fault.said ?? fault.message));
look();
setInterval(() => { if (!document.hidden) look(); }, EVERY);
