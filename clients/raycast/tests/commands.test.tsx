import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import type { LaunchProps } from "@raycast/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import Do from "../src/do";
import Recording from "../src/recording";
import Runs from "../src/runs";
import { Gateway, KEY, Stream, runOf, sendJson, updateOf } from "./gateway";
import { Window, outside } from "./raycast";

const CHAT = "POST /v1/chat/completions";

let gateway: Gateway;

beforeEach(async () => {
  gateway = await Gateway.start();
  outside.preferences = { url: gateway.url, token: KEY };
});
afterEach(() => gateway.stop());

function launch(sentence = "write two notes") {
  const props = { arguments: { sentence } } as LaunchProps<{ arguments: Arguments.Do }>;
  return render(<Do {...props} />, { wrapper: Window });
}

/** Answers the next sentence by hand. */
function nextStream(): Promise<Stream> {
  return new Promise((resolve) => gateway.on(CHAT, (response) => resolve(new Stream(response))));
}

const row = (name: string | RegExp) => screen.findByRole("listitem", { name });
const press = (item: HTMLElement, action: string) =>
  fireEvent.click(within(item).getByRole("button", { name: action }));
const view = () => screen.getByRole("region");

describe("Run Sentence", () => {
  test("shows each node while it runs, and the answer at the end", async () => {
    const asked = nextStream();
    launch();
    screen.getByText("Planning…");
    const stream = await asked;
    stream.update(1, "dispatched");
    const first = await row("1. Create Note");
    within(first).getByTitle("under way");
    expect(view().getAttribute("aria-busy")).toBe("true");
    stream.update(1, "done", { text: "Wrote “Note 1”." });
    stream.update(2, "failed", { name: "create_reminder", error: { code: "x", message: "No such list." } });
    await within(first).findByTitle("done");
    expect(await within(first).findAllByText(/Wrote “Note 1”/)).not.toEqual([]);
    expect(await within(await row("2. Create Reminder")).findAllByText(/No such list/)).not.toEqual([]);
    stream.answer("Wrote one note.");
    const answer = await row("Wrote one note.");
    expect(view().getAttribute("aria-busy")).toBe("false");
    press(answer, "Copy Answer");
    expect(outside.clipboard).toEqual(["Wrote one note."]);
  });

  test("what was said in the search bar is carried out when it is a fallback command", async () => {
    const asked = nextStream();
    const props = { fallbackText: "open my notes", arguments: {} };
    render(<Do {...(props as LaunchProps<{ arguments: Arguments.Do }>)} />, { wrapper: Window });
    (await asked).answer("No.");
    await row("No.");
    expect(JSON.parse(gateway.asked[0]!.body).messages[0].content).toBe("open my notes");
  });

  test("closing the view closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    gateway.on(CHAT, (response) => {
      response.on("close", closed.resolve);
      new Stream(response).update(1, "dispatched");
    });
    const { unmount } = launch();
    await row("1. Create Note");
    unmount();
    await closed.promise;
  });

  test("a run is cancelled from its answer", async () => {
    const asked = nextStream();
    const skipped = { status: "skipped" as const, error: { code: "cancelled", message: "the run was cancelled" } };
    gateway.on("POST /v1/runs/run_1/cancel", (response) =>
      sendJson(response, runOf([{}, skipped], { status: "cancelled", answer: "Wrote one note." })),
    );
    launch();
    const stream = await asked;
    stream.update(1, "dispatched");
    await row("1. Create Note");
    press(await row("Under way…"), "Cancel Run");
    await row("Wrote one note.");
    within(await row("2. Create Note")).getByTitle("skipped");
    stream.answer("Wrote one note.");
  });

  test("what another plan has added is told apart, and asks like the rest", async () => {
    const asked = nextStream();
    launch();
    const stream = await asked;
    stream.update(1, "failed", { error: { code: "x", message: "No such note." } });
    await row("1. Create Note");
    expect(screen.queryByText("planned again")).toBeNull();
    stream.update(2, "needs_approval", { name: "send_sms", replan: 1 });
    within(await row("2. Send Sms")).getByRole("button", { name: "Approve" });
    expect(screen.getAllByText("planned again")).not.toEqual([]);
    stream.answer("A text waits for your word.");
    await row("A text waits for your word.");
  });

  test("a node that waits is approved, alone, and shows what came of it", async () => {
    const asked = nextStream();
    const sms = { name: "send_sms", arguments: { recipients: ["+1"], message: "late" } };
    gateway.on("POST /v1/runs/run_1/approve", (response) =>
      sendJson(response, runOf([{}, { ...sms, text: "Sent it." }], { answer: "All sent." })),
    );
    launch();
    const stream = await asked;
    stream.update(1, "done");
    stream.update(2, "needs_approval", sms);
    stream.answer("A text waits for your word.");
    await row("A text waits for your word.");
    press(await row("2. Send Sms"), "Approve");
    press(await row("2. Send Sms"), "Approve");
    await row("All sent.");
    within(await row("2. Send Sms")).getByTitle("done");
    expect(gateway.asked.slice(1).map(({ body }) => JSON.parse(body))).toEqual([{ nodes: [2] }]);
  });

  test("all that waits is denied at once from the answer", async () => {
    const asked = nextStream();
    const denied = { status: "skipped" as const, error: { code: "denied", message: "you said no" } };
    gateway.on("POST /v1/runs/run_1/deny", (response) => sendJson(response, runOf([denied, denied])));
    launch();
    const stream = await asked;
    stream.update(1, "needs_approval");
    stream.update(2, "needs_approval");
    stream.answer("Two texts wait.");
    press(await row("Two texts wait."), "Deny All");
    await waitFor(() => expect(screen.getAllByTitle("skipped")).toHaveLength(2));
    expect(JSON.parse(gateway.asked.at(-1)!.body)).toEqual({ nodes: [1, 2] });
  });

  test("undo asks first, and then says what was taken back and what was not", async () => {
    const asked = nextStream();
    const kept = { undo: "possible" as const, error: { code: "cannot_undo", message: "It was changed since." } };
    gateway.on("POST /v1/runs/run_1/undo", (response) =>
      sendJson(response, runOf([{ undo: "done" }, kept], { answer: "Took one note back." })),
    );
    launch();
    const stream = await asked;
    stream.update(1, "done", { undo: "possible" });
    stream.update(2, "done", { undo: "possible" });
    stream.answer("Wrote two notes.");
    const answer = await row("Wrote two notes.");
    outside.confirms = false;
    press(answer, "Undo All");
    await waitFor(() => expect(outside.alerts).toHaveLength(1));
    outside.confirms = true;
    press(answer, "Undo All");
    await row("Took one note back.");
    expect(gateway.asked.filter(({ path }) => path.endsWith("/undo"))).toHaveLength(1);
    await within(await row("1. Create Note")).findByTitle("taken back");
    expect(within(await row("2. Create Note")).getAllByText(/It was changed since/)).not.toEqual([]);
  });

  test("when Deskhand does not run it says how to start it", async () => {
    outside.preferences.url = "http://127.0.0.1:1/v1";
    launch();
    await screen.findByText(/does not answer at/);
    screen.getByText(/Start it with `deskhand up`/);
    fireEvent.click(screen.getByRole("button", { name: "Copy Start Command" }));
    fireEvent.click(screen.getByRole("button", { name: "Copy Sentence" }));
    expect(outside.clipboard).toEqual(["deskhand up", "write two notes"]);
    fireEvent.click(screen.getByRole("button", { name: "Open Preferences" }));
    expect(outside.preferencesOpened).toBe(1);
  });

  test("a stream that breaks off keeps the nodes and says where to look", async () => {
    const asked = nextStream();
    launch();
    const stream = await asked;
    stream.update(1, "dispatched");
    await row("1. Create Note");
    stream.breakOff();
    within(await row("The connection to Deskhand broke off.")).getByText(/Look at Show Runs/);
    await row("1. Create Note");
  });
});

