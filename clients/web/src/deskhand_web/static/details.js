/** One node in full: what it was given, what came of it, what it needs, and what can still be done about it. */

import { h, withCode } from "./dom.js";
import { durationWords, givenArguments, listWords, nodeStatusWords, toolWords, valueWords } from "./words.js";

/** Fill the section for a node; `undo` is called for its button, `close` for the other. */
export function showDetails(section, run, node, { undo, close }) {
  section.replaceChildren(
    h(
      "div",
      { class: "details-head" },
      h("h3", { id: "details-title" }, `${node.node}. ${toolWords(node.name)}`),
      h("span", { class: "details-status", data: { status: node.status } }, statusLine(node)),
      h("button", { type: "button", class: "quiet", on: { click: close }, "aria-label": "Close the details" }, "Close"),
    ),
    argumentList(node.arguments) ?? h("p", { class: "small" }, "No arguments."),
    ...outcome(node),
    ...relations(run, node),
    node.undo === "possible" && run.status !== "running"
      ? h("div", { class: "row" }, h("button", { type: "button", on: { click: undo } }, "Undo this"))
      : "",
  );
  section.hidden = false;
}

/** The arguments of a call as a list of terms; null when none is given. */
export function argumentList(args) {
  const given = givenArguments(args);
  if (!given.length) return null;
  return h("dl", { class: "arguments" }, ...given.flatMap(([name, words]) => [h("dt", {}, name), h("dd", {}, words)]));
}

function statusLine(node) {
  const took = node.dispatchedMs === null || node.endedMs === null ? "" : durationWords(node.endedMs - node.dispatchedMs);
  return [nodeStatusWords(node.status), took && `in ${took}`].filter(Boolean).join(" ");
}

function outcome(node) {
  const parts = [];
  if (node.text) parts.push(h("p", { class: "observation-text" }, node.text));
  const output = valueWords(node.output);
  if (output && output !== node.text) {
    parts.push(h("h4", {}, "Observation"), h("p", { class: "observation" }, output));
  }
  if (node.error) {
    parts.push(h("p", { class: "bad" }, ...withCode(node.error.message)), h("p", { class: "small" }, h("code", {}, node.error.code)));
    const candidates = node.error.details?.candidates;
    if (Array.isArray(candidates)) {
      parts.push(h("ul", { class: "candidates" }, ...candidates.map((each) => h("li", {}, valueWords(each)))));
    }
  }
  return parts;
}

function relations(run, node) {
  const needed = [...run.nodes.values()].filter((other) => other.deps.includes(node.node)).map((other) => other.node);
  const words = [
    node.deps.length && `Uses the result of ${listWords(node.deps)}.`,
    needed.length && `Its result goes to ${listWords(needed)}.`,
    node.replan > 0 && "It was added when the sentence was planned again.",
  ].filter(Boolean);
  return words.length ? [h("p", { class: "small" }, words.join(" "))] : [];
}
