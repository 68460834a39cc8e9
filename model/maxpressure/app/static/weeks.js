// A world, or the record, week by week: what the server sent once, read at any week without another request.
//
// Week k is the state of things after k weeks; what came and who moved in it stands under the week that ended, k − 1.

import { date, day, dayBefore } from "./shown.js";

export const ALL_TIES = "all";

const KINDS = { act: "", attrition: "route thins, ", restoration: "restored, " };
const ORDER = ["act", "attrition", "restoration"];
const LOST = ["no level lost", "1 level lost", "2 or 3 levels lost", "4 or more levels lost"];
const ABSENT = "no such tie at the start";
const MOST_LOST = 4;

/** A world as it is asked: levels, moves and inputs by week. `world` is the answer of `api/world`. */
export function timeline(world, { ties, levels: words, tiles }) {
  const last = world.days.length - 1;
  const states = new Map(world.states.map((state) => [state.iso3, { ...state, steps: [[0, state.start]], moves: [] }]));
  const movesIn = Array.from({ length: last }, () => []);
  for (const change of [...world.changes, ...(world.patrons ?? [])]) {
    const state = states.get(change.iso3);
    if (state) {
      const levels = [...state.steps.at(-1)[1]];
      levels[ties.indexOf(change.tie)] = change.after;
      state.steps.push([change.week + 1, levels]);
    }
    const name = state?.name ?? tiles.find((tile) => tile.iso3 === change.iso3)?.name ?? change.iso3; // a patron
    const move = moveOf(movesIn[change.week], name, change);
    move.ties.push(change.tie);
    move.falls.push(`${change.tie} from ${words[change.before]} to ${words[change.after]}`);
  }
  for (const moves of movesIn) {
    moves.sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind) || one.name.localeCompare(other.name));
    for (const move of moves) states.get(move.iso3)?.moves.push(move);
  }
  const inputsIn = Array.from({ length: last }, () => []);
  for (const input of world.inputs) inputsIn[input.week]?.push(input);

  const at = (iso3, week) => states.get(iso3).steps.findLast(([from]) => from <= week)[1];
  const moves = (week) => (week > 0 ? movesIn[week - 1] : []);
  const inputs = (week) => (week > 0 ? inputsIn[week - 1] : []);

  return {
    last,
    states,
    at,
    moves,
    inputs,
    when: (week) => whenWords(world.days, week),
    /** The next week, after this one, in which a state acts; null where none does. */
    nextAct(week) {
      const found = movesIn.findIndex((own, index) => index >= week && own.some((move) => move.kind === "act"));
      return found < 0 ? null : found + 1;
    },
    /** How a state's tile looks at a week, for `tiles.js`; `since` is the first of the weeks whose moves are marked. */
    look(iso3, week, tie, since = week - 1) {
      const state = states.get(iso3);
      if (!state) return null;
      const shade = tie === ALL_TIES ? lostShade(state.start, at(iso3, week)) : levelShade(state, at(iso3, week), ties.indexOf(tie), words);
      const marked = range(since + 1, week);
      const moved = marked.flatMap((one) => moves(one)).filter((move) => move.iso3 === iso3);
      const named = marked.some((one) => inputs(one).some((input) => input.names.includes(iso3)));
      const mark = moved.length ? (moved.at(-1).kind === "restoration" ? "up" : "down") : named ? "named" : null;
      return { ...shade, mark };
    },
  };
}

/** The legend of the shades of a tie, or of all ties together. */
export function shadesOf(tie, levels) {
  const absent = { className: "absent", means: ABSENT };
  if (tie === ALL_TIES) return [...LOST.map((means, lost) => ({ className: `lost-${lost}`, bar: lost / 3, means })), absent];
  return [...levels.map((means, level) => ({ className: `level-${level}`, bar: level / 3, means: level ? means : "cut: none left" })).reverse(), absent];
}

/** A move in a line: which ties fell, and what the hazard was due to. */
export const moveLine = (move) => `${KINDS[move.kind] ?? ""}${move.falls.join(", ")}.${move.due ? ` Due ${move.due}.` : ""}`;

/** The week that ended, in words: 18 to 24 Sep 2017. */
export function weekWords(days, week) {
  if (week < 1) return `Before the first week, ${day(date(days[0]))}`;
  const [from, until] = [day(date(days[week - 1])).split(" "), dayBefore(days[week]).split(" ")];
  const shared = from[2] === until[2] ? (from[1] === until[1] ? 1 : 2) : 3;
  return `${from.slice(0, shared).join(" ")} to ${until.join(" ")}`;
}

const whenWords = (days, week) => (week < 1 ? weekWords(days, week) : `Week ${week} of ${days.length - 1}: ${weekWords(days, week)}`);
const range = (first, last) => Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
const sum = (levels) => levels.reduce((total, one) => total + one, 0);

function moveOf(moves, name, { week, iso3, kind, due }) {
  let move = moves.find((one) => one.iso3 === iso3 && one.kind === kind);
  if (!move) {
    move = { week: week + 1, iso3, name, kind, due, ties: [], falls: [] };
    moves.push(move);
  }
  return move;
}

function lostShade(start, now) {
  if (!sum(start)) return { className: "absent", words: ABSENT };
  const lost = Math.max(0, sum(start) - sum(now));
  const shade = lost < 2 ? lost : lost < MOST_LOST ? 2 : 3;
  return { className: `lost-${shade}`, bar: shade / 3, words: lost > 1 ? `${lost} levels lost` : LOST[lost] };
}

function levelShade(state, now, index, words) {
  const untouched = state.start[index] === now[index];
  if (untouched && (state.start[index] === 0 || state.unlisted[index])) return { className: "absent", words: ABSENT };
  return { className: `level-${now[index]}`, bar: now[index] / 3, words: now[index] ? words[now[index]] : "cut: none left" };
}
