/** The plan, drawn: a card for each node, an edge for each dependency. Cards are kept, so that they can light up. */

import { h, statusIcon, svg } from "./dom.js";
import { layOut } from "./layout.js";
import { argumentsLine, listWords, nodeStatusWords, toolWords, valueWords } from "./words.js";

export class Graph {
  /** `onSelect(node number or null)` is called when a card is picked. */
  constructor(plan, edges, nodes, onSelect) {
    this.plan = plan;
    this.edges = edges;
    this.list = nodes;
    this.onSelect = onSelect;
    this.cards = new Map(); // node -> {item, button}
    this.selected = null;
    this.run = null;
    this.layout = null;
    new ResizeObserver(() => this.run && this.place()).observe(plan);
    nodes.addEventListener("keydown", (event) => this.move(event));
  }

  show(run) {
    if (this.run !== run) this.clear();
    this.run = run;
    for (const number of this.cards.keys()) if (!run.nodes.has(number)) this.remove(number);
    for (const node of run.nodes.values()) this.draw(node);
    this.place();
  }

  clear() {
    this.cards.clear();
    this.list.replaceChildren();
    this.edges.replaceChildren();
    this.selected = null;
    this.run = null;
  }

  remove(number) {
    this.cards.get(number).item.remove();
    this.cards.delete(number);
  }

  select(number) {
    this.selected = number;
    for (const [node, { button }] of this.cards) button.setAttribute("aria-expanded", String(node === number));
    this.markEdges();
  }

  /** Put the focus on a card; the first when there is no such one. */
  focus(number = null) {
    const card = this.cards.get(number) ?? this.cards.values().next().value;
    card?.button.focus();
  }

  draw(node) {
    let card = this.cards.get(node.node);
    if (!card) {
      const button = h("button", {
        type: "button",
        class: "card",
        "aria-expanded": "false",
        "aria-controls": "details",
        on: { click: () => this.onSelect(this.selected === node.node ? null : node.node) },
      });
      card = { item: h("li", {}, button), button, drawn: null };
      this.cards.set(node.node, card);
      this.insert(node.node, card.item);
      this.rove(this.cards.keys().next().value);
    }
    const drawn = JSON.stringify(node);
    if (card.drawn === drawn) return;
    card.drawn = drawn;
    card.button.dataset.status = node.status;
    card.button.replaceChildren(
      h(
        "span",
        { class: "card-head" },
        statusIcon(node.status),
        h("span", { class: "unseen" }, "Node "),
        h("span", { class: "card-number" }, String(node.node)),
        h("span", { class: "card-name" }, toolWords(node.name)),
        h("span", { class: "unseen" }, `(${nodeStatusWords(node.status)}).`),
      ),
      h("span", { class: "card-arguments" }, argumentsLine(node.arguments)),
      h("span", { class: "card-outcome" }, outcome(node)),
    );
  }

  /** In plan order, whatever order they come in. */
  insert(number, item) {
    const later = [...this.cards].filter(([node]) => node > number).sort(([a], [b]) => a - b)[0];
    this.list.insertBefore(item, later ? later[1].item : null);
    this.cards = new Map([...this.cards].sort(([a], [b]) => a - b));
  }

  place() {
    const nodes = [...this.run.nodes.values()];
    const layout = layOut(nodes, Math.floor(this.plan.clientWidth));
    this.layout = layout;
    this.plan.dataset.mode = layout.mode;
    this.list.style.height = nodes.length ? `${layout.height}px` : "";
    for (const [number, { item }] of this.cards) {
      const place = layout.cards.get(number);
      Object.assign(item.style, {
        transform: `translate(${place.x}px, ${place.y}px)`,
        width: `${place.width}px`,
        height: `${place.height}px`,
      });
    }
    this.edges.setAttribute("width", Math.ceil(layout.width));
    this.edges.setAttribute("height", Math.ceil(layout.height));
    this.edges.replaceChildren(
      ...layout.edges.map(({ from, to, path }) => svg("path", { d: path, data: { from, to, state: this.edgeState(from, to) } })),
    );
    this.markEdges();
  }

  edgeState(from, to) {
    const [source, target] = [this.run.nodes.get(from), this.run.nodes.get(to)];
    if (["failed", "skipped", "interrupted"].includes(source.status)) return "cut";
    if (target.status === "dispatched") return "flowing";
    return source.status === "done" || source.status === "undone" ? "passed" : "open";
  }

  markEdges() {
    for (const path of this.edges.children) {
      const touches = [path.dataset.from, path.dataset.to].includes(String(this.selected));
      path.classList.toggle("near", touches);
    }
  }

  /** Arrow keys: along the layers, and up and down in one; the list goes up and down. One card is in the tab order. */
  move(event) {
    const here = [...this.cards].find(([, { button }]) => button === event.target)?.[0];
    if (here === undefined || !this.layout) return;
    const next = { Home: 0, End: this.cards.size - 1 }[event.key];
    const target = next === undefined ? this.neighbour(here, event.key) : [...this.cards.keys()][next];
    if (target === undefined) return;
    event.preventDefault();
    this.rove(target);
    this.cards.get(target).button.focus();
    if (this.selected !== null) this.onSelect(target);
  }

  neighbour(here, key) {
    const from = this.layout.cards.get(here);
    const centre = (place) => ({ x: place.x + place.width / 2, y: place.y + place.height / 2 });
    const [x, y] = [centre(from).x, centre(from).y];
    const along = {
      ArrowRight: (place) => centre(place).x - x,
      ArrowLeft: (place) => x - centre(place).x,
      ArrowDown: (place) => centre(place).y - y,
      ArrowUp: (place) => y - centre(place).y,
    }[key];
    if (!along) return undefined;
    const sideways = key === "ArrowRight" || key === "ArrowLeft";
    const cost = (place) => along(place) + 3 * Math.abs(sideways ? centre(place).y - y : centre(place).x - x);
    return [...this.layout.cards]
      .filter(([node, place]) => node !== here && along(place) > 1)
      .sort(([, a], [, b]) => cost(a) - cost(b))[0]?.[0];
  }

  rove(number) {
    for (const [node, { button }] of this.cards) button.tabIndex = node === number ? 0 : -1;
  }
}

/** Why a node was skipped for a reason of its own, by the code of its error. */
const SKIPPED = { denied: "denied", cancelled: "stopped", replaced: "replaced by another plan" };

/** What a card says below its arguments: the observation, the error, or what it waits for. */
function outcome(node) {
  if (node.status === "waiting") return node.deps.length ? `waits for ${listWords(node.deps)}` : "waits";
  if (node.status === "failed") return node.error?.message ?? "failed";
  if (node.status === "done") return node.text || valueWords(node.output) || "done";
  if (node.status === "skipped" && node.error?.code in SKIPPED) return SKIPPED[node.error.code];
  return nodeStatusWords(node.status);
}
