import { useCallback, useEffect, useReducer, useRef } from "react";
import type { Run } from "../contract";
import { Deskhand, DeskhandError } from "../deskhand";
import { advance, emptyPlan, planOf, type Plan, type Step } from "../plan";
import { deskhand } from "../settings";

export type Source = { sentence: string } | { run: Run };

export interface LiveRun {
  plan: Plan;
  /** Without nodes: all that wait, or all that can be undone. */
  approve: (nodes?: number[]) => Promise<void>;
  deny: (nodes?: number[]) => Promise<void>;
  undo: (nodes?: number[]) => Promise<void>;
  /** Also while what was approved is under way. */
  cancel: () => Promise<void>;
}

/**
 * Carries a sentence out, or follows a run that exists, for as long as the component is mounted: closing the view closes
 * the connection, and Deskhand then dispatches nothing more of a sentence that it is carrying out.
 */
export function useRun(source: Source): LiveRun {
  const [plan, step] = useReducer(advance, source, (from) =>
    "run" in from ? planOf(from.run) : emptyPlan(from.sentence),
  );
  const first = useRef(source);
  const deciding = useRef(false);

  useEffect(() => {
    const closed = new AbortController();
    void follow(first.current, closed.signal, step);
    return () => closed.abort();
  }, []);

  const decide = useCallback(
    async (verdict: "approve" | "deny" | "undo", nodes?: number[]) => {
      if (!plan.run || deciding.current) return; // a second press, before the first has been answered
      deciding.current = true;
      step({ kind: "deciding" });
      try {
        step({ kind: "run", run: await deskhand()[verdict](plan.run, nodes) });
      } catch (error) {
        step({ kind: "failed", error: asDeskhandError(error) });
      } finally {
        deciding.current = false;
      }
    },
    [plan.run],
  );

  const cancel = useCallback(async () => {
    try {
      step({ kind: "run", run: await deskhand().cancel(plan.run!) });
    } catch (error) {
      const told = asDeskhandError(error);
      if (told.code !== "nothing_to_cancel") step({ kind: "failed", error: told }); // else it has just ended
    }
  }, [plan.run]);

  return {
    plan,
    cancel,
    approve: (nodes) => decide("approve", nodes),
    deny: (nodes) => decide("deny", nodes),
    undo: (nodes) => decide("undo", nodes),
  };
}

async function follow(source: Source, signal: AbortSignal, step: (step: Step) => void): Promise<void> {
  try {
    const gateway = deskhand();
    if ("sentence" in source) {
      for await (const event of gateway.do(source.sentence, signal)) step(event);
    } else if (source.run.status === "running") {
      await followRun(gateway, source.run.id, signal, step);
    }
  } catch (error) {
    if (!signal.aborted) step({ kind: "failed", error: asDeskhandError(error) });
  }
}

async function followRun(gateway: Deskhand, run: string, signal: AbortSignal, step: (step: Step) => void) {
  for await (const update of gateway.follow(run, signal)) step({ kind: "update", update });
  step({ kind: "run", run: await gateway.run(run, signal) });
}

export function asDeskhandError(error: unknown): DeskhandError {
  if (error instanceof DeskhandError) return error;
  return new DeskhandError("unexpected", error instanceof Error ? error.message : String(error));
}
