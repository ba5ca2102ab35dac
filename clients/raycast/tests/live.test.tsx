/** The commands against a running Deskhand on sample data; `make clients-test` starts one and says where it is. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LaunchProps } from "@raycast/api";
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, test } from "vitest";
import Do from "../src/do";
import Recording from "../src/recording";
import Runs from "../src/runs";
import { Window, outside } from "./raycast";

const { DESKHAND_TEST_URL: url, DESKHAND_TEST_KEY: token, DESKHAND_TEST_HOME: home } = process.env;
const LONG_MS = 60_000;

/** The sentences of demo/demo.py. */
const ACTIONS = "Email Sid and Lutfi the file Q3_Deck.pdf and create a calendar event called Lunch on Thursday at noon";
const SUMMARY = "Summarize Lease_Agreement_2024.pdf and email the summary to Olena";
const OUT_OF_SCOPE = "Play some jazz in the kitchen";

async function carryOut(sentence: string) {
  render(<Do {...({ arguments: { sentence } } as LaunchProps<{ arguments: Arguments.Do }>)} />, { wrapper: Window });
  await waitFor(() => expect(screen.getByRole("region").getAttribute("aria-busy")).toBe("false"), { timeout: LONG_MS });
  const [answer, ...nodes] = screen.getAllByRole("listitem");
  return { answer: answer!, nodes };
}

function files(folder: string): string[] {
  const path = join(home!, folder);
  return existsSync(path) ? readdirSync(path, { recursive: true }).map(String) : [];
}

describe.skipIf(!url)("with a running Deskhand", () => {
  beforeEach(() => {
    outside.preferences = { url: url!, token: token! };
  });

  test("mails, files and a calendar event are done side by side", { timeout: LONG_MS }, async () => {
    const { answer, nodes } = await carryOut(ACTIONS);
    expect(nodes.length).toBeGreaterThanOrEqual(4);
    for (const node of nodes) within(node).getByTitle("done");
    expect(answer.textContent).toContain("Lunch");
    expect(files("mail/Drafts").filter((name) => /^(cur|new)./.test(name))).toHaveLength(1);
  });

  test("a summary goes into a mail", { timeout: LONG_MS }, async () => {
    const { nodes } = await carryOut(SUMMARY);
    for (const node of nodes) within(node).getByTitle("done");
    expect(nodes.at(-1)!.textContent).toContain("Compose New Email");
  });

  test("what Deskhand cannot do is said, and nothing is done", { timeout: LONG_MS }, async () => {
    const { answer, nodes } = await carryOut(OUT_OF_SCOPE);
    expect(nodes).toEqual([]);
    expect(answer.textContent).toContain("I can't do that");
  });

  test("a text waits for a word, and is sent after it", { timeout: LONG_MS }, async () => {
    const { nodes } = await carryOut("text Sid that I am late");
    const before = files("sms").length;
    fireEvent.click(within(nodes.at(-1)!).getByRole("button", { name: "Approve" }));
    await waitFor(() => expect(screen.queryByTitle("waits for approval")).toBeNull(), { timeout: LONG_MS });
    await waitFor(() => expect(screen.queryByTitle("under way")).toBeNull(), { timeout: LONG_MS });
    for (const node of screen.getAllByRole("listitem").slice(1)) within(node).getByTitle("done");
    expect(files("sms").length).toBeGreaterThan(before);
  });

  test("what was done is found in the history and undone there", { timeout: LONG_MS }, async () => {
    await carryOut("make a note called Larch saying cut it back");
    cleanup();
    expect(files("notes").filter((name) => name.includes("Larch"))).toHaveLength(1);
    render(<Runs />, { wrapper: Window });
    const run = await screen.findByRole("listitem", { name: /called Larch/ });
    fireEvent.click(within(run).getByRole("button", { name: "Show Plan" }));
    const node = await screen.findByRole("listitem", { name: "1. Create Note" });
    fireEvent.click(within(node).getByRole("button", { name: "Undo" }));
    await within(await screen.findByRole("listitem", { name: "1. Create Note" })).findByTitle("taken back");
    expect(files("notes").filter((name) => name.includes("Larch"))).toEqual([]);
  });

  test("a recording is heard, shown, and carried out", { timeout: LONG_MS }, async () => {
    const recordings = new URL("../../../tests/fixtures/whisper-micro/audio/", import.meta.url);
    render(<Recording />, { wrapper: Window });
    const path = fileURLToPath(new URL("lunch.ogg", recordings));
    fireEvent.change(screen.getByLabelText("Recording"), { target: { value: path } });
    fireEvent.click(screen.getByRole("button", { name: "Listen" }));
    const heard = await screen.findByLabelText<HTMLInputElement>("Heard");
    expect(heard.value.toLowerCase()).toContain("lunch");
  });

  test("a key that is wrong is refused in words", { timeout: LONG_MS }, async () => {
    outside.preferences.token = "dk-wrong";
    render(<Do {...({ arguments: { sentence: "hello" } } as LaunchProps<{ arguments: Arguments.Do }>)} />, {
      wrapper: Window,
    });
    await screen.findByText("Deskhand does not know this key.", {}, { timeout: LONG_MS });
    fireEvent.click(screen.getByRole("button", { name: "Open Preferences" }));
    expect(outside.preferencesOpened).toBe(1);
  });
});
