import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Deskhand, DeskhandError, type DoEvent } from "../src/deskhand";
import { Gateway, KEY, Stream, runOf, sendError, sendJson, updateOf } from "./gateway";

const CHAT = "POST /v1/chat/completions";
const open = () => new AbortController().signal;

let gateway: Gateway;
let client: Deskhand;

beforeEach(async () => {
  gateway = await Gateway.start();
  client = new Deskhand({ url: `${gateway.url}/`, key: KEY });
});
afterEach(() => gateway.stop());

async function all<T>(events: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const event of events) found.push(event);
  return found;
}

async function failureOf(work: Promise<unknown>): Promise<DeskhandError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DeskhandError);
  return error as DeskhandError;
}

describe("a sentence", () => {
  test("an event is there while the plan is still being carried out, the answer comes last", async () => {
    let stream!: Stream;
    gateway.on(CHAT, (response) => {
      stream = new Stream(response);
      stream.update(1, "dispatched");
    });
    const events = client.do("write a note", open());
    const first = (await events.next()).value as DoEvent;
    expect(first).toMatchObject({ kind: "update", update: { node: 1, status: "dispatched" } });
    stream.raw(": ping\n\n");
    stream.update(1, "done", { text: "Wrote “Note 1”." });
    stream.answer("Wrote it.");
    const rest = await all(events);
    expect(rest.map((event) => event.kind)).toEqual(["update", "answer"]);
    expect(rest.at(-1)).toEqual({ kind: "answer", text: "Wrote it." });
    expect(JSON.parse(gateway.asked[0]!.body)).toEqual({
      model: "deskhand",
      messages: [{ role: "user", content: "write a note" }],
      stream: true,
    });
  });

  test("events arrive whole however the bytes are cut, letters of several bytes too", async () => {
    const update = { choices: [], x_plan: updateOf(0, 1, "done", { output: "Zoë 🗒" }) };
    const bytes = Buffer.from(`data: ${JSON.stringify(update)}\r\n\r\n`);
    gateway.on(CHAT, async (response) => {
      const stream = new Stream(response);
      for (const byte of bytes) {
        response.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      stream.answer("ok");
    });
    expect((await all(client.do("x", open())))[0]).toMatchObject({ update: { output: "Zoë 🗒" } });
  });

  test("going away closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    gateway.on(CHAT, (response) => {
      response.on("close", closed.resolve);
      new Stream(response).update(1, "dispatched");
    });
    const abort = new AbortController();
    const events = client.do("write a note", abort.signal);
    await events.next();
    abort.abort();
    await expect(events.next()).rejects.toThrow(/abort/i);
    await closed.promise;
  });

  test("an error in the stream ends it with the gateway's words", async () => {
    gateway.on(CHAT, (response) => {
      const stream = new Stream(response);
      stream.update(1, "dispatched");
      stream.error("planner_failed", "The plan broke off.");
    });
    expect(await failureOf(all(client.do("x", open())))).toMatchObject({
      code: "planner_failed",
      message: "The plan broke off.",
    });
  });

  test.each(["ends early", "is torn"])("a stream that %s is no success", async (how) => {
    gateway.on(CHAT, (response) => {
      const stream = new Stream(response);
      stream.update(1, "dispatched");
      if (how === "is torn") setImmediate(() => stream.breakOff());
      else response.end();
    });
    const error = await failureOf(all(client.do("x", open())));
    expect(error.code).toBe("broken_stream");
    expect(error.wayOut).toContain("Show Runs");
  });
});

describe("what goes wrong says what to do", () => {
  test("nobody there", async () => {
    const url = gateway.url;
    const gone = new Deskhand({ url, key: KEY });
    await gateway.stop();
    const error = await failureOf(gone.runs());
    expect(error.code).toBe("not_running");
    expect(error.message).toContain(url);
    expect(error.wayOut).toContain("deskhand up");
    gateway = await Gateway.start();
  });

  test("a wrong key", async () => {
    const error = await failureOf(new Deskhand({ url: gateway.url, key: "dk-other" }).runs());
    expect(error.code).toBe("invalid_api_key");
    expect(error.wayOut).toContain("api_key");
  });

  test("what a service says as a clause stands as a sentence", async () => {
    gateway.on("GET /v1/runs", (response) => sendError(response, 503, "service_unavailable", "the planner is away"));
    gateway.on(CHAT, (response) =>
      new Stream(response).data({ error: { code: "planner_failed", message: "the plan cannot be read" } }),
    );
    expect((await failureOf(client.runs())).message).toBe("The planner is away.");
    expect((await failureOf(all(client.do("x", open())))).message).toBe("The plan cannot be read.");
  });

  test("something else listens there", async () => {
    gateway.on(CHAT, (response) => void response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Hi"));
    gateway.on("GET /v1/runs", (response) => void response.writeHead(502).end("<h1>Bad gateway"));
    expect((await failureOf(all(client.do("x", open())))).code).toBe("not_deskhand");
    expect((await failureOf(client.runs())).code).toBe("not_deskhand");
  });
});

describe("runs", () => {
  test("come in pages", async () => {
    gateway.on("GET /v1/runs", (response) => sendJson(response, { object: "list", data: [runOf([])], has_more: true }));
    const page = await client.runs("run_9");
    expect(page.has_more).toBe(true);
    expect(gateway.asked[0]!.path).toBe("/v1/runs?limit=20&after=run_9");
  });

  test("are followed from their first event to the end mark", async () => {
    gateway.on("GET /v1/runs/run_1/events", (response) => {
      const stream = new Stream(response);
      stream.raw("id: 0\n");
      stream.data(updateOf(0, 1, "dispatched"));
      stream.raw("id: 1\n");
      stream.data(updateOf(1, 1, "done"));
      stream.raw("data: [DONE]\n\n");
    });
    const updates = await all(client.follow("run_1", open()));
    expect(updates.map((update) => update.status)).toEqual(["dispatched", "done"]);
  });

  test.each(["approve", "deny", "undo"] as const)("%s names the nodes, or none for all", async (verdict) => {
    gateway.on(`POST /v1/runs/run_1/${verdict}`, (response) => sendJson(response, runOf([{}])));
    expect((await client[verdict]("run_1", [2, 3])).id).toBe("run_1");
    await client[verdict]("run_1");
    expect(gateway.asked.map(({ body }) => JSON.parse(body))).toEqual([{ nodes: [2, 3] }, {}]);
  });

  test("a run that is not there has the gateway's code", async () => {
    gateway.on("GET /v1/runs/run_0", (response) =>
      sendJson(response, { error: { message: "There is no run run_0.", type: "x", code: "run_not_found" } }, 404),
    );
    expect((await failureOf(client.run("run_0"))).code).toBe("run_not_found");
  });
});

test("a recording goes as a form with its name, and comes back as words", async () => {
  gateway.on("POST /v1/audio/transcriptions", (response) => sendJson(response, { text: " open my notes \n" }));
  expect(await client.transcribe(new Blob(["RIFF"]), "memo.wav")).toBe("open my notes");
  expect(gateway.asked[0]!.body).toContain('filename="memo.wav"');
  expect(gateway.asked[0]!.body).toContain("RIFF");
});
