// The address is the only state of the page: what it says is shown, what is done is written into it.

/** An address's query as a plain object of words; where a key stands twice, the first counts. */
export function parse(search) {
  const state = Object.create(null); // no name is special
  for (const [key, given] of new URLSearchParams(search)) if (!(key in state)) state[key] = given;
  return state;
}

/** A state with a patch laid over it; null takes a key away. */
export function merge(state, patch) {
  const after = { ...state, ...patch };
  for (const key of Object.keys(after)) if (after[key] === null || after[key] === undefined) delete after[key];
  return after;
}

/** A state as the query of an address; empty for the empty state. */
export function format(state) {
  const words = new URLSearchParams(merge(state, {})).toString();
  return words ? `?${words}` : location.pathname;
}

/**
 * Follow the address. `show(state)` is called at once and after each change.
 *
 * `go(patch)` writes a step that Back undoes; `{replace: true}` writes over the present step; `{passing: true}` shows a
 * state, as in the middle of a drag, without a trace: the step that follows is counted from before it. Back puts the
 * focus where it was when the step was made.
 */
export function follow(show) {
  let state = parse(location.search);

  function go(patch, { push = true, replace = false, passing = false } = {}) {
    const after = merge(state, patch);
    if (passing) {
      show(after);
      return;
    }
    if (format(after) !== format(parse(location.search))) {
      if (push && !replace) {
        history.replaceState({ focus: document.activeElement?.id ?? "" }, "");
        history.pushState({}, "", format(after));
      } else {
        history.replaceState(history.state, "", format(after));
      }
    }
    state = after;
    show(state);
  }

  addEventListener("popstate", (event) => {
    state = parse(location.search);
    show(state);
    const before = event.state?.focus && document.getElementById(event.state.focus);
    if (before) before.focus({ preventScroll: true });
  });
  return { go, start: () => show(state), now: () => state };
}