describe("the key", () => {
  test("is read from Deskhand's home when the preferences have none", async () => {
    const home = mkdtempSync(join(tmpdir(), "deskhand-"));
    writeFileSync(join(home, "api_key"), `${KEY}\n`);
    outside.preferences = { url: gateway.url, token: "", home };
    const asked = nextStream();
    launch();
    (await asked).answer("Yes.");
    await row("Yes.");
  });

  test("that is nowhere is asked for", async () => {
    outside.preferences = { url: gateway.url, token: "", home: "/nonexistent" };
    launch();
    await screen.findByText("There is no API key in /nonexistent.");
    expect(gateway.asked).toEqual([]);
  });
});

describe("Show Runs", () => {
  const page = (runs: ReturnType<typeof runOf>[], has_more = false) => ({ object: "list", data: runs, has_more });

  test("lists runs page by page and opens one", async () => {
    gateway.on("GET /v1/runs", (response, { path }) =>
      sendJson(
        response,
        path.includes("after=run_2")
          ? page([runOf([{}], { id: "run_1", query: "older" })])
          : page([runOf([{}], { id: "run_2", query: "newer" })], true),
      ),
    );
    render(<Runs />, { wrapper: Window });
    await row("newer");
    fireEvent.click(screen.getByRole("button", { name: "Scroll to End" }));
    press(await row("older"), "Show Plan");
    await row("1. Create Note");
    expect(gateway.asked).toHaveLength(2);
  });

  test("a run that is under way is followed to its end", async () => {
    const waiting = { status: "waiting" as const };
    gateway.on("GET /v1/runs", (response) =>
      sendJson(response, page([runOf([waiting], { status: "running", answer: null })])),
    );
    let stream!: Stream;
    gateway.on("GET /v1/runs/run_1/events", (response) => {
      stream = new Stream(response);
      stream.data(updateOf(0, 1, "dispatched"));
    });
    gateway.on("GET /v1/runs/run_1", (response) => sendJson(response, runOf([{}])));
    render(<Runs />, { wrapper: Window });
    press(await row("a note"), "Show Plan");
    await within(await row("1. Create Note")).findByTitle("under way");
    stream.data(updateOf(1, 1, "done"));
    stream.raw("data: [DONE]\n\n");
    await row("Wrote it.");
    within(await row("1. Create Note")).getByTitle("done");
  });

  test("coming back from a run loads the list again", async () => {
    gateway.on("GET /v1/runs", (response) => sendJson(response, page([runOf([{}])])));
    render(<Runs />, { wrapper: Window });
    press(await row("a note"), "Show Plan");
    await row("1. Create Note");
    gateway.on("GET /v1/runs", (response) => sendJson(response, page([runOf([{}], { query: "said since" })])));
    fireEvent.click(screen.getByRole("button", { name: "Escape" }));
    await row("said since");
  });

  test("no runs yet says how to make one", async () => {
    gateway.on("GET /v1/runs", (response) => sendJson(response, page([])));
    render(<Runs />, { wrapper: Window });
    await screen.findByText("No runs yet");
    screen.getByText(/Run Sentence/);
  });

  test("an error can be tried again", async () => {
    outside.preferences.token = "dk-wrong";
    gateway.on("GET /v1/runs", (response) => sendJson(response, page([runOf([{}])])));
    render(<Runs />, { wrapper: Window });
    await screen.findByText("Deskhand does not know this key.");
    outside.preferences.token = KEY;
    fireEvent.click(screen.getByRole("button", { name: "Try Again" }));
    await row("a note");
  });
});

