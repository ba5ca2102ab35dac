/** Puts the page together: the shown run, what keys and buttons do, and what goes wrong, in words. */

import { showApproval } from "./approval.js";
import { Composer } from "./composer.js";
import { showDetails } from "./details.js";
import { announce, byId, h, statusIcon, withCode } from "./dom.js";
import { Graph } from "./graph.js";
import { Health } from "./health.js";
import { History } from "./history.js";
import * as key from "./key.js";
import { canUndo, nodesOf, replansOf } from "./run.js";
import { Session } from "./session.js";
import { openSettings } from "./settings.js";
import { install } from "./shortcuts.js";
import { momentWords, replanWords, runStatusWords } from "./words.js";

const EXAMPLES = [
  "Put lunch with Sid on Friday at noon in my calendar",
  "Make a note called Packing list saying passport, charger and raincoat",
  "Summarize Lease_Agreement_2024.pdf and email the summary to Olena",
  "Text Lutfi that I am ten minutes late",
];
const RUN_IN_ADDRESS = /^#(run_\w+)$/;

const health = new Health(() => {
  byId("notice").hidden = true;
  past.load();
});
const past = new History(fail);
const composer = new Composer({ onSentence: carryOut, onError: fail, onEscape: escape });
const graph = new Graph(byId("plan"), byId("edges"), byId("nodes"), pick);
const session = new Session({
  changed: show,
  told: announce,
  named,
  failed: fail,
  ended,
});

function carryOut(sentence) {
  byId("notice").hidden = true;
  if (RUN_IN_ADDRESS.test(location.hash)) history.pushState(null, "", location.pathname);
  session.start(sentence);
}

/** A run has got its id: it stands in the history and has an address. */
function named(run) {
  if (session.run === run) history.pushState(null, "", `#${run.id}`);
  past.load();
}

/** Everything on the page that shows the run. */
function show(run) {
  byId("welcome").hidden = run !== null;
  byId("run").hidden = run === null;
  document.title = run ? `${run.query} – Deskhand` : "Deskhand";
  past.mark(run?.id ?? null);
  showApproval(byId("approval"), run, { approve: (nodes) => session.approve(nodes), deny: (nodes) => session.deny(nodes) });
  if (!run) {
    graph.clear();
    byId("details").hidden = true;
    return;
  }
  if (graph.run !== run) byId("details").hidden = true;
  byId("run-sentence").textContent = run.query;
  byId("run-meta").replaceChildren(
    statusIcon(run.status),
    run.stopping && run.status === "running" ? "Stopping" : runStatusWords(run.status),
    ...[momentWords(run.created), replanWords(replansOf(run))].filter(Boolean).map((words) => h("span", { class: "moment" }, words)),
  );
  byId("run").dataset.status = run.status;
  byId("planning").hidden = run.status !== "running" || run.nodes.size > 0;
  graph.show(run);
  byId("answer").textContent = run.answer ?? "";
  byId("answer").hidden = !run.answer;
  showActions(run);
  if (graph.selected !== null) select(graph.selected);
}

function showActions(run) {
  const actions = byId("run-actions");
  const state = [run.id, session.canStop, canUndo(run), run.deciding, run.status].join();
  if (actions.dataset.state === state) return;
  actions.dataset.state = state;
  const busy = run.deciding !== null;
  actions.replaceChildren(
    ...[
      session.canStop && h("button", { type: "button", on: { click: () => session.stop() } }, "Stop", h("kbd", { "aria-hidden": "true" }, "Esc")),
      canUndo(run) &&
        h("button", { type: "button", disabled: busy, "aria-keyshortcuts": "u", on: { click: () => session.undo() } }, "Undo", h("kbd", { "aria-hidden": "true" }, "u")),
      !session.canStop && h("button", { type: "button", on: { click: () => edit(run.query) } }, "Use the sentence again"),
    ].filter(Boolean),
  );
}

function edit(sentence) {
  composer.set(sentence);
  composer.focus();
}

/** Show a node in full, or none. */
function select(number) {
  const node = number === null ? undefined : session.run?.nodes.get(number);
  graph.select(node ? number : null);
  if (node) showDetails(byId("details"), session.run, node, { undo: () => session.undo([number]), close: closeDetails });
  else byId("details").hidden = true;
}

