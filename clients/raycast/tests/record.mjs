/**
 * Records what a running Deskhand streams for the demonstration's sentences and a text, for recorded.test.tsx:
 *   python -m tests.with_stack node clients/raycast/tests/record.mjs
 */

import { writeFileSync } from "node:fs";

const { DESKHAND_TEST_URL: url, DESKHAND_TEST_KEY: key, DESKHAND_TEST_HOME: home } = process.env;
const HOME = "/Users/sam/Library/Application Support/deskhand";
const SENTENCES = {
  actions: "Email Sid and Lutfi the file Q3_Deck.pdf and create a calendar event called Lunch on Thursday at noon",
  summary: "Summarize Lease_Agreement_2024.pdf and email the summary to Olena",
  "out-of-scope": "Play some jazz in the kitchen",
  text: "text Sid that I am late",
};

for (const [name, content] of Object.entries(SENTENCES)) {
  const metadata = { now: "2026-03-11T09:30:00", timezone: "Europe/Berlin" };
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model: "deskhand", messages: [{ role: "user", content }], stream: true, metadata }),
  });
  const stream = (await response.text()).replaceAll(home, HOME);
  writeFileSync(new URL(`recorded/${name}.sse`, import.meta.url), stream);
}
