/** What a real gateway streamed (see record.mjs), shown again. */

import { readFileSync } from "node:fs";
import type { LaunchProps } from "@raycast/api";
import { render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import Do from "../src/do";
import { Gateway, KEY } from "./gateway";
import { Window, outside } from "./raycast";

let gateway: Gateway;

beforeEach(async () => {
  gateway = await Gateway.start();
  outside.preferences = { url: gateway.url, token: KEY };
});
afterEach(() => gateway.stop());

async function replay(name: string) {
  const stream = readFileSync(new URL(`recorded/${name}.sse`, import.meta.url));
  gateway.on("POST /v1/chat/completions", (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" }).end(stream);
  });
  render(<Do {...({ arguments: { sentence: name } } as LaunchProps<{ arguments: Arguments.Do }>)} />, {
    wrapper: Window,
  });
  await waitFor(() => expect(screen.getByRole("region").getAttribute("aria-busy")).toBe("false"));
  const [answer, ...nodes] = screen.getAllByRole("listitem");
  return { answer: answer!, nodes };
}

test.each([
  ["actions", ["Get Email Address", "Get Email Address", "Open And Get File Path", "Compose New Email"]],
  ["summary", ["Open And Get File Path", "Summarize Pdf", "Get Email Address", "Compose New Email"]],
])("%s: every node is done, and says what was done", async (name, tools) => {
  const { answer, nodes } = await replay(name);
  const titles = nodes.map((node) => node.getAttribute("aria-label")!.replace(/^\d+\. /, ""));
  expect(titles).toEqual(expect.arrayContaining(tools));
  for (const node of nodes) within(node).getByTitle("done");
  within(nodes.at(-1)!).getByText("Took");
  within(answer).getByRole("button", { name: "Undo All" });
});

test("out of scope: an answer and no node", async () => {
  const { answer, nodes } = await replay("out-of-scope");
  expect(nodes).toEqual([]);
  expect(answer.textContent).toContain("I can't do that");
});

test("a text waits with what it will be given, and its answer is one line in the list", async () => {
  const { answer, nodes } = await replay("text");
  within(nodes[1]!).getByTitle("waits for approval");
  expect(nodes[1]!.textContent).toContain("recipients: +1 555 010 0101, message: I am late");
  within(nodes[1]!).getByRole("button", { name: "Deny" });
  expect(answer.getAttribute("aria-label")).not.toContain("\n");
});
