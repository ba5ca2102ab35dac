/** What waits for the user's word: exactly what would be done, and the two answers. */

import { argumentList } from "./details.js";
import { h } from "./dom.js";
import { nodesOf } from "./run.js";
import { toolWords } from "./words.js";

/** Fill the section for a run, or hide it. `approve` and `deny` are called with node numbers. */
export function showApproval(section, run, { approve, deny }) {
  const waiting = run ? nodesOf(run, "needs_approval") : [];
  const held = waiting.map((node) => node.node).join();
  const state = `${run?.id} ${held} ${run?.deciding}`;
  section.hidden = !waiting.length;
  if (section.dataset.state === state) return;
  section.dataset.state = state;
  if (!waiting.length) {
    section.replaceChildren();
    return;
  }
  const several = waiting.length > 1;
  const all = waiting.map((node) => node.node);
  section.replaceChildren(
    h("h3", { id: "approval-title" }, several ? `${waiting.length} nodes wait for your approval` : "This waits for your approval"),
    h("ul", { class: "plain" }, ...waiting.map((node) => item(node, several && run, { approve, deny }))),
    h(
      "div",
      { class: "row" },
      button(several ? "Approve all" : "Approve", "y", "primary", run, () => approve(all)),
      button(several ? "Deny all" : "Deny", "n", "", run, () => deny(all)),
    ),
  );
}

function item(node, several, { approve, deny }) {
  return h(
    "li",
    { class: "approval-item" },
    h("p", { class: "approval-name" }, `${node.node}. ${toolWords(node.name)}`),
    argumentList(node.arguments),
    several &&
      h(
        "div",
        { class: "row" },
        button(`Approve ${node.node}`, null, "", several, () => approve([node.node])),
        button(`Deny ${node.node}`, null, "", several, () => deny([node.node])),
      ),
  );
}

function button(words, letter, kind, run, press) {
  const attributes = { type: "button", class: kind, disabled: run.deciding !== null, "aria-keyshortcuts": letter, on: { click: press } };
  return h("button", attributes, words, letter && h("kbd", { "aria-hidden": "true" }, letter));
}
