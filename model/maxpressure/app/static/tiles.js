// The map of the world, a tile of equal size for each state, so that Fiji is as visible as Russia.
//
// Where the map is wide enough for three letters a tile, the tiles lie as the capitals do; where it is not (a phone,
// a page at 200 %), they lie close together by continent, so that all states stay in view beside the controls.
// Nothing is told by colour alone: a bar along the foot shows the quantity, a mark in a corner who moved.

import { h, replace } from "./dom.js";

const LEAST_TILE = 24; // px: three letters of 11 px with a margin, and a target wide enough for a finger
const LEAST_CODE = 11; // px
const SPACIOUS = 30; // px: a tile by continent where there is room
const PHONE = 500; // px

const PARTS = {
  target: { words: "the target of the campaign" },
  patron: { words: "a patron of the target: it follows the scenario’s path and not the rule" },
  principal: { words: "a principal of the campaign: it presses and is not pressed" },
};

const CONTINENTS = [
  ["Americas", /America$|Caribbean$/],
  ["Europe", /Europe$/],
  ["Africa", /Africa$/],
  ["Asia", /Asia$/],
  ["Oceania", /./],
];

const MARKS = {
  down: "cuts a tie now",
  up: "restores a tie now",
  named: "named by an input now",
};

const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/**
 * A map of tiles. `onSelect(iso3)` hears that a tile is chosen; `more` says what for.
 *
 * `paint(lookOf, legend)` asks `lookOf(iso3)` for each state's look: `{className, fill, ink, bar, mark, words}`, all
 * optional. `className` is a shade of tiles.css (`lost-0` to `lost-3`, `level-0` to `level-3`, `share-0` to `share-4`,
 * `absent`), or `fill` and `ink` are colours; `bar` is a share from 0 to 1; `mark` is `down`, `up` or `named`; `words`
 * follow the state's name. Without a look, the target, patrons and principals are marked as such. `legend` is a list
 * of `{className, fill, ink, bar, mark, means}`; without it the legend stays as it is.
 */
export function tileMap(context, { onSelect = () => {}, label = "Map of states, a tile each", more = "see more of the state" } = {}) {
  const tiles = [...context.book.tiles].sort((one, other) => one.row - other.row || one.column - other.column);
  const buttons = new Map();
  const spots = new Map();
  let current = tiles[0]?.iso3;
  let laid = 0;

  const grid = h("div", { class: "tiles", role: "group", "aria-label": `${label}. The arrow keys go from state to state.` });
  const readout = h("p", { class: "tiles-readout" });
  const legendBox = h("ul", { class: "tiles-legend", "aria-label": "Legend of the map" });
  const key = h("details", { class: "tiles-key", open: matchMedia("(min-width: 48rem)").matches }, h("summary", {}, "Legend"), legendBox);
  const element = h("div", { class: "tiles-box" }, grid, readout, key);

  for (const tile of tiles) {
    const code = h("span", { class: "tile-code" }, tile.iso3);
    const button = h("button", { type: "button", class: "tile", tabindex: "-1", "data-iso3": tile.iso3 }, code);
    button.addEventListener("click", () => onSelect(tile.iso3));
    button.addEventListener("focus", () => become(tile.iso3));
    button.addEventListener("pointerenter", () => read(tile.iso3));
    buttons.set(tile.iso3, button);
  }
  grid.addEventListener("pointerleave", () => read(null));
  grid.addEventListener("focusout", () => read(null));
  grid.addEventListener("keydown", step);
  if (current) buttons.get(current).tabIndex = 0;
  read(null);

  function become(iso3) {
    buttons.get(current).tabIndex = -1;
    current = iso3;
    buttons.get(current).tabIndex = 0;
    read(iso3);
  }

  function read(iso3) {
    readout.textContent = iso3
      ? buttons.get(iso3).getAttribute("aria-label")
      : `Point at a tile to read it; choose it to ${more}.`;
  }

  function step(event) {
    const by = STEPS[event.key];
    let next = null;
    if (by) next = nearest(spots, current, by);
    else if (event.key === "Home") next = tiles[0].iso3;
    else if (event.key === "End") next = tiles.at(-1).iso3;
    else return;
    event.preventDefault();
    event.stopPropagation();
    if (next) buttons.get(next).focus();
  }

  function lay() {
    const wide = grid.clientWidth;
    if (!wide) return;
    const across = Math.max(...tiles.map((tile) => tile.column)) - leftmost(tiles) + 1;
    const asMap = wide / across >= LEAST_TILE;
    const columns = asMap ? across : Math.max(1, Math.floor(wide / (wide < PHONE ? LEAST_TILE : SPACIOUS)));
    const size = Math.max(LEAST_CODE, Math.min(22, (wide / columns) * 0.44));
    grid.style.setProperty("--code", `${size}px`);
    if (laid === (asMap ? -columns : columns)) return;
    laid = asMap ? -columns : columns;
    grid.classList.toggle("as-map", asMap);
    grid.style.setProperty("--columns", columns);
    const focused = grid.contains(document.activeElement) ? document.activeElement : null;
    replace(grid, ...(asMap ? geographic(tiles, buttons, spots) : byContinent(tiles, buttons, spots, columns)));
    focused?.focus();
  }

  const watch = new ResizeObserver(lay);
  watch.observe(grid);

  return {
    element,
    paint(lookOf, legend) {
      for (const tile of tiles) paintTile(buttons.get(tile.iso3), tile, lookOf(tile.iso3));
      if (legend) replace(legendBox, ...legend.map(legendItem), ...partsIn(tiles).map(legendItem));
      if (grid.contains(document.activeElement)) read(current);
    },
    select(iso3) {
      for (const [own, button] of buttons) button.setAttribute("aria-pressed", String(own === iso3));
      if (buttons.has(iso3)) become(iso3);
      read(null);
    },
    focus(iso3 = current) {
      buttons.get(iso3)?.focus();
    },
    leave() {
      watch.disconnect();
    },
  };
}

