// Elements made from plain calls: no template, no inner HTML, so that no text can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element: `h("button", {type: "button", onclick: f, class: "main"}, "Words", otherElement)`. */
export const h = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

/** An SVG element, by the same call. */
export const s = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

/** A field with its label before it, on one line; the field has an id. */
export const labelled = (words, field, className = "") =>
  h("span", { class: `labelled ${className}` }, h("label", { for: field.id }, words), field);

/** Put these children in the place of those that a node has. */
export function replace(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

/** A text set only where it differs, so that a live region is silent and a field keeps its cursor. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

const nodes = (children) => children.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false);
