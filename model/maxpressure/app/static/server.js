// What the page asks of its server: it waits its turn, tries again when the server is full or gone, and says so.

const VISITOR = crypto.getRandomValues(new Uint32Array(2)).join("-");
const PAUSES = [0.5, 1, 2, 4, 8, 15]; // seconds between tries while the server is away

/** What the server refused: the field, what was given, what is allowed, the nearest, and all of it in a sentence. */
export class Refusal extends Error {
  constructor({ key = "", given = "", allowed = "", nearest = "", said = "" }) {
    super(said);
    Object.assign(this, { key, given, allowed, nearest, said });
  }
}

let build = null;
let told = () => {};
let away = false;

/** Be told how the connection stands: "lost" with the seconds to the next try, "back", or "changed" (another build). */
export function onConnection(listener) {
  told = listener;
}

/**
 * Ask `api/<path>` and return its answer: what its JSON says, or a file as a Blob.
 *
 * `query` is a plain object (null and undefined are left out) or a string. `onPlace` hears {place, seconds, done, of}
 * while the question waits. A refusal throws `Refusal`; a signal that is aborted throws its AbortError.
 */
export async function ask(path, query = {}, { signal, onPlace = () => {} } = {}) {
  const words = typeof query === "string" ? query.replace(/^\?/, "") : written(query);
  const address = `api/${path}${words ? `?${words}` : ""}`;
  for (let lost = 0; ; ) {
    let answer, body;
    try {
      answer = await fetch(address, { signal, headers: { "X-Visitor": VISITOR } });
      body = await ((answer.headers.get("content-type") ?? "").includes("json") ? answer.json() : answer.blob());
    } catch (fault) {
      if (signal?.aborted) throw fault;
      const seconds = PAUSES[Math.min(lost++, PAUSES.length - 1)] * (0.8 + 0.4 * Math.random());
      away = true;
      told("lost", seconds);
      await pause(seconds, signal);
      continue;
    }
    lost = 0;
    if (away) {
      away = false;
      told("back");
    }
    const from = answer.headers.get("x-build");
    if (from && build && from !== build) told("changed");
    build = from ?? build;
    if (answer.status === 202) {
      onPlace(body);
    } else if (answer.status === 503) {
      const seconds = Number(answer.headers.get("retry-after")) || 2;
      onPlace({ place: null, seconds, done: 0, of: 0 });
      await pause(seconds * (1 + 0.5 * Math.random()), signal);
    } else if (answer.ok) {
      return body;
    } else {
      throw new Refusal(body?.error ?? { said: otherwise(answer.status) });
    }
  }
}

const written = (query) =>
  new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined)).toString();

function otherwise(status) {
  if (status === 401) return "The server asks for the class's token. Open the link that your teacher gave.";
  if (status === 414) return "This link is too long.";
  return `The server did not answer this question (status ${status}). Reload the page.`;
}

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