function leftmost(tiles) {
  return Math.min(...tiles.map((tile) => tile.column));
}

function geographic(tiles, buttons, spots) {
  const left = leftmost(tiles);
  const above = Math.min(...tiles.map((tile) => tile.row));
  return tiles.map((tile) => put(buttons, spots, tile.iso3, tile.column - left, tile.row - above));
}

function byContinent(tiles, buttons, spots, columns) {
  const nodes = [];
  let row = 0;
  for (const [continent, found] of continents(tiles)) {
    const heading = h("span", { class: "tiles-continent", "aria-hidden": "true" }, continent);
    heading.style.gridArea = `${row + 1} / 1 / auto / -1`;
    nodes.push(heading);
    row += 1;
    found.forEach((tile, at) => nodes.push(put(buttons, spots, tile.iso3, at % columns, row + Math.floor(at / columns))));
    row += Math.ceil(found.length / columns);
  }
  return nodes;
}

function continents(tiles) {
  const found = new Map(CONTINENTS.map(([name]) => [name, []]));
  for (const tile of tiles) found.get(CONTINENTS.find(([, of]) => of.test(tile.region || " "))[0]).push(tile);
  for (const list of found.values()) list.sort((one, other) => one.iso3.localeCompare(other.iso3));
  return [...found].filter(([, list]) => list.length);
}

function put(buttons, spots, iso3, column, row) {
  const button = buttons.get(iso3);
  button.style.gridArea = `${row + 1} / ${column + 1}`;
  spots.set(iso3, [column, row]);
  return button;
}

/** The tile that an arrow key leads to: near along the arrow, hardly aside. */
function nearest(spots, from, [right, down]) {
  const [column, row] = spots.get(from);
  let best = null;
  let least = Infinity;
  for (const [iso3, [otherColumn, otherRow]] of spots) {
    const across = otherColumn - column;
    const below = otherRow - row;
    const along = across * right + below * down;
    const far = along + 3 * (Math.abs(across * down) + Math.abs(below * right));
    if (along > 0 && far < least) [best, least] = [iso3, far];
  }
  return best;
}

function paintTile(button, tile, look) {
  const part = PARTS[tile.part];
  const shown = look || (part ? { className: tile.part, words: part.words } : { className: "absent" });
  const className = ["tile", shown.className, shown.mark && `mark-${shown.mark}`].filter(Boolean).join(" ");
  if (button.className !== className) button.className = className;
  button.style.setProperty("--bar", String(shown.bar ?? 0));
  button.style.background = shown.fill ?? "";
  button.style.color = shown.ink ?? "";
  const label = [`${tile.iso3}, ${tile.name}`, shown.words].filter(Boolean).join(": ") + (shown.mark ? `; ${MARKS[shown.mark]}` : "");
  if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
}

function partsIn(tiles) {
  const present = new Set(tiles.map((tile) => tile.part));
  return Object.entries(PARTS)
    .filter(([part]) => present.has(part))
    .map(([part, { words }]) => ({ className: part, means: words.split(":")[0] }));
}

function legendItem(item) {
  const swatch = h("span", { "aria-hidden": "true" });
  swatch.className = ["tile", "swatch", item.className, item.mark && `mark-${item.mark}`].filter(Boolean).join(" ");
  swatch.style.setProperty("--bar", String(item.bar ?? 0));
  if (item.fill) swatch.style.background = item.fill;
  if (item.ink) swatch.style.color = item.ink;
  return h("li", {}, swatch, item.means);
}

/** What the marks of the week mean, as items of a legend. */
export const MARK_LEGEND = [
  { className: "blank", mark: "down", means: MARKS.down },
  { className: "blank", mark: "up", means: MARKS.up },
  { className: "blank", mark: "named", means: MARKS.named },
];
