// What can be taken away: the link, the scenario file, the tables, the picture; and the cautions that go with them.

import { h, replace, write } from "./dom.js";

const INLINE = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "fill-opacity", "font-size", "font-weight", "font-family"];

/** Links and files of what is shown. `draw({tables, files, figure, title})`: how to ask for the tables
 * (null where nobody answers), the scenario files, the picture; null while there is nothing to take. */
export function takeAway(context) {
  const told = h("p", { role: "status", class: "quiet" });
  const link = h("input", { type: "text", id: "link", readonly: true, onfocus: () => link.select() });
  const tables = h("button", { type: "button", id: "tables", onclick: pack }, "Download tables (ZIP)");
  const files = h("div", { class: "files" });
  const svg = h("button", { type: "button", onclick: () => saved(pictured(shown.figure(), shown.title), "wave.svg", told) }, "Download picture (SVG)");
  const png = h("button", { type: "button", onclick: () => painted(pictured(shown.figure(), shown.title), told) }, "Download picture (PNG)");
  let shown = null;

  async function pack() {
    tables.disabled = true;
    write(told, "The tables are being packed…");
    try {
      saved(await shown.tables(), "maxpressure-tables.zip", told);
    } catch (fault) {
      write(told, fault.said ?? fault.message);
    }
    tables.disabled = false;
  }

  const downloads = h("div", { class: "row" }, tables, svg, png);

  return {
    element: h("section", { class: "take", "aria-labelledby": "take-title" },
      h("h2", { id: "take-title" }, "Take it away"),
      h("label", { for: "link" }, "Link to this setting"),
      h("div", { class: "row" }, link, h("button", { type: "button", onclick: () => copied(link.value, "link", told) }, "Copy link")),
      downloads, files, told),
    /** The link to what the address says. */
    here: () => (link.value = location.href),
    draw(next) {
      shown = next;
      downloads.hidden = files.hidden = !next;
      if (!next) return;
      tables.hidden = !next.tables;
      if (next.tables) tables.href = next.tables;
      const known = [...files.children].map((one) => one.dataset.text);
      if (known.join("\0") === next.files.map((one) => one.text).join("\0")) return;
      replace(files, next.files.map(({ which, text }) => h("details", { dataset: { text } },
        h("summary", {}, `Scenario file (${which})`),
        h("textarea", { readonly: true, "aria-label": `Text of the scenario file (${which})` }, text),
        h("button", { type: "button", onclick: () => copied(text, "scenario file", told) }, `Copy scenario file (${which})`))));
    },
  };
}

async function copied(text, what, told) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const field = h("textarea", { class: "unseen" }, text); // without https, as in a class, there is no clipboard
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
  }
  write(told, done ? `Copied the ${what}.` : "The browser did not let this page copy; mark the text and copy it.");
}

/** The picture as a file of its own: styles written into it, paper behind it, its title above. */
function pictured(figure, title) {
  const copy = figure.cloneNode(true);
  const own = [figure, ...figure.querySelectorAll("*")], other = [copy, ...copy.querySelectorAll("*")];
  own.forEach((node, index) => {
    const style = getComputedStyle(node);
    for (const name of INLINE) if (style.getPropertyValue(name)) other[index].setAttribute(name, style.getPropertyValue(name));
  });
  copy.querySelector(".reading")?.remove();
  const [width, height] = [Number(figure.getAttribute("width")), Number(figure.getAttribute("height"))], em = parseFloat(getComputedStyle(figure).fontSize);
  const space = "http://www.w3.org/2000/svg", above = 2.2 * em;
  const paper = document.createElementNS(space, "rect"), words = document.createElementNS(space, "text");
  const style = getComputedStyle(document.documentElement);
  for (const [name, value] of Object.entries({ x: 0, y: -above, width, height: height + above, fill: style.backgroundColor })) paper.setAttribute(name, value);
  for (const [name, value] of Object.entries({ x: em, y: -0.7 * em, fill: style.color, "font-size": em, "font-weight": 600 })) words.setAttribute(name, value);
  words.textContent = title;
  copy.prepend(paper, words);
  copy.setAttribute("viewBox", `0 ${-above} ${width} ${height + above}`);
  copy.setAttribute("height", height + above);
  copy.setAttribute("xmlns", space);
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

function saved(blob, name, told) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  write(told, `Saved ${name}.`);
}

async function painted(blob, told) {
  const address = URL.createObjectURL(blob), image = new Image();
  image.src = address;
  await image.decode();
  const canvas = h("canvas", { width: 2 * image.naturalWidth, height: 2 * image.naturalHeight });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(address);
  canvas.toBlob((made) => saved(made, "wave.png", told));
}