describe("Run Recording", () => {
  async function listenTo(content: string, heard: string) {
    const path = join(mkdtempSync(join(tmpdir(), "deskhand-")), "memo.wav");
    writeFileSync(path, content);
    gateway.on("POST /v1/audio/transcriptions", (response) => sendJson(response, { text: heard }));
    render(<Recording />, { wrapper: Window });
    fireEvent.change(screen.getByLabelText("Recording"), { target: { value: path } });
    fireEvent.click(screen.getByRole("button", { name: "Listen" }));
  }

  test("shows what was heard, and carries out what was made of it", async () => {
    await listenTo("RIFF", "open my goats");
    const heard = await screen.findByLabelText<HTMLInputElement>("Heard");
    expect(heard.value).toBe("open my goats");
    fireEvent.change(heard, { target: { value: "open my notes" } });
    const asked = nextStream();
    fireEvent.click(screen.getByRole("button", { name: "Run" }));
    (await asked).answer("Opened.");
    await row("Opened.");
    expect(JSON.parse(gateway.asked.at(-1)!.body).messages[0].content).toBe("open my notes");
  });

  test("silence is said at the field", async () => {
    await listenTo("RIFF", "  ");
    expect((await screen.findByRole("alert")).textContent).toContain("Nobody speaks");
  });

  test("without a file nothing is sent", async () => {
    render(<Recording />, { wrapper: Window });
    await act(async () => fireEvent.click(screen.getByRole("button", { name: "Listen" })));
    expect((await screen.findByRole("alert")).textContent).toContain("Choose a recording");
    expect(gateway.asked).toEqual([]);
  });

  test("what goes wrong is a toast with what to do", async () => {
    outside.preferences.token = "dk-wrong";
    await listenTo("RIFF", "x");
    await waitFor(() => expect(outside.toasts).toHaveLength(1));
    expect(outside.toasts[0]).toMatchObject({ style: "failure", title: "Deskhand does not know this key." });
  });
});