/** The same by the user's hand: the details come into view. */
function pick(number) {
  select(number);
  if (number !== null) byId("details").scrollIntoView({ block: "nearest" });
}

function closeDetails() {
  const number = graph.selected;
  select(null);
  graph.focus(number);
}

function ended(run) {
  past.load();
  if (session.run !== run) return;
  const failed = nodesOf(run, "failed")[0];
  if (failed && graph.selected === null) select(failed.node);
  if (nodesOf(run, "needs_approval").length && !composerIsUsed()) byId("approval").querySelector("button.primary")?.focus();
}

const composerIsUsed = () => document.activeElement === byId("sentence") && !composer.empty;

/** What went wrong, where it is seen, with what to do. A sentence that did not run goes back into its line. */
function fail(error, run = null) {
  if (run && !run.id && !run.nodes.size && composer.empty) composer.set(run.query);
  if (error.gone) health.gone();
  if (error.needsKey) {
    if (run && session.run === run) session.clear();
    askForKey(key.current() ? "Deskhand did not take this key. It may be another Deskhand’s, or an old one." : "");
    return;
  }
  const notice = byId("notice");
  notice.replaceChildren(h("p", {}, ...withCode(error.message)), dismissal(notice));
  notice.hidden = false;
}

const dismissal = (notice) =>
  h("button", { type: "button", class: "quiet", "aria-label": "Dismiss this message", on: { click: () => (notice.hidden = true) } }, "Dismiss");

function askForKey(why = "") {
  byId("key-error").textContent = why;
  byId("key-error").hidden = !why;
  byId("key").value = "";
  if (!byId("key-dialog").open) byId("key-dialog").showModal();
}

/** Leave what is open, else stop what runs. */
function escape() {
  if (graph.selected !== null) closeDetails();
  else if (session.canStop) session.stop();
  else return false;
  return true;
}

/** The run that the address names, or the beginning. */
function followAddress() {
  if (key.takeFromAddress()) past.load();
  const named = RUN_IN_ADDRESS.exec(location.hash);
  if (named) session.show(named[1]);
  else if (!location.hash) session.clear();
}

function decide(how) {
  const waiting = session.run ? nodesOf(session.run, "needs_approval").map((node) => node.node) : [];
  if (!waiting.length) return false;
  session[how](waiting);
  return true;
}

byId("examples").replaceChildren(
  ...EXAMPLES.map((words) => h("li", {}, h("button", { type: "button", class: "example", on: { click: () => edit(words) } }, words))),
);

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key.keep(byId("key").value);
  byId("key-dialog").close();
  byId("notice").hidden = true;
  past.load();
  followAddress();
  composer.focus();
});

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector(".close")?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.id !== "key-dialog" && dialog.close());
}

const forgetKey = () => {
  key.forget();
  byId("settings-dialog").close();
  askForKey();
};
const settings = () => openSettings({ forgetKey });
const help = () => byId("help-dialog").showModal();
byId("open-settings").addEventListener("click", settings);
byId("open-help").addEventListener("click", help);

install([
  { key: "/", words: "type a sentence", press: () => composer.focus() },
  { key: "Enter", words: "run it" },
  { key: "t", words: "hold to talk, or press once to begin and once to end", press: () => composer.press(), release: () => composer.release() },
  { key: "Escape", shown: "Esc", words: "leave the line, close what is open, stop what runs", press: escape },
  { key: "y", words: "approve what waits", press: () => decide("approve") },
  { key: "n", words: "deny what waits", press: () => decide("deny") },
  { key: "u", words: "undo what can be undone", press: () => (session.run && canUndo(session.run) ? session.undo() : false) },
  { key: "g", words: "go to the plan; arrow keys move between its nodes", press: () => graph.focus() },
  { key: "h", words: "go to the history; arrow keys move in it", press: () => past.focus() },
  { key: ",", words: "settings", press: settings },
  { key: "?", words: "these keys", press: help },
]);

addEventListener("hashchange", followAddress);
byId("brand").addEventListener("click", (event) => {
  event.preventDefault();
  history.pushState(null, "", location.pathname);
  session.clear();
  composer.focus();
});

const came = key.takeFromAddress();
health.ask();
if (came || key.current()) past.load();
else askForKey();
if (key.current()) {
  followAddress();
  composer.focus();
}
