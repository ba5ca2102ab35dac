/** What goes over the wire, as packages/contract defines it (events.py and runs.py). Tools are data here: a seventeenth needs no change. */

export type NodeStatus = "waiting" | "needs_approval" | "dispatched" | "done" | "failed" | "skipped" | "interrupted";

export type UndoState = "possible" | "done" | "none";

export type RunStatus = "running" | "needs_approval" | "done" | "failed" | "cancelled" | "interrupted" | "undone";

export type Arguments = Record<string, unknown>;

/** `code` is for programs, `message` for people. */
export interface WireError {
  code: string;
  message: string;
}

/** The last state of a node. `text` says what was done, `error` why not or why it cannot be taken back; `replan` is 0 or
 * absent in the first plan, 1 in what the first replan added. */
export interface RunNode {
  node: number;
  name: string;
  arguments: Arguments;
  deps: number[];
  status: NodeStatus;
  output?: string | null;
  text?: string | null;
  error?: WireError | null;
  undo?: UndoState;
  replan?: number;
}

/** One event of one node; `seq` counts the events of a run from 0, `elapsed_ms` from the arrival of the request. */
export interface PlanUpdate extends RunNode {
  run: string;
  seq: number;
  elapsed_ms?: number | null;
}

/** One command. `created` is in Unix seconds. */
export interface Run {
  id: string;
  object: "run";
  created: number;
  status: RunStatus;
  query: string;
  answer?: string | null;
  nodes: RunNode[];
}

export interface RunList {
  object: "list";
  data: Run[];
  has_more: boolean;
}

/** A line of a streamed chat completion, or the error that ends it. */
export interface ChatChunk {
  choices?: { delta: { content?: string | null }; finish_reason?: string | null }[];
  x_plan?: PlanUpdate;
  error?: { message: string; code?: string | null };
}
