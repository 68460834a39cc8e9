// The controls of time: play and pause, a step back and forward, a scrubber, the speed; each by mouse and by keys.
//
// Whoever asks for reduced motion is offered no play, but the steps.

import { h, write } from "./dom.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** A button without effect keeps the focus, so that the keys go on working. */
const idle = (button, nothing) => button.setAttribute("aria-disabled", String(nothing));

/**
 * Controls over `last` + 1 points in time.
 *
 * `onPoint(point, how)` hears each move: `passing` while it plays or is dragged, `step`, or `set` by the scrubber. `words(point)` says a point.
 * `next` is `{label, of(point)}`: a button that jumps to a point of interest, or null where there is none. `speeds` are
 * `[points a second, words]`; `onSpeed` hears a choice. With the focus on the controls, the space bar plays and pauses,
 * the arrow keys step, Home and End go to the ends.
 */
export function player({ label, words, onPoint, next, speeds = [], onSpeed = () => {} }) {
  let point = 0;
  let last = 0;
  let pace = speeds[0]?.[0] ?? 1;
  let timer = 0;

  const button = (name, does) => h("button", { type: "button", onclick: does }, name);
  const start = button("Start", () => move(0));
  const back = button("Step back", () => move(point - 1));
  const play = h("button", { type: "button", class: "main player-play", onclick: () => (timer ? stop() : begin()) }, "Play");
  const forward = button("Step", () => move(point + 1));
  const jump = next && button(next.label, () => move(next.of(point) ?? point));
  const scrubber = h("input", { type: "range", class: "player-scrubber", min: "0", step: "1", "aria-label": label });
  const rate = speeds.length > 1 && h("select", { "aria-label": "Speed", onchange: () => choose(Number(rate.value)) },
    speeds.map(([value, said]) => h("option", { value }, said)));
  const stillness = h("span", { class: "hint" }, "Your device asks for reduced motion: go by steps.");
  const when = h("output", { class: "player-when" });
  const element = h("div", { class: "player", role: "group", "aria-label": label },
    h("div", { class: "row" }, start, back, play, forward, jump, rate && h("span", { class: "player-speed" }, rate), stillness, when),
    scrubber);

  scrubber.addEventListener("input", () => {
    stop();
    show(Number(scrubber.value));
    onPoint(point, "passing");
  });
  scrubber.addEventListener("change", () => onPoint(point, "set"));
  element.addEventListener("keydown", (event) => {
    if (event.target === rate) return;
    const to = { ArrowRight: point + 1, ArrowUp: point + 1, ArrowLeft: point - 1, ArrowDown: point - 1, Home: 0, End: last }[event.key];
    if (to !== undefined) move(to);
    else if (event.key === " " && event.target === scrubber && !still.matches) play.click();
    else return;
    event.preventDefault();
  });
  still.addEventListener("change", quieten);
  quieten();

  function quieten() {
    if (still.matches) stop();
    play.hidden = still.matches;
    if (rate) rate.hidden = still.matches;
    stillness.hidden = !still.matches;
  }

  function begin() {
    if (point >= last) show(0);
    write(play, "Pause");
    timer = setInterval(tick, 1000 / pace);
    onPoint(point, "passing");
  }

  function tick() {
    show(point + 1);
    if (point >= last) stop();
    else onPoint(point, "passing");
  }

  function stop() {
    if (!timer) return;
    clearInterval(timer);
    timer = 0;
    write(play, "Play");
    onPoint(point, "step");
  }

  function choose(value) {
    const playing = Boolean(timer);
    pace = value;
    if (playing) {
      clearInterval(timer);
      timer = setInterval(tick, 1000 / pace);
    }
    onSpeed(value);
  }

  function move(to) {
    stop();
    show(Math.max(0, Math.min(last, to)));
    onPoint(point, "step");
  }

  function show(to) {
    point = to;
    scrubber.value = String(point);
    const said = words(point);
    scrubber.setAttribute("aria-valuetext", said);
    write(when, said);
    for (const one of [start, back]) idle(one, point <= 0);
    idle(forward, point >= last);
    if (jump) idle(jump, next.of(point) === null);
  }

  return {
    element,
    show,
    stop,
    begin: () => !timer && !still.matches && begin(),
    get playing() {
      return Boolean(timer);
    },
    reach(points) {
      last = points;
      scrubber.max = String(points);
    },
    pace(value) {
      const known = speeds.find(([own]) => own === Number(value));
      pace = known ? known[0] : speeds[0][0];
      if (rate) rate.value = String(pace);
    },
    leave() {
      clearInterval(timer);
      timer = 0;
      still.removeEventListener("change", quieten);
    },
  };
}
