// Words of the glossary explained where they stand: on hover, on focus and on touch.

import { h, write } from "./dom.js";

let tip = null; // one for the page

function bubble() {
  if (!tip) {
    tip = h("span", { id: "tip", role: "tooltip", hidden: true });
    document.body.append(tip);
    addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("scroll", hide, { passive: true, capture: true });
  }
  return tip;
}

function hide() {
  if (tip) tip.hidden = true;
}

function show(word, means) {
  const box = bubble();
  write(box, means);
  box.hidden = false;
  const at = word.getBoundingClientRect(), own = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - own.width - 8));
  const below = at.bottom + 6 + own.height < innerHeight;
  box.style.setProperty("left", `${left + scrollX}px`);
  box.style.setProperty("top", `${(below ? at.bottom + 6 : at.top - own.height - 6) + scrollY}px`);
}

const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * A function that turns text into nodes: what stands between two stars is strong, between one emphasised, and the first
 * of each word of the glossary is explained. `known` holds the words that were explained already.
 */
export function explaining(glossary) {
  const means = new Map(glossary.map((one) => [one.word.toLowerCase(), one.means]));
  const all = [...means.keys()].sort((one, other) => other.length - one.length).map(escaped).join("|");
  const pattern = all ? new RegExp(`(?<![\\p{L}-])(${all})(s|es)?(?![\\p{L}-])`, "giu") : null;

  const word = (written, found) => {
    const said = means.get(found);
    const button = h("button", {
      type: "button", class: "word", "aria-describedby": "tip",
      onmouseenter: () => show(button, said), onmouseleave: hide, onfocus: () => show(button, said), onblur: hide,
      onclick: () => show(button, said),
    }, written);
    return button;
  };

  function plain(text, known) {
    if (!pattern) return [text];
    const parts = [];
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      const found = match[1].toLowerCase();
      if (known.has(found)) continue;
      known.add(found);
      parts.push(text.slice(from, match.index), word(match[0], found));
      from = match.index + match[0].length;
    }
    return [...parts, text.slice(from)];
  }

  return (text, known = new Set()) => {
    bubble();
    return text.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).flatMap((part) => {
      if (part.startsWith("**")) return h("strong", {}, part.slice(2, -2));
      if (part.startsWith("*") && part.length > 2) return h("em", {}, part.slice(1, -1));
      return plain(part, known);
    });
  };
}
