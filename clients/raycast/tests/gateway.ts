/** A gateway that answers as it is told to, over a real socket. It follows the contract of /v1/chat/completions and /v1/runs. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { PlanUpdate, Run, RunNode } from "../src/contract";

export const KEY = "dk-test";

export interface Asked {
  method: string;
  path: string;
  body: string;
}

type Answer = (response: ServerResponse, asked: Asked) => void | Promise<void>;

export class Gateway {
  readonly asked: Asked[] = [];
  private readonly answers = new Map<string, Answer>();
  private readonly server = createServer((request, response) => void this.handle(request, response));

  static async start(): Promise<Gateway> {
    const gateway = new Gateway();
    gateway.server.listen(0, "127.0.0.1");
    await once(gateway.server, "listening");
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** `route` is a method and a path without query: "POST /v1/runs/run_1/approve". */
  on(route: string, answer: Answer): void {
    this.answers.set(route, answer);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const asked = { method: request.method!, path: request.url!, body: Buffer.concat(parts).toString("latin1") };
    this.asked.push(asked);
    if (request.headers.authorization !== `Bearer ${KEY}`) {
      return sendError(response, 401, "invalid_api_key", "This needs Deskhand's API key as a bearer token.");
    }
    const answer = this.answers.get(`${asked.method} ${asked.path.split("?")[0]}`);
    if (!answer) return sendError(response, 404, "not_found", `There is nothing at ${asked.path}.`);
    await answer(response, asked);
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

export function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, { error: { message, type: "invalid_request_error", param: null, code } }, status);
}

/** A stream that is written to as the test goes on. */
export class Stream {
  seq = 0;

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    response.flushHeaders();
  }

  update(node: number, status: PlanUpdate["status"], more: Partial<PlanUpdate> = {}): void {
    this.chunk({}, { x_plan: updateOf(this.seq++, node, status, more) });
  }

  answer(text: string): void {
    this.chunk({ content: text });
    this.data({ ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    this.raw("data: [DONE]\n\n");
    this.response.end();
  }

  error(code: string, message: string): void {
    this.data({ error: { message, type: "server_error", param: null, code } });
    this.response.end();
  }

  data(object: unknown): void {
    this.raw(`data: ${JSON.stringify(object)}\n\n`);
  }

  raw(text: string): void {
    this.response.write(text);
  }

  /** The other side goes away in the middle of the stream. */
  breakOff(): void {
    this.response.destroy();
  }

  private chunk(delta: object, more: object = {}): void {
    this.data({ ...HEAD, choices: [{ index: 0, delta, finish_reason: null }], ...more });
  }
}

const HEAD = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "deskhand" };

export function updateOf(
  seq: number,
  node: number,
  status: PlanUpdate["status"],
  more: Partial<PlanUpdate> = {},
): PlanUpdate {
  const name = more.name ?? "create_note";
  const base = { run: "run_1", seq, node, name, arguments: { name: `Note ${node}` }, deps: [], status };
  return { ...base, undo: "none", elapsed_ms: seq * 10, ...more };
}

export function runOf(nodes: Partial<RunNode>[], more: Partial<Run> = {}): Run {
  const filled = nodes.map((node, index) => ({
    node: index + 1,
    name: "create_note",
    arguments: { name: `Note ${index + 1}` },
    deps: [],
    status: "done" as const,
    undo: "none" as const,
    ...node,
  }));
  const base: Run = { id: "run_1", object: "run", created: 1773220000, status: "done", query: "a note", nodes: filled };
  return { ...base, answer: "Wrote it.", ...more };
}
