/** Elements out of plain values. Text is only ever set as text: nothing here parses markup. */

const SVG = "http://www.w3.org/2000/svg";

/** The element with this id; the page is written so that it exists. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * An element. `attributes`: `class`, `on` ({event: listener}), `data` ({name: value}), booleans, or what setAttribute
 * takes; null, undefined and false leave an attribute out. `children`: nodes, texts, or nothing.
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const ICONS = {
  waiting: "M12 7.5v5l3 2",
  needs_approval: "M12 7v6M12 16.5v.01",
  dispatched: "",
  running: "",
  done: "M7.5 12.5l3 3 6-6.5",
  failed: "M8.5 8.5l7 7M15.5 8.5l-7 7",
  skipped: "M8 12h8",
  interrupted: "M10 8.5v7M14 8.5v7",
  cancelled: "M8 12h8",
  undone: "M9 8l-3 3 3 3M6.5 11H14a3 3 0 0 1 0 6h-2",
};

/** The sign of a status, of a node or a run: a shape, so that colour is not all that tells. */
export function statusIcon(status) {
  return svg(
    "svg",
    { class: "status-icon", viewBox: "0 0 24 24", "aria-hidden": "true", data: { status } },
    svg("circle", { class: "ring", cx: 12, cy: 12, r: 9 }),
    svg("path", { d: ICONS[status] ?? "" }),
  );
}

/** A message as children for `h`: what stands between backquotes in it is a command. */
export function withCode(message) {
  return message.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

/** Say something to screen readers, once what they are saying is over. */
export function announce(words) {
  const announcer = byId("announcer");
  announcer.textContent = announcer.textContent === words ? `${words}\u00a0` : words;
}
