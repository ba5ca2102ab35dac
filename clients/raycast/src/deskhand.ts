/**
 * The gateway's API as a desktop client uses it. Knows nothing of Raycast.
 *
 * DeskhandError   what is wrong and what to do, for people; `code` for programs:
 *   not_running        nobody answers at the address
 *   invalid_api_key    the key is wrong or missing
 *   broken_stream      the connection ended before the answer did
 *   not_deskhand       something else answers at the address
 *   ...                the gateway's own codes, such as run_not_found
 *
 * An aborted call throws what fetch throws (AbortError). Leaving a stream early closes its connection, and the gateway
 * then stops the run: nothing more is dispatched.
 */

import { EventSourceParserStream } from "eventsource-parser/stream";
import type { ChatChunk, PlanUpdate, Run, RunList } from "./contract";

export interface Connection {
  /** With the `/v1`, as OpenAI clients take it. */
  url: string;
  key: string;
}

export type DoEvent = { kind: "update"; update: PlanUpdate } | { kind: "answer"; text: string };

export type Metadata = { now?: string; timezone?: string; approval?: "auto" | "ask" | "deny" };

type Verdict = "approve" | "deny" | "cancel" | "undo";

export class DeskhandError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly wayOut: string = "",
  ) {
    super(message);
    this.name = "DeskhandError";
  }
}

export class Deskhand {
  private readonly base: string;

  constructor(private readonly connection: Connection) {
    this.base = connection.url.replace(/\/+$/, "");
  }

  /** Carries a sentence out: each event of a node when it comes, the answer last. */
  async *do(sentence: string, signal: AbortSignal, metadata?: Metadata): AsyncGenerator<DoEvent> {
    const body = { model: "deskhand", messages: [{ role: "user", content: sentence }], stream: true, metadata };
    const response = await this.request("POST", "/chat/completions", signal, body);
    let said = "";
    let finished = false;
    for await (const chunk of this.events<ChatChunk>(response)) {
      if (chunk.error) throw new DeskhandError(chunk.error.code ?? "failed", sentenceOf(chunk.error.message));
      if (chunk.x_plan) yield { kind: "update", update: chunk.x_plan };
      for (const choice of chunk.choices ?? []) {
        said += choice.delta.content ?? "";
        finished ||= choice.finish_reason != null;
      }
    }
    if (!finished) throw brokenStream();
    yield { kind: "answer", text: said };
  }

  /** The events of a run, from its first on and then live, until nothing of it is under way. */
  async *follow(run: string, signal: AbortSignal): AsyncGenerator<PlanUpdate> {
    const response = await this.request("GET", `/runs/${encodeURIComponent(run)}/events`, signal);
    yield* this.events<PlanUpdate>(response);
  }

  /** Newest first; `after` is the last run of the page before. */
  async runs(after?: string, signal?: AbortSignal, limit = 20): Promise<RunList> {
    const query = new URLSearchParams({ limit: String(limit), ...(after ? { after } : {}) });
    return this.json(await this.request("GET", `/runs?${query}`, signal));
  }

  async run(id: string, signal?: AbortSignal): Promise<Run> {
    return this.json(await this.request("GET", `/runs/${encodeURIComponent(id)}`, signal));
  }

  /** Lets nodes go on that wait for approval (all of them without `nodes`). Answers when they have settled. */
  approve(run: string, nodes?: number[]): Promise<Run> {
    return this.decide(run, "approve", nodes);
  }

  deny(run: string, nodes?: number[]): Promise<Run> {
    return this.decide(run, "deny", nodes);
  }

  /** Takes back what was done, the latest first. What cannot be taken back says why in its node's error. */
  undo(run: string, nodes?: number[]): Promise<Run> {
    return this.decide(run, "undo", nodes);
  }

  /** Stops a run. Answers when what was under way has ended. */
  cancel(run: string): Promise<Run> {
    return this.decide(run, "cancel");
  }

  /** The words in a recording; empty when nobody speaks. */
  async transcribe(recording: Blob, name: string, signal?: AbortSignal): Promise<string> {
    const form = new FormData();
    form.set("model", "whisper-1");
    form.set("file", recording, name);
    const heard = await this.json<{ text: string }>(await this.request("POST", "/audio/transcriptions", signal, form));
    return heard.text.trim();
  }

  private async decide(run: string, verdict: Verdict, nodes?: number[]): Promise<Run> {
    const path = `/runs/${encodeURIComponent(run)}/${verdict}`;
    return this.json(await this.request("POST", path, undefined, nodes ? { nodes } : {}));
  }

  private async request(
    method: "GET" | "POST",
    path: string,
    signal?: AbortSignal,
    body?: object | FormData,
  ): Promise<Response> {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.connection.key}` };
    const isForm = body instanceof FormData;
    if (body && !isForm) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(this.base + path, { method, headers, signal, body: isForm ? body : JSON.stringify(body) });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new DeskhandError(
        "not_running",
        `Deskhand does not answer at ${this.base}.`,
        "Start it with `deskhand up`, or correct the address in the preferences.",
      );
    }
    if (!response.ok) throw await failure(response, this.base);
    return response;
  }

  private async json<T>(response: Response): Promise<T> {
    try {
      return (await response.json()) as T;
    } catch {
      throw notDeskhand(this.base);
    }
  }

  /** The `data:` lines of a stream as objects, until its end mark. */
  private async *events<T>(response: Response): AsyncGenerator<T> {
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) throw notDeskhand(this.base);
    const stream = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    try {
      for await (const { data } of stream) {
        if (data === "[DONE]") return;
        yield JSON.parse(data) as T;
      }
    } catch (error) {
      // fetch says "terminated" when the other side dies in the middle of a body
      if (error instanceof TypeError || error instanceof SyntaxError) throw brokenStream();
      throw error;
    }
  }
}

async function failure(response: Response, base: string): Promise<DeskhandError> {
  let told: { message: string; code?: string | null } | undefined;
  try {
    told = ((await response.json()) as ChatChunk).error;
  } catch {
    told = undefined;
  }
  if (!told?.message) return notDeskhand(base);
  if (response.status === 401) {
    const wayOut = "Paste the key from the file api_key in Deskhand's home into the preferences, or leave them empty.";
    return new DeskhandError("invalid_api_key", "Deskhand does not know this key.", wayOut);
  }
  return new DeskhandError(told.code ?? "failed", sentenceOf(told.message));
}

/** Messages of the services are clauses; here they stand alone. */
function sentenceOf(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function notDeskhand(base: string): DeskhandError {
  const wayOut = "Check the address in the preferences: it ends with /v1.";
  return new DeskhandError("not_deskhand", `What answers at ${base} is not Deskhand.`, wayOut);
}

function brokenStream(): DeskhandError {
  const wayOut = "Look at Show Runs before you say it again: what was done stands there.";
  return new DeskhandError("broken_stream", "The connection to Deskhand broke off.", wayOut);
}
