import { Color, Icon, type Image } from "@raycast/api";
import type { NodeStatus, RunStatus } from "../contract";
import type { Row } from "../plan";

const NODES: Record<NodeStatus, { icon: Image.ImageLike; words: string }> = {
  waiting: { icon: { source: Icon.Circle, tintColor: Color.SecondaryText }, words: "waits for another node" },
  needs_approval: { icon: { source: Icon.QuestionMarkCircle, tintColor: Color.Magenta }, words: "waits for approval" },
  dispatched: { icon: { source: Icon.CircleProgress, tintColor: Color.Blue }, words: "under way" },
  done: { icon: { source: Icon.CheckCircle, tintColor: Color.Green }, words: "done" },
  failed: { icon: { source: Icon.XMarkCircle, tintColor: Color.Red }, words: "failed" },
  skipped: { icon: { source: Icon.MinusCircle, tintColor: Color.Yellow }, words: "skipped" },
  interrupted: { icon: { source: Icon.Exclamationmark, tintColor: Color.Orange }, words: "interrupted" },
};

const UNDONE = { icon: { source: Icon.Undo, tintColor: Color.SecondaryText }, words: "taken back" };

const RUNS: Record<RunStatus, { icon: Image.ImageLike; words: string }> = {
  running: { icon: NODES.dispatched.icon, words: "Running" },
  needs_approval: { icon: NODES.needs_approval.icon, words: "Needs Approval" },
  done: { icon: NODES.done.icon, words: "Done" },
  failed: { icon: NODES.failed.icon, words: "Failed" },
  cancelled: { icon: NODES.skipped.icon, words: "Cancelled" },
  interrupted: { icon: NODES.interrupted.icon, words: "Interrupted" },
  undone: { icon: UNDONE.icon, words: "Undone" },
};

function ofRow(row: Row) {
  return row.undo === "done" ? UNDONE : NODES[row.status];
}

export function statusIcon(row: Row): { value: Image.ImageLike; tooltip: string } {
  return { value: ofRow(row).icon, tooltip: statusWords(row) };
}

export function statusWords(row: Row): string {
  return ofRow(row).words;
}

export function runIcon(status: RunStatus): { value: Image.ImageLike; tooltip: string } {
  return { value: RUNS[status].icon, tooltip: RUNS[status].words };
}

export function runWords(status: RunStatus): string {
  return RUNS[status].words;
}
