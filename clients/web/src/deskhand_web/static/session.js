/**
 * The run that is shown, and everything that can be done with it. A run that was begun here goes on when another one is
 * shown: leaving its stream would stop it.
 *
 * Session calls back: `changed(run)` after anything, `named(run)` when a run gets its id, `told(words)` for screen
 * readers, `failed(error, run)` for what went wrong, `ended(run)` when nothing of a run is under way any more.
 */

import { call, events } from "./api.js";
import { addWaiting, adopt, applyUpdate, newRun, nodesOf, withStatus } from "./run.js";
import { listWords, nodeStatusWords, runStatusWords, toolWords } from "./words.js";

/** A run as a conversation has it. */
const turns = (run) => [
  { role: "user", content: run.query },
  { role: "assistant", content: run.answer ?? "" },
];
const pathOf = (run) => `/v1/runs/${encodeURIComponent(run.id)}`;

export class Session {
  constructor(listeners) {
    this.on = listeners;
    this.run = null;
    this.begun = new Map(); // run -> AbortController, while its stream is open
    this.watching = null; // AbortController of the events of a run that was begun elsewhere, or goes on
  }

  /** Whether something of the run that is shown is under way. */
  get canStop() {
    const run = this.run;
    if (run === null || run.stopping) return false;
    return this.begun.has(run) || run.status === "running" || run.deciding === "approve";
  }

  /**
   * Carry out a sentence; resolves when nothing of it is under way. What is said after a question belongs to the same
   * conversation: a plain yes or no is then an answer, and the run that asked goes on.
   */
  async start(sentence) {
    const asked = this.run && nodesOf(this.run, "needs_approval").length ? this.run : null;
    let run = this.take(newRun(sentence));
    const stopper = new AbortController();
    this.begun.set(run, stopper);
    this.on.changed(run);
    const messages = [...(asked ? turns(asked) : []), { role: "user", content: sentence }];
    let said = "";
    let end = "done";
    try {
      const body = { model: "deskhand", messages, stream: true };
      for await (const chunk of events("/v1/chat/completions", { body, signal: stopper.signal })) {
        if (chunk.x_plan && chunk.x_plan.run === asked?.id && run !== asked) run = this.resume(asked, run);
        if (chunk.x_plan) this.update(run, chunk.x_plan);
        said += chunk.choices?.[0]?.delta?.content ?? "";
      }
    } catch (error) {
      end = stopper.signal.aborted ? "cancelled" : "failed";
      if (end === "failed") this.on.failed(error, run);
    } finally {
      this.begun.delete(run);
    }
    run.answer = said || run.answer;
    await this.settle(run, end);
  }

  /** The stream of `run` turned out to be about an earlier one. */
  resume(earlier, run) {
    this.begun.set(earlier, this.begun.get(run));
    this.begun.delete(run);
    if (this.run === run) {
      this.take(earlier);
      this.on.named(earlier);
    }
    return earlier;
  }

  /** Show another run; follow it when it is under way. */
  async show(id) {
    if (this.run?.id === id) return;
    const begun = [...this.begun.keys()].find((run) => run.id === id);
    if (begun) {
      this.take(begun);
      return;
    }
    try {
      const run = this.take(adopt(newRun(""), await call(pathOf({ id }))));
      if (run.status === "running") {
        await this.watch(run);
        await this.settle(run, "done");
      }
    } catch (error) {
      this.on.failed(error, null);
    }
  }

  /** Stop the run that is shown, whoever began it. What is under way ends by itself, and the run says how. */
  async stop() {
    const run = this.run;
    if (run.id === null) {
      this.begun.get(run)?.abort(); // nothing is known of it yet: leaving its stream stops it
      return;
    }
    run.stopping = true;
    this.changed(run);
    try {
      await call(`${pathOf(run)}/cancel`, { body: {} });
    } catch (error) {
      if (error.code === "nothing_to_cancel") return; // it has ended by itself meanwhile
      run.stopping = false;
      this.on.failed(error, run);
      this.changed(run);
    }
  }

  approve(nodes) {
    return this.decide("approve", nodes);
  }

  deny(nodes) {
    return this.decide("deny", nodes);
  }

  /** Take back these nodes; all that can be when there are none given. */
  undo(nodes = null) {
    return this.decide("undo", nodes);
  }

  /** No run: the page's beginning. */
  clear() {
    this.take(null);
  }

  take(run) {
    this.watching?.abort();
    this.watching = null;
    this.run = run;
    this.on.changed(run);
    return run;
  }

  /** POST to the run. What was approved counts as dispatched until its events, which are read meanwhile, say more. */
  async decide(action, nodes) {
    const run = this.run;
    if (!run?.id || run.deciding) return;
    run.deciding = action;
    const before = run.nodes;
    if (action === "approve") run.nodes = withStatus(run, nodes, "dispatched");
    this.on.changed(run);
    const answer = call(`${pathOf(run)}/${action}`, { body: nodes ? { nodes } : {} });
    const watched = action === "approve" && !this.begun.has(run) ? this.watch(run) : null;
    try {
      adopt(run, await answer);
      this.end(run);
    } catch (error) {
      if (action === "approve") run.nodes = before;
      this.on.failed(error, run);
    } finally {
      run.deciding = null;
      this.watching?.abort();
      await watched;
      this.changed(run);
    }
  }

  /** Read the run's events until nothing of it is under way, or another run is shown. */
  async watch(run) {
    const watcher = new AbortController();
    this.watching = watcher;
    const headers = run.lastSeq >= 0 ? { "Last-Event-ID": String(run.lastSeq) } : {};
    try {
      for await (const update of events(`${pathOf(run)}/events`, { headers, signal: watcher.signal })) this.update(run, update);
    } catch (error) {
      if (!watcher.signal.aborted) this.on.failed(error, run);
    } finally {
      if (this.watching === watcher) this.watching = null;
    }
  }

  /** The stream is over: what the gateway has journalled is what is shown. `end` is for a run that has no journal. */
  async settle(run, end) {
    if (run.id === null) run.status = end;
    else {
      try {
        adopt(run, await call(pathOf(run)));
        if (run.status === "running" && this.run === run) {
          await this.watch(run);
          adopt(run, await call(pathOf(run)));
        }
      } catch (error) {
        run.status = end;
        this.on.failed(error, run);
      }
    }
    this.changed(run);
    this.end(run);
  }

  end(run) {
    this.on.ended(run);
    if (this.run !== run) return;
    const waiting = nodesOf(run, "needs_approval").map((node) => toolWords(node.name));
    const asks = waiting.length ? `${listWords(waiting)} needs your approval.` : "";
    this.on.told([run.answer ?? runStatusWords(run.status), asks].filter(Boolean).join(" "));
  }

  update(run, update) {
    const unnamed = run.id === null;
    const node = applyUpdate(run, update);
    if (unnamed) this.on.named(run);
    if (!node) return;
    if (this.run !== run) return;
    this.on.changed(run);
    this.on.told(`${node.node}. ${toolWords(node.name)}: ${nodeStatusWords(node.status)}`);
    this.outline(run);
  }

  /** Ask for the nodes that wait, since no event tells of them: after events, one question at a time. */
  async outline(run) {
    if (run.outlining) {
      run.outlining = "again";
      return;
    }
    do {
      run.outlining = "once";
      try {
        const given = await call(pathOf(run));
        if (run.status === "running") addWaiting(run, given);
      } catch {
        break; // the stream itself tells what is wrong
      }
      this.changed(run);
    } while (run.outlining === "again" && run.status === "running");
    run.outlining = null;
  }

  changed(run) {
    if (this.run === run) this.on.changed(run);
  }
}
