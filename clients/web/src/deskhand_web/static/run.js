/**
 * A run as the page knows it. One object for the whole of its life; what the gateway tells is taken into it.
 *
 * Run   {id, query, status, answer, confidence, created, nodes: Map(number -> Node), lastSeq, deciding,
 *       stopping, outlining}
 *       id is null until the first event; `deciding` is the action that was sent and not answered yet; `stopping`
 *       whether it was cancelled from here; `outlining` says whether the run is asked for its waiting nodes
 * Node  {node, name, arguments, deps, status, output, text, error, undo, replan, dispatchedMs, endedMs}
 *
 * `status` of a node is the API's, and "undone" for one that was taken back. Times count from the request's arrival.
 */

const FINAL = new Set(["done", "failed", "skipped", "interrupted"]);
const SETTLED = new Set([...FINAL, "undone"]);
const BLANK = { output: null, text: null, error: null, undo: "none", replan: 0, dispatchedMs: null, endedMs: null };

export function newRun(query) {
  return {
    id: null,
    query,
    status: "running",
    answer: null,
    confidence: null,
    created: Date.now() / 1000,
    nodes: new Map(),
    lastSeq: -1,
    deciding: null,
    stopping: false,
    outlining: null,
  };
}

/** Take in a run of the API as a whole. Times stay as the events told them, because a run does not have them. */
export function adopt(run, given) {
  const before = run.nodes;
  for (const name of ["id", "query", "status", "confidence", "created"]) run[name] = given[name];
  run.answer = given.answer ?? run.answer;
  run.nodes = new Map();
  for (const node of given.nodes) {
    const { dispatchedMs = null, endedMs = null } = before.get(node.node) ?? {};
    run.nodes.set(node.node, shown({ ...BLANK, ...node, dispatchedMs, endedMs }));
  }
  return run;
}

/** Take in one event. Gives the node, or null when it tells nothing new: a replay repeats what is known. */
export function applyUpdate(run, update) {
  const before = run.nodes.get(update.node);
  if (update.seq <= run.lastSeq) return null;
  run.lastSeq = update.seq;
  run.id = update.run;
  if (before && SETTLED.has(before.status) && !FINAL.has(update.status)) return null;
  const elapsed = update.elapsed_ms ?? null;
  const times = {};
  if (update.status === "dispatched") times.dispatchedMs = elapsed;
  if (FINAL.has(update.status) && update.undo !== "done") times.endedMs = elapsed;
  const node = shown({ ...BLANK, ...before, ...update, ...times });
  put(run, node);
  return before?.status === node.status ? null : node;
}

/** Nodes that the plan has and that no event has told of: they wait for others. */
export function addWaiting(run, given) {
  for (const node of given.nodes) {
    if (!run.nodes.has(node.node) && node.status === "waiting") put(run, shown({ ...BLANK, ...node }));
  }
}

/** The run's nodes, with another status for some. */
export function withStatus(run, numbers, status) {
  return new Map([...run.nodes].map(([number, node]) => [number, numbers.includes(number) ? { ...node, status } : node]));
}

export function nodesOf(run, status) {
  return [...run.nodes.values()].filter((node) => node.status === status);
}

export function canUndo(run) {
  return run.status !== "running" && [...run.nodes.values()].some((node) => node.undo === "possible");
}

/** How often it was planned again: where a call failed, or the planner was not sure. */
export function replansOf(run) {
  return Math.max(0, ...[...run.nodes.values()].map((node) => node.replan));
}

/** Nodes stay in plan order. */
function put(run, node) {
  run.nodes = new Map([...run.nodes.set(node.node, node)].sort(([a], [b]) => a - b));
}

function shown(node) {
  return node.undo === "done" ? { ...node, status: "undone" } : node;
}
