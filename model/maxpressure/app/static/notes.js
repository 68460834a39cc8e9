// What a visitor wrote, kept in this tab alone: it survives a reload, and is gone when the tab is closed.

const PREFIX = "maxpressure ";
const spare = new Map(); // where the browser keeps nothing for a page, as in some private windows

/** What was kept under a name, or `otherwise`. */
export function read(name, otherwise = null) {
  try {
    const kept = sessionStorage.getItem(PREFIX + name);
    return kept === null ? spare.get(name) ?? otherwise : JSON.parse(kept);
  } catch {
    return spare.get(name) ?? otherwise;
  }
}

/** Keep a value under a name. */
export function keep(name, value) {
  spare.set(name, value);
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // kept until the page is left
  }
}

/** Forget what was kept under the names that begin so. */
export function forget(beginning) {
  for (const name of [...spare.keys()]) if (name.startsWith(beginning)) spare.delete(name);
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX + beginning)) sessionStorage.removeItem(name);
  } catch {
    // nothing was kept
  }
}
