// What a saved page is asked: answers that were computed before, in files beside the page or within it.
//
// It stands in the place of `server.js` in a page that `maxpressure app --export` wrote, with the same names. A setting
// that is not among the answers is refused, with the nearest that is.

/** What there is no answer to: the field, what was given, what is allowed, the nearest, and all of it in a sentence. */
export class Refusal extends Error {
  constructor({ key = "", given = "", allowed = "", nearest = "", said = "" }) {
    super(said);
    Object.assign(this, { key, given, allowed, nearest, said });
  }
}

const PREFIX = "b-";
const loaded = new Map();
let opened = null;

/** A saved page has no connection that could be lost. */
export function onConnection() {}

/** The answer to `path` with `query`, as `server.js` gives it. */
export async function ask(path, query = {}, { signal } = {}) {
  opened ??= open();
  const { book, known } = await opened;
  signal?.throwIfAborted();
  if (path === "book") return book;
  const asked = canonical(book, path, new URLSearchParams(typeof query === "string" ? query : given(query)));
  const { state } = asked;
  const bundle = state && (path === "why" || path === "world");
  if (bundle) delete asked.state;
  const name = address(bundle ? `${path}-states` : path, asked);
  if (!known.has(name)) throw refused(book, known, bundle ? `${path}-states` : path, asked);
  const answer = await load(known.get(name));
  signal?.throwIfAborted();
  if (!bundle) return answer;
  if (!answer[state]) throw new Refusal({ key: "state", given: state, said: `This saved page does not hold ${state} here. It holds the ${Object.keys(answer).length} states that act.` });
  return answer[state];
}

/** The book, and the file of each question by its canonical address. */
async function open() {
  const index = await load("index");
  const book = await load(index.book);
  const known = new Map();
  for (const [name, file] of Object.entries(index.answers)) {
    const [path, query = ""] = name.split("?");
    known.set(address(path, canonical(book, path, new URLSearchParams(query))), file);
  }
  return { book, known };
}

/** A file's content; packed by gzip unless the server of the files has unpacked it. */
async function load(file) {
  if (!loaded.has(file)) {
    const bytes = within(file) ?? (await beside(file));
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const stream = new Blob([bytes]).stream();
    const text = await new Response(packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
    loaded.set(file, JSON.parse(text));
  }
  return loaded.get(file);
}

function within(file) {
  const element = document.getElementById(`answer-${file}`);
  return element ? Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0)) : null;
}

async function beside(file) {
  const found = await fetch(`answers/${file}.bin`).catch(() => null);
  if (!found?.ok) throw new Refusal({ said: `A file of this saved page is missing: answers/${file}.bin. Copy the whole folder again.` });
  return new Uint8Array(await found.arrayBuffer());
}

const given = (query) => Object.entries(query).filter(([, value]) => value !== null && value !== undefined);

const address = (path, fields) => `${path}?${new URLSearchParams(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)))}`;

/** The fields of a question, each in one spelling; what is as its scenario has it is left out. */
function canonical(book, path, query) {
  const fields = Object.fromEntries(query);
  delete fields.worlds; // a preview is answered by all worlds
  const [record] = book.scenarios;
  for (const prefix of path === "compare" ? ["", PREFIX] : [""]) {
    const scenario = fields[`${prefix}scenario`] ?? record.name;
    fields[`${prefix}scenario`] = scenario;
    const own = book.scenarios.find((one) => one.name === scenario)?.own ?? {};
    for (const lever of book.levers) {
      const key = `${prefix}${lever.key}`;
      if (!(key in fields)) continue;
      const number = Number(fields[key]);
      if (!lever.choices.length && fields[key].trim() !== "" && !Number.isNaN(number)) fields[key] = String(number);
      if (fields[key] === String(own[lever.key])) delete fields[key];
    }
  }
  if (path === "book" || path === "record" || path === "guide" || path === "twins") delete fields.scenario;
  return fields;
}

/** The refusal of a question that has no answer, with the nearest that has one. */
function refused(book, known, path, asked) {
  const near = [...known.keys()]
    .filter((name) => name.startsWith(`${path}?`))
    .map((name) => Object.fromEntries(new URLSearchParams(name.slice(path.length + 1))))
    .map((fields) => ({ fields, far: distance(book, asked, fields) }))
    .sort((one, other) => one.far - other.far)[0];
  if (!near) return new Refusal({ said: "This saved page has no answers of this kind. The page as it is served from a computer has." });
  const key = [...new Set([...Object.keys(asked), ...Object.keys(near.fields)])].find((one) => asked[one] !== near.fields[one]) ?? "";
  const nearest = words(book, near.fields);
  return new Refusal({
    key,
    given: asked[key] ?? "",
    nearest,
    said: `This saved page does not hold ${words(book, asked)}. The nearest that it holds: ${nearest}.`,
  });
}

/** How far apart two questions are: a part of a lever's range, or one for each field that only one of them has. */
function distance(book, one, other) {
  let far = 0;
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    if (one[key] === other[key]) continue;
    const lever = book.levers.find((own) => own.key === key.replace(PREFIX, ""));
    const numbers = [one[key], other[key]].map(Number);
    const alike = lever && !lever.choices.length && numbers.every(Number.isFinite);
    far += alike ? Math.abs(numbers[0] - numbers[1]) / (lever.high - lever.low) : key.endsWith("scenario") ? 3 : 1;
  }
  return far;
}

/** A question's fields as they are read: Campaign 1.5 (A). */
function words(book, fields) {
  const two = Object.keys(fields).some((key) => key.startsWith(PREFIX));
  const said = Object.entries(fields).map(([key, value]) => {
    const own = key.replace(PREFIX, "");
    const name = own === "scenario" ? "" : (book.levers.find((lever) => lever.key === own)?.label ?? own);
    const shown = own === "scenario" ? (book.scenarios.find((one) => one.name === value)?.title ?? value) : value;
    return `${name} ${shown}${two ? ` (${key.startsWith(PREFIX) ? "B" : "A"})` : ""}`.trim();
  });
  return said.length ? said.join(", ") : "the record";
}
