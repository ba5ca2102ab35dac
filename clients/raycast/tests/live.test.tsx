/** The commands against a running Deskhand on sample data; `make clients-test` starts one and says where it is. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { LaunchProps } from "@raycast/api";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, test } from "vitest";
import Do from "../src/do";
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

const files = (folder: string) => readdirSync(join(home!, folder), { recursive: true }).map(String);

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
