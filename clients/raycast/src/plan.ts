/** A plan as it is shown: one row a node, made of events or of a run. Pure. */

import type { Arguments, PlanUpdate, Run, RunNode } from "./contract";
import { DeskhandError } from "./deskhand";

/** `dispatchedMs` counts from the arrival of the request, `tookMs` from the dispatch. */
export interface Row extends RunNode {
  dispatchedMs?: number;
  tookMs?: number;
}

/** `busy` while something is under way; `run` is known from the first event on. */
export interface Plan {
  sentence: string;
  run?: string;
  rows: Row[];
  answer?: string;
  error?: DeskhandError;
  busy: boolean;
}

export type Step =
  | { kind: "update"; update: PlanUpdate }
  | { kind: "answer"; text: string }
  | { kind: "run"; run: Run }
  | { kind: "deciding" }
  | { kind: "failed"; error: DeskhandError };

export function emptyPlan(sentence: string): Plan {
  return { sentence, rows: [], busy: true };
}

export function planOf(run: Run): Plan {
  const answer = run.answer ?? undefined;
  return { sentence: run.query, run: run.id, rows: run.nodes, answer, busy: run.status === "running" };
}

export function advance(plan: Plan, step: Step): Plan {
  switch (step.kind) {
    case "update":
      return { ...plan, run: step.update.run, rows: withUpdate(plan.rows, step.update) };
    case "answer":
      return { ...plan, answer: step.text, busy: false };
    case "run":
      return { ...planOf(step.run), rows: step.run.nodes.map((node) => ({ ...timesOf(plan.rows, node), ...node })) };
    case "deciding":
      return { ...plan, busy: true, error: undefined };
    case "failed":
      return { ...plan, error: step.error, busy: false };
  }
}

function withUpdate(rows: Row[], update: PlanUpdate): Row[] {
  const row: Row = { ...timesOf(rows, update), ...nodeOf(update) };
  const elapsedMs = update.elapsed_ms ?? undefined;
  if (update.status === "dispatched") row.dispatchedMs = elapsedMs;
  else if (elapsedMs !== undefined && row.dispatchedMs !== undefined) row.tookMs ??= elapsedMs - row.dispatchedMs;
  return [...rows.filter((other) => other.node !== row.node), row].sort((a, b) => a.node - b.node);
}

function nodeOf({ node, name, arguments: args, deps, status, output, text, error, undo, replan }: PlanUpdate): RunNode {
  return { node, name, arguments: args, deps, status, output, text, error, undo, replan };
}

function timesOf(rows: Row[], node: RunNode): Pick<Row, "dispatchedMs" | "tookMs"> {
  const known = rows.find((row) => row.node === node.node);
  return { dispatchedMs: known?.dispatchedMs, tookMs: known?.tookMs };
}

/** `create_calendar_event` as people read it. */
export function toolTitle(name: string): string {
  return name.replaceAll("_", " ").replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

/** What a row says beside its title: the error, what was done, or with what it was called. */
export function rowText(row: Row): string {
  return oneLine(row.error?.message || row.text || shortArguments(row.arguments));
}

/** `title: Lunch, invitees: a@b.org` without what is empty. */
export function shortArguments(args: Arguments): string {
  return Object.entries(args)
    .map(([name, value]) => [name, argumentText(value)] as const)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`)
    .join(", ");
}

export function argumentText(value: unknown): string {
  if (value == null) return "";
  return oneLine(Array.isArray(value) ? value.map(String).join(", ") : String(value));
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

export function waitsForApproval(plan: Plan): Row[] {
  return plan.rows.filter((row) => row.status === "needs_approval");
}

/** Whether another way was looked for, because a call failed or the planner was not sure. */
export function wasReplanned(plan: Plan): boolean {
  return plan.rows.some((row) => row.replan);
}

export function canBeUndone(plan: Plan): Row[] {
  return plan.rows.filter((row) => row.undo === "possible");
}
